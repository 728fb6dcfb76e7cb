"""Tests of the latency scores against those of SimulEval: see fixtures/make_simuleval.py."""

import json
import unittest
from pathlib import Path
from typing import Any

from simultaneity import Chunk, average_token_delay, length_adaptive_average_lagging

LOGS = Path(__file__).parent / "fixtures" / "simuleval.jsonl"


def logs() -> list[dict[str, Any]]:
    return [json.loads(line) for line in LOGS.read_text(encoding="utf-8").splitlines()]


def words(log: dict[str, Any], time: str) -> list[float]:
    return [clause[time] for clause in log["clauses"] for _ in clause["text"].split()]


class AsSimulEval(unittest.TestCase):
    def check(self, name: str, value: float, log: dict[str, Any]) -> None:
        self.assertAlmostEqual(value, log["scores"][name], places=6, msg=f"{name} of {log}")

    def test_lagging_of_text(self) -> None:
        for log in logs():
            source, reference = log["source_length"], len(log["reference"].split(" "))
            delays, shown = words(log, "source_until"), words(log, "shown")
            self.check("LAAL", length_adaptive_average_lagging(delays, source, reference), log)
            self.check("LAAL without reference", length_adaptive_average_lagging(delays, source), log)
            self.check("LAAL_CA", length_adaptive_average_lagging(shown, source, reference), log)

    def test_delay_of_speech(self) -> None:
        for log in logs():
            heard = [(clause["source_until"], *clause["heard"]) for clause in log["clauses"]]
            supposed = [Chunk(source_until, duration) for source_until, _, duration in heard]
            self.check("ATD", average_token_delay(supposed), log)
            observed = [Chunk(source_until, duration, begins) for source_until, begins, duration in heard]
            self.check("ATD observed", average_token_delay(observed), log)

    def test_there_is_something_to_compare(self) -> None:
        self.assertGreaterEqual(len(logs()), 20)


if __name__ == "__main__":
    unittest.main()
