//! `dragoman translate`, `dragoman translate-text` and `dragoman transcribe`: the engines without the daemon.

use std::{
    cell::Cell,
    collections::HashSet,
    error::Error,
    ffi::OsStr,
    fs::{self, OpenOptions},
    io::{self, BufRead, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use engines::{
    EngineError,
    audio::{AudioFileError, Resampler, Sound, read_wav, resample, write_wav},
    han::append,
    message::{Doubt, INPUT_RATE, Metadata, OUTPUT_RATE, TextToken},
    stage::Translator,
};
use serde::Serialize;

use super::{
    Outcome,
    engines::{DirectionArguments, EngineArguments, language},
};
use crate::offline::{Clause, Interpreter, Output, Transcriber};

/// What a file is cut into before it is interpreted, as a sound card would: 20 ms.
const STEP: usize = INPUT_RATE as usize / 50;

/// The name that stands for standard input or output.
const STANDARD: &str = "-";

#[derive(clap::Args)]
pub(super) struct Sound2Sound {
    /// A WAV file of any rate and channels, or - for raw 16-bit little-endian mono PCM from standard input.
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// The WAV file to write (22 050 Hz mono), or - for raw 16-bit little-endian mono PCM to standard output. For several
    /// inputs a directory, in which each translation has its input's name.
    output: PathBuf,
    #[command(flatten)]
    direction: DirectionArguments,
    /// Print what was said and what that is in the other language.
    #[arg(long)]
    text: bool,
    /// Print both texts as JSON, one line a segment.
    #[arg(long, conflicts_with = "text")]
    json: bool,
    /// Sample rate of raw input, in hertz.
    #[arg(long, default_value_t = INPUT_RATE, value_parser = clap::value_parser!(u32).range(1_000..=768_000))]
    rate: u32,
    #[command(flatten)]
    engines: EngineArguments,
}

#[derive(clap::Args)]
pub(super) struct Text2Text {
    #[command(flatten)]
    direction: DirectionArguments,
    /// Translate by these models alone, with commas between: to compare them.
    #[arg(long, value_delimiter = ',')]
    by: Vec<String>,
    /// Print each translation as JSON, with the engine that made it, its confidence, and what is in doubt of it.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    engines: EngineArguments,
}

#[derive(clap::Args)]
pub(super) struct Sound2Text {
    /// WAV files; one line each is printed.
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// The language spoken.
    #[arg(long, value_parser = language)]
    language: engines::Language,
    #[command(flatten)]
    engines: EngineArguments,
}

/// One segment, for programs.
#[derive(Serialize)]
struct Segment<'t> {
    file: &'t Path,
    source_text: &'t str,
    target_text: String,
    /// The lower of how surely it was heard and translated, the latter weighed by length.
    confidence: f32,
    untranslated: Vec<&'t str>,
    notes: Vec<&'t str>,
    /// What is in doubt, and said to be so aloud.
    doubts: Vec<Doubt>,
    clauses: Vec<SpokenClause<'t>>,
}

/// One line of text, for programs.
#[derive(Default, Serialize)]
struct Line<'t> {
    target_text: &'t str,
    engine: &'t str,
    confidence: f32,
    untranslated: &'t [String],
    notes: &'t [String],
    doubts: &'t [Doubt],
}

/// A part of the translation, for programs.
#[derive(Serialize)]
struct SpokenClause<'t> {
    text: &'t str,
    /// How much sound had come in when it was decided on, in seconds.
    source_until_s: f64,
}

impl<'t> Segment<'t> {
    fn new(file: &'t Path, heard: &'t TextToken, clauses: &'t [Clause]) -> Self {
        let tokens = || clauses.iter().map(|clause| &clause.token);
        let letters = |c: &TextToken| c.text.chars().count() as f32;
        let all: f32 = tokens().map(letters).sum();
        let translated: f32 = tokens().map(|c| c.confidence * letters(c)).sum::<f32>() / all.max(1.0);
        let spoken: Vec<SpokenClause<'_>> = clauses
            .iter()
            .map(|c| SpokenClause { text: c.token.text.trim(), source_until_s: c.source_until.as_secs_f64() })
            .filter(|c| !c.text.is_empty())
            .collect();
        let metadata = || tokens().map(|c| &c.metadata);
        Self {
            file,
            source_text: &heard.text,
            target_text: spoken.iter().fold(String::new(), |mut whole, clause| {
                append(&mut whole, clause.text);
                whole
            }),
            confidence: translated.min(heard.confidence),
            untranslated: metadata().flat_map(|m| &m.untranslated).map(String::as_str).collect(),
            notes: metadata().flat_map(|m| &m.notes).map(String::as_str).collect(),
            doubts: metadata().flat_map(|m| &m.doubts).copied().collect(),
            clauses: spoken,
        }
    }
}

