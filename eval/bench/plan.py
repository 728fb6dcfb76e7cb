"""What is said to the daemon: which recordings, in which order, in which mode, and how long that takes."""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench import sound
from bench.sound import Mark
from clips import LANGUAGES, Clip, Data

PARTS = ("clips", "monologue", "long", "noise", "consecutive")
SNRS_DB = (10, 0)
NOISY = 6
"""Most clips said in each noise."""

LENGTHS_S = (2.5, 15.0)
"""Utterances of sensible length."""
MONOLOGUE_S = 40.0
"""A recording from here on is a monologue."""
PAUSES_S = (1.0, 2.5)
"""Between the clips of the long run: longer than what ends a segment, as when somebody thinks."""
CHUNK_S = 0.4
"""Chunks that lie elsewhere give a recogniser other beginnings of words to hear: so runs shift them."""
START_S = 8.0
"""About how long the daemon takes to start and to stop."""


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    parts: Sequence[str]
    clips: int
    """A direction."""
    runs: int
    minutes: float
    """Of the long run."""
    voice: str
    directions: Sequence[tuple[str, str]]
    seed: int


@dataclass(frozen=True)
class Saying:
    """One recording that is spoken, and what is known of it."""

    path: Path
    seconds: float
    reference: str | None = None
    marks: tuple[Mark, ...] = ()
    """Where it is made of several."""
    silence_s: float = 0.0
    """Before the recording; `seconds` has it too."""


@dataclass(frozen=True)
class Session:
    """What one daemon, freshly started, hears."""

    part: str
    """`clips`, `monologue`, `long`, `noise 10 dB` or `consecutive`."""
    direction: tuple[str, str]
    run: int
    mode: str
    sayings: list[Saying]
    warm_up: Saying
    """Said first, and not counted."""

    @property
    def seconds(self) -> float:
        """About how long it takes, with what is still spoken after each release."""
        said = [self.warm_up, *self.sayings]
        return START_S + sum(saying.seconds + min(4, 1.5 + 0.6 * saying.seconds) for saying in said)

    @property
    def title(self) -> str:
        """For whoever waits."""
        return f"{self.part}, {'-'.join(self.direction)}"


def sessions(options: Options, data: Data, noises: Sequence[Path], scratch: Path) -> list[Session]:
    """Everything that is to be said, in that order; recordings that have to be made are left in `scratch`.

    The runs go round in turn, so that what changes on the machine meanwhile changes all of them.
    """
    planned: list[Session] = []
    chosen = {direction: utterances(data, direction, options.clips) for direction in options.directions}

    def plan(part: str, direction: tuple[str, str], sayings: list[Saying], run: int = 1) -> None:
        mode = "consecutive" if part == "consecutive" else "simultaneous"
        if sayings:
            warm_up = min([*chosen[direction], *sayings], key=lambda saying: saying.seconds)
            planned.append(Session(part, direction, run, mode, sayings, warm_up))

    for part in ("clips", "consecutive"):
        for run in range(1, options.runs + 1) if part in options.parts else ():
            silence_s = CHUNK_S * (run - 1) / options.runs
            for direction, sayings in chosen.items():
                folder = scratch / "-".join(direction)
                plan(part, direction, [after(silence_s, saying, folder) for saying in sayings], run)
    if "monologue" in options.parts:
        for direction in options.directions:
            plan("monologue", direction, monologues(data, direction)[:1])
    if "noise" in options.parts:
        for snr in SNRS_DB:
            for direction, sayings in chosen.items():
                few = sayings[:NOISY]
                folder = scratch / "-".join(direction)
                plan(f"noise {snr} dB", direction, noisy(few, snr, noises, options.seed, folder))
    if "long" in options.parts:
        direction = options.directions[0]
        plan("long", direction, [long(chosen[direction], direction, options, scratch)])
    return planned


def utterances(data: Data, direction: tuple[str, str], count: int) -> list[Saying]:
    """The first recordings of sensible length, those with a reference translation before those without."""
    low, high = LENGTHS_S
    found = [saying for saying in _sayings(data, direction) if low <= saying.seconds <= high]
    return sorted(found, key=lambda saying: saying.reference is None)[:count]


def monologues(data: Data, direction: tuple[str, str]) -> list[Saying]:
    """Recordings of somebody who goes on."""
    return [saying for saying in _sayings(data, direction) if saying.seconds >= MONOLOGUE_S]


def _sayings(data: Data, direction: tuple[str, str]) -> list[Saying]:
    source, target = direction

    def saying(clip: Clip) -> Saying:
        return Saying(clip.path, sound.seconds(clip.path), clip.translations.get(target))

    return [saying(clip) for clip in data.clips_of(source)]


def after(silence_s: float, saying: Saying, folder: Path) -> Saying:
    """The same after a silence."""
    folder.mkdir(exist_ok=True)
    path = sound.after(silence_s, saying.path, folder)
    return replace(saying, path=path, seconds=saying.seconds + silence_s, silence_s=silence_s)


def noisy(sayings: Sequence[Saying], snr_db: int, noises: Sequence[Path], seed: int, folder: Path) -> list[Saying]:
    """The same in noise: each in the next of the recordings of noise, in white noise where there are none."""
    folder.mkdir(exist_ok=True)
    made = []
    for number, saying in enumerate(sayings):
        dice = random.Random(f"{seed} {saying.path.name} {snr_db}")
        speech = sound.read(saying.path)
        noise = sound.read(noises[number % len(noises)]) if noises else sound.white_noise(len(speech), dice)
        path = folder / f"{saying.path.stem}.{snr_db}dB.wav"
        sound.write(path, sound.mixed(speech, noise, snr_db, dice))
        made.append(Saying(path, saying.seconds, saying.reference))
    return made


def long(sayings: Sequence[Saying], direction: tuple[str, str], options: Options, scratch: Path) -> Saying:
    """All of them again and again with pauses, as one recording."""
    dice = random.Random(f"{options.seed} {direction}")
    recordings = [(saying.path.name, sound.read(saying.path)) for saying in sayings]
    samples, marks = sound.joined(recordings, 60 * options.minutes, PAUSES_S, dice)
    path = sound.write(scratch / f"long.{'-'.join(direction)}.wav", samples)
    return Saying(path, len(samples) / sound.RATE, None, tuple(marks))


def noises(folder: Path | None) -> list[Path]:
    """Recordings of noise; the responses of rooms beside them are none."""
    found = sorted((folder / "noise").glob("*.wav")) if folder else []
    return [path for path in found if not path.name.startswith("rir_")]


def directions(text: str) -> list[tuple[str, str]]:
    """The value of `--directions`: `en-es,es-en`."""
    found = []
    for part in text.split(","):
        source, _, target = part.strip().partition("-")
        if source not in LANGUAGES or target not in LANGUAGES or source == target:
            raise argparse.ArgumentTypeError(f"{part!r} is no direction between {' and '.join(LANGUAGES)}")
        found.append((source, target))
    return found
