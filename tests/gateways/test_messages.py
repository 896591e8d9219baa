"""Which payment a genuine message is about, and that it says no more than "look there"."""

import json
import uuid

import pytest

from panel.gateways.protocol import GatewayFailed
from tests.gateways.standins import btcpay as btcpays
from tests.gateways.standins import paypal as paypals
from tests.gateways.standins import stripe as stripes
from tests.gateways.worlds import intent

pytestmark = pytest.mark.django_db

ONLY_STRIPE = {"object": "charge", "id": "ch_of_a_shop", "payment_intent": "pi_of_a_shop"}


def test_a_message_names_the_payment_by_both_references(called):
    wanted = intent()
    created = called.gateway().create(wanted)

    (notice,) = called.gateway().verify(*called.message(created))

    assert (notice.reference, notice.merchant_reference) == (created.reference, wanted.token)
    assert notice.event_id
    assert notice.about


def test_e1_the_same_message_has_the_same_id_again(called):
    created = called.gateway().create(intent())
    body, headers = called.message(created)

    first, again = (called.gateway().verify(body, headers) for _ in range(2))

    assert first == again


def test_e1_a_repeated_delivery_of_btcpay_keeps_the_id_of_the_first(btcpay):
    created = btcpay.gateway().create(intent())
    bodies = [
        btcpay.standin.event("InvoiceSettled", created.reference, repeats=repeats)
        for repeats in ("", "D-first")
    ]

    notices = [btcpay.gateway().verify(body, btcpays.signed(body))[0] for body in bodies]

    assert notices[0].event_id == notices[1].event_id


@pytest.mark.parametrize(
    "kind",
    ["charge.refunded", "charge.dispute.created", "refund.updated", "payment_intent.succeeded"],
)
def test_stripe_speaks_of_charges_and_disputes_and_we_find_the_payment(stripe, kind):
    wanted = intent()
    created = stripe.gateway().create(wanted)
    stripe.pay(created)
    intent_id = stripe.standin.sessions[created.reference]["payment_intent"]
    things = {"payment_intent": stripe.standin.intents[intent_id]}
    thing = things.get(kind.partition(".")[0], {"object": "any", "payment_intent": intent_id})
    body = stripe.standin.event(kind, thing)

    (notice,) = stripe.gateway().verify(body, stripes.signed(body))

    assert (notice.reference, notice.merchant_reference) == (created.reference, wanted.token)


@pytest.mark.parametrize(
    ("kind", "thing"),
    [
        ("charge.refunded", ONLY_STRIPE),
        ("customer.created", {"object": "customer", "id": "cus_1"}),
        ("checkout.session.completed", {"id": "cs_9", "client_reference_id": "cart 12"}),
        ("checkout.session.completed", {"id": "cs_9", "client_reference_id": None}),
        ("charge.refunded", {}),
        ("payout.paid", None),
        ("payout.paid", "not even an object"),
    ],
)
def test_what_else_is_paid_with_the_same_stripe_account_is_not_our_business(stripe, kind, thing):
    body = stripe.standin.event(kind, thing)

    (notice,) = stripe.gateway().verify(body, stripes.signed(body))

    assert (notice.reference, notice.merchant_reference, notice.about) == ("", "", kind)


def test_a_message_that_cannot_be_placed_just_now_is_to_be_sent_again(stripe):
    created = stripe.gateway().create(intent())
    stripe.pay(created)
    intent_id = stripe.standin.sessions[created.reference]["payment_intent"]
    body = stripe.standin.event("charge.refunded", stripe.standin._charge_of(intent_id))
    stripe.standin.fail_next("drop_before", path="/v1/checkout/sessions")

    with pytest.raises(GatewayFailed) as failed:
        stripe.gateway().verify(body, stripes.signed(body))

    assert not failed.value.is_refusal


