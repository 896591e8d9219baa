"""The sandbox's sockets: a small HTTP/1.1 server with keep-alive, one thread a connection.

http.server spends most of its time on headers; this reads the few that matter, and can also
break the rules when a fault asks for it.
"""

import contextlib
import json
import os
import socket
import socketserver
import struct
from dataclasses import dataclass
from http import HTTPStatus
from io import BufferedIOBase
from urllib.parse import parse_qsl

from providers.sandbox.control import control
from providers.sandbox.service import Provider, Reply

BODY_MAX_BYTES = 8 * 1024 * 1024
LINE_MAX_BYTES = 64 * 1024
HEADERS_MAX = 100
FIELDS_MAX = 200
BACKLOG = 512
IDLE_S = 120
CONTROL_PATH = "/_sandbox/"


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    query: str
    content_type: str
    body: bytes
    keeps_alive: bool

    def params(self) -> dict[str, str]:
        """Query, form or JSON fields, merged; the body wins."""
        fields = dict(parse_qsl(self.query, keep_blank_values=True, max_num_fields=FIELDS_MAX))
        if self.content_type.startswith("application/json"):
            given = json.loads(self.body or b"{}")
            return {**fields, **{name: str(value) for name, value in given.items()}}
        form = self.body.decode("utf-8", "replace")
        return {**fields, **dict(parse_qsl(form, keep_blank_values=True))}


class Server(socketserver.ThreadingTCPServer):
    """Serves one sandbox on one port."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = BACKLOG

    def __init__(self, provider: Provider, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.provider = provider
        self.connections: set[socket.socket] = set()
        super().__init__((host, port), _Handler)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def server_close(self) -> None:
        """Stop listening and hang up on everybody: nobody is answered by a stopped sandbox."""
        super().server_close()
        self.provider.stopping.set()
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(socketserver.StreamRequestHandler):
    server: Server
    disable_nagle_algorithm = True
    timeout = IDLE_S

    def handle(self) -> None:
        self.server.connections.add(self.connection)
        try:
            while self._serve_one():
                pass
        except (ConnectionError, TimeoutError):
            pass
        finally:
            self.server.connections.discard(self.connection)

    def _serve_one(self) -> bool:
        request = _read_request(self.rfile)
        if request is None:
            return False
        if request.path.startswith(CONTROL_PATH):
            action = request.path.removeprefix(CONTROL_PATH)
            status, answer = control(self.server.provider, action, request.body)
            reply = Reply(json.dumps(answer).encode(), status)
        else:
            reply = self.server.provider.respond(request.params())
        return self._send(reply) and request.keeps_alive

    def _send(self, reply: Reply) -> bool:
        if reply.drop == "reset":
            self._reset()
        if reply.drop:
            return False
        message = _head(reply) + reply.body
        if not reply.drip_s:
            self.connection.sendall(message)
            return True
        for at in range(len(message)):
            if self.server.provider.stopping.wait(reply.drip_s):
                return False
            self.connection.sendall(message[at : at + 1])
        return True

    def _reset(self) -> None:
        # Lingering for zero seconds turns the close into a reset; a polite shutdown comes too late.
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        os.close(self.connection.detach())


def _head(reply: Reply) -> bytes:
    phrase = HTTPStatus(reply.status).phrase if reply.status in _KNOWN else "Unknown"
    headers = {
        "Content-Type": "application/json",
        **reply.headers,
        "Content-Length": str(len(reply.body)),
    }
    lines = [f"HTTP/1.1 {reply.status} {phrase}", *(f"{n}: {v}" for n, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _read_request(stream: BufferedIOBase) -> Request | None:
    """The next request, or None when the connection ended or speaks something else."""
    words = stream.readline(LINE_MAX_BYTES).split()
    if len(words) != 3:
        return None
    _, target, version = (word.decode("latin-1") for word in words)
    headers: dict[str, str] = {}
    for _ in range(HEADERS_MAX):
        line = stream.readline(LINE_MAX_BYTES)
        if line in (b"\r\n", b"\n", b""):
            break
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > BODY_MAX_BYTES:
        return None
    path, _, query = target.partition("?")
    return Request(
        path=path,
        query=query,
        content_type=headers.get("content-type", ""),
        body=stream.read(int(length)),
        keeps_alive=version == "HTTP/1.1" and headers.get("connection", "").lower() != "close",
    )


_KNOWN = frozenset(status.value for status in HTTPStatus)
