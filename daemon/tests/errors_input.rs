//! Odd and broken input to the commands: a clear refusal or a right result, never a panic, never a hang.

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, MutexGuard, PoisonError},
};

use engines::{
    Language,
    audio::{read_wav, resample, write_wav},
    message::OUTPUT_RATE,
};
use support::{
    clips::{Clip, evaluation_folder, shipped, shipped_folder, to_16_bit, to_float},
    models::Ear,
    program::{Ended, dragoman, run},
    words::says,
};
use tempfile::TempDir;

/// Each of these loads its models: one at a time is quicker for all.
fn take_turns() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A WAV file of given fields; `data` says how long its data chunk claims to be.
struct Wav {
    format: u16,
    channels: u16,
    rate: u32,
    bits: u16,
    data: u32,
    samples: Vec<u8>,
}

impl Wav {
    fn pcm(channels: u16, rate: u32, bits: u16, samples: Vec<u8>) -> Self {
        Self { format: 1, channels, rate, bits, data: samples.len() as u32, samples }
    }

    fn bytes(&self) -> Vec<u8> {
        let frame = self.channels.saturating_mul(self.bits.div_ceil(8));
        let mut bytes = b"RIFF".to_vec();
        bytes.extend(36_u32.saturating_add(self.data).to_le_bytes());
        bytes.extend(b"WAVEfmt \x10\0\0\0");
        bytes.extend(self.format.to_le_bytes());
        bytes.extend(self.channels.to_le_bytes());
        bytes.extend(self.rate.to_le_bytes());
        bytes.extend(self.rate.saturating_mul(frame.into()).to_le_bytes());
        bytes.extend(frame.to_le_bytes());
        bytes.extend(self.bits.to_le_bytes());
        bytes.extend(b"data");
        bytes.extend(self.data.to_le_bytes());
        bytes.extend(&self.samples);
        bytes
    }
}

fn little_endian(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|s| s.to_le_bytes()).collect()
}

/// Files that can be made anywhere: their names, their bytes, and whether there is a sound in them to be had.
fn made_up() -> Vec<(&'static str, Vec<u8>, bool)> {
    let sound = little_endian(&shipped("goforward.wav").samples[..4_000]);
    let good = Wav::pcm(1, 16_000, 16, sound.clone());
    vec![
        ("nothing.wav", Vec::new(), false),
        ("text.wav", b"this is no sound at all, but a letter\n".to_vec(), false),
        ("only-riff.wav", b"RIFF".to_vec(), false),
        ("header-cut.wav", good.bytes()[..30].to_vec(), false),
        ("no-data.wav", good.bytes()[..36].to_vec(), false),
        ("no-channels.wav", Wav { channels: 0, ..Wav::pcm(1, 16_000, 16, sound.clone()) }.bytes(), false),
        ("no-rate.wav", Wav::pcm(1, 0, 16, sound.clone()).bytes(), false),
        ("absurd-rate.wav", Wav::pcm(1, u32::MAX, 16, sound.clone()).bytes(), false),
        ("mp3-inside.wav", Wav { format: 0x55, ..Wav::pcm(1, 16_000, 16, sound.clone()) }.bytes(), false),
        ("no-bits.wav", Wav::pcm(1, 16_000, 0, sound.clone()).bytes(), false),
        ("empty.wav", Wav::pcm(1, 16_000, 16, Vec::new()).bytes(), true),
        ("promises-too-much.wav", Wav { data: 0x7fff_fff0, ..Wav::pcm(1, 16_000, 16, sound.clone()) }.bytes(), true),
        ("half-a-frame.wav", Wav::pcm(2, 16_000, 16, sound[..4_002].to_vec()).bytes(), false),
        ("good.wav", good.bytes(), true),
    ]
}

#[test]
fn a_file_is_read_or_refused_by_name() {
    let directory = tempfile::tempdir().unwrap();
    for (name, bytes, is_good) in made_up() {
        let path = directory.path().join(name);
        fs::write(&path, bytes).unwrap();
        assert_eq!(holds_together(&path), is_good, "{name}");
    }
    assert!(!holds_together(&directory.path().join("not-there.wav")));
    assert!(!holds_together(directory.path()));
}

