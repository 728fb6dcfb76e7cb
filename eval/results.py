"""Results that a program can read: what they have in common, and a check against the schema.

`python3 eval/results.py FILE...` checks result files of any kind against docs/results.schema.json.
"""

import hashlib
import json
import math
import os
import platform
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

SCHEMA_FILE = Path(__file__).resolve().parent.parent / "docs" / "results.schema.json"
VERSION = 3
KINDS = ("run", "bench", "bench-streams", "eval")


def machine() -> dict[str, Any]:
    """The machine that was measured."""
    info = _read("/proc/cpuinfo")
    memory = _field(_read("/proc/meminfo"), "MemTotal").split()
    return {
        "cpu": _field(info, "model name") or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": 1024 * int(memory[0]) if memory else 0,
        "kernel": platform.release(),
        "architecture": platform.machine(),
    }


def commit(root: Path) -> str | None:
    """The commit of a checkout, with `+` where files differ from it; none where there is no history."""
    try:
        head = subprocess.check_output(
            ["git", "rev-parse", "--short=12", "HEAD"], cwd=root, stderr=subprocess.DEVNULL, text=True
        ).strip()
        changes = subprocess.check_output(["git", "status", "--porcelain", "--untracked-files=no"], cwd=root)
    except (OSError, subprocess.CalledProcessError):
        return None
    return head + ("+" if changes else "")


def model_directory() -> Path:
    """Where dragoman keeps its models."""
    if named := os.environ.get("DRAGOMAN_MODELS"):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dragoman" / "models"


def models(folder: Path) -> list[dict[str, str]]:
    """Every file of the models that are here, with its SHA-256."""
    found = []
    for path in sorted(path for path in folder.glob("*/*") if path.is_file()):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        found.append({"name": path.parent.name, "file": path.name, "sha256": digest})
    return found


def stage(name: str, kind: str, latencies_ms: list[float]) -> dict[str, Any]:
    """Percentiles (nearest rank) of a stage's latencies."""
    ordered = sorted(latencies_ms)
    ranks = {f"p{p}": ordered[math.ceil(p / 100 * len(ordered)) - 1] for p in (50, 95, 99)}
    return {"stage": name, "kind": kind, **ranks, "count": len(ordered)}


def problems(document: Any, schema: dict[str, Any] | None = None) -> list[str]:
    """What in a result differs from the schema of its kind: nothing, if all is well."""
    schema = schema or json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    kind = document.get("kind") if isinstance(document, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        return [f"kind: {kind!r} is none of {', '.join(KINDS)}"]
    return _problems(document, schema["$defs"][kind], schema["$defs"], kind)


TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
KNOWN = {"$ref", "description", "type", "properties", "required", "additionalProperties", "items", "enum", "pattern"}


def _problems(value: Any, rule: dict[str, Any], rules: dict[str, Any], where: str) -> list[str]:
    """The part of JSON Schema that the schema uses; a keyword beyond it is an error of the schema."""
    if unknown := rule.keys() - KNOWN:
        raise ValueError(f"{where}: the schema uses {', '.join(sorted(unknown))}, which is not checked here")
    if "$ref" in rule:
        return _problems(value, rules[rule["$ref"].removeprefix("#/$defs/")], rules, where)
    if "type" in rule:
        names = rule["type"] if isinstance(rule["type"], list) else [rule["type"]]
        if not any(_is(value, name) for name in names):
            return [f"{where}: {value!r} is no {' or '.join(names)}"]
    if "enum" in rule and value not in rule["enum"]:
        return [f"{where}: {value!r} is none of {rule['enum']}"]
    if "pattern" in rule and not re.search(rule["pattern"], value):
        return [f"{where}: {value!r} does not match {rule['pattern']}"]
    found = []
    if isinstance(value, dict):
        properties = rule.get("properties", {})
        found += [f"{where}: {name} is missing" for name in rule.get("required", []) if name not in value]
        for name, part in value.items():
            inner = properties.get(name, rule.get("additionalProperties", {}))
            if inner is False:
                found.append(f"{where}: {name} is unknown")
            else:
                found += _problems(part, inner, rules, f"{where}.{name}")
    if isinstance(value, list) and "items" in rule:
        for index, part in enumerate(value):
            found += _problems(part, rule["items"], rules, f"{where}[{index}]")
    return found


def _is(value: Any, name: str) -> bool:
    """Whether a value has a type of JSON; in Python, but not there, true and false are numbers."""
    return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""


def _field(text: str, name: str) -> str:
    for line in text.splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return ""


def main(files: list[str]) -> int:
    """Checks files; says what is wrong with them."""
    wrong = 0
    for file in files:
        try:
            found = problems(json.loads(Path(file).read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            found = [str(error)]
        wrong += bool(found)
        print("\n".join(f"{file}: {problem}" for problem in found) or f"{file}: good")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
