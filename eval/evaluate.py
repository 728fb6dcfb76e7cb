"""Measures the quality of dragoman. Called by eval/run, which provides the packages; README.md explains the figures."""

import argparse
import sys
from importlib.metadata import version
from pathlib import Path

from tqdm import tqdm

import clips
import dangers
import languages
import measure
import modes
import report
import results
from command import CommandError, Dragoman
from mos import MosPredictor
from options import some_of

PARTS = ("wer", "language", "text", "safety", "speech", "modes", "mos")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="eval/run",
        description="Measures recognition, translation and speech; prints tables and writes OUT/eval.json.",
    )
    parser.add_argument("--dragoman", type=Path, default=Path("target/release/dragoman"), help="the program to measure")
    parser.add_argument("--out", type=Path, default=Path("out"), help="the directory for eval.json and the sound")
    parser.add_argument("--config", type=Path, metavar="FILE", help="a configuration other than the default one")
    parser.add_argument("--quick", action="store_true", help="a fifth of the recordings, a tenth of the sentences")
    parser.add_argument(
        "--only", type=some_of(PARTS), default=list(PARTS), metavar="PART,...", help=f"of {', '.join(PARTS)}"
    )
    return parser.parse_args()


def steps(data: clips.Data, only: list[str]) -> int:
    """How many steps the progress bar has."""
    spoken = 2 * sum(measure.count_to_speak(data, direction) for direction in measure.DIRECTIONS)
    timed = 2 * sum(len(modes.clips(data, direction)) for direction in measure.DIRECTIONS)
    return (
        len(data.clips) * ("wer" in only)
        + sum(len(data.clips_of(spoken)) for other in clips.LANGUAGES[1:] for spoken in ("en", other))
        * ("language" in only)
        + 2 * sum(len(pair_set.pairs) for pair_set in data.pair_sets) * ("text" in only)
        + 2 * len(measure.DIRECTIONS) * sum(len(dangers.load(name)) for name in dangers.SETS) * ("safety" in only)
        + timed * len(modes.SILENCES_S) * ("modes" in only)
        + spoken * (("speech" in only or "mos" in only) + ("speech" in only) + ("mos" in only))
    )


def evaluate(dragoman: Dragoman, data: clips.Data, only: list[str], out: Path) -> report.Outcome:
    """Measures the parts asked for, with a progress bar."""
    outcome = report.Outcome(data.origin, dragoman.directions())
    # On a terminal the bar moves; elsewhere a line now and then has to do.
    pause = 0.5 if sys.stderr.isatty() else 15
    with tqdm(total=steps(data, only), unit="", mininterval=pause, dynamic_ncols=True, desc="loading models") as bar:

        def tick(what: str) -> None:
            bar.set_description(what, refresh=False)
            bar.update()

        if "wer" in only:
            for language in clips.LANGUAGES:
                if chosen := data.clips_of(language):
                    outcome.recognition[language] = measure.measure_recognition(dragoman, chosen, language, tick)
        if "language" in only:
            for other in clips.LANGUAGES[1:]:
                for spoken in ("en", other):
                    if chosen := data.clips_of(spoken):
                        outcome.told.append(languages.tell(dragoman, chosen, ("en", other), spoken, tick))
        if "text" in only:
            for pair_set in data.pair_sets:
                for direction in pair_set.directions:
                    key = (pair_set.name, "-".join(direction))
                    outcome.text[key] = measure.measure_text(dragoman, pair_set, direction, tick)
        if "safety" in only:
            for name in dangers.SETS:
                sentences = dangers.load(name)
                for direction in measure.DIRECTIONS:
                    found = dangers.measure(dragoman, sentences, direction, tick)
                    outcome.dangers[name, "-".join(direction)] = found
        if "speech" in only or "mos" in only:
            # The interpreter's own remarks are no translation.
            (out / "eval").mkdir(parents=True, exist_ok=True)
            quiet = dragoman.with_switch(out / "eval" / "config.toml", "tts", "speak_doubts", is_on=False)
            for direction in measure.DIRECTIONS:
                if chosen := measure.clips_to_speak(dragoman, data, direction, out / "eval"):
                    for voice in measure.VOICES:
                        result = measure.speak(quiet, chosen, direction, voice, out / "eval", tick)
                        outcome.speech.append(result)
        if "speech" in only:
            for result in outcome.speech:
                measure.listen_back(dragoman, result, tick)
        if "modes" in only:
            for direction in measure.DIRECTIONS:
                chosen = modes.clips(data, direction)
                for mode in modes.MODES if chosen else ():
                    outcome.modes.append(modes.interpret(dragoman, chosen, direction, mode, out / "eval", tick))
        if "mos" in only:
            outcome.human = measure.measure_naturalness(MosPredictor(), outcome.speech, tick)
    return outcome


def main() -> int:
    """The exit status: 0 also where a target is missed, 1 where something broke."""
    options = arguments()
    try:
        dragoman = Dragoman(options.dragoman, options.config)
        data = clips.load()
        if options.quick:
            data = data.quick()
        options.out.mkdir(parents=True, exist_ok=True)
        outcome = evaluate(dragoman, data, options.only, options.out)
        versions = {"dragoman": dragoman.version().removeprefix("dragoman "), "commit": results.commit(clips.ROOT)}
        versions |= {name: version(name) for name in ("sacrebleu", "jiwer", "distillmos")}
        path = report.write(outcome.document(versions), options.out)
    except (CommandError, clips.DataError, OSError) as error:
        print(f"eval: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("eval: interrupted; nothing was written", file=sys.stderr)
        return 130
    print(report.coloured(outcome.tables()) if sys.stdout.isatty() else outcome.tables())
    if "text" in options.only and not data.pair_sets:
        print("\nTranslation of text was not measured: there are no sentence pairs.")
    print(f"\nfigures, every clip and every sentence: {path}; the sound: {options.out / 'eval'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
