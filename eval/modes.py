"""The two modes of interpreting side by side, in the time of the recording alone: what the policy does, whatever the machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

from clips import Clip
from command import Dragoman, Usage
from measure import Spoken, Tick, duration
from scores import TextScores, WordErrors, speech_scores, word_errors
from simultaneity import length_adaptive_average_lagging

MODES = ("simultaneous", "consecutive")
VOICE = "light"
"""The voice makes no difference to when a clause is decided on; this one costs least."""


@dataclass(frozen=True)
class ModeResult:
    """One direction in one mode."""

    direction: tuple[str, str]
    mode: str
    spoken: list[Spoken]
    errors: WordErrors
    """Of what was recognised, accents folded."""
    scores: TextScores | None
    """Of what was to be spoken against the reference translations, normalised."""

    @property
    def first_clauses_s(self) -> list[float]:
        """How much of each recording the first clause was made from."""
        return [each.clauses[0].source_until_s for each in self.spoken if each.clauses]

    @property
    def first_clause_s(self) -> float | None:
        """The median of them."""
        return median(self.first_clauses_s) if self.first_clauses_s else None

    @property
    def laal_s(self) -> float | None:
        """Length-adaptive average lagging without computation, mean over the recordings."""
        known = [lag for each in self.spoken if (lag := _laal_s(each, self.direction[1])) is not None]
        return fmean(known) if known else None


def _laal_s(each: Spoken, language: str) -> float | None:
    source_ms = 1000 * each.seconds
    delays = [
        min(source_ms, 1000 * clause.source_until_s) for clause in each.clauses for _ in clause.text.split()
    ]
    reference = each.clip.translations.get(language)
    words = len(reference.split()) if reference else None
    return length_adaptive_average_lagging(delays, source_ms, words) / 1000 if delays else None


def interpret(
    dragoman: Dragoman, clips: Sequence[Clip], direction: tuple[str, str], mode: str, folder: Path, tick: Tick
) -> ModeResult:
    """Interprets recordings, a process each."""
    folder = folder / f"{'-'.join(direction)}.{mode}"
    folder.mkdir(parents=True, exist_ok=True)
    spoken = []
    for clip in clips:
        usage, sound = Usage(), folder / f"{clip.name}.wav"
        segments = dragoman.translate(clip.path, sound, direction, VOICE, usage, mode)
        spoken.append(Spoken(clip, sound, duration(clip.path), segments, usage))
        tick(f"modes {'-'.join(direction)} {mode}")
    return judged(direction, mode, spoken)


def judged(direction: tuple[str, str], mode: str, spoken: list[Spoken]) -> ModeResult:
    """Scores what was interpreted."""
    source, target = direction
    errors = word_errors(
        [each.clip.transcript for each in spoken], [each.source_text for each in spoken], source, fold=True
    )
    known = [(each.target_text, reference) for each in spoken if (reference := each.clip.translations.get(target))]
    scores = speech_scores([text for text, _ in known], [reference for _, reference in known], target) if known else None
    return ModeResult(direction, mode, spoken, errors, scores)
