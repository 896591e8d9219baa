"""A wish to cancel: granted at once while nothing was sent, else a request to the provider."""

from orders.cancelling.answering import (
    RequestMoved,
    grant_cancel,
    refuse_cancel,
    send_cancel_now,
)
from orders.cancelling.due import backlog, due_providers
from orders.cancelling.requesting import (
    CancelRefused,
    IncorrectOrder,
    NotCancelable,
    request_cancel,
)
from orders.cancelling.sending import expire_claims, forward_cancels

__all__ = [
    "CancelRefused",
    "IncorrectOrder",
    "NotCancelable",
    "RequestMoved",
    "backlog",
    "due_providers",
    "expire_claims",
    "forward_cancels",
    "grant_cancel",
    "refuse_cancel",
    "request_cancel",
    "send_cancel_now",
]