#[test]
fn every_malformed_file_of_the_evaluation_set_is_heard_or_refused_by_name() {
    let Some(folder) = evaluation_folder() else {
        eprintln!("there is no evaluation set beside the checkout; the files made up above stand for it");
        return;
    };
    let _turn = take_turns();
    let mut files: Vec<PathBuf> = fs::read_dir(folder.join("fuzz/wav")).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 40, "{}", files.len());
    let (good, bad): (Vec<_>, Vec<_>) = files.iter().partition(|f| holds_together(f));
    // Sound with an odd header must not be lost.
    assert!(good.len() >= 20, "only {} of {} could be read", good.len(), files.len());
    let job = Job::new();
    for file in bad {
        job.translate(file, &[]).refused(&[file.to_str().unwrap()]);
    }
    // One line for each, whatever is heard in it; the models are loaded once for all.
    let mut command = dragoman(&["transcribe", "--language", "en"]);
    command.args(&good);
    let heard = run(command, b"").well();
    assert_eq!(heard.text().lines().count(), good.len(), "{}", heard.text());
}

/// Reads a file to its end and brings it to the rate of recognition; false where it was refused with its name.
fn holds_together(path: &Path) -> bool {
    match read_wav(path) {
        Ok(sound) => {
            assert!(sound.samples.iter().all(|s| (-1.0..=1.0).contains(s)), "{}", path.display());
            let seconds = sound.samples.len() as f64 / f64::from(sound.sample_rate);
            let brought = resample(&sound.samples, sound.sample_rate, 16_000).unwrap();
            assert!((brought.len() as f64 / 16_000.0 - seconds).abs() < 0.01, "{}", path.display());
            true
        }
        Err(error) => {
            let message = error.to_string();
            assert!(message.contains(path.to_str().unwrap()) && !message.contains('\n'), "{message}");
            false
        }
    }
}

/// A clip in a file of another form, and what the command makes of it.
struct Job {
    directory: TempDir,
}

impl Job {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Translates a file; the texts go to standard output.
    fn translate(&self, input: &Path, options: &[&str]) -> Ended {
        let mut command = dragoman(&["translate"]);
        command.arg(input).arg(self.path("spoken.wav"));
        command.args(["--from", "en", "--to", "es", "--voice", "light"]).args(options);
        run(command, b"")
    }

    /// What the last one wrote.
    fn spoken(&self) -> Vec<f32> {
        let sound = read_wav(&self.path("spoken.wav")).unwrap();
        assert_eq!(sound.sample_rate, OUTPUT_RATE);
        sound.samples
    }
}

#[test]
fn a_file_that_cannot_be_used_is_refused_in_one_line_before_anything_is_loaded() {
    let job = Job::new();
    for (name, bytes, is_good) in made_up() {
        if !is_good {
            let path = job.path(name);
            fs::write(&path, bytes).unwrap();
            let ended = job.translate(&path, &[]);
            ended.refused(&[name]);
            assert!(ended.stdout.is_empty() && !job.path("spoken.wav").exists(), "{name}");
        }
    }
    job.translate(&job.path("not-there.wav"), &[]).refused(&["cannot open", "not-there.wav", "No such file"]);
    job.translate(job.directory.path(), &[]).refused(&[job.directory.path().to_str().unwrap(), "directory"]);
}

#[test]
fn several_files_are_translated_at_once_and_each_as_if_it_were_alone() {
    let job = Job::new();
    let output = job.path("spoken");
    let clips = ["goforward.wav", "sense_and_sensibility.wav"].map(|name| shipped_folder().join(name));
    let translate = |inputs: &[&Path], output: &Path| {
        let mut command = dragoman(&["translate"]);
        command.args(inputs).arg(output).args(["--from", "en", "--to", "es", "--voice", "light", "--json"]);
        run(command, b"")
    };
    let both = [clips[0].as_path(), &clips[1]];
    translate(&both, &output).refused(&["spoken", "must be a directory"]);
    fs::create_dir(&output).unwrap();
    translate(&[both[0], both[0]], &output).refused(&["goforward.wav", "same file name"]);
    translate(&[both[0], Path::new("-")], &output).refused(&["-", "no file name"]);
    let own = output.join("goforward.wav");
    fs::copy(both[0], &own).unwrap();
    translate(&[&own, both[1]], &output).refused(&["goforward.wav", "written over"]);
    fs::remove_file(&own).unwrap();

    let together = translate(&both, &output).well().text();
    let mut alone = String::new();
    for clip in both {
        alone += &translate(&[clip], &job.path("spoken.wav")).well().text();
        // The voice's noise is another each time, and so is where the last of it counts as silence.
        let spoken = read_wav(&output.join(clip.file_name().unwrap())).unwrap().samples;
        let alone = job.spoken();
        assert!(spoken.len().abs_diff(alone.len()) < OUTPUT_RATE as usize / 50, "{} {}", spoken.len(), alone.len());
    }
    assert_eq!(together, alone);
}

