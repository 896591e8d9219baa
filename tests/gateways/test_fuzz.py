"""Whatever a gateway answers, or somebody signs, is understood or refused: nothing else."""

import json
import time
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from orders.payments.standing import Standing
from panel.gateways import amounts
from panel.gateways.btcpay import reading as of_btcpay
from panel.gateways.calling import understood
from panel.gateways.paypal import reading as of_paypal
from panel.gateways.paypal.noticing import subject_of
from panel.gateways.protocol import BadSignature, GatewayFailed
from panel.gateways.stripe import reading as of_stripe
from tests.gateways.standins import btcpay as btcpays
from tests.gateways.standins import stripe as stripes

NAMES = [
    "id", "status", "payment_status", "payment_intent", "latest_charge", "amount_received",
    "amount_refunded", "currency", "balance_transaction", "fee", "client_reference_id", "data",
    "object", "type", "purchase_units", "payments", "captures", "refunds", "amount", "value",
    "currency_code", "custom_id", "seller_receivable_breakdown", "paypal_fee", "resource",
    "resource_type", "links", "rel", "href", "supplementary_data", "related_ids", "metadata",
    "orderId", "additionalStatus", "rate", "name", "archived", "storeId", "invoiceId",
]  # fmt: skip
WORDS = [
    "paid", "complete", "expired", "succeeded", "COMPLETED", "APPROVED", "REFUNDED", "Settled",
    "Expired", "Invalid", "None", "PaidLate", "Marked", "BTC", "EUR", "eur", "capture", "refund",
    "dispute", "checkout-order", "25.50", "9" * 18, "0." + "1" * 18, "-1", "NaN", "1_000", "٣٤",
    btcpays.STORE,
]  # fmt: skip
SCALARS = some.one_of(
    some.none(), some.booleans(), some.integers(), some.sampled_from(WORDS), some.text(max_size=5)
)
DOCUMENTS = some.recursive(
    SCALARS,
    lambda inner: some.one_of(
        some.lists(inner, max_size=3),
        some.dictionaries(some.sampled_from(NAMES), inner, max_size=6),
    ),
    max_leaves=25,
)
OBJECTS = some.dictionaries(some.sampled_from(NAMES), DOCUMENTS, max_size=10)
QUICK = settings(
    max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


def sound(standing: Standing) -> bool:
    """Money that can be reckoned with, or none."""
    told = [standing.refunded, *(one for one in (standing.paid, standing.fee) if one is not None)]
    return all(isinstance(one, Decimal) and one.is_finite() for one in told)


@QUICK
@given(OBJECTS, some.lists(OBJECTS, max_size=2))
def test_what_stripe_answers_is_a_standing_or_a_failure(session, disputes):
    try:
        with understood():
            assert sound(of_stripe.standing_of(session, disputes))
    except GatewayFailed:
        pass


@QUICK
@given(OBJECTS, some.lists(OBJECTS, max_size=2))
def test_what_paypal_answers_is_a_standing_or_a_failure(order, disputes):
    order["purchase_units"] = [order.get("purchase_units")]
    try:
        with understood():
            assert sound(of_paypal.standing_of(order, disputes))
    except GatewayFailed:
        pass


@QUICK
@given(OBJECTS, some.lists(OBJECTS, max_size=2), some.lists(OBJECTS, max_size=2))
def test_what_btcpay_answers_is_a_standing_or_a_failure(invoice, methods, pulls):
    try:
        with understood():
            of_btcpay.needs_payments(invoice)
            found = of_btcpay.standing_of(invoice, methods, pulls, step=Decimal("0.01"))
            assert sound(found)
    except GatewayFailed:
        pass


@QUICK
@given(OBJECTS)
def test_whatever_is_signed_for_stripe_names_no_payment_of_ours(stripe_gateway, event):
    event.pop("type", None)  # else Stripe would be asked
    body = json.dumps(event).encode()

    (notice,) = stripe_gateway.verify(body, stripes.signed(body))

    assert (notice.reference, notice.merchant_reference) == ("", "")


@QUICK
@given(OBJECTS)
def test_whatever_is_signed_for_btcpay_is_a_notice_or_a_forgery(btcpay_gateway, event):
    body = json.dumps(event | {"timestamp": int(time.time())}).encode()

    try:
        (notice,) = btcpay_gateway.verify(body, btcpays.signed(body))
    except BadSignature:
        return
    assert notice.merchant_reference == ""


@QUICK
@given(OBJECTS)
def test_whatever_paypal_sends_has_a_subject_or_none(event):
    assert subject_of(event) is not None


@QUICK
@given(some.one_of(DOCUMENTS, some.floats(), some.text(), some.from_regex(r"-?\d{1,40}\.?\d*")))
def test_e13_an_amount_is_read_exactly_or_not_at_all(value):
    amount = amounts.read(value)

    assert amount is None or (amount.is_finite() and Decimal(str(value)) == amount)


@pytest.mark.parametrize(
    "text", ["1_000", "NaN", "Infinity", " 5", "5\n", "٣٤", "１００", "0x10", "", "1e5", "+1", ".5"]
)
def test_e13_what_only_looks_like_an_amount_is_none(text):
    assert amounts.read(text) is None


@pytest.fixture
def stripe_gateway(stripe):
    return stripe.gateway()


@pytest.fixture
def btcpay_gateway(btcpay):
    return btcpay.gateway()
