"""What the figures have to reach. A figure that does not is shown as missed; it is no failure of the program."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Target:
    """A bound on a figure."""

    name: str
    value: float
    comparison: Literal["<=", ">="]
    bound: float

    @property
    def is_reached(self) -> bool:
        """Whether the bound is kept."""
        return self.value <= self.bound if self.comparison == "<=" else self.value >= self.bound

    @property
    def verdict(self) -> str:
        """PASS or MISS."""
        return "PASS" if self.is_reached else "MISS"


RECOGNITION = {"en": 0.06, "es": 0.20}
"""Most word errors a word; Spanish with its accents folded."""
TEXT = {("tatoeba", "en-es"): 28.0, ("tatoeba", "es-en"): 40.0}
"""Least BLEU."""


BLEU_LOST = 3.0
"""Most BLEU that simultaneous interpreting may cost against consecutive."""


def recognition(language: str, rate: float, rate_folded: float) -> Target:
    """Word error rate of a language."""
    is_folded = language == "es"
    name = f"WER {language}{', accents folded' if is_folded else ''}"
    return Target(name, rate_folded if is_folded else rate, "<=", RECOGNITION[language])


def text(pair_set: str, direction: str, bleu: float) -> Target | None:
    """BLEU of a direction, where there is a bound for that set of sentences."""
    bound = TEXT.get((pair_set, direction))
    return None if bound is None else Target(f"BLEU {direction} on {pair_set}", bleu, ">=", bound)


def naturalness(direction: str, mos: float, human: float) -> Target:
    """Opinion score of the good voice: at least that of the recordings in the same run."""
    return Target(f"MOS {direction}, good voice", mos, ">=", human)


def simultaneity(direction: str, lost: float) -> Target:
    """BLEU lost to simultaneous interpreting, of the same recordings."""
    return Target(f"BLEU lost to simultaneity, {direction}", lost, "<=", BLEU_LOST)
