//! Sound goes through the audio threads and ALSA unharmed, in order and on time.

mod sound;

use std::time::{Duration, Instant};

use daemon::audio::{DeviceState, SILENT_WITHIN_MS, StreamConfig, reference};
use daemon::config::Audio;
use daemon::virtual_card::{Format, Side, monotonic_ns};
use engines::audio::echo::FRAME;
use sound::{Bench, float, noise, pitch, take, tone, until};

#[test]
fn capture_is_bit_exact_and_dated() {
    // A machine that is busy enough makes any program overrun; such a take says nothing.
    let undisturbed = (0..5).any(|_| {
        let bench = Bench::new(Format::default());
        let (_capture, mut ring) = bench.capture(160_000).unwrap();
        let fed = noise(16_000);
        let start_ns = bench.card.feed(&fed).unwrap();
        let mut heard = take(&mut ring, 32_000);
        if bench.stats.capture.xruns() > 0 {
            return false;
        }
        assert_eq!(bench.stats.gaps(), 0);
        let first = heard.iter().position(|&sample| sample != 0).unwrap();
        heard.drain(..first);
        assert!(heard.len() >= fed.len(), "only {} of {} frames were heard", heard.len(), fed.len());
        assert!(heard[..fed.len()] == fed, "the captured samples differ from those fed");
        assert!(heard[fed.len()..].iter().all(|&sample| sample == 0), "there is sound after the feed");
        let error_ms = (bench.stats.captured_at_ns(first as u64, 16_000) - start_ns) as f64 / 1e6;
        assert!(error_ms.abs() < 50.0, "the first frame is dated {error_ms} ms off");
        true
    });
    assert!(undisturbed, "the machine was too busy to capture two seconds without an overrun, five times");
}

#[test]
fn playback_is_bit_exact() {
    let bench = Bench::new(Format::default());
    let (_playback, mut writer, _flush) = bench.playback(bench.playback_config()).unwrap();
    let said = noise(22_050);
    let written_ns = monotonic_ns();
    // In pieces of odd sizes, as a synthesiser would.
    for piece in float(&said).chunks(777) {
        assert_eq!(writer.write(1, piece), piece.len());
    }
    until("all is played", || {
        bench.card.spoken().unwrap().sound(0, 0).is_some_and(|frames| frames.len() >= said.len())
    });
    let recording = bench.card.spoken().unwrap();
    let frames = recording.sound(0, 0).unwrap();
    assert!(recording.samples[frames.clone()][..said.len()] == said, "the samples played differ from those written");
    let first_ns = recording.first_sound_ns(written_ns, 0).expect("it left the loudspeaker after it was written");
    assert!(first_ns - written_ns < 2_000_000_000, "it took {} ms", (first_ns - written_ns) / 1_000_000);
    assert_eq!(bench.stats.spoken_frames(), said.len() as u64);
}

/// Frames of a side, and when that number was reached, to one period.
fn clocked(bench: &Bench, side: Side) -> (f64, Instant) {
    let before = bench.card.frames(side);
    until("the clock moves", || bench.card.frames(side) != before);
    (bench.card.frames(side) as f64, Instant::now())
}

#[test]
fn both_threads_keep_the_devices_pace() {
    let bench = Bench::new(Format::default());
    let (_capture, _ring) = bench.capture(160_000).unwrap();
    let (_playback, _writer, _flush) = bench.playback(bench.playback_config()).unwrap();
    until("both run", || [bench.stats.capture.state(), bench.stats.playback.state()] == [DeviceState::Running; 2]);
    let (from, xruns) = ([Side::Microphone, Side::Loudspeaker].map(|side| clocked(&bench, side)), xruns(&bench));
    std::thread::sleep(Duration::from_secs(3));
    for ((side, rate), from) in [(Side::Microphone, 16_000.0), (Side::Loudspeaker, 22_050.0)].into_iter().zip(from) {
        let to = clocked(&bench, side);
        let measured = (to.0 - from.0) / (to.1 - from.1).as_secs_f64();
        let error = measured / rate - 1.0;
        // Each xrun costs at most what the device holds.
        let allowed = 0.01 + 0.1 * (self::xruns(&bench) - xruns) as f64;
        assert!(error.abs() < allowed, "{side:?} runs at {measured:.0} Hz instead of {rate}");
    }
}

