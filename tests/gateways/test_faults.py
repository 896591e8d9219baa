"""What comes of a call when the gateway's server misbehaves: never a second payment, never a
second refund, and no key in what is told."""

from decimal import Decimal

import pytest

from orders.payments.standing import State
from panel.gateways import calling
from panel.gateways.protocol import GatewayFailed, RefundState
from tests.gateways.standins.server import Reply
from tests.gateways.worlds import intent

pytestmark = pytest.mark.django_db

TEN = Decimal("10.00")
REFUNDING = {"stripe": "/v1/refunds", "paypal": "/refund", "btcpay": "/refund"}
LOOKING = {"stripe": "/v1/checkout", "paypal": "/v2/checkout", "btcpay": "/invoices"}
BROKEN = [
    Reply(500, b'{"error": "oops"}'),
    Reply(503, b"<html>down for maintenance</html>"),
    Reply(200, b"<html>Just a moment...</html>"),
    Reply(200, b'{"id": "cs_1", "purchase_un'),
    Reply(200, b""),
    Reply(200, b"null"),
    Reply(200, b"[]"),
    Reply(200, b'"paid"'),
    Reply(200, b'{"id": 7, "status": [], "purchase_units": {}, "payment_intent": "x"}'),
    Reply(200, b"\xff\xfe\x00"),
    Reply(302, b"", {"Location": "https://attacker.example/"}),
]
BROKEN_NAMES = [
    "500",
    "503",
    "html",
    "cut",
    "empty",
    "null",
    "list",
    "text",
    "shape",
    "bytes",
    "302",
]


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "reply_after"])
def test_a_lost_answer_opens_no_second_payment(called, kind):
    method, path = called.opening
    wanted = intent()
    called.standin.fail_next(kind, method=method, path=path, reply=Reply(502, b"Bad gateway"))

    with pytest.raises(GatewayFailed) as failed:
        called.gateway().create(wanted)
    again, once_more = (called.gateway().create(wanted) for _ in range(2))

    assert not failed.value.is_refusal
    assert again.reference == once_more.reference
    assert len(_payments(called)) == 1


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "reply_after"])
def test_a_lost_answer_refunds_nothing_twice(called, kind):
    gateway, created = _paid(called)
    called.standin.fail_next(
        kind, method="POST", path=REFUNDING[called.slug], reply=Reply(504, b"Too slow")
    )

    lost = gateway.refund(created.reference, TEN, "EUR", key="key-1")
    told = gateway.refund(created.reference, TEN, "EUR", key="key-1")

    assert (lost.state, told.state) == (RefundState.UNKNOWN, RefundState.DONE)
    assert gateway.fetch(created.reference).refunded == TEN


def test_a_refund_is_found_again_when_the_gateway_forgot_its_idempotency_key(called):
    gateway, created = _paid(called)
    first = gateway.refund(created.reference, TEN, "EUR", key="key-1")
    if hasattr(called.standin, "_idempotent"):
        called.standin._idempotent.clear()

    again = gateway.refund(created.reference, TEN, "EUR", key="key-1")

    assert again.reference == first.reference
    assert gateway.fetch(created.reference).refunded == TEN


@pytest.mark.parametrize("reply", BROKEN, ids=BROKEN_NAMES)
def test_an_answer_that_is_none_says_nothing_about_the_payment(called, reply):
    gateway, created = _paid(called)
    called.standin.fail_next("reply", method="GET", path=LOOKING[called.slug], reply=reply)

    with pytest.raises(GatewayFailed) as failed:
        gateway.fetch(created.reference)

    assert not failed.value.is_refusal
    assert gateway.fetch(created.reference).state == State.PAID


@pytest.mark.parametrize("reply", BROKEN, ids=BROKEN_NAMES)
def test_an_answer_that_is_none_opens_no_payment(called, reply):
    method, path = called.opening
    called.standin.fail_next("reply", method=method, path=path, reply=reply)

    with pytest.raises(GatewayFailed):
        called.gateway().create(intent())


@pytest.mark.parametrize("reply", BROKEN, ids=BROKEN_NAMES)
def test_an_answer_that_is_none_leaves_a_refund_unknown(called, reply):
    gateway, created = _paid(called)
    path = REFUNDING[called.slug]
    called.standin.fail_next("reply", method="POST", path=path, reply=reply)

    outcome = gateway.refund(created.reference, TEN, "EUR", key="key-1")

    assert outcome.state == RefundState.UNKNOWN


