"""Several who ask at the same moment, held until none of them can know of the others."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

from orders.payments.standing import State
from panel.gateways.protocol import RefundState
from tests.gateways.worlds import AMOUNT, intent

ASKING = 4
TEN = Decimal("10.00")
# The last look of each adapter before it makes something.
LOOKS = {
    "stripe": ("GET", "/v1/refunds"),
    "paypal": ("POST", "/refund"),
    "btcpay": ("GET", "/pull-payments"),
}
OPENINGS = {
    "stripe": ("POST", "/v1/checkout/sessions"),
    "paypal": ("POST", "/v2/checkout/orders"),
    "btcpay": ("GET", "/invoices"),
}


def at_once(deed):
    with ThreadPoolExecutor(ASKING) as pool:
        return [asked.result() for asked in [pool.submit(deed) for _ in range(ASKING)]]


def test_several_who_refund_with_one_key_at_once_refund_once(called):
    gateway = called.gateway()
    created = gateway.create(intent())
    called.pay(created)
    gateway.fetch(created.reference)
    called.standin.hold(*LOOKS[called.slug], parties=ASKING)

    outcomes = at_once(lambda: called.gateway().refund(created.reference, TEN, "EUR", key="key-1"))

    called.standin._gates.clear()
    assert gateway.fetch(created.reference).refunded == TEN
    assert {one.state for one in outcomes} == {RefundState.DONE}
    assert len({one.reference for one in outcomes}) == 1


def test_several_who_open_one_payment_at_once_open_the_same(called):
    wanted = intent()
    called.standin.hold(*OPENINGS[called.slug], parties=ASKING)

    created = at_once(lambda: called.gateway().create(wanted))

    assert len({(one.reference, one.redirect_url) for one in created}) == 1


def test_e1_several_who_collect_at_once_collect_once(paypal):
    gateway = paypal.gateway()
    created = gateway.create(intent())
    paypal.pay(created)
    paypal.standin.hold("POST", "/capture", parties=ASKING)

    standings = at_once(lambda: paypal.gateway().fetch(created.reference))

    assert {(one.state, one.paid) for one in standings} == {(State.PAID, AMOUNT)}
    assert len(paypal.standin._unit(created.reference)["payments"]["captures"]) == 1


def test_a_refund_that_raced_is_found_as_the_same_one_later(btcpay):
    gateway = btcpay.gateway()
    created = gateway.create(intent())
    btcpay.pay(created)
    btcpay.standin.hold("GET", "/pull-payments", parties=ASKING)
    raced = at_once(lambda: btcpay.gateway().refund(created.reference, TEN, "EUR", key="key-1"))
    btcpay.standin._gates.clear()

    later = [gateway.refund(created.reference, TEN, "EUR", key="key-1") for _ in range(3)]

    assert {(one.state, one.reference, one.claim_url) for one in later} == {
        (raced[0].state, raced[0].reference, raced[0].claim_url)
    }