fn xruns(bench: &Bench) -> u64 {
    bench.stats.capture.xruns() + bench.stats.playback.xruns()
}

#[test]
fn hardware_of_another_rate_and_channels_is_converted() {
    let format =
        Format { microphone_rate: 48_000, microphone_channels: 2, loudspeaker_rate: 48_000, loudspeaker_channels: 2 };
    let bench = Bench::new(format);
    let (_capture, mut ring) = bench.capture(160_000).unwrap();
    let (_playback, mut writer, _flush) = bench.playback(bench.playback_config()).unwrap();

    bench.card.feed(&tone(440.0, 48_000, 96_000)).unwrap();
    let heard = take(&mut ring, 24_000);
    let first = heard.iter().position(|sample| sample.unsigned_abs() > 1_000).expect("the tone is heard");
    let heard = &heard[first..first + 8_000];
    assert!((pitch(heard, 16_000) - 440.0).abs() < 6.0, "440 Hz was captured as {}", pitch(heard, 16_000));
    assert!(heard.iter().any(|&sample| sample > 11_000), "the captured tone is too quiet");

    assert_eq!(writer.write(1, &float(&tone(440.0, 22_050, 22_050))), 22_050);
    until("the tone is played", || {
        bench.card.spoken().unwrap().sound(0, 1_000).is_some_and(|frames| frames.len() > 46_000)
    });
    let recording = bench.card.spoken().unwrap();
    let frames = recording.sound(0, 1_000).unwrap();
    let played = &recording.samples[frames.start..frames.start + 40_000];
    assert!((pitch(played, 48_000) - 440.0).abs() < 6.0, "440 Hz was played as {}", pitch(played, 48_000));
}

#[test]
fn a_listener_that_lags_loses_sound_but_not_the_thread() {
    let bench = Bench::new(Format::default());
    let (_capture, mut ring) = bench.capture(1_600).unwrap();
    until("the ring overflows", || bench.stats.overflow_frames() > 1_600);
    take(&mut ring, 1_600);
    take(&mut ring, 1_600);
    assert!(bench.stats.gaps() >= 1, "the loss is not counted as a gap");
}

/// Plays a long tone, flushes it in its middle, and returns for how long, in milliseconds, it was heard afterwards: as the
/// card counts its frames. The card runs at a tenth of its pace, so that a thread that is woken late on a busy machine counts
/// a tenth as much.
fn heard_after_flush(config: impl FnOnce(&Bench) -> StreamConfig) -> f64 {
    let bench = Bench::new(Format::default());
    bench.card.set_clock_error(Side::Loudspeaker, -900_000);
    let (_playback, mut writer, flush) = bench.playback(config(&bench)).unwrap();
    assert_eq!(writer.write(1, &vec![0.5; 110_250]), 110_250);
    until("it is heard", || bench.card.spoken().unwrap().sound(0, 100).is_some_and(|frames| frames.len() > 4_000));
    let flushed_at = bench.card.frames(Side::Loudspeaker);
    flush.flush_before(2);
    assert_eq!(writer.write(1, &[0.5; 5_000]), 5_000);
    until("it falls silent", || {
        let samples = bench.card.spoken().unwrap().samples;
        samples.len() as u64 > flushed_at + 4_000 && samples.iter().rev().take(2_000).all(|&sample| sample == 0)
    });
    assert_eq!(writer.write(2, &[-0.5; 2_205]), 2_205);
    until("the next utterance is heard", || {
        bench.card.spoken().unwrap().samples.iter().filter(|&&sample| sample == -16_384).count() == 2_205
    });
    let last = bench.card.spoken().unwrap().samples.iter().rposition(|&sample| sample > 0).unwrap() as u64;
    assert!(bench.stats.discarded_frames() > 50_000, "{} frames were discarded", bench.stats.discarded_frames());
    let heard = (last + 1).saturating_sub(flushed_at) as f64 * 1e3 / 22_050.0;
    println!("heard for {heard:.1} ms after the flush");
    heard
}

