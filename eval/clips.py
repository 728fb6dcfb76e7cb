"""What there is to evaluate: recordings with transcripts, and sentence pairs."""

import csv
import os
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("en", "es", "fr", "de", "zh")
SETS = (
    ("tatoeba", "tatoeba.en-es.tsv", "es"),
    ("tatoeba", "tatoeba.en-fr.tsv", "fr"),
    ("tatoeba", "tatoeba.en-de.tsv", "de"),
    ("tatoeba", "tatoeba.en-zh.tsv", "zh"),
    ("hsk", "hsk.zh-en.tsv", "zh"),
    ("asterisk", "asterisk.en-es-fr.tsv", "es"),
    ("asterisk", "asterisk.en-es-fr.tsv", "fr"),
)
"""Sentences in English and another language: what they are called, the file, the other language."""


class DataError(Exception):
    """The data cannot be read; the message says which file and what to do."""


@dataclass(frozen=True)
class Clip:
    """A recording of one person, or a sentence that the program itself has spoken."""

    path: Path
    language: str
    transcript: str
    translations: dict[str, str] = field(default_factory=dict)
    """Reference translations by language."""
    is_made: bool = False
    """Spoken by the program."""

    @property
    def name(self) -> str:
        """Unique among the clips of a language."""
        return self.path.name.removesuffix(".wav").removesuffix(".16k")


@dataclass(frozen=True)
class PairSet:
    """Sentences and their human translations."""

    name: str
    language: str
    """The other language than English."""
    pairs: list[tuple[str, str]]
    """English, the other."""

    @property
    def directions(self) -> list[tuple[str, str]]:
        """Both ways."""
        return [("en", self.language), (self.language, "en")]


@dataclass(frozen=True)
class Data:
    """Everything to evaluate."""

    origin: str
    clips: list[Clip]
    pair_sets: list[PairSet]

    def clips_of(self, language: str) -> list[Clip]:
        """The recordings in a language."""
        return [clip for clip in self.clips if clip.language == language]

    def quick(self) -> "Data":
        """Every fifth recording and every tenth sentence pair."""
        clips = [clip for language in LANGUAGES for clip in self.clips_of(language)[::5]]
        pair_sets = [PairSet(each.name, each.language, each.pairs[::10]) for each in self.pair_sets]
        return Data(f"{self.origin} (quick: a subset)", clips, pair_sets)


def load() -> Data:
    """The full set where it is to be had, else the recordings of the tests.

    The full set is the directory `$DRAGOMAN_EVAL`, or `../shared/eval` beside the checkout.
    """
    found = folder()
    return full(found) if found else shipped(ROOT / "engines" / "tests" / "clips")


def folder() -> Path | None:
    """Where the full set lies, if it is here."""
    named = os.environ.get("DRAGOMAN_EVAL")
    folder = Path(named) if named else ROOT.parent / "shared" / "eval"
    if named and not folder.is_dir():
        raise DataError(f"$DRAGOMAN_EVAL names {folder}, which is not a directory")
    return folder if folder.is_dir() else None


def full(folder: Path) -> Data:
    """The recordings that `INDEX.tsv` lists, and the sentence pairs of `parallel`."""
    return Data(str(folder), _indexed_clips(folder), _pair_sets(folder / "parallel"))


def shipped(folder: Path) -> Data:
    """The recordings of the tests, which have no reference translations."""
    clips = [
        Clip(folder / row["file"], row["language"], row["transcript"])
        for row in _rows(folder / "clips.tsv")
        if row["language"] in LANGUAGES
    ]
    return Data(f"{folder.relative_to(ROOT)} (the full set is not here: set $DRAGOMAN_EVAL)", clips, [])


def _indexed_clips(folder: Path) -> list[Clip]:
    """The recordings that `INDEX.tsv` lists as human speech in our languages."""
    clips = []
    for row in _rows(folder / "INDEX.tsv"):
        if row["kind"] == "human" and row["lang"] in LANGUAGES:
            clips.append(Clip(folder / row["file"], row["lang"], row["transcript"], references(row)))
    return clips


def references(row: dict[str, str]) -> dict[str, str]:
    """Reads the column `reference_translations`: `es=... || fr=...`."""
    parts = [part.split("=", 1) for part in row["reference_translations"].split(" || ") if part]
    return {language.strip(): text.strip() for language, text in parts}


def _pair_sets(folder: Path) -> list[PairSet]:
    sets = []
    for name, file, other in SETS:
        pairs = [(row["en"], row[other]) for row in _rows(folder / file) if row["en"] and row[other]]
        sets.append(PairSet(name, other, pairs))
    return sets


def _rows(path: Path) -> list[dict[str, str]]:
    """Lines of tab-separated columns under a heading; quotation marks are ordinary characters."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE, restval=""))
    except OSError as error:
        raise DataError(f"cannot read the evaluation data: {error}") from error
