"""G7: the server takes no writes for a while; the panel reads on, and goes on by itself."""

import json
import urllib.error
import urllib.request

import psycopg
import pytest
from psycopg import sql

from providers.sandbox import Sandbox
from tests.whole.instance import Instance, create_database, database_url, until

pytestmark = [pytest.mark.slow, pytest.mark.chaos]
LINK = "https://r.example/after"
READ_ONLY = "default_transaction_read_only"


@pytest.fixture
def box():
    with Sandbox() as box:
        yield box


@pytest.fixture
def panel(tmp_path):
    panel = Instance("refusing", tmp_path, has_broker=False)
    create_database(panel.database)
    yield panel
    panel.stop()


@pytest.fixture
def login(panel, box):
    panel.manage("migrate", "--verbosity", "0")
    found = json.loads(panel.manage("demo", "--sandbox-url", box.url, "--sandbox-key", box.key))
    panel.start("web")
    panel.start("work")
    return found


def as_after_a_failover(panel, setting):
    """Every session ends, and the next ones are told that the server is so."""
    name = sql.Identifier(panel.database)
    with psycopg.connect(database_url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} {}").format(name, sql.SQL(setting)))
        if "= on" in setting:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [panel.database],
            )


def order(panel, login):
    return panel.call(login["api_key"], "add", **login["order"])["order"]


def refusal(panel, login):
    """The status and the time with which an order is refused; None when it is taken."""
    try:
        order(panel, login)
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Retry-After"]
    return None


def test_g7_a_server_that_only_reads_stops_no_page_and_nothing_wants_a_restart(panel, box, login):
    first = order(panel, login)
    until(lambda: panel.statuses() == {"processing": 1})
    balance = panel.balance()

    as_after_a_failover(panel, f"SET {READ_ONLY} = on")

    until(lambda: refusal(panel, login) == (503, "60"))
    assert panel.health()["database"] == "read-only"
    for page in ("/", "/services/", "/account/login/"):
        with urllib.request.urlopen(f"{panel.url}{page}", timeout=20) as reply:
            assert reply.status == 200
    assert panel.call(login["api_key"], "status", order=first)["status"] != "Canceled"
    assert (panel.statuses(), panel.balance()) == ({"processing": 1}, balance)

    as_after_a_failover(panel, f"RESET {READ_ONLY}")

    until(lambda: panel.health()["database"] == "ok")
    another = login | {"order": login["order"] | {"link": LINK}}
    until(lambda: refusal(panel, another) is None)
    until(lambda: len(box.orders()) == 2, told=panel.log("work").read_text)
    until(lambda: panel.statuses() == {"processing": 2}, told=panel.log("work").read_text)
    assert box.repeated() == []
    assert panel.is_proven()
