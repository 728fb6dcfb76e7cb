"""Predicts the mean opinion score (MOS, 1 to 5) of speech with DistillMOS, without PyTorch.

DistillMOS (Stahl and Gamper, 2025) is a small network: a compressed short-time spectrum, six convolutions, seven
transformer layers and attention pooling. Its weights come in a 16 MB package, but its own code wants PyTorch, which
on Linux means gigabytes of CUDA. The forward pass below needs NumPy alone. README.md says how it was held against
the original.
"""

import math
import pickle
import zipfile
from collections import OrderedDict
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

Array = NDArray[np.float32]

RATE = 16_000
"""Sample rate of the predictor, in hertz."""
WINDOW = 122_880
"""Samples that the network takes at once (7.68 s): shorter sound is padded with silence."""
LONGEST_HOP = 16_000
"""Longer sound is scored in windows at most this far apart, and the scores are averaged."""
FRAME, HOP = 320, 160
HEADS, LAYERS = 8, 7
EPSILON = 1e-5


class MosPredictor:
    """The network with its weights."""

    def __init__(self) -> None:
        package = distribution("distillmos")
        path = Path(str(package.locate_file("distillmos/weights/distill_mos_v7.pt")))
        self.weights: dict[str, Array] = read_checkpoint(path)["model"]

    def score_file(self, path: Path) -> float:
        """The score of a sound file's first channel."""
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        return self.score(soxr.resample(samples[:, 0], rate, RATE))

    def score(self, samples: Array) -> float:
        """The score of mono sound at 16 kHz."""
        excess = max(len(samples) - WINDOW, 0)
        windows = math.ceil(excess / LONGEST_HOP) + 1
        samples = np.pad(samples, (0, max(WINDOW - len(samples), 0)))
        starts = [int(place * excess) for place in np.linspace(0, 1, windows)]
        scores = [self._score_window(samples[start : start + WINDOW]) for start in starts]
        return 1 + 4 * float(np.mean(scores))

    def _score_window(self, samples: Array) -> float:
        samples = samples / (np.abs(samples).max() + 1e-8)
        x = compressed_spectrum(samples)
        for layer in range(6):
            x = self._convolution(x, f"cnn.cnn.{2 * layer}", 2 if layer else 1, 2 if layer == 5 else 1)
            x = np.where(x > 0, x, 0.1 * x)
        x = x.reshape(-1, x.shape[-1]).T
        prefix = "transformer_pool_attn"
        x = self._batch_norm(x, f"{prefix}.norm_input")
        x = self._batch_norm(x, f"{prefix}.transformer.norm")
        x = self._linear(x, f"{prefix}.transformer.linear_proj")
        x = x + self.weights[f"{prefix}.transformer.position_encoding.pe"][0]
        for layer in range(LAYERS):
            x = self._transformer(x, f"{prefix}.transformer.transformer_encoder.layers.{layer}")
        x = self._batch_norm(x, f"{prefix}.norm_trans")
        weight = self._linear(np.maximum(self._linear(x, f"{prefix}.pool.linear1"), 0), f"{prefix}.pool.linear2")
        x = self._linear(softmax(weight.T) @ x, f"{prefix}.pool.linear3")
        return 1 / (1 + math.exp(-x.item()))

    def _convolution(self, x: Array, name: str, frequency_stride: int, time_stride: int) -> Array:
        """A 3x3 convolution of (channel, frequency, time), padded by one in time: one matrix product a tap."""
        weight, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        x = np.pad(x, ((0, 0), (0, 0), (1, 1)))
        channels, rows, columns = x.shape
        rows = (rows - 3) // frequency_stride + 1
        columns = (columns - 3) // time_stride + 1
        result = np.zeros((len(weight), rows * columns), np.float32)
        for row in range(3):
            for column in range(3):
                part = x[:, row::frequency_stride, column::time_stride][:, :rows, :columns]
                result += weight[:, :, row, column] @ part.reshape(channels, -1)
        return result.reshape(-1, rows, columns) + bias[:, None, None]

    def _transformer(self, x: Array, name: str) -> Array:
        """One encoder layer that normalises after each half, on (time, feature)."""
        length, size = x.shape
        projected = x @ self.weights[f"{name}.self_attn.in_proj_weight"].T
        projected = projected + self.weights[f"{name}.self_attn.in_proj_bias"]
        query, key, value = projected.reshape(length, 3, HEADS, size // HEADS).transpose(1, 2, 0, 3)
        attention = softmax(query @ key.transpose(0, 2, 1) * np.float32(1 / math.sqrt(size // HEADS)))
        heard = (attention @ value).transpose(1, 0, 2).reshape(length, size)
        x = self._layer_norm(x + self._linear(heard, f"{name}.self_attn.out_proj"), f"{name}.norm1")
        hidden = np.maximum(self._linear(x, f"{name}.linear1"), 0)
        return self._layer_norm(x + self._linear(hidden, f"{name}.linear2"), f"{name}.norm2")

    def _linear(self, x: Array, name: str) -> Array:
        return x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def _batch_norm(self, x: Array, name: str) -> Array:
        deviation = np.sqrt(self.weights[f"{name}.running_var"] + EPSILON)
        x = (x - self.weights[f"{name}.running_mean"]) / deviation
        return x * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]

    def _layer_norm(self, x: Array, name: str) -> Array:
        x = (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + EPSILON)
        return x * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]


def compressed_spectrum(samples: Array) -> Array:
    """Short-time spectrum with magnitudes to the power of 0.3: (real and imaginary, frequency, time)."""
    samples = np.pad(samples, (FRAME - HOP) // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)
    spectrum = np.fft.rfft(frames * window).T
    magnitude = np.maximum(np.abs(spectrum), 1e-12)
    spectrum = spectrum * magnitude ** (0.3 - 1)
    return np.stack([spectrum.real, spectrum.imag]).astype(np.float32)


def softmax(x: Array) -> Array:
    """Along the last axis."""
    x = np.exp(x - x.max(axis=-1, keepdims=True))
    total: Array = x.sum(axis=-1, keepdims=True)
    return x / total


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Reads the tensors of a PyTorch checkpoint; nothing else that a pickle could ask for is called."""
    with zipfile.ZipFile(path) as archive:
        index = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
        with archive.open(index) as stream:
            content: dict[str, Any] = _CheckpointReader(stream, archive, index.removesuffix("data.pkl")).load()
            return content


class _CheckpointReader(pickle.Unpickler):
    """A pickle that refers to the raw bytes of its tensors, which lie beside it in the archive."""

    TYPES: ClassVar = {"FloatStorage": "<f4", "LongStorage": "<i8"}

    def __init__(self, stream: Any, archive: zipfile.ZipFile, prefix: str) -> None:
        super().__init__(stream)
        self.archive = archive
        self.prefix = prefix

    def persistent_load(self, pid: Any) -> NDArray[Any]:
        _, dtype, key, _, _ = pid
        return np.frombuffer(self.archive.read(f"{self.prefix}data/{key}"), dtype)

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return rebuild_tensor
        if module == "torch" and name in self.TYPES:
            return self.TYPES[name]
        raise pickle.UnpicklingError(f"a checkpoint of weights has no use for {module}.{name}")


def rebuild_tensor(
    storage: NDArray[Any], offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any
) -> NDArray[Any]:
    """A tensor: a view of its storage, with strides in elements."""
    steps = tuple(stride * storage.itemsize for stride in strides)
    return np.lib.stride_tricks.as_strided(storage[offset:], shape, steps).copy()
