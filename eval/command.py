"""Runs the `dragoman` command and measures what it costs."""

import json
import os
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

SAMPLING_S = 0.1


class CommandError(Exception):
    """The command failed; the message carries what it said."""


@dataclass
class Usage:
    """What a process and its children cost."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    """User and system time; children count once they have ended."""
    peak_memory_bytes: int = 0
    """Most memory that the process and its children held together, as sampled; at least the process's own peak."""
    messages: list[str] = field(default_factory=list)
    """Lines on standard error."""

    def add(self, other: "Usage") -> None:
        """Takes another process in, one that ran before or after."""
        self.wall_s += other.wall_s
        self.cpu_s += other.cpu_s
        self.peak_memory_bytes = max(self.peak_memory_bytes, other.peak_memory_bytes)
        self.messages += other.messages


@dataclass(frozen=True)
class Clause:
    """A part of a translation."""

    text: str
    source_until_s: float
    """How much of the recording it was made from."""


@dataclass(frozen=True)
class Segment:
    """What `dragoman translate --json` says of one segment."""

    file: str
    source_text: str
    target_text: str
    confidence: float
    untranslated: list[str]
    notes: list[str]
    doubts: list[str]
    clauses: list[Clause]

    @staticmethod
    def read(line: str) -> "Segment":
        """From a line of JSON."""
        found = json.loads(line)
        return Segment(**found | {"clauses": [Clause(**clause) for clause in found["clauses"]]})


@dataclass(frozen=True)
class Line:
    """What `dragoman translate-text --json` says of one line."""

    text: str
    doubts: list[str]
    notes: list[str]

    @staticmethod
    def read(line: str) -> "Line":
        """From a line of JSON."""
        found = json.loads(line)
        return Line(found["target_text"], found["doubts"], found["notes"])


@dataclass(frozen=True)
class Timed:
    """A line of output, and how long after the one before it came, in milliseconds."""

    text: str
    latency_ms: float


