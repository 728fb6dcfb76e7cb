"""Measures the daemon in real time: `scripts/bench --help`. eval/README.md explains the figures."""

import argparse
import json
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import clips
import results
from bench import plan, rehearsal
from bench.chart import lag_chart
from bench.figures import Result
from bench.report import Outcome
from command import CommandError, Dragoman
from options import some_of

SEED = 1


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Speaks recordings into the daemon in real time; prints tables and writes OUT/bench.json.",
    )
    parser.add_argument("--dragoman", type=Path, default=Path("target/release/dragoman"), help="the program to measure")
    parser.add_argument("--out", type=Path, default=Path("out"), help="the directory for bench.json and bench-lag.svg")
    parser.add_argument(
        "--parts", type=some_of(plan.PARTS), default=list(plan.PARTS), metavar="PART,...", help=", ".join(plan.PARTS)
    )
    parser.add_argument(
        "--runs", type=int, default=3, help="of the clips, in both modes (%(default)s); the other parts run once"
    )
    parser.add_argument("--clips", type=int, default=20, help="for each direction (%(default)s)")
    parser.add_argument("--minutes", type=float, default=10, help="of the long run (%(default)s)")
    parser.add_argument("--voice", choices=("auto", "good", "light"), default="auto", help="which voice (%(default)s)")
    parser.add_argument("--directions", type=plan.directions, default="en-es,es-en", help="which (%(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="of the order, the pauses and the noise (%(default)s)")
    chosen = parser.parse_args()
    if min(chosen.runs, chosen.clips, chosen.minutes) <= 0:
        parser.error("--runs, --clips and --minutes must be above 0")
    return chosen


def hold(dragoman: Path, sessions: list[plan.Session], voice: str) -> list[Result]:
    """Holds all sessions, and says how long it will take."""
    left = sum(session.seconds for session in sessions)
    print(f"bench: {len(sessions)} sessions in real time, about {left / 60:.1f} minutes", file=sys.stderr)
    found = []
    for number, session in enumerate(sessions, 1):
        ends = time.strftime("%H:%M", time.localtime(time.time() + left))
        run = f" (run {session.run})" if session.part in ("clips", "consecutive") else ""
        heading = f"\n== {number}/{len(sessions)} {session.title}{run}: {session.seconds / 60:.1f} min; all done {ends}"
        print(heading, file=sys.stderr)
        found.append(rehearsal.hold(dragoman, session, voice))
        left -= session.seconds
    return found


def main() -> int:
    """The exit status: 0 also where a target is missed, 1 where something broke."""
    given = arguments()
    options = plan.Options(
        given.parts, given.clips, given.runs, given.minutes, given.voice, given.directions, given.seed
    )
    try:
        dragoman = Dragoman(given.dragoman)
        data = clips.load()
        given.out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            sessions = plan.sessions(options, data, plan.noises(clips.folder()), Path(scratch))
            if not sessions:
                raise clips.DataError(f"there is nothing to say for {', '.join(options.parts)} in {data.origin}")
            runs = hold(dragoman.program, sessions, options.voice)
        outcome = Outcome(options, data.origin, runs)
        document = outcome.document({"commit": results.commit(clips.ROOT), "sacrebleu": version("sacrebleu")})
        path = given.out / "bench.json"
        path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        if outcome.lags:
            chart = lag_chart(outcome.lags, outcome.trend, outcome.lag_line())
            (given.out / "bench-lag.svg").write_text(chart, encoding="utf-8")
    except (CommandError, clips.DataError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: interrupted; nothing was written", file=sys.stderr)
        return 130
    print(outcome.tables())
    # Last, so that half an hour of measuring is not lost to it.
    if found := results.problems(document):
        raise AssertionError("the result breaks its own schema: " + "; ".join(found[:5]))
    chart_note = f"; the lag drawn: {given.out / 'bench-lag.svg'}" if outcome.lags else ""
    print(f"\nfigures and every utterance: {path}{chart_note}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