#[test]
fn an_output_that_cannot_be_written_is_refused_before_the_work_is_done() {
    let clip = shipped_folder().join("goforward.wav");
    let mut command = dragoman(&["translate", clip.to_str().unwrap(), "/no/such/directory/spoken.wav", "--text"]);
    command.args(["--from", "en", "--to", "es"]);
    let ended = run(command, b"");
    ended.refused(&["cannot write /no/such/directory/spoken.wav", "No such file"]);
    assert!(ended.stdout.is_empty(), "it worked in vain: {}", ended.text());
}

#[test]
fn sound_without_speech_gives_an_empty_file() {
    let _turn = take_turns();
    let job = Job::new();
    let silence = vec![0; 2 * 16_000 * 3];
    for (name, samples) in [("empty.wav", Vec::new()), ("silent.wav", silence)] {
        fs::write(job.path(name), Wav::pcm(1, 16_000, 16, samples).bytes()).unwrap();
        let ended = job.translate(&job.path(name), &["--text"]).well();
        assert_eq!((ended.text().as_str(), ended.stderr.as_str()), ("", ""), "{name}");
        assert!(job.spoken().is_empty(), "{name}");
    }
    let cut = Wav { data: 1 << 30, ..Wav::pcm(1, 16_000, 16, vec![0; 64_000]) };
    fs::write(job.path("cut.wav"), cut.bytes()).unwrap();
    let ended = job.translate(&job.path("cut.wav"), &[]).well();
    assert!(ended.stderr.contains("cut.wav: the file ends early"), "{}", ended.stderr);
}

/// The clip as stereo at 8 kHz, as 24 bits at 48 kHz, as floating point at 44.1 kHz.
fn in_other_forms(clip: &Clip, job: &Job) -> Vec<PathBuf> {
    let at = |rate| resample(&to_float(&clip.samples), 16_000, rate).unwrap();
    let stereo = to_16_bit(&at(8_000)).into_iter().flat_map(|s| [s, s / 2]).collect::<Vec<_>>();
    let deep = at(48_000).iter().flat_map(|s| ((s * 8_388_607.0) as i32).to_le_bytes()[..3].to_vec()).collect();
    let float = at(44_100).iter().flat_map(|s| s.to_le_bytes()).collect();
    let files = [
        ("stereo-8k.wav", Wav::pcm(2, 8_000, 16, little_endian(&stereo))),
        ("deep-48k.wav", Wav::pcm(1, 48_000, 24, deep)),
        ("float-44k1.wav", Wav { format: 3, ..Wav::pcm(1, 44_100, 32, float) }),
    ];
    let written = files.map(|(name, wav)| {
        fs::write(job.path(name), wav.bytes()).unwrap();
        job.path(name)
    });
    written.to_vec()
}

#[test]
fn sound_of_any_form_says_the_same() {
    let _turn = take_turns();
    let job = Job::new();
    let mut ear = Ear::new(Language::Es);
    for file in in_other_forms(&shipped("goforward.wav"), &job) {
        let ended = job.translate(&file, &["--text"]).well();
        let text = ended.text();
        let [english, spanish] = text.lines().collect::<Vec<_>>()[..] else { panic!("{}: {text}", file.display()) };
        assert!(english.starts_with("en: ") && says(english, "meters|metres"), "{}: {text}", file.display());
        assert!(spanish.starts_with("es: ") && says(spanish, "metros"), "{}: {text}", file.display());
        let heard = ear.hear(&to_16_bit(&job.spoken()));
        assert!(says(&heard, "metro*"), "{}: {heard}", file.display());
    }
}

