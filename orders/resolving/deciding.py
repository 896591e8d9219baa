"""The three answers about an unknown order. The first one counts, whoever gives it."""

from datetime import datetime

from django.db import IntegrityError, transaction

from orders import closing
from orders.ledger import constraint_of
from orders.lifecycle import Status
from orders.models import Attempt, Order, OrderEvent, Review
from orders.models.buckets import enlist
from providers import client
from providers.client import Connection, ProviderFailed
from providers.wire import Problem, StatusReport


class NotUnknown(Exception):
    """The order is not unconfirmed any more, or never was; nothing was changed."""


class NotConfirmed(Exception):
    """The provider does not know this id as ours, or another order has it; nothing was changed."""


def was_placed(order_id: int, upstream_id: str, *, actor: str, now: datetime) -> None:
    """The provider has the order under this id: follow it from now on.

    The provider is asked first. Raises NotConfirmed when it does not say so, NotUnknown when
    another hand was faster. Must not be called inside a transaction.
    """
    order = Order.objects.select_related("provider").get(pk=order_id)
    if order.status != Status.UNCONFIRMED or order.provider is None:
        raise NotUnknown(f"Order {order_id} is not unconfirmed.")
    report = _reported(Connection.of(order.provider), upstream_id)
    adopt(order_id, upstream_id, actor=actor, evidence=report.text, now=now)


def adopt(order_id: int, upstream_id: str, *, actor: str, evidence: str, now: datetime) -> None:
    """As was_placed, for an id that the provider was just asked about."""
    try:
        _adopt(order_id, upstream_id, actor=actor, evidence=evidence, now=now)
    except IntegrityError as error:
        if constraint_of(error) != "order_upstream_once":
            raise
        raise NotConfirmed(f"Another order has id {upstream_id} already.") from error


@transaction.atomic
def was_not_placed(order_id: int, *, actor: str, now: datetime) -> None:
    """The provider does not have the order: it is sent again in the next round.

    Raises NotUnknown; then nothing has happened.
    """
    order = _locked(order_id)
    order.move_to(Status.PENDING, now=now, due_at=now, tries=0)
    OrderEvent.note(order_id, "resolved", "It was not placed: to be sent again.", actor=actor)
    Review.settle(order_id, "not placed", now=now, actor=actor, reason=Review.Reason.SILENT)


@transaction.atomic
def refund(order_id: int, *, actor: str, now: datetime) -> None:
    """End the order without knowing: the whole charge goes back, whatever the provider does.

    Raises NotUnknown; then nothing has happened.
    """
    try:
        closing.close(
            order_id,
            Status.CANCELED,
            now=now,
            expected=frozenset({Status.UNCONFIRMED}),
            evidence="Refunded by decision.",
            actor=actor,
        )
    except closing.OrderMoved as error:
        raise NotUnknown(str(error)) from error
    Review.settle(order_id, "refunded", now=now, actor=actor, reason=Review.Reason.SILENT)


@transaction.atomic
def _adopt(order_id: int, upstream_id: str, *, actor: str, evidence: str, now: datetime) -> None:
    order = _locked(order_id)
    order.move_to(Status.PROCESSING, now=now, upstream_id=upstream_id)
    latest = order.attempts.filter(action=Attempt.Action.ADD).order_by("-pk").first()
    if latest is not None:
        Attempt.objects.filter(pk=latest.pk).update(upstream_id=upstream_id)
    text = f"It was placed as {upstream_id}. {evidence}"
    OrderEvent.note(order_id, "resolved", text, actor=actor)
    Review.settle(order_id, "placed", now=now, actor=actor, reason=Review.Reason.SILENT)
    assert order.provider_id is not None  # noqa: S101  # only sent orders are unconfirmed
    enlist(order.provider_id, [order_id], now=now)


def _locked(order_id: int) -> Order:
    order = Order.objects.select_for_update().get(pk=order_id)
    if order.status != Status.UNCONFIRMED:
        raise NotUnknown(f"Order {order_id} is not unconfirmed.")
    return order


def _reported(connection: Connection, upstream_id: str) -> StatusReport:
    try:
        report = client.statuses(connection, [upstream_id]).get(upstream_id)
    except ProviderFailed as failure:
        raise NotConfirmed(failure.evidence) from failure
    if isinstance(report, StatusReport):
        return report
    said = report.text if isinstance(report, Problem) else "nothing"
    raise NotConfirmed(f"About id {upstream_id} the provider says: {said}")
