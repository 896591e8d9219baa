"""The servers that come along: started, killed, found again."""

import os
import pwd
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from panel.embedded import broker, places, postgres, servers
from panel.embedded.places import Unavailable
from panel.embedded.supervisor import Supervisor

pytestmark = pytest.mark.chaos
GONE_TIMEOUT_S = 60.0


@pytest.fixture
def folder(tmp_path):
    yield tmp_path
    places.discard(tmp_path)


@pytest.fixture
def supervisor():
    started = Supervisor()
    yield started
    started.stop()


def start(supervisor, folder):
    cluster = postgres.locate(folder, durable=True)
    servers.start_database(supervisor, cluster)
    return cluster


def query(cluster, statement):
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def server_pid(cluster):
    return int((cluster.data / "postmaster.pid").read_text().split("\n", 1)[0])


def run_detached(program):
    """Run a server as the owner that was killed would have left it: with nobody to stop it."""
    return subprocess.Popen(
        program.command,
        env=dict(program.environment or os.environ),
        cwd=program.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        **places.as_account(program.account),
    )


def wait_until(holds, timeout_s=GONE_TIMEOUT_S):
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_a_second_start_finds_what_the_first_one_wrote(supervisor, folder):
    cluster = start(supervisor, folder)
    query(cluster, "CREATE TABLE kept AS SELECT 42 AS answer")
    supervisor.stop()
    assert not postgres.is_ready(cluster)

    start(supervisor, folder)

    assert query(cluster, "SELECT answer FROM kept") == [(42,)]


def test_a_server_that_outlived_its_owner_is_taken_over(supervisor, folder):
    cluster = start(supervisor, folder)
    supervisor.stop()
    orphan = run_detached(cluster.program())
    wait_until(lambda: postgres.is_ready(cluster))
    query(cluster, "CREATE TABLE kept AS SELECT 1 AS answer")

    start(supervisor, folder)

    assert orphan.wait(timeout=GONE_TIMEOUT_S) == 0
    assert server_pid(cluster) == supervisor.pid("database")
    assert query(cluster, "SELECT answer FROM kept") == [(1,)]


def test_g5_a_killed_server_recovers_with_everything_that_was_committed(supervisor, folder):
    cluster = start(supervisor, folder)
    query(cluster, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
    os.kill(server_pid(cluster), signal.SIGKILL)
    wait_until(lambda: not postgres.is_ready(cluster))

    assert supervisor.run(until=lambda: postgres.is_ready(cluster), timeout_s=60)

    assert query(cluster, "SELECT count(*) FROM kept") == [(1000,)]


def test_the_number_of_a_dead_server_may_belong_to_another_program_now(supervisor, folder):
    cluster = start(supervisor, folder)
    supervisor.stop()
    stranger = run_detached(replace(cluster.program(), command=["sleep", "60"]))
    (cluster.data / "postmaster.pid").write_text(f"{stranger.pid}\n{cluster.data}\n")
    (cluster.sockets / ".s.PGSQL.5432.lock").write_text(f"{stranger.pid}\n")
    try:
        start(supervisor, folder)

        assert query(cluster, "SELECT 1") == [(1,)]
        assert stranger.poll() is None  # it was none of our business
    finally:
        stranger.kill()
        stranger.wait()


def test_a_half_made_data_folder_is_made_anew(supervisor, folder):
    cluster = postgres.locate(folder, durable=True)
    (cluster.home / "data.new").mkdir()
    (cluster.home / "data.new" / "PG_VERSION").write_text("18\n")

    start(supervisor, folder)

    assert query(cluster, "SELECT 1") == [(1,)]


def test_the_server_listens_on_a_private_socket_only(supervisor, folder):
    cluster = start(supervisor, folder)

    assert query(cluster, "SHOW listen_addresses") == [("",)]
    assert cluster.sockets.stat().st_mode & 0o777 == 0o700
    assert cluster.home.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to drop privileges")
def test_root_opens_no_parent_folder_and_runs_the_server_as_nobody(supervisor, folder):
    before = [parent.stat().st_mode for parent in folder.parents]

    cluster = start(supervisor, folder)

    assert [parent.stat().st_mode for parent in folder.parents] == before
    nobody = pwd.getpwnam("nobody").pw_uid
    assert Path(f"/proc/{server_pid(cluster)}").stat().st_uid == nobody


def test_two_state_folders_have_two_databases(supervisor, tmp_path):
    left, right = tmp_path / "left", tmp_path / "right"
    left.mkdir()
    right.mkdir()
    try:
        one, two = start(supervisor, left), start(supervisor, right)
        query(one, "CREATE TABLE only_here (number int)")

        assert query(two, "SELECT to_regclass('only_here')") == [(None,)]
    finally:
        supervisor.stop()
        places.discard(left)
        places.discard(right)


def test_a_broker_that_outlived_its_owner_is_replaced(supervisor, folder):
    server = broker.locate(folder)
    orphan = run_detached(server.program())
    wait_until(lambda: broker.is_ready(server))

    servers.start_broker(supervisor, server)

    orphan.wait(timeout=GONE_TIMEOUT_S)
    assert broker.is_ready(server)
    assert supervisor.pid("broker") not in {None, orphan.pid}


def test_a_socket_of_a_dead_broker_is_no_obstacle(supervisor, folder):
    server = broker.locate(folder)
    server.socket.touch()

    servers.start_broker(supervisor, server)

    assert broker.is_ready(server)


def test_a_long_state_folder_gets_a_short_private_socket_folder(supervisor, tmp_path):
    deep = tmp_path / ("d" * 80) / ("e" * 80)
    deep.mkdir(parents=True)
    server = broker.locate(deep)

    servers.start_broker(supervisor, server)

    assert len(str(server.socket)) <= places.SOCKET_PATH_MAX
    assert server.socket.parent.stat().st_mode & 0o777 == 0o700
    assert broker.locate(deep) == server


def test_a_short_socket_folder_that_belongs_to_a_stranger_is_refused(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    trap = tmp_path / "trap"
    trap.symlink_to(elsewhere)

    with pytest.raises(Unavailable):
        places.make_private(trap, None)


def test_a_platform_without_the_wheels_is_told_what_to_set(monkeypatch, folder):
    monkeypatch.setattr(postgres, "PACKAGE", "no_such_wheel")
    monkeypatch.setattr(broker, "PACKAGE", "no_such_wheel")

    with pytest.raises(Unavailable, match="set DATABASE_URL"):
        postgres.locate(folder)
    with pytest.raises(Unavailable, match="set REDIS_URL"):
        broker.locate(folder)
