"""PayPal: approved is not collected, and what only it has."""

import contextlib
from decimal import Decimal

import pytest

from orders.payments.standing import State
from panel.gateways.protocol import GatewayFailed, RefundState
from tests.gateways.standins.paypal import FEE
from tests.gateways.standins.server import Reply
from tests.gateways.worlds import AMOUNT, intent

CAPTURE = "/capture"


def approved(paypal, **changes):
    gateway = paypal.gateway()
    created = gateway.create(intent(**changes))
    paypal.standin.approve(created.reference)
    return gateway, created


def test_what_the_customer_approved_is_collected_once_however_often_we_look(paypal):
    gateway, created = approved(paypal)

    standings = [gateway.fetch(created.reference) for _ in range(3)]

    assert {one.state for one in standings} == {State.PAID}
    assert paypal.standin.count("POST", CAPTURE) == 1


def test_what_we_no_longer_want_is_looked_at_and_not_collected(paypal):
    gateway, created = approved(paypal)

    standing = gateway.fetch(created.reference, may_collect=False)

    assert (standing.state, standing.paid) == (State.OPEN, None)
    assert paypal.standin.count("POST", CAPTURE) == 0


@pytest.mark.parametrize("kind", ["drop_after", "reply_after"])
def test_a_lost_answer_to_collecting_collects_nothing_twice(paypal, kind):
    gateway, created = approved(paypal)
    paypal.standin.fail_next(kind, path=CAPTURE, reply=Reply(500))

    # What stands after the lost answer is read anew; should that fail too, we look later.
    with contextlib.suppress(GatewayFailed):
        gateway.fetch(created.reference)

    assert gateway.fetch(created.reference).paid == AMOUNT
    assert len(paypal.standin._unit(created.reference)["payments"]["captures"]) == 1


def test_a_declined_card_leaves_the_payment_open_for_another_one(paypal):
    gateway, created = approved(paypal)
    paypal.standin.declines_next_capture = True

    first = gateway.fetch(created.reference)
    paypal.standin.approve(created.reference)
    second = gateway.fetch(created.reference)

    assert (first.state, second.state) == (State.OPEN, State.PAID)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("PENDING", State.OPEN),
        ("DECLINED", State.FAILED),
        ("FAILED", State.FAILED),
        ("A_WORD_OF_TOMORROW", "A_WORD_OF_TOMORROW"),
    ],
)
def test_a_collection_that_is_held_failed_or_unreadable_is_no_money(paypal, status, state):
    paypal.standin.capture_status = status
    gateway, created = approved(paypal)

    standing = gateway.fetch(created.reference)

    assert (standing.state, standing.paid) == (state, None)


def test_an_order_that_was_voided_failed(paypal):
    gateway = paypal.gateway()
    created = gateway.create(intent())
    paypal.standin.orders[created.reference]["status"] = "VOIDED"

    assert gateway.fetch(created.reference).state == State.FAILED


def test_e4_another_amount_or_currency_is_told_as_it_is(paypal):
    gateway, created = approved(paypal)
    paypal.standin.tamper(created.reference, "1.00", "MXN")

    standing = gateway.fetch(created.reference)

    assert (standing.paid, standing.currency) == (Decimal("1.00"), "MXN")


@pytest.mark.parametrize(
    ("currency", "amount", "written"),
    [
        ("EUR", "25.50", "25.50"),
        ("JPY", "1200", "1200"),
        ("HUF", "1000", "1000"),
        ("USD", "5", "5.00"),
    ],
)
def test_amounts_are_written_as_the_currency_is_counted(paypal, currency, amount, written):
    gateway, created = approved(paypal, amount=Decimal(amount), currency=currency)

    asked = paypal.standin._unit(created.reference)["amount"]
    assert asked == {"currency_code": currency, "value": written}
    assert gateway.fetch(created.reference).paid == Decimal(amount)


@pytest.mark.parametrize(("currency", "amount"), [("HUF", "10.45"), ("EUR", "0.005")])
def test_an_amount_that_paypal_cannot_write_is_refused(paypal, currency, amount):
    with pytest.raises(GatewayFailed) as failed:
        paypal.gateway().create(intent(amount=Decimal(amount), currency=currency))

    assert failed.value.is_refusal


@pytest.mark.parametrize(
    ("status", "outcome", "disputed", "lost"),
    [
        ("OPEN", "", True, False),
        ("UNDER_REVIEW", "", True, False),
        ("RESOLVED", "RESOLVED_BUYER_FAVOUR", False, True),
        ("RESOLVED", "ACCEPTED", False, True),
        ("RESOLVED", "RESOLVED_SELLER_FAVOUR", False, False),
        ("RESOLVED", "CANCELED_BY_BUYER", False, False),
        ("RESOLVED", "NONE", True, False),
        ("RESOLVED", "", True, False),
    ],
)
def test_e6_a_dispute_is_open_lost_or_won_and_open_when_nobody_can_tell(
    paypal, status, outcome, disputed, lost
):
    gateway, created = approved(paypal)
    gateway.fetch(created.reference)
    paypal.standin.dispute(created.reference, status, outcome)

    standing = gateway.fetch(created.reference)

    assert (standing.disputed, standing.dispute_lost) == (disputed, lost)


