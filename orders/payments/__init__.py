"""The one place money comes in: a payment is opened, settled at most once, and followed.

Gateways are not known here. Doors fetch what a gateway says, outside of any transaction, and
hand it to ``apply_standing``, which books the difference to what is known.
"""

from orders.payments.checking import backlog, due_checks, expire_overdue
from orders.payments.codes import CodeRefused
from orders.payments.crediting import Promised, promised
from orders.payments.deciding import (
    claim_paid,
    confirm,
    credit_received,
    reject,
    settle,
    withdraw,
)
from orders.payments.freezing import ask_about_covered
from orders.payments.opening import (
    AMOUNT_MAX,
    OPEN_MAX,
    note_created,
    open_for,
    open_payment,
)
from orders.payments.quoting import Quote, methods_for, quote
from orders.payments.refunding import finish_refund, refundable, start_refund, unfinished
from orders.payments.refusal import PaymentRefused
from orders.payments.settling import Applied, apply_standing
from orders.payments.standing import Standing, State

__all__ = [
    "AMOUNT_MAX",
    "OPEN_MAX",
    "Applied",
    "CodeRefused",
    "PaymentRefused",
    "Promised",
    "Quote",
    "Standing",
    "State",
    "apply_standing",
    "ask_about_covered",
    "backlog",
    "claim_paid",
    "confirm",
    "credit_received",
    "due_checks",
    "expire_overdue",
    "finish_refund",
    "methods_for",
    "note_created",
    "open_for",
    "open_payment",
    "promised",
    "quote",
    "refundable",
    "reject",
    "settle",
    "start_refund",
    "unfinished",
    "withdraw",
]