def test_too_many_requests_is_no_refusal_and_says_when_to_come_again(called):
    gateway, created = _paid(called)
    slow_down = Reply(429, b'{"error": {"message": "slow down"}}', {"Retry-After": "17"})
    called.standin.fail_next("reply", method="GET", path=LOOKING[called.slug], reply=slow_down)

    with pytest.raises(GatewayFailed) as failed:
        gateway.fetch(created.reference)

    assert (failed.value.is_refusal, failed.value.retry_after_s) == (False, 17)


def test_a_redirect_is_not_followed(called):
    gateway, created = _paid(called)
    before = len(called.standin.requests)
    elsewhere = Reply(307, b"", {"Location": f"{called.standin.url}/stolen"})
    called.standin.fail_next("reply", method="GET", path=LOOKING[called.slug], reply=elsewhere)

    with pytest.raises(GatewayFailed):
        gateway.fetch(created.reference)

    assert called.standin.count("GET", "/stolen") == 0
    assert len(called.standin.requests) == before + 1


WRONG_KEYS = {
    "stripe": {"secret_key": "sk_test_canary_of_somebody_else"},
    "paypal": {"secret": "canary-of-somebody-else"},
    "btcpay": {"api_key": "canary-of-somebody-else"},
}


def test_a_wrong_key_is_a_refusal_and_is_told_to_nobody(called):
    _gateway, created = _paid(called)
    stranger = called.gateway(**WRONG_KEYS[called.slug])

    with pytest.raises(GatewayFailed) as failed:
        stranger.fetch(created.reference)
    outcome = stranger.refund(created.reference, TEN, "EUR", key="key-1")

    assert failed.value.is_refusal
    assert outcome.state == RefundState.REFUSED
    with pytest.raises(GatewayFailed):
        stranger.try_credentials()


def test_no_key_stands_in_what_is_told_even_if_the_gateway_repeats_it(called, caplog):
    caplog.set_level("DEBUG")
    echo = " ".join(called.secrets).encode()
    called.standin.fail_next("reply", path=called.opening[1], reply=Reply(500, b"sent: " + echo))

    with pytest.raises(GatewayFailed) as failed:
        called.gateway().create(intent())

    for secret in called.secrets:
        assert secret not in str(failed.value)
        assert secret not in repr(failed.value)
        assert secret not in repr(vars(called.gateway()))
        assert secret not in caplog.text


def test_a_server_that_is_gone_is_no_refusal(called):
    gateway, created = _paid(called)
    called.standin.close()

    with pytest.raises(GatewayFailed) as failed:
        gateway.fetch(created.reference)

    assert "could not connect" in str(failed.value)
    assert not failed.value.is_refusal


def test_an_answer_that_drips_ends_at_the_deadline(stripe):
    hasty = calling.Line(stripe.standin.url, may_be_private=True, timeout_s=0.4)
    stripe.standin.fail_next("drip")

    with pytest.raises(calling.NoAnswer) as failed:
        calling.call(hasty, "GET", f"{hasty.base}/v1/account")

    # Each byte came in time; whoever waited for the last one would have an answer.
    assert failed.value.was_sent


def test_an_answer_without_an_end_is_cut_off(called):
    gateway, created = _paid(called)
    endless = Reply(200, b" " * (calling.ANSWER_MAX_BYTES + 1))
    called.standin.fail_next("reply", method="GET", path=LOOKING[called.slug], reply=endless)

    with pytest.raises(GatewayFailed) as failed:
        gateway.fetch(created.reference)

    assert "longer than" in str(failed.value)


def test_s4_a_server_in_our_own_network_is_called_only_where_staff_said_so(btcpay):
    with pytest.raises(GatewayFailed) as failed:
        btcpay.gateway(network="public").create(intent())

    assert "not a public address" in str(failed.value)
    assert btcpay.standin.requests == []


def _paid(called):
    gateway = called.gateway()
    created = gateway.create(intent())
    called.pay(created)
    assert gateway.fetch(created.reference).state == State.PAID
    return gateway, created


def _payments(called):
    kept = {"stripe": "sessions", "paypal": "orders", "btcpay": "invoices"}[called.slug]
    return getattr(called.standin, kept)
