"""What gateways tell us: once, in any order, only if it is genuine, and never believed."""

from decimal import Decimal
from typing import cast

import pytest
from django.test import Client
from django.urls import reverse

from orders import payments
from orders.models import Customer, GatewayEvent, LedgerEntry, Payment, PaymentDoubt
from orders.payments import inbox
from panel.clock import database_now
from panel.gateways.protocol import Created, Notice
from panel.paying import webhooks
from panel.paying.inbox import TooEarly, act
from tests import make
from tests.gateways.standins.paypal import signed as paypal_signed
from tests.gateways.standins.stripe import signed
from tests.gateways.worlds import PayPalWorld, opened
from tests.panel.paying import pay

pytestmark = pytest.mark.django_db


def send(method, body, headers):
    client = Client(enforce_csrf_checks=True)
    address = reverse("webhook", args=[method.pk])
    return client.post(address, body, content_type="application/json", headers=headers)


def told_of(world, payment):
    """The genuine message that ``payment`` was paid."""
    return world.message(Created(reference=payment.reference))


def paid(world, payment):
    world.pay(Created(reference=payment.reference))


def received(method):
    """A message that nobody acted on yet."""
    event = inbox.receive(method.pk, "evt", digest="")
    assert event is not None
    return event


def balance(customer):
    return Customer.objects.get(pk=customer.pk).balance


@pytest.fixture
def way(world):
    return pay.of_world(world, title="Card")


@pytest.fixture
def payment(ann, way):
    return pay.begun(ann, way)


def test_what_the_gateway_shows_is_credited_when_it_says_look(world, way, payment, ann):
    paid(world, payment)

    answer = send(way, *told_of(world, payment))

    assert answer.status_code == 200
    assert balance(ann) == Decimal(25)
    event = GatewayEvent.objects.get()
    assert event.payment == payment
    assert "settled, credited 25" in event.outcome


def test_e1_the_same_message_again_credits_nothing_and_is_not_asked_about(world, way, payment, ann):
    paid(world, payment)
    message = told_of(world, payment)
    send(way, *message)
    asked = len(world.standin.requests)

    answers = [send(way, *message).status_code for _ in range(5)]

    assert answers == [200] * 5
    assert balance(ann) == Decimal(25)
    assert GatewayEvent.objects.count() == 1
    verifying = world.standin.count("POST", "verify-webhook-signature")
    assert len(world.standin.requests) - asked <= verifying


def test_e2_an_altered_message_is_refused_and_counted_in_one_row(world, way, payment, ann):
    paid(world, payment)
    body, headers = told_of(world, payment)

    answers = [send(way, body + b" ", headers).status_code for _ in range(3)]

    assert answers == [400] * 3
    assert balance(ann) == 0
    doubt = PaymentDoubt.objects.get()
    assert (doubt.reason, doubt.times, doubt.payment) == ("signature", 3, None)
    assert not GatewayEvent.objects.exists()


def test_e2_a_message_for_another_method_is_refused(world, way, payment, ann):
    paid(world, payment)
    body, _headers = told_of(world, payment)

    assert send(way, body, world.foreign(body)).status_code == 400
    assert balance(ann) == 0


def test_e2_a_genuine_message_of_a_payment_that_was_not_made_credits_nothing(
    world, way, payment, ann
):
    answer = send(way, *told_of(world, payment))

    assert answer.status_code == 200
    assert balance(ann) == 0
    assert Payment.objects.get(pk=payment.pk).status == "open"


def test_e3_a_message_about_nobodys_payment_is_shown_to_staff(world, way, payment, ann):
    body, headers = told_of(world, payment)
    Payment.objects.filter(pk=payment.pk).update(method=None)

    assert send(way, body, headers).status_code == 200
    assert balance(ann) == 0
    assert PaymentDoubt.objects.get().reason == "stranger"


def test_e3_a_message_that_overtakes_the_answer_to_its_opening_comes_again(world, way, ann):
    payment = pay.begun(ann, way)
    paid(world, payment)
    message = told_of(world, payment)
    # As it was before the gateway's answer had arrived.
    early = Payment.objects.filter(pk=payment.pk)
    early.update(reference=str(payment.token), redirect_url="", created_at=database_now())

    before = send(way, *message).status_code
    early.update(reference=payment.reference, redirect_url=payment.redirect_url)
    after = send(way, *message).status_code

    assert before in {503, 200}  # some gateways name our token as well
    assert after == 200
    assert balance(ann) == Decimal(25)


def test_a_gateway_that_does_not_answer_makes_the_message_come_again(stripe, ann):
    way = pay.of_world(stripe)
    payment = pay.begun(ann, way)
    paid(stripe, payment)
    message = told_of(stripe, payment)
    for _ in range(9):  # the adapter may try more than once
        stripe.standin.fail_next("drop_before", method="GET")

    assert send(way, *message).status_code == 503
    assert balance(ann) == 0
    stripe.standin.faults.clear()
    assert send(way, *message).status_code == 200
    assert balance(ann) == Decimal(25)


def test_e4_another_amount_credits_nothing_and_is_shown_to_staff(stripe, ann):
    way = pay.of_world(stripe)
    payment = pay.begun(ann, way)
    stripe.standin.pay(payment.reference, amount=1)

    assert send(way, *told_of(stripe, payment)).status_code == 200
    assert balance(ann) == 0
    assert PaymentDoubt.objects.get().reason == "amount"


