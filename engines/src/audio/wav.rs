//! Reading WAV files of any rate and channels, writing 16-bit mono.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

/// The longest file that is read, in seconds. Protects against a header that promises terabytes.
const LONGEST_S: u64 = 4 * 3600;

/// A sound file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AudioFileError {
    /// It cannot be opened or created.
    #[error("cannot open {path}: {problem}")]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        problem: std::io::Error,
    },
    /// It is no WAV file, or broken.
    #[error("{path} is not a WAV file that can be read: {problem}; wanted is PCM of 8 to 32 bits or 32-bit float")]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// It cannot be written.
    #[error("cannot write {path}: {problem}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        problem: String,
    },
}

/// Mono sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Sound {
    /// Samples in -1..1.
    pub samples: Vec<f32>,
    /// Hertz.
    pub sample_rate: u32,
    /// What was odd about the file, if it was read all the same: shown to the user.
    pub warning: Option<String>,
}

/// Reads a WAV file and mixes its channels to one.
///
/// # Errors
/// [`AudioFileError`], where the file is missing, no WAV file, of an encoding other than PCM and 32-bit float, or broken.
/// A file cut short is no error: what there is is used, with a warning.
pub fn read_wav(path: &Path) -> Result<Sound, AudioFileError> {
    let file = std::fs::File::open(path).map_err(|problem| AudioFileError::Open { path: path.to_owned(), problem })?;
    read_wav_from(std::io::BufReader::new(file), path)
}

/// As [`read_wav`], from any source; `path` names it in errors.
///
/// # Errors
/// As [`read_wav`].
pub fn read_wav_from(source: impl Read, path: &Path) -> Result<Sound, AudioFileError> {
    let bad = |problem: String| AudioFileError::Format { path: path.to_owned(), problem };
    let mut reader = WavReader::new(source).map_err(|e| bad(e.to_string()))?;
    let spec = reader.spec();
    if spec.channels == 0 || spec.sample_rate == 0 {
        return Err(bad(format!("{} channels at {} Hz", spec.channels, spec.sample_rate)));
    }
    if !(1_000..=768_000).contains(&spec.sample_rate) {
        return Err(bad(format!("a sample rate of {} Hz", spec.sample_rate)));
    }
    let channels = usize::from(spec.channels);
    let longest = LONGEST_S * u64::from(spec.sample_rate);
    let mut warning = None;
    let mut samples = Vec::new();
    let mut frame = Vec::with_capacity(channels);
    let mut take = |sample: Result<f32, hound::Error>| -> bool {
        match sample {
            Ok(sample) => {
                frame.push(if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 });
                if frame.len() == channels {
                    samples.push(frame.iter().sum::<f32>() / channels as f32);
                    frame.clear();
                }
                (samples.len() as u64) < longest
            }
            Err(e) => {
                warning = Some(format!("the file ends early ({e}); what was there is used"));
                false
            }
        }
    };
    match (spec.sample_format, spec.bits_per_sample) {
        (SampleFormat::Float, 32) => {
            for sample in reader.samples::<f32>() {
                if !take(sample) {
                    break;
                }
            }
        }
        (SampleFormat::Int, bits @ 1..=32) => {
            let scale = 1.0 / (1_u64 << (bits - 1)) as f32;
            for sample in reader.samples::<i32>() {
                if !take(sample.map(|s| s as f32 * scale)) {
                    break;
                }
            }
        }
        (format, bits) => return Err(bad(format!("{bits}-bit {format:?} samples are not supported"))),
    }
    if samples.is_empty() && warning.is_some() {
        return Err(bad("it holds no sound".into()));
    }
    Ok(Sound { samples, sample_rate: spec.sample_rate, warning })
}

/// Writes mono sound as 16-bit WAV.
///
/// # Errors
/// [`AudioFileError::Write`].
pub fn write_wav(path: &Path, samples: &[f32], sample_rate: u32) -> Result<(), AudioFileError> {
    let bad = |e: hound::Error| AudioFileError::Write { path: path.to_owned(), problem: e.to_string() };
    let spec = WavSpec { channels: 1, sample_rate, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut writer = WavWriter::create(path, spec).map_err(bad)?;
    for sample in samples {
        writer.write_sample((sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)).round() as i16).map_err(bad)?;
    }
    writer.finalize().map_err(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tone.wav");
        let tone: Vec<f32> = (0..1600).map(|n| (n as f32 * 0.1).sin() * 0.5).collect();
        write_wav(&path, &tone, 16_000).unwrap();
        let sound = read_wav(&path).unwrap();
        assert_eq!((sound.sample_rate, sound.samples.len(), sound.warning), (16_000, 1600, None));
        let worst = tone.iter().zip(&sound.samples).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-4, "{worst}");
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = read_wav(Path::new("no/such/file.wav")).unwrap_err().to_string();
        assert!(error.contains("no/such/file.wav"), "{error}");
    }

    #[test]
    fn a_file_cut_short_keeps_what_it_has() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cut.wav");
        write_wav(&path, &[0.5; 1000], 8_000).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 500]).unwrap();
        let sound = read_wav(&path).unwrap();
        assert!(sound.warning.is_some());
        assert_eq!(sound.samples.len(), 750);
    }
}
