//! Which voice speaks: the one that was asked for, or for `auto` the best one that this machine keeps up with.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    num::NonZero,
    thread,
};

use engines::{
    EngineError, Language,
    message::OUTPUT_RATE,
    stage::{Synthesizer, SynthesizerStream},
};
use nix::sys::resource::{UsageWho, getrusage};

use super::context::Context;
use crate::{
    config::VoiceKind,
    status::{Stage, report::Choice},
};

/// A short text that every language can pronounce.
const WARM_UP: &str = "1, 2.";

/// Short sentences, likewise, by which a voice is measured.
const MEASURES: [&str; 3] = ["3, 4, 5.", "10, 11, 12.", "6, 7, 8."];

/// Cores that recognition and translation of one speaker take: the processor time of the whole pipeline with a light voice
/// for each second of speech is a little less (README).
const BESIDE: f32 = 0.5;

/// How many times more or less than there is room for is so far from it that one sentence decides.
const FAR: f32 = 1.25;

/// The part of what is left that a voice may take, so that a busy moment is caught up with.
const HEADROOM: f32 = 0.8;

/// A voice, and the light one where it is another: the board may ask for that at any clause.
pub(super) struct Voice {
    kind: VoiceKind,
    own: Box<dyn SynthesizerStream>,
    light: Option<Box<dyn SynthesizerStream>>,
}

impl Voice {
    /// What speaks the next clause, and its kind.
    pub(super) fn stream(&mut self, is_light_wanted: bool) -> (&mut dyn SynthesizerStream, VoiceKind) {
        match &mut self.light {
            Some(light) if is_light_wanted => (light.as_mut(), VoiceKind::Light),
            _ => (self.own.as_mut(), self.kind),
        }
    }
}

/// One voice a button, warmed up, and why it is this one.
pub(super) fn open(context: &Context) -> Result<Vec<(Voice, Choice)>, EngineError> {
    let directions = context.directions();
    let languages: Vec<Language> = directions.iter().map(|d| d.target).collect();
    let both = context.assembly.synthesizers(&languages, &context.on_fallback(Stage::Tts))?;
    let open = |kind, language| {
        let synthesizer = if kind == VoiceKind::Light { &both.light } else { &both.good };
        synthesizer.open(language, context.config.tts.voice_id)
    };
    // All who hear a language hear the same voice: it is warmed up and measured once.
    let mut known: BTreeMap<Language, (VoiceKind, Choice)> = BTreeMap::new();
    let each = |language| {
        let (kind, choice) = match known.entry(language) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(new) => new.insert(choose(context, language, |kind| open(kind, language))?).clone(),
        };
        let light = (kind != VoiceKind::Light).then(|| open(VoiceKind::Light, language)).transpose()?;
        Ok((Voice { kind, own: open(kind, language)?, light }, choice))
    };
    languages.into_iter().map(each).collect()
}

/// The kind of voice for a language, which is warm then, and why it is this one.
fn choose(
    context: &Context,
    language: Language,
    open: impl Fn(VoiceKind) -> Result<Box<dyn SynthesizerStream>, EngineError>,
) -> Result<(VoiceKind, Choice), EngineError> {
    let warm = |kind| {
        let mut voice = open(kind)?;
        // The first sentence of a cold engine takes several times as long: let it be one that nobody waits for.
        voice.synthesize_streaming(WARM_UP, true)?.take(1).try_for_each(|piece| piece.map(drop))?;
        Ok::<_, EngineError>(voice)
    };
    let asked = context.config.tts.voice;
    let mut voice = warm(asked)?;
    let (chosen, why) = match asked {
        VoiceKind::Auto => {
            let cores = thread::available_parallelism().map_or(1, NonZero::get);
            let conversations = context.seats.len();
            decide(cost(voice.as_mut(), room(cores, conversations))?, cores, conversations)
        }
        kind => (kind, "as configured".to_owned()),
    };
    if asked == VoiceKind::Auto && chosen == VoiceKind::Light {
        warm(chosen)?;
    }
    tracing::info!(event = "voice", language = %language, chosen = chosen.name(), why);
    Ok((chosen, Choice { asked: asked.name().to_owned(), chosen: chosen.name().to_owned(), why }))
}

