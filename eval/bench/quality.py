"""What simultaneity costs: the same clips translated in both modes, against the same references."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.figures import Result
from scores import TextScores, speech_scores
from spread import Spread, mean


@dataclass(frozen=True)
class Scores:
    """Of one mode: the mean of the runs, each of which says the clips after another silence, and their range."""

    bleu: Spread
    chrf: Spread
    signature: str


@dataclass(frozen=True)
class Comparison:
    """One direction in both modes."""

    direction: str
    clips: int
    simultaneous: Scores
    consecutive: Scores | None

    @property
    def bleu_lost(self) -> float | None:
        """How much better the consecutive translation is."""
        return self.consecutive.bleu.value - self.simultaneous.bleu.value if self.consecutive else None


def compare(direction: str, simultaneous: Sequence[Result], consecutive: Sequence[Result]) -> Comparison | None:
    """None where no clip has a reference translation."""
    language = direction.partition("-")[2]
    found = _scores(simultaneous, language)
    if found is None:
        return None
    clips = sum(clip["reference"] is not None for clip in simultaneous[0]["clips"])
    return Comparison(direction, clips, found, _scores(consecutive, language))


def _scores(runs: Sequence[Result], language: str) -> Scores | None:
    each: list[TextScores] = []
    for result in runs:
        known = [clip for clip in result["clips"] if clip["reference"] is not None]
        if known:
            texts, references = [clip["target_text"] for clip in known], [clip["reference"] for clip in known]
            each.append(speech_scores(texts, references, language))
    if not each:
        return None
    signature = each[0].bleu_signature
    return Scores(mean([one.bleu for one in each]), mean([one.chrf for one in each]), signature)
