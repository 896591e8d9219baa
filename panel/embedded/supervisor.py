"""One console for several programs: starts them, prefixes their lines, revives and stops them.

Nothing is left behind, even by kill -9: every program leads a process group of its own, on Linux
the kernel tells it to stop when this process dies, and a guard outside of the group kills what is
left of it a little later. A worker, say, would wait for a broker that was killed as well, and the
processes that a program has started do not hear the kernel.
"""

import contextlib
import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from panel.embedded.places import Account, as_account

COLOURS = ("36", "33", "32", "35", "34", "31")
BACKOFF_MIN_S = 0.5
BACKOFF_MAX_S = 30.0
STABLE_AFTER_S = 30.0  # a program that lived this long starts again without delay
PATIENCE_S = 20.0  # how long a program may take to stop before it is killed
ORPHANED_S = 5  # and how long when nobody watches over it any more
TICK_S = 0.2
READ_MAX_BYTES = 65_536
PR_SET_PDEATHSIG = 1  # prctl(2)
GUARD = 'read -r nothing; sleep "$2"; kill -s KILL -- "-$1"'
"""Reads until our end of its input is closed, which our death does for us."""


@dataclass(frozen=True)
class Program:
    """What to run. With `log`, its lines go to that file and not to the console."""

    name: str
    command: list[str]
    stop_signal: signal.Signals = signal.SIGTERM
    account: Account | None = None
    environment: Mapping[str, str] | None = None
    folder: Path | None = None
    log: Path | None = None


@dataclass
class _Child:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    guard: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    retry_at: float = 0.0
    backoff_s: float = BACKOFF_MIN_S
    rest: bytes = b""
    colour: str = field(default=COLOURS[0])


class Supervisor:
    """Keeps programs running until stop(). Times are in seconds of the monotonic clock."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._children: list[_Child] = []
        self._selector = selectors.DefaultSelector()
        self._patience_s = PATIENCE_S

    def start(self, program: Program) -> None:
        """Start a program and keep it running from now on."""
        child = _Child(program, colour=COLOURS[len(self._children) % len(COLOURS)])
        self._children.append(child)
        self._spawn(child)

    def pid(self, name: str) -> int | None:
        """The process id of a program that runs right now."""
        for child in self._children:
            if child.program.name == name and child.process and child.process.poll() is None:
                return child.process.pid
        return None

    def run(self, *, until: Callable[[], bool], timeout_s: float | None = None) -> bool:
        """Pass lines on and revive programs until `until()` holds (True) or time is up (False)."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while not until():
            if deadline is not None and time.monotonic() > deadline:
                return False
            self._watch(TICK_S)
        return True

    def stop(self) -> None:
        """Stop the programs one after another, the last started first."""
        for child in reversed(self._children):
            self._end(child)
        self._children.clear()

    def hurry(self) -> None:
        """Kill what has not stopped yet."""
        self._patience_s = 0.0

    def _spawn(self, child: _Child) -> None:
        program = child.program
        with contextlib.ExitStack() as opened:
            output = opened.enter_context(program.log.open("ab")) if program.log else None
            child.process = subprocess.Popen(
                program.command,
                stdin=subprocess.DEVNULL,
                stdout=output or subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=None if program.environment is None else dict(program.environment),
                cwd=program.folder,
                start_new_session=True,
                preexec_fn=_die_with_parent(program.stop_signal),  # noqa: PLW1509  no threads here
                **as_account(program.account),
            )
        child.guard = _guard(child.process.pid)
        child.started_at = time.monotonic()
        if child.process.stdout:
            os.set_blocking(child.process.stdout.fileno(), False)
            self._selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def _watch(self, for_s: float) -> None:
        """Pass lines on for a while, however many there are, and revive what died."""
        ends_at = time.monotonic() + for_s
        while (left_s := ends_at - time.monotonic()) > 0:
            self._pass_lines_on(left_s)
        for child in self._children:
            self._revive(child)

    def _revive(self, child: _Child) -> None:
        """Start a dead program again, each time a little later."""
        now = time.monotonic()
        if child.process and child.process.poll() is not None:
            self._say(child, f"ended with {child.process.returncode}, starting again")
            if now - child.started_at > STABLE_AFTER_S:
                child.backoff_s = BACKOFF_MIN_S
            self._bury(child)
            child.retry_at = now + child.backoff_s
            child.backoff_s = min(child.backoff_s * 2, BACKOFF_MAX_S)
        if child.process is None and now >= child.retry_at:
            self._spawn(child)

    def _end(self, child: _Child) -> None:
        if child.process and child.process.poll() is None:
            child.process.send_signal(child.program.stop_signal)
            asked_at = time.monotonic()
            while child.process.poll() is None and time.monotonic() < asked_at + self._patience_s:
                self._pass_lines_on(0.05)
        self._bury(child)

    def _bury(self, child: _Child) -> None:
        """Kill what is left of the program's process group and let go of its output."""
        process, child.process = child.process, None
        guard, child.guard = child.guard, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout:
            self._read(process.stdout.fileno(), child)
            self._selector.unregister(process.stdout)
            process.stdout.close()
        if guard:
            guard.kill()
            guard.communicate()

    def _pass_lines_on(self, timeout_s: float) -> None:
        if not self._selector.get_map():
            time.sleep(timeout_s)
            return
        for key, _ in self._selector.select(timeout_s):
            if not self._read(key.fd, key.data):
                time.sleep(TICK_S)  # the output is closed but the program has not ended yet

    def _read(self, fd: int, child: _Child) -> bool:
        try:
            data = os.read(fd, READ_MAX_BYTES)
        except BlockingIOError:
            return True
        *lines, child.rest = (child.rest + data).split(b"\n")
        for line in lines:
            self._say(child, line.decode(errors="replace").rstrip())
        return bool(data)

    def _say(self, child: _Child, line: str) -> None:
        name = f"{child.program.name:>9} |"
        if self._out.isatty():
            name = f"\033[{child.colour}m{name}\033[0m"
        with contextlib.suppress(BrokenPipeError):
            print(name, line, file=self._out, flush=True)


def _guard(group: int) -> subprocess.Popen[bytes]:
    """Start what ends a process group when this process is no more."""
    return subprocess.Popen(
        ["/bin/sh", "-c", GUARD, "guard", str(group), str(ORPHANED_S)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _die_with_parent(stop_signal: signal.Signals) -> Callable[[], None] | None:
    """What the child does before it becomes the program (Linux only; elsewhere nothing)."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def ask_kernel() -> None:
        prctl(PR_SET_PDEATHSIG, int(stop_signal))
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return ask_kernel
