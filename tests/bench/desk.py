"""The back-office over millions of orders: each list, filter and search, as staff open them.

What is measured is the time that the database takes for all queries of a page, and the page as a
whole, in this process, without a web server.
"""

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.db import connection
from django.test import Client, RequestFactory

from orders import figures
from panel.clock import database_now
from tests import make
from tests.bench.ladder import Rung, timed_s
from tests.bench.millions import Year
from tests.bench.rows import run, settle_down

TARGET_MS = 100.0
ROUNDS = 25
WARM_UP = 3
BARE = "SELECT count(*) FROM generate_series(1, 50000)"
"""A statement that costs the same in any database: what the machine is able to at that moment."""
OK, NOT_FOUND = 200, 404

Words = Callable[[Year, random.Random], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Ask:
    """One way to open a page; ``words`` differ from round to round."""

    name: str
    path: str
    words: Words = lambda year, chance: {}


@dataclass(slots=True)
class Took:
    """Milliseconds of each round: in the database, all in all, and BARE at the same moment."""

    database: list[float] = field(default_factory=list)
    page: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)

    def rung(self, name: str) -> Rung:
        worst = late(self.database)
        figure = f"{median(self.database):.0f} / {worst:.0f} ms"
        page = f"page {median(self.page):.0f} / {late(self.page):.0f} ms"
        beside = f"{page}, bare {median(self.bare):.0f} / {late(self.bare):.0f} ms"
        ratio = median(self.database) / median(self.bare)
        return Rung(name, figure, beside, ratio, f"≤ {TARGET_MS:.0f} ms", worst <= TARGET_MS)


def late(values: list[float]) -> float:
    """The 95th percentile: of 25 the second greatest."""
    return sorted(values)[round(0.95 * (len(values) - 1))]


def _order(year: Year, chance: random.Random) -> int:
    return chance.randint(year.order + 1, year.order + year.size.orders)


def _customer(year: Year, chance: random.Random) -> int:
    return year.customer + 1 + int(year.size.customers * chance.random() ** 3)


def _service(year: Year, chance: random.Random) -> int:
    return year.service + 1 + int(year.size.services * chance.random() ** 3)


def _providers(year: Year, chance: random.Random) -> int:
    return chance.choice(list(range(1, year.size.providers + 1)))


def _one(name: str, value: Callable[[Year, random.Random], Any]) -> Words:
    return lambda year, chance: {name: value(year, chance)}


def _fixed(**words: Any) -> Words:
    return lambda year, chance: words


def _upstream(year: Year, chance: random.Random) -> int:
    return 1_000_000 + _order(year, chance) - year.order


def _link(year: Year, chance: random.Random) -> str:
    return f"example.com/{year.size.orders - chance.randint(0, 250_000)}"


def _old_link_of_customer(year: Year, chance: random.Random) -> dict[str, Any]:
    return {"q": f"example.com/{chance.randint(1, 999)}", "customer": _customer(year, chance)}


def _email(year: Year, chance: random.Random) -> str:
    return f"customer{_customer(year, chance) - year.customer}@example.org"


def _page_of_all(year: Year, chance: random.Random) -> dict[str, Any]:
    return {"after": _order(year, chance)}


def _two(year: Year, chance: random.Random) -> dict[str, Any]:
    return {"customer": _customer(year, chance), "service": _service(year, chance)}


