"""Calls that a provider answers only when the test lets it: no clock decides what comes first."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from providers.sandbox import Sandbox

PATIENCE_S = 120  # only a test that hangs waits so long


class Gate:
    """Where calls of one action stand until it is opened. Then it stays open."""

    def __init__(self) -> None:
        self.calls = 0
        self._opened = threading.Event()
        self._changed = threading.Condition()

    def wait_for(self, calls: int = 1) -> None:
        """Come back when so many calls stand here, or have stood."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.calls >= calls, PATIENCE_S), "No call came."

    def open(self) -> None:
        self._opened.set()

    def pass_through(self) -> None:
        with self._changed:
            self.calls += 1
            self._changed.notify_all()
        assert self._opened.wait(PATIENCE_S), "Nobody opened the gate."


@contextmanager
def held(box: Sandbox, action: str) -> Iterator[Gate]:
    """Let no call of ``action`` be worked on before the gate is opened, at the latest by the end.

    The caller's patience should outlast the block: see ``timeout_s`` of its provider.
    """
    gate = Gate()
    respond = box.provider.respond

    def respond_when_open(params: Any) -> Any:
        if params.get("action") == action:
            gate.pass_through()
        return respond(params)

    box.provider.respond = respond_when_open  # type: ignore[method-assign]
    try:
        yield gate
    finally:
        gate.open()
        box.provider.respond = respond  # type: ignore[method-assign]
