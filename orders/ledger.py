"""The one place balances move.

Every function appends entries; the database numbers them and moves the balance as they are
inserted (see migration 0002), and refuses what must not be. Here its refusals become words.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from orders.models import Customer, LedgerEntry, Payment
from orders.models.ledger import Kind
from orders.money import exact

CHARGE_OF_NEW_ORDER = """
    INSERT INTO orders_ledgerentry (customer_id, kind, amount, order_id, step, actor, reason)
    SELECT customer_id, 'charge', -charge, id, 1, '', '' FROM new_order
    RETURNING balance_after
"""
"""The charge of an order that is inserted by the same statement (as ``new_order``)."""

_ORDER_ENTRIES = """
    INSERT INTO orders_ledgerentry (customer_id, kind, amount, order_id, step, actor, reason)
    SELECT o.customer_id, e.kind, e.amount, e.order_id,
           1 + (SELECT count(*) FROM orders_ledgerentry AS known
                 WHERE known.order_id = e.order_id AND known.kind = e.kind),
           %s, %s
      FROM unnest(%s::bigint[], %s::text[], %s::numeric[]) AS e (order_id, kind, amount)
      JOIN orders_order AS o ON o.id = e.order_id
     ORDER BY o.customer_id, e.order_id
"""


class InsufficientBalance(Exception):
    """The customer's balance and credit do not cover this."""

    def __init__(self) -> None:
        super().__init__(_("Not enough funds on balance"))


class MayNotSpend(Exception):
    """The customer is frozen or suspended."""

    def __init__(self) -> None:
        super().__init__(_("This account may not place orders at the moment."))


class AlreadyBooked(Exception):
    """This cause has its entry already; nothing was booked again."""


@dataclass(frozen=True, slots=True)
class OrderEntry:
    """A movement caused by an order; ``amount`` is signed as it changes the balance."""

    order_id: int
    kind: str
    amount: Decimal


def constraint_of(error: IntegrityError) -> str:
    """The name of the constraint that the database refused for, or an empty text."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""


@contextmanager
def refusals() -> Iterator[None]:
    """Turn the database's refusals about balances into InsufficientBalance and MayNotSpend."""
    try:
        yield
    except IntegrityError as error:
        match constraint_of(error):
            case "customer_balance_covers":
                raise InsufficientBalance from error
            case "customer_may_spend":
                raise MayNotSpend from error
            case (
                "orders_ledgerentry_cause_key"
                | "entry_settles_payment"
                | "entry_gives_promo"
                | "entry_redeems_voucher"
            ):
                raise AlreadyBooked(str(error)) from error
        raise


def refund(order_id: int, amount: Decimal, *, actor: str = "", reason: str = "") -> None:
    """Give ``amount`` of an order's charge back. The caller holds the order's lock."""
    book([OrderEntry(order_id, Kind.REFUND, amount)], actor=actor, reason=reason)


def take_back(order_id: int, amount: Decimal, *, actor: str, reason: str) -> None:
    """Take back ``amount`` of what was refunded too much; never below the customer's floor."""
    book([OrderEntry(order_id, Kind.REVERSAL, -amount)], actor=actor, reason=reason)


def meter(order_id: int, amount: Decimal) -> None:
    """Charge ``amount`` for what a metered order served since the last charge.

    Raises InsufficientBalance or MayNotSpend; then nothing was charged.
    """
    book([OrderEntry(order_id, Kind.CHARGE, -amount)])


def book(entries: Sequence[OrderEntry], *, actor: str = "", reason: str = "") -> None:
    """Append entries of several orders at once, customers in ascending order (no deadlocks).

    At most one entry for each order and kind. The caller holds the orders' locks.
    """
    if not entries:
        return
    columns = (
        [entry.order_id for entry in entries],
        [str(entry.kind) for entry in entries],
        [exact(entry.amount) for entry in entries],
    )
    with refusals(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ORDER_ENTRIES, [actor, reason, *columns])


def top_up(payment: Payment, *, actor: str = "") -> LedgerEntry:
    """Credit a payment, once; its entry settles it. Raises AlreadyBooked when it is not open."""
    return _append(
        payment.customer_id,
        Kind.TOP_UP,
        payment.amount,
        cause=f"payment:{payment.pk}",
        actor=actor,
        payment=payment,
    )


def follow_payment(
    payment: Payment, kind: str, amount: Decimal, *, cause: str, actor: str = "", reason: str = ""
) -> LedgerEntry:
    """What comes after a payment's credit: a bonus with it, money that goes back or comes again.

    The caller holds the payment's lock. Chargebacks, and bonuses that go back with a payment
    (cause ``bonus_back:…``), pass the floor; for anything else raises InsufficientBalance.
    """
    return _append(
        payment.customer_id,
        kind,
        amount,
        cause=cause,
        actor=actor,
        reason=reason,
        payment=payment,
    )


def give_bonus(
    customer_id: int, amount: Decimal, *, cause: str, actor: str = "", reason: str = ""
) -> LedgerEntry:
    """Give a bonus without a payment, or take it back (negative, never below the floor)."""
    return _append(customer_id, Kind.BONUS, amount, cause=cause, actor=actor, reason=reason)


def adjust(
    customer: Customer, amount: Decimal, *, cause: str, reason: str, actor: str
) -> LedgerEntry:
    """Give (or take, negative) funds by hand, with a reason. Raises AlreadyBooked."""
    return _append(customer.pk, Kind.ADJUSTMENT, amount, cause=cause, reason=reason, actor=actor)


def opening(
    customer: Customer, amount: Decimal, *, cause: str, reason: str, actor: str
) -> LedgerEntry:
    """Bring in a balance from elsewhere, or (negative) take it out again. Raises AlreadyBooked."""
    return _append(customer.pk, Kind.OPENING, amount, cause=cause, reason=reason, actor=actor)


def _append(
    customer_id: int,
    kind: str,
    amount: Decimal,
    *,
    cause: str,
    actor: str = "",
    reason: str = "",
    payment: Payment | None = None,
) -> LedgerEntry:
    sql = """
        INSERT INTO orders_ledgerentry
               (customer_id, kind, amount, step, cause, actor, reason, payment_id)
        VALUES (%s, %s, %s, 1, %s, %s, %s, %s) RETURNING id
    """
    payment_id = payment.pk if payment else None
    values: list[Any] = [customer_id, str(kind), exact(amount), cause, actor, reason, payment_id]
    with refusals(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
        (entry_id,) = cursor.fetchone()
    return LedgerEntry.objects.get(pk=entry_id)
