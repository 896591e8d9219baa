"""Connections that know whether they connected, whom they reached, and when to give up."""

import io
import socket
import ssl
import time
from http.client import HTTPResponse
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, disable_warnings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, InsecureRequestWarning, NewConnectionError

# Staff switched verification off for one provider: they know.
disable_warnings(InsecureRequestWarning)

_NAT64 = ip_network("64:ff9b::/96")


class NeverConnected(NewConnectionError):
    """Connecting failed (DNS, refused, time-out, TLS handshake): nothing was sent."""

    def __init__(self, connection: Any, reason: str) -> None:
        super().__init__(connection, reason)
        self.reason = reason


def is_public(address: str) -> bool:
    """Whether a peer address is a host on the open internet, whatever it is wrapped in."""
    peer: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(peer, IPv6Address):
        peer = peer.ipv4_mapped or peer.sixtofour or _from_nat64(peer) or peer
    return peer.is_global and not peer.is_multicast


class _Deadline(io.RawIOBase):
    """Reads from a socket until a moment, however slowly the bytes drip.

    A socket's own time-out starts anew with every byte.
    """

    def __init__(self, raw: Any, sock: socket.socket, seconds: float) -> None:
        self._raw = raw
        self._sock = sock
        self._end = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took longer than the deadline")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _DeadlineResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        # urllib3 has just set the socket's time-out to what is left of the call's total.
        seconds = sock.gettimeout()
        if seconds is not None:
            self.fp = io.BufferedReader(_Deadline(self.fp.detach(), sock, seconds))


class _Connecting:
    """Marks every failure to connect, so that it cannot be mistaken for a later one."""

    allow_private_address = False

    def connect(self) -> None:
        try:
            super().connect()  # type: ignore[misc]
        except (OSError, HTTPError, ssl.CertificateError, UnicodeError) as error:
            raise NeverConnected(self, _innermost(error)) from error
        peer = self.sock.getpeername()[0]  # type: ignore[attr-defined]
        if not (self.allow_private_address or is_public(peer)):
            self.close()  # type: ignore[attr-defined]
            raise NeverConnected(self, f"{peer} is not a public address")


class _PlainConnection(_Connecting, HTTPConnection):
    response_class = _DeadlineResponse


class _TlsConnection(_Connecting, HTTPSConnection):
    response_class = _DeadlineResponse


class _PrivatePlainConnection(_PlainConnection):
    allow_private_address = True


class _PrivateTlsConnection(_TlsConnection):
    allow_private_address = True


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _PrivatePlainPool(HTTPConnectionPool):
    ConnectionCls = _PrivatePlainConnection


class _PrivateTlsPool(HTTPSConnectionPool):
    ConnectionCls = _PrivateTlsConnection


class Adapter(HTTPAdapter):
    """requests over these connections: no retries, and one TLS context for all of them."""

    def __init__(self, *, verify_tls: bool, allow_private_address: bool, pool_size: int) -> None:
        self._context = _CONTEXTS[verify_tls]
        self._pools = _PRIVATE_POOLS if allow_private_address else _PUBLIC_POOLS
        super().__init__(pool_connections=2, pool_maxsize=pool_size, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=self._context)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def cert_verify(self, *args: Any) -> None:
        """Nothing: the context verifies. requests would read the bundle at each connect."""


def _innermost(error: BaseException) -> str:
    # urllib3 wraps; for people only what the system said is of use.
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {error}"


def _from_nat64(peer: IPv6Address) -> IPv4Address | None:
    return IPv4Address(int(peer) & 0xFFFFFFFF) if peer in _NAT64 else None


def _unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


_CONTEXTS = {True: ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH), False: _unverified()}
_PUBLIC_POOLS = {"http": _PlainPool, "https": _TlsPool}
_PRIVATE_POOLS = {"http": _PrivatePlainPool, "https": _PrivateTlsPool}