class Dragoman:
    """The command under test, with a configuration file where one is named."""

    def __init__(self, program: Path, config: Path | None = None) -> None:
        if not os.access(program, os.X_OK):
            raise CommandError(f"{program} is not a program: build it (cargo build --release) or name it (--dragoman)")
        self.program = program
        self.config = config
        self.options = ["--config", str(config)] if config else []

    def with_switch(self, path: Path, section: str, key: str, is_on: bool) -> "Dragoman":
        """The same program with a configuration, at `path`, in which one key is as told."""
        text = self.config.read_text(encoding="utf-8") if self.config else ""
        setting = f"{key} = {str(is_on).lower()}"
        lines, here, is_set = [], "", False
        for line in text.splitlines():
            if header := re.match(r"\s*\[([^\]]+)\]", line):
                here = header[1].strip()
            if here == section and re.match(rf"\s*{key}\s*=", line):
                continue
            lines.append(line)
            if header and here == section:
                lines.append(setting)
                is_set = True
        if not is_set:
            lines += [f"[{section}]", setting]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return Dragoman(self.program, path)

    def version(self) -> str:
        """As the program says it."""
        return subprocess.run([self.program, "--version"], capture_output=True, text=True, check=True).stdout.strip()

    def transcribe(self, language: str, paths: list[Path], usage: Usage) -> Iterator[Timed]:
        """One line a recording. The first one's time holds the loading of the models."""
        with self._started(["transcribe", "--language", language, *map(str, paths)], usage) as process:
            assert process.stdout
            before = time.monotonic()
            count = 0
            for line in process.stdout:
                now = time.monotonic()
                count += 1
                if count <= len(paths):
                    yield Timed(line.strip(), 1000 * (now - before))
                before = now
        if count != len(paths):
            raise CommandError(f"dragoman transcribe gave {count} lines for {len(paths)} recordings")

    def translate_text(self, source: str, target: str, lines: list[str], usage: Usage) -> Iterator[Timed]:
        """One line a sentence; the next is handed over when the one before has come back."""
        with self._started(["translate-text", "--from", source, "--to", target], usage) as process:
            assert process.stdin and process.stdout
            count = 0
            for line in lines:
                before = time.monotonic()
                try:
                    process.stdin.write(f"{line}\n")
                    process.stdin.flush()
                except BrokenPipeError:
                    break
                answer = process.stdout.readline()
                if not answer:
                    break
                yield Timed(answer.strip(), 1000 * (time.monotonic() - before))
                count += 1
        if count != len(lines):
            raise CommandError(f"dragoman translate-text gave {count} lines for {len(lines)}")

    def speak(self, language: str, lines: list[str], folder: Path) -> None:
        """Speaks each line with the good voice: 0001.wav and so on in `folder`."""
        arguments = ["speak", str(folder), "--language", language, "--voice", "good"]
        with self._started(arguments, Usage()) as process:
            assert process.stdin
            process.stdin.writelines(f"{line}\n" for line in lines)

    def identify(self, languages: tuple[str, ...], paths: list[Path]) -> list[str]:
        """A line a recording: its language, how probable it is, from how many seconds; `-` where nobody speaks."""
        with self._started(["identify", "--languages", ",".join(languages), *map(str, paths)], Usage()) as process:
            assert process.stdout
            lines = process.stdout.read().splitlines()
        if len(lines) != len(paths):
            raise CommandError(f"dragoman identify gave {len(lines)} lines for {len(paths)} recordings")
        return lines

    def directions(self) -> dict[str, dict[str, list[str]]]:
        """The engines of each direction that is offered, by stage, in the order in which they are asked."""
        arguments = [str(self.program), "directions", "--json", *self.options]
        lines = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.splitlines()
        rows = [json.loads(line) for line in lines]
        return {row["direction"]: {stage: row[stage] for stage in ("asr", "mt", "tts")} for row in rows}

    def translate_lines(self, source: str, target: str, lines: list[str], usage: Usage) -> list[Line]:
        """Every line with what is in doubt of it; not timed."""
        with self._started(["translate-text", "--from", source, "--to", target, "--json"], usage) as process:
            assert process.stdin and process.stdout
            answers = []
            for line in lines:
                try:
                    process.stdin.write(f"{line}\n")
                    process.stdin.flush()
                except BrokenPipeError:
                    break
                if not (answer := process.stdout.readline()):
                    break
                answers.append(Line.read(answer))
        if len(answers) != len(lines):
            raise CommandError(f"dragoman translate-text gave {len(answers)} lines for {len(lines)}")
        return answers

    def translate(
        self, sound: Path, result: Path, direction: tuple[str, str], voice: str, usage: Usage
    ) -> list[Segment]:
        """Speech to speech, with a `voice` good or light."""
        with self._started(["translate", str(sound), str(result), *_how(direction, voice)], usage) as process:
            assert process.stdout
            lines = process.stdout.readlines()
        return [Segment.read(line) for line in lines]

    def translate_all(
        self, sounds: list[Path], folder: Path, direction: tuple[str, str], voice: str, mode: str, usage: Usage
    ) -> Iterator[tuple[Path, list[Segment]]]:
        """The same of several recordings in one process, in their order; the sound goes into `folder`."""
        arguments = ["translate", *map(str, sounds), str(folder), *_how(direction, voice), "--mode", mode]
        left = iter(sounds)
        now, segments = next(left), list[Segment]()
        with self._started(arguments, usage) as process:
            assert process.stdout
            for line in process.stdout:
                segment = Segment.read(line)
                while Path(segment.file) != now:
                    yield now, segments
                    now, segments = next(left), []
                segments.append(segment)
        yield now, segments
        yield from ((each, []) for each in left)

    @contextmanager
    def _started(self, arguments: list[str], usage: Usage) -> Iterator[subprocess.Popen[str]]:
        """The command while it runs; afterwards `usage` holds what it cost."""
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints:
            begin = time.monotonic()
            process = subprocess.Popen(
                [str(self.program), *arguments, *self.options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                text=True,
                encoding="utf-8",
            )
            watch = MemoryWatch(process.pid)
            try:
                yield process
                _close(process.stdin)
                _, status, spent = os.wait4(process.pid, 0)
            except BaseException:
                process.kill()
                process.wait()
                raise
            finally:
                peak = watch.stop()
                for pipe in (process.stdin, process.stdout):
                    _close(pipe)
            process.returncode = os.waitstatus_to_exitcode(status)
            complaints.seek(0)
            messages = complaints.read().splitlines()
            usage.add(
                Usage(
                    time.monotonic() - begin,
                    spent.ru_utime + spent.ru_stime,
                    max(peak, spent.ru_maxrss * 1024),
                    messages,
                )
            )
            if process.returncode != 0:
                said = "\n  ".join(messages[-5:]) or "it said nothing"
                raise CommandError(f"dragoman {' '.join(arguments[:4])} ended with {process.returncode}:\n  {said}")


def _how(direction: tuple[str, str], voice: str) -> list[str]:
    source, target = direction
    return ["--from", source, "--to", target, "--voice", voice, "--json"]


def _close(pipe: IO[str] | None) -> None:
    try:
        if pipe:
            pipe.close()
    except BrokenPipeError:
        pass


class MemoryWatch:
    """Asks again and again how much memory a process and its children hold together.

    Counted is the proportional set size: a page that several hold counts once. So a child that has just been forked
    and still shares everything with its parent does not count twice.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """The most that was seen, in bytes."""
        self._ended.set()
        self._thread.join()
        return self._peak

    def _watch(self) -> None:
        # Imported where it is needed: the tests use this file without any package.
        import psutil

        while not self._ended.wait(SAMPLING_S):
            try:
                root = psutil.Process(self._pid)
                held = sum(each.memory_full_info().pss for each in (root, *root.children(recursive=True)))
            except psutil.Error:
                continue
            self._peak = max(self._peak, held)
