"""Sentences: how they are made alike, and which are kept for evaluation alone."""

import re
import unicodedata

ALIKE = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "…": "..."})


def key(text):
    """Two sentences with the same key are the same to the evaluation."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


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
