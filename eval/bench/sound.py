"""Recordings: read, joined with pauses, mixed with noise. Everything is 16 kHz, mono, 16 bit."""

from __future__ import annotations

import array
import math
import random
import sys
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from clips import DataError

RATE = 16_000
FULL_SCALE = 32_767
FRAME = RATE // 50
"""20 ms."""
ACTIVE_DB = 30.0
"""Speech is where a frame is at most this much below the loudest; the rehearsal finds its beginning likewise."""

Samples = Sequence[float]


def read(path: Path) -> array.array[int]:
    """The samples of a WAV file."""
    try:
        with wave.open(str(path)) as file:
            if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (RATE, 1, 2):
                raise DataError(f"{path} is not 16 kHz, mono, 16 bit")
            samples = array.array("h", file.readframes(file.getnframes()))
    except (OSError, EOFError, wave.Error) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def write(path: Path, samples: Samples) -> Path:
    """A WAV file; what would be too loud makes all of it quieter."""
    loudest = max((abs(sample) for sample in samples), default=0)
    gain = min(1.0, FULL_SCALE / loudest) if loudest else 1.0
    data = array.array("h", (round(gain * sample) for sample in samples))
    if sys.byteorder == "big":
        data.byteswap()
    with wave.open(str(path), "wb") as file:
        file.setframerate(RATE)
        file.setnchannels(1)
        file.setsampwidth(2)
        file.writeframes(data.tobytes())
    return path


def after(silence_s: float, path: Path, folder: Path) -> Path:
    """A copy of a recording with a silence before it."""
    silence = array.array("h", bytes(2 * round(silence_s * RATE)))
    return write(folder / f"{path.stem}.{silence_s:.2f}.wav", silence + read(path))


def seconds(path: Path) -> float:
    """Length of a recording."""
    return len(read(path)) / RATE


def speech_power(samples: Samples) -> float:
    """Mean square over the frames of 20 ms that hold speech: those at most 30 dB below the loudest.

    So pauses and silent ends do not make a speaker quieter, as in ITU-T P.56, in a simpler way.
    """
    frames = [samples[at : at + FRAME] for at in range(0, len(samples), FRAME)]
    powers = [math.fsum(sample * sample for sample in frame) / len(frame) for frame in frames]
    least = max(powers, default=0.0) * 10 ** (-ACTIVE_DB / 10)
    active = [power for power in powers if power > 0 and power >= least]
    return math.fsum(active) / len(active) if active else 0.0


def mixed(speech: Samples, noise: Samples, snr_db: float, dice: random.Random) -> list[float]:
    """Speech in noise, from a random place of it on and round again.

    `snr_db` is the level of the speech where somebody speaks over the level of that stretch of noise.
    """
    begin = dice.randrange(len(noise))
    stretch = [noise[(begin + at) % len(noise)] for at in range(len(speech))]
    power = math.fsum(sample * sample for sample in stretch) / max(1, len(stretch))
    gain = math.sqrt(speech_power(speech) / power / 10 ** (snr_db / 10)) if power else 0.0
    return [voice + gain * other for voice, other in zip(speech, stretch, strict=True)]


def white_noise(length: int, dice: random.Random) -> list[float]:
    """For a machine that has no recordings of noise."""
    return [dice.gauss(0, 1000) for _ in range(length)]


@dataclass(frozen=True)
class Mark:
    """Where a recording lies in a longer one, in seconds."""

    file: str
    begins_s: float
    ends_s: float


def joined(
    recordings: Sequence[tuple[str, Sequence[int]]], length_s: float, pauses_s: tuple[float, float], dice: random.Random
) -> tuple[array.array[int], list[Mark]]:
    """Recordings in random order with pauses of random length between, `length_s` long or a little less.

    Every recording is said once before any is said again.
    """
    samples = array.array("h")
    marks: list[Mark] = []
    while True:
        for name, recording in dice.sample(recordings, len(recordings)):
            pause = round(dice.uniform(*pauses_s) * RATE) if marks else 0
            if (len(samples) + pause + len(recording)) / RATE > length_s and marks:
                return samples, marks
            samples.extend([0] * pause)
            begins = len(samples) / RATE
            samples.extend(recording)
            marks.append(Mark(name, begins, len(samples) / RATE))
