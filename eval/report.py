"""The outcome of an evaluation: tables for people, a document for programs."""

import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import results
import table
import targets
from command import Usage
from dangers import Dangers
from languages import Told
from measure import DIRECTIONS, Heard, Recognition, SpeechTranslation, Spoken, TextTranslation, mean
from modes import Interpreted, ModeResult, bleu_lost
from scores import TextScores
from spread import around
from targets import Target

NAMES = {"en": "English", "es": "Spanish", "fr": "French", "de": "German", "zh": "Mandarin"}
RED, PLAIN = "\033[31m", "\033[0m"


@dataclass
class Outcome:
    """What was measured; a part that was not asked for is empty."""

    origin: str
    engines: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """By direction and stage, in the order in which they are asked."""
    recognition: dict[str, Recognition] = field(default_factory=dict)
    """By language."""
    told: list[Told] = field(default_factory=list)
    """Which of two languages is spoken."""
    text: dict[tuple[str, str], TextTranslation] = field(default_factory=dict)
    """By set of sentences and direction."""
    dangers: dict[tuple[str, str], Dangers] = field(default_factory=dict)
    """By set of sentences and direction."""
    speech: list[SpeechTranslation] = field(default_factory=list)
    modes: list[ModeResult] = field(default_factory=list)
    human: dict[str, dict[str, float]] = field(default_factory=dict)
    """Opinion scores of the recordings, by language and name."""

    def usage(self) -> Usage:
        """What all of it cost."""
        total = Usage()
        for heard in self.recognition.values():
            total.add(heard.usage)
        for translated in self.text.values():
            total.add(translated.usage)
        for found in self.dangers.values():
            total.add(found.usage)
        for result in self.speech:
            total.add(result.usage)
        for interpreted in self.modes:
            total.add(interpreted.usage)
        return total

    def human_mos(self, language: str) -> float | None:
        """The mean of the recordings in a language."""
        return mean(list(self.human.get(language, {}).values()))

    def targets(self) -> list[Target]:
        """The targets of everything that was measured."""
        found: list[Target | None] = []
        for language, part in self.recognition.items():
            found.append(targets.recognition(language, part.errors.rate, part.errors_folded.rate))
        for (name, direction), translation in self.text.items():
            found.append(targets.text(name, direction, translation.scores.bleu))
        for (name, direction), dangers in self.dangers.items():
            found.append(targets.safety(name, direction, dangers.unmarked))
        for result in self.speech:
            found.append(self._naturalness_target(result))
        for direction, lost in bleu_lost(self.modes).items():
            found.append(targets.simultaneity(direction, lost))
        return [target for target in found if target]

    def _naturalness_target(self, result: SpeechTranslation) -> Target | None:
        mos, human = voice_mos(result), self.human_mos(result.direction[0])
        if result.voice != "good" or mos is None or human is None:
            return None
        return targets.naturalness("-".join(result.direction), mos, human)

    def tables(self) -> str:
        """Everything, at most 100 columns wide."""
        parts = [f"data: {self.origin}"]
        if self.recognition:
            parts.append(self._recognition_table())
        if self.told:
            parts.append(self._languages_table())
        if self.text:
            parts.append(self._text_table())
        if self.dangers:
            parts.append(self._dangers_table())
        if self.speech:
            parts += [self._speech_table(), self._cost_table()]
        if self.modes:
            parts.append(self._modes_table())
        if self.text or self.speech:
            parts.append(self._directions_table())
        if bounds := self.targets():
            missed = [target.name for target in bounds if not target.is_reached]
            reached = f"Targets reached: {len(bounds) - len(missed)} of {len(bounds)}"
            parts.append(reached + (f". Missed: {'; '.join(missed)}." if missed else "."))
        return "\n\n".join(parts)

    def _recognition_table(self) -> str:
        rows = []
        for language, part in self.recognition.items():
            target = targets.recognition(language, part.errors.rate, part.errors_folded.rate)
            for folded, errors in ((False, part.errors), (True, part.errors_folded)):
                is_bound = target is not None and folded == (language == "es")
                if folded and language != "es":
                    continue
                rows.append(
                    [
                        f"{NAMES[language]}{', accents folded' if folded else ''}",
                        str(len(part.heard)),
                        str(errors.words),
                        str(errors.substitutions),
                        str(errors.insertions),
                        str(errors.deletions),
                        table.percent(errors.rate),
                        f"<= {table.percent(target.bound)}" if target and is_bound else "",
                        target.verdict if target and is_bound else "",
                    ]
                )
        header = ["", "clips", "words", "wrong", "added", "lost", "rate", "target", ""]
        return table.render("Recognition: word errors, in Mandarin errors in characters", header, rows)

    def _languages_table(self) -> str:
        rows = [
            [
                f"{' or '.join(NAMES[language] for language in told.pair)}: {NAMES[told.spoken]}",
                str(told.clips),
                str(told.right),
                table.percent(told.right / told.clips),
                table.number(told.heard_s, 2),
            ]
            for told in self.told
        ]
        return table.render("Which language is spoken", ["", "clips", "right", "rate", "seconds heard"], rows)

    def _text_table(self) -> str:
        rows = []
        for (name, direction), part in self.text.items():
            target = targets.text(name, direction, part.scores.bleu)
            latency = results.stage("mt", "sentence", [each.latency_ms for each in part.sentences])
            rows.append(
                [
                    f"{name} {direction}",
                    str(len(part.sentences)),
                    table.number(part.scores.bleu),
                    table.number(part.scores.chrf),
                    table.number(latency["p50"]),
                    table.number(latency["p95"]),
                    f"BLEU >= {target.bound:.0f}" if target else "",
                    target.verdict if target else "",
                ]
            )
        header = ["", "pairs", "BLEU", "chrF", "ms p50", "ms p95", "target", ""]
        signatures = sorted({part.scores.bleu_signature for part in self.text.values()})
        notes = "".join(f"\n  sacrebleu BLEU {signature}" for signature in signatures)
        return table.render("Translation of text", header, rows) + notes

    def _dangers_table(self) -> str:
        rows = []
        for (name, direction), found in self.dangers.items():
            target = targets.safety(name, direction, found.unmarked)
            rows.append(
                [
                    f"{direction}, {name}",
                    str(len(found.judged)),
                    table.percent(found.without),
                    table.percent(found.unmarked),
                    table.percent(found.marked),
                    table.percent(found.false_alarms),
                    f"<= {table.percent(target.bound)}",
                    target.verdict,
                ]
            )
        header = ["", "sentences", "without", "with, unmarked", "with, marked", "right, marked", "unmarked", ""]
        return table.render("Dangerous errors, without and with the safety layer", header, rows)

    def _speech_table(self) -> str:
        rows = []
        for result in self.speech:
            target = self._naturalness_target(result)
            rows.append(
                [
                    f"{'-'.join(result.direction)}, {result.voice} voice{' *' if result.is_made else ''}",
                    str(len(result.spoken)),
                    table.number(result.text_scores.bleu if result.text_scores else None),
                    table.number(result.asr_scores.bleu if result.asr_scores else None),
                    table.number(result.asr_scores.chrf if result.asr_scores else None),
                    table.percent(result.round_trip.rate if result.round_trip else None),
                    table.number(voice_mos(result), 2),
                    f">= {table.number(target.bound, 2)}" if target else "",
                    target.verdict if target else "",
                ]
            )
        header = ["", "clips", "text BLEU", "ASR-BLEU", "ASR-chrF", "heard back", "MOS", "human's", ""]
        note = "  heard back: word errors of the sound, recognised again, against the text that was to be spoken"
        if any(result.is_made for result in self.speech):
            note += "\n  * no recordings have a reference: sentences of Tatoeba that the program itself spoke"
        return f"{table.render('Speech to speech: against reference translations', header, rows)}\n{note}"

    def _cost_table(self) -> str:
        rows = []
        for result in self.speech:
            rows.append(
                [
                    f"{'-'.join(result.direction)}, {result.voice} voice",
                    table.number(sum(each.seconds for each in result.spoken)),
                    table.number(result.start.wall_s, 2),
                    table.number(result.start.cpu_s, 2),
                    table.number(result.real_time_factor, 2),
                    table.number(result.cpu_per_second, 2),
                    table.number(result.usage.peak_memory_bytes / 1e6, 0),
                ]
            )
        header = ["", "seconds of speech", "load s", "load CPU s", "real-time factor", "CPU s per s", "peak MB"]
        return table.render("Speech to speech: cost, without the loading but for memory", header, rows)

    def _directions_table(self) -> str:
        """Everything that is known of each direction in one line."""
        rows = []
        for source, target in DIRECTIONS:
            direction = f"{source}-{target}"
            heard, text = self.recognition.get(source), self.text.get(("tatoeba", direction))
            spoken = next((each for each in self.speech if each.direction == (source, target)), None)
            bound = targets.text("tatoeba", direction, text.scores.bleu) if text else None
            latency = results.stage("mt", "", [each.latency_ms for each in text.sentences])["p50"] if text else None
            rows.append(
                [
                    direction,
                    table.percent(heard.errors_folded.rate if heard else None),
                    table.number(text.scores.bleu if text else None),
                    table.number(text.scores.chrf if text else None),
                    f"({targets.PUBLISHED[direction]})",
                    table.number(spoken.asr_scores.bleu if spoken and spoken.asr_scores else None),
                    table.number(spoken.asr_scores.chrf if spoken and spoken.asr_scores else None),
                    table.number(latency, 0),
                    table.number(spoken.usage.peak_memory_bytes / 1e6 if spoken else None, 0),
                    bound.verdict if bound else "",
                ]
            )
        header = ["", "WER", "BLEU", "chrF", "(Firefox)", "ASR-BLEU", "ASR-chrF", "ms", "peak MB", ""]
        title = "The directions: recognition, text (Tatoeba), speech to speech with the good voice"
        notes = [
            "  (Firefox): BLEU that Mozilla publishes, of other sentences (FLORES); ms: a sentence of text, p50",
            *(
                f"  {direction}: {'; '.join(', '.join(each) for each in by.values())}"
                for direction, by in self.engines.items()
            ),
        ]
        return "\n".join([table.render(title, header, rows), *notes])

    def _modes_table(self) -> str:
        rows = [
            [
                f"{'-'.join(result.direction)}, {result.mode}",
                str(len(result.interpreted)),
                table.percent(result.errors.rate),
                around(result.bleu, 1) if result.bleu else table.number(None),
                around(result.chrf, 1) if result.chrf else table.number(None),
                table.number(result.first_clause_s, 2),
                table.number(result.laal_s, 2),
            ]
            for result in self.modes
        ]
        header = ["", "said", "WER", "BLEU", "chrF", "first clause s", "LAAL s"]
        title = "Both modes in the time of the recording; mean over the silences before it (least to most)"
        lost = [f"{direction} {lost:+.1f}" for direction, lost in bleu_lost(self.modes).items()]
        note = f"\n  BLEU lost to simultaneity: {', '.join(lost)}; at most {targets.BLEU_LOST:g}" if lost else ""
        return table.render(title, header, rows) + note

    def document(self, versions: dict[str, str | None]) -> dict[str, Any]:
        """As docs/results.md describes it."""
        total = self.usage()
        return {
            "schema": results.VERSION,
            "kind": "eval",
            "machine": results.machine(),
            "versions": versions,
            "models": results.models(results.model_directory()),
            "data": self.origin,
            "engines": self.engines,
            "targets": [{**asdict(each), "verdict": each.verdict} for each in self.targets()],
            "recognition": {
                language: {
                    "clips": len(part.heard),
                    "as_written": asdict(part.errors),
                    "accents_folded": asdict(part.errors_folded),
                }
                for language, part in self.recognition.items()
            },
            "languages": [{**asdict(told), "pair": "|".join(told.pair)} for told in self.told],
            "text": [
                {"set": name, "direction": direction, "sentences": len(part.sentences), **asdict(part.scores)}
                for (name, direction), part in self.text.items()
            ],
            "safety": [danger_summary(*key, found) for key, found in self.dangers.items()],
            "speech": [self._speech_summary(result) for result in self.speech],
            "modes": [mode_summary(result) for result in self.modes],
            "clips": [
                *(clip_heard(each) for part in self.recognition.values() for each in part.heard),
                *(self._clip_spoken(result, each) for result in self.speech for each in result.spoken),
                *(clip_interpreted(result, each) for result in self.modes for each in result.interpreted),
            ],
            "sentences": [
                {
                    "set": name,
                    "direction": direction,
                    "source_text": each.source,
                    "target_text": each.target,
                    "reference": each.reference,
                }
                for (name, direction), part in self.text.items()
                for each in part.sentences
            ],
            "stages": [
                *(
                    results.stage("asr", f"clip, {language}", [each.latency_ms for each in part.heard])
                    for language, part in self.recognition.items()
                ),
                *(
                    results.stage("mt", f"sentence, {name} {direction}", [each.latency_ms for each in part.sentences])
                    for (name, direction), part in self.text.items()
                ),
            ],
            "cpu_seconds": total.cpu_s,
            "peak_resident_bytes": total.peak_memory_bytes,
            "messages": total.messages,
        }

    def _speech_summary(self, result: SpeechTranslation) -> dict[str, Any]:
        return {
            "direction": "-".join(result.direction),
            "voice": result.voice,
            "clips": len(result.spoken),
            "text_scores": scores(result.text_scores),
            "asr_scores": scores(result.asr_scores),
            "heard_back": asdict(result.round_trip) if result.round_trip else None,
            "mos": voice_mos(result),
            "human_mos": self.human_mos(result.direction[0]),
            "load_s": result.start.wall_s,
            "load_cpu_seconds": result.start.cpu_s,
            "real_time_factor": result.real_time_factor,
            "cpu_seconds_per_second_of_speech": result.cpu_per_second,
        }

    def _clip_spoken(self, result: SpeechTranslation, each: Spoken) -> dict[str, Any]:
        source, target = result.direction
        return {
            "part": "speech",
            "file": each.clip.path.name,
            "direction": f"{source}-{target}",
            "voice": result.voice,
            "seconds": each.seconds,
            "transcript": each.clip.transcript,
            "source_text": each.source_text,
            "target_text": each.target_text,
            "reference": each.clip.translations.get(target),
            "heard_back": each.heard_back,
            "heard_back_wer": each.round_trip.rate if each.round_trip else None,
            "untranslated": [word for segment in each.segments for word in segment.untranslated],
            "notes": [note for segment in each.segments for note in segment.notes],
            "mos": each.mos,
            "human_mos": self.human.get(source, {}).get(each.clip.name),
            "is_made": each.clip.is_made,
        }


