"""From the first rung to the last, on one throw-away database."""

from collections.abc import Callable, Iterator, Sequence

from orders.models import Service
from tests.bench import booking, books, sweeping, syncing, web
from tests.bench.ladder import Rung
from tests.bench.shop import Shop, open_shop
from tests.bench.stage import throw_away_database

Say = Callable[[str], object]


def climb(parts: Sequence[str], say: Say) -> list[Rung]:
    """Measure the named PARTS; ``say`` hears of each rung as it is reached. Takes minutes."""
    rungs = []
    with throw_away_database():
        shop = open_shop()
        for part in parts:
            for rung in PARTS[part](shop):
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


PARTS: dict[str, Callable[[Shop], Iterator[Rung]]] = {
    "protocol": _protocol,
    "catalogue": _catalogue,
    "book": _book,
}
