"""A translation model that engines/training/ trained -> encoder.onnx and decoder.onnx.

The source's first token names the language; the graphs know nothing of that.
"""

import glob
import json
import math
import os

import numpy as np
from onnx import TensorProto

import transformer as tf

HEADS = 6
LONGEST = 512
"""Tokens of a source or of a translation."""


def read(path):
    """The tensors of a safetensors file by name; matrices of 8-bit integers have their scale, one a row, beside them."""
    with open(path, "rb") as file:
        data = file.read()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    kinds = {"I8": np.int8, "F32": np.dtype("<f4")}
    found = {}
    for name, entry in header.items():
        first, last = (8 + length + offset for offset in entry["data_offsets"])
        found[name] = np.frombuffer(data[first:last], kinds[entry["dtype"]]).reshape(entry["shape"])
    return {n: t * found[n + ".scale"][:, None] if n + ".scale" in found else t for n, t in found.items()}


class Weights:
    def __init__(self, tensors):
        self.tensors = tensors

    def __call__(self, name):
        if name not in self.tensors:
            raise SystemExit(f"the model has no tensor {name}")
        return self.tensors[name].astype(np.float32)

    def norm(self, name):
        return self(f"{name}.weight"), self(f"{name}.bias")

    def count(self, side):
        return len({name.split(".")[1] for name in self.tensors if name.startswith(f"{side}.")})

    def layer(self, prefix, crosses):
        """A layer; PyTorch stores [out, in]. A bias of keys moves all scores of a query alike, so it is left out."""

        def attention(name, part):
            return {
                f"{part}q": self(f"{name}.q.weight").T, f"{part}q_bias": self(f"{name}.q.bias"),
                f"{part}k": self(f"{name}.k.weight").T,
                f"{part}v": self(f"{name}.v.weight").T, f"{part}v_bias": self(f"{name}.v.bias"),
                f"{part}out": self(f"{name}.o.weight").T, f"{part}out_bias": self(f"{name}.o.bias"),
            }

        found = attention(f"{prefix}.attention", "") | {
            "norm1": self.norm(f"{prefix}.norm"), "norm3" if crosses else "norm2": self.norm(f"{prefix}.inner_norm"),
            "fc1": self(f"{prefix}.up.weight").T, "fc1_bias": self(f"{prefix}.up.bias"),
            "fc2": self(f"{prefix}.down.weight").T, "fc2_bias": self(f"{prefix}.down.bias"),
        }
        if crosses:
            found |= attention(f"{prefix}.cross", "cross_") | {"norm2": self.norm(f"{prefix}.cross_norm")}
        return found


def sinusoids(width):
    """[longest, width], as in Vaswani et al. 2017, with sine and cosine in turn; rounded, as processors differ in the last bits."""
    rate = np.exp(np.arange(0, width, 2) * (-math.log(10_000.0) / width))
    angle = np.arange(LONGEST)[:, None] * rate
    table = np.stack([np.sin(angle), np.cos(angle)], axis=-1).reshape(LONGEST, width)
    return (np.rint(table * 2**16) / 2**16).astype(np.float32)


def write_encoder(w, embedding, decoder_layers, args):
    g = tf.Graph("translation_encoder", args.precision == "int8")
    ids = g.input("input_ids", TensorProto.INT64, [1, "tokens"])
    width = embedding.shape[1]
    x, _, _ = g.embedding(ids, embedding)
    x = g.op("Mul", x, g.scalar(math.sqrt(width)))
    positions = g.const("positions", sinusoids(width))
    x = g.op("Add", x, g.op("Slice", positions, g.ints(0), g.op("Shape", ids, start=1, end=2), g.ints(0)))
    for n in range(w.count("encoder")):
        x = tf.encoder_layer(g, x, f"{n}", w.layer(f"encoder.{n}", False), HEADS, activation="Relu")
    x = g.layer_norm(x, "norm", *w.norm("encoder_norm"))
    tf.cross_outputs(g, x, decoder_layers, HEADS)
    g.save(os.path.join(args.out, "encoder.onnx"))


def main():
    args = tf.arguments(__doc__)

    found = glob.glob(os.path.join(args.source, "*.safetensors"))
    if len(found) != 1:
        raise SystemExit(f"{args.source} holds {len(found)} files *.safetensors instead of one")
    w = Weights(read(found[0]))
    embedding = w("embedding.weight")
    layers = [w.layer(f"decoder.{n}", True) for n in range(w.count("decoder"))]
    write_encoder(w, embedding, layers, args)
    g = tf.Graph("translation_decoder", args.precision == "int8")
    tf.decoder(
        g,
        layers,
        HEADS,
        embedding,
        w.norm("decoder_norm"),
        positions=sinusoids(embedding.shape[1]),
        activation="Relu",
        embedding_scale=math.sqrt(embedding.shape[1]),
        output_bias=w("bias"),
    )
    g.save(os.path.join(args.out, "decoder.onnx"))


if __name__ == "__main__":
    main()
