"""A sandbox, a connection to it, and a raw server for answers that no honest server gives."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from providers import client
from providers.client import Accepted, Answered, Connection
from providers.sandbox import Sandbox
from providers.wire import Requested, StatusReport

KEY = "sk_canary/0123456789+abc="
ORDER = {"service": "1", "link": "https://example.com/a", "quantity": "100"}


class RawServer:
    """Calls `talk` with each connection, in a thread, and counts connections."""

    def __init__(self, talk: Callable[[socket.socket], None]) -> None:
        self._talk = talk
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/api/v2"
        self.connections = 0
        self.done = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.done.set()
        self._listener.close()

    def _accept(self) -> None:
        while not self.done.is_set():
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with contextlib.suppress(OSError), peer:
            self._talk(peer)


def read_request(peer: socket.socket) -> bytes:
    """The whole request with its body."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += peer.recv(65_536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    )
    while len(body) < length:
        body += peer.recv(65_536)
    return head + b"\r\n\r\n" + body


def answer(body: bytes | str, *, status: str = "200 OK", headers: str = "") -> bytes:
    content = body.encode() if isinstance(body, str) else body
    return (
        f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\n{headers}\r\n".encode() + content
    )


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def conn(box: Sandbox) -> Connection:
    return to(box.url, api_key=box.key)


@pytest.fixture
def serve() -> Iterator[Callable[..., RawServer]]:
    servers: list[RawServer] = []

    def start(talk: Callable[[socket.socket], None]) -> RawServer:
        servers.append(RawServer(talk))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def replies(serve: Callable[..., RawServer]) -> Callable[..., Connection]:
    """A connection to a server that always gives one answer."""

    def start(body: bytes | str, **kwargs: str) -> Connection:
        def talk(peer: socket.socket) -> None:
            while True:
                read_request(peer)
                peer.sendall(answer(body, **kwargs))

        return to(serve(talk).url)

    return start


@pytest.fixture
def certificate(tmp_path: Path) -> ssl.SSLContext:
    """A server's TLS context with a certificate that nobody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = tmp_path / "server.pem"
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def place(conn: Connection, **changes: str) -> str:
    """The id of an order that was placed."""
    outcome = client.add(conn, {**ORDER, **changes})
    assert isinstance(outcome, Accepted), outcome
    return outcome.upstream_id


def place_many(conn: Connection, count: int) -> list[str]:
    return [place(conn, link=f"https://example.com/{number}") for number in range(count)]


def report(conn: Connection, one: str) -> StatusReport:
    found = client.statuses(conn, [one])[one]
    assert isinstance(found, StatusReport), found
    return found


def refill(conn: Connection, one: str) -> str:
    """The id of a refill that was taken."""
    outcome = client.refill(conn, [one])
    assert isinstance(outcome, Answered), outcome
    taken = outcome.results[one]
    assert isinstance(taken, Requested), taken
    return taken.reference


def to(
    url: str,
    *,
    api_key: str = KEY,
    timeout_s: float = 60,
    verify_tls: bool = True,
    allow_private_address: bool = True,
) -> Connection:
    return Connection(
        url=url,
        api_key=api_key,
        timeout_s=timeout_s,
        verify_tls=verify_tls,
        allow_private_address=allow_private_address,
    )