def coloured(tables: str) -> str:
    """What was missed in red."""
    return re.sub(r"^.*\bMISS$", rf"{RED}\g<0>{PLAIN}", tables, flags=re.MULTILINE)


def clip_heard(each: Heard) -> dict[str, Any]:
    """The row of a recording that was only transcribed."""
    return {
        "part": "recognition",
        "file": each.clip.path.name,
        "language": each.clip.language,
        "transcript": each.clip.transcript,
        "source_text": each.text,
        "wer": each.errors.rate,
        "wer_accents_folded": each.errors_folded.rate,
        "latency_ms": each.latency_ms,
    }


def clip_interpreted(result: ModeResult, each: Interpreted) -> dict[str, Any]:
    """The row of a recording that was interpreted in one of the modes."""
    source, target = result.direction
    return {
        "part": "modes",
        "file": each.clip.path.name,
        "direction": f"{source}-{target}",
        "mode": result.mode,
        "silence_s": each.silence_s,
        "seconds": each.seconds,
        "transcript": each.clip.transcript,
        "source_text": each.source_text,
        "target_text": each.target_text,
        "reference": each.clip.translations.get(target),
        "clauses": [asdict(clause) for clause in each.clauses],
    }


def danger_summary(name: str, direction: str, found: Dangers) -> dict[str, Any]:
    """One set of sentences in one direction, as a document has it."""
    return {
        "set": name,
        "direction": direction,
        "sentences": len(found.judged),
        "without": found.without,
        "unmarked": found.unmarked,
        "marked": found.marked,
        "false_alarms": found.false_alarms,
        "judged": [asdict(each) for each in found.judged],
    }


def mode_summary(result: ModeResult) -> dict[str, Any]:
    """One direction in one mode, as a document has it."""
    return {
        "direction": "-".join(result.direction),
        "mode": result.mode,
        "clips": len(result.interpreted),
        "recognition": asdict(result.errors),
        "bleu": asdict(result.bleu) if result.bleu else None,
        "chrf": asdict(result.chrf) if result.chrf else None,
        "first_clause_s": result.first_clause_s,
        "laal_s": result.laal_s,
        "cpu_seconds": result.usage.cpu_s,
    }


def scores(found: TextScores | None) -> dict[str, Any] | None:
    """As a document has it."""
    return asdict(found) if found else None


def voice_mos(result: SpeechTranslation) -> float | None:
    """The mean opinion score of the translations."""
    return mean([each.mos for each in result.spoken])


def write(document: dict[str, Any], folder: Path) -> Path:
    """Checks the document and leaves it as `eval.json`."""
    if found := results.problems(document):
        raise AssertionError("the result breaks its own schema: " + "; ".join(found[:5]))
    path = folder / "eval.json"
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
