//! What keeps the service or the command from starting: each is told in one line that says what is wrong, where, and
//! what to do, and the exit code is 1.

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use daemon::{
    config::Config,
    rehearsal::daemon::virtual_card,
    virtual_card::{PlugIn, Side, VirtualCard},
};
use support::{
    clips::shipped_folder,
    models::ModelCopy,
    program::{Ended, dragoman, dragomand, run},
};
use tempfile::TempDir;

/// A service that is about to be started on a virtual card.
struct Service {
    config: Config,
    card: VirtualCard,
    plug_in: PlugIn,
    directory: TempDir,
}

impl Service {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (plug_in, card) = virtual_card(directory.path()).unwrap();
        let mut config = Config::default();
        config.system.socket = directory.path().join("dragoman.sock");
        config.audio.capture_devices = vec![card.device()];
        config.audio.playback_devices = vec![card.device()];
        Self { config, card, plug_in, directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Starts it with the models of `models`, which it cannot do, and waits for its end.
    fn start(&self, models: Option<&Path>) -> Ended {
        let file = self.path("dragoman.toml");
        fs::write(&file, toml::to_string(&self.config).unwrap()).unwrap();
        let mut command = dragomand(&file);
        let (name, value) = self.plug_in.environment();
        command.env(name, value);
        with_models(&mut command, models);
        let ended = run(command, b"");
        assert!(!self.config.system.socket.is_socket(), "it left its socket behind");
        ended
    }
}

trait IsSocket {
    fn is_socket(&self) -> bool;
}

impl IsSocket for PathBuf {
    fn is_socket(&self) -> bool {
        use std::os::unix::fs::FileTypeExt;
        fs::symlink_metadata(self).is_ok_and(|about| about.file_type().is_socket())
    }
}

fn with_models(command: &mut Command, models: Option<&Path>) {
    if let Some(models) = models {
        command.env("DRAGOMAN_MODELS", models);
    }
}

#[test]
fn a_sound_device_that_is_not_there() {
    let mut service = Service::new();
    service.config.audio.capture_devices = vec!["hw:NoSuchCard".into(), "nowhere".into()];
    let words =
        ["no capture device \"hw:NoSuchCard\"", "\"nowhere\": no such device", "plug it in", "present: ", "virtual"];
    service.start(None).refused(&words);

    let mut service = Service::new();
    service.config.audio.playback_devices = vec!["hw:NoSuchCard".into()];
    service.start(None).refused(&["no playback device \"hw:NoSuchCard\"", "plug it in", "present: "]);

    let service = Service::new();
    service.card.unplug(Side::Microphone);
    service.start(None).refused(&["no capture device \"virtual:DIR=", "plug it in"]);
}

#[test]
fn a_sound_device_in_use_by_another() {
    for (side, direction) in [(Side::Microphone, "capture"), (Side::Loudspeaker, "playback")] {
        let service = Service::new();
        service.card.set_busy(side, true);
        let device = format!("{direction} device {:?}", service.card.device());
        service.start(None).refused(&[&device, "in use by another program", "fuser -v", "another device: "]);
    }
}

/// A model file, what is done to it, what the message must say.
type Damage = (&'static str, &'static str, fn(&ModelCopy, &str), &'static [&'static str]);

const DAMAGES: [Damage; 5] = [
    ("silero-vad", "silero_vad_16k_op15.onnx", ModelCopy::remove, &["is missing"]),
    ("silero-vad", "silero_vad_16k_op15.onnx", halve, &["bytes instead of", "cut short"]),
    ("silero-vad", "silero_vad_16k_op15.onnx", flip_a_bit, &["is not the file that the catalog names", "SHA-256"]),
    ("onnxruntime", "libonnxruntime.so", ModelCopy::remove, &["is missing"]),
    ("bergamot-en-pt", "lex.50.50.enpt.s2t.bin", halve, &["bytes instead of", "cut short"]),
];

fn halve(models: &ModelCopy, file: &str) {
    models.change(file, |bytes| bytes.truncate(bytes.len() / 2));
}