/// One recording to translate.
struct Job<'f> {
    input: &'f Path,
    /// At the rate of recognition; none where it comes from standard input.
    sound: Option<Vec<f32>>,
    sink: Sink,
}

/// What is to be done, with everything read and tried that can be: a file that cannot be read or written is refused before any
/// model is loaded.
fn jobs<'f>(inputs: &'f [PathBuf], output: &Path) -> Result<Vec<Job<'f>>, Box<dyn Error>> {
    let into = (inputs.len() > 1).then_some(output);
    if into.is_some() && !output.is_dir() {
        return Err(format!("{}: with several inputs, the output must be a directory", output.display()).into());
    }
    let mut names = HashSet::new();
    let mut jobs = Vec::new();
    for input in inputs {
        let is_raw = input.as_os_str() == STANDARD;
        let output = match into {
            None => output.to_owned(),
            Some(directory) => named_in(directory, input, &mut names)
                .map_err(|problem| format!("{}: it cannot be one of several inputs: {problem}", input.display()))?,
        };
        let sound = if is_raw { None } else { Some(sound_at_input_rate(input)?) };
        jobs.push(Job { input, sound, sink: Sink::new(&output)? });
    }
    Ok(jobs)
}

/// The file of `directory` with the name of `input`, which none of the others has.
fn named_in<'f>(directory: &Path, input: &'f Path, names: &mut HashSet<&'f OsStr>) -> Result<PathBuf, &'static str> {
    let name = input.file_name().filter(|name| *name != STANDARD).ok_or("it has no file name")?;
    if !names.insert(name) {
        return Err("another has the same file name");
    }
    let output = directory.join(name);
    let same = |a: &Path, b: &Path| Some(fs::canonicalize(a).ok()? == fs::canonicalize(b).ok()?);
    if same(&output, input) == Some(true) {
        return Err("its translation would be written over it");
    }
    Ok(output)
}

pub(super) fn translate(arguments: &Sound2Sound) -> Outcome {
    let (config, assembly) = arguments.engines.open()?;
    let direction = arguments.direction.direction();
    assembly.check_offered(&[direction])?;
    let jobs = jobs(&arguments.inputs, &arguments.output)?;
    let mut interpreter = Interpreter::open(&assembly, &config, direction)?;
    jobs.into_iter().try_for_each(|job| interpret(arguments, &mut interpreter, job))?;
    Ok(ExitCode::SUCCESS)
}

fn interpret(arguments: &Sound2Sound, interpreter: &mut Interpreter, job: Job) -> Result<(), Box<dyn Error>> {
    let Job { input, sound, mut sink } = job;
    let output = sink.path.clone();
    let problem: Cell<Option<io::Error>> = Cell::new(None);
    let mut each = |made: Output| match made {
        Output::Segment { heard, clauses } => {
            let segment = Segment::new(input, &heard, &clauses);
            if arguments.text {
                let target = arguments.direction.direction().target;
                print_text(&output, &format!("{}: {}", heard.target_language, segment.source_text));
                print_text(&output, &format!("{target}: {}", segment.target_text));
            }
            if arguments.json {
                print_text(&output, &serde_json::to_string(&segment).unwrap_or_default());
            }
        }
        Output::Speech(speech) => {
            if let Err(error) = sink.take(&speech) {
                problem.set(Some(error));
            }
        }
    };
    match sound {
        Some(sound) => sound.chunks(STEP).try_for_each(|step| interpreter.push(step, &mut each))?,
        None => {
            let mut resampler = Resampler::new(arguments.rate, INPUT_RATE)?;
            let mut input = io::stdin().lock();
            while let Some(samples) = read_pcm(&mut input)? {
                interpreter.push(&resampler.process(&samples)?, &mut each)?;
                // Whoever read the translation has gone: there is nobody to go on for.
                written(&problem)?;
            }
            interpreter.push(&resampler.finish()?, &mut each)?;
        }
    }
    interpreter.finish(&mut each)?;
    written(&problem)?;
    sink.finish()
}

/// The error, if there was one, of writing the translation.
fn written(problem: &Cell<Option<io::Error>>) -> Result<(), Box<dyn Error>> {
    match problem.take() {
        Some(problem) => Err(format!("cannot write the translation to standard output: {problem}").into()),
        None => Ok(()),
    }
}

/// The text goes where the sound does not.
fn print_text(output: &Path, text: &str) {
    if output.as_os_str() == STANDARD { eprintln!("{text}") } else { println!("{text}") }
}

/// Reads a WAV file, says what was odd about it, and brings it to the rate of recognition.
pub(super) fn sound_at_input_rate(path: &Path) -> Result<Vec<f32>, Box<dyn Error>> {
    let Sound { samples, sample_rate, warning } = read_wav(path)?;
    if let Some(warning) = warning {
        eprintln!("dragoman: {}: {warning}", path.display());
    }
    Ok(resample(&samples, sample_rate, INPUT_RATE)?)
}

