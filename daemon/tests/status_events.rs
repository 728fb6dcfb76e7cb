//! The stream of events: who gets what, and what becomes of the slow.

mod status_common;

use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
    thread,
    time::{Duration, Instant},
};

use daemon::status::{
    Event, Stage, Status, StatusError,
    events::{CAPACITY, LAGGED},
    server::Limits,
};
use engines::{Language, message::Kind};
use status_common::{SOON, TestBox};

/// An event with a long text, so that a few hundred fill the socket's buffers.
fn long(n: u64) -> Event {
    Event { chunk_id: Some(n), text: Some("x".repeat(4000)), ..Event::now("recognised") }
}

/// A reader that asks and then reads nothing.
fn silent_reader(b: &TestBox) -> UnixStream {
    let mut stream = UnixStream::connect(b.path()).unwrap();
    stream.write_all(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let deadline = Instant::now() + SOON;
    while b.events.readers() == 0 && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(b.events.readers(), 1);
    stream
}

#[test]
fn events_reach_every_reader_until_the_stop() {
    let b = TestBox::start();
    let mut readers = [b.client().events().unwrap(), b.client().events().unwrap()];
    let event = Event {
        chunk_id: Some(1),
        utterance: Some(2),
        stage: Some(Stage::Mt),
        kind: Some(Kind::Final),
        text: Some("¿Dónde está la estación?".to_owned()),
        language: Some(Language::Es),
        latency_ms: Some(12.5),
        confidence: Some(0.75),
        ..Event::now("translated")
    };
    b.events.publish(&event);
    for reader in &mut readers {
        assert_eq!(reader.next_within(SOON).unwrap().unwrap(), event);
    }
    let error = readers[0].next_within(Duration::from_millis(20)).unwrap_err();
    assert!(matches!(error, StatusError::NoAnswer(_)), "{error}");
    b.events.publish(&event);
    assert_eq!(readers[0].next().unwrap().unwrap(), event, "waiting in vain loses nothing");
    let before = Instant::now();
    b.server.stop();
    assert!(before.elapsed() < Duration::from_secs(2), "{:?}", before.elapsed());
    assert_eq!(readers[0].next_within(SOON).unwrap(), None);
}

#[test]
fn a_slow_reader_loses_the_oldest_is_told_how_many_and_holds_up_nobody() {
    let b = TestBox::start();
    let mut slow = silent_reader(&b);
    let mut quick = b.client().events().unwrap();
    let total = 8 * CAPACITY as u64;
    for n in 0..total {
        b.events.publish(&long(n));
        let got = quick.next_within(SOON).unwrap().unwrap();
        assert_eq!(got.chunk_id, Some(n), "the quick reader gets every one");
    }
    b.client().get_json::<Status>("/status").unwrap();

    b.events.publish(&Event::now("end"));
    slow.set_read_timeout(Some(SOON)).unwrap();
    let mut bytes = Vec::new();
    let mut buffer = [0; 65536];
    while !String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(1000)..]).contains("\"event\":\"end\"") {
        let n = slow.read(&mut buffer).unwrap();
        assert!(n > 0, "the stream ended");
        bytes.extend_from_slice(&buffer[..n]);
    }
    let text = String::from_utf8_lossy(&bytes);
    let got = text.matches("\"event\":\"recognised\"").count() as u64;
    // An HTTP chunk holds a whole event, so that its line is never torn.
    let missed: u64 = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Event>(line.strip_prefix("data: ")?).ok())
        .filter(|event| event.event == LAGGED)
        .filter_map(|event| event.missed)
        .sum();
    assert!(missed > 0, "nothing was lost of {total}");
    assert_eq!(got + missed, total, "{got} got, {missed} missed");
}

#[test]
fn a_reader_that_has_stopped_reading_is_cut_off() {
    let b = TestBox::start_with(Limits { stall: Duration::from_millis(300), ..Limits::default() });
    let _stalled = silent_reader(&b);
    let deadline = Instant::now() + SOON;
    while b.events.readers() > 0 && Instant::now() < deadline {
        b.events.publish(&long(0));
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(b.events.readers(), 0);
}

#[test]
fn readers_of_events_have_a_limit_of_their_own() {
    let b = TestBox::start_with(Limits { event_readers: 1, ..Limits::default() });
    let first = b.client().events().unwrap();
    let error = b.client().events().err().expect("a second reader is refused").to_string();
    assert!(error.contains("503") && error.contains("/events"), "{error}");
    b.client().get_json::<Status>("/status").unwrap();
    drop(first);
}
