"""Builders of money coming in: methods, payments, and what a gateway says about them."""

import itertools
import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from orders import payments
from orders.models import (
    BonusRule,
    Customer,
    Payment,
    PaymentMethod,
    PromoCode,
    Voucher,
    VoucherBatch,
)
from orders.payments import Standing, promos, vouchers
from tests import make

NOW = make.NOW
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
_serial = itertools.count(1)


def method(**columns: Any) -> PaymentMethod:
    """A card gateway in dollars without a fee; name what differs."""
    columns.setdefault("gateway", "stripe")
    columns.setdefault("title", f"Method {next(_serial)}")
    columns.setdefault("currency", "USD")
    columns.setdefault("is_active", True)
    made = PaymentMethod.objects.create(**columns)
    made.refresh_from_db()
    return made


def manual(**columns: Any) -> PaymentMethod:
    return method(gateway="manual", **columns)


def opened(
    *,
    customer: Customer | None = None,
    method: PaymentMethod | None = None,
    amount: str = "25",
    promo_code: str = "",
    now: datetime = NOW,
    reference: str | None = "",
    **more: Any,
) -> Any:
    """A payment whose gateway has named it; ``reference=None`` leaves that out."""
    payment = payments.open_for(
        customer or make.customer(balance="0"),
        method or globals()["method"](),
        Decimal(amount),
        currency="USD",
        token=more.pop("token", None) or uuid.uuid4(),
        now=now,
        promo_code=promo_code,
        **more,
    )
    if reference is not None and payment.gateway != "manual":
        name = reference or f"session-{next(_serial)}"
        payments.note_created(payment.pk, reference=name, redirect_url="https://pay.example")
    payment.refresh_from_db()
    return payment


def standing(payment: Payment, state: str = "paid", **changes: Any) -> Standing:
    """What a gateway says that has nothing to object to."""
    is_named = payment.reference != str(payment.token)
    said = Standing(
        state=state,
        reference=payment.reference if is_named else "session-late",
        merchant_reference=str(payment.token),
        paid=payment.pay_amount if state == "paid" else None,
        currency=payment.pay_currency,
    )
    return replace(said, **changes)


def say(payment: Payment, state: str = "paid", *, now: datetime = NOW, **changes: Any) -> Any:
    """The gateway is asked at ``now`` and says so."""
    return payments.apply_standing(payment.pk, standing(payment, state, **changes), now=now)


def paid(**given: Any) -> Any:
    """A payment that was opened and has arrived."""
    payment = opened(**given)
    say(payment)
    payment.refresh_from_db()
    return payment


def rule(percent: str, **columns: Any) -> BonusRule:
    columns.setdefault("title", f"{percent} %")
    return BonusRule.objects.create(percent=Decimal(percent), **columns)


def promo(code: str, **terms: Any) -> PromoCode:
    terms.setdefault("title", code)
    if not {"percent", "fixed"} & terms.keys():
        terms["fixed"] = Decimal(5)
    return promos.create(code, **terms)


def batch(amount: str = "5", *, count: int, **given: Any) -> tuple[VoucherBatch, list[str]]:
    """Vouchers that can be redeemed, with their codes."""
    terms = {"title": "Batch", "expires_at": None, "actor": "boss"} | given
    made = vouchers.propose_batch(amount=Decimal(amount), count=count, **terms)
    vouchers.release(made.pk)
    return vouchers.tell_codes(made.pk)


def voucher(amount: str = "10", **given: Any) -> tuple[str, Voucher]:
    """A voucher that nobody used, with its code."""
    made, (code,) = batch(amount, count=1, **given)
    return code, made.vouchers.get()


def refund(payment: Payment, amount: str, *, token: uuid.UUID | None = None) -> Any:
    """Staff start to pay back."""
    return payments.start_refund(
        payment.pk,
        Decimal(amount),
        actor="boss",
        reason="Asked for",
        token=token or uuid.uuid4(),
        now=NOW,
    )


def balance(of: Customer | Payment) -> Any:
    pk = of.customer_id if isinstance(of, Payment) else of.pk
    return Customer.objects.get(pk=pk).balance


def entries(payment: Payment) -> Any:
    """Kinds and amounts of what a payment moved, in their order."""
    return list(payment.entries.order_by("number").values_list("kind", "amount"))


def doubts(payment: Payment) -> list[str]:
    """Why a person is asked about it now."""
    still_open = payment.doubts.filter(closed_at=None).order_by("id")
    return list(still_open.values_list("reason", flat=True))
