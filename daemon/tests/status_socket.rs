//! The status socket as its callers meet it: a real server on a real Unix socket.

mod status_common;

use std::{
    fs,
    io::{Read, Write},
    os::unix::net::UnixStream,
    thread,
    time::{Duration, Instant},
};

use board::push_to_talk::PushToTalk;
use daemon::status::{Client, Event, Stage, Status, report::State, server::Limits};
use engines::message::Kind;
use status_common::{SOON, TestBox, raw, speaking};

#[test]
fn status_tells_what_the_pipeline_and_the_metrics_say() {
    let b = TestBox::start();
    b.metrics.stage_latency(Stage::Asr, Some(Kind::Final), Duration::from_millis(150));
    b.metrics.watch_queue("asr", 20, || 3);
    b.metrics.watch_xruns("playback", || 4);
    b.metrics.dropped("partial");
    b.metrics.fallback(Stage::Tts, "kokoro");
    b.metrics.error(Stage::Tts);
    let status: Status = b.client().get_json("/status").unwrap();
    assert_eq!(status.snapshot, speaking());
    assert_eq!(status.snapshot.state, State::Speaking);
    let asr: Vec<_> = status.stages.iter().filter(|s| s.stage == Stage::Asr).collect();
    assert_eq!((status.stages.len(), asr.len()), (6, 2));
    assert_eq!((asr[1].kind, asr[1].p50, asr[1].count), (Some(Kind::Final), 150.0, 1));
    assert_eq!(asr[1].engine, "moonshine-base-en, whisper-base");
    assert_eq!((status.queues["asr"].depth, status.queues["asr"].bound), (3, 20));
    assert_eq!((status.xruns["playback"], status.drops["partial"], status.fallbacks["tts/kokoro"]), (4, 1, 1));
    assert!(status.memory.resident_bytes > 1 << 20 && status.uptime_seconds > 0.0);
    assert_eq!(status.version, env!("CARGO_PKG_VERSION"));

    let answer = raw(b.path(), "GET /status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("content-type: application/json"), "{answer}");
    assert!(answer.contains("\"state\":\"speaking\"") && answer.contains("\"source_language\":\"en\""), "{answer}");
}

#[test]
fn metrics_are_open_metrics_text() {
    let b = TestBox::start();
    b.metrics.stage_latency(Stage::Vad, None, Duration::from_millis(1));
    let answer = raw(b.path(), "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(answer.contains("content-type: application/openmetrics-text; version=1.0.0; charset=utf-8"), "{answer}");
    let page = b.client().get_text("/metrics").unwrap();
    assert!(page.contains("dragoman_stage_latency_seconds_count{stage=\"vad\"} 1\n"), "{page}");
    assert!(page.ends_with("# EOF\n"));
}

#[test]
fn buttons_are_pressed_in_order_and_unknown_ones_refused() {
    let mut b = TestBox::start();
    let client = b.client();
    let told: serde_json::Value = serde_json::from_str(&client.post("/ptt/1/press").unwrap()).unwrap();
    assert_eq!(told, serde_json::json!({ "button": 1, "pressed": true }));
    client.post("/ptt/1/release").unwrap();
    for pressed in [true, false] {
        let edge = b.buttons.wait(SOON).unwrap().unwrap();
        assert_eq!((edge.button, edge.pressed), (1, pressed));
    }
    for unknown in ["/ptt/2/press", "/ptt/red/press", "/ptt/-1/release"] {
        let error = client.post(unknown).unwrap_err().to_string();
        assert!(error.contains("404") && error.contains("there are 0, 1"), "{error}");
    }
    assert_eq!(b.buttons.wait(Duration::ZERO), Ok(None));
    b.buttons = board::push_to_talk::command_buttons().1;
    let error = client.post("/ptt/0/press").unwrap_err().to_string();
    assert!(error.contains("503") && error.contains("stopping"), "{error}");
}

#[test]
fn wrong_paths_methods_and_bodies_get_json_that_says_what_is_right() {
    let b = TestBox::start();
    for (request, code, said) in [
        ("GET /nothing HTTP/1.1\r\nHost: x\r\n", "404", "there is nothing at /nothing"),
        ("POST /status HTTP/1.1\r\nHost: x\r\n", "405", "/status does not take POST"),
        ("GET /ptt/0/press HTTP/1.1\r\nHost: x\r\n", "405", "/ptt/0/press does not take GET"),
        ("POST /ptt/0/press HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n", "413", "9999999 bytes is too long"),
    ] {
        let answer = raw(b.path(), &format!("{request}Connection: close\r\n\r\n"));
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(&format!("HTTP/1.1 {code}")), "{request}: {answer}");
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert!(body["error"].as_str().unwrap().contains(said), "{body}");
        assert!(body["paths"].as_array().unwrap().iter().any(|p| p == "GET /status"), "{body}");
    }
}

#[test]
fn garbage_is_answered_or_closed_and_hurts_nobody() {
    let b = TestBox::start();
    let mut noise = 0x9e37_79b9_u32;
    let mut bytes = |n: usize| -> Vec<u8> {
        let mut next = || {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (noise >> 24) as u8
        };
        (0..n).map(|_| next()).collect()
    };
    let long_head = format!("GET /status HTTP/1.1\r\nX: {}\r\n\r\n", "a".repeat(1 << 20)).into_bytes();
    let many_heads = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(1000)).into_bytes();
    let mut samples = vec![long_head, many_heads, b"\r\n\r\n\r\n".to_vec(), vec![0; 100_000], b"GET".to_vec()];
    samples.extend((0..50).map(|n| bytes(1 + n * 40)));
    for sample in samples {
        let mut stream = UnixStream::connect(b.path()).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        // The server may close before it has read all: that is its right.
        let _ = stream.write_all(&sample);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"), "{:?}", String::from_utf8_lossy(&answer));
    }
    b.client().get_json::<Status>("/status").unwrap();
}

