"""A sweep of 100,000 open orders: in exactly as many requests as it takes, counted by whom we ask.

The sandbox runs as a process of its own. The baseline is the same requests without the panel:
ids in, answers thrown away.
"""

import json
import tempfile
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.db import connection
from django.utils import timezone

from orders import tracking
from orders.models import Order
from orders.models.buckets import ENLIST_MAX, enlist
from orders.models.order import BUCKET_SIZE
from providers import client
from providers.models import CONCURRENCY_MAX, RATE_MAX_PER_S, Provider
from providers.sandbox.book import FIRST_ID
from tests import make
from tests.bench.ladder import Rung, timed_s
from tests.bench.stage import program
from tests.ports import free_port

OPEN = 100_000
KEY = "bench-key"
REQUESTS = -(-OPEN // BUCKET_SIZE)

_TO_PROVIDER = """
    WITH chosen AS (
        SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM orders_order
         WHERE status = 'completed' ORDER BY id LIMIT %s)
    UPDATE orders_order AS o
       SET status = 'in_progress', provider_id = %s, created_at = %s, closed_at = NULL,
           upstream_id = (%s::bigint + chosen.place)::text, start_count = 5, remains = 1000
      FROM chosen WHERE o.id = chosen.id RETURNING o.id
"""


def sweep() -> list[Rung]:
    """Ask once for every open order, and count the requests that arrived."""
    with _sandbox() as (url, control):
        provider = make.provider(
            url=url, api_key=KEY, concurrency=CONCURRENCY_MAX, rate_per_s=RATE_MAX_PER_S
        )
        _open_orders(provider)
        bare_s = timed_s(lambda: _ask_bare(provider))
        before = _calls(control)
        sweep_s = timed_s(lambda: _poll_all(provider))
        calls = _calls(control) - before
    name = f"sweep of {OPEN:,} open orders"
    return [
        Rung(
            f"{name}: requests", f"{calls:,}", f"{REQUESTS:,}", calls / REQUESTS, "= 1.00",
            calls == REQUESTS,
        ),
        Rung(
            f"{name}: time : bare requests", f"{sweep_s:.1f} s", f"{bare_s:.1f} s",
            sweep_s / bare_s, "–", True,
        ),
    ]  # fmt: skip


@contextmanager
def _sandbox() -> Iterator[tuple[str, str]]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="weir-bench-") as folder:
        journal = Path(folder) / "sandbox.jsonl"
        _write_journal(journal)
        words = ["providers.sandbox", "--port", str(port), "--state", str(journal)]
        words += ["--services", "60", "--speed", "0", "--account", KEY]
        with program(words, port=port):
            yield f"http://127.0.0.1:{port}/api/v2", f"http://127.0.0.1:{port}/_sandbox"


def _write_journal(path: Path) -> None:
    """OPEN orders as if the sandbox had accepted them, all under way."""
    report = {"status": "In progress", "start_count": "5", "remains": "1000", "charge": "1"}
    with path.open("w") as file:
        account = {"what": "account", "key": KEY, "balance": "1000000", "currency": "USD"}
        file.write(json.dumps(account) + "\n")
        for number in range(FIRST_ID, FIRST_ID + OPEN):
            order = {
                "what": "order", "id": number, "key": KEY, "service": 1, "params": {},
                "units": 1000, "charge": "1", "created": 0.0, "reply": report,
            }  # fmt: skip
            file.write(json.dumps(order) + "\n")


def _open_orders(provider: Provider) -> None:
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_TO_PROVIDER, [OPEN, provider.pk, now, FIRST_ID])
        ids = [row[0] for row in cursor.fetchall()]
    for start in range(0, OPEN, ENLIST_MAX):
        enlist(provider.pk, ids[start : start + ENLIST_MAX], now=now)


def _poll_all(provider: Provider) -> None:
    """Round after round, as the clock does it, until nothing is due."""
    provider.refresh_from_db()
    now = timezone.now() + timedelta(minutes=10)
    while tracking.poll_due(provider.pk, now=now):
        pass


def _ask_bare(provider: Provider) -> None:
    conn = client.Connection.of(provider)
    ids = list(
        Order.objects.filter(provider=provider).order_by("id").values_list("upstream_id", flat=True)
    )
    chunks = [ids[start : start + BUCKET_SIZE] for start in range(0, len(ids), BUCKET_SIZE)]
    with ThreadPoolExecutor(provider.concurrency) as threads:
        for answers in threads.map(lambda chunk: client.statuses(conn, chunk), chunks):
            if len(answers) != BUCKET_SIZE:
                raise AssertionError(f"{len(answers)} answers instead of {BUCKET_SIZE}")


def _calls(control: str) -> int:
    with urllib.request.urlopen(f"{control}/received", b"{}") as reply:
        return int(json.load(reply)["actions"]["status"])
