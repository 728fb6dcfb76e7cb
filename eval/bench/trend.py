"""Whether a series grows: a least-squares line and how sure its slope is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean


@dataclass(frozen=True)
class Trend:
    """A line through points, and the interval in which its slope lies with 95 % confidence."""

    intercept: float
    slope: float
    low: float
    high: float

    @property
    def is_flat(self) -> bool:
        """Whether the slope cannot be told from zero."""
        return self.low <= 0 <= self.high


def trend(xs: Sequence[float], ys: Sequence[float]) -> Trend | None:
    """Ordinary least squares with Student's interval, which takes the points to scatter independently of each other.

    None for fewer than four points, or where all stand at one place.
    """
    count = len(xs)
    if count < 4 or min(xs) == max(xs):
        return None
    mean_x, mean_y = fmean(xs), fmean(ys)
    spread = math.fsum((x - mean_x) ** 2 for x in xs)
    slope = math.fsum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / spread
    intercept = mean_y - slope * mean_x
    residual = math.fsum((y - intercept - slope * x) ** 2 for x, y in zip(xs, ys, strict=True))
    margin = student(0.975, count - 2) * math.sqrt(residual / (count - 2) / spread)
    return Trend(intercept, slope, slope - margin, slope + margin)


def student(share: float, freedom: int) -> float:
    """Quantile of Student's t distribution.

    Exact for one and two degrees of freedom, else Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.5,
    within 0.01 from three on and within 0.001 from five on.
    """
    if freedom == 1:
        return math.tan(math.pi * (share - 0.5))
    if freedom == 2:
        return (2 * share - 1) / math.sqrt(2 * share * (1 - share))
    x = NormalDist().inv_cdf(share)
    terms = (
        (x**3 + x) / 4,
        (5 * x**5 + 16 * x**3 + 3 * x) / 96,
        (3 * x**7 + 19 * x**5 + 17 * x**3 - 15 * x) / 384,
        (79 * x**9 + 776 * x**7 + 1482 * x**5 - 1920 * x**3 - 945 * x) / 92160,
    )
    return x + math.fsum(term / freedom**power for power, term in enumerate(terms, 1))
