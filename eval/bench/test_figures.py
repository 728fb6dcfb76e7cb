"""Tests of the figures on results made up by hand."""

import unittest
import xml.etree.ElementTree as ET
from typing import Any

from bench import chart, figures


def clause(until: float, shown: float, begins: float, ends: float, text: str = "uno dos") -> figures.Clip:
    return {
        "text": text,
        "source_until_s": until,
        "committed_at_s": shown,
        "heard_from_s": begins,
        "heard_until_s": ends,
    }


def clip(**fields: Any) -> figures.Clip:
    known = {"seconds": 4.0, "silence_s": 0.0, "clauses": [], "reference": None, "corrections": 0, "latencies_ms": {}}
    return known | fields


def result(*clips: figures.Clip, **fields: Any) -> figures.Result:
    return {
        "part": "clips",
        "direction": "en-es",
        "voices": {"en-es": {"chosen": "good"}},
        "clips": list(clips),
        "stages": [],
        **fields,
    }


class Percentiles(unittest.TestCase):
    def test_runs_are_taken_one_by_one(self) -> None:
        found = figures.percentiles([[1.0, 2.0, 9.0], [3.0, 3.0, 3.0], [], [5.0]])
        assert found
        self.assertEqual((found.p50.value, found.p50.low, found.p50.high), (3.0, 2.0, 5.0))
        self.assertEqual((found.p95.value, found.p95.high, found.count), (5.0, 9.0, 7))
        self.assertIsNone(figures.percentiles([[], []]))

    def test_the_rank_is_the_nearest(self) -> None:
        values = [float(n) for n in range(1, 101)]
        self.assertEqual([figures.rank(values, share) for share in (0.5, 0.95, 0.99)], [50.0, 95.0, 99.0])
        self.assertEqual(figures.rank([7.0], 0.5), 7.0)


class Lagging(unittest.TestCase):
    def test_text_that_comes_at_once_and_in_the_end(self) -> None:
        said = clip(clauses=[clause(2.0, 2.5, 3.0, 3.6), clause(9.0, 4.5, 5.0, 5.6)])
        found = figures.lagging(said)
        # Four words over four seconds: what is captured behind the end counts as the end.
        self.assertAlmostEqual(found["laal_s"] or 0, (2 + 1 + 2) / 3)
        self.assertAlmostEqual(found["laal_elapsed_s"] or 0, (2.5 + 1.5 + 2.5) / 3)
        self.assertGreater(found["atd_s"] or 0, found["atd_policy_s"] or 0)

    def test_a_silence_before_the_recording_changes_nothing(self) -> None:
        said = [clause(2.0, 2.5, 3.0, 3.625), clause(9.0, 4.5, 5.0, 5.625)]
        later = [clause(2.25, 2.75, 3.25, 3.875), clause(9.0, 4.75, 5.25, 5.875)]
        after = figures.lagging(clip(seconds=4.25, silence_s=0.25, clauses=later))
        for name, value in figures.lagging(clip(clauses=said)).items():
            self.assertAlmostEqual(after[name] or 0, value or 1, msg=name)

    def test_a_longer_reference_makes_the_ideal_faster(self) -> None:
        clauses = [clause(2.0, 2.5, 3.0, 3.6), clause(3.5, 3.9, 4.0, 4.6)]
        short, long = clip(clauses=clauses), clip(clauses=clauses, reference="uno dos tres cuatro cinco seis")
        self.assertGreater(figures.lagging(long)["laal_s"] or 0, figures.lagging(short)["laal_s"] or 0)

    def test_nothing_said_is_nothing_measured(self) -> None:
        self.assertEqual(set(figures.lagging(clip()).values()), {None})


class Stages(unittest.TestCase):
    def test_a_budget_that_is_missed_is_named(self) -> None:
        taken = clip(latencies_ms={"asr partial": [400.0, 900.0], "tts": [300.0, 320.0]})
        rows = {row.work: row for row in figures.stage_rows([result(taken)])}
        self.assertEqual(rows["asr partial"].missed, ["p95"])
        self.assertEqual(rows["tts"].missed, [], "the good Spanish voice may take longer")
        light = result(taken, voices={"en-es": {"chosen": "light"}})
        self.assertEqual({row.work: row for row in figures.stage_rows([light])}["tts"].missed, ["p50", "p95"])

    def test_frames_are_those_the_daemon_counted(self) -> None:
        frames = {"stage": "vad", "p50": 0.5, "p95": 0.6, "p99": 0.7, "count": 10}
        rows = figures.stage_rows([result(stages=[frames]), result(stages=[{**frames, "p50": 0.7}])])
        self.assertEqual([(row.work, row.count) for row in rows], [("vad", 20)])
        self.assertAlmostEqual(rows[0].p50, 0.6)


MARKS = [
    {"file": "a", "begins_s": 0.0, "ends_s": 3.0},
    {"file": "b", "begins_s": 5.0, "ends_s": 8.0},
    {"file": "c", "begins_s": 10.0, "ends_s": 12.0},
]


class Lags(unittest.TestCase):
    def test_a_clause_belongs_to_the_clip_whose_sound_completed_it(self) -> None:
        clauses = [clause(1.5, 2.0, 2.5, 4.0), clause(3.4, 3.9, 4.0, 6.0), clause(8.4, 20.0, 20.5, 22.0)]
        found = figures.lags(clip(marks=MARKS, clauses=clauses))
        self.assertEqual([(lag.first_s, lag.last_s) for lag in found], [(2.5, 3.0), (15.5, 14.0), (None, None)])

    def test_growing_lag_is_told_from_lag_that_does_not(self) -> None:
        dull = [figures.Lag("a", float(at), 1.0, 2.0 + 0.1 * (at % 3)) for at in range(60)]
        worse = [figures.Lag("a", lag.at_s, lag.first_s, (lag.last_s or 0) + 0.02 * lag.at_s) for lag in dull]
        flat, grows = figures.lag_trend(dull), figures.lag_trend(worse)
        assert flat and grows
        self.assertTrue(flat.is_flat)
        self.assertGreater(grows.low, 0)

    def test_the_drawing_is_well_formed(self) -> None:
        points = [figures.Lag("a & b", 30.0 * at, None if at == 3 else 1.0, -0.5 + at) for at in range(20)]
        for drawn in (chart.lag_chart(points, figures.lag_trend(points), "a < b"), chart.lag_chart([], None, "")):
            root = ET.fromstring(drawn)
            self.assertEqual(root.tag, "{http://www.w3.org/2000/svg}svg")
        circles = ET.fromstring(chart.lag_chart(points, None, "")).iter("{http://www.w3.org/2000/svg}circle")
        self.assertEqual(len(list(circles)), 2 * 20 - 1 + 2)


if __name__ == "__main__":
    unittest.main()
