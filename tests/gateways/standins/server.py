"""What all stand-ins share: a server, the requests it got, and the faults it was told to show."""

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

DRIP_S = 0.05
GATE_S = 60  # only what hangs waits so long


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    def document(self) -> dict[str, Any]:
        return json.loads(self.body or b"{}")

    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, document: object, status: int = 200) -> "Reply":
        return cls(status, json.dumps(document).encode(), {"Content-Type": "application/json"})


@dataclass
class Fault:
    """What to show instead of, or after, an honest answer to the next matching request."""

    kind: str
    method: str = ""
    path: str = ""
    reply: Reply = field(default_factory=Reply)

    def matches(self, request: Request) -> bool:
        return self.method in ("", request.method) and self.path in request.path


class StandIn:
    """Subclasses answer; this one serves, counts, and misbehaves when told to."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self._gates: dict[tuple[str, str], threading.Barrier] = {}
        self._lock = threading.RLock()
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: Request) -> Reply:
        raise NotImplementedError

    def fail_next(
        self, kind: str, *, method: str = "", path: str = "", reply: Reply | None = None
    ) -> None:
        """Kinds: drop_before, drop_after, reply (instead), reply_after (it was done), drip."""
        self.faults.append(Fault(kind, method, path, reply or Reply()))

    def hold(self, method: str, path: str, *, parties: int) -> threading.Barrier:
        """Let such requests through only when so many have come: nobody knows of the others.

        A question waits with its answer, a deed before it is done.
        """
        self._gates[method, path] = threading.Barrier(parties)
        return self._gates[method, path]

    def count(self, method: str, path: str) -> int:
        return sum(one.method == method and path in one.path for one in self.requests)

    def exchange(self, request: Request) -> tuple[Reply | None, bool]:
        """The reply (None: hang up), and whether it drips."""
        is_question = request.method == "GET"
        if not is_question:
            self._wait_for_others(request)
        replied = self._exchange(request)
        if is_question:
            self._wait_for_others(request)
        return replied

    def _wait_for_others(self, request: Request) -> None:
        for (method, path), gate in self._gates.items():
            if method == request.method and request.path.endswith(path):
                gate.wait(GATE_S)

    def _exchange(self, request: Request) -> tuple[Reply | None, bool]:
        with self._lock:
            self.requests.append(request)
            fault = next((one for one in self.faults if one.matches(request)), None)
            if fault is None:
                return self.answer(request), False
            self.faults.remove(fault)
            if fault.kind == "drop_before":
                return None, False
            if fault.kind == "reply":
                return fault.reply, False
            honest = self.answer(request)
            if fault.kind == "drop_after":
                return None, False
            return (honest, True) if fault.kind == "drip" else (fault.reply, False)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, standin: StandIn) -> None:
        self.standin = standin
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        reply, drips = self.server.standin.exchange(self._request())
        if reply is None:
            self._hang_up()
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        for chunk in _chunks(reply.body) if drips else (reply.body,):
            self.wfile.write(chunk)
            self.wfile.flush()

    def _request(self) -> Request:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        return Request(
            method=self.command,
            path=parts.path,
            query=parse_qs(parts.query),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
        )

    def _hang_up(self) -> None:
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            super().handle()

    def log_message(self, *args: object) -> None:
        """Silent: tests look at `requests`."""


def _chunks(body: bytes) -> Iterator[bytes]:
    for at in range(len(body)):
        time.sleep(DRIP_S)
        yield body[at : at + 1]
