"""Whisper (CTranslate2 weights, in parts) -> encoder.onnx and decoder.onnx.

The encoder graph takes 16 kHz samples of any length up to 30 s and holds the log-mel front
end too, so that nothing about Whisper's features has to be written a second time. The
positional embedding is cut to the sound's length: short sound costs little.
"""

import glob
import io
import os
import struct

import numpy as np
from onnx import TensorProto

import transformer as tf

# The front end of the Whisper paper (Radford et al. 2022, section 2.2).
RATE, FFT, HOP, MELS = 16000, 400, 160, 80
TYPES = [np.float32, np.int8, np.int16, np.int32, np.float16]


def read_ctranslate2(data):
    """The variables of a CTranslate2 model file (binary version 6), by name."""
    file = io.BytesIO(data)

    def number(kind):
        return struct.unpack("<" + kind, file.read(struct.calcsize(kind)))[0]

    def text():
        return file.read(number("H"))[:-1].decode()

    version = number("I")
    if version != 6:
        raise SystemExit(f"CTranslate2 binary version {version}, expected 6")
    spec = text()
    if spec != "WhisperSpec":
        raise SystemExit(f"the model is a {spec}, expected WhisperSpec")
    number("I")  # revision of the spec
    variables = {}
    for _ in range(number("I")):
        name = text()
        shape = [number("I") for _ in range(number("B"))]
        kind = number("B")
        variables[name] = np.frombuffer(file.read(number("I")), TYPES[kind]).reshape(shape)
    for _ in range(number("I")):
        alias, target = text(), text()
        variables[alias] = variables[target]
    return variables


