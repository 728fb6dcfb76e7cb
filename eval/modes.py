"""The two modes of interpreting side by side, in the time of the recording alone.

So it shows what the policy does, whatever the machine. A recogniser that is asked anew at every chunk hears other
beginnings of words when the chunks lie elsewhere, and of twenty short sentences one word more or less is a BLEU. So
each recording is said several times, each time after another silence.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

from bench import sound
from clips import Clip, Data
from command import Clause, Dragoman, Usage
from measure import FEW, Tick, duration, joined, speech_clips
from normalise import HAN
from scores import WordErrors, speech_scores, word_errors
from simultaneity import length_adaptive_average_lagging
from spread import Spread, mean

MODES = ("simultaneous", "consecutive")
SILENCES_S = (0.0, 0.1, 0.2, 0.3, 0.5)
"""Before the recording; chunks end 0.4 s apart."""
VOICE = "light"
"""The voice makes no difference to when a clause is decided on; this one costs least."""


@dataclass(frozen=True)
class Interpreted:
    """One recording, said after a silence."""

    clip: Clip
    silence_s: float
    seconds: float
    """Of the recording."""
    source_text: str
    clauses: list[Clause]
    """With how much of the recording each was made from."""

    @property
    def target_text(self) -> str:
        """What was to be spoken."""
        return joined(clause.text for clause in self.clauses)

    def laal_s(self, language: str) -> float | None:
        """Length-adaptive average lagging without computation; none where nothing was said."""
        source_ms = 1000 * self.seconds
        delays = [
            min(source_ms, 1000 * each.source_until_s) for each in self.clauses for _ in words_of(each.text, language)
        ]
        reference = self.clip.translations.get(language)
        words = len(words_of(reference, language)) if reference else None
        return length_adaptive_average_lagging(delays, source_ms, words) / 1000 if delays else None


def words_of(text: str, language: str) -> list[str]:
    """What a delay is counted for: words, in Mandarin characters."""
    return re.findall(f"[{HAN}]", text) if language == "zh" else text.split()


@dataclass(frozen=True)
class ModeResult:
    """One direction in one mode."""

    direction: tuple[str, str]
    mode: str
    interpreted: list[Interpreted]
    errors: WordErrors
    """Of what was recognised, accents folded."""
    bleu: Spread | None
    chrf: Spread | None
    """Of what was to be spoken against the reference translations, normalised."""
    usage: Usage

    @property
    def first_clause_s(self) -> float | None:
        """How much of a recording the first clause was made from, median."""
        first = [each.clauses[0].source_until_s for each in self.interpreted if each.clauses]
        return median(first) if first else None

    @property
    def laal_s(self) -> float | None:
        """Mean over the recordings."""
        known = [lag for each in self.interpreted if (lag := each.laal_s(self.direction[1])) is not None]
        return fmean(known) if known else None


def clips(data: Data, direction: tuple[str, str]) -> list[Clip]:
    """The recordings that are interpreted: those with a reference, where there are enough to tell something."""
    found = speech_clips(data, direction)
    known = [clip for clip in found if direction[1] in clip.translations]
    return found if len(known) >= FEW or not data.pair_sets else []


def interpret(
    dragoman: Dragoman, chosen: Sequence[Clip], direction: tuple[str, str], mode: str, folder: Path, tick: Tick
) -> ModeResult:
    """Interprets recordings, all in one process."""
    folder = folder / f"{'-'.join(direction)}.{mode}"
    said, spoken = folder / "said", folder / "spoken"
    for each in (said, spoken):
        each.mkdir(parents=True, exist_ok=True)
    takes = {sound.after(silence, clip.path, said): (clip, silence) for clip in chosen for silence in SILENCES_S}
    usage = Usage()
    interpreted = []
    for path, segments in dragoman.translate_all(list(takes), spoken, direction, VOICE, mode, usage):
        clip, silence = takes[path]
        clauses = [
            Clause(clause.text, clause.source_until_s - silence) for segment in segments for clause in segment.clauses
        ]
        text = joined(segment.source_text for segment in segments)
        interpreted.append(Interpreted(clip, silence, duration(clip.path), text, clauses))
        tick(f"modes {'-'.join(direction)} {mode}")
    return judged(direction, mode, interpreted, usage)


def judged(direction: tuple[str, str], mode: str, interpreted: list[Interpreted], usage: Usage) -> ModeResult:
    """Scores what was interpreted."""
    source, target = direction
    said = [each.clip.transcript for each in interpreted]
    errors = word_errors(said, [each.source_text for each in interpreted], source, fold=True)
    scores = []
    for silence in SILENCES_S:
        of_silence = [each for each in interpreted if each.silence_s == silence]
        known = [(each.target_text, ref) for each in of_silence if (ref := each.clip.translations.get(target))]
        if known:
            scores.append(speech_scores([text for text, _ in known], [reference for _, reference in known], target))
    bleu, chrf = [each.bleu for each in scores], [each.chrf for each in scores]
    in_words, in_letters = (mean(bleu), mean(chrf)) if scores else (None, None)
    return ModeResult(direction, mode, interpreted, errors, in_words, in_letters, usage)


def bleu_lost(results: Sequence[ModeResult]) -> dict[str, float]:
    """By direction, how much better consecutive interpreting is; where both modes were scored."""
    bleu = {("-".join(each.direction), each.mode): each.bleu.value for each in results if each.bleu}
    return {
        direction: bleu[direction, "consecutive"] - value
        for (direction, mode), value in bleu.items()
        if mode == "simultaneous" and (direction, "consecutive") in bleu
    }
