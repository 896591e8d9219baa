"""Writing papers: level-triggered, so that it may run twice, late, or after a payment moved on.

For each settled payment the papers say what the customer was credited and has kept. Where they
do not, one more is written: the invoice, a credit note for what was taken back since, or an
invoice again for what was given back after that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Any

from django.db import connection, transaction

from orders.currencies import minor_step
from orders.invoicing.taxes import Tax, split, tax_for
from orders.models import BillingDetails, Invoice, LedgerEntry, Payment, Seller
from orders.models.moments import SLACK, id_around
from orders.money import ZERO, plain

WRITTEN_MAX = 200
COUNTED_MAX = 1_000
LATELY = timedelta(hours=3)
SWEEP_EVERY = timedelta(hours=1)
_WIDE = Context(prec=60)

# What was booked lately shows which payments moved: no need to look at all of them.
_MOVED = """
    SELECT p.id, p.settled_at
      FROM (SELECT DISTINCT payment_id FROM orders_ledgerentry
             WHERE id >= %(first_entry)s AND payment_id IS NOT NULL) AS moved
      JOIN orders_payment AS p ON p.id = moved.payment_id
     CROSS JOIN LATERAL (SELECT sum(covers) AS covered
                           FROM orders_invoice WHERE payment_id = p.id) AS told
     WHERE p.status = 'settled' AND (p.settled_at >= %(since)s OR told.covered IS NOT NULL)
       AND coalesce(told.covered, 0) <> p.amount - p.taken_back
     ORDER BY p.settled_at, p.id LIMIT %(limit)s
"""
_ALL = """
    SELECT p.id, p.settled_at
      FROM orders_payment AS p
      LEFT JOIN (SELECT payment_id, sum(covers) AS covered
                   FROM orders_invoice GROUP BY payment_id) AS told ON told.payment_id = p.id
     WHERE p.status = 'settled' AND (p.settled_at >= %(since)s OR told.covered IS NOT NULL)
       AND coalesce(told.covered, 0) <> p.amount - p.taken_back
     ORDER BY p.settled_at, p.id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Unwritten:
    """Payments whose papers are not level with them; ``rows`` counts up to COUNTED_MAX."""

    rows: int
    has_seller: bool
    """Without the operator's details no paper can be written at all."""


def write_due(*, now: datetime, limit: int = WRITTEN_MAX) -> int:
    """Write papers for up to ``limit`` payments, the oldest first; how many were written.

    None while the operator has not said who sells. All payments are looked at every SWEEP_EVERY
    and after the details were changed, in between those that moved LATELY.
    """
    seller = Seller.objects.filter(pk=1).first()
    if seller is None:
        return 0
    is_sweep = seller.swept_at is None or seller.swept_at <= now - SWEEP_EVERY
    due = _unlevel(_ALL if is_sweep else _MOVED, seller, now=now, limit=limit)
    written = sum(_write(payment_id, seller, now=now) for payment_id in due)
    if is_sweep and len(due) < limit:
        Seller.objects.filter(pk=1, swept_at=seller.swept_at).update(swept_at=now)
    return written


def unwritten(*, now: datetime) -> Unwritten:
    """How many payments wait for their paper: all settled ones while nobody said who sells."""
    seller = Seller.objects.filter(pk=1).first()
    if seller is None:
        settled = Payment.objects.filter(status=Payment.Status.SETTLED).order_by()
        return Unwritten(settled.values("pk")[:COUNTED_MAX].count(), has_seller=False)
    due = _unlevel(_MOVED, seller, now=now, limit=COUNTED_MAX)
    return Unwritten(len(due), has_seller=True)


def _unlevel(query: str, seller: Seller, *, now: datetime, limit: int) -> list[int]:
    values: dict[str, Any] = {
        "since": seller.invoices_from,
        "limit": limit,
        "first_entry": id_around(LedgerEntry, now - LATELY - SLACK),
    }
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [payment_id for payment_id, _settled_at in cursor.fetchall()]


