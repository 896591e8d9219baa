"""What a trial panel remembers between two starts: a folder with secrets, ports and logins."""

import base64
import contextlib
import fcntl
import json
import os
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from panel.embedded import broker, places, postgres
from panel.embedded.places import Unavailable

DEFAULT_FOLDER = ".weir"
HOST = "127.0.0.1"
SECRETS_FILE = "secrets.json"
PORTS_FILE = "ports.json"
LOGINS_FILE = "logins.json"
TRIAL_FILE = "trial.json"
LOCK_FILE = "lock"


class Busy(Exception):
    """Another panel runs on this state folder."""


def folder() -> Path:
    """The state folder: WEIR_STATE, or .weir in the current folder."""
    return Path(os.environ.get("WEIR_STATE") or DEFAULT_FOLDER).expanduser().resolve()


def adopt_environment(home: Path, *, create: bool) -> None:
    """Put the trial's secrets and addresses into the environment, where nothing is set yet.

    Without `create`, only a state that exists already speaks. Raises Unavailable when a server
    is neither named in the environment nor brought along for this platform.
    """
    if not create and not (home / SECRETS_FILE).exists():
        return
    known = _secrets(home)
    given = {
        "SECRET_KEY": known["SECRET_KEY"],
        "FIELD_KEYS": known["FIELD_KEYS"],
        "ALLOWED_HOSTS": f"localhost,{HOST},[::1]",
        "HTTPS": "false",
        "LOG_JSON": "false",
        "DEMO_PAYMENTS": "true",
        "STAFF_TWO_FACTOR": "false",
        "WEIR_STATE": str(home),
    }
    if "DATABASE_URL" not in os.environ:
        given["DATABASE_URL"] = postgres.locate(home).url()
    if "REDIS_URL" not in os.environ:
        given["REDIS_URL"] = broker.locate(home).url(0)
        given["CACHE_URL"] = broker.locate(home).url(1)
    for name, value in given.items():
        os.environ.setdefault(name, value)


def sandbox_key(home: Path) -> str:
    """The key of our account at the sandbox provider."""
    return _secrets(home)["SANDBOX_KEY"]


def sandbox_port(home: Path) -> int:
    """A free port for the sandbox, the same one at every start as long as it stays free."""
    known = read(home / PORTS_FILE)
    if not is_free(known.get("sandbox", 0)):
        known["sandbox"] = _free_port()
        write(home / PORTS_FILE, known)
    return int(known["sandbox"])


@contextlib.contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the folder for this process. The kernel lets go when the process dies, however.

    Raises Busy when another process holds it.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / LOCK_FILE).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise Busy(
                f"A panel runs on {home} already (process {holder}):"
                " stop it, or choose another folder with WEIR_STATE."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def read(path: Path) -> dict[str, Any]:
    """A JSON object from the folder; empty when the file is missing or was cut short."""
    try:
        found = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON object that only we may read."""
    places.write_private(path, json.dumps(content, indent=2) + "\n")


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of our own machine."""
    if not port:
        return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _secrets(home: Path) -> dict[str, str]:
    """The secrets of this state, made at the first start."""
    path = home / SECRETS_FILE
    if path.exists():
        return _kept_secrets(path)
    made = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "FIELD_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "SANDBOX_KEY": secrets.token_hex(16),
    }
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        write(path, made)
    except OSError as error:
        raise Unavailable(
            f"{home} cannot be written ({error.strerror}): choose another one with WEIR_STATE."
        ) from error
    return made


def _kept_secrets(path: Path) -> dict[str, str]:
    try:
        kept = read(path)
    except PermissionError:
        raise Unavailable(
            f"{path} belongs to another user: choose another folder with WEIR_STATE."
        ) from None
    if not {"SECRET_KEY", "FIELD_KEYS", "SANDBOX_KEY"} <= kept.keys():
        raise Unavailable(f"{path} is damaged: restore it, or choose another WEIR_STATE.")
    return kept