#[test]
fn two_thousand_callers_come_and_go() {
    let b = TestBox::start();
    for n in 0..2000 {
        let mut stream = UnixStream::connect(b.path()).unwrap();
        match n % 4 {
            0 => {}
            1 => stream.write_all(b"GET /sta").unwrap(),
            // One beyond the limit may be closed before it has asked.
            2 => drop(stream.write_all(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n")),
            _ => drop(stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")),
        }
    }
    // The last of them may still be on their way out.
    let deadline = Instant::now() + SOON;
    while b.client().get_json::<Status>("/status").is_err() {
        assert!(Instant::now() < deadline, "no answer after the crowd has gone");
        thread::sleep(Duration::from_millis(20));
    }
    while b.events.readers() > 0 && Instant::now() < deadline {
        b.events.publish(&Event::now("tick"));
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(b.events.readers(), 0);
    let open = fs::read_dir("/proc/self/fd").unwrap().count();
    assert!(open < 400, "{open} file descriptors are open");
}

#[test]
fn callers_beyond_the_limit_are_told_so_and_idle_ones_make_room() {
    let limits = Limits { connections: 4, request: Duration::from_millis(700), ..Limits::default() };
    let b = TestBox::start_with(limits);
    let idle: Vec<_> = (0..4).map(|_| UnixStream::connect(b.path()).unwrap()).collect();
    let error = b.client().get_text("/status").unwrap_err().to_string();
    assert!(error.contains("503") && error.contains("4 callers"), "{error}");
    for mut stream in idle {
        stream.set_read_timeout(Some(SOON)).unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).expect("an idle caller is cut off");
    }
    let deadline = Instant::now() + SOON;
    while b.client().get_json::<Status>("/status").is_err() {
        assert!(Instant::now() < deadline, "the idle callers' places are not free");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn concurrent_callers_all_get_whole_answers() {
    let b = TestBox::start();
    let path = b.path();
    let good = thread::scope(|scope| {
        let caller = || {
            let client = Client::connect(path).unwrap();
            (0..25).filter(|_| client.get_json::<Status>("/status").is_ok()).count()
        };
        let callers: Vec<_> = (0..8).map(|_| scope.spawn(caller)).collect();
        callers.into_iter().map(|c| c.join().unwrap()).sum::<usize>()
    });
    assert_eq!(good, 200);
}
