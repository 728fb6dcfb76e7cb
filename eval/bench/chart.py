"""The lag over a long run, drawn as SVG."""

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

from bench.figures import Lag
from bench.trend import Trend

WIDTH, HEIGHT = 900, 420
LEFT, RIGHT, TOP, BOTTOM = 60, 20, 70, 50
FIRST, LAST = "#1b7f79", "#b3432b"


def lag_chart(points: Sequence[Lag], line: Trend | None, title: str) -> str:
    """Seconds of lag over minutes of the run: a dot for the end of each clip, a ring for its first sound."""
    values = [value for point in points for value in (point.first_s, point.last_s) if value is not None]
    least, most = min([0.0, *values]), max([1.0, *values])
    end = max((point.at_s for point in points), default=60.0)
    y_step, x_step = _step(most - least), 60.0 * _step(end / 60)
    low, high = y_step * math.floor(least / y_step), y_step * math.ceil(most / y_step)

    def x(seconds: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * seconds / end

    def y(lag: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (lag - low) / (high - low)

    parts = [_text(LEFT, 24, title, size=14)]
    for tick in range(round((high - low) / y_step) + 1):
        value = low + tick * y_step
        shade = "#888" if abs(value) < 1e-9 else "#ddd"
        parts.append(f'<path d="M{LEFT} {y(value):.1f}H{WIDTH - RIGHT}" stroke="{shade}"/>')
        parts.append(_text(LEFT - 8, y(value) + 4, f"{value:g}", anchor="end"))
    for tick in range(int(end / x_step) + 1):
        parts.append(_text(x(tick * x_step), HEIGHT - BOTTOM + 20, f"{tick * x_step / 60:g}", anchor="middle"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "minutes of the run", anchor="middle"))
    parts.append(_text(LEFT - 45, TOP - 12, "seconds"))
    for point in points:
        if point.first_s is not None:
            parts.append(_dot(x(point.at_s), y(point.first_s), "none", FIRST))
        if point.last_s is not None:
            parts.append(_dot(x(point.at_s), y(point.last_s), LAST, LAST))
    if line:
        ends = ((seconds, line.intercept + line.slope * seconds) for seconds in (0.0, end))
        path = "L".join(f"{x(seconds):.1f} {y(lag):.1f}" for seconds, lag in ends)
        parts.append(f'<path d="M{path}" stroke="{LAST}" stroke-width="1.5" stroke-dasharray="6 4"/>')
    parts += [_dot(LEFT + 6, 44, LAST, LAST), _text(LEFT + 16, 48, "end of a translation after the end of its clip")]
    parts += [_dot(LEFT + 336, 44, "none", FIRST), _text(LEFT + 346, 48, "first sound after the beginning of its clip")]
    body = "\n".join(parts)
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" fill="none">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>\n{body}\n</svg>\n'
    )


def _step(span: float) -> float:
    """A round distance between ticks, of which about five to ten fit into a span."""
    magnitude = 10.0 ** math.floor(math.log10(span / 5))
    return next(magnitude * factor for factor in (1, 2, 5, 10) if span / (magnitude * factor) <= 10)


def _dot(x: float, y: float, fill: str, stroke: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{fill}" stroke="{stroke}"/>'


def _text(x: float, y: float, words: str, anchor: str = "start", size: int = 13) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"'
    return f'<text {place} fill="#222">{escape(words)}</text>'
