"""Money coming in for the stock: ways to pay, a payment with its receipt, doubts, codes."""

import io
from typing import Any

from orders import payments
from orders.models import BonusRule, Customer, PaymentDoubt
from orders.payments import doubting, promos
from panel.paying import receipts
from tests.orders import paying
from tests.panel.paying import files, pay


def paying_in(customer: Customer, canary: str) -> dict[str, Any]:
    """A payment that waits for staff, one at the demo's page; answers parameters of addresses."""
    bank = pay.by_hand(title=canary[:90], instructions=canary)
    waiting = pay.begun(customer, bank, "40")
    receipt = receipts.keep(waiting, io.BytesIO(files.PDF))
    payments.claim_paid(waiting.pk, customer_id=customer.pk, receipt=str(receipt.pk))
    doubting.note_stranger(bank.pk, canary, evidence=canary)
    doubting.ask(waiting, PaymentDoubt.Reason.AMOUNT, canary)
    played = pay.begun(customer, pay.method(fee_percent=3, fee_borne_by="customer"))
    return {
        "payment_id": waiting.pk,
        "token": waiting.token,
        "receipt_id": receipt.pk,
        "demo_token": played.token,
        "doubt_id": PaymentDoubt.objects.latest("pk").pk,
        "method_id": pay.method("stripe", is_active=False).pk,
        "gateway": "stripe",
        **_on_top(canary),
    }


def _on_top(canary: str) -> dict[str, Any]:
    batch, _codes = paying.batch(count=3, title=canary[:90], actor="owner")
    return {
        "bonus_id": BonusRule.objects.create(title=canary[:90], percent=5, from_amount=50).pk,
        "promo_id": promos.create("STOCKED", title=canary[:90], percent=5).pk,
        "batch_id": batch.pk,
        "voucher_id": batch.vouchers.latest("pk").pk,
    }
