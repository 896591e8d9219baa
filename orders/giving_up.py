"""Orders that waited too long for their provider are canceled and paid back, where staff said so.

Only what was never sent and cannot be sent at this moment: a provider without money, paused or
away. An order about which anything is unknown stays with people.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from orders import closing
from orders.lifecycle import Status
from orders.models import Attempt, Order, OrderEvent, Review
from providers.models import Provider

GIVEN_UP_MAX = 500
"""Of one provider in one run."""
_QUEUED_ANEW = ("released", "next_source")
_NOT_SURE = (Attempt.Outcome.OPEN, Attempt.Outcome.SILENT)
_GIVEN_UP = "Waited for %(hours)s hours and could not be sent to %(provider)s."


def give_up_overdue(*, now: datetime) -> int:
    """Cancel what waited longer than its provider's hours; how many orders were paid back."""
    providers = Provider.objects.filter(give_up_after_h__isnull=False).order_by("pk")
    return sum(_give_up_at(provider, now=now) for provider in providers)


def _give_up_at(provider: Provider, *, now: datetime) -> int:
    overdue = _overdue(provider, now=now)
    ids = list(overdue.order_by("created_at", "pk").values_list("pk", flat=True)[:GIVEN_UP_MAX])
    return sum(_give_up(order_id, provider, now=now) for order_id in ids)


def _overdue(provider: Provider, *, now: datetime) -> QuerySet[Order]:
    """Waiting there for too long, not held by or for a person, and about to be sent no sooner.

    The hours count from when it was placed, or from when it was last released or came there.
    """
    assert provider.give_up_after_h is not None  # noqa: S101  # only such are asked for
    since = now - timedelta(hours=provider.give_up_after_h)
    events = OrderEvent.objects.filter(order=OuterRef("pk"), kind__in=_QUEUED_ANEW, at__gt=since)
    adds = Attempt.objects.filter(order=OuterRef("pk"), outcome__in=_NOT_SURE)
    waiting = Order.objects.filter(
        ~Exists(events),
        ~Exists(adds),
        provider=provider,
        status=Status.PENDING,
        hold=Order.Hold.NONE,
        due_at__isnull=False,
        created_at__lte=since,
    )
    can_be_called = Provider.objects.reachable(now).filter(pk=provider.pk).exists()
    return waiting.filter(due_at__gt=now) if can_be_called else waiting


@transaction.atomic
def _give_up(order_id: int, provider: Provider, *, now: datetime) -> bool:
    """Under the order's lock either this or the claim for sending wins, never both."""
    mine = _overdue(provider, now=now).filter(pk=order_id)
    if mine.select_for_update(of=("self",), skip_locked=True).first() is None:
        return False
    text = _GIVEN_UP % {"hours": provider.give_up_after_h, "provider": provider.name}
    unsent = frozenset({Status.PENDING})
    closing.close(order_id, Status.CANCELED, now=now, expected=unsent, evidence=text)
    Review.settle(order_id, "given up", now=now, actor="")
    return True