def test_paypal_speaks_of_captures_refunds_and_disputes_and_we_find_the_payment(paypal):
    wanted, gateway = intent(), paypal.gateway()
    created = gateway.create(wanted)
    paypal.pay(created)
    gateway.fetch(created.reference)
    capture = paypal.standin._capture(created.reference)
    refund = paypal.standin.refund_there(created.reference, "1.00", custom_id="")
    unmarked = {name: text for name, text in refund.items() if name != "custom_id"}
    paypal.standin.dispute(created.reference, "OPEN")
    (dispute,) = paypal.standin.disputes.values()

    for kind, resource_type, resource in [
        ("PAYMENT.CAPTURE.COMPLETED", "capture", capture),
        ("PAYMENT.CAPTURE.REVERSED", "capture", {"id": capture["id"]}),
        ("PAYMENT.CAPTURE.REFUNDED", "refund", refund),
        ("PAYMENT.CAPTURE.REFUNDED", "refund", refund | {"custom_id": f"{wanted.token}.key-1"}),
        ("PAYMENT.CAPTURE.REFUNDED", "refund", unmarked),
        ("CUSTOMER.DISPUTE.CREATED", "dispute", dispute),
    ]:
        body = paypal.standin.event(kind, resource_type, resource)
        (notice,) = gateway.verify(body, paypals.signed(body))
        assert notice.merchant_reference == wanted.token, (kind, resource)


@pytest.mark.parametrize(
    ("resource_type", "resource"),
    [
        ("capture", {"id": "CAP-OF-A-SHOP"}),
        ("capture", {"id": "CAP-OF-A-SHOP", "custom_id": "cart 12"}),
        ("dispute", {"disputed_transactions": []}),
        ("dispute", {"disputed_transactions": {"a": 1}}),
        ("checkout-order", {"id": "5O1", "purchase_units": "none"}),
        ("invoice", {"id": "INV-1"}),
        ("capture", "not even an object"),
    ],
)
def test_what_else_is_paid_with_the_same_paypal_account_is_not_our_business(
    paypal, resource_type, resource
):
    body = paypal.standin.event("ANY.EVENT", resource_type, resource)

    (notice,) = paypal.gateway().verify(body, paypals.signed(body))

    assert (notice.reference, notice.merchant_reference) == ("", "")


def test_invoices_of_another_store_or_shop_are_not_our_business(btcpay):
    gateway = btcpay.gateway()
    created = gateway.create(intent())
    elsewhere = btcpay.standin.event("InvoiceSettled", created.reference, store="another")
    shop = json.loads(btcpay.standin.event("InvoiceSettled", "INV9"))
    bodies = [elsewhere, json.dumps(shop | {"metadata": {"orderId": "cart 12"}}).encode()]

    for body in bodies:
        (notice,) = gateway.verify(body, btcpays.signed(body))
        assert (notice.reference, notice.merchant_reference) == ("", "")


def test_older_btcpay_servers_tell_the_invoice_alone(btcpay):
    created = btcpay.gateway().create(intent())
    told = json.loads(btcpay.standin.event("InvoiceSettled", created.reference))
    del told["metadata"]
    body = json.dumps(told).encode()

    (notice,) = btcpay.gateway().verify(body, btcpays.signed(body))

    assert (notice.reference, notice.merchant_reference) == (created.reference, "")


def test_an_event_without_a_usable_id_gets_one_from_its_body(stripe):
    for event_id in ("", "x" * 201):
        body = stripe.standin.event("payout.paid", {"n": str(uuid.uuid4())}, event_id=event_id)
        (notice,) = stripe.gateway().verify(body, stripes.signed(body))
        assert notice.event_id.startswith("sha256-")


@pytest.mark.parametrize("odd", ["\ud800", "\0"])
def test_a_message_with_signs_that_cannot_be_kept_is_read_without_them(stripe, odd):
    body = stripe.standin.event(f"payout{odd}", {"n": odd}, event_id=f"evt_{odd}1")

    (notice,) = stripe.gateway().verify(body, stripes.signed(body))

    assert (notice.event_id, notice.about) == ("evt_\ufffd1", "payout\ufffd")
