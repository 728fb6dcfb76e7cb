//! The conformance suite of `Recognizer`: what every backend must do, written once.

use std::time::Instant;

use engines::{
    EngineError, Language,
    message::{Kind, TextToken},
    simultaneous::commit::CommitRule,
    stage::{Recognizer, RecognizerStream, Tag},
};

use crate::clips::{Clip, hum, noise, typing, word_error_rate, words};

/// Half a second.
const CHUNK: usize = 8_000;

/// What the suite needs to know of a backend.
pub struct Backend<'a> {
    pub recognizer: &'a dyn Recognizer,
    pub language: Language,
    /// One that it does not offer.
    pub not_offered: Language,
    /// Two recordings it must understand, and the word error rate allowed on each.
    pub clips: [(&'a Clip, f32); 2],
}

impl Backend<'_> {
    fn open(&self) -> Box<dyn RecognizerStream> {
        self.recognizer.open(self.language).unwrap()
    }

    fn whole(&self, samples: &[f32]) -> TextToken {
        let mut stream = self.open();
        stream.push(samples, 16_000).unwrap();
        stream.finalize().unwrap()
    }

    /// Every promise of the trait.
    pub fn conforms(&self) {
        self.finals_are_right();
        self.a_release_on_the_last_syllable_loses_no_word();
        self.partials_grow_into_the_final();
        self.what_is_committed_stays();
        self.empty_input_is_an_empty_final();
        self.pieces_of_any_size_make_the_same_final();
        self.ten_minutes_of_silence_are_cheap();
        self.noise_is_not_words();
        self.a_minute_is_heard_to_its_end();
        self.a_wrong_rate_is_refused_and_nothing_lost();
        self.reset_forgets();
        self.two_streams_do_not_hear_each_other();
        self.broken_samples_do_no_harm();
        self.a_language_not_offered_is_refused();
    }

    fn finals_are_right(&self) {
        for (clip, allowed) in &self.clips {
            let mut stream = self.open();
            stream.tag(Tag { utterance: 3, chunk_id: 7 });
            stream.push(&clip.samples, 16_000).unwrap();
            let token = stream.finalize().unwrap();
            let rate = word_error_rate(&clip.transcript, &token.text);
            assert!(rate <= *allowed, "word error rate {rate}: {}", token.text);
            assert_eq!((token.utterance, token.chunk_id, token.kind), (3, 7, Kind::Final));
            assert_eq!((token.source_language, token.target_language), (self.language, self.language));
            assert!(token.confidence > 0.5 && token.confidence <= 1.0, "{}", token.confidence);
            assert!(token.processing_latency_ms > 0.0);
            assert_eq!(token.metadata.engine, self.recognizer.name());
            assert_eq!(stream.latency_stats().count, 1);
        }
    }

    /// People let go of the button while they still speak: the end of the sound is cut off as soon as it is soft.
    fn a_release_on_the_last_syllable_loses_no_word(&self) {
        for (clip, allowed) in &self.clips {
            let peak = clip.samples.iter().fold(0.0_f32, |a, x| a.max(x.abs()));
            let end = clip.samples.iter().rposition(|x| x.abs() > 0.1 * peak).unwrap();
            let token = self.whole(&clip.samples[..=end]);
            let last = words(&clip.transcript).pop();
            assert_eq!(words(&token.text).pop(), last, "{}", token.text);
            let rate = word_error_rate(&clip.transcript, &token.text);
            assert!(rate <= allowed + 0.07, "word error rate {rate}: {}", token.text);
        }
    }

    fn partials_grow_into_the_final(&self) {
        let (clip, allowed) = self.clips[0];
        let mut stream = self.open();
        let mut partials = Vec::new();
        for chunk in clip.samples.chunks(CHUNK) {
            let token = stream.process_chunk(chunk, 16_000).unwrap();
            assert_eq!(token.kind, Kind::Partial);
            partials.push(token.text);
        }
        let half = words(&partials[partials.len() / 2]).len();
        let all = words(&clip.transcript).len();
        assert!(half > all / 5 && half < all, "half way there are {half} of {all} words");
        let last = partials.last().unwrap();
        assert!(word_error_rate(&clip.transcript, last) <= allowed + 0.1, "{last}");
        let token = stream.finalize().unwrap();
        assert!(word_error_rate(&clip.transcript, &token.text) <= allowed, "{}", token.text);
        assert_eq!(stream.latency_stats().count, partials.len() + 1);
    }

    /// Chunk by chunk as in a conversation: nothing committed is taken back, and it costs no words.
    fn what_is_committed_stays(&self) {
        for (clip, allowed) in &self.clips {
            let mut stream = self.open();
            stream.set_commit_rule(CommitRule { hypotheses: 2, confidence: 0.5 });
            let (mut committed, mut early) = (String::new(), 0);
            for chunk in clip.samples.chunks(6_400) {
                let token = stream.process_chunk(chunk, 16_000).unwrap();
                assert!(token.text.starts_with(&committed), "{committed:?} became {:?}", token.text);
                assert!(token.committed >= committed.len(), "less of {:?} is committed than before", token.text);
                token.text[..token.committed].clone_into(&mut committed);
                early = words(&committed).len();
            }
            let all = words(&clip.transcript).len();
            assert!(early * 2 > all, "{early} of {all} words were committed before the end: {committed}");
            let token = stream.finalize().unwrap();
            assert!(token.text.starts_with(&committed), "{committed:?} became {:?}", token.text);
            assert_eq!(token.committed, token.text.len());
            let rate = word_error_rate(&clip.transcript, &token.text);
            assert!(rate <= allowed + 0.1, "word error rate {rate}: {}", token.text);
            assert_eq!(stream.finalize().unwrap().text, "", "a final begins a new segment");
        }
    }

    fn empty_input_is_an_empty_final(&self) {
        let mut stream = self.open();
        assert_eq!(stream.process_chunk(&[], 16_000).unwrap().text, "");
        for samples in [0, 1, 100, 3_000] {
            stream.push(&vec![0.1; samples], 16_000).unwrap();
            let token = stream.finalize().unwrap();
            assert_eq!((token.text.as_str(), token.confidence, token.kind), ("", 0.0, Kind::Final));
        }
    }

    fn pieces_of_any_size_make_the_same_final(&self) {
        let (clip, _) = self.clips[1];
        let whole = self.whole(&clip.samples);
        let mut stream = self.open();
        for piece in clip.samples.chunks(617) {
            stream.push(piece, 16_000).unwrap();
        }
        let pieces = stream.finalize().unwrap();
        assert_eq!((pieces.text, pieces.confidence), (whole.text, whole.confidence));
    }

    fn ten_minutes_of_silence_are_cheap(&self) {
        let mut stream = self.open();
        let start = Instant::now();
        for _ in 0..1_200 {
            assert_eq!(stream.process_chunk(&[0.0; CHUNK], 16_000).unwrap().text, "");
        }
        assert_eq!(stream.finalize().unwrap().text, "");
        assert!(start.elapsed().as_secs() < 20, "took {:?}", start.elapsed());
        // And what comes after it is heard.
        let (clip, allowed) = self.clips[1];
        let mut samples = vec![0.0; 60 * 16_000];
        samples.extend(&clip.samples);
        let token = self.whole(&samples);
        assert!(word_error_rate(&clip.transcript, &token.text) <= allowed, "{}", token.text);
    }

    fn noise_is_not_words(&self) {
        let second = 16_000;
        let sounds = [
            ("faint hiss", noise(3 * second, 0.002)),
            ("hiss", noise(second, 0.02)),
            ("loud hiss", noise(6 * second, 0.2)),
            ("hum", hum(4 * second)),
            ("typing", typing(5 * second)),
            ("a minute of hiss", noise(60 * second, 0.02)),
        ];
        for (name, sound) in sounds {
            let token = self.whole(&sound);
            assert_eq!(token.text, "", "invented on {name}, confidence {}", token.confidence);
        }
    }

    fn a_minute_is_heard_to_its_end(&self) {
        let (clip, allowed) = self.clips[0];
        let pause = vec![0.0; CHUNK];
        let (mut samples, mut transcript) = (Vec::new(), String::new());
        while samples.len() < 60 * 16_000 {
            samples.extend(clip.samples.iter().chain(&pause));
            transcript.extend([clip.transcript.as_str(), " "]);
        }
        let mut stream = self.open();
        let (mut last, mut words_seen) = (String::new(), 0);
        for piece in samples.chunks(10 * 16_000) {
            last = stream.process_chunk(piece, 16_000).unwrap().text;
            assert!(words(&last).len() > words_seen, "no more words: {last}");
            words_seen = words(&last).len();
        }
        let token = stream.finalize().unwrap();
        let rate = word_error_rate(&transcript, &token.text);
        // A cut may cost a word.
        assert!(rate <= allowed + 0.05, "word error rate {rate}: {}", token.text);
        assert!(word_error_rate(&last, &token.text) < 0.3, "the last partial was far from it: {last}");
    }

    fn a_wrong_rate_is_refused_and_nothing_lost(&self) {
        let (clip, _) = self.clips[1];
        let (before, after) = clip.samples.split_at(CHUNK);
        let mut stream = self.open();
        stream.push(before, 16_000).unwrap();
        for rate in [0, 8_000, 22_050, 48_000] {
            let error = stream.process_chunk(after, rate).unwrap_err();
            assert!(matches!(error, EngineError::SampleRate { expected: 16_000, got } if got == rate), "{error}");
            assert!(error.to_string().contains("resample"), "{error}");
        }
        stream.push(after, 16_000).unwrap();
        assert_eq!(stream.finalize().unwrap().text, self.whole(&clip.samples).text);
    }

    fn reset_forgets(&self) {
        let mut stream = self.open();
        stream.process_chunk(&self.clips[0].0.samples, 16_000).unwrap();
        stream.reset();
        assert_eq!(stream.finalize().unwrap().text, "");
        stream.push(&self.clips[1].0.samples, 16_000).unwrap();
        assert_eq!(stream.finalize().unwrap().text, self.whole(&self.clips[1].0.samples).text);
        assert_eq!(stream.finalize().unwrap().text, "", "a final begins a new segment");
    }

    fn two_streams_do_not_hear_each_other(&self) {
        let clips = [&self.clips[0].0.samples, &self.clips[1].0.samples];
        let alone = clips.map(|samples| self.whole(samples).text);
        let mut streams = [self.open(), self.open()];
        let mut pieces = clips.map(|samples| samples.chunks(2 * CHUNK));
        loop {
            let mut fed = false;
            for (stream, pieces) in streams.iter_mut().zip(&mut pieces) {
                if let Some(piece) = pieces.next() {
                    stream.process_chunk(piece, 16_000).unwrap();
                    fed = true;
                }
            }
            if !fed {
                break;
            }
        }
        let together = streams.each_mut().map(|stream| stream.finalize().unwrap().text);
        assert_eq!(together, alone);
    }

    fn broken_samples_do_no_harm(&self) {
        for bad in [f32::NAN, f32::INFINITY, -1e30, 1.0] {
            let mut stream = self.open();
            stream.process_chunk(&[bad; CHUNK], 16_000).unwrap();
            stream.finalize().unwrap();
        }
        // A dead moment within speech is no dead utterance.
        let (clip, _) = self.clips[1];
        let mut samples = clip.samples.clone();
        samples[4_000..4_010].fill(f32::NAN);
        assert_ne!(self.whole(&samples).text, "");
    }

    fn a_language_not_offered_is_refused(&self) {
        assert!(self.recognizer.languages().contains(&self.language));
        let error = self.recognizer.open(self.not_offered).err().expect("refused").to_string();
        assert!(error.contains(self.recognizer.name()) && error.contains(self.language.code()), "{error}");
    }
}
