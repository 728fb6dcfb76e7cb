"""Tests of what needs no model and no package: `python3 -m unittest discover -s eval`."""

import json
import tempfile
import tomllib
import unittest
from pathlib import Path

import clips
import dangers
import results
import table
import targets
from command import Dragoman, Usage
from normalise import mandarin_number, normalise

SPELL = {0: "zero", 10: "ten", 2026: "two thousand and twenty six"}.__getitem__


class Normalisation(unittest.TestCase):
    def test_case_punctuation_and_apostrophes_do_not_count(self) -> None:
        self.assertEqual(
            normalise("I'm SORRY, but…  it\u2019s (not) here!", "en", SPELL, fold=False), "im sorry but its not here"
        )
        self.assertEqual(normalise("ill-disposed", "en", SPELL, fold=False), "ill disposed")

    def test_numbers_are_written_out(self) -> None:
        self.assertEqual(normalise("Go 10 metres", "en", SPELL, fold=False), "go ten metres")
        self.assertEqual(normalise("in 2,026", "en", SPELL, fold=False), "in two thousand and twenty six")
        self.assertEqual(normalise("10:10, 0.10", "en", SPELL, fold=False), "ten ten zero ten")

    def test_titles_are_written_out(self) -> None:
        self.assertEqual(normalise("Mr. Dashwood", "en", SPELL, fold=False), "mister dashwood")
        self.assertEqual(normalise("la Sra. Pérez", "es", SPELL, fold=False), "la señora pérez")

    def test_accents_are_folded_only_where_asked_for(self) -> None:
        self.assertEqual(normalise("¿El NÚMERO del año?", "es", SPELL, fold=False), "el número del año")
        self.assertEqual(normalise("¿El NÚMERO del año?", "es", SPELL, fold=True), "el numero del ano")
        decomposed = "nu\u0301mero"
        self.assertEqual(normalise(decomposed, "es", SPELL, fold=False), "número")

    def test_mandarin_is_compared_by_characters_of_one_script(self) -> None:
        self.assertEqual(normalise("電話,好嗎？OK", "zh", mandarin_number, fold=True), "电 话 好 吗 ok")
        self.assertEqual(normalise("我有12本書", "zh", mandarin_number, fold=True), "我 有 十 二 本 书")

    def test_mandarin_numbers_are_counted(self) -> None:
        found = {number: mandarin_number(number) for number in (0, 10, 15, 20, 105, 110, 2005, 3210, 10_000, 35_206)}
        self.assertEqual(
            list(found.values()),
            [
                "零",
                "十",
                "十五",
                "二十",
                "一百零五",
                "一百一十",
                "二千零五",
                "三千二百一十",
                "一万",
                "三万五千二百零六",
            ],
        )

    def test_nothing_stays_nothing(self) -> None:
        self.assertEqual(normalise(" ¿…? ", "es", SPELL, fold=True), "")


class Tables(unittest.TestCase):
    def test_columns_are_aligned(self) -> None:
        text = table.render("Title", ["", "WER", ""], [["English", "5.0 %", "PASS"], ["Spanish, long", "12.0 %", ""]])
        self.assertEqual(
            text.splitlines(),
            ["Title", "                    WER", "  English         5.0 %  PASS", "  Spanish, long  12.0 %"],
        )

    def test_a_row_of_the_wrong_length_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "1 cells under 2"):
            table.render("Title", ["", "WER"], [["English"]])

    def test_what_was_not_measured_is_a_dash(self) -> None:
        self.assertEqual([table.number(None), table.percent(None)], ["-", "-"])
        self.assertEqual([table.number(3.14159, 2), table.percent(0.0525)], ["3.14", "5.2 %"])


class Bounds(unittest.TestCase):
    def test_english_is_held_as_written_and_spanish_folded(self) -> None:
        for language, rates, verdict in (("en", (0.07, 0.01), "MISS"), ("es", (0.25, 0.20), "PASS")):
            bound = targets.recognition(language, *rates)
            self.assertEqual(bound and bound.verdict, verdict)
        self.assertIsNone(targets.recognition("zh", 1.0, 1.0))

    def test_bleu_has_a_bound_on_one_set_only(self) -> None:
        bound = targets.text("tatoeba", "en-es", 27.99)
        self.assertIsNotNone(bound)
        self.assertEqual(bound and bound.verdict, "MISS")
        self.assertIsNone(targets.text("asterisk", "en-es", 1.0))
        bound = targets.text("tatoeba", "en-de", 24.9)
        self.assertEqual(bound and bound.verdict, "MISS")


