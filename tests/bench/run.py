"""From the first rung to the last, on one throw-away database."""

from collections.abc import Callable, Iterator

from orders.models import Service
from tests.bench import booking, books, sweeping, syncing, web
from tests.bench.ladder import Rung
from tests.bench.shop import open_shop
from tests.bench.stage import throw_away_database

Say = Callable[[str], object]


def climb(say: Say) -> list[Rung]:
    """Measure everything; ``say`` hears of each rung as it is reached. Takes a few minutes."""
    rungs = []
    with throw_away_database():
        for rung in _rungs(say):
            say(f"{rung.name}: {rung.figure}")
            rungs.append(rung)
    return rungs


def _rungs(say: Say) -> Iterator[Rung]:
    shop = open_shop()
    with web.servers() as on:
        yield web.add(on, shop)
        yield web.status(on, shop.keys[0], web.orders_of(shop.customers[0].pk))
        yield from syncing.syncs()
        yield web.services(on, shop.keys[0], Service.objects.filter(is_active=True).count())
    yield booking.movement(shop)
    say(f"loading {books.ENTRIES:,} entries …")
    books.load()
    rung, _ = books.proof()
    yield rung
    yield from sweeping.sweep()
