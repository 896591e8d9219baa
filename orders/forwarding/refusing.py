"""What follows a refusal. That it was one is certain; its wording only chooses between waiting,
another source and the end, in which the whole charge goes back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from orders import closing
from orders.forwarding.outcomes import Sending, Tally, retry_at
from orders.forwarding.sources import SOURCE_COLUMNS, take_next_source
from orders.forwarding.unknown import leave_unknown
from orders.lifecycle import Status
from orders.models import Attempt, Order, OrderEvent, Review
from providers import health
from providers.client import Refused
from providers.models import Provider
from providers.wire import RefusalReason

NO_FUNDS_PAUSE_S = 600
BAD_KEY_PAUSE_S = 3_600
TOO_FAST_PAUSE_S = 5
LINK_WAIT_FIRST_S = 600
LINK_WAIT_MAX_S = 7_200
LINK_TRIES_MAX = 12


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal, with all that decides what follows. ``order`` is locked."""

    order: Order
    provider: Provider
    sending: Sending
    outcome: Refused
    now: datetime
    tally: Tally


def refuse(
    sending: Sending, outcome: Refused, provider: Provider, *, now: datetime, tally: Tally
) -> None:
    """Record a refusal. The caller holds the order's lock and has closed the attempt."""
    order = Order.objects.select_related("service", "offer").get(pk=sending.order.pk)
    OrderEvent.note(order.pk, "refused", f"{provider.name}: {outcome.error}")
    tally.add("refused")
    _HANDLERS[outcome.reason](Refusal(order, provider, sending, outcome, now, tally))


def _no_funds(refusal: Refusal) -> None:
    _wait(refusal, seconds=NO_FUNDS_PAUSE_S)


def _bad_key(refusal: Refusal) -> None:
    _wait(refusal, seconds=BAD_KEY_PAUSE_S)


def _too_fast(refusal: Refusal) -> None:
    refusal.tally.is_too_fast = True
    _pause(refusal, seconds=refusal.outcome.retry_after_s or TOO_FAST_PAUSE_S)


def _wait(refusal: Refusal, *, seconds: int) -> None:
    """With all others; but alone when others were accepted since this order was refused before.

    Then it is not the provider, whatever the words are: one order must not stop all of them.
    """
    if not _others_were_accepted(refusal):
        _pause(refusal, seconds=seconds)
        return
    order, now = refusal.order, refusal.now
    order.move_to(Status.PENDING, now=now, due_at=retry_at(order, now=now))
    Review.ask(order.pk, Review.Reason.REFUSED, refusal.outcome.error)


def _pause(refusal: Refusal, *, seconds: int) -> None:
    """It is the provider that cannot take orders now: this one waits with all others."""
    until = refusal.now + timedelta(seconds=seconds)
    health.pause(refusal.provider.pk, until=until, reason=refusal.outcome.error)
    refusal.tally.is_stopped = True
    refusal.order.move_to(Status.PENDING, now=refusal.now, due_at=refusal.now)


def _others_were_accepted(refusal: Refusal) -> bool:
    adds = Attempt.objects.filter(provider=refusal.provider, action=Attempt.Action.ADD)
    refused = adds.filter(order_id=refusal.order.pk, outcome=Attempt.Outcome.REFUSED)
    earlier = refused.exclude(pk=refusal.sending.attempt_id).order_by("pk").first()
    if earlier is None:
        return False
    return adds.filter(pk__gt=earlier.pk, outcome=Attempt.Outcome.ACCEPTED).exists()


def _link_taken(refusal: Refusal) -> None:
    """Somebody's order for the link is active there. After an attempt that brought no answer it
    may well be this one; else it is waited for, a bounded number of times."""
    order = refusal.order
    attempts = Attempt.objects.filter(
        order_id=order.pk, action=Attempt.Action.ADD, provider=refusal.provider
    )
    if attempts.filter(outcome=Attempt.Outcome.SILENT).exists():
        text = f"{refusal.outcome.error} An earlier attempt may be the order it speaks of."
        leave_unknown(refusal.sending, text, now=refusal.now)
        return
    waits = attempts.filter(outcome=Attempt.Outcome.REFUSED).count()
    if waits >= LINK_TRIES_MAX:
        _end(refusal)
        return
    wait_s = min(LINK_WAIT_FIRST_S * 2 ** (waits - 1), LINK_WAIT_MAX_S)
    due_at = refusal.now + timedelta(seconds=wait_s)
    order.move_to(Status.PENDING, now=refusal.now, due_at=due_at)


def _end(refusal: Refusal) -> None:
    """To the next source, else the order ends and its whole charge goes back."""
    order, now = refusal.order, refusal.now
    if take_next_source(order, now=now):
        source = {name: getattr(order, name) for name in SOURCE_COLUMNS}
        order.move_to(Status.PENDING, now=now, due_at=now, **source)
        OrderEvent.note(order.pk, "next_source", f"Now {order.provider}: {order.offer}.")
        return
    text = f"Refused by {refusal.provider.name}: {refusal.outcome.error}"
    closing.close(
        order.pk, Status.CANCELED, now=now, expected=frozenset({Status.SUBMITTING}), evidence=text
    )


_HANDLERS: dict[RefusalReason, Callable[[Refusal], None]] = {
    RefusalReason.NO_FUNDS: _no_funds,
    RefusalReason.BAD_KEY: _bad_key,
    RefusalReason.RATE_LIMITED: _too_fast,
    RefusalReason.DUPLICATE_LINK: _link_taken,
    RefusalReason.OTHER: _end,
}