@transaction.atomic
def _write(payment_id: int, seller: Seller, *, now: datetime) -> bool:
    """Bring the papers of a payment level with it; False when another hand was faster."""
    payment = (
        Payment.objects.select_for_update(of=("self",))
        .select_related("customer", "method")
        .get(pk=payment_id)
    )
    papers = list(Invoice.objects.filter(payment=payment).order_by("step"))
    covers = payment.amount - payment.taken_back - sum((p.covers for p in papers), ZERO)
    if not covers:
        return False
    buyer = _buyer(payment)
    tax = _tax_of(papers[0]) if papers else _new_tax(buyer)
    gross, net = _amounts(payment, papers, tax)
    Invoice.objects.create(
        kind=Invoice.Kind.INVOICE if covers > 0 else Invoice.Kind.CREDIT_NOTE,
        covers=covers,
        gross=gross,
        net=net,
        tax=gross - net,
        **_shown(tax),
        **dict.fromkeys(("year", "number", "step"), 0),  # the database counts
        **_frozen(payment, seller, buyer),
        issued_at=now,
    )
    return True


def _shown(tax: Tax) -> dict[str, Any]:
    return {"tax_name": tax.name, "tax_percent": tax.percent, "tax_note": tax.note}


def _frozen(payment: Payment, seller: Seller, buyer: dict[str, Any]) -> dict[str, Any]:
    return {
        "customer_id": payment.customer_id,
        "payment": payment,
        "currency": payment.currency,
        "seller": _seller(seller),
        "buyer": buyer,
        "paid": _paid(payment),
    }


def _amounts(payment: Payment, papers: Sequence[Invoice], tax: Tax) -> tuple[Decimal, Decimal]:
    """Gross and net of the next paper: what all should say together, less what they say.

    So the sum of all papers of a payment that was taken back whole is zero to the last digit.
    """
    gross = _kept_gross(payment)
    net, _tax = split(gross, tax.percent, payment.currency)
    told_gross = sum((paper.gross for paper in papers), ZERO)
    return gross - told_gross, net - sum((paper.net for paper in papers), ZERO)


def _kept_gross(payment: Payment) -> Decimal:
    """What the customer paid for what they kept: the fee goes with its share of the amount."""
    kept, fee = payment.amount - payment.taken_back, payment.fee
    if kept and payment.taken_back and fee:
        with localcontext(_WIDE):
            share = fee * kept / payment.amount
            fee = share.quantize(minor_step(payment.currency), rounding=ROUND_HALF_UP)
    return kept + min(fee, payment.fee) if kept else ZERO


def _new_tax(buyer: dict[str, Any]) -> Tax:
    return tax_for(buyer["country"], is_business=bool(buyer["tax_number"]))


def _tax_of(first: Invoice) -> Tax:
    """Later papers of a payment have the tax of its first."""
    return Tax(first.tax_name, first.tax_percent, first.tax_note)


def _seller(seller: Seller) -> dict[str, Any]:
    return {
        "name": seller.name,
        "address": seller.address,
        "tax_number": seller.tax_number,
        "email": seller.email,
        "note": seller.note,
    }


def _buyer(payment: Payment) -> dict[str, Any]:
    customer = payment.customer
    known = BillingDetails.objects.filter(pk=customer.pk).first() or BillingDetails()
    return {
        "name": known.name or customer.name,
        "company": known.company,
        "address": known.address,
        "country": customer.country,
        "tax_number": known.tax_number,
    }


def _paid(payment: Payment) -> dict[str, Any]:
    amount = payment.pay_amount if payment.paid_amount is None else payment.paid_amount
    return {
        "amount": plain(amount),
        "currency": payment.pay_currency,
        "method": payment.method.title if payment.method else payment.gateway,
        "reference": payment.reference,
        "at": payment.settled_at.isoformat() if payment.settled_at else "",
    }
