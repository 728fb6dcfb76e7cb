//! `dragoman-llm MODEL.gguf SLOTS THREADS`: completes conversations with a small language model, for dragoman.
//!
//! It is a program of its own, so that its memory and its faults are not the daemon's: 1 to 2 GB, a crash or a hang cost the
//! daemon one sentence, and building dragoman needs no C++ compiler. It reads requests from its standard input and writes
//! an answer to each to its standard output until the input ends.
//!
//! | question | file |
//! |---|---|
//! | what goes over the pipes? | `wire` |
//! | how is a conversation gone on with? | `model` |
//! | is there room for the model? | `memory` |

mod memory;
mod model;
mod wire;

use std::{
    io::{self, BufReader, Write},
    path::Path,
    process::ExitCode,
};

use model::Chat;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse().ok()).filter(|n: &u8| (1..=64).contains(n));
    let (Some(path), Some(slots), Some(threads), 3) = (arguments.first(), number(1), number(2), arguments.len()) else {
        eprintln!(
            "usage: dragoman-llm MODEL.gguf SLOTS THREADS (1 to 64 conversations kept in memory, 1 to 64 threads)"
        );
        return ExitCode::from(2);
    };
    match serve(Path::new(path), slots.into(), threads.into()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("dragoman-llm: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Loads the model and answers until the input ends. What hinders loading is the answer to the first request.
fn serve(path: &Path, slots: u32, threads: i32) -> Result<(), String> {
    let (mut input, mut output) = (BufReader::new(io::stdin().lock()), io::stdout().lock());
    memory::end_me_first();
    let mut say = |frame: Vec<u8>| {
        output.write_all(&frame).and_then(|()| output.flush()).map_err(|e| format!("the answer cannot be written: {e}"))
    };
    let loaded = memory::room_for(path).and_then(|()| model::load(path));
    let chat = match &loaded {
        Ok((backend, model)) => Chat::new(backend, model, slots, threads),
        Err(problem) => Err(problem.clone()),
    };
    let mut chat = match chat {
        Ok(chat) => chat,
        Err(problem) => {
            // Answered and not merely printed, for dragoman reads the answers alone.
            if wire::read(&mut input)?.is_some() {
                say(wire::error(&problem))?;
            }
            return Err(problem);
        }
    };
    while let Some(frame) = wire::read(&mut input)? {
        let answer = wire::Request::parse(&frame).and_then(|request| chat.go_on(&request));
        say(answer.map_or_else(|problem| wire::error(&problem), |answer| answer.frame()))?;
    }
    Ok(())
}