fn flip_a_bit(models: &ModelCopy, file: &str) {
    models.change(file, |bytes| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    });
}

#[test]
fn a_model_that_is_missing_cut_short_or_not_the_one_named() {
    let clip = shipped_folder().join("goforward.wav");
    let output = tempfile::tempdir().unwrap();
    let spoken = output.path().join("spoken.wav");
    for (model, file, damage, words) in DAMAGES {
        let models = ModelCopy::new();
        let name = format!("{model}/{file}");
        damage(&models, &name);
        let path = models.file(&name);
        let mends = format!("`dragoman models fetch {model}`");
        let wanted: Vec<&str> = words.iter().copied().chain([path.to_str().unwrap(), mends.as_str()]).collect();

        let service = Service::new();
        service.start(Some(models.path())).refused(&wanted);

        let [input, output] = [&clip, &spoken].map(|path| path.to_str().unwrap());
        let mut translate = dragoman(&["translate", input, output, "--from", "en", "--to", "es"]);
        with_models(&mut translate, Some(models.path()));
        run(translate, b"").refused(&wanted);
        assert!(!spoken.exists(), "{name}: something was written all the same");

        let directory = models.path().to_str().unwrap();
        let verified = run(dragoman(&["models", "verify", model, "--models", directory]), b"");
        assert_eq!(verified.status.code(), Some(1));
        // The command that mends it works on the directory that was named.
        let mends = format!("`dragoman models fetch --models {directory} {model}`");
        let mut wanted = words.iter().copied().chain([path.to_str().unwrap(), mends.as_str()]);
        assert!(wanted.all(|word| verified.text().contains(word)), "{}", verified.text());
    }
}

#[test]
fn a_direction_that_is_not_offered() {
    let every = "installed are en-es, en-fr, en-de, en-zh, es-en, fr-en, de-en, zh-en";
    let offered = ["no translation from German to French", every, "dragoman models list"];
    let mut service = Service::new();
    service.config.conversation.directions = vec!["en-es".parse().unwrap(), "de-fr".parse().unwrap()];
    service.start(None).refused(&offered);

    let clip = shipped_folder().join("goforward.wav");
    let translate = ["translate", clip.to_str().unwrap(), "/dev/null", "--from", "de", "--to", "fr"];
    run(dragoman(&translate), b"").refused(&offered);
    let rehearse = ["rehearse", clip.to_str().unwrap(), "--from", "de", "--to", "fr"];
    run(dragoman(&rehearse), b"").refused(&offered);
    let text = run(dragoman(&["translate-text", "--from", "de", "--to", "fr"]), b"guten Morgen\n");
    text.refused(&["no translation from German to French", "en-es", "es-en", "dragoman models list"]);
    assert!(text.stdout.is_empty());
    let transcribe = ["transcribe", clip.to_str().unwrap(), "--language", "pt"];
    run(dragoman(&transcribe), b"").refused(&["does not offer pt", "it offers en, es"]);
}

#[test]
fn a_socket_path_that_is_taken_by_something_else() {
    let service = Service::new();
    fs::write(&service.config.system.socket, "my notes").unwrap();
    let words = ["dragoman.sock is a file, not a socket", "move it away", "system.socket"];
    service.start(None).refused(&words);
    assert_eq!(fs::read_to_string(&service.config.system.socket).unwrap(), "my notes");

    let service = Service::new();
    fs::create_dir(&service.config.system.socket).unwrap();
    service.start(None).refused(&["dragoman.sock is a directory, not a socket", "system.socket"]);

    let mut service = Service::new();
    service.config.system.socket = service.path("no/such/directory/dragoman.sock");
    service.start(None).refused(&["the directory of the status socket", "does not exist", "create it"]);

    let mut service = Service::new();
    service.config.system.socket = service.path(&"long".repeat(30));
    service.start(None).refused(&["too long", "107", "system.socket"]);
}

