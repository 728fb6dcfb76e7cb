"""What the results of the sessions come to."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from bench.trend import Trend, trend
from simultaneity import Chunk, average_token_delay, length_adaptive_average_lagging
from spread import Spread

Clip = dict[str, Any]
"""One utterance of a result."""
Result = dict[str, Any]
"""As `dragoman rehearse --bench` prints it, with what the session knows of it beside."""

DELAYS = {
    "first_sound_from_speech_start_s": "first sound after speech start",
    "first_sound_from_release_s": "first sound after release",
    "recognised_from_release_s": "recognised after release",
    "last_sound_began_from_release_s": "last sound begins after release",
    "last_sound_from_release_s": "last sound ends after release",
    "laal_s": "LAAL, text",
    "laal_elapsed_s": "LAAL, text, in real time",
    "atd_policy_s": "ATD, speech, by the policy alone",
    "atd_s": "ATD, speech, as heard",
}
"""What is told of every part, and what it is called."""


def rank(values: Sequence[float], share: float) -> float:
    """Percentile by the nearest rank; the daemon has the same."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


@dataclass(frozen=True)
class Percentiles:
    """Percentiles and mean over the clips of each run, and what they come to over the runs."""

    p50: Spread
    p95: Spread
    mean: Spread
    count: int
    """Of all runs together."""


def spread(values: Sequence[float]) -> Spread:
    """Of one value a run: the median of the runs."""
    return Spread(median(values), min(values), max(values))


def percentiles(runs: Iterable[Sequence[float]]) -> Percentiles | None:
    """Of some values a run; none where nothing was measured."""
    measured = [values for values in runs if values]
    if not measured:
        return None
    p50, p95 = (spread([rank(values, share) for values in measured]) for share in (0.50, 0.95))
    return Percentiles(p50, p95, spread([fmean(values) for values in measured]), sum(map(len, measured)))


def lagging(clip: Clip) -> dict[str, float | None]:
    """LAAL and ATD of one utterance, in seconds; README.md says which delay stands for what.

    Times count from the beginning of the recording, behind the silence that a run puts before it.
    """
    silence_s = clip["silence_s"]
    source_ms = 1000 * (clip["seconds"] - silence_s)
    reference = clip.get("reference")
    delays, shown, supposed, heard = [], [], [], []
    until_ms = 0.0
    for clause in clip["clauses"]:
        captured = clause["source_until_s"]
        captured = clause["committed_at_s"] if captured is None else captured
        until_ms = min(source_ms, max(until_ms, 1000 * (captured - silence_s)))
        words = len(clause["text"].split())
        delays += [until_ms] * words
        shown += [1000 * (clause["committed_at_s"] - silence_s)] * words
        if clause["heard_from_s"] is not None:
            begins_ms = 1000 * (clause["heard_from_s"] - silence_s)
            duration_ms = 1000 * (clause["heard_until_s"] - clause["heard_from_s"])
            supposed.append(Chunk(until_ms, duration_ms))
            heard.append(Chunk(until_ms, duration_ms, begins_ms))
    reference_words = len(reference.split()) if reference else None

    def laal(times: list[float]) -> float | None:
        return length_adaptive_average_lagging(times, source_ms, reference_words) / 1000 if times else None

    def atd(chunks: list[Chunk]) -> float | None:
        return average_token_delay(chunks) / 1000 if any(chunk.duration_ms > 0 for chunk in chunks) else None

    return {
        "laal_s": laal(delays),
        "laal_elapsed_s": laal(shown),
        "atd_policy_s": atd(supposed),
        "atd_s": atd(heard),
    }


Key = tuple[str, str]
"""Part and direction."""


def grouped(results: Iterable[Result]) -> dict[Key, list[Result]]:
    """The runs of each part and direction."""
    groups: dict[Key, list[Result]] = {}
    for result in results:
        groups.setdefault((result["part"], result["direction"]), []).append(result)
    return groups


def delays(runs: Sequence[Result], wanted: Callable[[Clip], bool] = lambda _: True) -> dict[str, Percentiles | None]:
    """Every delay over the clips that are wanted."""

    def values(result: Result, name: str) -> list[float]:
        return [clip[name] for clip in result["clips"] if wanted(clip) and clip[name] is not None]

    return {name: percentiles(values(result, name) for result in runs) for name in DELAYS}


@dataclass(frozen=True)
class Cost:
    """What the runs of a part cost, and what went wrong."""

    cpu_per_second: Spread
    """Of speech; child processes are in it."""
    peak_bytes: int
    final_bytes: int
    """The most of the runs."""
    start_s: Spread
    corrections: int
    unspoken: int
    """Utterances of which nothing was heard."""
    drops: dict[str, int]
    fallbacks: dict[str, int]
    xruns: dict[str, int]
    """Sums over the runs, warming up included."""


