"""Dangerous errors: numbers, left and right, allergens and the like, with the safety layer and without it.

The sentences and what judges them are in eval/safety; the program's own tables play no part in it.
"""

import csv
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from command import Dragoman, Usage

FOLDER = Path(__file__).resolve().parent / "safety"
SETS = {"known": "sentences.tsv", "held out": "held_out.tsv"}
"""Sentences whose errors were looked at while the program was made; others that nobody had looked at before."""
LANGUAGES = ("en", "es", "fr", "de", "zh")


@dataclass(frozen=True)
class Sentence:
    """A sentence in five languages, and what its translations must hold and must not."""

    kind: str
    must: tuple[str, ...]
    must_not: tuple[str, ...]
    texts: dict[str, str]


class Judge:
    """Whether a translation holds what it must: by regular expressions."""

    def __init__(self, expressions: dict[str, dict[str, re.Pattern[str]]]) -> None:
        self._expressions = expressions

    @staticmethod
    def load() -> "Judge":
        """From judge.tsv."""
        rows = _rows(FOLDER / "judge.tsv")
        return Judge({row["what"]: {code: re.compile(row[code], re.I) for code in LANGUAGES} for row in rows})

    def wrong(self, sentence: Sentence, language: str, translation: str) -> list[str]:
        """What is missing, and with `!` what is there and must not be; nothing where the translation is right."""
        missing = [each for each in sentence.must if not self._holds(each, language, translation)]
        added = [f"!{each}" for each in sentence.must_not if self._holds(each, language, translation)]
        return missing + added

    def _holds(self, names: str, language: str, text: str) -> bool:
        """`a|b`: one of both is enough. `a>b`: both, and a stands first."""

        def found(names: str) -> bool:
            places = [self._expressions[name][language].search(text) for name in names.split(">")]
            begins = [place.start() for place in places if place]
            return len(begins) == len(places) and begins == sorted(begins)

        return any(found(each) for each in names.split("|"))


def load(name: str) -> list[Sentence]:
    """One of the sets."""

    def names(cell: str) -> tuple[str, ...]:
        return tuple(name.strip() for name in cell.split(";") if name.strip())

    return [
        Sentence(row["kind"], names(row["must"]), names(row["must not"]), {code: row[code] for code in LANGUAGES})
        for row in _rows(FOLDER / SETS[name])
    ]


def _rows(path: Path) -> list[dict[str, str]]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


@dataclass(frozen=True)
class Judged:
    """A sentence with both of its translations."""

    kind: str
    source: str
    without: str
    """The translation without the safety layer."""
    without_wrong: list[str]
    target: str
    """The translation with it."""
    wrong: list[str]
    doubts: list[str]
    """What the program said to be in doubt: whoever hears the translation is told."""
    notes: list[str]


@dataclass
class Dangers:
    """The sentences in one direction."""

    judged: list[Judged]
    usage: Usage

    def _share(self, is_one: Callable[[Judged], bool]) -> float:
        return sum(map(is_one, self.judged)) / max(len(self.judged), 1)

    @property
    def without(self) -> float:
        """Share of dangerous errors without the layer."""
        return self._share(lambda each: bool(each.without_wrong))

    @property
    def unmarked(self) -> float:
        """Share with it: wrong, and spoken as if it were right."""
        return self._share(lambda each: bool(each.wrong) and not each.doubts)

    @property
    def marked(self) -> float:
        """Share with it: wrong, and said to be in doubt."""
        return self._share(lambda each: bool(each.wrong) and bool(each.doubts))

    @property
    def false_alarms(self) -> float:
        """Share with it: right, and said to be in doubt."""
        return self._share(lambda each: not each.wrong and bool(each.doubts))


def measure(
    dragoman: Dragoman, sentences: list[Sentence], direction: tuple[str, str], tick: Callable[[str], None]
) -> Dangers:
    """Translates every sentence with and without the layer."""
    source, target = direction
    texts = [sentence.texts[source] for sentence in sentences]
    judge, usage = Judge.load(), Usage()
    answers = []
    with tempfile.TemporaryDirectory() as folder:
        for is_safe in (False, True):
            program = dragoman.with_switch(Path(folder) / "config.toml", "mt", "safety", is_on=is_safe)
            answers.append(program.translate_lines(source, target, texts, usage))
            for _ in texts:
                tick(f"safety {source}-{target}")
    judged = [
        Judged(
            sentence.kind,
            sentence.texts[source],
            without.text,
            judge.wrong(sentence, target, without.text),
            done.text,
            judge.wrong(sentence, target, done.text),
            done.doubts,
            done.notes,
        )
        for sentence, without, done in zip(sentences, *answers, strict=True)
    ]
    return Dangers(judged, usage)
