//! eSpeak NG, a program of the system (GPL-3.0-or-later, so it is never linked): a voice for every language, understood and
//! robotic, for when no other speaks; and the phonemes that Kokoro's French voice learned from (`g2p::french`).

mod program;

use std::{sync::Arc, time::Duration};

pub(super) use self::program::Program;
use super::{
    normalize, pick,
    speech::{Pieces, Request, SpeechPieces, confidence},
    voices,
};
use crate::{
    EngineError, Language,
    catalog::ModelFiles,
    clock::Clock,
    latency::{LatencyStats, LatencyWindow},
    stage::{Speech, Synthesizer, SynthesizerStream, Tag, Voice},
};

/// The program's name.
pub(super) const PROGRAM: &str = "espeak-ng";

/// What brings it.
pub(super) const INSTALL: &str = "apt-get install espeak-ng";

/// Longest silence of the program: it needs a hundredth of this.
pub(super) const LIMIT: Duration = Duration::from_secs(2);

/// Sample rate of its sound, in hertz.
const RATE: u32 = 22_050;

/// Samples in a piece: a quarter of a second.
const PIECE: usize = RATE as usize / 4;

/// Language, the program's name of the voice, and the factor that brings it to the common level (see [`super::speech`]).
const VOICES: [(Language, &str, f32); 5] = [
    (Language::En, "en-us", 1.09),
    (Language::Es, "es", 1.11),
    (Language::Fr, "fr-fr", 1.20),
    (Language::De, "de", 1.0),
    (Language::Zh, "cmn", 0.95),
];

/// The last resort.
pub struct Espeak {
    name: String,
    voices: Vec<Voice>,
    clock: Arc<dyn Clock>,
}

impl Espeak {
    /// The voices of the program that the catalog names; it is started for each clause anew.
    #[must_use]
    pub fn new(files: &ModelFiles, clock: Arc<dyn Clock>) -> Self {
        let names: Vec<(Language, &str)> = VOICES.iter().map(|v| (v.0, v.1)).collect();
        Self { name: files.model().id.clone(), voices: voices(&names), clock }
    }
}

impl Synthesizer for Espeak {
    fn name(&self) -> &str {
        &self.name
    }

    fn available_voices(&self) -> &[Voice] {
        &self.voices
    }

    fn open(&self, language: Language, voice_id: u32) -> Result<Box<dyn SynthesizerStream>, EngineError> {
        let voice = pick(&self.name, &self.voices, language, voice_id)?;
        let index = self.voices.iter().position(|v| v == voice).unwrap_or_default();
        Ok(Box::new(EspeakStream {
            voice: voice.clone(),
            gain: VOICES[index].2,
            clock: Arc::clone(&self.clock),
            tag: Tag::default(),
            latency: LatencyWindow::default(),
        }))
    }
}

struct EspeakStream {
    voice: Voice,
    gain: f32,
    clock: Arc<dyn Clock>,
    tag: Tag,
    latency: LatencyWindow,
}

/// A clause on its way to sound.
struct Speaking {
    program: Program,
    /// What came and is not given yet.
    bytes: Vec<u8>,
    /// The header of the sound is behind.
    begun: bool,
}

impl Speaking {
    fn start(text: &str, voice: &str) -> Result<Self, EngineError> {
        // The input is UTF-8, whatever the system's language.
        let arguments = ["-b", "1", "-v", voice, "--stdin", "--stdout"];
        let program = Program::start(PROGRAM, &arguments, text, INSTALL)?;
        Ok(Self { program, bytes: Vec::new(), begun: false })
    }

    fn next_piece(&mut self, clock: &dyn Clock) -> Result<Option<Vec<f32>>, EngineError> {
        let mut ended = false;
        while !ended && self.bytes.len() < 2 * PIECE {
            match self.program.read(clock, LIMIT)? {
                Some(more) => self.bytes.extend(more),
                None => ended = true,
            }
        }
        if !self.begun && !self.bytes.is_empty() {
            let header = header(&self.bytes).ok_or_else(|| EngineError::EngineFailed {
                engine: PROGRAM.into(),
                problem: format!("it gave no sound of {RATE} Hz in 16 bits"),
            })?;
            self.bytes.drain(..header);
            self.begun = true;
        }
        let whole = self.bytes.len() / 2 * 2;
        let sound = self.bytes.drain(..whole).collect::<Vec<u8>>();
        let sound = sound.as_chunks::<2>().0.iter().map(|b| f32::from(i16::from_le_bytes(*b)) / 32_768.0);
        Ok(Some(sound.collect()).filter(|sound: &Vec<f32>| !sound.is_empty()))
    }
}

/// The length of a WAV header of mono sound at [`RATE`] in 16 bits; its lengths mean nothing, since the end was not known.
fn header(wav: &[u8]) -> Option<usize> {
    let fits = wav.get(..4) == Some(b"RIFF")
        && wav.get(22..24) == Some(&1u16.to_le_bytes())
        && wav.get(24..28) == Some(&RATE.to_le_bytes())
        && wav.get(34..36) == Some(&16u16.to_le_bytes())
        && wav.get(36..40) == Some(b"data");
    fits.then_some(44).filter(|length| *length <= wav.len())
}

impl SynthesizerStream for EspeakStream {
    fn tag(&mut self, tag: Tag) {
        self.tag = tag;
    }

    fn synthesize_streaming<'a>(&'a mut self, text: &str, is_final: bool) -> Result<Speech<'a>, EngineError> {
        let started = self.clock.now();
        let spoken = normalize::normalize(text, self.voice.language, is_final);
        let kept = spoken.text.chars().filter(|c| c.is_alphanumeric()).count();
        let request = Request {
            tag: self.tag,
            language: self.voice.language,
            speaker_id: self.voice.id,
            rate: RATE,
            gain: self.gain,
            confidence: confidence(kept, spoken.left_out),
            clock: &self.clock,
            started,
            latency: &mut self.latency,
        };
        let clock = Arc::clone(&self.clock);
        let voice = self.voice.name.clone();
        let mut speaking: Option<Speaking> = None;
        let pieces: Pieces<'a> = Box::new(move || {
            if spoken.text.is_empty() {
                return Ok(None);
            }
            let speaking = match &mut speaking {
                Some(speaking) => speaking,
                none => none.insert(Speaking::start(&spoken.text, &voice)?),
            };
            speaking.next_piece(clock.as_ref())
        });
        Ok(Box::new(SpeechPieces::new(text, request, pieces)?))
    }

    fn latency_stats(&self) -> LatencyStats {
        self.latency.stats()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_sound_is_refused() {
        let mut wav = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
        wav.extend(RATE.to_le_bytes());
        wav.extend(b"\x44\xac\0\0\x02\0\x10\0data\0\xf0\xff\x7f");
        assert_eq!(header(&wav), Some(44));
        for (at, byte) in [(0, b'X'), (22, 2), (24, 0), (34, 8), (36, b'x')] {
            let mut other = wav.clone();
            other[at] = byte;
            assert_eq!(header(&other), None, "{at}");
        }
        assert_eq!((header(b""), header(&wav[..40])), (None, None));
    }
}
