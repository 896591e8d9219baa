"""One call for each bucket, many at once, not faster than the provider allows.

The threads see no database: they get ids and bring answers.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from orders.tracking.claiming import Claimed
from orders.tracking.followed import Followed
from orders.tracking.judging import MISSES_FOR_REVIEW, MISSES_FOR_SINGLE
from providers.client import IDS_MAX, Connection, ProviderFailed, statuses
from providers.models import Provider
from providers.pace import Pace
from providers.wire import Problem, RefusalReason, StatusReport

SINGLES_MAX = 5
"""Orders of one bucket that are asked for one by one because the list leaves them out."""
ROUND_S = 30
"""Seconds after which a round makes no more calls: what is left keeps its turn."""
FAILURES_MAX = 3
"""Failed calls, with none that worked, after which the rest of a round is not made."""

Said = StatusReport | Problem | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one bucket. ``failure`` is the text of a call that brought nothing."""

    bucket: Claimed
    said: dict[str, StatusReport | Problem] = field(default_factory=dict)
    calls: int = 0
    elapsed_ms: int = 0
    failure: str = ""
    retry_after_s: int | None = None
    is_skipped: bool = False
    is_late: bool = False
    """Not all of it was asked for, because the round was over."""

    def about(self, order: Followed) -> Said:
        return self.said.get(order.upstream_id)


class Asker:
    """Asks one provider about buckets, within its concurrency and rate."""

    def __init__(self, provider: Provider) -> None:
        self._conn = Connection.of(provider)
        self._threads = provider.concurrency
        self._pace = Pace(provider.rate_per_s, burst=provider.concurrency)
        self._failed = self._worked = 0
        self._ends_at = time.monotonic() + ROUND_S

    def ask(self, buckets: Sequence[Claimed]) -> Iterator[list[Answer]]:
        """Answers in groups as they arrive, every bucket once."""
        if not buckets:
            return
        with ThreadPoolExecutor(max_workers=min(self._threads, len(buckets))) as pool:
            pending: set[Future[Answer]] = {pool.submit(self._one, one) for one in buckets}
            while pending:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                yield [future.result() for future in done]

    def _one(self, bucket: Claimed) -> Answer:
        # Plain counters will do: a call more or less before giving up does no harm.
        if self._failed >= FAILURES_MAX and not self._worked:
            return Answer(bucket, is_skipped=True)
        single, together = _split(bucket.orders)
        started = time.monotonic()
        said: dict[str, StatusReport | Problem] = {}
        calls = 0
        try:
            for ids in [together, *([one] for one in single)]:
                if self._is_over():
                    return Answer(bucket, said, calls, is_late=True)
                if ids:
                    calls += 1
                    said |= self._call(ids)
        except ProviderFailed as failure:
            self._failed += 1
            # What came before it is kept: each answer stands by itself.
            return Answer(
                bucket, said, calls, failure.elapsed_ms, failure.evidence, failure.retry_after_s
            )
        self._worked += 1
        took_ms = int((time.monotonic() - started) * 1000) // max(calls, 1)
        return Answer(bucket, said, calls, took_ms)

    def _is_over(self) -> bool:
        return time.monotonic() > self._ends_at

    def _call(self, ids: Sequence[str]) -> dict[str, StatusReport | Problem]:
        self._pace.wait()
        try:
            said = statuses(self._conn, ids)
        except ProviderFailed as failure:
            if failure.reason is RefusalReason.RATE_LIMITED:
                self._pace.slow_down()
            raise
        self._pace.speed_up()
        return said


def _split(orders: Sequence[Followed]) -> tuple[list[str], list[str]]:
    """Which orders to ask for one by one, and which together in one request."""
    lost = [o for o in orders if MISSES_FOR_SINGLE <= o.misses < MISSES_FOR_REVIEW]
    single = {order.upstream_id for order in lost[:SINGLES_MAX]}
    together = [order.upstream_id for order in orders if order.upstream_id not in single]
    return sorted(single), together[:IDS_MAX]
