"""The outcome of the instrument: tables for people, a document for programs."""

import textwrap
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import results
import table
import targets
from bench import figures
from bench.figures import Clip, Cost, Lag, Percentiles, Result, StageRow
from bench.plan import Options
from bench.quality import Comparison, compare
from bench.trend import Trend
from spread import around
from targets import Target

SHORT_S = 8.0
"""The promises on what follows the release are for utterances up to here."""

FIRST_FROM_SPEECH_S = 2.0
FROM_RELEASE_S = 1.5
RECOGNISED_S = 0.2


def is_short(clip: Clip) -> bool:
    """Whether the promises on the release hold for it."""
    return bool(clip["seconds"] - clip["silence_s"] <= SHORT_S)


@dataclass
class Outcome:
    """Everything that was measured."""

    options: Options
    origin: str
    runs: list[Result]

    def __post_init__(self) -> None:
        """Works everything out."""
        for result in self.runs:
            for clip in result["clips"]:
                clip |= figures.lagging(clip)
        self.groups = figures.grouped(self.runs)
        self.delays = {key: figures.delays(runs) for key, runs in self.groups.items() if key[0] != "long"}
        self.costs: dict[figures.Key, Cost] = {key: figures.cost(runs) for key, runs in self.groups.items()}
        simultaneous = [result for result in self.runs if result["part"] != "consecutive"]
        self.stages: list[StageRow] = figures.stage_rows(simultaneous or self.runs)
        self.lags: list[Lag] = [
            lag
            for (part, _), runs in self.groups.items()
            if part == "long"
            for lag in figures.lags(runs[0]["clips"][0])
        ]
        self.trend: Trend | None = figures.lag_trend(self.lags)
        self.comparisons: list[Comparison] = self._comparisons()

    def _comparisons(self) -> list[Comparison]:
        found = []
        for (part, direction), runs in self.groups.items():
            if part == "clips":
                compared = compare(direction, runs, self.groups.get(("consecutive", direction), []))
                found += [compared] if compared else []
        return found

    def targets(self) -> list[Target]:
        """What has to be reached, of what was measured."""
        found = []
        for (part, direction), runs in self.groups.items():
            if part != "clips":
                continue
            of_all, of_short = self.delays[part, direction], figures.delays(runs, is_short)

            def hold(name: str, of: Percentiles | None, share: str, bound: float, direction: str = direction) -> None:
                if of:
                    value = getattr(of, share).value
                    found.append(Target(f"{name}, {direction}, {share}", value, "<=", bound))

            start, release = "first_sound_from_speech_start_s", "first_sound_from_release_s"
            hold("first sound after speech start", of_all[start], "p50", FIRST_FROM_SPEECH_S)
            hold("first sound after release", of_short[release], "p95", FROM_RELEASE_S)
            hold("last sound begins after release", of_short["last_sound_began_from_release_s"], "p95", FROM_RELEASE_S)
            if direction.startswith("en"):
                hold("recognised after release", of_all["recognised_from_release_s"], "p50", RECOGNISED_S)
        for comparison in self.comparisons:
            if comparison.bleu_lost is not None:
                found.append(targets.simultaneity(comparison.direction, comparison.bleu_lost))
        corrections = sum(cost.corrections for cost in self.costs.values())
        found.append(Target("corrections", corrections, "<=", 0))
        if self.trend:
            # Flat where the interval holds zero, shrinking where it lies below: the lag does not grow.
            found.append(Target("lag slope, low end of its 95 % interval, s a minute", 60 * self.trend.low, "<=", 0))
        return found

    def tables(self) -> str:
        """Everything, at most 100 columns wide."""
        parts = [self._heading(), self._delay_table(), self._lagging_table(), self._stage_table(), self._cost_table()]
        if self.comparisons:
            parts.append(self._quality_table())
        if self.lags:
            parts.append(self.lag_line())
        bounds = self.targets()
        missed = [f"{each.name}: {each.value:.2f} for {each.bound:g}" for each in bounds if not each.is_reached]
        reached = f"Targets reached: {len(bounds) - len(missed)} of {len(bounds)}"
        parts.append("\n  ".join([f"{reached}. Missed:" if missed else f"{reached}.", *missed]))
        return "\n\n".join(part for part in parts if part)

    def _heading(self) -> str:
        machine = self.runs[0]["machine"]
        loads = [value for result in self.runs for value in result["load_average"].values()]
        voices: dict[tuple[str, str], str] = {}
        for result in self.runs:
            chosen = result["voices"][result["direction"]]
            voices.setdefault((result["direction"], chosen["chosen"]), chosen["why"])
        return "\n".join(
            [
                f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_bytes'] / 1e9:.0f} GB, "
                f"Linux {machine['kernel']}; load average {min(loads):.1f} to {max(loads):.1f}",
                f"data: {self.origin}",
                *(
                    textwrap.fill(f"voice {direction}: {chosen}, {why}", table.WIDTH, subsequent_indent="  ")
                    for (direction, chosen), why in voices.items()
                ),
            ]
        )

    def _delay_table(self) -> str:
        names = (
            "first_sound_from_speech_start_s",
            "first_sound_from_release_s",
            "recognised_from_release_s",
            "last_sound_began_from_release_s",
            "last_sound_from_release_s",
        )
        rows = []
        for (part, direction), found in self.delays.items():
            shown = [found[name] for name in names]
            rows.append([f"{part}, {direction}", str(self._count(part, direction)), *(both(each) for each in shown)])
            if len(self.groups[part, direction]) > 1:
                rows.append(["  runs, least to most p50", "", *(ranged(each) for each in shown)])
        header = ["", "clips", "first: speech", "first: release", "recognised", "last begins", "last ends"]
        title = "Delays in seconds, p50 / p95 over the clips, median of the runs"
        note = "  first: first sound after the speech begins, after the release; the others after the release"
        return f"{table.render(title, header, rows)}\n{note}" if rows else ""

    def _count(self, part: str, direction: str) -> int:
        return sum(len(result["clips"]) for result in self.groups[part, direction])

    def _lagging_table(self) -> str:
        names = ("laal_s", "laal_elapsed_s", "atd_policy_s", "atd_s")
        rows = []
        for (part, direction), found in self.delays.items():
            means = [found[name] for name in names]
            rows.append([f"{part}, {direction}", *(mean(each) for each in means)])
        header = ["", "LAAL", "LAAL in real time", "ATD by the policy", "ATD as heard"]
        title = "Average lagging in seconds, mean over the clips, median of the runs (least to most)"
        return table.render(title, header, rows) if rows else ""

    def _stage_table(self) -> str:
        rows = []
        for row in self.stages:
            budget = " / ".join("-" if bound is None else f"{bound:g}" for bound in row.budget)
            missed = f"MISSED {', '.join(row.missed)}" if row.missed else ""
            times = [table.number(value) for value in (row.p50, row.p95, row.p99)]
            rows.append([f"{row.work}, {row.direction}", *times, str(row.count), budget, missed])
        header = ["", "p50", "p95", "p99", "count", "budget", ""]
        return table.render("Stages in milliseconds, all sessions together", header, rows) if rows else ""

    def _cost_table(self) -> str:
        rows = []
        for (part, direction), each in self.costs.items():
            events = {"drops": each.drops, "fallbacks": each.fallbacks, "xruns": each.xruns}
            rows.append(
                [
                    f"{part}, {direction}",
                    around(each.cpu_per_second),
                    f"{each.peak_bytes / 1e6:.0f}",
                    f"{each.final_bytes / 1e6:.0f}",
                    table.number(each.start_s.value, 1),
                    str(each.corrections),
                    str(each.unspoken),
                    "; ".join(f"{name} {listed(counts)}" for name, counts in events.items() if counts),
                ]
            )
        header = ["", "CPU s per s", "peak MB", "final MB", "start s", "corrections", "unspoken", ""]
        return table.render("Cost, child processes in the CPU time, and what went wrong", header, rows)

    def _quality_table(self) -> str:
        rows = []
        for each in self.comparisons:
            rows.append([f"simultaneous, {each.direction}", str(each.clips), *scored(each.simultaneous), ""])
            if each.consecutive:
                lost = f"{each.bleu_lost:+.1f} BLEU lost"
                rows.append([f"consecutive, {each.direction}", str(each.clips), *scored(each.consecutive), lost])
        header = ["", "clips", "BLEU", "chrF", ""]
        return table.render("What simultaneity costs, against the reference translations", header, rows)

    def lag_line(self) -> str:
        """The long run in a sentence."""
        known = [lag.last_s for lag in self.lags if lag.last_s is not None]
        unheard = len(self.lags) - len(known)
        silent = f", {unheard} of them unheard" if unheard else ""
        said = f"Lag over {self.lags[-1].at_s / 60:.1f} minutes, {len(self.lags)} clips{silent}"
        if not self.trend:
            return f"{said}: too short for a slope"
        per_minute = [60 * value for value in (self.trend.slope, self.trend.low, self.trend.high)]
        verdict = "flat" if self.trend.is_flat else "growing" if self.trend.low > 0 else "shrinking"
        interval = "{:+.3f} s a minute (95 % interval {:+.3f} to {:+.3f})".format(*per_minute)
        return f"{said}: {interval}: {verdict}"

    def document(self, versions: dict[str, str | None]) -> dict[str, Any]:
        """As docs/results.md describes it."""
        options = asdict(self.options) | {"directions": ["-".join(each) for each in self.options.directions]}
        first = self.runs[0]
        return {
            "schema": results.VERSION,
            "kind": "bench",
            "machine": first["machine"],
            "versions": first["versions"] | versions,
            "models": first["models"],
            "data": self.origin,
            "options": options,
            "targets": [{**asdict(each), "verdict": each.verdict} for each in self.targets()],
            "delays": [
                {"part": part, "direction": direction}
                | {name: asdict(each) if each else None for name, each in found.items()}
                for (part, direction), found in self.delays.items()
            ],
            "stages": [stage(row) for row in self.stages],
            "costs": [
                {"part": part, "direction": direction} | asdict(each) for (part, direction), each in self.costs.items()
            ],
            "translation": [asdict(each) | {"bleu_lost": each.bleu_lost} for each in self.comparisons],
            "lag": {
                "points": [asdict(lag) for lag in self.lags],
                "trend": asdict(self.trend) | {"is_flat": self.trend.is_flat} if self.trend else None,
            },
            "cpu_seconds": sum(result["cpu_seconds"] for result in self.runs),
            "peak_resident_bytes": max(each.peak_bytes for each in self.costs.values()),
            "runs": [
                {name: value for name, value in result.items() if name not in ("machine", "versions", "models")}
                for result in self.runs
            ],
        }


def stage(row: StageRow) -> dict[str, Any]:
    """As a document has it."""
    name, _, kind = row.work.partition(" ")
    found = asdict(row) | {"stage": name, "kind": kind or None, "budget": list(row.budget), "missed": row.missed}
    del found["work"]
    return found


def both(of: Percentiles | None) -> str:
    """Median and 95th percentile."""
    return f"{of.p50.value:.2f} / {of.p95.value:.2f}" if of else "-"


def ranged(of: Percentiles | None) -> str:
    """From the least to the most p50 of the runs."""
    return f"{of.p50.low:.2f} to {of.p50.high:.2f}" if of else "-"


def mean(of: Percentiles | None) -> str:
    """The mean and its range over the runs."""
    return around(of.mean) if of else "-"


def scored(of: Any) -> Sequence[str]:
    """BLEU and chrF."""
    return around(of.bleu, 1), around(of.chrf, 1)


def listed(counts: dict[str, int]) -> str:
    """Counts by name."""
    return ", ".join(f"{name} {count}" for name, count in counts.items())
