"""Stripe: how it counts, and the states that only it has."""

from dataclasses import replace
from decimal import Decimal

import pytest

from orders.payments.standing import State
from panel.gateways.protocol import GatewayFailed, RefundState
from panel.gateways.stripe.counting import counted, step, uncounted
from tests.gateways.standins.server import Reply
from tests.gateways.standins.stripe import FEE
from tests.gateways.worlds import AMOUNT, intent

COUNTED = [
    ("EUR", "25.50", 2550),
    ("USD", "0.01", 1),
    ("JPY", "1200", 1200),
    ("KRW", "5", 5),
    ("KWD", "5.12", 5120),
    ("BHD", "0.01", 10),
    ("ISK", "5", 500),
    ("UGX", "1200", 120_000),
    ("HUF", "10.45", 1045),
    ("eur", "1.10", 110),
]
UNCOUNTABLE = [
    ("EUR", "25.505"), ("JPY", "0.5"), ("KWD", "5.124"), ("ISK", "5.50"), ("UGX", "0.01"),
    ("EUR", "0"), ("EUR", "-1"), ("EUR", "NaN"), ("EUR", "Infinity"),
]  # fmt: skip


@pytest.mark.parametrize(("currency", "amount", "units"), COUNTED)
def test_amounts_are_counted_as_stripe_counts_them_and_back(currency, amount, units):
    assert counted(Decimal(amount), currency) == units
    assert uncounted(units, currency) == Decimal(amount)


@pytest.mark.parametrize(("currency", "amount"), UNCOUNTABLE)
def test_an_amount_that_stripe_would_round_is_refused(currency, amount):
    with pytest.raises(GatewayFailed) as failed:
        counted(Decimal(amount), currency)

    assert failed.value.is_refusal


@pytest.mark.parametrize("units", [None, "2550", 25.5, True, []])
def test_what_is_no_whole_number_is_no_amount(units):
    with pytest.raises(GatewayFailed):
        uncounted(units, "EUR")


@pytest.mark.parametrize(("currency", "amount", "units"), COUNTED)
def test_a_payment_in_any_currency_comes_back_as_it_was_asked_for(stripe, currency, amount, units):
    gateway = stripe.gateway()
    created = gateway.create(intent(amount=Decimal(amount), currency=currency))
    stripe.pay(created)

    standing = gateway.fetch(created.reference)

    assert stripe.standin.sessions[created.reference]["amount_total"] == units
    assert (standing.paid, standing.currency) == (Decimal(amount), currency.upper())


def test_every_multiple_of_the_step_can_be_asked_for():
    for currency in ("EUR", "JPY", "KWD", "ISK", "UGX", "HUF"):
        assert counted(7 * step(currency), currency) > 0


def test_e4_another_amount_or_currency_is_told_as_it_is(stripe):
    gateway = stripe.gateway()
    less, other = gateway.create(intent()), gateway.create(intent())
    stripe.standin.pay(less.reference, amount=100)
    stripe.standin.pay(other.reference, currency="jpy")

    assert gateway.fetch(less.reference).paid == Decimal("1.00")
    assert (gateway.fetch(other.reference).paid, gateway.fetch(other.reference).currency) == (
        Decimal(2550),
        "JPY",
    )


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("processing", State.OPEN),
        ("requires_payment_method", State.FAILED),
        ("canceled", State.FAILED),
        ("a_word_of_tomorrow", State.OPEN),
    ],
)
def test_a_debit_that_is_under_way_is_open_until_it_arrives_or_fails(stripe, status, state):
    gateway = stripe.gateway()
    created = gateway.create(intent())
    stripe.standin.pay_later(created.reference, status=status)

    assert gateway.fetch(created.reference).state == state


def test_a_session_that_ran_out_is_expired(stripe):
    created = stripe.gateway().create(intent())
    stripe.standin.expire(created.reference)

    assert stripe.gateway().fetch(created.reference).state == State.EXPIRED
    assert created.expires_at is not None


@pytest.mark.parametrize(
    ("status", "disputed", "lost"),
    [
        ("needs_response", True, False),
        ("under_review", True, False),
        ("appeal_under_review", True, False),
        ("lost", False, True),
        ("won", False, False),
        ("prevented", False, False),
        ("warning_needs_response", False, False),
        ("warning_closed", False, False),
    ],
)
def test_e6_a_dispute_is_open_lost_or_won(stripe, status, disputed, lost):
    gateway = stripe.gateway()
    created = gateway.create(intent())
    stripe.pay(created)
    stripe.standin.dispute(created.reference, status)

    standing = gateway.fetch(created.reference)

    assert (standing.state, standing.disputed, standing.dispute_lost) == (
        State.PAID,
        disputed,
        lost,
    )