/// The next samples of raw 16-bit little-endian PCM; `None` at its end. Half a sample at the end is left out.
fn read_pcm(input: &mut impl Read) -> io::Result<Option<Vec<f32>>> {
    let mut bytes = Vec::with_capacity(8192);
    if input.take(8192).read_to_end(&mut bytes)? == 0 {
        return Ok(None);
    }
    Ok(Some(bytes.chunks_exact(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0).collect()))
}

/// Where the translated speech goes.
struct Sink {
    path: PathBuf,
    samples: Vec<f32>,
}

impl Sink {
    /// # Errors
    /// Where the file could not be written. It is left as it is until there is something to write.
    fn new(path: &Path) -> Result<Self, AudioFileError> {
        if path.as_os_str() != STANDARD {
            let is_new = !path.exists();
            let tried = OpenOptions::new().append(true).create(true).open(path);
            let tried = tried.and_then(|_| if is_new { fs::remove_file(path) } else { Ok(()) });
            tried.map_err(|e| AudioFileError::Write { path: path.to_owned(), problem: e.to_string() })?;
        }
        Ok(Self { path: path.to_owned(), samples: Vec::new() })
    }

    /// Raw sound leaves at once, a file is written at the end.
    fn take(&mut self, samples: &[f32]) -> io::Result<()> {
        if self.path.as_os_str() != STANDARD {
            self.samples.extend_from_slice(samples);
            return Ok(());
        }
        let bytes: Vec<u8> = samples
            .iter()
            .flat_map(|s| ((s.clamp(-1.0, 1.0) * f32::from(i16::MAX)).round() as i16).to_le_bytes())
            .collect();
        let mut output = io::stdout().lock();
        output.write_all(&bytes)?;
        output.flush()
    }

    fn finish(self) -> Result<(), Box<dyn Error>> {
        if self.path.as_os_str() != STANDARD {
            write_wav(&self.path, &self.samples, OUTPUT_RATE)?;
        }
        Ok(())
    }
}

pub(super) fn translate_text(arguments: &Text2Text) -> Outcome {
    let by = &arguments.by;
    let (_, assembly) = arguments.engines.open_with(|s| if by.is_empty() { Ok(s) } else { s.translating_by(by) })?;
    let direction = arguments.direction.direction();
    let translator = assembly.translator(&[direction], crate::offline::on_fallback())?;
    let mut stream = translator.open(direction)?;
    let mut output = io::stdout().lock();
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    let mut status = ExitCode::SUCCESS;
    while input.read_until(b'\n', &mut line)? > 0 {
        // Text that is no UTF-8 is still one line in, one line out.
        let text = String::from_utf8_lossy(&line).into_owned();
        line.clear();
        let token = match stream.translate_chunk(text.trim_end_matches(['\n', '\r']), true) {
            Ok(token) => token,
            // The next line may go well.
            Err(error @ (EngineError::EngineFailed { .. } | EngineError::Timeout { .. })) => {
                eprintln!("dragoman: {error}");
                let notes = [error.to_string()];
                let line = Line { notes: &notes, ..Line::default() };
                writeln!(output, "{}", if arguments.json { serde_json::to_string(&line)? } else { String::new() })?;
                output.flush()?;
                status = ExitCode::FAILURE;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let Metadata { engine, untranslated, notes, doubts, .. } = &token.metadata;
        if !untranslated.is_empty() {
            eprintln!("dragoman: not translated: {}", untranslated.join(", "));
        }
        if !doubts.is_empty() {
            eprintln!("dragoman: in doubt: {}", notes.join("; "));
        }
        if arguments.json {
            let (target_text, confidence) = (&token.text, token.confidence);
            let line = Line { target_text, engine, confidence, untranslated, notes, doubts };
            writeln!(output, "{}", serde_json::to_string(&line)?)?;
        } else {
            writeln!(output, "{}", token.text.replace(['\n', '\r'], " "))?;
        }
        output.flush()?;
    }
    Ok(status)
}

pub(super) fn transcribe(arguments: &Sound2Text) -> Outcome {
    let (config, assembly) = arguments.engines.open()?;
    let mut transcriber = Transcriber::open(&assembly, &config, arguments.language)?;
    for input in &arguments.inputs {
        println!("{}", transcriber.transcribe(&sound_at_input_rate(input)?)?);
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_sound_is_read_to_its_end_and_half_a_sample_is_left_out() {
        let mut input: &[u8] = &[0, 0x40, 0, 0xC0, 7];
        assert_eq!(read_pcm(&mut input).unwrap(), Some(vec![0.5, -0.5]));
        assert_eq!(read_pcm(&mut input).unwrap(), None);
    }
}
