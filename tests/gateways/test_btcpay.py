"""BTCPay Server: too little, too much, too late, unconfirmed, and decrees."""

from dataclasses import replace
from decimal import Decimal

import pytest

from orders.payments.standing import State
from panel.gateways.btcpay.reading import standing_of
from panel.gateways.calling import understood
from panel.gateways.protocol import GatewayFailed, RefundState
from tests.gateways.standins.btcpay import RATE
from tests.gateways.worlds import AMOUNT, intent


def opened(btcpay, **changes):
    gateway = btcpay.gateway()
    return gateway, gateway.create(intent(**changes))


def test_a_payment_that_is_not_confirmed_yet_is_open(btcpay):
    gateway, created = opened(btcpay)
    btcpay.standin.pay(created.reference, status="Processing")

    assert gateway.fetch(created.reference).state == State.OPEN


def test_e4_too_little_is_open_until_time_is_up_and_then_what_came_is_told(btcpay):
    gateway, created = opened(btcpay)
    btcpay.standin.pay(created.reference, share="0.5")
    assert gateway.fetch(created.reference).state == State.OPEN

    btcpay.standin.expire(created.reference)

    standing = gateway.fetch(created.reference)
    assert (standing.state, standing.paid) == (State.PAID, Decimal("12.75"))


def test_e4_too_much_is_told_as_it_came(btcpay):
    gateway, created = opened(btcpay)
    btcpay.standin.pay(created.reference, share="1.2")

    assert gateway.fetch(created.reference).paid == Decimal("30.60")


def test_e4_too_late_is_told_as_it_came(btcpay):
    gateway, created = opened(btcpay)
    btcpay.standin.expire(created.reference)
    assert gateway.fetch(created.reference).state == State.EXPIRED

    btcpay.standin.pay(created.reference)

    standing = gateway.fetch(created.reference)
    assert (standing.state, standing.paid) == (State.PAID, AMOUNT)


def test_e4_too_late_and_not_confirmed_yet_is_not_given_up(btcpay):
    gateway, created = opened(btcpay)
    btcpay.standin.expire(created.reference)
    btcpay.standin.pay(created.reference, status="Processing")

    assert gateway.fetch(created.reference).state == State.OPEN


def test_settled_by_decree_is_worth_what_really_came(btcpay):
    gateway, nothing = opened(btcpay)
    _gateway, half = opened(btcpay)
    btcpay.standin.pay(half.reference, share="0.5")
    for created in (nothing, half):
        btcpay.standin.mark(created.reference, "Settled")

    assert gateway.fetch(nothing.reference).paid == 0
    assert gateway.fetch(half.reference).paid == Decimal("12.75")


def test_invalid_is_no_money_whether_by_decree_or_because_it_never_confirmed(btcpay):
    gateway, decreed = opened(btcpay)
    _gateway, vanished = opened(btcpay)
    for created in (decreed, vanished):
        btcpay.standin.pay(created.reference)
    btcpay.standin.mark(decreed.reference, "Invalid")
    btcpay.standin.invalidate(vanished.reference)

    for created in (decreed, vanished):
        standing = gateway.fetch(created.reference)
        assert (standing.state, standing.paid) == (State.FAILED, None)


def test_the_fee_of_the_network_is_not_money_that_came(btcpay):
    gateway, created = opened(btcpay)
    btcpay.standin.expire(created.reference)
    btcpay.standin.pay(created.reference)
    (payment,) = btcpay.standin.payments[created.reference]
    payment["fee"] = f"{Decimal('10') / RATE:.8f}"

    assert gateway.fetch(created.reference).paid == Decimal("15.50")


def test_a_word_that_we_do_not_know_goes_on_as_it_is_and_holds_no_money(btcpay):
    gateway, created = opened(btcpay)
    btcpay.standin.invoices[created.reference]["status"] = "Frobnicated"

    standing = gateway.fetch(created.reference)

    assert (standing.state, standing.paid) == ("Frobnicated", None)
    assert standing.state not in set(State)


