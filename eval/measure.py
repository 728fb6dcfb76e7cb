"""The four parts of the evaluation: recognition, translation of text, speech to speech, naturalness."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from clips import LANGUAGES, Clip, Data, PairSet
from command import Dragoman, Segment, Usage
from mos import MosPredictor
from scores import TextScores, WordErrors, speech_scores, text_scores, word_errors

DIRECTIONS = (("en", "es"), ("es", "en"))
VOICES = ("good", "light")
WARM_UP = {"en": "Hello.", "es": "Hola."}

Tick = Callable[[str], None]
"""Called after each step, with a word about it."""


@dataclass(frozen=True)
class Heard:
    """What was recognised in one recording."""

    clip: Clip
    text: str
    latency_ms: float
    errors: WordErrors
    errors_folded: WordErrors


@dataclass
class Recognition:
    """Recognition in one language."""

    heard: list[Heard]
    errors: WordErrors
    errors_folded: WordErrors
    usage: Usage


def measure_recognition(dragoman: Dragoman, clips: list[Clip], language: str, tick: Tick) -> Recognition:
    """Transcribes every recording in one process."""
    usage = Usage()
    heard = []
    # The first recording goes in twice: its first time holds the loading of the models.
    lines = dragoman.transcribe(language, [clips[0].path, *(clip.path for clip in clips)], usage)
    next(lines)
    for clip, line in zip(clips, lines, strict=True):
        errors = word_errors([clip.transcript], [line.text], language, fold=False)
        folded = word_errors([clip.transcript], [line.text], language, fold=True)
        heard.append(Heard(clip, line.text, line.latency_ms, errors, folded))
        tick(f"recognition {language}")
    said, found = [each.clip.transcript for each in heard], [each.text for each in heard]
    return Recognition(
        heard,
        word_errors(said, found, language, fold=False),
        word_errors(said, found, language, fold=True),
        usage,
    )


@dataclass(frozen=True)
class Sentence:
    """One sentence translated."""

    source: str
    target: str
    reference: str
    latency_ms: float


@dataclass
class TextTranslation:
    """Translation of one set of sentences in one direction."""

    sentences: list[Sentence]
    scores: TextScores
    usage: Usage


def measure_text(dragoman: Dragoman, pair_set: PairSet, direction: tuple[str, str], tick: Tick) -> TextTranslation:
    """Translates every sentence, one after the other, in one process."""
    source, target = direction
    english, spanish = zip(*pair_set.pairs, strict=True)
    sources, references = (english, spanish) if source == "en" else (spanish, english)
    usage = Usage()
    lines = dragoman.translate_text(source, target, [WARM_UP[source], *sources], usage)
    next(lines)
    sentences = []
    for text, reference, line in zip(sources, references, lines, strict=True):
        sentences.append(Sentence(text, line.text, reference, line.latency_ms))
        tick(f"text {source}-{target}")
    scores = text_scores([each.target for each in sentences], list(references))
    return TextTranslation(sentences, scores, usage)


@dataclass
class Spoken:
    """One recording translated into sound."""

    clip: Clip
    sound: Path
    seconds: float
    segments: list[Segment]
    usage: Usage
    heard_back: str | None = None
    round_trip: WordErrors | None = None
    mos: float | None = None

    @property
    def source_text(self) -> str:
        """What was recognised."""
        return " ".join(segment.source_text for segment in self.segments)

    @property
    def target_text(self) -> str:
        """What was to be spoken."""
        return " ".join(segment.target_text for segment in self.segments)


@dataclass
class SpeechTranslation:
    """The whole path in one direction with one kind of voice."""

    direction: tuple[str, str]
    voice: str
    start: Usage
    """What loading the models costs: the median of three runs on a moment of silence."""
    spoken: list[Spoken]
    asr_scores: TextScores | None = None
    """The sound, transcribed back, against the reference translations."""
    text_scores: TextScores | None = None
    """The text that was to be spoken against the reference translations, normalised alike."""
    round_trip: WordErrors | None = None
    """The sound, transcribed back, against the text that was to be spoken."""

    @property
    def real_time_factor(self) -> float:
        """Wall time a second of recording, a loading of the models for each recording included."""
        return sum(each.usage.wall_s for each in self.spoken) / sum(each.seconds for each in self.spoken)

    @property
    def cpu_per_second(self) -> float:
        """Processor time a second of recording, a loading of the models for each recording included."""
        return sum(each.usage.cpu_s for each in self.spoken) / sum(each.seconds for each in self.spoken)


def speech_clips(data: Data, direction: tuple[str, str]) -> list[Clip]:
    """The recordings with a reference in the other language; where none has one, all of them."""
    source, target = direction
    clips = data.clips_of(source)
    return [clip for clip in clips if target in clip.translations] or clips


def speak(
    dragoman: Dragoman, clips: list[Clip], direction: tuple[str, str], voice: str, folder: Path, tick: Tick
) -> SpeechTranslation:
    """Translates recordings into WAV files, a process each."""
    folder = folder / f"{'-'.join(direction)}.{voice}"
    folder.mkdir(parents=True, exist_ok=True)
    silence = folder / "silence.wav"
    write_silence(silence)
    starts = [Usage() for _ in range(3)]
    for start in starts:
        dragoman.translate(silence, folder / "silence.out.wav", direction, voice, start)
    result = SpeechTranslation(direction, voice, sorted(starts, key=lambda start: start.wall_s)[1], [])
    for clip in clips:
        usage, sound = Usage(), folder / f"{clip.name}.wav"
        segments = dragoman.translate(clip.path, sound, direction, voice, usage)
        result.spoken.append(Spoken(clip, sound, duration(clip.path), segments, usage))
        tick(f"speech {'-'.join(direction)} {voice}")
    return result


def listen_back(dragoman: Dragoman, result: SpeechTranslation, tick: Tick) -> None:
    """Transcribes the translations and compares them with the references and with what was to be said."""
    language = result.direction[1]
    lines = dragoman.transcribe(language, [each.sound for each in result.spoken], Usage())
    for each, line in zip(result.spoken, lines, strict=True):
        each.heard_back = line.text
        if each.target_text:
            each.round_trip = word_errors([each.target_text], [line.text], language, fold=True)
        tick(f"listening back {'-'.join(result.direction)} {result.voice}")
    heard = [each.heard_back or "" for each in result.spoken]
    meant = [each.target_text for each in result.spoken]
    result.round_trip = word_errors(meant, heard, language, fold=True)
    references = [each.clip.translations.get(language) for each in result.spoken]
    if all(references):
        wanted = [reference or "" for reference in references]
        result.asr_scores = speech_scores(heard, wanted, language)
        result.text_scores = speech_scores(meant, wanted, language)


def measure_naturalness(
    predictor: MosPredictor, results: list[SpeechTranslation], tick: Tick
) -> dict[str, dict[str, float]]:
    """Scores the translations and the recordings they were made from; gives the latter by language and name."""
    human: dict[str, dict[str, float]] = {language: {} for language in LANGUAGES}
    for result in results:
        for each in result.spoken:
            known = human[each.clip.language]
            if each.clip.name not in known:
                known[each.clip.name] = predictor.score_file(each.clip.path)
            each.mos = predictor.score_file(each.sound) if duration(each.sound) else None
            tick(f"naturalness {'-'.join(result.direction)} {result.voice}")
    return human


def mean(values: list[float | None]) -> float | None:
    """The mean of what was measured."""
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if known else None


def duration(path: Path) -> float:
    """Length of a sound file in seconds."""
    return float(soundfile.info(path).duration)


def write_silence(path: Path) -> None:
    """Three tenths of a second."""
    soundfile.write(path, np.zeros(4_800, np.int16), 16_000)