ORDERS, CUSTOMERS, REPORTS = "/staff/orders/", "/staff/customers/", "/staff/reports/"
PAYMENTS, REQUESTS = "/staff/payments/", "/staff/requests/"
STATUSES = ("pending", "in_progress", "completed", "partial", "canceled", "unconfirmed", "held")
ASKS = (
    Ask("overview", "/staff/", _fixed(days=30)),
    Ask("overview, 90 days", "/staff/", _fixed(days=90)),
    Ask("orders, with all tabs counted", ORDERS),
    Ask("orders, somewhere in the middle", ORDERS, _page_of_all),
    *(Ask(f"orders, {name}", ORDERS, _fixed(status=name)) for name in STATUSES),
    Ask("orders of a provider", ORDERS, _one("provider", _providers)),
    Ask("orders of a provider, canceled", ORDERS, lambda y, c: {
        "provider": _providers(y, c), "status": "canceled"}),
    Ask("orders of a service", ORDERS, _one("service", _service)),
    Ask("orders of a customer", ORDERS, _one("customer", _customer)),
    Ask("orders of a customer and a service", ORDERS, _two),
    Ask("orders by origin", ORDERS, _fixed(origin="mass")),
    Ask("orders between two days", ORDERS, _fixed(since="2026-03-01", until="2026-03-07")),
    Ask("search by number", ORDERS, _one("q", _order)),
    Ask("search by id at the provider", ORDERS, _one("q", _upstream)),
    Ask("search by link", ORDERS, _one("q", _link)),
    Ask("search by a link that is not there", ORDERS, _fixed(q="nothing.example")),
    Ask("search by link and customer", ORDERS, _old_link_of_customer),
    Ask("search by e-mail address", ORDERS, _one("q", _email)),
    Ask("needs a person", "/staff/attention/"),
    Ask("needs a person, by reason", "/staff/attention/", _fixed(reason="silent")),
    Ask("needs a person, by provider", "/staff/attention/", _one("provider", _providers)),
    Ask("customers", CUSTOMERS),
    Ask("customers by name", CUSTOMERS, _one("q", lambda y, c: f"Customer {_customer(y, c)}")),
    Ask("customers by e-mail address", CUSTOMERS, _one("q", _email)),
    Ask("customers who hold something", CUSTOMERS, _fixed(balance="some")),
    Ask("customers who spent much", CUSTOMERS, _fixed(spent="5000")),
    Ask("payments", PAYMENTS),
    Ask("payments, settled", PAYMENTS, _fixed(status="settled")),
    Ask("payments of a customer", PAYMENTS, _one("customer", _customer)),
    Ask("payments between two days", PAYMENTS, _fixed(since="2026-03-01", until="2026-03-07")),
    Ask("requests", REQUESTS),
    Ask("requests, of a provider", REQUESTS, _one("provider", _providers)),
    Ask("requests, by number", REQUESTS, _one("q", _order)),
    *(
        Ask(f"report by {by}, {days} days", REPORTS, _fixed(by=by, days=days))
        for by in ("day", "service", "provider", "customer") for days in (30, 90, 365)
    ),
    Ask("report between two days", REPORTS, _fixed(
        by="customer", since="2026-01-15", until="2026-03-17")),
    Ask("days of a service", REPORTS, lambda y, c: {
        "by": "day", "service": _service(y, c), "days": 365}),
    Ask("days of a customer", REPORTS, lambda y, c: {
        "by": "day", "customer": _customer(y, c), "days": 365}),
)  # fmt: skip


def rolling_up(year: Year) -> Rung:
    """All figures of the year, as the clock reckons them on the first day; then they must agree."""
    now = database_now()
    began = time.perf_counter()
    added = sum(iter(lambda: figures.roll_up(now=now), 0))
    seconds = time.perf_counter() - began
    settle_down("orders_rolledfigures")
    name = f"figures of {added:,} entries rolled up"
    return Rung(name, f"{seconds:.0f} s", f"{added / seconds:,.0f} entries/s", None, "–", True)


def climb(year: Year) -> Iterator[Rung]:
    """Every page, ROUNDS times; pages that this panel does not have are left out."""
    client = _owner()
    for ask in ASKS:
        if client.get(ask.path).status_code != NOT_FOUND:
            yield _measured(client, ask, year).rung(ask.name)


def _measured(client: Client, ask: Ask, year: Year) -> Took:
    took, chance = Took(), random.Random(ask.name)
    for number in range(WARM_UP + ROUNDS):
        address = f"{ask.path}?{urlencode(ask.words(year, chance))}"
        bare_s = timed_s(lambda: run([BARE]))
        began = time.perf_counter()
        with _timed_queries() as spent:
            answer = client.get(address)
        if answer.status_code != OK:
            raise AssertionError(f"{address} answered {answer.status_code}")
        if number >= WARM_UP:
            took.page.append(1000 * (time.perf_counter() - began))
            took.database.append(1000 * sum(spent))
            took.bare.append(1000 * bare_s)
    return took


@contextlib.contextmanager
def _timed_queries() -> Iterator[list[float]]:
    spent: list[float] = []

    def timed(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            spent.append(time.perf_counter() - began)

    with connection.execute_wrapper(timed):
        yield spent


def _owner() -> Client:
    """Somebody with every right who has just logged in."""
    settings.STAFF_TWO_FACTOR = False
    user = make.user(is_staff=True, is_superuser=True)
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)
    request = RequestFactory().get("/")
    request.session = client.session
    record_authentication(request, user, "password")
    request.session.save()
    return client
