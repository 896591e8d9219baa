"""The demo's page: what customers and banks can do, and what then follows in the book."""

import uuid
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Customer, Payment, PaymentDoubt
from panel.gateways.protocol import RefundState
from panel.gateways.registry import gateway_of
from panel.models import DemoPayment
from tests import make
from tests.panel.paying import pay

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ann():
    return make.customer(balance="0")


@pytest.fixture
def payment(ann):
    return pay.begun(ann, pay.method("demo"))


@pytest.fixture
def as_ann(ann):
    return logged_in(ann)


def logged_in(customer):
    client = Client()
    client.force_login(make.user(customer=customer))
    return client


def play(client, payment, deed):
    return client.post(page_of(payment), {"deed": deed})


def page_of(payment):
    return reverse("demo_checkout", args=[payment.token])


def balance(customer):
    return Customer.objects.get(pk=customer.pk).balance


def test_the_customer_is_sent_to_the_page_of_the_demo(as_ann, payment):
    assert payment.redirect_url.endswith(page_of(payment))
    answer = as_ann.get(page_of(payment))
    assert "Nothing is charged here" in answer.content.decode()


def test_a_played_payment_is_credited_once_however_often_it_is_played(as_ann, ann, payment):
    answers = [play(as_ann, payment, "pay") for _ in range(3)]

    assert balance(ann) == payment.amount
    assert {answer["Location"] for answer in answers} == {
        DemoPayment.objects.get(token=payment.token).return_url
    }


def test_e5_looking_at_the_page_credits_nothing(as_ann, ann, payment):
    as_ann.get(page_of(payment))
    as_ann.post(page_of(payment), {"deed": "credit me"})

    assert balance(ann) == 0


def test_e4_too_little_is_credited_by_nobody_and_put_before_staff(as_ann, ann, payment):
    play(as_ann, payment, "pay_less")

    assert balance(ann) == 0
    assert PaymentDoubt.objects.get(payment=payment).reason == PaymentDoubt.Reason.AMOUNT


def test_a_declined_card_is_no_money_and_cannot_be_paid_with_later(as_ann, ann, payment):
    play(as_ann, payment, "decline")
    play(as_ann, payment, "pay")

    assert balance(ann) == 0
    assert not Payment.objects.get(pk=payment.pk).is_open


def test_e6_a_dispute_takes_the_money_back_and_winning_it_brings_it_again(as_ann, ann, payment):
    play(as_ann, payment, "pay")

    play(as_ann, payment, "dispute")
    assert balance(ann) == 0
    play(as_ann, payment, "win")
    assert balance(ann) == payment.amount


def test_e6_a_lost_dispute_cannot_be_won_any_more(as_ann, ann, payment):
    for deed in ("pay", "dispute", "lose", "win"):
        play(as_ann, payment, deed)

    assert balance(ann) == 0


def test_what_was_never_paid_cannot_be_disputed(as_ann, payment):
    for deed in ("dispute", "lose", "win"):
        play(as_ann, payment, deed)

    assert DemoPayment.objects.get(token=payment.token).dispute == DemoPayment.Dispute.NONE


def test_the_demo_refunds_no_more_than_was_paid(as_ann, payment):
    play(as_ann, payment, "pay")
    gateway, currency = gateway_of(payment.method), payment.pay_currency

    outcomes = [
        gateway.refund(payment.reference, amount, currency, key=key)
        for amount, key in [(Decimal(20), "one"), (Decimal(20), "two"), (Decimal(5), "two")]
    ]

    assert [one.state for one in outcomes] == [
        RefundState.DONE,
        RefundState.REFUSED,
        RefundState.DONE,
    ]


def test_s1_nobody_plays_with_the_payment_of_another_customer(ann, payment):
    as_bob = logged_in(make.customer())

    assert as_bob.get(page_of(payment)).status_code == 404
    assert play(as_bob, payment, "pay").status_code == 404
    assert balance(ann) == 0


def test_there_is_no_such_page_outside_of_a_trial(as_ann, ann, payment, settings):
    settings.DEMO_PAYMENTS = False

    assert as_ann.get(page_of(payment)).status_code == 404
    assert play(as_ann, payment, "pay").status_code == 404
    assert balance(ann) == 0


def test_there_is_no_page_for_what_was_never_opened(as_ann):
    assert as_ann.get(reverse("demo_checkout", args=[uuid.uuid4()])).status_code == 404
