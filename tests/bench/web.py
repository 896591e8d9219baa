"""`add`, `status` and `services` over HTTP, each against a bare view with the same SQL."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from orders.models import Order
from tests.bench.ladder import Rung, at_least, in_turns
from tests.bench.load import Target, Write, form, requests_per_s
from tests.bench.shop import Shop
from tests.bench.stage import web_server

SECONDS = 1.2
WARM_UP_S = 1.0
ROUNDS = 12
TARGET = 0.6
IDS = 100

Body = Callable[[int, int], str]
"""The form that one connection sends as its request number n."""

_serial = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Servers:
    """The panel and the bare views, side by side on the same database."""

    panel: int
    bare: int


@contextmanager
def servers() -> Iterator[Servers]:
    with (
        web_server("panel.wsgi", settings="panel.settings") as panel,
        web_server("tests.bench.bare_wsgi", settings="tests.bench.bare_settings") as bare,
    ):
        yield Servers(panel, bare)


def add(on: Servers, shop: Shop) -> Rung:
    """Orders per second: authenticated, checked, priced, charged and stored."""

    def body(connection: int, number: int) -> str:
        key = shop.keys[(connection * 31 + number) % len(shop.keys)]
        service = shop.services[number % len(shop.services)].pk
        link = f"https://example.com/{next(_serial)}"
        return f"key={key}&action=add&service={service}&link={link}&quantity=100"

    return _pair("add", on, body, path="add", good=b'{"order":', bare_good=b'{"order": ')


def status(on: Servers, key: str, order_ids: list[int]) -> Rung:
    """Requests per second for the states of IDS orders."""
    orders = ",".join(map(str, order_ids[:IDS]))

    def body(connection: int, number: int) -> str:
        return f"key={key}&action=status&orders={orders}"

    return _pair(f"status of {IDS} orders", on, body, path="status", good=b'{"', bare_good=b'{"')


def services(on: Servers, key: str, count: int) -> Rung:
    """Requests per second for the whole list, uncompressed; the baseline sends the same bytes."""

    def body(connection: int, number: int) -> str:
        return f"key={key}&action=services"

    name = f"services, {count:,}"
    return _pair(name, on, body, path="services", good=b"[{", bare_good=b"[{")


def orders_of(customer_id: int) -> list[int]:
    return list(Order.objects.filter(customer_id=customer_id).values_list("id", flat=True)[:IDS])


def _pair(name: str, on: Servers, body: Body, *, path: str, good: bytes, bare_good: bytes) -> Rung:
    def to(address: str) -> Write:
        return lambda connection, number: form(address, body(connection, number))

    panel = Target(on.panel, to("/api/v2"), good)
    bare = Target(on.bare, to(f"/{path}"), bare_good)
    requests_per_s(panel, seconds=WARM_UP_S)
    requests_per_s(bare, seconds=WARM_UP_S)
    figure, baseline = in_turns(
        lambda: requests_per_s(panel, seconds=SECONDS),
        lambda: requests_per_s(bare, seconds=SECONDS),
        rounds=ROUNDS,
    )
    return at_least(f"{name} over HTTP", figure, baseline, unit="req/s", target=TARGET)