/// Seconds of one core that the voice takes for a second of speech: of one sentence where that is far from the `room`
/// there is, else the median of a few. Whoever switches the box on waits for it.
fn cost(voice: &mut dyn SynthesizerStream, room: f32) -> Result<f32, EngineError> {
    let is_far = |cost: f32| !(room / FAR..=room * FAR).contains(&cost);
    let mut costs = Vec::new();
    for text in MEASURES {
        let began = spent();
        let mut samples = 0;
        for piece in voice.synthesize_streaming(text, true)? {
            samples += piece?.audio.len();
        }
        costs.push((spent() - began) * OUTPUT_RATE as f32 / samples.max(1) as f32);
        if costs.len() == 1 && is_far(costs[0]) {
            break;
        }
    }
    costs.sort_by(f32::total_cmp);
    Ok(costs[costs.len() / 2])
}

/// Seconds that this thread has worked: its waiting for a core while the other workers load is not in it, but that cores which
/// share their units are slower together is, as it will be with recognition beside it. Where a voice has several threads, this
/// one works as long as the longest of them.
fn spent() -> f32 {
    getrusage(UsageWho::RUSAGE_THREAD).map_or(0.0, |spent| {
        [spent.user_time(), spent.system_time()].iter().map(|t| t.tv_sec() as f32 + t.tv_usec() as f32 / 1e6).sum()
    })
}

/// Seconds of one core that each of so many `conversations` may take for a second of speech.
fn room(cores: usize, conversations: usize) -> f32 {
    // One sentence is made on one core, however many there are, and so are those of all conversations.
    (cores as f32 - BESIDE * conversations as f32).clamp(0.0, 1.0) * HEADROOM / conversations as f32
}

/// Good or light for `auto`, and why: `cost` in seconds of one core for a second of speech, on a machine of `cores` that serves
/// so many `conversations`.
fn decide(cost: f32, cores: usize, conversations: usize) -> (VoiceKind, String) {
    let most = room(cores, conversations);
    let keeps_up = cost <= most;
    let why = format!(
        "the good voice takes {cost:.2} s of a core for a second of speech; with recognition beside it, {cores} {} for {most:.2}{}",
        if cores == 1 { "core has room" } else { "cores have room" },
        if conversations == 1 { String::new() } else { format!(" in each of {conversations} conversations") },
    );
    (if keeps_up { VoiceKind::Good } else { VoiceKind::Light }, why)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chosen(cost: f32, cores: usize) -> VoiceKind {
        decide(cost, cores, 1).0
    }

    #[test]
    fn a_machine_that_keeps_up_has_the_good_voice() {
        assert_eq!(
            [chosen(0.45, 2), chosen(0.45, 1), chosen(0.01, 1)],
            [VoiceKind::Good, VoiceKind::Light, VoiceKind::Good]
        );
        assert_eq!([chosen(0.9, 2), chosen(0.9, 64), chosen(f32::NAN, 2)], [VoiceKind::Light; 3]);
        let (_, why) = decide(0.9, 2, 1);
        assert_eq!(
            why,
            "the good voice takes 0.90 s of a core for a second of speech; with recognition beside it, 2 cores have room for 0.80"
        );
    }

    proptest! {
        /// What one machine keeps up with, a larger one does, and so does either with a quicker voice or with fewer to serve.
        #[test]
        fn more_room_is_never_a_worse_voice(
            cost in 0.0_f32..3.0,
            less in 0.0_f32..1.0,
            cores in 1_usize..8,
            more in 0_usize..8,
            conversations in 1_usize..8,
            others in 0_usize..8,
        ) {
            if decide(cost, cores, conversations + others).0 == VoiceKind::Good {
                prop_assert_eq!(decide(cost * less, cores + more, conversations).0, VoiceKind::Good);
            }
        }
    }
}
