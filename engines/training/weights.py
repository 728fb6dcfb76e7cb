"""Weights of the trained models, as safetensors files: matrices in 8 bits, one scale a row, vectors in 32."""

import json
from pathlib import Path

import numpy as np

SCALE = ".scale"
"""A matrix `name` of 8-bit integers is to be multiplied row by row with the vector `name.scale`."""


def write(path: Path, tensors: dict[str, np.ndarray]) -> None:
    """Writes vectors as they are, and matrices rounded to the nearest of 255 values a row."""
    stored: dict[str, np.ndarray] = {}
    for name, tensor in sorted(tensors.items()):
        if tensor.ndim < 2:
            stored[name] = tensor.astype("<f4")
            continue
        scale = np.maximum(np.abs(tensor).max(axis=1), 1e-12).astype("<f4") / 127
        stored[name] = np.rint(tensor / scale[:, None]).astype(np.int8)
        stored[name + SCALE] = scale
    header, at = {}, 0
    for name, tensor in stored.items():
        kind = "I8" if tensor.dtype == np.int8 else "F32"
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [at, at + tensor.nbytes]}
        at += tensor.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    body = b"".join(tensor.tobytes() for tensor in stored.values())
    path.write_bytes(len(text).to_bytes(8, "little") + text + body)
