//! What the audio threads do when something goes wrong with a device; the virtual card causes it.

mod sound;

use std::sync::Arc;
use std::time::{Duration, Instant};

use daemon::audio::{AudioError, Capture, DeviceState, Direction, StreamConfig};
use daemon::virtual_card::{Format, Side};
use rtrb::RingBuffer;
use sound::{Bench, float, noise, take, until};

fn refused(bench: &Bench, devices: &[&str]) -> AudioError {
    let config = StreamConfig::capture(devices.iter().map(ToString::to_string).collect());
    let (producer, _consumer) = RingBuffer::new(16);
    Capture::start(config, producer, Arc::clone(&bench.stats)).map(|_| ()).expect_err("it cannot be opened")
}

#[test]
fn no_such_device_is_told_with_those_present() {
    let bench = Bench::new(Format::default());
    let error = refused(&bench, &["hw:NoSuchCard", "nowhere"]);
    assert!(matches!(error, AudioError::NoSuchDevice { direction: Direction::Capture, .. }), "{error:?}");
    let text = error.to_string();
    for part in ["no capture device \"hw:NoSuchCard\"", "\"nowhere\": no such device", "present: ", "virtual"] {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
}

#[test]
fn names_that_no_device_can_have_are_no_such_device() {
    let bench = Bench::new(Format::default());
    for name in ["", "a\0b", "hw:'", "plug:SLAVE=\"", "{"] {
        let error = refused(&bench, &[name]);
        assert!(!error.to_string().is_empty() && !matches!(error, AudioError::Busy { .. }), "{name:?}: {error:?}");
    }
}

#[test]
fn a_fallback_is_used() {
    let bench = Bench::new(Format::default());
    let config = StreamConfig::capture(vec!["hw:NoSuchCard".into(), bench.card.device()]);
    let (producer, _consumer) = RingBuffer::new(16_000);
    let _capture = Capture::start(config, producer, Arc::clone(&bench.stats)).unwrap();
    until("sound flows", || bench.stats.capture.state() == DeviceState::Running);
}

#[test]
fn a_busy_device_is_told_as_such() {
    let bench = Bench::new(Format::default());
    bench.card.set_busy(Side::Microphone, true);
    let error = refused(&bench, &["hw:NoSuchCard", &bench.card.device()]);
    assert!(matches!(&error, AudioError::Busy { device, .. } if *device == bench.card.device()), "{error:?}");
    assert!(error.to_string().contains("in use by another program"), "{error}");
}

#[test]
fn a_second_opening_finds_the_device_busy() {
    let bench = Bench::new(Format::default());
    let first = bench.capture(1_600).unwrap();
    let error = refused(&bench, &[&bench.card.device()]);
    assert!(matches!(error, AudioError::Busy { .. }), "{error:?}");
    drop(first);
    assert_eq!(bench.stats.capture.state(), DeviceState::Stopped);
    bench.capture(1_600).expect("it is free again");
}

#[test]
fn an_unplugged_device_is_told_as_absent() {
    let bench = Bench::new(Format::default());
    bench.card.unplug(Side::Microphone);
    let error = refused(&bench, &[&bench.card.device()]);
    assert!(matches!(error, AudioError::NoSuchDevice { .. }), "{error:?}");
}

#[test]
fn a_microphone_that_goes_away_is_picked_up_when_it_returns() {
    let bench = Bench::new(Format::default());
    let (_capture, mut ring) = bench.capture(1_600_000).unwrap();
    take(&mut ring, 1_600);
    bench.card.unplug(Side::Microphone);
    until("the loss is noticed", || bench.stats.capture.state() == DeviceState::Gone);
    assert_eq!(bench.stats.capture.last_errno(), libc::ENODEV);
    let heard = bench.stats.capture.frames();
    std::thread::sleep(Duration::from_millis(700));
    assert_eq!(bench.stats.capture.frames(), heard, "sound was made up while the microphone was away");
    assert_eq!((bench.stats.capture.losses(), bench.stats.capture.reopens()), (1, 0));

    bench.card.replug(Side::Microphone);
    until("it is back", || bench.stats.capture.state() == DeviceState::Running);
    assert_eq!((bench.stats.capture.losses(), bench.stats.capture.reopens()), (1, 1));
    while ring.pop().is_ok() {}
    let fed = noise(8_000);
    bench.card.feed(&fed).unwrap();
    let heard = take(&mut ring, 24_000);
    let first = heard.iter().position(|&sample| sample != 0).unwrap();
    assert!(heard[first..first + fed.len()] == fed, "what is captured after the return differs from what was fed");
    assert_eq!(bench.stats.gaps(), 1);
}

#[test]
fn a_loudspeaker_that_goes_away_does_not_hold_up_the_speaker() {
    let bench = Bench::new(Format::default());
    let (_playback, mut writer, _flush) = bench.playback(bench.playback_config()).unwrap();
    until("it plays", || bench.stats.playback.state() == DeviceState::Running);
    bench.card.unplug(Side::Loudspeaker);
    until("the loss is noticed", || bench.stats.playback.state() == DeviceState::Gone);
    for _ in 0..3 {
        assert_eq!(writer.write(1, &vec![0.5; 220_500]), 220_500);
        until("the queue is emptied", || writer.queued() == 0);
    }
    assert_eq!(bench.stats.discarded_frames(), 661_500);
    bench.card.replug(Side::Loudspeaker);
    until("it is back", || bench.stats.playback.state() == DeviceState::Running);
    let said = noise(4_410);
    assert_eq!(writer.write(1, &float(&said)), said.len());
    until("it speaks again", || {
        let samples = bench.card.spoken().unwrap().samples;
        samples.windows(said.len()).any(|window| window == said)
    });
    assert!(!bench.card.spoken().unwrap().samples.contains(&16_384), "what was said into its absence was heard later");
}

#[test]
fn latency_is_after_an_underrun_what_it_was() {
    let bench = Bench::new(Format::default());
    let config = bench.playback_config();
    let (_playback, mut writer, _flush) = bench.playback(config).unwrap();
    // Written, so until it is played: the whole buffer, less what is played while the thread wakes.
    let settled = || {
        let mut delays: Vec<i64> = (0..25)
            .map(|_| {
                std::thread::sleep(Duration::from_millis(10));
                bench.stats.playback.delay_frames()
            })
            .collect();
        delays.sort_unstable();
        delays[12]
    };
    until("it plays", || bench.stats.playback.frames() > 22_050 / 4);
    let before = settled();
    assert!((440..=882).contains(&before), "the latency is {before} frames and not the buffer of 882");
    for n in 1..=5 {
        let played = bench.stats.playback.frames();
        let counted = bench.stats.playback.xruns();
        bench.card.xrun(Side::Loudspeaker);
        until("the underrun is noticed", || bench.stats.playback.xruns() > counted);
        until("it plays on", || bench.stats.playback.frames() > played + 4_410);
        let after = settled();
        assert!((after - before).abs() <= 221, "underrun {n} turned a latency of {before} frames into {after}");
    }
    assert_eq!(bench.stats.playback.losses(), 0, "an underrun was taken for a loss");
    let said = noise(2_205);
    assert_eq!(writer.write(1, &float(&said)), said.len());
    until("it speaks", || bench.card.spoken().unwrap().samples.windows(said.len()).any(|window| window == said));
}

#[test]
fn capture_goes_on_after_overruns() {
    let bench = Bench::new(Format::default());
    let (_capture, mut ring) = bench.capture(160_000).unwrap();
    take(&mut ring, 1_600);
    for n in 1..=3 {
        bench.card.xrun(Side::Microphone);
        until("the overrun is counted", || bench.stats.capture.xruns() >= n);
        let frames = bench.stats.capture.frames();
        until("sound flows", || bench.stats.capture.frames() > frames + 1_600);
    }
    assert_eq!((bench.stats.gaps(), bench.stats.capture.losses()), (bench.stats.capture.xruns(), 0));
    // A period at most waits in the device once it has been read.
    until("the latency is low again", || bench.stats.capture.delay_frames() <= 160);
}

#[test]
fn hardware_that_stands_still_counts_as_gone_until_it_moves() {
    let bench = Bench::new(Format::default());
    let (_capture, mut ring) = bench.capture(160_000).unwrap();
    take(&mut ring, 1_600);
    bench.card.set_stalled(Side::Microphone, true);
    until("the stall is noticed", || bench.stats.capture.state() == DeviceState::Gone);
    assert_eq!(bench.stats.capture.last_errno(), libc::ETIMEDOUT);
    until("it is opened anew", || bench.card.opens(Side::Microphone) >= 3);
    assert_eq!(bench.stats.capture.losses(), 1, "one stall was reported more than once");
    bench.card.set_stalled(Side::Microphone, false);
    until("it is back", || bench.stats.capture.state() == DeviceState::Running);
}

#[test]
fn a_queue_that_runs_dry_while_speaking_is_counted_once_for_each_break() {
    let bench = Bench::new(Format::default());
    let (_playback, mut writer, _flush) = bench.playback(bench.playback_config()).unwrap();
    writer.begin();
    for breaks in 1..=3 {
        writer.write(1, &[0.5; 1_000]);
        until("it breaks off", || bench.stats.starvations() == breaks);
    }
    writer.finish();
    writer.write(1, &[0.5; 1_000]);
    until("the end is played", || bench.stats.spoken_frames() == 4_000);
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(bench.stats.starvations(), 3, "the end of speech was counted as a break");
}

#[test]
fn stopping_is_prompt_whatever_the_device_does() {
    for side in [None, Some(Side::Microphone), Some(Side::Loudspeaker)] {
        for unplugged in [false, true] {
            let bench = Bench::new(Format::default());
            let (capture, _ring) = bench.capture(1_600).unwrap();
            let (playback, _writer, _flush) = bench.playback(bench.playback_config()).unwrap();
            until("both run", || bench.stats.capture.frames() > 0 && bench.stats.playback.frames() > 0);
            match side {
                Some(side) if unplugged => bench.card.unplug(side),
                Some(side) => bench.card.set_stalled(side, true),
                None => {}
            }
            std::thread::sleep(Duration::from_millis(300));
            let begun = Instant::now();
            drop((capture, playback));
            assert!(begun.elapsed() < Duration::from_secs(2), "{side:?}: it took {:?}", begun.elapsed());
        }
    }
}
