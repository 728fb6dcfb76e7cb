"""Moonshine (ORT format, int8 storage) -> encoder.onnx and decoder.onnx.

The published files keep the weights in int8 and dequantise them inside the graph at
every run, and hold two copies of the decoder behind an `If`. The arrays are read out of
them, dequantised, and written into the graphs of `transformer.py`.
"""

import os
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, numpy_helper

import transformer as tf

HEADS = 8
DECODER = "/model/decoder/"


def ort_to_onnx(path):
    """ONNX Runtime itself is the only reader of its format: load, save, nothing optimised."""
    with tempfile.TemporaryDirectory() as folder:
        saved = os.path.join(folder, "model.onnx")
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.optimized_model_filepath = saved
        options.add_session_config_entry("session.save_model_format", "ONNX")
        onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        return onnx.load(saved).graph


class Weights:
    """Looks weights up by the name of the node that uses them."""

    def __init__(self, graph):
        self.arrays = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
        self.nodes, self.by_output = {}, {}
        self._walk(graph)

    def _walk(self, graph):
        for node in graph.node:
            branches = [a for a in node.attribute if a.type == onnx.AttributeProto.GRAPH]
            for branch in branches:
                # The first-step decoder: the only one that has every projection.
                if branch.name == "else_branch":
                    self._walk(branch.g)
            self.nodes[node.name] = node
            for output in node.output:
                self.by_output[output] = node

    def array(self, name):
        """A stored array, or the constant that Cast, Mul, Add, Transpose make of one."""
        if name in self.arrays:
            return self.arrays[name].astype(np.float32)
        node = self.by_output[name]
        if node.op_type == "Cast":
            return self.array(node.input[0])
        if node.op_type == "Mul":
            return self.array(node.input[0]) * self.array(node.input[1])
        if node.op_type == "Add":
            return self.array(node.input[0]) + self.array(node.input[1])
        if node.op_type == "Transpose":
            perm = [a.ints for a in node.attribute if a.name == "perm"]
            return self.array(node.input[0]).transpose(perm[0] if perm else None)
        raise SystemExit(f"{name}: made by {node.op_type}, which is not a stored weight")

    def of(self, node):
        """The constant operand of a node, wherever it stands."""
        if node not in self.nodes:
            raise SystemExit(f"the input model has no node {node}: is it Moonshine base?")
        found = []
        for name in self.nodes[node].input:
            try:
                found.append(self.array(name))
            except (KeyError, SystemExit):
                continue
        if not found:
            raise SystemExit(f"node {node} uses no stored weight")
        return max(found, key=lambda a: a.size)


def attention(w, prefix, permutation):
    return {
        "q": w.of(f"{prefix}/q_proj/MatMul")[:, permutation],
        "k": w.of(f"{prefix}/k_proj/MatMul")[:, permutation],
        "v": w.of(f"{prefix}/v_proj/MatMul"),
        "out": w.of(f"{prefix}/dense/MatMul"),
    }


def count_layers(w, prefix):
    n = 0
    while f"{prefix}layers.{n}/self_attn/q_proj/MatMul" in w.nodes:
        n += 1
    return n


def decoder_layer(w, n, permutation):
    p = f"{DECODER}layers.{n}"
    return attention(w, f"{p}/self_attn", permutation) | {
        "cross_q": w.of(f"{p}/encoder_attn/q_proj/MatMul"),
        "cross_k": w.of(f"{p}/encoder_attn/k_proj/MatMul"),
        "cross_v": w.of(f"{p}/encoder_attn/v_proj/MatMul"),
        "cross_out": w.of(f"{p}/encoder_attn/dense/MatMul"),
        "fc1": w.of(f"{p}/mlp/up_proj/MatMul"),
        "fc1_bias": w.of(f"{p}/mlp/up_proj/Add"),
        "fc2": w.of(f"{p}/mlp/down_proj/MatMul"),
        "fc2_bias": w.of(f"{p}/mlp/down_proj/Add"),
        "norm1": (w.of(f"{p}/input_layernorm/Mul"),),
        "norm2": (w.of(f"{p}/post_attention_layernorm/Mul"),),
        "norm3": (w.of(f"{p}/final_layernorm/Mul"),),
    }