def cost(runs: Sequence[Result]) -> Cost:
    """Of the runs of a part."""
    clips = [clip for result in runs for clip in result["clips"]]

    def counts(name: str) -> dict[str, int]:
        total: Counter[str] = Counter()
        for result in runs:
            total.update(result[name])
        return {what: count for what, count in sorted(total.items()) if count}

    return Cost(
        spread([result["cpu_seconds_per_second_of_speech"] for result in runs]),
        max(result["peak_resident_bytes"] for result in runs),
        max(result["final_resident_bytes"] for result in runs),
        spread([result["start_to_ready_s"] for result in runs]),
        sum(clip["corrections"] for clip in clips),
        sum(clip["first_sound_from_speech_start_s"] is None for clip in clips),
        counts("drops"),
        counts("fallbacks"),
        counts("xruns"),
    )


BUDGETS: dict[str, tuple[float | None, float | None, float | None]] = {
    "vad": (5, 10, 20),
    "asr partial": (500, 800, 1000),
    "asr final": (200, None, None),
    "mt partial": (400, 500, 700),
    "mt final": (500, None, None),
    "tts": (200, 250, 350),
}
"""Most milliseconds at p50, p95 and p99."""
GOOD_SPANISH: tuple[float | None, float | None, float | None] = (500, None, None)
"""The first sound of the good Spanish voice, Kokoro decoded in windows."""


@dataclass(frozen=True)
class StageRow:
    """How long one kind of work took, in one direction, and how long it may."""

    direction: str
    work: str
    p50: float
    p95: float
    p99: float
    count: int
    budget: tuple[float | None, float | None, float | None]

    @property
    def missed(self) -> list[str]:
        """Percentiles above their budget."""
        found = zip(("p50", "p95", "p99"), (self.p50, self.p95, self.p99), self.budget, strict=True)
        return [name for name, value, bound in found if bound is not None and value > bound]


def stage_rows(results: Sequence[Result]) -> list[StageRow]:
    """Of all sessions of a direction together, warming up left out; VAD frames as the daemon counts them, with it."""
    rows = []
    for direction in dict.fromkeys(result["direction"] for result in results):
        own = [result for result in results if result["direction"] == direction]
        frames = [stage for result in own for stage in result["stages"] if stage["stage"] == "vad" and stage["count"]]
        if frames:
            p50, p95, p99 = (median(stage[name] for stage in frames) for name in ("p50", "p95", "p99"))
            count = sum(stage["count"] for stage in frames)
            rows.append(StageRow(direction, "vad", p50, p95, p99, count, BUDGETS["vad"]))
        for work, bounds in BUDGETS.items():
            taken = [ms for result in own for clip in result["clips"] for ms in clip["latencies_ms"].get(work, [])]
            if taken:
                p50, p95, p99 = (rank(taken, share) for share in (0.50, 0.95, 0.99))
                is_windowed = work == "tts" and direction.endswith("es") and _voices(own) != {"light"}
                budget = GOOD_SPANISH if is_windowed else bounds
                rows.append(StageRow(direction, work, p50, p95, p99, len(taken), budget))
    return rows


def _voices(results: Sequence[Result]) -> set[str]:
    """The voices that spoke."""
    return {result["voices"][result["direction"]]["chosen"] for result in results}


@dataclass(frozen=True)
class Lag:
    """One clip of the long run: when it was over, and how far behind its translation was then."""

    file: str
    at_s: float
    first_s: float | None
    """From the clip's beginning to the first sound of its translation."""
    last_s: float | None
    """From the clip's end to the end of its translation."""


def lags(clip: Clip) -> list[Lag]:
    """Of each clip in a long run.

    To a clip belong the clauses that were made from the sound up to the beginning of the next: the pause between is
    longer than what ends a segment.
    """
    marks = clip["marks"]
    found = []
    for number, mark in enumerate(marks):
        until = marks[number + 1]["begins_s"] if number + 1 < len(marks) else math.inf
        own = [
            clause
            for clause in clip["clauses"]
            if clause["heard_from_s"] is not None
            and clause["source_until_s"] is not None
            and mark["begins_s"] < clause["source_until_s"] <= until
        ]
        first = min((clause["heard_from_s"] for clause in own), default=None)
        last = max((clause["heard_until_s"] for clause in own), default=None)
        found.append(
            Lag(
                mark["file"],
                mark["ends_s"],
                None if first is None else first - mark["begins_s"],
                None if last is None else last - mark["ends_s"],
            )
        )
    return found


def lag_trend(points: Sequence[Lag]) -> Trend | None:
    """Whether translations end later and later: seconds a second."""
    known = [(point.at_s, point.last_s) for point in points if point.last_s is not None]
    return trend([at for at, _ in known], [last for _, last in known])
