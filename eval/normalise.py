"""Brings text into the form in which words are compared, so that only what was said counts.

In this order: small letters; the apostrophe vanishes (`I'm` is `im`) and every other mark of punctuation becomes a
space; titles that recognisers shorten are written out; numbers in digits are written out in the language's words;
and, where asked for, accents and tildes are folded away (`número` is `numero`), because the Spanish transcripts of the
telephone prompts often lack them.
"""

import re
import unicodedata
from collections.abc import Callable

TITLES = {
    "en": {"mr": "mister", "mrs": "missus", "dr": "doctor"},
    "es": {"sr": "señor", "sra": "señora", "dr": "doctor"},
}


def normalise(text: str, language: str, spell: Callable[[int], str], *, fold: bool) -> str:
    """Words divided by single spaces. `spell` writes a number in words; `fold` removes accents."""
    text = unicodedata.normalize("NFC", text).lower()
    text = re.sub("['\u2019]", "", text)
    # A separator of thousands stands between digits; anything else between digits divides numbers.
    text = re.sub(r"(?<=\d)[.,](?=\d{3}\b)", "", text)
    text = re.sub(r"\d+", lambda digits: f" {spell(int(digits[0]))} ", text)
    text = re.sub(r"[\W_]", " ", text)
    text = " ".join(TITLES[language].get(word, word) for word in text.split())
    return fold_accents(text) if fold else text


def fold_accents(text: str) -> str:
    """Letters without their marks."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
