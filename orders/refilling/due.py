"""Which providers have refills to send or to ask for, and how many wait."""

from datetime import datetime

from django.db.models import QuerySet

from orders.lifecycle import RefillStatus
from orders.models import Refill
from orders.models.wishes import Backlog, backlog_of

MOVING = (RefillStatus.REQUESTED, RefillStatus.SUBMITTING, RefillStatus.IN_PROGRESS)


def due_providers(now: datetime) -> list[int]:
    """Providers to forward refills to or to ask about them."""
    return sorted(_due(now).values_list("order__provider_id", flat=True).distinct())


def backlog(now: datetime) -> Backlog:
    """Refills that are due and not done yet."""
    return backlog_of(_due(now))


def _due(now: datetime) -> QuerySet[Refill]:
    return Refill.objects.filter(
        due_at__lte=now, status__in=MOVING, order__provider__isnull=False
    ).order_by()
