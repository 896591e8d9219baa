"""G9: last night's copy is restored while the provider knows what happened since."""

import json

import pytest

from providers.sandbox import Sandbox
from tests.whole.instance import Instance, create_database, drop_database

pytestmark = [pytest.mark.slow, pytest.mark.chaos]


@pytest.fixture
def box():
    with Sandbox() as box:
        yield box


@pytest.fixture
def panel(tmp_path):
    panel = Instance("restored", tmp_path, has_broker=False)
    create_database(panel.database)
    yield panel
    panel.stop()
    drop_database(f"{panel.database}_copy")


def place(panel, login, count, *, first):
    """Place orders through the API; their links tell them apart."""
    answers = [
        panel.call(login["api_key"], "add", **login["order"] | {"link": f"https://r.example/{n}"})
        for n in range(first, first + count)
    ]
    return [answer["order"] for answer in answers]


def test_g9_nothing_is_sent_twice_after_an_older_copy_was_restored(panel, box):
    panel.manage("migrate", "--verbosity", "0")
    login = json.loads(panel.manage("demo", "--sandbox-url", box.url, "--sandbox-key", box.key))
    panel.start("web")
    sent = place(panel, login, 2, first=1)
    panel.manage("work", "--rounds", "1")
    waiting = place(panel, login, 2, first=3)
    panel.kill("web")
    create_database(f"{panel.database}_copy", like=panel.database)
    panel.start("web")
    lost = place(panel, login, 2, first=5)
    panel.manage("work", "--rounds", "1")
    panel.kill("web")
    assert len(box.orders()) == 6

    create_database(panel.database, like=f"{panel.database}_copy")
    said = panel.manage("after_restore", "--last-invoice", "none")
    panel.start("web")
    (new,) = place(panel, login, 1, first=7)
    panel.manage("work", "--rounds", "2")

    assert "2 orders, 0 refills" in said
    assert len(box.orders()) == 6, "nothing was sent again, and the new order waits"
    assert new > max(sent + waiting + lost)
    _answer(panel, box, waiting)
    panel.manage("after_restore", "--go-on")
    panel.manage("work", "--rounds", "1")

    assert panel.statuses() == {"processing": 5}
    assert len(box.orders()) == 7
    assert box.repeated() == []
    assert panel.is_proven()


def _answer(panel, box, waiting):
    """A person finds each unconfirmed order in the provider's own list."""
    listed = {order["params"]["link"]: order["order"] for order in box.orders()}
    for order_id in waiting:
        link = panel.one("SELECT link FROM orders_order WHERE id = %s", order_id)
        panel.manage("resolve", str(order_id), "placed", str(listed[link]))
