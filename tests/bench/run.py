"""From the first rung to the last, on one throw-away database."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from orders.models import Service
from tests.bench import booking, books, desk, millions, sweeping, syncing, web
from tests.bench.ladder import Rung, timed_s
from tests.bench.rows import settle_down
from tests.bench.shop import Shop, open_shop
from tests.bench.stage import throw_away_database

Say = Callable[[str], object]


def climb(parts: Sequence[str], say: Say, *, orders: int = millions.ORDERS) -> list[Rung]:
    """Measure the named PARTS; ``say`` hears of each rung as it is reached. Takes minutes.

    ``orders`` is how many the back-office is measured with.
    """
    rungs = []
    ways = PARTS | {"backoffice": partial(_backoffice, size=millions.Size(orders))}
    with throw_away_database():
        shop = open_shop()
        for part in parts:
            for rung in ways[part](shop):
                say(f"{rung.name}: {rung.figure}")
                rungs.append(rung)
    return rungs


def _protocol(shop: Shop) -> Iterator[Rung]:
    with web.servers() as on:
        yield web.add(on, shop)
        yield web.status(on, shop.keys[0], web.orders_of(shop.customers[0].pk))


def _catalogue(shop: Shop) -> Iterator[Rung]:
    yield from syncing.syncs()
    with web.servers() as on:
        yield web.services(on, shop.keys[0], Service.objects.filter(is_active=True).count())


def _book(shop: Shop) -> Iterator[Rung]:
    yield booking.movement(shop)
    books.load()
    yield books.proof()
    yield from sweeping.sweep()


def _backoffice(shop: Shop, *, size: millions.Size) -> Iterator[Rung]:
    year: list[millions.Year] = []
    seconds = timed_s(lambda: year.append(millions.load(size)))
    settle_down(*millions.TABLES)
    yield Rung(f"{size.orders:,} orders loaded", f"{seconds:.0f} s", "", None, "–", True)
    yield books.proof(target_s=books.TARGET_S * size.orders / books.ENTRIES)
    yield desk.rolling_up(year[0])
    yield from desk.climb(year[0])


PARTS: dict[str, Callable[[Shop], Iterator[Rung]]] = {
    "protocol": _protocol,
    "catalogue": _catalogue,
    "book": _book,
    "backoffice": partial(_backoffice, size=millions.Size()),
}
USUAL = ("protocol", "catalogue", "book")
"""What `make bench` climbs; the back-office takes half an hour more, and 10 GB of disk."""