def test_e6_a_dispute_over_a_part_is_told_with_its_part(paypal):
    gateway, created = approved(paypal)
    gateway.fetch(created.reference)
    disputed = []
    for ended in (("OPEN", ""), ("RESOLVED", "ACCEPTED"), ("RESOLVED", "RESOLVED_SELLER_FAVOUR")):
        paypal.standin.dispute(created.reference, *ended, amount="10.00")
        disputed.append(gateway.fetch(created.reference).disputed_amount)

    assert disputed == [Decimal(10), Decimal(10), Decimal(0)]


def test_e6_a_dispute_that_ended_with_less_cost_less(paypal):
    gateway, created = approved(paypal)
    gateway.fetch(created.reference)
    paypal.standin.dispute(created.reference, "RESOLVED", "ACCEPTED", amount="10.00", cost="4.00")

    assert gateway.fetch(created.reference).disputed_amount == Decimal(4)


def test_e6_what_paypal_lists_as_the_refund_of_a_lost_dispute_counts_once(paypal):
    gateway, created = approved(paypal)
    gateway.fetch(created.reference)
    paypal.standin.refund_there(created.reference, "2.00")
    gateway.refund(created.reference, Decimal(3), "EUR", key="key-1")
    paypal.standin.dispute(created.reference, "OPEN", amount="10.00")
    before = gateway.fetch(created.reference)
    gateway.refund(created.reference, Decimal(1), "EUR", key="key-2")
    paypal.standin.refund_there(created.reference, "10.00")
    paypal.standin.dispute(created.reference, "RESOLVED", "ACCEPTED", amount="10.00")

    after = gateway.fetch(created.reference)

    assert (before.refunded, before.disputed_amount) == (Decimal(5), Decimal(10))
    assert (after.refunded, after.disputed_amount) == (Decimal(16), Decimal(0))


@pytest.mark.parametrize("told", [None, {}, {"currency_code": "USD", "value": "10.00"}, "10.00"])
def test_e6_a_dispute_that_does_not_say_over_how_much_is_over_everything(paypal, told):
    gateway, created = approved(paypal)
    gateway.fetch(created.reference)
    paypal.standin.dispute(created.reference, "OPEN")
    for dispute in paypal.standin.disputes.values():
        dispute["dispute_amount"] = told

    standing = gateway.fetch(created.reference)

    assert standing.disputed
    assert standing.disputed_amount is None


def test_without_the_right_to_see_disputes_nothing_is_taken_for_undisputed(paypal):
    gateway, created = approved(paypal)
    paypal.standin.may_see_disputes = False

    for look in (lambda: gateway.fetch(created.reference), gateway.try_credentials):
        with pytest.raises(GatewayFailed, match="NOT_AUTHORIZED"):
            look()


def test_e6_refunds_made_at_paypal_are_seen_and_a_reversal_without_one_too(paypal):
    gateway, created = approved(paypal)
    gateway.fetch(created.reference)

    paypal.standin.refund_there(created.reference, "10.00")
    assert gateway.fetch(created.reference).refunded == Decimal("10.00")
    paypal.standin.reverse(created.reference)
    standing = gateway.fetch(created.reference)
    assert (standing.state, standing.paid, standing.refunded) == (State.PAID, AMOUNT, AMOUNT)


def test_e10_the_fee_that_paypal_keeps_is_told(paypal):
    gateway, created = approved(paypal)

    assert gateway.fetch(created.reference).fee == Decimal(FEE)


def test_a_refund_that_is_under_way_is_unknown_until_it_arrives_or_fails(paypal):
    gateway, created = approved(paypal)
    gateway.fetch(created.reference)
    paypal.standin.refund_status = "PENDING"
    outcomes = [gateway.refund(created.reference, Decimal(5), "EUR", key="key-1")]
    (refund,) = paypal.standin._unit(created.reference)["payments"]["refunds"]

    for status in ("COMPLETED", "FAILED"):
        refund["status"] = status
        outcomes.append(gateway.refund(created.reference, Decimal(5), "EUR", key="key-1"))

    assert [one.state for one in outcomes] == [
        RefundState.UNKNOWN,
        RefundState.DONE,
        RefundState.REFUSED,
    ]
    assert paypal.standin.count("POST", "/refund") == 1


def test_a_refund_of_more_than_is_left_is_refused(paypal):
    gateway, created = approved(paypal)
    gateway.fetch(created.reference)

    outcome = gateway.refund(created.reference, AMOUNT + 1, "EUR", key="key-1")

    assert outcome.state == RefundState.REFUSED
    assert "REFUND_AMOUNT_EXCEEDED" in outcome.evidence


def test_one_access_token_serves_many_calls_and_a_dead_one_is_replaced(paypal):
    gateway = paypal.gateway()
    created = gateway.create(intent())
    gateway.fetch(created.reference)
    assert paypal.standin.count("POST", "/oauth2/token") == 1

    paypal.standin.expire_tokens()
    assert gateway.fetch(created.reference).state == State.OPEN
    assert paypal.standin.count("POST", "/oauth2/token") == 2


def test_the_access_token_stands_in_no_log(paypal, caplog):
    caplog.set_level("DEBUG")
    paypal.gateway().create(intent())

    assert paypal.standin._tokens
    assert not any(token in caplog.text for token in paypal.standin._tokens)


def test_trying_credentials_says_where_messages_go(paypal):
    assert "https://panel.example/pay/1" in paypal.gateway().try_credentials()
    with pytest.raises(GatewayFailed):
        paypal.gateway(webhook_id="8PT597110X687430L").try_credentials()
