//! Properties of the segmenter, over random speech.

use proptest::prelude::*;

use super::*;

/// Segments as the chunks show them: first sample and the samples, each once.
struct Segment {
    first: usize,
    samples: Vec<f32>,
}

fn sample_at(timestamp: Duration) -> usize {
    (timestamp.as_nanos() / time_of(1).as_nanos()) as usize
}

/// Sample `i` of the input holds `i`, so that any loss or doubling shows.
fn run(options: SegmenterOptions, frame: usize, speech: &[bool]) -> Vec<AudioChunk> {
    let mut segmenter = Segmenter::new(options);
    segmenter.begin(1, Duration::ZERO);
    let (mut out, mut silence, mut spoken) = (Vec::new(), 0, false);
    for (n, &is_speech) in speech.iter().enumerate() {
        let audio: Vec<f32> = (n * frame..(n + 1) * frame).map(|i| i as f32).collect();
        spoken |= is_speech;
        silence = if is_speech { 0 } else { silence + frame };
        let has_ended = spoken && !is_speech && silence >= samples_of(options.silence_duration_ms);
        segmenter.push(&audio, Verdict { is_speech, confidence: f32::from(is_speech), has_ended }, &mut out);
        // As `Decision` has it, silence that has ended a segment goes on counting; no segment is open then.
        assert!(!has_ended || !segmenter.in_segment());
    }
    segmenter.release(&mut out);
    out
}

fn segments(chunks: &[AudioChunk]) -> Vec<Segment> {
    let (mut splice, mut all, mut open) = (Splice::default(), Vec::new(), None::<Segment>);
    for chunk in chunks {
        let first = sample_at(chunk.timestamp);
        let segment = open.get_or_insert_with(|| Segment { first, samples: Vec::new() });
        segment.samples.extend_from_slice(splice.fresh(chunk));
        if chunk.is_final {
            all.extend(open.take());
        }
    }
    assert!(open.is_none(), "a final always follows speech");
    all
}

fn options() -> impl Strategy<Value = SegmenterOptions> {
    (20_u32..800, 0_u32..300, 0_u32..600, 0_u32..500).prop_map(|(chunk, overlap, silence, pre_roll)| SegmenterOptions {
        chunk_duration_ms: chunk,
        chunk_overlap_ms: overlap,
        silence_duration_ms: silence,
        pre_roll_ms: pre_roll,
    })
}

/// Speech in runs, as people speak, not in single frames.
fn speech() -> impl Strategy<Value = Vec<bool>> {
    proptest::collection::vec((any::<bool>(), 1_usize..25), 0..12)
        .prop_map(|runs| runs.into_iter().flat_map(|(speech, n)| std::iter::repeat_n(speech, n)).collect())
}

proptest! {
    #[test]
    fn nothing_is_lost_or_doubled(options in options(), frame in prop_oneof![Just(256_usize), Just(512)], speech in speech()) {
        let chunks = run(options, frame, &speech);
        let segments = segments(&chunks);
        let mut covered_until = 0;
        for segment in &segments {
            prop_assert!(segment.first >= covered_until, "two segments hold the same sample");
            for (i, sample) in segment.samples.iter().enumerate() {
                prop_assert_eq!(*sample, (segment.first + i) as f32);
            }
            // It begins one pre-roll before its first frame of speech, or where the segment before ended.
            let first_speech = (segment.first.div_ceil(frame)..speech.len()).find(|n| speech[*n]).unwrap() * frame;
            let earliest = first_speech.saturating_sub(samples_of(options.pre_roll_ms)).max(covered_until);
            prop_assert_eq!(segment.first, earliest);
            covered_until = segment.first + segment.samples.len();
        }
        for (n, is_speech) in speech.iter().enumerate() {
            let held = segments.iter().any(|s| s.first <= n * frame && (n + 1) * frame <= s.first + s.samples.len());
            prop_assert!(!is_speech || held, "frame {} of speech is in no segment", n);
        }
    }

    #[test]
    fn chunks_are_of_the_length_and_overlap_asked_for(options in options(), speech in speech()) {
        let chunks = run(options, 512, &speech);
        let limit = samples_of(options.chunk_duration_ms).max(2);
        let wanted = samples_of(options.chunk_overlap_ms);
        let overlap = if wanted < limit { wanted } else { limit / 2 };
        for chunk in &chunks {
            prop_assert!(chunk.audio.len() <= limit);
            prop_assert!(chunk.is_final || chunk.audio.len() == limit);
            prop_assert_eq!(chunk.duration_ms, duration_ms(chunk.audio.len(), INPUT_RATE));
            prop_assert_eq!((chunk.utterance, chunk.sample_rate), (1, INPUT_RATE));
        }
        let mut segment = chunks.first().map_or(0, |chunk| sample_at(chunk.timestamp));
        for pair in chunks.windows(2) {
            prop_assert_eq!(pair[1].chunk_id, pair[0].chunk_id + 1);
            let (end, next) = (sample_at(pair[0].timestamp) + pair[0].audio.len(), sample_at(pair[1].timestamp));
            if pair[0].is_final {
                segment = next;
            } else {
                // In the first seconds of a segment they come twice as often.
                let opening = end - segment < OPENING;
                prop_assert_eq!(next, end - if opening { (limit + overlap) / 2 } else { overlap });
            }
        }
    }
}

#[test]
fn silence_gives_nothing() {
    assert!(run(SegmenterOptions::default(), 512, &[false; 200]).is_empty());
}

#[test]
fn a_new_utterance_drops_what_is_left_of_the_one_before() {
    let mut segmenter = Segmenter::new(SegmenterOptions::default());
    let (mut out, speech) = (Vec::new(), Verdict { is_speech: true, confidence: 1.0, has_ended: false });
    segmenter.begin(1, Duration::ZERO);
    segmenter.push(&[1.0; 512], speech, &mut out);
    segmenter.begin(2, Duration::from_secs(1));
    segmenter.push(&[2.0; 512], speech, &mut out);
    segmenter.release(&mut out);
    assert_eq!(out.len(), 1);
    assert_eq!((out[0].utterance, out[0].timestamp, out[0].audio[0]), (2, Duration::from_secs(1), 2.0));
}
