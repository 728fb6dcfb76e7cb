//! Keeps invented text out.
//!
//! A recogniser that is given noise still writes words. What gives it away is how little it believes them: on 49
//! noises (white noise, hum, typing, an office, a street, a crowd, music) the mean log-probability of a Whisper token
//! lay between -0.99 and -3.2, on 21 clips of Spanish speech between -0.07 and -0.75. The probability of "no speech"
//! separates less well: 0.23 to 0.93 against 0.00 to 0.21. Moonshine's word for it, the
//! end of the text before its first token, lay above 0.9 on most noises and below 0.05 on 34 clips of English speech;
//! one good sentence had 0.54, with a mean of -0.08. Each model brings its own threshold for the mean.

/// Above this probability of "no speech" ...
const NO_SPEECH: f32 = 0.4;

/// ... a text is believed only if its mean log-probability is better than this.
const LEAST_MEAN_IF_NO_SPEECH: f32 = -0.3;

/// How often a run of tokens must follow on itself to count as going round in circles.
const ROUNDS: usize = 4;

/// The longest run of tokens looked at.
const LONGEST_RUN: usize = 12;

/// Sentences that Whisper learnt from the ends of videos and writes where nobody speaks. They are dropped only where
/// the model also doubts that somebody speaks: a person may well say "thank you".
const GHOSTS: &[&str] = &[
    "subtítulos realizados por la comunidad de amara.org",
    "subtítulos por la comunidad de amara.org",
    "gracias por ver el video",
    "gracias por ver",
    "suscríbete al canal",
    "thanks for watching",
    "thank you for watching",
    "sous-titres réalisés par la communauté d'amara.org",
    "untertitel der amara.org-community",
    "untertitelung des zdf",
];

/// Above this probability of "no speech" a ghost's sentence is one.
const NO_SPEECH_FOR_GHOST: f32 = 0.2;

/// What is known of a text beside its words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Evidence {
    /// Mean log-probability of its tokens.
    pub(super) mean: f32,
    /// Below this mean nothing is believed.
    pub(super) least_mean: f32,
    /// Probability that nobody speaks.
    pub(super) no_speech: f32,
    /// The text had no end.
    pub(super) cut_short: bool,
}

/// Why a text is not to be believed, in words for a technician; `None` where it is.
pub(super) fn doubt(text: &str, evidence: Evidence) -> Option<String> {
    let Evidence { mean, least_mean, no_speech, cut_short } = evidence;
    let plain = text.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    if plain.is_empty() {
        return (!text.trim().is_empty()).then(|| "no words in it".to_owned());
    }
    if mean < least_mean {
        return Some(format!("the model does not believe its own words (mean log-probability {mean:.2})"));
    }
    if no_speech > NO_SPEECH && mean < LEAST_MEAN_IF_NO_SPEECH {
        return Some(format!("probably no speech ({no_speech:.2}; mean log-probability {mean:.2})"));
    }
    if cut_short && no_speech > NO_SPEECH_FOR_GHOST {
        return Some(format!("goes round in circles, and perhaps no speech ({no_speech:.2})"));
    }
    if no_speech > NO_SPEECH_FOR_GHOST && GHOSTS.contains(&plain.as_str()) {
        return Some(format!("a sentence often invented, and perhaps no speech ({no_speech:.2})"));
    }
    None
}

/// Whether the end of `tokens` is one run of tokens over and over.
pub(super) fn goes_round(tokens: &[u32]) -> bool {
    run_length(tokens).is_some()
}

/// Leaves only the first of the runs that [`goes_round`] finds at the end.
pub(super) fn unroll(tokens: &mut Vec<u32>) {
    while let Some(run) = run_length(tokens) {
        let mut keep = tokens.len();
        while keep >= 2 * run && tokens[keep - run..keep] == tokens[keep - 2 * run..keep - run] {
            keep -= run;
        }
        tokens.truncate(keep);
    }
}

/// Length of the shortest run of tokens that stands [`ROUNDS`] times at the end of `tokens`. Short runs must go on
/// for longer: people do say "no, no, no, no".
fn run_length(tokens: &[u32]) -> Option<usize> {
    (1..=LONGEST_RUN).find(|&run| {
        let rounds = if run <= 2 { 2 * ROUNDS } else { ROUNDS };
        tokens.len() >= run * rounds && {
            let tail = &tokens[tokens.len() - run * rounds..];
            tail.iter().zip(&tail[run..]).all(|(a, b)| a == b)
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn evidence(mean: f32, no_speech: f32) -> Evidence {
        Evidence { mean, least_mean: -1.0, no_speech, cut_short: false }
    }

    #[test]
    fn speech_is_believed_and_noise_is_not() {
        assert_eq!(doubt("¿En qué carpeta?", evidence(-0.46, 0.21)), None);
        assert_eq!(doubt("Gracias.", evidence(-0.08, 0.0)), None);
        assert!(doubt("Gracias.", evidence(-1.06, 0.72)).is_some());
        assert!(doubt("Y ahora vamos.", evidence(-2.24, 0.27)).is_some());
        assert!(doubt("You", evidence(-0.43, 0.54)).is_some());
        assert_eq!(doubt("It was the epoch of belief.", evidence(-0.08, 0.54)), None);
        assert!(doubt("¿Qué es?", evidence(-0.7, 0.67)).is_some());
    }

    #[test]
    fn a_ghost_is_dropped_only_where_speech_is_in_doubt() {
        assert!(doubt("¡Gracias por ver el video!", evidence(-0.3, 0.4)).is_some());
        assert_eq!(doubt("¡Gracias por ver el video!", evidence(-0.3, 0.05)), None);
    }

    #[test]
    fn punctuation_alone_is_no_text() {
        assert!(doubt(" ...", evidence(-0.1, 0.0)).is_some());
        assert_eq!(doubt("", evidence(-0.1, 0.0)), None);
    }

    proptest! {
        #[test]
        fn a_loop_is_found_and_unrolled(
            head in proptest::collection::vec(100_u32..200, 0..10),
            run in proptest::collection::vec(0_u32..50, 1..12),
            rounds in 8_usize..12,
        ) {
            let mut tokens = head.clone();
            for _ in 0..rounds {
                tokens.extend(&run);
            }
            prop_assert!(goes_round(&tokens));
            unroll(&mut tokens);
            prop_assert!(!goes_round(&tokens));
            prop_assert!(tokens.starts_with(&head) && tokens.len() <= head.len() + run.len());
        }

        #[test]
        fn text_without_a_loop_stays(tokens in proptest::collection::vec(0_u32..50_000, 0..40)) {
            prop_assume!(!goes_round(&tokens));
            let mut same = tokens.clone();
            unroll(&mut same);
            prop_assert_eq!(same, tokens);
        }
    }
}
