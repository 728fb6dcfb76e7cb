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
"""Most word errors a word; Spanish with its accents folded. Of German and Mandarin there are too few recordings."""
TEXT = {"en-es": 28.0, "es-en": 40.0}
TEXT_ELSE = 25.0
"""Least BLEU on the sentences of Tatoeba; a direction with less is experimental."""
PUBLISHED = {
    "en-es": 26.2,
    "es-en": 26.8,
    "en-fr": 48.7,
    "fr-en": 42.1,
    "en-de": 38.8,
    "de-en": 39.1,
    "en-zh": 39.0,
    "zh-en": 29.0,
}
"""BLEU that Mozilla publishes of its models for Firefox (tiny; Mandarin: base), on FLORES: other sentences."""
DANGEROUS = 0.05
"""Most of the sentences of eval/safety that may come out wrong without a mark."""

BLEU_LOST = 3.0
"""Most BLEU that simultaneous interpreting may cost against consecutive."""


def recognition(language: str, rate: float, rate_folded: float) -> Target | None:
    """Word error rate of a language, where there is a bound."""
    is_folded = language == "es"
    if language not in RECOGNITION:
        return None
    name = f"WER {language}{', accents folded' if is_folded else ''}"
    return Target(name, rate_folded if is_folded else rate, "<=", RECOGNITION[language])


def text(pair_set: str, direction: str, bleu: float) -> Target | None:
    """BLEU of a direction, where there is a bound for that set of sentences."""
    if pair_set != "tatoeba":
        return None
    return Target(f"BLEU {direction} on {pair_set}", bleu, ">=", TEXT.get(direction, TEXT_ELSE))


def safety(name: str, direction: str, rate: float) -> Target:
    """Dangerous errors of a set of sentences that are spoken as if they were right."""
    return Target(f"dangerous errors unmarked {direction}, {name}", rate, "<=", DANGEROUS)


def naturalness(direction: str, mos: float, human: float) -> Target:
    """Opinion score of the good voice: at least that of the recordings in the same run."""
    return Target(f"MOS {direction}, good voice", mos, ">=", human)


def simultaneity(direction: str, lost: float) -> Target:
    """BLEU lost to simultaneous interpreting, of the same recordings."""
    return Target(f"BLEU lost to simultaneity, {direction}", lost, "<=", BLEU_LOST)
