"""Four of the parts of the evaluation: recognition, translation of text, speech to speech, naturalness."""

import re
import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from clips import LANGUAGES, Clip, Data, PairSet
from command import Dragoman, Segment, Usage
from mos import MosPredictor
from normalise import HAN
from scores import TextScores, WordErrors, speech_scores, text_scores, word_errors

DIRECTIONS = tuple(pair for other in LANGUAGES[1:] for pair in (("en", other), (other, "en")))
VOICES = ("good", "light")
MODE = "simultaneous"
WARM_UP = {"en": "Hello.", "es": "Hola.", "fr": "Bonjour.", "de": "Hallo.", "zh": "你好。"}
FEW = 10
"""Fewer recordings with a reference than this say nothing; sentences that the program speaks take their place."""
MADE = 20
"""So many sentences."""

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
    english, other = zip(*pair_set.pairs, strict=True)
    sources, references = (english, other) if source == "en" else (other, english)
    usage = Usage()
    lines = dragoman.translate_text(source, target, [WARM_UP[source], *sources], usage)
    next(lines)
    sentences = []
    for text, reference, line in zip(sources, references, lines, strict=True):
        sentences.append(Sentence(text, line.text, reference, line.latency_ms))
        tick(f"text {source}-{target}")
    scores = text_scores([each.target for each in sentences], list(references), target)
    return TextTranslation(sentences, scores, usage)


@dataclass
class Spoken:
    """One recording translated into sound."""

    clip: Clip
    sound: Path
    seconds: float
    segments: list[Segment]
    heard_back: str | None = None
    round_trip: WordErrors | None = None
    mos: float | None = None

    @property
    def source_text(self) -> str:
        """What was recognised."""
        return joined(segment.source_text for segment in self.segments)

    @property
    def target_text(self) -> str:
        """What was to be spoken."""
        return joined(segment.target_text for segment in self.segments)


@dataclass
class SpeechTranslation:
    """The whole path in one direction with one kind of voice."""

    direction: tuple[str, str]
    voice: str
    start: Usage
    """What loading the models costs: the median of three runs on a moment of silence."""
    spoken: list[Spoken]
    usage: Usage
    """Of all recordings, one loading included."""
    asr_scores: TextScores | None = None
    """The sound, transcribed back, against the reference translations."""
    text_scores: TextScores | None = None
    """The text that was to be spoken against the reference translations, normalised alike."""
    round_trip: WordErrors | None = None
    """The sound, transcribed back, against the text that was to be spoken."""

    @property
    def real_time_factor(self) -> float:
        """Wall time a second of recording, without the loading of the models."""
        return (self.usage.wall_s - self.start.wall_s) / sum(each.seconds for each in self.spoken)

    @property
    def cpu_per_second(self) -> float:
        """Processor time a second of recording, without the loading of the models."""
        return (self.usage.cpu_s - self.start.cpu_s) / sum(each.seconds for each in self.spoken)

    @property
    def is_made(self) -> bool:
        """Whether the program itself spoke what it was to translate."""
        return any(each.clip.is_made for each in self.spoken)


def speech_clips(data: Data, direction: tuple[str, str]) -> list[Clip]:
    """The recordings with a reference in the other language; where none has one, all of them."""
    source, target = direction
    clips = data.clips_of(source)
    return [clip for clip in clips if target in clip.translations] or clips


def clips_to_speak(dragoman: Dragoman, data: Data, direction: tuple[str, str], folder: Path) -> list[Clip]:
    """The recordings of a direction; where few have a reference, sentences that the good voice speaks."""
    source, target = direction
    clips = speech_clips(data, direction)
    texts = [each for each in data.pair_sets if direction in each.directions]
    if not texts or sum(target in clip.translations for clip in clips) >= FEW:
        return clips
    pairs = [pair if source == "en" else pair[::-1] for pair in texts[0].pairs[:MADE]]
    folder = folder / f"{source}-{target}.made"
    folder.mkdir(parents=True, exist_ok=True)
    dragoman.speak(source, [said for said, _ in pairs], folder)
    return [
        Clip(folder / f"{number:04}.wav", source, said, {target: meant}, is_made=True)
        for number, (said, meant) in enumerate(pairs, start=1)
    ]


def count_to_speak(data: Data, direction: tuple[str, str]) -> int:
    """How many clips there will be."""
    clips = speech_clips(data, direction)
    few = sum(direction[1] in clip.translations for clip in clips) < FEW
    texts = [each for each in data.pair_sets if direction in each.directions]
    return min(MADE, len(texts[0].pairs)) if few and texts else len(clips)


def speak(
    dragoman: Dragoman, clips: list[Clip], direction: tuple[str, str], voice: str, folder: Path, tick: Tick
) -> SpeechTranslation:
    """Translates recordings into WAV files, all in one process."""
    folder = folder / f"{'-'.join(direction)}.{voice}"
    folder.mkdir(parents=True, exist_ok=True)
    silence = folder / "silence.wav"
    write_silence(silence)
    starts = [Usage() for _ in range(3)]
    for start in starts:
        dragoman.translate(silence, folder / "silence.out.wav", direction, voice, start)
    result = SpeechTranslation(direction, voice, sorted(starts, key=lambda start: start.wall_s)[1], [], Usage())
    by_path = {clip.path: clip for clip in clips}
    paths = list(by_path)
    for path, segments in dragoman.translate_all(paths, folder, direction, voice, MODE, result.usage):
        result.spoken.append(Spoken(by_path[path], folder / path.name, duration(path), segments))
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
            if not each.clip.is_made and each.clip.name not in known:
                known[each.clip.name] = predictor.score_file(each.clip.path)
            each.mos = predictor.score_file(each.sound) if duration(each.sound) else None
            tick(f"naturalness {'-'.join(result.direction)} {result.voice}")
    return human


def joined(texts: Iterable[str]) -> str:
    """Texts one behind the other, without a space between Chinese and Chinese."""
    return re.sub(f"(?<=[{HAN}。，？！]) (?=[{HAN}])", "", " ".join(texts))


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