def encoder_layer(w, n, permutation):
    p = f"/layers.{n}"
    return attention(w, f"{p}/self_attn", permutation) | {
        "fc1": w.of(f"{p}/mlp/fc1/MatMul"),
        "fc1_bias": w.of(f"{p}/mlp/fc1/Add"),
        "fc2": w.of(f"{p}/mlp/fc2/MatMul"),
        "fc2_bias": w.of(f"{p}/mlp/fc2/Add"),
        "norm1": (w.of(f"{p}/input_layernorm/Mul"),),
        "norm2": (w.of(f"{p}/post_attention_layernorm/Mul"),),
    }


def convolution(g, w, x, name, stride):
    """Convolution weights stay fp32: they are few, and raw samples need the range."""
    node = w.nodes[f"/{name}/Conv"]
    inputs = [x, g.const(f"{name}.weight", w.array(node.input[1]))]
    if len(node.input) > 2:
        inputs.append(g.const(f"{name}.bias", w.array(node.input[2])))
    return g.op("Conv", *inputs, strides=[stride])


def write_encoder(w, decoder_layers, frequency, permutation, int8, args):
    g = tf.Graph("moonshine_encoder", int8)
    width = decoder_layers[0]["q"].shape[0]
    samples = g.input("samples", TensorProto.FLOAT, [1, "samples"])
    x = convolution(g, w, g.op("Unsqueeze", samples, g.ints(1)), "conv1", 64)
    x = g.op("Tanh", x)
    # One group over all channels: normalise the whole, then scale per channel.
    shape = g.op("Shape", x)
    x = g.op("Reshape", x, g.ints(0, 1, -1))
    one, zero = g.const("one", np.ones(1, np.float32)), g.const("zero", np.zeros(1, np.float32))
    x = g.op("Reshape", g.op("InstanceNormalization", x, one, zero, epsilon=1e-5), shape)
    x = g.op("Mul", x, g.const("groupnorm.weight", w.of("/groupnorm/Mul")))
    x = g.op("Add", x, g.const("groupnorm.bias", w.of("/groupnorm/Add")))
    x = g.op("Gelu", convolution(g, w, x, "conv2", 3))
    x = g.op("Gelu", convolution(g, w, x, "conv3", 2))
    x = g.op("Transpose", x, perm=[0, 2, 1])
    frames = g.op("Squeeze", g.op("Shape", x, start=1, end=2), g.ints(0))
    rope = tf.Rope(g, frequency, width // HEADS, g.scalar_int(0), frames)
    for n in range(count_layers(w, "/")):
        x = tf.encoder_layer(g, x, f"{n}", encoder_layer(w, n, permutation), HEADS, rope)
    x = g.layer_norm(x, "norm", w.of("/layer_norm/Mul"))
    tf.cross_outputs(g, x, decoder_layers, HEADS)
    g.save(os.path.join(args.out, "encoder.onnx"))


def main():
    args = tf.arguments(__doc__)
    enc = Weights(ort_to_onnx(os.path.join(args.source, "encoder_model.ort")))
    dec = Weights(ort_to_onnx(os.path.join(args.source, "decoder_model_merged.ort")))
    int8 = args.precision == "int8"

    frequency = enc.of("/rotary_emb/MatMul").reshape(-1)
    half = len(frequency)
    width = enc.of("/layers.0/self_attn/q_proj/MatMul").shape[0]
    perm = tf.Rope.permutation(half, HEADS, width // HEADS)

    layers = [decoder_layer(dec, n, perm) for n in range(count_layers(dec, DECODER))]
    write_encoder(enc, layers, frequency, perm, int8, args)
    graph = tf.Graph("moonshine_decoder", int8)
    tf.decoder(
        graph,
        layers,
        HEADS,
        dec.of(f"{DECODER}embed_tokens/Gather"),
        (dec.of(f"{DECODER}norm/Mul"),),
        rope_frequency=frequency,
        gated=True,
    )
    graph.save(os.path.join(args.out, "decoder.onnx"))


if __name__ == "__main__":
    main()