def mel_filters():
    """[bins, mels]: triangles on Slaney's scale (linear to 1 kHz, then logarithmic), of equal area."""
    step = np.log(6.4) / 27.0

    def to_hz(mel):
        return np.where(mel < 15, mel * 200.0 / 3, 1000.0 * np.exp(step * (mel - 15)))

    top = 15 + np.log(RATE / 2 / 1000.0) / step
    edges = to_hz(np.linspace(0.0, top, MELS + 2))
    bins = np.linspace(0.0, RATE / 2, FFT // 2 + 1)
    rising = (bins[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    area = 2.0 / (edges[2:] - edges[:-2])
    return (np.maximum(0, np.minimum(rising, falling)) * area).astype(np.float32)


def log_mel(g, samples):
    """[1, samples] -> [1, mels, frames], frames = samples / 160."""
    bins = FFT // 2 + 1
    x = g.op("Pad", samples, g.ints(0, FFT // 2, 0, FFT // 2), mode="reflect")
    # A DFT of windowed frames is a convolution with windowed cosines and sines.
    n, k = np.arange(FFT), np.arange(bins)[:, None]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * n / FFT)
    angle = 2 * np.pi * ((n * k) % FFT) / FFT
    kernel = np.concatenate([window * np.cos(angle), window * np.sin(angle)])[:, None, :]
    x = g.op("Unsqueeze", x, g.ints(1))
    x = g.op("Conv", x, g.const("dft", kernel.astype(np.float32)), strides=[HOP])
    # The frame centred after the last sample is left out, as in the original.
    x = g.op("Slice", x, g.ints(0), g.ints(-1), g.ints(2))
    x = g.op("Mul", x, x)
    real, imaginary = g.op("Split", x, g.ints(bins, bins), outputs=2, axis=1)
    power = g.op("Add", real, imaginary)
    mel = g.op("MatMul", g.const("mel_filters", mel_filters().T.copy()), power)
    log = g.op("Log", g.op("Max", mel, g.scalar(1e-10)))
    log = g.op("Mul", log, g.scalar(float(1.0 / np.log(10.0))))
    floor = g.op("Sub", g.op("ReduceMax", log, keepdims=1), g.scalar(8.0))
    log = g.op("Max", log, floor)
    return g.op("Mul", g.op("Add", log, g.scalar(4.0)), g.scalar(0.25))


class Weights:
    def __init__(self, variables):
        self.variables = variables

    def __call__(self, name):
        if name not in self.variables:
            raise SystemExit(f"the model has no variable {name}")
        return self.variables[name].astype(np.float32)

    def norm(self, name):
        return self(f"{name}/layer_norm/gamma"), self(f"{name}/layer_norm/beta")

    def count(self, side):
        n = 0
        while f"{side}/layer_{n}/self_attention/linear_0/weight" in self.variables:
            n += 1
        return n

    def layer(self, prefix):
        """Self attention and feed-forward; CTranslate2 stacks q, k, v and stores [out, in]."""
        a, f = f"{prefix}/self_attention", f"{prefix}/ffn"
        q, k, v = (m.T for m in np.split(self(f"{a}/linear_0/weight"), 3))
        q_bias, _, v_bias = np.split(self(f"{a}/linear_0/bias"), 3)
        return {
            "q": q, "k": k, "v": v, "q_bias": q_bias, "v_bias": v_bias,
            "out": self(f"{a}/linear_1/weight").T, "out_bias": self(f"{a}/linear_1/bias"),
            "fc1": self(f"{f}/linear_0/weight").T, "fc1_bias": self(f"{f}/linear_0/bias"),
            "fc2": self(f"{f}/linear_1/weight").T, "fc2_bias": self(f"{f}/linear_1/bias"),
            "norm1": self.norm(a),
        }

    def decoder_layer(self, prefix):
        c = f"{prefix}/attention"
        k, v = (m.T for m in np.split(self(f"{c}/linear_1/weight"), 2))
        return self.layer(prefix) | {
            "norm2": self.norm(c),
            "norm3": self.norm(f"{prefix}/ffn"),
            "cross_q": self(f"{c}/linear_0/weight").T, "cross_q_bias": self(f"{c}/linear_0/bias"),
            "cross_k": k, "cross_v": v,
            "cross_v_bias": np.split(self(f"{c}/linear_1/bias"), 2)[1],
            "cross_out": self(f"{c}/linear_2/weight").T,
            "cross_out_bias": self(f"{c}/linear_2/bias"),
        }

    def encoder_layer(self, prefix):
        return self.layer(prefix) | {"norm2": self.norm(f"{prefix}/ffn")}


def write_encoder(w, decoder_layers, heads, args):
    g = tf.Graph("whisper_encoder", args.precision == "int8")
    samples = g.input("samples", TensorProto.FLOAT, [1, "samples"])
    x = log_mel(g, samples)
    for n, stride in ((1, 1), (2, 2)):
        weight = g.const(f"conv{n}.weight", w(f"encoder/conv{n}/weight"))
        bias = g.const(f"conv{n}.bias", w(f"encoder/conv{n}/bias"))
        x = g.op("Gelu", g.op("Conv", x, weight, bias, strides=[stride], pads=[1, 1]))
    x = g.op("Transpose", x, perm=[0, 2, 1])
    positions = g.const("positions", w("encoder/position_encodings/encodings"))
    frames = g.op("Shape", x, start=1, end=2)
    x = g.op("Add", x, g.op("Slice", positions, g.ints(0), frames, g.ints(0)))
    for n in range(w.count("encoder")):
        x = tf.encoder_layer(g, x, f"{n}", w.encoder_layer(f"encoder/layer_{n}"), heads)
    x = g.layer_norm(x, "norm", *w.norm("encoder"))
    tf.cross_outputs(g, x, decoder_layers, heads)
    g.save(os.path.join(args.out, "encoder.onnx"))


def main():
    args = tf.arguments(__doc__)
    parts = sorted(glob.glob(os.path.join(args.source, "model.bin*")))
    if not parts:
        raise SystemExit(f"no model.bin or model.bin.part* in {args.source}")
    w = Weights(read_ctranslate2(b"".join(open(part, "rb").read() for part in parts)))
    heads = int(w("decoder/num_heads"))
    layers = [w.decoder_layer(f"decoder/layer_{n}") for n in range(w.count("decoder"))]
    write_encoder(w, layers, heads, args)
    g = tf.Graph("whisper_decoder", args.precision == "int8")
    tf.decoder(
        g,
        layers,
        heads,
        w("decoder/embeddings/weight"),
        w.norm("decoder"),
        positions=w("decoder/position_encodings/encodings"),
    )
    g.save(os.path.join(args.out, "decoder.onnx"))


if __name__ == "__main__":
    main()
