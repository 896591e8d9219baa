"""Where the embedded servers keep their files, and which account may touch them.

PostgreSQL refuses to run as root. For root its files live under /var/lib/weir, owned by an
unprivileged account; nobody's home and no parent folder is opened for that.
"""

import hashlib
import os
import pwd
import secrets
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT_HOMES = Path("/var/lib/weir")
KEEP = "panel-"
THROW_AWAY = "test-"
ACCOUNT_NAME = "nobody"
SOCKET_PATH_MAX = 100  # bytes; the kernel's limit is 104 to 108
SOCKET_NAME_MAX = len("/.s.PGSQL.5432.lock")


class Unavailable(Exception):
    """An embedded server cannot run here. The text says what to do instead."""


@dataclass(frozen=True)
class Account:
    """The unprivileged account that runs PostgreSQL when we are root."""

    uid: int
    gid: int


def unprivileged() -> Account | None:
    """The account to drop to, or None when we are nobody special already."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(ACCOUNT_NAME)
    except KeyError:
        raise Unavailable(
            f"PostgreSQL does not run as root and there is no account {ACCOUNT_NAME!r}:"
            " start Weir as another user, or set DATABASE_URL to a PostgreSQL server."
        ) from None
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


def as_account(account: Account | None) -> dict[str, Any]:
    """The words of `subprocess` that drop privileges, in the child only."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": [], "umask": 0o077}


def server_home(folder: Path, account: Account | None, *, durable: bool = True) -> Path:
    """The folder for PostgreSQL's files: in `folder`, or for root a named one in /var/lib/weir.

    The name is random and noted in `folder`: a state folder can move, and deleting it forgets
    its data for good. A throw-away home carries our process id for sweep_homes().
    """
    if account is None:
        return make_private(folder / "postgres", None)
    note = folder / "postgres.home"
    if not note.exists():
        kind = KEEP if durable else f"{THROW_AWAY}{os.getpid()}-"
        write_private(note, kind + secrets.token_hex(6))
    ROOT_HOMES.mkdir(parents=True, exist_ok=True)
    ROOT_HOMES.chmod(0o755)
    return make_private(ROOT_HOMES / note.read_text().strip(), account)


def discard(folder: Path) -> None:
    """Delete a throw-away folder and the home that was made for it."""
    note = folder / "postgres.home"
    if note.exists():
        shutil.rmtree(ROOT_HOMES / note.read_text().strip(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def sweep_homes() -> None:
    """Delete the throw-away homes of test runs that were killed before they could tidy up."""
    for home in ROOT_HOMES.glob(f"{THROW_AWAY}*-*") if os.geteuid() == 0 else ():
        if not _is_alive(int(home.name.removeprefix(THROW_AWAY).split("-")[0])):
            shutil.rmtree(home, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def socket_folder(home: Path, account: Account | None = None) -> Path:
    """A private folder for sockets: `home` itself, or a short temporary one if that is too long."""
    if len(os.fsencode(home)) + SOCKET_NAME_MAX <= SOCKET_PATH_MAX:
        return home
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    name = f"weir-{os.geteuid()}-{digest}"
    for parent in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108  make_private checks it
        if len(os.fsencode(parent / name)) + SOCKET_NAME_MAX <= SOCKET_PATH_MAX:
            return make_private(parent / name, account)
    raise Unavailable(f"No folder is short enough for a socket: {home}")


def make_private(folder: Path, account: Account | None) -> Path:
    """Make the folder (0700) and give it to the account. Refuses one that belongs to a stranger."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = os.geteuid() if account is None else account.uid
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {owner, os.geteuid()}:
        raise Unavailable(
            f"{folder} belongs to somebody else: remove it, or move the state folder."
        )
    if account is not None:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)
    return folder


def write_private(path: Path, text: str) -> None:
    """Write a file that only we may read (0600), completely or not at all."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(path)
