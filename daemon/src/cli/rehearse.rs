//! `dragoman rehearse`: the daemon on a virtual sound card, or on the real one.

use std::{
    error::Error,
    fs,
    io::BufRead,
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
    time::Instant,
};

use engines::{
    audio::{read_wav, resample, write_wav},
    message::{INPUT_RATE, OUTPUT_RATE},
};

use super::{
    Outcome,
    engines::{DirectionArguments, EngineArguments},
    streams::StreamArguments,
};
use crate::{
    rehearsal::{
        RehearsalError,
        daemon::{Daemon, virtual_card},
        effort::processor_seconds,
        memory::Memory,
        report::Report,
        screen::Screen,
        take::{Take, take},
    },
    status::Client,
};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Recordings to speak, WAV of any rate and channels, one after the other.
    #[arg(required_unless_present = "mic")]
    wavs: Vec<PathBuf>,
    #[command(flatten)]
    direction: DirectionArguments,
    /// Where translation.wav and run.json are left.
    #[arg(long, default_value = "out")]
    out: PathBuf,
    /// Measure: print the result as JSON, and leave no files.
    #[arg(long)]
    bench: bool,
    /// A recording that is spoken first and not counted.
    #[arg(long, value_name = "WAV", conflicts_with = "mic")]
    warm_up: Option<PathBuf>,
    /// Use the real sound card: press Enter, speak, press Enter.
    #[arg(long, conflicts_with = "bench")]
    mic: bool,
    #[command(flatten)]
    streams: StreamArguments,
    #[command(flatten)]
    engines: EngineArguments,
}

pub(super) fn run(arguments: &Arguments) -> Outcome {
    let (mut config, assembly) = arguments.engines.open()?;
    let direction = arguments.direction.direction();
    assembly.check_offered(&[direction])?;
    let back = Some(direction.reversed()).filter(|back| assembly.check_offered(&[*back]).is_ok());
    config.conversation.set_direction(direction, back);
    // Recordings that cannot be read are refused before anything is started.
    let recordings =
        arguments.wavs.iter().map(|w| Ok((w, recording(w)?))).collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    let warm_up = arguments.warm_up.as_deref().map(recording).transpose()?;
    if arguments.streams.are_wanted() {
        fs::create_dir_all(&arguments.out).map_err(|e| format!("{}: {e}", arguments.out.display()))?;
        return arguments.streams.run(&config, recordings, &arguments.out);
    }
    let voice = format!("{:?}", config.tts.voice).to_lowercase();
    let mut screen = if arguments.bench { Screen::quiet() } else { Screen::new() };
    screen.waiting("loading models");
    if arguments.mic {
        return live(&Daemon::start(config, None)?, screen);
    }
    if !arguments.bench {
        fs::create_dir_all(&arguments.out).map_err(|e| format!("{}: {e}", arguments.out.display()))?;
    }
    let directory = tempfile::tempdir()?;
    let (plug_in, card) = virtual_card(directory.path())?;
    let daemon = Daemon::start(config, Some((&plug_in, &card)))?;
    screen.spoken();
    let mut say = |name: &str, samples: &[i16]| {
        screen.line(&format!("\n{name}: {} to {}", direction.source.name(), direction.target.name()));
        let taken = take(&daemon, &card, 0, samples, &mut screen).inspect_err(|_| print_log(&daemon))?;
        Ok::<_, RehearsalError>(Take { file: name.to_owned(), direction: direction.to_string(), ..taken })
    };
    let name = |path: &Path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    if let Some(samples) = warm_up {
        say("warming up", &samples)?;
    }
    let mut takes: Vec<Take> = Vec::new();
    for (number, (path, samples)) in recordings.iter().enumerate() {
        let name = name(path);
        if arguments.bench {
            eprintln!("{}/{}: {name}", number + 1, recordings.len());
        }
        takes.push(say(&name, samples)?);
    }
    let status = daemon.client.get_json("/status")?;
    let spoken: Vec<f32> = takes.iter().flat_map(|t| &t.spoken).map(|s| f32::from(*s) / 32_768.0).collect();
    let spent = processor_seconds(daemon.process())?;
    let held = Memory::of_children(daemon.process())?.proportional_bytes;
    let report = Report::new(&voice, daemon.start_to_ready.as_secs_f64(), takes, status, spent, held);
    let figures = serde_json::to_string_pretty(&report)? + "\n";
    if arguments.bench {
        print!("{figures}");
    } else {
        let (wav, json) = (arguments.out.join("translation.wav"), arguments.out.join("run.json"));
        write_wav(&wav, &spoken, OUTPUT_RATE)?;
        fs::write(&json, figures).map_err(|e| format!("{}: {e}", json.display()))?;
        println!("\n{}", report.table());
        println!("hear it: aplay {}", wav.display());
        println!("figures: {}", json.display());
    }
    if !daemon.stop() {
        return Err("dragomand did not stop cleanly".into());
    }
    Ok(ExitCode::SUCCESS)
}

/// A recording as the microphone will hear it.
pub(super) fn recording(path: &Path) -> Result<Vec<i16>, Box<dyn Error>> {
    let sound = read_wav(path)?;
    if let Some(warning) = sound.warning {
        eprintln!("dragoman: {}: {warning}", path.display());
    }
    let samples = resample(&sound.samples, sound.sample_rate, INPUT_RATE)?;
    Ok(samples.into_iter().map(|s| (s.clamp(-1.0, 1.0) * f32::from(i16::MAX)).round() as i16).collect())
}

fn print_log(daemon: &Daemon) {
    if let Ok(log) = daemon.log() {
        eprint!("{log}");
    }
}

/// A conversation on the real sound card, with Enter for a button.
fn live(daemon: &Daemon, mut screen: Screen) -> Outcome {
    screen.spoken();
    println!("Press Enter, speak, press Enter again. End with Ctrl-D.");
    let socket = daemon.socket();
    let began = Instant::now();
    // What happens is shown as it comes, whoever waits for a key. The thread ends with the daemon.
    thread::spawn(move || {
        let Ok(events) = Client::connect(&socket).and_then(|client| client.events()) else { return };
        events.map_while(Result::ok).for_each(|event| screen.event(&event, began.elapsed()));
    });
    let mut lines = std::io::stdin().lock().lines();
    let mut is_held = false;
    while lines.next().transpose()?.is_some() {
        is_held = !is_held;
        let action = if is_held { "press" } else { "release" };
        daemon.client.post(&format!("/ptt/0/{action}"))?;
        if is_held {
            println!("listening");
        }
    }
    Ok(ExitCode::SUCCESS)
}