#[test]
fn a_flush_silences_what_is_queued() {
    let shipped = |bench: &Bench| {
        let audio = Audio { playback_devices: vec![bench.card.device()], ..Audio::default() };
        daemon::pipeline::streams(&audio).1
    };
    let heard = heard_after_flush(shipped);
    assert!(heard <= f64::from(SILENT_WITHIN_MS), "the old utterance was heard for {heard:.1} ms after the flush");
}

#[test]
fn a_flush_silences_a_device_that_holds_much() {
    let heard = heard_after_flush(|bench| StreamConfig { buffer_ms: 1_000, period_ms: 20, ..bench.playback_config() });
    assert!(heard <= f64::from(SILENT_WITHIN_MS), "the old utterance was heard for {heard:.1} ms after the flush");
}

#[test]
fn speech_cut_off_does_not_click() {
    let bench = Bench::new(Format::default());
    let (_playback, mut writer, flush) = bench.playback(bench.playback_config()).unwrap();
    writer.write(1, &vec![0.5; 44_100]);
    until("it is heard", || bench.card.spoken().unwrap().sound(0, 100).is_some_and(|frames| frames.len() > 2_000));
    flush.flush_before(2);
    until("it falls silent", || bench.card.spoken().unwrap().samples.iter().rev().take(2_000).all(|&s| s == 0));
    let samples = bench.card.spoken().unwrap().samples;
    let last = samples.iter().rposition(|&sample| sample > 0).unwrap();
    let steepest = samples[last - 500..last + 2].windows(2).map(|pair| pair[0] - pair[1]).max().unwrap();
    assert!((100..=200).contains(&steepest), "the fade falls by {steepest} from one sample to the next");
}

/// Both ends of an echo: what the microphone hears of the loudspeaker, beside what the loudspeaker played at that time.
#[test]
fn an_echo_is_heard_when_the_card_says_and_its_reference_stands_beside_it() {
    const ECHO_MS: usize = 60;
    let bench = Bench::new(Format::default());
    bench.card.set_echo(0.5, Duration::from_millis(ECHO_MS as u64));
    let (played, mut reference) = reference(30, &bench.stats);
    let (_capture, mut ring) = bench.capture(160_000).unwrap();
    let (_playback, mut writer, _flush) = bench.playback_told(bench.playback_config(), Some(played)).unwrap();
    // A second of noise below 2 kHz: the two streams may lie half a sample apart, which higher sound would not bear.
    let said: Vec<f32> =
        float(&noise(22_061)).windows(12).map(|near| near.iter().sum::<f32>() / near.len() as f32).collect();
    assert_eq!(writer.write(1, &said), said.len());
    let heard = float(&take(&mut ring, 40_000));
    let mut beside = Vec::new();
    let mut frame = [0.0; FRAME];
    for n in 0..heard.len() / FRAME {
        let captured_ns = bench.stats.captured_at_ns((n * FRAME) as u64, 16_000);
        until("what was played is there", || reference.frame(captured_ns, &mut frame));
        beside.extend(frame);
    }
    assert_eq!((bench.stats.gaps(), bench.stats.playback.xruns()), (0, 0), "the machine was too busy for this test");
    let likeness = |lag: usize| beside.iter().zip(&heard[lag..]).map(|(a, b)| a * b).sum::<f32>();
    let lag = (0..3_200).max_by(|a, b| likeness(*a).total_cmp(&likeness(*b))).unwrap();
    // What was played runs 10 ms ahead.
    let error = lag as f32 / 16.0 - (ECHO_MS + 10) as f32;
    assert!(error.abs() < 5.0, "the echo is found {error} ms off");
    let energy = |sound: &[f32]| sound.iter().map(|x| x * x).sum::<f32>();
    // Stretch by stretch: where a thread was put off, the two are aligned anew once, and a stretch is unlike.
    let stretches = beside.chunks_exact(800).zip(heard[lag..].chunks_exact(800)).filter(|(a, _)| energy(a) > 1.0);
    let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let mut alike: Vec<f32> = stretches.map(|(a, b)| product(a, b) / (energy(a) * energy(b)).sqrt()).collect();
    alike.sort_by(f32::total_cmp);
    let alike = alike[alike.len() / 2];
    assert!(alike > 0.9, "the echo is only {alike} like its reference");
    let gain = (energy(&heard) / energy(&beside)).sqrt();
    assert!((gain - 0.5).abs() < 0.1, "its gain is {gain}");
}