class Dangerous(unittest.TestCase):
    def test_every_sentence_is_judged_right_as_a_person_wrote_it(self) -> None:
        judge = dangers.Judge.load()
        for name in dangers.SETS:
            sentences = dangers.load(name)
            self.assertGreaterEqual(len(sentences), 100)
            for sentence in sentences:
                for language, text in sentence.texts.items():
                    self.assertEqual(judge.wrong(sentence, language, text), [], text)

    def test_what_is_dangerous_is_found_whatever_it_is(self) -> None:
        judge = dangers.Judge.load()
        sentence = dangers.Sentence("direction", ("left>right",), ("not",), {})
        self.assertEqual(judge.wrong(sentence, "de", "Erst links, dann rechts."), [])
        self.assertEqual(judge.wrong(sentence, "de", "Erst rechts, dann links."), ["left>right"])
        self.assertEqual(judge.wrong(sentence, "en", "Not left and right."), ["!not"])
        half = dangers.Sentence("time", ("7:30|8:45",), (), {})
        for text in ("Um halb acht.", "Um 7.30 Uhr.", "Um sieben Uhr dreißig.", "Um Viertel vor neun."):
            self.assertEqual(judge.wrong(half, "de", text), [], text)
        self.assertEqual(judge.wrong(half, "de", "Um halb sieben."), ["7:30|8:45"])

    def test_a_configuration_is_kept_but_for_the_layer(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            own, other = Path(folder, "own.toml"), Path(folder, "other.toml")
            own.write_text("[asr]\nbeam_size = 2\n[mt]\nclause_words = 4\nsafety = true\n", encoding="utf-8")
            program = Dragoman(Path("/bin/true"), own)
            program.with_switch(other, "mt", "safety", is_on=False)
            found = tomllib.loads(other.read_text(encoding="utf-8"))
            self.assertEqual(found, {"asr": {"beam_size": 2}, "mt": {"clause_words": 4, "safety": False}})

    def test_shares_are_of_all_sentences(self) -> None:
        def judged(without: list[str], wrong: list[str], doubts: list[str]) -> dangers.Judged:
            return dangers.Judged("time", "", "", without, "", wrong, doubts, [])

        rows = [judged(["a"], [], []), judged(["a"], ["a"], [])]
        rows += [judged([], ["a"], ["number"]), judged([], [], ["food"])]
        found = dangers.Dangers(rows, Usage())
        self.assertEqual((found.without, found.unmarked, found.marked, found.false_alarms), (0.5, 0.25, 0.25, 0.25))


class Recordings(unittest.TestCase):
    def test_references_are_told_apart(self) -> None:
        row = {"reference_translations": "es=Si a = b, bien. || fr=Bien."}
        self.assertEqual(clips.references(row), {"es": "Si a = b, bien.", "fr": "Bien."})
        self.assertEqual(clips.references({"reference_translations": ""}), {})

    def test_the_recordings_of_the_tests_are_found(self) -> None:
        folder = clips.ROOT / "engines" / "tests" / "clips"
        found = clips.shipped(folder)
        self.assertGreaterEqual(len(found.clips_of("en")), 1)
        self.assertGreaterEqual(len(found.clips_of("es")), 1)
        self.assertTrue(all(clip.path.is_file() and clip.transcript for clip in found.clips))

    def test_a_set_that_is_not_there_is_named(self) -> None:
        with tempfile.TemporaryDirectory() as empty, self.assertRaisesRegex(clips.DataError, "INDEX.tsv"):
            clips.full(Path(empty))


class Results(unittest.TestCase):
    def sample(self) -> dict[str, object]:
        sample: dict[str, object] = json.loads((Path(__file__).parent / "sample.json").read_text(encoding="utf-8"))
        return sample

    def test_a_good_result_has_no_problems(self) -> None:
        self.assertEqual(results.problems(self.sample()), [])

    def test_what_is_wrong_is_named_with_its_place(self) -> None:
        sample = self.sample()
        sample["cpu_seconds"] = "12"
        sample["colour"] = "blue"
        sample["models"] = [{"name": "whisper-base", "file": "encoder.onnx", "sha256": "ABC"}]
        del sample["machine"]
        found = "\n".join(results.problems(sample))
        self.assertIn("eval.cpu_seconds: '12' is no number", found)
        self.assertIn("eval: colour is unknown", found)
        self.assertIn("eval.models[0].sha256: 'ABC' does not match", found)
        self.assertIn("eval: machine is missing", found)

    def test_true_is_no_number(self) -> None:
        sample = self.sample()
        sample["cpu_seconds"] = True
        self.assertEqual(results.problems(sample), ["eval.cpu_seconds: True is no number"])

    def test_a_kind_that_is_unknown_is_refused(self) -> None:
        documents: list[object] = [{"kind": "guess"}, {}, [], {"kind": ["eval"]}]
        for document in documents:
            self.assertIn("is none of run, bench, bench-streams, eval", results.problems(document)[0])

    def test_a_rule_that_is_not_checked_is_an_error(self) -> None:
        with self.assertRaisesRegex(ValueError, "minimum"):
            results.problems({"kind": "run"}, {"$defs": {"run": {"minimum": 0}}})

    def test_percentiles_are_of_the_nearest_rank(self) -> None:
        row = results.stage("mt", "sentence", [float(n) for n in range(100, 0, -1)])
        self.assertEqual([row["p50"], row["p95"], row["p99"], row["count"]], [50.0, 95.0, 99.0, 100])
        row = results.stage("mt", "sentence", [7.0])
        self.assertEqual([row["p50"], row["p95"], row["p99"], row["count"]], [7.0, 7.0, 7.0, 1])

    def test_model_files_are_hashed(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "abc", "model.bin")
            path.parent.mkdir()
            path.write_bytes(b"abc")
            digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            self.assertEqual(results.models(Path(folder)), [{"name": "abc", "file": "model.bin", "sha256": digest}])

    def test_this_machine_fits_the_schema(self) -> None:
        sample = self.sample()
        sample["machine"] = results.machine()
        self.assertEqual(results.problems(sample), [])


if __name__ == "__main__":
    unittest.main()