def test_e4_another_currency_credits_nothing_and_is_shown_to_staff(stripe, ann):
    way = pay.of_world(stripe)
    payment = pay.begun(ann, way)
    stripe.standin.pay(payment.reference, currency="inr")

    assert send(way, *told_of(stripe, payment)).status_code == 200
    assert balance(ann) == 0
    assert PaymentDoubt.objects.get().reason == "currency"


def test_e6_a_dispute_takes_the_money_and_winning_it_gives_it_back(stripe, ann):
    way = pay.of_world(stripe)
    payment = pay.begun(ann, way)
    paid(stripe, payment)
    send(way, *told_of(stripe, payment))
    make.placed(customer=ann, service=make.service(rate="20"), quantity=1000)

    session = stripe.standin.sessions[payment.reference]
    charge = next(iter(stripe.standin.charges.values()))
    for number, status in enumerate(("needs_response", "won"), start=2):
        stripe.standin.dispute(payment.reference, status)
        body = stripe.standin.event("charge.dispute.created", charge, event_id=f"evt_{number}")
        answer = send(way, body, signed(body))
        assert answer.status_code == 200
        if status == "needs_response":
            assert balance(ann) == Decimal(-20)
            assert Customer.objects.get(pk=ann.pk).status == "frozen"

    assert session["payment_intent"]
    assert balance(ann) == Decimal(5)


def test_e6_a_dispute_over_a_part_at_paypal_takes_that_part_alone(ann):
    with opened("paypal") as world:
        paypal = cast(PayPalWorld, world)
        way = pay.of_world(paypal)
        payment = pay.begun(ann, way)
        paid(paypal, payment)
        send(way, *told_of(paypal, payment))
        balances = []
        for number, told in enumerate((("OPEN", ""), ("RESOLVED", "ACCEPTED")), start=2):
            paypal.standin.dispute(payment.reference, *told, amount="10.00")
            (dispute,) = paypal.standin.disputes.values()
            event = paypal.standin.event("CUSTOMER.DISPUTE.UPDATED", "dispute", dispute)
            body = event.replace(b"WH-1", b"WH-%d" % number)
            assert send(way, body, paypal_signed(body)).status_code == 200
            balances.append(balance(ann))

    assert balances == [Decimal(15), Decimal(15)]
    payment.refresh_from_db()
    assert (payment.taken_back, payment.is_disputed) == (Decimal(10), False)


def test_a_webhook_has_no_more_than_its_size(stripe):
    way = pay.of_world(stripe)

    assert send(way, b"x" * (webhooks.BODY_MAX + 1), {}).status_code == 413


@pytest.mark.parametrize("gateway", ["manual", "demo"])
def test_methods_that_nobody_calls_have_no_such_address(gateway):
    way = pay.method(gateway, instructions="x")

    assert send(way, b"{}", {}).status_code == 404
    assert Client().post(reverse("webhook", args=[10**9])).status_code == 404
    assert Client().get(reverse("webhook", args=[way.pk])).status_code == 405


def test_a_method_that_was_switched_off_still_listens(stripe, ann):
    way = pay.of_world(stripe)
    payment = pay.begun(ann, way)
    paid(stripe, payment)
    way.is_active = False
    way.save()

    send(way, *told_of(stripe, payment))

    assert balance(ann) == Decimal(25)


def test_what_was_paid_after_it_was_withdrawn_is_shown_to_staff_who_can_credit_it(stripe, ann):
    way = pay.of_world(stripe)
    payment = pay.begun(ann, way)
    payments.withdraw(payment.pk, customer_id=ann.pk)
    paid(stripe, payment)

    send(way, *told_of(stripe, payment))

    assert balance(ann) == 0
    assert PaymentDoubt.objects.get().reason == "late"
    payments.credit_received(
        payment.pk, Decimal(25), "USD", actor="owner", reason="He did pay.", now=make.NOW
    )
    assert balance(ann) == Decimal(25)
    assert LedgerEntry.objects.filter(payment=payment).count() == 1


def test_e3_a_message_that_names_only_our_token_of_an_untold_payment_comes_again(stripe, ann):
    way = pay.of_world(stripe)
    payment = pay.opened(ann, way)
    event = received(way)
    notice = Notice(event_id="evt", about="paid", merchant_reference=str(payment.token))

    with pytest.raises(TooEarly):
        act(way, event, notice)

    assert GatewayEvent.objects.get().outcome == ""


def test_e3_a_message_about_an_unknown_payment_while_one_is_opened_comes_again(stripe, ann):
    way = pay.of_world(stripe)
    pay.opened(ann, way)
    event = received(way)

    with pytest.raises(TooEarly):
        act(way, event, Notice(event_id="evt", about="paid", reference="cs_of_nobody"))

    assert not PaymentDoubt.objects.exists()


def test_a_payment_whose_opening_answer_was_lost_is_credited_by_the_id_that_a_message_names(
    stripe, ann
):
    way = pay.of_world(stripe)
    payment = pay.begun(ann, way)
    paid(stripe, payment)
    Payment.objects.update(reference=str(payment.token), redirect_url="")
    event = received(way)
    named = {"reference": payment.reference, "merchant_reference": str(payment.token)}

    act(way, event, Notice(event_id="evt", about="paid", **named))

    assert balance(ann) == Decimal(25)
    assert Payment.objects.get().reference == payment.reference


@pytest.mark.parametrize("length", ["9" * 5_000, "-1", "1e3", "x", ""])
def test_a_webhook_whose_length_is_no_length_is_turned_away(stripe, client, length):
    address = reverse("webhook", args=[pay.of_world(stripe).pk])

    answer = client.generic("POST", address, b"{}", CONTENT_LENGTH=length)

    assert answer.status_code == 413
