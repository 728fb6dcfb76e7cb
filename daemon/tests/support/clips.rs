//! Recordings: those that ship, those of the evaluation set where it lies beside the checkout, and made-up sound.

use std::{
    env,
    path::{Path, PathBuf},
};

use engines::{
    Language,
    audio::{read_wav, resample},
    message::INPUT_RATE,
};

/// A recording and what is said in it.
#[derive(Clone)]
pub struct Clip {
    pub name: String,
    pub language: Language,
    pub transcript: String,
    /// 16 kHz mono.
    pub samples: Vec<i16>,
}

/// The folder of the recordings that ship.
pub fn shipped_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../engines/tests/clips")
}

/// A recording that ships.
pub fn shipped(name: &str) -> Clip {
    let folder = shipped_folder();
    let index = std::fs::read_to_string(folder.join("clips.tsv")).unwrap();
    let line = index.lines().find(|l| l.starts_with(&format!("{name}\t"))).unwrap_or_else(|| panic!("no clip {name}"));
    let [_, language, transcript] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
    clip(&folder.join(name), language, transcript)
}

/// The evaluation set, where there is one: `$DRAGOMAN_EVAL`, else `shared/eval` beside the checkout.
pub fn evaluation_folder() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/eval");
    let folder = env::var_os("DRAGOMAN_EVAL").map_or_else(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// A recording of the evaluation set, named as its index does; `None` where the set is not there.
pub fn evaluation(file: &str) -> Option<Clip> {
    let folder = evaluation_folder()?;
    let index = std::fs::read_to_string(folder.join("INDEX.tsv")).unwrap();
    let line = index.lines().find(|l| l.starts_with(&format!("{file}\t"))).unwrap_or_else(|| panic!("no {file}"));
    let fields: Vec<&str> = line.split('\t').collect();
    Some(clip(&folder.join(file), fields[2], fields[5]))
}

fn clip(path: &Path, language: &str, transcript: &str) -> Clip {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let sound = read_wav(path).unwrap();
    let samples = to_16_bit(&resample(&sound.samples, sound.sample_rate, INPUT_RATE).unwrap());
    Clip { name, language: language.parse().unwrap(), transcript: transcript.to_owned(), samples }
}

pub fn to_16_bit(samples: &[f32]) -> Vec<i16> {
    samples.iter().map(|s| (s.clamp(-1.0, 1.0) * 32_767.0).round() as i16).collect()
}

pub fn to_float(samples: &[i16]) -> Vec<f32> {
    samples.iter().map(|s| f32::from(*s) / 32_768.0).collect()
}

/// Silence, in seconds.
pub fn silence(seconds: f64) -> Vec<i16> {
    vec![0; (seconds * f64::from(INPUT_RATE)) as usize]
}

/// White noise of the given amplitude, the same at every call.
pub fn noise(seconds: f64, amplitude: f32) -> Vec<i16> {
    let mut state = 0x2545_f491_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as f32 / u32::MAX as f32 - 0.5
    };
    // The sum of four is near enough to a Gaussian.
    let samples = (seconds * f64::from(INPUT_RATE)) as usize;
    to_16_bit(&(0..samples).map(|_| (next() + next() + next() + next()) * amplitude).collect::<Vec<_>>())
}
