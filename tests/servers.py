"""A private PostgreSQL for each test run, and a broker for those who ask.

Loaded by `-p`, because the settings are read before any conftest. With DATABASE_URL set, that
server is used. Under xdist the controller starts the server and every worker uses it.
"""

import atexit
import os
import tempfile
from pathlib import Path

import psycopg
import pytest

from panel.embedded import broker, places, postgres, servers
from panel.embedded.places import Unavailable
from panel.embedded.supervisor import Supervisor
from tests import environment

FOLDER_PREFIX = "weir-test-"


def start_database() -> None:
    """Start a throw-away PostgreSQL and name it in DATABASE_URL, unless one is named already."""
    if "DATABASE_URL" in os.environ:
        return
    folder = _throw_away_folder()
    supervisor = Supervisor()
    atexit.register(supervisor.stop)
    try:
        cluster = postgres.locate(folder, durable=False)
        servers.start_database(supervisor, cluster)
    except Unavailable as problem:
        raise pytest.UsageError(str(problem)) from problem
    os.environ["DATABASE_URL"] = cluster.url()


def _throw_away_folder() -> Path:
    """A folder that vanishes with this process, also the files that root keeps elsewhere."""
    places.sweep_homes()
    folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX))
    atexit.register(places.discard, folder)
    return folder


start_database()
environment.stand_in()


@pytest.fixture(scope="session")
def broker_url():
    """The address of a private broker, in the form of REDIS_URL."""
    folder = _throw_away_folder()
    supervisor = Supervisor()
    server = broker.locate(folder)
    servers.start_broker(supervisor, server)
    yield server.url()
    supervisor.stop()


def pytest_report_header() -> str:
    """Say which server the tests run on, and insist that it is PostgreSQL."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        version = connection.info.server_version
    return f"database: PostgreSQL {version // 10_000}.{version % 10_000}"
