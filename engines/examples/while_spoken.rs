//! What it costs a sentence to be translated while it is still being spoken, whatever a recogniser would have made of it.
//!
//! `cargo run --release -p engines --example while_spoken -- en-es < sentences.txt`: a sentence a line. Of each it prints the translation
//! of the whole, TAB, and the one that is said when the sentence comes two words at a time, the last two of them tentative; at the end,
//! how many sentences were begun before they ended.

use std::{env, error::Error, io, sync::Arc, time::Duration};

use engines::{
    Direction,
    catalog::{Store, model_dir},
    clock::MonotonicClock,
    message::{Kind, Metadata, TextToken},
    mt::{self, MtOptions},
    runtime::OnnxRuntime,
    simultaneous::{Tongue, TongueOptions, clause::ClauseOptions, words::words},
    stage::Translator,
};

/// Words that come at once, and that the recogniser may still change.
const STEP: usize = 2;

fn main() -> Result<(), Box<dyn Error>> {
    let direction: Direction = env::args().nth(1).ok_or("say a direction: en-es")?.parse()?;
    let store = Store::open(model_dir())?;
    let runtime = || Ok(OnnxRuntime::load_library(&store.files("onnxruntime")?.path("libonnxruntime.so")?)?);
    let clock = Arc::new(MonotonicClock::start());
    let routes = mt::load(&store, &[direction], clock, MtOptions::default(), &runtime)?;
    let mut stream = routes.open(direction)?;
    let (mut begun, mut sentences) = (0_usize, 0_usize);
    for (utterance, line) in (1..).zip(io::stdin().lines()) {
        let line = line?;
        let whole = stream.translate_chunk(&line, true)?.text;
        let options = TongueOptions { clauses: ClauseOptions::default(), context_window_size: 0 };
        let mut tongue = Tongue::open(&routes, direction, options)?;
        let mut said = Vec::new();
        let mut hear = |end: usize, committed: usize, kind| {
            let heard = TextToken {
                utterance,
                chunk_id: 0,
                text: line[..end].to_owned(),
                committed,
                confidence: 1.0,
                kind,
                source_language: direction.source,
                target_language: direction.source,
                metadata: Metadata::default(),
                timestamp: Duration::ZERO,
                processing_latency_ms: 0.0,
            };
            let before = said.len();
            tongue.hear(&heard, &mut |clause| match clause {
                Ok(clause) if clause.kind == Kind::Final => said.push(clause.text),
                Ok(_) => {}
                Err(error) => eprintln!("{line}: {error}"),
            });
            said.len() > before
        };
        let ends: Vec<usize> = words(&line, direction.source).iter().map(|word| word.span.end).collect();
        let steps = ends.iter().zip(ends.iter().skip(STEP)).step_by(STEP);
        let is_begun = steps.fold(false, |so_far, (committed, end)| hear(*end, *committed, Kind::Partial) || so_far);
        hear(line.len(), line.len(), Kind::Final);
        (begun, sentences) = (begun + usize::from(is_begun), sentences + 1);
        println!("{whole}\t{}", said.join(direction.target.gap()));
    }
    eprintln!("{direction}: {begun} of {sentences} sentences begun before their end");
    Ok(())
}
