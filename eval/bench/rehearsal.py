"""Lets `dragoman rehearse --bench` say the recordings of a session, and takes its result."""

import json
import os
import subprocess
from pathlib import Path

from bench.figures import Result
from bench.plan import Session
from command import CommandError


def hold(dragoman: Path, session: Session, voice: str) -> Result:
    """Holds it, in real time; what it says of its progress goes to standard error."""
    source, target = session.direction
    arguments = ["rehearse", *(str(saying.path) for saying in session.sayings), "--bench"]
    arguments += ["--from", source, "--to", target, "--voice", voice, "--mode", session.mode]
    arguments += ["--warm-up", str(session.warm_up.path)]
    before = os.getloadavg()[0]
    done = subprocess.run([str(dragoman), *arguments], stdout=subprocess.PIPE, text=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise CommandError(f"dragoman rehearse ended with {done.returncode} in {session.title}: see above")
    result: Result = json.loads(done.stdout)
    result |= {
        "part": session.part,
        "direction": "-".join(session.direction),
        "run": session.run,
        "load_average": {"before": before, "after": os.getloadavg()[0]},
    }
    for name in ("schema", "kind", "summary"):
        result.pop(name, None)
    for clip, saying in zip(result["clips"], session.sayings, strict=True):
        clip["reference"] = saying.reference
        clip["silence_s"] = saying.silence_s
        clip["marks"] = [{"file": mark.file, "begins_s": mark.begins_s, "ends_s": mark.ends_s} for mark in saying.marks]
    return result
