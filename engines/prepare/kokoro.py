"""Cuts the Kokoro model in two, so that speech can be decoded in windows while the sentence is still being spoken.

kokoro-encoder.onnx  tokens [1,L] i64, style [1,256], speed [1] -> hidden [1,512,T], pitch [1,2T], energy [1,2T],
                     source [1,22,120T+1]: the whole sentence, one frame for 25 ms; a small part of the work
kokoro-decoder.onnx  hidden, pitch, energy, source, style -> audio: any run of frames, 600 samples each at 24 kHz

The cut takes the harmonic source with the encoder, for its phase must run through the whole sentence.
"""

import argparse
import pathlib

import onnx
from onnx.utils import Extractor

# Tensors of the graph at the cut: the name they get, and their rank.
CUT = {
    "/encoder/MatMul_1_output_0": ("hidden", 3),
    "/encoder/Reshape_output_0": ("pitch", 2),
    "/encoder/Reshape_1_output_0": ("energy", 2),
    "/decoder/decoder/generator/Concat_3_output_0": ("source", 3),
}


def rename(graph):
    """Gives the tensors at the cut their names and makes them known to the extractor."""
    names = {old: new for old, (new, _) in CUT.items()}
    for node in graph.node:
        for tensors in (node.input, node.output):
            for i, name in enumerate(tensors):
                if name in names:
                    tensors[i] = names[name]
    del graph.value_info[:]
    for name, rank in CUT.values():
        graph.value_info.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [None] * rank))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--in", dest="source", type=pathlib.Path, required=True, help="directory with kokoro-int8.onnx")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="directory for the two graphs")
    arguments = parser.parse_args()
    model = onnx.load(arguments.source / "kokoro-int8.onnx")
    produced = {name for node in model.graph.node for name in node.output}
    missing = sorted(set(CUT) - produced)
    if missing:
        raise SystemExit(f"kokoro-int8.onnx is not the graph this was written for: it has no tensor {missing[0]}")
    rename(model.graph)
    cut = [name for name, _ in CUT.values()]
    extractor = Extractor(model)
    parts = {
        "kokoro-encoder.onnx": (["tokens", "style", "speed"], cut),
        "kokoro-decoder.onnx": ([*cut, "style"], ["audio"]),
    }
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, (inputs, outputs) in parts.items():
        part = extractor.extract_model(inputs, outputs)
        (arguments.out / name).write_bytes(part.SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