@pytest.mark.parametrize(
    ("currency", "amount"), [("BTC", "0.00012345"), ("JPY", "1200"), ("USD", "0.01")]
)
def test_coins_and_currencies_are_asked_for_as_they_are_counted(btcpay, currency, amount):
    _gateway, created = opened(btcpay, currency=currency, amount=Decimal(amount))

    invoice = btcpay.standin.invoices[created.reference]
    assert (invoice["amount"], invoice["currency"]) == (amount, currency)


def test_the_store_may_not_be_content_with_less(btcpay):
    _gateway, _created = opened(btcpay, language="pt-br")

    (opening,) = [one for one in btcpay.standin.requests if one.method == "POST"]
    checkout = opening.document()["checkout"]
    assert (checkout["paymentTolerance"], checkout["defaultLanguage"]) == (0, "pt-br")


def test_an_invoice_of_the_same_token_with_another_price_is_not_taken_for_it(btcpay):
    wanted = intent()
    first = btcpay.gateway().create(wanted)

    second = btcpay.gateway().create(replace(wanted, amount=Decimal("1.00")))

    assert second.reference != first.reference


def test_an_archived_invoice_is_not_offered_again(btcpay):
    wanted = intent()
    first = btcpay.gateway().create(wanted)
    btcpay.standin.invoices[first.reference]["archived"] = True

    assert btcpay.gateway().create(wanted).reference != first.reference


def test_a_refund_is_a_promise_that_the_customer_fetches(btcpay):
    gateway, created = opened(btcpay)
    btcpay.pay(created)

    outcome = gateway.refund(created.reference, Decimal("5.00"), "EUR", key="key-1")

    assert outcome.claim_url.startswith("https://btcpay.example/pull")


def test_a_refund_that_was_called_off_there_is_refused_and_counts_no_more(btcpay):
    gateway, created = opened(btcpay)
    btcpay.pay(created)
    gateway.refund(created.reference, Decimal("5.00"), "EUR", key="key-1")
    btcpay.standin.pull_payments[0]["archived"] = True

    again = gateway.refund(created.reference, Decimal("5.00"), "EUR", key="key-1")

    assert again.state == RefundState.REFUSED
    assert gateway.fetch(created.reference).refunded == 0


def test_e6_refunds_made_on_the_page_of_the_server_are_seen_in_any_coin(btcpay):
    gateway, created = opened(btcpay)
    btcpay.pay(created)
    btcpay.standin.refund_there(created.reference, "2.50", "EUR")
    btcpay.standin.refund_there(created.reference, f"{Decimal('2.5') / RATE:.8f}", "BTC")

    assert gateway.fetch(created.reference).refunded == Decimal("4.99")


def test_a_refund_in_a_coin_without_a_rate_is_not_guessed(btcpay):
    gateway, created = opened(btcpay)
    btcpay.pay(created)
    btcpay.standin.refund_there(created.reference, "1", "LTC")

    with pytest.raises(GatewayFailed, match="LTC"):
        gateway.fetch(created.reference)


def test_refunds_of_other_invoices_are_not_counted(btcpay):
    gateway, created = opened(btcpay)
    _gateway, other = opened(btcpay)
    for one in (created, other):
        btcpay.pay(one)
    gateway.refund(other.reference, Decimal("5.00"), "EUR", key="key-1")

    assert gateway.fetch(created.reference).refunded == 0


def test_trying_credentials_names_what_the_key_lacks(btcpay):
    assert btcpay.gateway().try_credentials() == "Coin shop"

    btcpay.standin.permissions = btcpay.standin.permissions[:2]
    with pytest.raises(GatewayFailed, match="canmanagepullpayments"):
        btcpay.gateway().try_credentials()

    btcpay.standin.permissions = ["btcpay.store.canmodifystoresettings:another-store"]
    with pytest.raises(GatewayFailed):
        btcpay.gateway().try_credentials()

    btcpay.standin.permissions = ["unrestricted"]
    assert btcpay.gateway().try_credentials() == "Coin shop"


def test_an_absurd_rate_is_a_failed_call_and_no_amount():
    late = {"status": "Expired", "additionalStatus": "PaidLate", "currency": "EUR"}
    absurd = {"rate": "9" * 18, "payments": [{"status": "Settled", "value": "9" * 18}]}

    with pytest.raises(GatewayFailed), understood():
        standing_of(late, [absurd], [], step=Decimal("0.01"))
