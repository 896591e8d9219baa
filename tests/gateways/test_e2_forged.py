"""E2: a message that a gateway did not send, or not like that, is never believed."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from panel.gateways.paypal.genuine import ASKING_MAX
from panel.gateways.protocol import BadSignature, GatewayFailed
from panel.gateways.signing import BODY_MAX_BYTES
from tests.gateways.standins import btcpay, paypal, stripe
from tests.gateways.standins.server import GATE_S
from tests.gateways.worlds import intent

pytestmark = pytest.mark.django_db

SIGNERS: dict[str, Callable[..., dict[str, str]]] = {
    "stripe": stripe.signed,
    "paypal": paypal.signed,
    "btcpay": btcpay.signed,
}
SIGNATURES = {
    "stripe": "Stripe-Signature",
    "paypal": "Paypal-Transmission-Sig",
    "btcpay": "BTCPay-Sig",
}


def opened(world):
    """A gateway, and a genuine message about a payment that it opened."""
    gateway = world.gateway()
    return gateway, *world.message(gateway.create(intent()))


def refused(gateway, body, headers):
    with pytest.raises(BadSignature):
        gateway.verify(body, headers)
    return True


def test_e2_a_genuine_message_is_believed_whatever_the_case_of_its_headers(called):
    gateway, body, headers = opened(called)

    for spelled in (str, str.lower, str.upper):
        assert gateway.verify(body, {spelled(name): text for name, text in headers.items()})


def test_e2_a_signature_that_somebody_made_up_is_refused(world):
    gateway, body, headers = opened(world)
    made_up = dict.fromkeys(headers, "t=1,v1=" + "0" * 64)

    assert refused(gateway, body, made_up)


def test_e2_a_body_that_was_altered_by_one_byte_is_refused(called):
    gateway, body, headers = opened(called)

    for at in {*range(0, len(body), max(len(body) // 10, 1)), len(body) - 1}:
        altered = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        assert refused(gateway, altered, headers)


def test_e2_blanks_that_change_nothing_for_a_parser_are_refused_as_well(called):
    gateway, body, headers = opened(called)

    assert refused(gateway, body + b" ", headers)
    assert refused(gateway, json.dumps(json.loads(body), separators=(",", ":")).encode(), headers)


def test_e2_the_signature_of_another_genuine_message_is_refused(called):
    gateway, body, _headers = opened(called)
    _gateway, _body, others = opened(called)

    assert refused(gateway, body + b"\n", others)


def test_e2_what_was_signed_for_another_method_is_refused(world):
    gateway, body, _headers = opened(world)

    assert refused(gateway, body, world.foreign(body))


def test_e2_a_missing_or_empty_header_is_refused(world):
    gateway, body, headers = opened(world)

    assert refused(gateway, body, {})
    for name in headers:
        assert refused(gateway, body, {n: text for n, text in headers.items() if n != name})
        assert refused(gateway, body, headers | {name: " "})


def test_e2_two_headers_are_refused_even_if_one_of_them_is_genuine(called):
    gateway, body, headers = opened(called)
    name = SIGNATURES[called.slug]
    forged = called.foreign(body)[name]
    before = len(called.standin.requests)

    for pair in ((headers[name], forged), (forged, headers[name]), (headers[name], headers[name])):
        # A web server hands two equal headers on as one, with a comma between them.
        assert refused(gateway, body, headers | {name: ",".join(pair)})
        assert refused(gateway, body, headers | {name: pair[0], name.lower(): pair[1]})
    assert len(called.standin.requests) == before


def test_e2_a_method_without_its_secret_believes_nobody(called):
    _gateway, body, headers = opened(called)
    nobody = called.gateway(webhook_secret="", webhook_id="")

    assert refused(nobody, body, headers)
    empty = {"stripe": {"secret": ""}, "btcpay": {"secret": ""}, "paypal": {"webhook_id": ""}}
    assert refused(nobody, body, SIGNERS[called.slug](body, **empty[called.slug]))


def test_e2_an_old_message_is_refused_and_one_from_the_future_too(stripe):
    gateway, body, _headers = opened(stripe)

    for at in (time.time() - 302, time.time() + 600, 0):
        assert refused(gateway, body, SIGNERS["stripe"](body, at=at))
    assert gateway.verify(body, SIGNERS["stripe"](body, at=time.time() - 290))


def test_e2_paypal_repeats_for_days_but_not_for_weeks(paypal):
    gateway, body, _headers = opened(paypal)

    for age in (timedelta(days=5), timedelta(minutes=-10)):
        assert refused(gateway, body, SIGNERS["paypal"](body, at=datetime.now(UTC) - age))
    assert gateway.verify(body, SIGNERS["paypal"](body, at=datetime.now(UTC) - timedelta(days=3)))


def test_e2_btcpay_says_the_moment_in_the_body_it_signs(btcpay):
    gateway, body, _headers = opened(btcpay)

    for moment in (int(time.time()) - 5 * 86_400, int(time.time()) + 600, None, "yesterday"):
        old = json.dumps(json.loads(body) | {"timestamp": moment}).encode()
        assert refused(gateway, old, SIGNERS["btcpay"](old))


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"{", b"\xff\xfe", b"[" * 100_000, b" " * (BODY_MAX_BYTES + 1) + b"{}"],
    ids=["empty", "list", "null", "cut", "bytes", "deep", "long"],
)
def test_e2_what_is_no_message_at_all_is_refused_even_with_a_genuine_signature(called, body):
    assert refused(called.gateway(), body, SIGNERS[called.slug](body))


def test_e2_a_forged_message_costs_no_call_where_we_can_judge_ourselves(stripe, btcpay):
    for world in (stripe, btcpay):
        gateway, body, _headers = opened(world)
        before = len(world.standin.requests)
        assert refused(gateway, body, world.foreign(body))
        assert len(world.standin.requests) == before


def test_a_flood_of_messages_leaves_threads_for_the_customers(paypal):
    gateway, body, headers = opened(paypal)
    gate = paypal.standin.hold("POST", "verify-webhook-signature", parties=ASKING_MAX + 1)

    with ThreadPoolExecutor(ASKING_MAX) as pool:
        shown = [pool.submit(gateway.verify, body, headers) for _ in range(ASKING_MAX)]
        until = time.monotonic() + GATE_S
        while gate.n_waiting < ASKING_MAX and time.monotonic() < until:
            time.sleep(0.01)
        with pytest.raises(GatewayFailed, match="Too many"):
            gateway.verify(body, headers)
        gate.wait()
        assert all(one.result() for one in shown)

    paypal.standin._gates.clear()
    assert gateway.verify(body, headers)


def test_e2_nothing_can_be_smuggled_into_the_question_to_paypal(paypal):
    body = b'{}, "webhook_id": "8PT597110X687430L", "webhook_event": {}'

    assert refused(paypal.gateway(), body, SIGNERS["paypal"](body))
    assert paypal.standin.count("POST", "verify-webhook-signature") == 0