@pytest.mark.parametrize(
    ("status", "contested"),
    [("needs_response", "10.50"), ("lost", "10.50"), ("won", "0"), ("warning_closed", "0")],
)
def test_e6_a_dispute_over_a_part_is_told_with_its_part(stripe, status, contested):
    gateway = stripe.gateway()
    created = gateway.create(intent())
    stripe.pay(created)
    stripe.standin.dispute(created.reference, status, amount=1050)

    assert gateway.fetch(created.reference).disputed_amount == Decimal(contested)


def test_e6_a_dispute_that_is_counted_in_another_currency_is_over_everything(stripe):
    gateway = stripe.gateway()
    created = gateway.create(intent())
    stripe.pay(created)
    stripe.standin.dispute(created.reference, "needs_response", amount=1050)
    for dispute in stripe.standin.disputes.values():
        dispute["currency"] = "usd"

    standing = gateway.fetch(created.reference)

    assert (standing.disputed, standing.disputed_amount) == (True, None)


def test_e6_a_refund_made_in_the_dashboard_is_seen(stripe):
    gateway = stripe.gateway()
    created = gateway.create(intent())
    stripe.pay(created)
    stripe.standin.refund_there(created.reference, 1050)

    assert gateway.fetch(created.reference).refunded == Decimal("10.50")


def test_e10_the_fee_is_told_where_it_is_in_the_currency_that_was_paid(stripe):
    gateway = stripe.gateway()
    created = gateway.create(intent())
    stripe.pay(created)
    charge = next(iter(stripe.standin.charges.values()))

    assert gateway.fetch(created.reference).fee == Decimal(FEE) / 100
    charge["balance_transaction"]["currency"] = "usd"
    assert gateway.fetch(created.reference).fee is None


def test_a_refund_that_is_under_way_is_unknown_until_it_arrives_or_fails(stripe):
    gateway = stripe.gateway()
    created = gateway.create(intent())
    stripe.pay(created)
    stripe.standin.refund_status = "pending"
    outcomes = [gateway.refund(created.reference, Decimal(5), "EUR", key="key-1")]

    for status in ("succeeded", "failed"):
        next(iter(stripe.standin.refunds.values()))["status"] = status
        outcomes.append(gateway.refund(created.reference, Decimal(5), "EUR", key="key-1"))

    assert [one.state for one in outcomes] == [
        RefundState.UNKNOWN,
        RefundState.DONE,
        RefundState.REFUSED,
    ]
    assert stripe.standin.count("POST", "/v1/refunds") == 1


def test_a_refund_of_more_than_is_left_is_refused(stripe):
    gateway = stripe.gateway()
    created = gateway.create(intent())
    stripe.pay(created)

    outcome = gateway.refund(created.reference, AMOUNT + 1, "EUR", key="key-1")

    assert outcome.state == RefundState.REFUSED
    assert "greater than unrefunded amount" in outcome.evidence


def test_two_prices_for_one_token_are_refused_rather_than_mixed_up(stripe):
    wanted = intent()
    stripe.gateway().create(wanted)

    with pytest.raises(GatewayFailed):
        stripe.gateway().create(replace(wanted, amount=Decimal("1.00")))


def test_stripe_is_asked_for_no_price_of_its_own_and_told_nothing_of_this_machine(stripe):
    stripe.gateway().create(intent(customer_email="ann@example.com", language="de"))

    (request,) = stripe.standin.requests
    form = request.form()
    assert form["adaptive_pricing[enabled]"] == "false"
    assert (form["customer_email"], form["locale"]) == ("ann@example.com", "de")
    assert request.headers["user-agent"] == "Weir/1.0"
    assert not any(name.startswith("x-stripe-client") for name in request.headers)


def test_a_session_that_is_paid_without_a_payment_is_not_believed(stripe):
    created = stripe.gateway().create(intent())
    stripe.standin.sessions[created.reference]["payment_status"] = "paid"

    with pytest.raises(GatewayFailed):
        stripe.gateway().fetch(created.reference)


def test_a_customer_is_sent_nowhere_but_to_a_page(stripe):
    script = b'{"id": "cs_1", "url": "javascript:alert(1)", "expires_at": 1}'
    stripe.standin.fail_next("reply", reply=Reply(200, script))

    with pytest.raises(GatewayFailed):
        stripe.gateway().create(intent())


def test_trying_test_keys_says_that_no_money_moves(stripe):
    assert "test mode" in stripe.gateway().try_credentials()
    with pytest.raises(GatewayFailed, match="whsec_"):
        stripe.gateway(webhook_secret="we_123").try_credentials()