#[test]
fn nobody_listens_on_the_socket() {
    for question in [&["status"][..], &["metrics"], &["events"], &["ptt", "press"]] {
        let mut command = dragoman(question);
        command.args(["--socket", "/no/such/dragoman.sock"]);
        run(command, b"").refused(&["no dragomand listens on /no/such/dragoman.sock", "systemctl start dragoman"]);
    }
}

#[test]
fn a_configuration_that_is_wrong_or_not_there() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("box.toml");
    let cases: [(&str, &[&str]); 6] = [
        ("[asr]\nbeam_sise = 3\n", &["box.toml:2: ", "beam_sise", "did you mean \"beam_size\""]),
        ("[asr]\n\nbeam_size = 0\n", &["box.toml:3: ", "asr.beam_size", "between 1 and 10"]),
        ("[conversation]\ndirections = ['en-tlh']\n", &["box.toml:2: ", "tlh", "en, es"]),
        ("[audio]\nplayback_devices = 'default'\n", &["box.toml:2: ", "list in [ ]"]),
        ("[system]\nlog_level = 'chatty'\n", &["box.toml:2: ", "debug, trace"]),
        ("[asr\n", &["box.toml:1: "]),
    ];
    for (text, words) in cases {
        fs::write(&file, text).unwrap();
        refused_by_all(&file, words);
    }
    // Not text at all.
    fs::write(&file, [0xff, 0xfe, 0x00, b'=']).unwrap();
    refused_by_all(&file, &["cannot read the configuration", "box.toml"]);
    refused_by_all(directory.path(), &["cannot read the configuration", "directory"]);
    refused_by_all(Path::new("/no/such.toml"), &["cannot read the configuration /no/such.toml", "No such file"]);
    fs::write(&file, "").unwrap();
    let good = run(dragoman(&["check", file.to_str().unwrap()]), b"").well();
    assert!(good.text().contains("box.toml: good; en-es and es-en"), "{}", good.text());
}

/// The check, the service and whatever else reads a configuration.
fn refused_by_all(config: &Path, words: &[&str]) {
    let path = config.to_str().unwrap();
    let checked = run(dragoman(&["check", path]), b"").refused(words);
    let started = run(dragomand(config), b"").refused(words);
    let translate = ["translate", "-", "-", "--from", "en", "--to", "es", "--config", path];
    let translated = run(dragoman(&translate), b"").refused(words);
    assert_eq!(checked, translated);
    assert_eq!(checked.strip_prefix("dragoman: "), started.strip_prefix("dragomand: "));
}

#[test]
fn arguments_that_are_not_understood() {
    let cases: [(&[&str], &[&str]); 7] = [
        (&[], &["Usage: dragoman"]),
        (&["transalte"], &["unrecognized subcommand 'transalte'", "translate"]),
        (&["translate", "a.wav"], &["required", "--from", "--to", "<OUTPUT>"]),
        (
            &["translate", "a.wav", "b.wav", "--from", "en", "--to", "klingon"],
            &["unknown language \"klingon\"", "en, es"],
        ),
        (
            &["translate", "a.wav", "b.wav", "--from", "en", "--to", "es", "--voice", "loud"],
            &["none of auto, good and light"],
        ),
        (&["ptt", "push"], &["push", "press, release"]),
        (&["translate", "-", "-", "--from", "en", "--to", "es", "--rate", "fast"], &["fast", "--rate"]),
    ];
    for (arguments, words) in cases {
        let ended = run(dragoman(arguments), b"");
        assert_eq!(ended.status.code(), Some(2), "{arguments:?}: {}", ended.stderr);
        for word in words {
            assert!(ended.stderr.contains(word), "{arguments:?}: {word:?} is not in: {}", ended.stderr);
        }
    }
    let mut service = Command::new(env!("CARGO_BIN_EXE_dragomand"));
    service.arg("--konfig");
    let ended = run(service, b"");
    assert_eq!(ended.status.code(), Some(2));
    assert!(ended.stderr.contains("--konfig") && ended.stderr.contains("--config"), "{}", ended.stderr);
}
