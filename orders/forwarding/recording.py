"""What came of calls is written to orders and attempts, and to the provider's health."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from django.db import IntegrityError, connection, transaction

from orders.forwarding.fencing import close_attempts, fenced, id_of
from orders.forwarding.outcomes import Result, Tally, retry_at
from orders.forwarding.refusing import refuse
from orders.forwarding.unknown import leave_unknown, tell_late
from orders.ledger import constraint_of
from orders.lifecycle import Status
from orders.models import Order, OrderEvent, Review
from orders.models.buckets import enlist
from orders.models.moves import Move, move_many
from orders.models.patience import until_written
from providers import health
from providers.client import Accepted, Refused, Silent, Unreachable
from providers.models import Provider

ACCEPT_TRIES = 3
_SETTLED = (Review.Reason.SILENT, Review.Reason.REFUSED)

_NAME = """
    UPDATE orders_order AS o SET upstream_id = r.upstream_id
      FROM unnest(%s::bigint[], %s::text[]) AS r (id, upstream_id) WHERE o.id = r.id
"""


def record(results: Sequence[Result], provider: Provider, *, now: datetime, tally: Tally) -> None:
    """Write down what came of calls that ended together."""
    accepted = [result for result in results if isinstance(result.outcome, Accepted)]
    if accepted:
        _record_accepted(accepted, provider, now=now, tally=tally)
    for result in results:
        if not isinstance(result.outcome, Accepted):
            _record_other(result, provider, now=now, tally=tally)
    _tell_health(results, provider, now=now, tally=tally)


@until_written
def _record_accepted(
    results: Sequence[Result], provider: Provider, *, now: datetime, tally: Tally
) -> None:
    """All acceptances in one transaction; again when another hand took an id meanwhile."""
    for tries_left in reversed(range(ACCEPT_TRIES)):
        try:
            unknown = _accept(results, provider, now=now)
        except IntegrityError as error:
            if not tries_left or constraint_of(error) != "order_upstream_once":
                raise
        else:
            tally.add("accepted", len(results) - unknown)
            tally.add("unconfirmed", unknown)
            return


@transaction.atomic
def _accept(results: Sequence[Result], provider: Provider, *, now: datetime) -> int:
    """Returns how many came with an id that another order has: nobody knows whose it is."""
    ours, late = fenced(results)
    fresh, taken = _by_novelty(ours, provider)
    close_attempts([*ours, *late])
    ids = {result.sending.order.pk: str(id_of(result)) for result in fresh}
    with connection.cursor() as cursor:
        cursor.execute(_NAME, [list(ids), list(ids.values())])
    move_many([Move(order_id, Status.PROCESSING) for order_id in ids], now=now)
    _tell_accepted(fresh, provider, now=now)
    for result in taken:
        text = f"The provider gave id {id_of(result)}, which another order has already."
        leave_unknown(result.sending, text, now=now)
    for result in late:
        tell_late(result, now=now)
    enlist(provider.pk, list(ids), now=now)
    return len(taken)


def _by_novelty(results: Sequence[Result], provider: Provider) -> tuple[list[Result], list[Result]]:
    ids = [id_of(result) for result in results]
    known = set(
        Order.objects.filter(provider=provider, upstream_id__in=ids).values_list(
            "upstream_id", flat=True
        )
    )
    fresh: list[Result] = []
    taken: list[Result] = []
    for result in results:
        (taken if id_of(result) in known else fresh).append(result)
        known.add(id_of(result))
    return fresh, taken


def _tell_accepted(results: Sequence[Result], provider: Provider, *, now: datetime) -> None:
    OrderEvent.objects.bulk_create(
        OrderEvent(
            order_id=result.sending.order.pk, kind="accepted", text=_accepted(result, provider)
        )
        for result in results
    )
    ids = [result.sending.order.pk for result in results]
    # A late answer settles the question that its silence, or a refusal before it, had raised.
    asked = Review.objects.filter(order_id__in=ids, reason__in=_SETTLED, resolved_at=None)
    asked.update(resolved_at=now, resolution="accepted late")


def _accepted(result: Result, provider: Provider) -> str:
    warning = result.outcome.warning if isinstance(result.outcome, Accepted) else ""
    said = f" It also said: {warning}" if warning else ""
    return f"{provider.name} has it as {id_of(result)}.{said}"


@until_written
@transaction.atomic
def _record_other(result: Result, provider: Provider, *, now: datetime, tally: Tally) -> None:
    ours, late = fenced([result])
    close_attempts([*ours, *late])
    if late:
        tell_late(result, now=now)
        tally.add("late")
    if not ours:
        return
    match result.outcome:
        case Refused() as outcome:
            refuse(result.sending, outcome, provider, now=now, tally=tally)
        case Unreachable(evidence=evidence, retry_after_s=after_s):
            order = Order.objects.get(pk=result.sending.order.pk)
            due_at = retry_at(order, now=now, after_s=after_s)
            order.move_to(Status.PENDING, now=now, due_at=due_at)
            OrderEvent.note(order.pk, "unreachable", f"{provider.name}: {evidence}")
            tally.add("unreachable")
        case Silent(evidence=evidence):
            leave_unknown(result.sending, evidence, now=now)
            tally.add("unconfirmed")


def _tell_health(
    results: Sequence[Result], provider: Provider, *, now: datetime, tally: Tally
) -> None:
    """In the order of the answers: each without one counts, one that is an answer closes."""
    for was_answered, some in groupby(results, key=_was_answered):
        outcomes = [result.outcome for result in some]
        if was_answered:
            latency_ms = sum(outcome.elapsed_ms for outcome in outcomes) // len(outcomes)
            health.record_success(provider.pk, latency_ms=latency_ms)
            continue
        for outcome in outcomes:
            if health.record_failure(provider.pk, error=outcome.evidence, now=now):
                tally.is_stopped = True


def _was_answered(result: Result) -> bool:
    return isinstance(result.outcome, Accepted | Refused)
