"""What is learnt from: sentence pairs of people, and what the shipped chain made of English sentences.

    python3 pairs.py CORPORA EVALUATION FOLDER

writes the vocabulary of all of them, FOLDER/shared.spm.
"""

import lzma
import random
import re
import sys
from pathlib import Path

import sentencepiece as spm

from texts import clean, evaluated, key

LANGUAGES = ("de", "es", "fr", "zh")
CHAIN = "<chain>"
TAGS = [*(f"<{language}>" for language in LANGUAGES), CHAIN]
REPEATED = {"zh": 3}
"""How often the pairs of a language with few are taken."""
VOCABULARY = 16_000
PAD, BOS, EOS, UNKNOWN = 0, 1, 2, 3


def pairs_of(corpora, evaluation, folder):
    """Language, English, other, whether the chain made it: without whatever stands in an evaluation file, on either side."""
    seen = evaluated(evaluation)
    found = []

    def take(what, pairs, chain):
        kept = [(english, other) for english, other in pairs if key(english) not in seen and key(other) not in seen]
        print(what, "pairs", len(kept), "left out because they are evaluated", len(pairs) - len(kept), flush=True)
        found.extend((what, english, other, chain) for english, other in kept * (1 if chain else REPEATED.get(what, 1)))

    for language in LANGUAGES:
        made = folder / f"tatoeba.en-{language}.train.tsv.xz"
        with lzma.open(made if made.exists() else corpora / made.name, "rt") as lines:
            cells = [[clean(cell) for cell in line.rstrip("\n").split("\t")] for line in lines]
        take(language, [(row[0], row[1]) for row in cells if len(row) > 1 and row[0] and row[1]], chain=False)
    known = {word for language, _, other, _ in found if language == "es" for word in words(other)}
    take("es", chained(folder, known), chain=True)
    return found


def words(text):
    """Without case and marks."""
    return re.findall(r"\w+", text.lower())


def chained(folder, known):
    """What the chain translated whole; `known` words are Spanish, also where it left them alone."""
    english, spanish = ((folder / name).read_text().splitlines() for name in ("english.txt", "spanish.txt"))
    said = (folder / "untranslated.txt").read_text().splitlines()
    left = {word for line in said for word in words(line.rpartition(": ")[2])} - known

    def whole(source, target):
        given, made = len(source.split()), words(target)
        return made and left.isdisjoint(made) and 0.5 * given - 2 <= len(made) <= 2 * given + 3

    # The last lines may still be lacking.
    rows = [(clean(source), clean(target)) for source, target in zip(english, spanish)]
    return [(source, target) for source, target in rows if whole(source, target)]


def names(folder):
    """Words that are written with a capital letter in the middle of a sentence."""
    text = (folder / "english.txt").read_text()
    return sorted(set(re.findall(r"(?<=[a-z] )[A-Z][a-z]{2,11}\b(?! [A-Z])", text)))


def main():
    corpora, evaluation, folder = map(Path, sys.argv[1:4])
    pairs = pairs_of(corpora, evaluation, folder)
    texts = [text for _, english, other, _ in pairs for text in (english, other)]
    random.Random(7).shuffle(texts)
    with open(folder / "shared.spm", "wb") as model:
        spm.SentencePieceTrainer.train(
            sentence_iterator=iter(texts[:500_000]), model_writer=model, vocab_size=VOCABULARY, model_type="unigram",
            character_coverage=0.9998, byte_fallback=False, pad_id=PAD, bos_id=BOS, eos_id=EOS, unk_id=UNKNOWN,
            user_defined_symbols=TAGS, normalization_rule_name="identity", num_threads=2, minloglevel=2,
        )


if __name__ == "__main__":
    main()
