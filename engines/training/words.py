"""Writes the words that were learnt well enough: those in ten sentence pairs of people or more.

    python3 words.py CORPORA OUT

leaves OUT/words.en-es.txt (English words, for English to Spanish), OUT/words.es-en.txt and so on, one a line; of Mandarin, characters. A word
that was met less often is what the models put any other in place of.
"""

import lzma
import re
import sys
from collections import Counter
from pathlib import Path

from texts import HAN, simplified

LANGUAGES = ("de", "es", "fr", "zh")
LEAST = 10
WORD = re.compile(rf"[{HAN}]|[^\W\d_{HAN}]+")


def main():
    corpora, out = map(Path, sys.argv[1:3])
    for language in LANGUAGES:
        counts = {f"en-{language}": Counter(), f"{language}-en": Counter()}
        with lzma.open(corpora / f"tatoeba.en-{language}.train.tsv.xz", "rt") as lines:
            for line in lines:
                for count, text in zip(counts.values(), line.rstrip("\n").split("\t")):
                    count.update(set(WORD.findall(simplified(text).lower())))
        for direction, count in counts.items():
            known = sorted(word for word, met in count.items() if met >= LEAST)
            (out / f"words.{direction}.txt").write_text("\n".join(known) + "\n")


if __name__ == "__main__":
    main()
