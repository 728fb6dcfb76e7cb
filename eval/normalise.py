"""Brings text into the form in which words are compared, so that only what was said counts.

In this order: traditional Chinese characters become simplified ones; small letters; the apostrophe vanishes (`I'm` is
`im`) and every other mark of punctuation becomes a space; titles that recognisers shorten are written out; numbers in
digits are written out in the language's words; and, where asked for, accents and tildes are folded away (`número` is
`numero`), because the Spanish transcripts of the telephone prompts often lack them. Mandarin is compared character by
character, so each stands alone.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path

HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"
"""Chinese characters, for a class of a regular expression."""
TABLE = Path(__file__).parent.parent / "engines" / "src" / "data" / "han.tsv"
TITLES = {
    "en": {"mr": "mister", "mrs": "missus", "dr": "doctor"},
    "es": {"sr": "señor", "sra": "señora", "dr": "doctor"},
    "fr": {"m": "monsieur", "mr": "monsieur", "mme": "madame", "dr": "docteur"},
    "de": {"hr": "herr", "fr": "frau", "dr": "doktor"},
    "zh": dict[str, str](),
}


def normalise(text: str, language: str, spell: Callable[[int], str], *, fold: bool) -> str:
    """Words divided by single spaces. `spell` writes a number in words; `fold` removes accents."""
    text = simplified(unicodedata.normalize("NFC", text)).lower()
    text = re.sub("['\u2019]", "", text)
    # A separator of thousands stands between digits; anything else between digits divides numbers.
    text = re.sub(r"(?<=\d)[.,](?=\d{3}\b)", "", text)
    text = re.sub(r"\d+", lambda digits: f" {spell(int(digits[0]))} ", text)
    text = re.sub(r"[\W_]", " ", text)
    if language == "zh":
        text = re.sub(f"([{HAN}])", r" \1 ", text)
    text = " ".join(TITLES[language].get(word, word) for word in text.split())
    return fold_accents(text) if fold else text


@cache
def table() -> dict[int, str]:
    """Traditional characters and the simplified ones that stand for them."""
    rows = (line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return {int(one, 16): chr(int(other, 16)) for one, other in rows}


def simplified(text: str) -> str:
    """Traditional characters as simplified ones."""
    return text.translate(table())


def mandarin_number(number: int) -> str:
    """In characters, below a hundred million as it is counted, digit by digit above."""
    digits = "零一二三四五六七八九"
    if number >= 10**8:
        return "".join(digits[int(each)] for each in str(number))
    if number >= 10**4:
        rest = number % 10**4
        gap = "零" if 0 < rest < 1000 else ""
        return f"{mandarin_number(number // 10**4)}万{gap}{mandarin_number(rest) if rest else ''}"
    if number < 10:
        return digits[number]
    if number < 20:
        return f"十{digits[number % 10] if number % 10 else ''}"
    size, unit = max((10**power, unit) for power, unit in ((1, "十"), (2, "百"), (3, "千")) if number >= 10**power)
    first, rest = divmod(number, size)
    gap = "零" if 0 < rest < size // 10 else ""
    ten = "一" if 10 <= rest < 20 else ""
    return f"{digits[first]}{unit}{gap}{ten}{mandarin_number(rest) if rest else ''}"


def fold_accents(text: str) -> str:
    """Letters without their marks."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
