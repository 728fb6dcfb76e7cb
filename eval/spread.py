"""A figure that was measured several times."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean


@dataclass(frozen=True)
class Spread:
    """What the measurements come to, the least of them and the most."""

    value: float
    low: float
    high: float


def around(of: Spread, decimals: int = 2) -> str:
    """The value, and its range where there is one."""
    value = f"{of.value:.{decimals}f}"
    return value if of.low == of.high else f"{value} ({of.low:.{decimals}f} to {of.high:.{decimals}f})"


def mean(values: Sequence[float]) -> Spread:
    """Of one value or more."""
    return Spread(fmean(values), min(values), max(values))