#[test]
fn a_minute_of_sound_is_translated_and_told_as_json() {
    let _turn = take_turns();
    let job = Job::new();
    let clips = [shipped("jfk.wav"), shipped("sense_and_sensibility.wav"), shipped("goforward.wav")];
    let pause = vec![0; 11_200];
    let minute: Vec<i16> =
        clips.iter().cycle().flat_map(|c| [&c.samples, &pause]).flatten().copied().take(60 * 16_000).collect();
    write_wav(&job.path("minute.wav"), &to_float(&minute), 16_000).unwrap();
    let ended = job.translate(&job.path("minute.wav"), &["--json"]).well();
    let text = ended.text();
    let segments: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(segments.len() >= 8, "{text}");
    let mut heard = 0.0;
    for segment in &segments {
        let texts = ["source_text", "target_text"].map(|key| segment[key].as_str().unwrap().trim().to_owned());
        assert!(texts.iter().all(|t| !t.is_empty()), "{segment}");
        assert!(segment["confidence"].as_f64().is_some_and(|c| (0.0..=1.0).contains(&c)), "{segment}");
        assert!(segment["untranslated"].is_array() && segment["notes"].is_array(), "{segment}");
        let clauses = segment["clauses"].as_array().unwrap();
        let joined: Vec<&str> = clauses.iter().map(|c| c["text"].as_str().unwrap()).collect();
        assert_eq!(joined.join(" "), texts[1]);
        for clause in clauses {
            let until = clause["source_until_s"].as_f64().unwrap();
            assert!((heard..=60.0).contains(&until), "{segment}");
            heard = until;
        }
    }
    let first = |at: usize| segments[0]["clauses"][at]["source_until_s"].as_f64().unwrap();
    assert!(first(0) < first(1), "the first clause was decided on before the second was heard: {}", segments[0]);
    let whole: String = segments.iter().map(|s| s["target_text"].as_str().unwrap().to_owned() + " ").collect();
    assert!(whole.matches("país").count() >= 5 && whole.matches("metros").count() >= 3, "{whole}");
    assert!(job.spoken().len() > 15 * OUTPUT_RATE as usize);
}

#[test]
fn raw_sound_goes_in_and_out_through_pipes() {
    let _turn = take_turns();
    let clip = shipped("goforward.wav");
    let slow = resample(&to_float(&clip.samples), 16_000, 8_000).unwrap();
    let mut input = little_endian(&to_16_bit(&slow));
    // Half a sample at the end is no reason to lose the rest.
    input.push(7);
    let mut command = dragoman(&["translate", "-", "-", "--rate", "8000", "--text"]);
    command.args(["--from", "en", "--to", "es", "--voice", "light"]);
    let ended = run(command, &input).well();
    // The texts go where the sound does not.
    assert!(says(&ended.stderr, "metros") && ended.stdout.len() > 22_050, "{}", ended.stderr);
    let (samples, rest) = ended.stdout.as_chunks::<2>();
    assert!(rest.is_empty());
    let spoken: Vec<i16> = samples.iter().map(|b| i16::from_le_bytes(*b)).collect();
    let heard = Ear::new(Language::Es).hear(&spoken);
    assert!(says(&heard, "metro*"), "{heard}");

    let mut command = dragoman(&["translate", "-", "-", "--from", "en", "--to", "es", "--rate", "0"]);
    command.args(["--voice", "light"]);
    let ended = run(command, &input);
    assert_eq!(ended.status.code(), Some(2));
    assert!(ended.stderr.contains("--rate") && ended.stderr.contains("1000..=768000"), "{}", ended.stderr);
}

fn translate_text(from: &str, to: &str) -> Command {
    dragoman(&["translate-text", "--from", from, "--to", to])
}

#[test]
fn text_is_translated_line_for_line_whatever_stands_in_it() {
    let _turn = take_turns();
    let long = "I have a dog and a cat. ".repeat(400);
    let lines: [&[u8]; 12] = [
        b"Good morning, my friend.",
        b"",
        b"I have 3 dogs.\r",
        b"\xff\xfe\x80 rubbish \xc3(",
        "😀 🎉".as_bytes(),
        b"   \t ",
        b"\x1b[31mred\x07 \x00 and zero",
        "你好, Привет".as_bytes(),
        long.as_bytes(),
        b"[]{}<>^$/\\@*#~ \\[\\] ^good/bueno$",
        b"Two.\xe2\x80\xa8Three.",
        b"The last line has no end",
    ];
    let ended = run(translate_text("en", "es"), &lines.join(&b'\n')).well();
    let text = ended.text();
    let translated: Vec<&str> = text.split_terminator('\n').collect();
    assert_eq!(translated.len(), lines.len(), "{text}");
    assert!(says(translated[0], "amigo") && says(translated[2], "3|tres") && says(translated[2], "perros"), "{text}");
    assert_eq!(translated[1], "");
    assert_eq!(translated[4], "😀 🎉");
    assert_eq!(translated[5].trim(), "");
    assert_eq!(translated[8].matches("perro").count(), 400);
    assert!(says(translated[11], "ultim*"), "{text}");
    assert!(!text.contains('\r'), "a carriage return is in the output");

    assert!(run(translate_text("es", "en"), b"").well().stdout.is_empty());
    let back = run(translate_text("es", "en"), "¿Dónde está la estación?\n\n".as_bytes()).well();
    assert!(back.text().ends_with("\n\n") && says(&back.text(), "station"), "{}", back.text());
}
