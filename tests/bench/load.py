"""Load over raw sockets: cheap for the one who measures, so that the server is what is measured."""

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

CONNECTIONS = 8
TIMEOUT_S = 30.0
CHUNK = 262_144

Write = Callable[[int, int], bytes]
"""The request number n of one connection."""


class WrongAnswer(Exception):
    """A server answered something that is no success: its figure would mean nothing."""


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to ask, what, and how a good answer begins."""

    port: int
    write: Write
    good: bytes
    headers: bytes = b""


def form(path: str, body: str, *, headers: str = "") -> bytes:
    """A POST of a form as bytes, kept alive."""
    content = body.encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def requests_per_s(target: Target, *, seconds: float) -> float:
    """Ask over CONNECTIONS connections for so long. Raises WrongAnswer at the first bad one."""
    barrier = threading.Barrier(CONNECTIONS)
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        running = [
            threads.submit(_ask, target, number, barrier, seconds) for number in range(CONNECTIONS)
        ]
    return sum(future.result() for future in running)


def _ask(target: Target, number: int, barrier: threading.Barrier, seconds: float) -> float:
    with socket.create_connection(("127.0.0.1", target.port), TIMEOUT_S) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        barrier.wait(TIMEOUT_S)
        started, done = time.perf_counter(), 0
        while (lapsed := time.perf_counter() - started) < seconds:
            line.sendall(target.write(number, done))
            body = _answer(line)
            if not body.startswith(target.good):
                raise WrongAnswer(body[:300])
            done += 1
    return done / lapsed


def _answer(line: socket.socket) -> bytes:
    """The body of one answer; the whole of it has arrived then."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += _some(line)
    head, _, rest = received.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise WrongAnswer(received[:300])
    _, told, length = head.lower().partition(b"content-length:")
    return _whole(line, rest, int(length.split(b"\r\n", 1)[0])) if told else _chunked(line, rest)


def _whole(line: socket.socket, rest: bytes, length: int) -> bytes:
    parts, missing = [rest], length - len(rest)
    while missing > 0:
        parts.append(_some(line))
        missing -= len(parts[-1])
    return b"".join(parts)


def _chunked(line: socket.socket, rest: bytes) -> bytes:
    """The chunks as they came, without the size of the first; their sizes are not checked."""
    parts = [rest]
    while not b"".join(parts[-2:]).endswith(b"0\r\n\r\n"):
        parts.append(_some(line))
    return b"".join(parts).partition(b"\r\n")[2]


def _some(line: socket.socket) -> bytes:
    received = line.recv(CHUNK)
    if not received:
        raise WrongAnswer("The server hung up.")
    return received
