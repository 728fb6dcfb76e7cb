"""Tests of the instrument that need no model and no package."""

import math
import random
import tempfile
import unittest
from itertools import pairwise
from pathlib import Path

from bench import plan, sound, trend
from clips import Clip, Data, DataError


def tone(length: int, loud: float) -> list[float]:
    return [loud * math.sin(at / 5) for at in range(length)]


def power(samples: sound.Samples) -> float:
    return sum(sample * sample for sample in samples) / len(samples)


class Sound(unittest.TestCase):
    def test_silence_does_not_make_speech_quieter(self) -> None:
        speech = tone(16_000, 3000)
        padded = [0.0] * 32_000 + speech + [1.0] * 16_000
        self.assertAlmostEqual(sound.speech_power(padded) / power(speech), 1, delta=0.02)
        self.assertEqual(sound.speech_power([]), 0)

    def test_noise_has_the_level_asked_for(self) -> None:
        speech = tone(16_000, 3000) + [0.0] * 16_000
        noise = sound.white_noise(7_000, random.Random(1))
        for snr in (10.0, 0.0):
            both = sound.mixed(speech, noise, snr, random.Random(2))
            added = [a - b for a, b in zip(both, speech, strict=True)]
            found = 10 * math.log10(sound.speech_power(speech) / power(added))
            self.assertAlmostEqual(found, snr, places=6)
        self.assertEqual(both, sound.mixed(speech, noise, 0.0, random.Random(2)), "the same seed, the same sound")

    def test_what_is_too_loud_is_made_quieter_and_not_cut(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = sound.write(Path(folder, "a.wav"), [60_000.0, -30_000.0, 100.0])
            self.assertEqual(list(sound.read(path)), [32_767, -16_384, 55])

    def test_a_silence_comes_before_the_recording(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = sound.write(Path(folder, "a.wav"), [5.0, 6.0])
            self.assertEqual(list(sound.read(sound.after(0.25, path, Path(folder)))), [0] * 4_000 + [5, 6])

    def test_a_file_of_another_kind_is_named(self) -> None:
        with tempfile.TemporaryDirectory() as folder, self.assertRaisesRegex(DataError, "nothing.wav"):
            sound.read(Path(folder, "nothing.wav"))

    def test_joined_recordings_are_where_the_marks_say(self) -> None:
        recordings = [("a", [1] * 8_000), ("b", [2] * 16_000), ("c", [3] * 4_000)]
        samples, marks = sound.joined(recordings, 60, (0.5, 1.5), random.Random(3))
        self.assertLessEqual(len(samples), 60 * sound.RATE)
        self.assertGreater(len(samples), 56 * sound.RATE)
        values = {"a": 1, "b": 2, "c": 3}
        for mark in marks:
            within = samples[round(mark.begins_s * sound.RATE) : round(mark.ends_s * sound.RATE)]
            self.assertEqual(set(within), {values[mark.file]})
        self.assertEqual({mark.file for mark in marks[:3]}, {"a", "b", "c"})
        pauses = [after.begins_s - before.ends_s for before, after in pairwise(marks)]
        self.assertTrue(all(0.5 <= pause <= 1.5001 for pause in pauses))


class Plan(unittest.TestCase):
    def test_recordings_of_one_name_in_two_languages_stay_apart(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            recorded = []
            for language, loud in (("en", 1.0), ("es", 2.0)):
                Path(folder, language).mkdir()
                path = sound.write(Path(folder, language, "same.wav"), [loud] * 48_000)
                recorded.append(Clip(path, language, ""))
            ways = [("en", "es"), ("es", "en")]
            options = plan.Options(("clips", "consecutive"), 1, 2, 1.0, "auto", ways, 1)
            for session in plan.sessions(options, Data("", recorded, []), [], Path(folder)):
                said = session.sayings[0]
                self.assertEqual(sound.read(said.path)[-1], {"en": 1, "es": 2}[session.direction[0]])
                self.assertEqual(said.silence_s, {1: 0.0, 2: 0.2}[session.run])
                self.assertAlmostEqual(said.seconds, 3 + said.silence_s)


class Trends(unittest.TestCase):
    def test_students_quantiles_are_those_of_the_tables(self) -> None:
        for freedom, wanted in ((1, 12.706), (2, 4.303), (3, 3.182), (5, 2.571), (10, 2.228), (100, 1.984)):
            self.assertAlmostEqual(trend.student(0.975, freedom), wanted, delta=0.01)

    def test_a_line_is_found_and_noise_is_flat(self) -> None:
        xs = [float(x) for x in range(50)]
        found = trend.trend(xs, [2 + 0.5 * x for x in xs])
        assert found
        self.assertAlmostEqual(found.slope, 0.5)
        self.assertAlmostEqual(found.intercept, 2)
        self.assertFalse(found.is_flat)
        dice = random.Random(4)
        noise = trend.trend(xs, [dice.gauss(1, 0.2) for _ in xs])
        assert noise
        self.assertTrue(noise.is_flat)
        self.assertLess(noise.high - noise.low, 0.02)

    def test_the_interval_is_that_of_the_textbook(self) -> None:
        # Worked by hand: residuals 0.1, -0.1, -0.1, 0.1 around y = x; s = sqrt(0.04 / 2), spread 5.
        found = trend.trend([0, 1, 2, 3], [0.1, 0.9, 1.9, 3.1])
        assert found
        self.assertAlmostEqual(found.slope, 1.0)
        self.assertAlmostEqual(found.high - found.slope, 4.3027 * math.sqrt(0.02 / 5), places=4)

    def test_too_little_says_nothing(self) -> None:
        self.assertIsNone(trend.trend([1, 2, 3], [1, 2, 3]))
        self.assertIsNone(trend.trend([1, 1, 1, 1], [1, 2, 3, 4]))


if __name__ == "__main__":
    unittest.main()
