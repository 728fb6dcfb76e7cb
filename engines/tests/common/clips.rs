//! The recordings that ship with the tests, made-up sounds, and the word error rate.

#![allow(dead_code, reason = "each test file uses a part")]

use std::path::Path;

use engines::{
    audio::read_wav,
    catalog::{ModelFiles, Store, model_dir},
    runtime::OnnxRuntime,
};

/// A recording and what is said in it.
pub struct Clip {
    pub samples: Vec<f32>,
    pub transcript: String,
}

impl Clip {
    /// The first samples and the words said in them.
    pub fn beginning(mut self, samples: usize, words: usize) -> Self {
        self.samples.truncate(samples);
        self.transcript = self.transcript.split(' ').take(words).collect::<Vec<_>>().join(" ");
        self
    }
}

/// Reads a clip of `tests/clips`.
pub fn clip(name: &str) -> Clip {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clips");
    let index = std::fs::read_to_string(folder.join("clips.tsv")).unwrap();
    let line = index.lines().find(|l| l.starts_with(&format!("{name}\t"))).unwrap();
    let sound = read_wav(&folder.join(name)).unwrap();
    assert_eq!(sound.sample_rate, 16_000);
    Clip { samples: sound.samples, transcript: line.split('\t').nth(2).unwrap().to_owned() }
}

/// A model's files; a missing model fails the test with the command that mends it.
pub fn model(id: &str) -> ModelFiles {
    Store::open(model_dir()).and_then(|store| store.files(id)).unwrap_or_else(|e| panic!("{e}"))
}

pub fn runtime() -> OnnxRuntime {
    let library = model("onnxruntime").path("libonnxruntime.so").unwrap();
    OnnxRuntime::load_library(&library).unwrap_or_else(|e| panic!("{e}"))
}

/// White noise of the given amplitude, the same at every call.
pub fn noise(samples: usize, amplitude: f32) -> Vec<f32> {
    let mut state = 0x2545_f491_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as f32 / u32::MAX as f32 - 0.5
    };
    // The sum of four is near enough to a Gaussian.
    (0..samples).map(|_| (next() + next() + next() + next()) * amplitude).collect()
}

/// Mains hum with its third harmonic.
pub fn hum(samples: usize) -> Vec<f32> {
    let tone = |i: usize, hertz: f32| (i as f32 * hertz * std::f32::consts::TAU / 16_000.0).sin();
    (0..samples).map(|i| 0.05 * tone(i, 50.0) + 0.02 * tone(i, 150.0)).collect()
}

/// Keys struck at irregular times over a faint hiss.
pub fn typing(samples: usize) -> Vec<f32> {
    let mut sound = noise(samples, 0.001);
    let (click, mut at) = (noise(480, 0.2), 2_000);
    while at + click.len() < samples {
        for (i, x) in click.iter().enumerate() {
            sound[at + i] += x * (-(i as f32) / 80.0).exp();
        }
        at += 1_700 + at % 2_311;
    }
    sound
}

/// Lower-case words without punctuation and accents.
pub fn words(text: &str) -> Vec<String> {
    let folded: String = text
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            'á' => Some('a'),
            'é' => Some('e'),
            'í' => Some('i'),
            'ó' => Some('o'),
            'ú' | 'ü' => Some('u'),
            'ñ' => Some('n'),
            '\'' | '’' => None,
            c if c.is_alphanumeric() => Some(c),
            _ => Some(' '),
        })
        .collect();
    folded.split_whitespace().map(str::to_owned).collect()
}

/// Insertions, deletions and substitutions per word of the reference.
pub fn word_error_rate(reference: &str, hypothesis: &str) -> f32 {
    let (reference, hypothesis) = (words(reference), words(hypothesis));
    let mut row: Vec<usize> = (0..=hypothesis.len()).collect();
    for (i, r) in reference.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, h) in hypothesis.iter().enumerate() {
            let cost = (diagonal + usize::from(r != h)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], cost);
        }
    }
    row[hypothesis.len()] as f32 / reference.len().max(1) as f32
}
