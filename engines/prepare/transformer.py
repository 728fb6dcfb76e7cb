"""Writes encoder-decoder transformers as ONNX graphs, from plain arrays.

Two graphs per model, the same for every model family:

  encoder   waveform, or `input_ids` of a text -> one `cross_key.N` [1, heads, head_dim, frames] and one
            `cross_value.N` [1, heads, frames, head_dim] per decoder layer.
            The projections of the encoder states that the decoder's cross
            attention needs are part of it, so they are computed once.
  decoder   one step of any width: `input_ids` [beams, tokens], `past`
            [2 * layers, old beams, heads, past, head_dim], `beam_index`
            [beams] (the row of `past` each beam goes on from) and the encoder's
            outputs -> `logits` [beams, tokens, vocabulary] and `present`, the
            next call's `past`. A first call passes a `past` of length 0.

Only standard operators are written (opset 20), so other runtimes can read the graphs.
The bytes written depend on the input alone: no optimiser runs over the graphs.
"""

import argparse
import math
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 20
IR_VERSION = 10

# Largest weight in int8 precision: 7 bits. x86 machines without VNNI add two products of
# an 8-bit weight and an 8-bit activation in 16 bits and saturate; with 63 they cannot.
WEIGHT_LIMIT = 63


def arguments(description):
    """The command line that the scripts of all these models have; makes the folder for what they write."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--in", dest="source", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--precision", choices=["int8", "fp32"], default="int8")
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    return args


class Graph:
    """Collects nodes and initializers; every method returns the output's name."""

    def __init__(self, name, int8):
        self.name = name
        self.int8 = int8
        self.nodes = []
        self.initializers = {}
        self.inputs = []
        self.outputs = []
        self._quantized_activations = {}

    def const(self, name, array):
        if name not in self.initializers:
            array = np.ascontiguousarray(array)
            self.initializers[name] = numpy_helper.from_array(array, name)
        return name

    def ints(self, *values):
        return self.const("i64:" + ",".join(map(str, values)), np.array(values, np.int64))

    def scalar_int(self, value):
        return self.const(f"i64 {value}", np.array(value, np.int64))

    def scalar(self, value):
        return self.const(f"f32 {value!r}", np.array(value, np.float32))

    def op(self, kind, *inputs, outputs=1, name=None, **attributes):
        label = name or f"{kind}_{len(self.nodes)}"
        names = [label] if outputs == 1 else [f"{label}.{i}" for i in range(outputs)]
        self.nodes.append(
            helper.make_node(kind, list(inputs), names, name=label, **attributes)
        )
        return names[0] if outputs == 1 else names

    def input(self, name, kind, shape):
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def output(self, name, value, kind, shape):
        self.nodes.append(helper.make_node("Identity", [value], [name], name=name))
        self.outputs.append(helper.make_tensor_value_info(name, kind, shape))

    def quantize_columns(self, name, weight):
        """Symmetric int8 with one scale per output column."""
        scale = np.maximum(np.abs(weight).max(axis=0), 1e-8).astype(np.float32)
        scale /= np.float32(WEIGHT_LIMIT)
        rounded = np.clip(np.rint(weight / scale), -WEIGHT_LIMIT, WEIGHT_LIMIT).astype(np.int8)
        return self.const(name, rounded), self.const(name + ".scale", scale)

    def linear(self, x, name, weight, bias=None):
        """x @ weight + bias; in int8 precision with activations quantised at run time."""
        weight = np.asarray(weight, np.float32)
        if self.int8:
            y = self.integer_product(x, *self.quantize_columns(name, weight))
        else:
            y = self.op("MatMul", x, self.const(name, weight))
        if bias is not None:
            y = self.op("Add", y, self.const(name + ".bias", np.asarray(bias, np.float32)))
        return y

    def integer_product(self, x, weight, scale):
        if x not in self._quantized_activations:
            self._quantized_activations[x] = self.op("DynamicQuantizeLinear", x, outputs=3)
        quantized, x_scale, x_zero = self._quantized_activations[x]
        y = self.op("MatMulInteger", quantized, weight, x_zero)
        y = self.op("Cast", y, to=TensorProto.FLOAT)
        return self.op("Mul", y, self.op("Mul", x_scale, scale))

    def layer_norm(self, x, name, weight, bias=None):
        inputs = [x, self.const(name + ".weight", np.asarray(weight, np.float32))]
        if bias is not None:
            inputs.append(self.const(name + ".bias", np.asarray(bias, np.float32)))
        return self.op("LayerNormalization", *inputs, axis=-1, epsilon=1e-5)

    def embedding(self, ids, table):
        """The rows of `table` [vocabulary, width] for `ids` [batch, tokens], and what the output is multiplied with."""
        table = np.ascontiguousarray(table.T)
        if self.int8:
            w, w_scale = self.quantize_columns("embedding", table)
            x = self.op("Cast", self.op("Gather", w, ids, axis=1), to=TensorProto.FLOAT)
            x = self.op("Mul", x, self.op("Gather", w_scale, ids, axis=0))
        else:
            w, w_scale = self.const("embedding", table), None
            x = self.op("Gather", w, ids, axis=1)
        return self.op("Transpose", x, perm=[1, 2, 0]), w, w_scale

    def heads(self, x, count, dim):
        """[batch, tokens, count * dim] -> [batch, count, tokens, dim]"""
        x = self.op("Reshape", x, self.ints(0, -1, count, dim))
        return self.op("Transpose", x, perm=[0, 2, 1, 3])

    def attend(self, q, k_transposed, v, width, mask=None, shape=None):
        scores = self.op("MatMul", q, k_transposed)
        if mask is not None:
            scores = self.op("Add", scores, mask)
        mixed = self.op("MatMul", self.op("Softmax", scores, axis=-1), v)
        mixed = self.op("Transpose", mixed, perm=[0, 2, 1, 3])
        return self.op("Reshape", mixed, shape or self.ints(0, -1, width))

    def save(self, path):
        graph = helper.make_graph(
            self.nodes, self.name, self.inputs, self.outputs, list(self.initializers.values())
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = IR_VERSION
        model.producer_name = "dragoman"
        onnx.checker.check_model(model)
        with open(path, "wb") as file:
            file.write(model.SerializeToString(deterministic=True))


class Rope:
    """Rotary position embedding over the first `2 * half` dimensions of a head.

    The weights are permuted beforehand so that the two halves of a rotated pair
    lie `half` apart (`permutation`); attention scores do not change by it.
    """

    def __init__(self, graph, inverse_frequency, head_dim, start, length):
        g = graph
        self.g, self.half, self.head_dim = g, len(inverse_frequency), head_dim
        end = g.op("Add", start, length)
        pos = g.op("Cast", g.op("Range", start, end, g.scalar_int(1)), to=TensorProto.FLOAT)
        pos = g.op("Unsqueeze", pos, g.ints(1))
        angle = g.op("Mul", pos, g.const("inverse_frequency", inverse_frequency))
        self.cos, self.sin = g.op("Cos", angle), g.op("Sin", angle)

    @staticmethod
    def permutation(half, heads, head_dim):
        one = np.r_[np.arange(0, 2 * half, 2), np.arange(1, 2 * half, 2), np.arange(2 * half, head_dim)]
        return np.concatenate([one + h * head_dim for h in range(heads)])

    def __call__(self, x):
        g, half = self.g, self.half
        a, b, rest = g.op(
            "Split", x, g.ints(half, half, self.head_dim - 2 * half), outputs=3, axis=-1
        )
        first = g.op("Sub", g.op("Mul", a, self.cos), g.op("Mul", b, self.sin))
        second = g.op("Add", g.op("Mul", b, self.cos), g.op("Mul", a, self.sin))
        return g.op("Concat", first, second, rest, axis=-1)


def queries_keys_values(g, x, name, layer, heads, rope):
    """One product for all three; the scale of the scores is folded into the queries."""
    width = layer["q"].shape[0]
    dim = width // heads
    scale = np.float32(1 / math.sqrt(dim))
    bias = None
    if "q_bias" in layer:
        bias = np.concatenate([layer["q_bias"] * scale, np.zeros(width), layer["v_bias"]])
    weight = np.concatenate([layer["q"] * scale, layer["k"], layer["v"]], 1)
    qkv = g.heads(g.linear(x, f"{name}.qkv", weight, bias), 3 * heads, dim)
    if rope is None:
        return g.op("Split", qkv, g.ints(heads, heads, heads), outputs=3, axis=1)
    qk, v = g.op("Split", qkv, g.ints(2 * heads, heads), outputs=2, axis=1)
    q, k = g.op("Split", rope(qk), g.ints(heads, heads), outputs=2, axis=1)
    return q, k, v


def encoder_layer(g, x, name, layer, heads, rope=None, activation="Gelu"):
    """Pre-norm self attention and feed-forward; `layer` holds the arrays."""
    width = layer["q"].shape[0]
    h = g.layer_norm(x, f"{name}.norm1", *layer["norm1"])
    q, k, v = queries_keys_values(g, h, name, layer, heads, rope)
    mixed = g.attend(q, g.op("Transpose", k, perm=[0, 1, 3, 2]), v, width)
    x = g.op("Add", x, g.linear(mixed, f"{name}.out", layer["out"], layer.get("out_bias")))
    h = g.layer_norm(x, f"{name}.norm2", *layer["norm2"])
    h = g.op(activation, g.linear(h, f"{name}.fc1", layer["fc1"], layer["fc1_bias"]))
    return g.op("Add", x, g.linear(h, f"{name}.fc2", layer["fc2"], layer["fc2_bias"]))


def cross_outputs(g, states, layers, heads):
    """The decoder's keys and values of the encoder states, one pair per layer."""
    width = layers[0]["cross_k"].shape[0]
    dim = width // heads
    for n, layer in enumerate(layers):
        k = g.linear(states, f"cross_key.{n}.weight", layer["cross_k"])
        k = g.op("Reshape", k, g.ints(0, -1, heads, dim))
        k = g.op("Transpose", k, perm=[0, 2, 3, 1])
        g.output(f"cross_key.{n}", k, TensorProto.FLOAT, [1, heads, dim, "frames"])
        v = g.linear(states, f"cross_value.{n}.weight", layer["cross_v"], layer.get("cross_v_bias"))
        g.output(
            f"cross_value.{n}", g.heads(v, heads, dim), TensorProto.FLOAT, [1, heads, "frames", dim]
        )


def decoder(
    g, layers, heads, embedding, norm, positions=None, rope_frequency=None, gated=False, activation="Gelu",
    embedding_scale=None, output_bias=None,
):
    """The whole decoder-step graph. `embedding` is [vocabulary, width], tied to the output; `embedding_scale` is for what goes in."""
    vocabulary, width = embedding.shape
    dim = width // heads
    count = len(layers)
    scale = np.float32(1 / math.sqrt(dim))
    ids = g.input("input_ids", TensorProto.INT64, ["beams", "tokens"])
    beam_index = g.input("beam_index", TensorProto.INT64, ["beams"])
    past = g.input(
        "past", TensorProto.FLOAT, [2 * count, "old_beams", heads, "past", dim]
    )
    for n in range(count):
        g.input(f"cross_key.{n}", TensorProto.FLOAT, [1, heads, dim, "frames"])
        g.input(f"cross_value.{n}", TensorProto.FLOAT, [1, heads, "frames", dim])

    zero = g.scalar_int(0)
    done = g.op("Gather", g.op("Shape", past, start=3, end=4), zero, axis=0)
    fresh = g.op("Gather", g.op("Shape", ids, start=1, end=2), zero, axis=0)
    total = g.op("Add", done, fresh)
    column = g.op("Range", zero, total, g.scalar_int(1))
    row = g.op("Unsqueeze", g.op("Range", done, total, g.scalar_int(1)), g.ints(1))
    mask = g.op("Where", g.op("LessOrEqual", column, row), g.scalar(0.0), g.scalar(-1e9))

    x, w, w_scale = g.embedding(ids, embedding)
    if embedding_scale is not None:
        x = g.op("Mul", x, g.scalar(embedding_scale))
    if positions is not None:
        index = g.op("Range", done, total, g.scalar_int(1))
        x = g.op("Add", x, g.op("Gather", g.const("positions", positions), index, axis=0))
    rope = Rope(g, rope_frequency, dim, done, fresh) if rope_frequency is not None else None

    kept = g.op("Gather", past, beam_index, axis=1)
    kept = g.op("Split", kept, outputs=2 * count, axis=0, num_outputs=2 * count)
    rows = g.op("Concat", g.op("Shape", ids), g.ints(width), axis=0)
    present = []
    for n, layer in enumerate(layers):
        h = g.layer_norm(x, f"{n}.norm1", *layer["norm1"])
        q, k, v = queries_keys_values(g, h, f"{n}", layer, heads, rope)
        k = g.op("Concat", g.op("Squeeze", kept[2 * n], g.ints(0)), k, axis=2)
        v = g.op("Concat", g.op("Squeeze", kept[2 * n + 1], g.ints(0)), v, axis=2)
        present += [g.op("Unsqueeze", t, g.ints(0)) for t in (k, v)]
        mixed = g.attend(q, g.op("Transpose", k, perm=[0, 1, 3, 2]), v, width, mask)
        x = g.op("Add", x, g.linear(mixed, f"{n}.out", layer["out"], layer.get("out_bias")))

        h = g.layer_norm(x, f"{n}.norm2", *layer["norm2"])
        q_bias = layer.get("cross_q_bias")
        q = g.linear(
            h, f"{n}.cross_q", layer["cross_q"] * scale, None if q_bias is None else q_bias * scale
        )
        # All beams look at the same sound: as rows of one matrix they cost one product per head.
        q = g.op("Transpose", g.op("Reshape", q, g.ints(1, -1, heads, dim)), perm=[0, 2, 1, 3])
        mixed = g.attend(q, f"cross_key.{n}", f"cross_value.{n}", width, shape=rows)
        x = g.op("Add", x, g.linear(mixed, f"{n}.cross_out", layer["cross_out"], layer.get("cross_out_bias")))

        h = g.layer_norm(x, f"{n}.norm3", *layer["norm3"])
        h = g.linear(h, f"{n}.fc1", layer["fc1"], layer["fc1_bias"])
        if gated:
            inner = layer["fc1"].shape[1] // 2
            up, gate = g.op("Split", h, g.ints(inner, inner), outputs=2, axis=-1)
            h = g.op("Mul", up, g.op("Mul", gate, g.op("Sigmoid", gate)))
        else:
            h = g.op(activation, h)
        x = g.op("Add", x, g.linear(h, f"{n}.fc2", layer["fc2"], layer["fc2_bias"]))

    x = g.layer_norm(x, "norm", *norm)
    logits = g.integer_product(x, w, w_scale) if g.int8 else g.op("MatMul", x, w)
    if output_bias is not None:
        logits = g.op("Add", logits, g.const("output_bias", np.asarray(output_bias, np.float32)))
    g.output("logits", logits, TensorProto.FLOAT, ["beams", "tokens", vocabulary])
    g.output(
        "present",
        g.op("Concat", *present, axis=0),
        TensorProto.FLOAT,
        [2 * count, "beams", heads, "past + tokens", dim],
    )

