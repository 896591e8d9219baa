"""The states of an order, their legal moves, and the words that customers see: tables only."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    """Where an order is. SUBMITTING and UNCONFIRMED are ours alone: customers read Pending."""

    PENDING = "pending", _("Pending")
    SUBMITTING = "submitting", _("Submitting")
    UNCONFIRMED = "unconfirmed", _("Unconfirmed")
    PROCESSING = "processing", _("Processing")
    IN_PROGRESS = "in_progress", _("In progress")
    PAUSED = "paused", _("Paused")
    COMPLETED = "completed", _("Completed")
    PARTIAL = "partial", _("Partial")
    CANCELED = "canceled", _("Canceled")
    EXPIRED = "expired", _("Expired")


_ENDS = frozenset({Status.COMPLETED, Status.PARTIAL, Status.CANCELED, Status.EXPIRED})

NEXT: dict[str, frozenset[str]] = {
    # Straight from PENDING to work and end: services that staff deliver by hand.
    Status.PENDING: _ENDS | {Status.SUBMITTING, Status.PROCESSING, Status.IN_PROGRESS},
    Status.SUBMITTING: frozenset(
        {Status.PENDING, Status.PROCESSING, Status.UNCONFIRMED, Status.CANCELED}
    ),
    Status.UNCONFIRMED: frozenset({Status.PENDING, Status.PROCESSING, Status.CANCELED}),
    Status.PROCESSING: _ENDS | {Status.IN_PROGRESS, Status.PAUSED},
    Status.IN_PROGRESS: _ENDS | {Status.PROCESSING, Status.PAUSED},
    Status.PAUSED: _ENDS | {Status.PROCESSING, Status.IN_PROGRESS},
    # A provider may take a completion back days later, once.
    Status.COMPLETED: frozenset({Status.PARTIAL, Status.CANCELED}),
    # The rest of a partial order can still be given back, by a person.
    Status.PARTIAL: frozenset({Status.CANCELED}),
    Status.EXPIRED: frozenset({Status.PARTIAL, Status.CANCELED}),
    Status.CANCELED: frozenset(),
}

OPEN = frozenset(Status) - _ENDS
ENDED = _ENDS
AT_PROVIDER = frozenset({Status.PROCESSING, Status.IN_PROGRESS, Status.PAUSED})

_PROTOCOL_WORDS: dict[str, str] = {
    Status.PENDING: "Pending",
    Status.SUBMITTING: "Pending",
    Status.UNCONFIRMED: "Pending",
    Status.PROCESSING: "Processing",
    Status.IN_PROGRESS: "In progress",
    Status.PAUSED: "In progress",
    Status.COMPLETED: "Completed",
    Status.PARTIAL: "Partial",
    Status.CANCELED: "Canceled",
    Status.EXPIRED: "Completed",
}

_SUBSCRIPTION_WORDS: dict[str, str] = _PROTOCOL_WORDS | {
    Status.PENDING: "Active",
    Status.SUBMITTING: "Active",
    Status.UNCONFIRMED: "Active",
    Status.PROCESSING: "Active",
    Status.IN_PROGRESS: "Active",
    Status.PAUSED: "Paused",
    Status.EXPIRED: "Expired",
    Status.PARTIAL: "Completed",
}


def protocol_word(status: str, *, is_subscription: bool = False) -> str:
    """The word of API v2 for a state: one of six, for subscriptions one of five."""
    return (_SUBSCRIPTION_WORDS if is_subscription else _PROTOCOL_WORDS)[status]


class RefillStatus(models.TextChoices):
    """Where a refill is."""

    REQUESTED = "requested", _("Requested")
    SUBMITTING = "submitting", _("Submitting")
    UNCONFIRMED = "unconfirmed", _("Unconfirmed")
    IN_PROGRESS = "in_progress", _("In progress")
    COMPLETED = "completed", _("Completed")
    REJECTED = "rejected", _("Rejected")


REFILL_OPEN = (
    RefillStatus.REQUESTED,
    RefillStatus.SUBMITTING,
    RefillStatus.UNCONFIRMED,
    RefillStatus.IN_PROGRESS,
)
REFILL_WORDS: dict[str, str] = {
    RefillStatus.REQUESTED: "Pending",
    RefillStatus.SUBMITTING: "Pending",
    RefillStatus.UNCONFIRMED: "Pending",
    RefillStatus.IN_PROGRESS: "In progress",
    RefillStatus.COMPLETED: "Completed",
    RefillStatus.REJECTED: "Rejected",
}


class CancelStatus(models.TextChoices):
    """Where a customer's wish to cancel is. It moves no money: the order's status does."""

    REQUESTED = "requested", _("Requested")
    SUBMITTING = "submitting", _("Submitting")
    UNCONFIRMED = "unconfirmed", _("Unconfirmed")
    ACCEPTED = "accepted", _("Accepted by the provider")
    REFUSED = "refused", _("Refused by the provider")
    DONE = "done", _("Done")


CANCEL_OPEN = (
    CancelStatus.REQUESTED,
    CancelStatus.SUBMITTING,
    CancelStatus.UNCONFIRMED,
    CancelStatus.ACCEPTED,
)
