"""What every gateway must do, asked of every adapter over real HTTP where it has a server."""

from dataclasses import replace
from decimal import Decimal

import pytest

from orders.payments.standing import State
from panel.gateways.protocol import Account, GatewayFailed, RefundState
from panel.gateways.registry import GATEWAYS
from tests.gateways.worlds import AMOUNT, WORLDS, intent

pytestmark = pytest.mark.django_db

PAID_BY_THEMSELVES = [slug for slug in WORLDS if slug != "manual"]


def test_every_gateway_there_is_goes_through_these_tests():
    assert set(WORLDS) == set(GATEWAYS)


def test_a_gateway_says_what_it_is_and_what_it_needs(world):
    gateway = GATEWAYS[world.slug]

    assert str(gateway.title)
    assert all(field.name and str(field.label) for field in gateway.fields)
    assert len({field.name for field in gateway.fields}) == len(gateway.fields)
    assert set(world.secrets) == {
        world.credentials()[field.name] for field in gateway.fields if field.is_secret
    }


def test_opening_a_payment_names_it_and_says_how_to_pay(world):
    created = world.gateway().create(intent())

    assert 0 < len(created.reference) <= 200
    assert created.redirect_url.startswith("http") == GATEWAYS[world.slug].is_hosted
    assert created.redirect_url or created.instructions


def test_opening_the_same_payment_again_opens_no_second_one(world):
    wanted = intent()
    first = world.gateway().create(wanted)

    again = world.gateway().create(wanted)

    assert (again.reference, again.redirect_url) == (first.reference, first.redirect_url)


def test_two_payments_are_two(world):
    gateway = world.gateway()

    assert gateway.create(intent()).reference != gateway.create(intent()).reference


def test_an_unpaid_payment_is_open_and_holds_no_money(world):
    wanted = intent()
    created = world.gateway().create(wanted)

    standing = world.gateway().fetch(created.reference)

    assert (standing.state, standing.paid, standing.refunded) == (State.OPEN, None, 0)
    assert standing.reference == created.reference
    assert standing.merchant_reference == (
        wanted.token if world.slug != "manual" else standing.reference
    )


@pytest.mark.parametrize("slug", PAID_BY_THEMSELVES)
def test_a_paid_payment_names_amount_currency_and_both_references(slug, open_world):
    world, wanted = open_world(slug), intent()
    created = world.gateway().create(wanted)
    world.pay(created)

    standing = world.gateway().fetch(created.reference)

    assert (standing.state, standing.paid, standing.currency) == (State.PAID, AMOUNT, "EUR")
    assert (standing.reference, standing.merchant_reference) == (created.reference, wanted.token)
    assert (standing.refunded, standing.disputed, standing.dispute_lost) == (0, False, False)


@pytest.mark.parametrize("slug", PAID_BY_THEMSELVES)
def test_looking_twice_shows_the_same(slug, open_world):
    world = open_world(slug)
    created = world.gateway().create(intent())
    world.pay(created)

    assert world.gateway().fetch(created.reference) == world.gateway().fetch(created.reference)


@pytest.mark.parametrize("slug", PAID_BY_THEMSELVES)
def test_a_refund_is_made_once_for_its_key_and_then_seen(slug, open_world):
    world = open_world(slug)
    gateway = world.gateway()
    created = gateway.create(intent())
    world.pay(created)
    gateway.fetch(created.reference)

    outcomes = [
        gateway.refund(created.reference, Decimal("10.25"), "EUR", key="key-1") for _ in range(3)
    ]

    assert {one.state for one in outcomes} == {RefundState.DONE}
    assert len({one.reference for one in outcomes}) == 1
    assert gateway.fetch(created.reference).refunded == Decimal("10.25")


@pytest.mark.parametrize("slug", PAID_BY_THEMSELVES)
def test_two_refunds_add_up(slug, open_world):
    world = open_world(slug)
    gateway = world.gateway()
    created = gateway.create(intent())
    world.pay(created)
    gateway.fetch(created.reference)

    gateway.refund(created.reference, Decimal("10.25"), "EUR", key="key-1")
    gateway.refund(created.reference, Decimal("15.25"), "EUR", key="key-2")

    standing = gateway.fetch(created.reference)
    assert (standing.state, standing.refunded) == (State.PAID, AMOUNT)


@pytest.mark.parametrize("slug", PAID_BY_THEMSELVES)
def test_nothing_is_refunded_of_what_was_never_paid(slug, open_world):
    gateway = open_world(slug).gateway()
    created = gateway.create(intent())

    outcome = gateway.refund(created.reference, Decimal(1), "EUR", key="key-1")

    assert outcome.state == RefundState.REFUSED
    assert gateway.fetch(created.reference).refunded == 0


@pytest.mark.parametrize("slug", PAID_BY_THEMSELVES)
def test_a_payment_that_the_gateway_does_not_know_is_a_refusal(slug, open_world):
    with pytest.raises(GatewayFailed) as failed:
        open_world(slug).gateway().fetch("demo-of-somebody-else")

    assert failed.value.is_refusal


@pytest.mark.parametrize("amount", ["0", "-5", "NaN", "Infinity", "0.000000001", "1e30", "1e-30"])
def test_e13_an_amount_that_cannot_be_counted_is_never_asked_for(called, amount):
    with pytest.raises(GatewayFailed) as failed:
        called.gateway().create(intent(amount=Decimal(amount)))

    assert failed.value.is_refusal
    assert called.standin.requests == []


def test_amounts_are_asked_for_in_the_steps_the_gateway_counts_in(called):
    gateway, step = called.gateway(), called.gateway().step("JPY")

    assert gateway.create(intent(amount=1200 * step, currency="JPY")).reference
    with pytest.raises(GatewayFailed) as failed:
        gateway.create(replace(intent(), amount=Decimal("1200.5"), currency="JPY"))
    assert failed.value.is_refusal


def test_trying_credentials_names_the_account(world):
    assert world.gateway().try_credentials()


def test_without_credentials_a_gateway_refuses_and_does_not_crash(called):
    gateway = GATEWAYS[called.slug](Account({}, currency="EUR"))

    for deed in (lambda: gateway.create(intent()), gateway.try_credentials):
        with pytest.raises(GatewayFailed):
            deed()
