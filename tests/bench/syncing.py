"""A sync of 10,000 services, 1 % changed, against parsing and comparing alone."""

import itertools
import json
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.utils import timezone

from orders.catalogue import reading, sync_catalogue
from orders.catalogue.diffing import diff
from orders.models import CatalogueSync, ImportPlan
from providers import wire
from providers.models import Provider
from providers.sandbox import Sandbox
from tests import make
from tests.bench.ladder import Rung, at_most, in_turns, timed_s

SERVICES = 10_000
CHANGED = SERVICES // 100
ROUNDS = 15
TARGET = 2.0
BALANCE = b'{"balance":"100","currency":"USD"}'


class _Lists(ThreadingHTTPServer):
    """A provider that costs nothing: it answers `services` with bytes that were made before."""

    body = b"[]"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        body = self.server.body if b"services" in asked else BALANCE  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


def syncs() -> list[Rung]:
    """The first sync that creates everything, then syncs in which 1 % of the costs changed."""
    bodies = _two_lists()
    with _serving(bodies[0]) as server:
        provider = make.provider(url=f"http://127.0.0.1:{server.server_address[1]}/api/v2")
        ImportPlan.objects.create(
            provider=provider, choice=ImportPlan.Choice.ALL, is_active_at_once=True
        )
        first_s = timed_s(lambda: _sync(provider))
        turns = itertools.cycle([bodies[1], bodies[0]])

        def whole() -> float:
            server.body = next(turns)
            return timed_s(lambda: _sync(provider, changed=CHANGED))

        def parse_and_diff() -> float:
            return _parse_and_diff_s(provider, server, bodies)

        sync_s, bare_s = in_turns(whole, parse_and_diff, rounds=ROUNDS)
    name = f"sync of {SERVICES:,}, 1 % changed"
    return [
        Rung(f"first sync of {SERVICES:,}", f"{first_s * 1000:,.0f} ms", "", None, "–", True),
        at_most(f"{name} : parse + diff", sync_s, bare_s, target=TARGET),
    ]


def _sync(provider: Provider, *, changed: int | None = None) -> None:
    done = sync_catalogue(provider.pk, now=timezone.now())
    if done.outcome != CatalogueSync.Outcome.APPLIED or changed not in {
        None,
        done.counts.get("changed"),
    }:
        raise AssertionError(f"The sync did something else: {done.counts} {done.reason}")


def _parse_and_diff_s(provider: Provider, server: _Lists, bodies: tuple[bytes, bytes]) -> float:
    """Both are pure: the body is here already, and so are the offers that are known."""
    known = reading.known_offers(provider.pk)
    other = next(body for body in bodies if body is not server.body)

    def work() -> None:
        offers, skipped = wire.read_services(wire.parse(wire.decode(other)))
        found = diff(offers, skipped, known)
        if len(found.touched) != CHANGED:
            raise AssertionError(f"{len(found.touched)} instead of {CHANGED} changes")

    return timed_s(work)


def _two_lists() -> tuple[bytes, bytes]:
    """A list as the sandbox has it, and the same with every hundredth rate a tenth higher."""
    with Sandbox(services=SERVICES) as box:
        form = urllib.parse.urlencode({"key": box.key, "action": "services"}).encode()
        with urllib.request.urlopen(box.url, form) as reply:
            first = json.load(reply)
    second = [
        {**row, "rate": str(Decimal(str(row["rate"])) * Decimal("1.1"))} if n % 100 == 0 else row
        for n, row in enumerate(first)
    ]
    return json.dumps(first).encode(), json.dumps(second).encode()


@contextmanager
def _serving(body: bytes) -> Iterator[_Lists]:
    server = _Lists(("127.0.0.1", 0), _Handler)
    server.body = body
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
