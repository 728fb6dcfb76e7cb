"""How far a simultaneous translation lags behind the speaker, as SimulEval 1.1.4 computes it.

Times are milliseconds from the beginning of the source recording.

- **LAAL**, length-adaptive average lagging, of text: Papi, Gaido, Negri, Turchi: Over-Generation Cannot Be Rewarded:
  Length-Adaptive Average Lagging for Simultaneous Speech Translation (AutoSimTrans 2022, arXiv:2206.05807). Each word's
  delay is compared with that of an ideal interpreter who says his words evenly over the source.
- **ATD**, average token delay, of speech: Kano, Sudoh, Nakamura: Average Token Delay: A Latency Metric for Simultaneous
  Translation (Interspeech 2023, arXiv:2211.13173). Both sides are cut into tokens of 300 ms; the delay of a target
  token is from the end of the source token it answers to its own end, so that long output counts against the system.

What a delay is, the caller decides: see README.md. `fixtures/` holds both to SimulEval's own scorers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

TOKEN_MS = 300.0
"""Length of a token of speech, as SimulEval has it."""


def length_adaptive_average_lagging(
    delays_ms: Sequence[float], source_ms: float, reference_words: int | None = None
) -> float:
    """LAAL of a text whose every word came after `delays_ms`; without a reference the text's own length counts."""
    first = delays_ms[0]
    if first > source_ms:
        return first
    words_a_ms = max(len(delays_ms), reference_words or 0) / source_ms
    lags = []
    for index, delay in enumerate(delays_ms):
        lags.append(delay - index / words_a_ms)
        if delay >= source_ms:
            break
    return fmean(lags)


@dataclass(frozen=True)
class Chunk:
    """A stretch of speech that was said after so much of the source."""

    source_until_ms: float
    """How much of the source had been heard when it was decided on."""
    duration_ms: float
    begins_ms: float | None = None
    """When it began to be heard; where that is not known, as soon as it was decided on and the one before was over."""


def average_token_delay(chunks: Sequence[Chunk]) -> float:
    """ATD of speech that was heard in `chunks`, in the order heard."""
    merged = _merged(chunks)
    source_ends, source_sizes = [0.0], []
    for before, until in pairwise([0.0, *(chunk.source_until_ms for chunk in merged)]):
        tokens = _tokens(until - before)
        source_sizes.append(len(tokens))
        for token in tokens:
            source_ends.append(source_ends[-1] + token)
    delays = []
    said, heard, end = 0, 0, 0.0
    for chunk, size in zip(merged, source_sizes, strict=True):
        # Tokens that were said beyond those of the source answer nothing; the later ones are counted without them.
        surplus = max(0, said - heard)
        heard += size
        begins = chunk.source_until_ms if chunk.begins_ms is None else chunk.begins_ms
        tokens = _tokens(chunk.duration_ms)
        for number, token in enumerate(tokens, said + 1):
            end = max(begins, end) + token
            delays.append(end - source_ends[min(number - surplus, heard)])
        said += len(tokens)
    return fmean(delays)


def _merged(chunks: Sequence[Chunk]) -> list[Chunk]:
    """What was decided on at the same time is one chunk, with the pause within it where times are known."""
    merged: list[Chunk] = []
    for chunk in chunks:
        if merged and merged[-1].source_until_ms == chunk.source_until_ms:
            last = merged.pop()
            duration = last.duration_ms + chunk.duration_ms
            if last.begins_ms is not None and chunk.begins_ms is not None:
                duration = chunk.begins_ms + chunk.duration_ms - last.begins_ms
            chunk = Chunk(chunk.source_until_ms, duration, last.begins_ms)
        merged.append(chunk)
    return merged


def _tokens(length_ms: float) -> list[float]:
    """Lengths of the tokens of a stretch; the last may be shorter."""
    whole, rest = divmod(length_ms, TOKEN_MS)
    return [TOKEN_MS] * int(whole) + ([rest] if rest else [])
