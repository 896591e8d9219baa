"""The calls of one round: as many at once and as fast as the provider allows.

One thread, the caller's, speaks to the database; the others only speak HTTP. So no lock or
transaction is ever open during a call, and outcomes that arrive together are written together.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta

from orders.forwarding.claiming import ROUND_S, Claim, give_back, open_attempts
from orders.forwarding.outcomes import Outcome, Result, Sending, Tally
from orders.forwarding.recording import record
from orders.models import Order
from orders.order_types import ORDER_TYPES
from providers import client
from providers.client import Connection, Silent, Unreachable
from providers.models import Provider
from providers.pace import Pace

BURSTS_PER_S = 10
PACES_MAX = 1_000
LATE_MAX_S = 10

logger = logging.getLogger(__name__)
_paces: dict[tuple[int, int], Pace] = {}
_paces_lock = threading.Lock()


def pace_of(provider: Provider) -> Pace:
    """The pace at which this process calls the provider; it outlives rounds."""
    key = (provider.pk, provider.rate_per_s)
    with _paces_lock:
        if len(_paces) >= PACES_MAX:
            _paces.clear()
        if key not in _paces:
            burst = max(1, provider.rate_per_s // BURSTS_PER_S)
            _paces[key] = Pace(provider.rate_per_s, burst=burst)
        return _paces[key]


def request_of(claim: Claim) -> dict[str, str]:
    """What the provider is asked for; for drip-feed the quantity is that of one run."""
    order = claim.order
    assert order.offer is not None  # noqa: S101  # an order without an offer is never claimed
    parameters = ORDER_TYPES[order.service.type].parameters(order.inputs)
    return {"service": order.offer.upstream_id, **parameters}


class Dispatch:
    """Sends claims until they are used up, the round's time is over or the provider needs rest.

    What was not sent by then is given back.
    """

    def __init__(
        self, provider: Provider, claims: Sequence[Claim], *, now: datetime, tally: Tally
    ) -> None:
        self._provider = provider
        self._connection = Connection.of(provider)
        self._queue = deque(claims)
        self._flying: dict[Future[Outcome], Sending] = {}
        self._pace = pace_of(provider)
        self._turn_at = 0.0
        self._began_at, self._began = now, time.monotonic()
        self._tally = tally

    def run(self) -> None:
        with ThreadPoolExecutor(self._provider.concurrency, "forward") as pool:
            try:
                while self._flying or self._has_work():
                    self._launch(pool)
                    self._land(timeout_s=self._until_next_turn())
            finally:
                # Also when this thread is told to stop: what was sent is written down.
                give_back(self._queue)
                self._queue.clear()
                while self._flying:
                    self._land(timeout_s=None)

    def now(self) -> datetime:
        """The time handed in, moved on by what has passed since."""
        return self._began_at + timedelta(seconds=time.monotonic() - self._began)

    def _has_work(self) -> bool:
        is_over = time.monotonic() - self._began > ROUND_S
        return bool(self._queue) and not is_over and not self._tally.is_stopped

    def _launch(self, pool: ThreadPoolExecutor) -> None:
        picked = [(claim, request_of(claim)) for claim in self._picked()]
        if not picked:
            return
        opened = time.monotonic()
        attempts = open_attempts(self._provider, picked)
        self._tally.add("lost", len(picked) - len(attempts))
        for claim, request in picked:
            if claim.order.pk in attempts:
                sending = Sending(attempts[claim.order.pk], claim.order, request, opened)
                self._flying[pool.submit(_call, self._connection, sending)] = sending

    def _picked(self) -> list[Claim]:
        """The claims whose turn it is now, at most as many as there are free threads."""
        picked: list[Claim] = []
        free = self._provider.concurrency - len(self._flying)
        while self._has_work() and len(picked) < free and self._turn_at <= time.monotonic():
            claim = self._next_claim(picked)
            if claim is None:
                break
            picked.append(claim)
            self._turn_at = time.monotonic() + self._pace.reserve()
        return picked

    def _next_claim(self, picked: Sequence[Claim]) -> Claim | None:
        """The oldest claim; where gaps are probed, one unlike all those under way."""
        if not self._provider.gap_probe:
            return self._queue.popleft()
        alike = {_likeness(sending.order) for sending in self._flying.values()}
        alike |= {_likeness(claim.order) for claim in picked}
        for claim in self._queue:
            if _likeness(claim.order) not in alike:
                self._queue.remove(claim)
                return claim
        return None

    def _until_next_turn(self) -> float | None:
        """Seconds until another call may start; None when only an answer changes anything."""
        is_full = len(self._flying) >= self._provider.concurrency
        delay_s = self._turn_at - time.monotonic()
        return None if is_full or not self._has_work() or delay_s <= 0 else delay_s

    def _land(self, *, timeout_s: float | None) -> None:
        """Wait for answers and write down all that are there."""
        if not self._flying:
            time.sleep(min(timeout_s or 0, ROUND_S))
            return
        done, _ = wait(self._flying, timeout=timeout_s, return_when=FIRST_COMPLETED)
        results = [Result(self._flying[one], self._outcome(one)) for one in done]
        if results:
            record(results, self._provider, now=self.now(), tally=self._tally)
        for one in done:
            del self._flying[one]
        self._adapt_pace(len(results))

    def _outcome(self, call: Future[Outcome]) -> Outcome:
        error = call.exception()
        if error is None:
            return call.result()
        logger.error("A call failed in an unforeseen way", exc_info=error)
        return Silent(evidence=self._connection.evidence(repr(error)))

    def _adapt_pace(self, answers: int) -> None:
        if self._tally.is_too_fast:
            self._pace.slow_down()
            self._tally.is_too_fast = False
        else:
            for _ in range(answers):
                self._pace.speed_up()


def _likeness(order: Order) -> tuple[int | None, int]:
    return order.offer_id, order.quantity


def _call(connection: Connection, sending: Sending) -> Outcome:
    # A worker that slept since it opened the attempt may have lost it meanwhile: its lease is
    # more than three deadlines long, so early in it the order is certainly still its own.
    if time.monotonic() - sending.opened > connection.timeout_s + LATE_MAX_S:
        return Unreachable(evidence="Not sent: this worker was held up for too long.")
    return client.add(connection, sending.request)
