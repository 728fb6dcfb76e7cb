"""Sentences: how they are made alike, and which are kept for evaluation alone."""

import functools
import re
import unicodedata
from pathlib import Path

HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"
"""Chinese characters, for a class of a regular expression."""
TABLE = Path(__file__).parents[1] / "src" / "data" / "han.tsv"
ALIKE = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "…": "..."})


def key(text):
    """Two sentences with the same key are the same to the evaluation, in whichever script."""
    return simplified(re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold()))


@functools.cache
def table():
    """Traditional characters and the simplified ones that the engine reads them as."""
    rows = (line.split("\t") for line in TABLE.read_text().splitlines() if not line.startswith("#"))
    return {int(one, 16): chr(int(other, 16)) for one, other in rows}


def simplified(text):
    """Traditional characters as simplified ones."""
    return text.translate(table())


def clean(text):
    """One line in composed characters, with plain quotation marks; an engine does the same with what it is given."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip().translate(ALIKE)


def evaluated(folder):
    """The keys of all that stands in an evaluation file: every cell of the parallel texts and of the recordings' index."""
    tables = [*(folder / "parallel").glob("*.tsv"), folder / "INDEX.tsv"]
    cells = (cell for table in tables for line in table.read_text().splitlines()[1:] for cell in line.split("\t"))
    # The index has several translations in one cell: `es=... || fr=...`.
    texts = (re.sub(r"^[a-z]{2}=", "", text.strip()) for cell in cells for text in (cell, *cell.split("||")))
    return {key(text) for text in texts} - {""}
