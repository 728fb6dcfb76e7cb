"""A Linux guest in a process of its own (User-Mode Linux): start it, run commands in it, pass files, stop it.

Nothing here knows what the guest is for; guest.py does.
"""

import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

HERE = Path(__file__).resolve().parent

# The guest's own name for the folder that it shares with the host.
SHARE = "/srv"
# What a guest may take to its first command, on a machine that is busy.
BOOT_TIMEOUT = 120
# What the host waits beyond a command's own time, which the guest keeps.
GRACE = 15


class GuestError(Exception):
    """The guest did not do what was asked of it."""


class Job:
    """A command that runs in the guest."""

    def __init__(self, end: Callable[[], tuple[int, str]], command: str) -> None:
        self._end, self.command = end, command

    def wait(self) -> tuple[int, str]:
        """Waits for its end, once: status and output. The status of a command that ran out of its time is 124."""
        return self._end()

    def check(self) -> str:
        """Waits for its end, once, and returns its output; any status but 0 is a GuestError."""
        status, output = self.wait()
        if status != 0:
            raise GuestError(f"status {status} from: {self.command}\n{output}")
        return output


class Machine:
    """One guest on a throw-away copy of the image; a context: it starts on entering and is gone on leaving.

    memory is the guest's; it takes from the host what it touches. device_tree is a .dts file. arguments are for the
    kernel's command line.
    """

    def __init__(self, memory: str, device_tree: Path, arguments: Sequence[str] = ()) -> None:
        self._memory, self._device_tree, self._arguments = memory, device_tree, arguments
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0
        self._ended: dict[int, int] = {}
        self._received = b""

    # --- beginning and end

    def __enter__(self) -> Self:
        """Starts it: minutes the first time, when kernel and image are made, and seconds from then on."""
        _make_room_for_mappings()
        kernel, image = _made_by("kernel"), _made_by("rootfs")
        self._folder = Path(tempfile.mkdtemp(prefix="virt-board."))
        self._share = self._folder / "share"
        self._share.mkdir()
        try:
            self._start(kernel, image)
            self._await(0, time.monotonic() + BOOT_TIMEOUT, "the start")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Ends it."""
        self.stop()

    def _start(self, kernel: str, image: str) -> None:
        blob = self._folder / "board.dtb"
        _run("dtc", "-q", "-I", "dts", "-O", "dtb", "-o", blob, self._device_tree)
        self._line, theirs = socket.socketpair()
        command = [
            kernel,
            f"mem={self._memory}",
            f"dtb={blob}",
            f"ubd0={self._folder}/disk,{image}",
            "root=/dev/ubda",
            "rw",
            "init=/sbin/virt-board-init",
            f"VIRT_BOARD_FILES={HERE}/guest",
            f"VIRT_BOARD_SHARE={self._share}",
            "con=null",
            "con0=null,fd:1",
            "ssl=null",
            f"ssl0=fd:{theirs.fileno()}",
            f"uml_dir={self._folder}",
            "quiet",
            "panic=-1",
            f"systemd.machine_id={uuid.uuid4().hex}",
            *self._arguments,
        ]
        with open(self._folder / "console", "wb") as console, theirs:
            self._process = subprocess.Popen(
                command,
                env=os.environ | {"TMPDIR": str(_memory_folder())},
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                pass_fds=[theirs.fileno()],
                # A session of its own: the terminal's ^C is not the guest's, and its processes can be ended together.
                start_new_session=True,
            )
        # The guest's kernel and its programs are processes that wait for each other at every step; on one processor a
        # step takes half the time.
        os.sched_setaffinity(self._process.pid, {random.choice(sorted(os.sched_getaffinity(0)))})

    def stop(self) -> None:
        """Ends the guest and leaves nothing of it: no process, no file."""
        if self._process:
            # When its line closes the guest powers off, even where nobody is left to come to the next statement.
            self._line.close()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
            self._process = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def console(self) -> str:
        """What the kernel and systemd have printed."""
        text = (self._folder / "console").read_text(errors="replace")
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", text)

    # --- commands

    def start(self, command: str, timeout: float = 60, finish: Callable[[], None] = lambda: None) -> Job:
        """Starts a shell command as root and does not wait for it. finish is called when it has ended well."""
        self._started += 1
        number, deadline = self._started, time.monotonic() + timeout + GRACE
        script, output = self._share / f"{number}.sh", self._share / f"{number}.out"
        script.write_text(command + "\n")
        try:
            self._line.sendall(f"{number} {timeout}\n".encode())
        except OSError as error:
            raise self._error(f"the guest is gone ({error}) before: {command}") from error

        def end() -> tuple[int, str]:
            status = self._await(number, deadline, command)
            text = output.read_text(errors="replace")
            script.unlink()
            output.unlink()
            if status == 0:
                finish()
            return status, text

        return Job(end, command)

    def run(self, command: str, timeout: float = 60) -> tuple[int, str]:
        """Runs a shell command as root: its status and output."""
        return self.start(command, timeout).wait()

    def check(self, command: str, timeout: float = 60) -> str:
        """Runs a shell command as root and returns its output; any status but 0 is a GuestError."""
        return self.start(command, timeout).check()

    def until(self, command: str, timeout: float = 60) -> None:
        """Runs a shell command again and again, five times a second, until its status is 0."""
        self.check(f"until {{ {command}\n}}; do sleep 0.2; done", timeout)

    def _await(self, number: int, deadline: float, command: str) -> int:
        """The status of a command, once it has ended; of others that end meanwhile it keeps a note."""
        while number not in self._ended:
            self._line.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                received = self._line.recv(4096)
            except TimeoutError as error:
                raise self._error(f"no answer in time to: {command}") from error
            except OSError as error:
                raise self._error(f"the guest is gone ({error}) at: {command}") from error
            if not received:
                raise self._error(f"the guest is gone at: {command}")
            *lines, self._received = (self._received + received).split(b"\n")
            for line in lines:
                ended, status = line.split()
                self._ended[int(ended)] = int(status)
        return self._ended.pop(number)

    def _error(self, what: str) -> GuestError:
        return GuestError(f"{what}\nThe guest's console ends with:\n{self.console()[-3000:]}")

    # --- files

    def put(self, source: Path, target: str, mode: int = 0o644) -> None:
        """Copies a file of the host into the guest, making folders on the way."""
        passed = self._share / uuid.uuid4().hex
        shutil.copyfile(source, passed)
        self.check(f"install -D -m {mode:o} {SHARE}/{passed.name} '{target}'")
        passed.unlink()

    def get(self, source: str, target: Path) -> None:
        """Copies a file of the guest to the host."""
        passed = self._share / uuid.uuid4().hex
        self.check(f"cp '{source}' {SHARE}/{passed.name}")
        shutil.move(passed, target)

    def mount(self, folder: Path, target: str) -> None:
        """Shows a folder of the host in the guest, which can read but not write it."""
        self.check(f"mkdir -p '{target}' && mount -t hostfs -o 'ro,{folder.resolve()}' none '{target}'")

    # --- the journal

    def journal(self, unit: str, since: float = 0) -> list[dict[str, Any]]:
        """A unit's journal entries since a time.time(), oldest first."""
        command = f"journalctl --sync; journalctl --no-pager --output=json --unit='{unit}' --since=@{since:.6f}"
        return [json.loads(line) for line in self.check(command).splitlines() if line.startswith("{")]


def _run(program: str | Path, *arguments: str | Path) -> str:
    """The output of a program of the host; what it complains of is seen where this runs."""
    try:
        return subprocess.run([program, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    except FileNotFoundError as error:
        raise GuestError(f"{program} is missing: README.md lists what to install") from error
    except subprocess.CalledProcessError as error:
        raise GuestError(f"{program} failed: see above") from error


def _made_by(maker: str) -> str:
    """The path of what a script beside this file makes, which it does the first time."""
    return _run(HERE / maker)


def _make_room_for_mappings() -> None:
    """Raises what a process of the host may map: a guest's process maps its memory by the page, where pages scatter."""
    needed = 1 << 20
    limit = Path("/proc/sys/vm/max_map_count")
    if int(limit.read_text()) >= needed:
        return
    try:
        limit.write_text(str(needed))
    except OSError as error:
        raise GuestError(f"programs of the guest need more mappings: sudo sysctl vm.max_map_count={needed}") from error


def _memory_folder() -> Path:
    """Where the guest's memory lies, as a file: on a disk it would be written back all the time."""
    shared = Path("/dev/shm")
    return shared if os.access(shared, os.W_OK) else Path(tempfile.gettempdir())
