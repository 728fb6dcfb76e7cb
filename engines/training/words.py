"""Writes the words that were learnt well enough: those in ten sentence pairs of people or more.

    python3 words.py CORPORA OUT

leaves OUT/words.en-es.txt (English words, for English to Spanish), OUT/words.es-en.txt and so on, one a line; of Mandarin, characters. A word
that was met less often is what the models put any other in place of. Phrases of the table of substitutes that were met as often are among them:
"traffic light", with a space between its words; "红绿灯".
"""

import lzma
import re
import sys
from collections import Counter
from pathlib import Path

from texts import HAN, simplified

LANGUAGES = ("de", "es", "fr", "zh")
LEAST = 10
LONGEST = 7
"""Words of the longest phrase that is looked for, characters in Mandarin."""
WORD = re.compile(rf"[{HAN}]|[^\W\d_{HAN}]+")
RUN = re.compile(r"[^\W\d_]+")
TABLE = Path(__file__).resolve().parent.parent / "src/mt/data/guard/substitutes.tsv"
COLUMNS = {"en": 2, "es": 3, "fr": 4, "de": 5, "zh": 6}


def phrases():
    """The phrases of the table by language."""
    found = {language: set() for language in COLUMNS}
    for line in TABLE.read_text().splitlines():
        cells = line.split("\t")
        if line.startswith("#") or len(cells) < 7:
            continue
        for language, column in COLUMNS.items():
            for form in cells[column].split(":")[-1].split("|"):
                form = simplified(form).lower() if language == "zh" else " ".join(RUN.findall(form.lower()))
                if len(form) > 1 and (language == "zh" or " " in form):
                    found[language].add(form)
    return found


def phrases_in(text, language, known):
    """Those of the `known` phrases that a text holds."""
    parts = text if language == "zh" else RUN.findall(text)
    gap = "" if language == "zh" else " "
    for length in range(2, LONGEST + 1):
        for begin in range(len(parts) - length + 1):
            phrase = gap.join(parts[begin : begin + length])
            if phrase in known:
                yield phrase


def main():
    corpora, out = map(Path, sys.argv[1:3])
    known = phrases()
    for language in LANGUAGES:
        counts = {f"en-{language}": Counter(), f"{language}-en": Counter()}
        with lzma.open(corpora / f"tatoeba.en-{language}.train.tsv.xz", "rt") as lines:
            for line in lines:
                for (direction, count), text in zip(counts.items(), line.rstrip("\n").split("\t")):
                    text = simplified(text).lower()
                    source = direction.split("-")[0]
                    count.update(set(WORD.findall(text)) | set(phrases_in(text, source, known[source])))
        for direction, count in counts.items():
            learnt = sorted(word for word, met in count.items() if met >= LEAST)
            (out / f"words.{direction}.txt").write_text("\n".join(learnt) + "\n")


if __name__ == "__main__":
    main()
