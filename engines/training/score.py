"""Translates a file of sentence pairs with a trained model, in NumPy, and scores it: what the weights as stored are worth.

    eval/python engines/training/score.py {to,from} PAIRS.tsv LANGUAGE [COLUMN]

Of PAIRS.tsv the first column is English; LANGUAGE is that of COLUMN (1). Greedy decoding, which costs a BLEU or
two, and slow: a second a sentence. Needs the packages of the evaluation and sentencepiece.
"""

import math
import sys
from pathlib import Path

import numpy as np
import sentencepiece
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

import weights

HERE = Path(__file__).resolve().parent
HEADS, ENCODERS, DECODERS = 6, 6, 3
BOS, EOS = 1, 2


class Model:
    """One of the two models."""

    def __init__(self, way: str) -> None:
        """Reads the weights that lie beside this file."""
        self.tensors = weights.read(HERE / f"{way}.safetensors")
        self.pieces = sentencepiece.SentencePieceProcessor(model_file=str(HERE / f"{way}.spm"))
        self.width = self.tensors["embedding.weight"].shape[1]
        rate = np.exp(np.arange(0, self.width, 2) * (-np.log(10_000.0) / self.width))
        angles = np.arange(512)[:, None] * rate
        self.positions = np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(512, self.width).astype(np.float32)

    def linear(self, name: str, x: np.ndarray) -> np.ndarray:
        """A dense layer."""
        return x @ self.tensors[f"{name}.weight"].T + self.tensors[f"{name}.bias"]

    def norm(self, name: str, x: np.ndarray) -> np.ndarray:
        """Layer normalisation."""
        y = x - x.mean(axis=-1, keepdims=True)
        y /= np.sqrt((y * y).mean(axis=-1, keepdims=True) + 1e-5)
        return y * self.tensors[f"{name}.weight"] + self.tensors[f"{name}.bias"]

    def attend(self, name: str, x: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Attention of all heads."""

        def split(y: np.ndarray) -> np.ndarray:
            return y.reshape(len(y), HEADS, -1).swapaxes(0, 1)

        query, keys, values = split(self.linear(f"{name}.q", x)), split(keys), split(values)
        scores = query @ keys.swapaxes(1, 2) / math.sqrt(query.shape[-1])
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        return self.linear(f"{name}.o", (scores @ values).swapaxes(0, 1).reshape(len(x), -1))

    def inner(self, name: str, x: np.ndarray) -> np.ndarray:
        """The feed-forward block."""
        y = self.linear(f"{name}.up", self.norm(f"{name}.inner_norm", x))
        return x + self.linear(f"{name}.down", np.maximum(y, 0))

    def encode(self, ids: list[int]) -> np.ndarray:
        """The source, one row a token."""
        x = self.tensors["embedding.weight"][ids] * math.sqrt(self.width) + self.positions[: len(ids)]
        for layer in range(ENCODERS):
            name = f"encoder.{layer}"
            y = self.norm(f"{name}.norm", x)
            keys, values = (self.linear(f"{name}.attention.{part}", y) for part in "kv")
            x = self.inner(name, x + self.attend(f"{name}.attention", y, keys, values))
        return self.norm("encoder_norm", x)

    def translate(self, text: str, language: str) -> str:
        """The likeliest token at each step."""
        memory = self.encode([self.pieces.piece_to_id(f"<{language}>"), *self.pieces.encode(text), EOS])
        names = [f"decoder.{layer}" for layer in range(DECODERS)]
        cross = [[self.linear(f"{name}.cross.{part}", memory) for part in "kv"] for name in names]
        past = [[np.zeros((0, self.width)), np.zeros((0, self.width))] for _ in names]
        made = [BOS]
        while len(made) < min(2 * len(memory) + 10, len(self.positions)):
            x = self.tensors["embedding.weight"][made[-1:]] * math.sqrt(self.width) + self.positions[len(made) - 1]
            for name, (cross_keys, cross_values), cache in zip(names, cross, past, strict=True):
                y = self.norm(f"{name}.norm", x)
                for at, part in enumerate("kv"):
                    cache[at] = np.concatenate([cache[at], self.linear(f"{name}.attention.{part}", y)])
                x = x + self.attend(f"{name}.attention", y, *cache)
                x = x + self.attend(f"{name}.cross", self.norm(f"{name}.cross_norm", x), cross_keys, cross_values)
                x = self.inner(name, x)
            logits = self.norm("decoder_norm", x) @ self.tensors["embedding.weight"].T + self.tensors["bias"]
            made.append(int(logits[0].argmax()))
            if made[-1] == EOS:
                break
        return self.pieces.decode([token for token in made if token not in (BOS, EOS)])


def main() -> None:
    """Prints BLEU, chrF and the first few translations."""
    way, path, language = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    column = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    rows = [line.split("\t") for line in path.read_text().splitlines()[1:]]
    pairs = [(row[0], row[column]) if way == "to" else (row[column], row[0]) for row in rows if row[column]]
    model = Model(way)
    made = [model.translate(source, language) for source, _ in pairs]
    references = [[reference for _, reference in pairs]]
    bleu, chrf = BLEU().corpus_score(made, references).score, CHRF().corpus_score(made, references).score
    print(f"{way} {language} {path.name}: {len(pairs)} sentences, BLEU {bleu:.1f}, chrF {chrf:.1f}")
    for (source, _), translation in list(zip(pairs, made, strict=True))[:5]:
        print(f"  {source} -> {translation}")


if __name__ == "__main__":
    main()
