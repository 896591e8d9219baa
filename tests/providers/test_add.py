"""The four outcomes of add, over real sockets."""

import socket
import ssl
import struct
import time

import pytest

from providers import client
from providers.client import Accepted, Refused, Silent, Unreachable
from providers.wire import RefusalReason
from tests import gates
from tests.ports import free_port
from tests.providers.conftest import KEY, ORDER, answer, place, read_request, to


def test_an_order_is_accepted_with_its_id(box, conn):
    outcome = client.add(conn, ORDER)
    assert isinstance(outcome, Accepted)
    assert outcome.upstream_id == str(box.orders()[0]["order"])
    assert box.orders()[0]["params"] == ORDER
    assert (outcome.http_status, outcome.warning) == (200, "")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_b1_a_closed_port_is_unreachable(scheme):
    outcome = client.add(to(f"{scheme}://127.0.0.1:{free_port()}/"), ORDER)
    assert isinstance(outcome, Unreachable)
    assert "refused" in outcome.evidence


def test_b1_a_name_that_does_not_resolve_is_unreachable():
    assert isinstance(client.add(to("https://no-such-host.invalid/"), ORDER), Unreachable)


@pytest.mark.parametrize("url", ["", "bogus", "ftp://x.test/", "http://", "http://[::1", "//x"])
def test_b1_an_address_that_is_none_is_unreachable(url):
    assert isinstance(client.add(to(url), ORDER), Unreachable)


def test_b1_a_connect_timeout_is_unreachable():
    # A listener whose backlog is full drops further attempts to connect.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        crowd = [socket.socket() for _ in range(4)]
        for one in crowd:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        outcome = client.add(to(f"http://127.0.0.1:{port}/", timeout_s=0.5), ORDER)
        for one in crowd:
            one.close()
    assert isinstance(outcome, Unreachable)
    assert "timed out" in outcome.evidence.lower()


def test_b1_a_failed_tls_handshake_is_unreachable(serve):
    def talk(peer):
        peer.recv(1_000)
        peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    outcome = client.add(to(serve(talk).url.replace("http:", "https:")), ORDER)
    assert isinstance(outcome, Unreachable)


def test_b1_a_handshake_that_is_hung_up_on_is_unreachable(serve):
    outcome = client.add(to(serve(lambda peer: None).url.replace("http:", "https:")), ORDER)
    assert isinstance(outcome, Unreachable)


@pytest.mark.filterwarnings("ignore:Unverified HTTPS")
def test_b1_an_untrusted_certificate_is_unreachable_unless_staff_accept_it(serve, certificate):
    def talk(peer):
        with certificate.wrap_socket(peer, server_side=True) as tls:
            read_request(tls)
            tls.sendall(answer('{"order": 7}'))

    url = serve(talk).url.replace("http:", "https:")
    outcome = client.add(to(url), ORDER)
    assert isinstance(outcome, Unreachable)
    assert "CERTIFICATE_VERIFY_FAILED" in outcome.evidence
    assert isinstance(client.add(to(url, verify_tls=False), ORDER), Accepted)


@pytest.mark.filterwarnings("ignore:Unverified HTTPS")
def test_a_tls_connection_that_breaks_after_the_request_is_silent(serve, certificate):
    def talk(peer):
        tls = certificate.wrap_socket(peer, server_side=True)
        read_request(tls)
        with socket.socket(fileno=tls.detach()) as bare:
            bare.sendall(b"no TLS record at all, but long enough to be read as one")

    url = serve(talk).url.replace("http:", "https:")
    assert isinstance(client.add(to(url, verify_tls=False), ORDER), Silent)


def test_b2_a_timeout_after_accepting_is_silent_and_arrived_once(box):
    box.fault("timeout_after", 3, action="add")
    outcome = client.add(to(box.url, api_key=box.key, timeout_s=0.5), ORDER)
    assert isinstance(outcome, Silent)
    assert box.calls("add") == len(box.orders()) == 1


def test_b3_a_timeout_before_accepting_is_silent_too(box):
    box.fault("timeout_before", 3, action="add")
    outcome = client.add(to(box.url, api_key=box.key, timeout_s=0.5), ORDER)
    assert isinstance(outcome, Silent)
    assert (box.calls("add"), box.orders()) == (1, [])


def test_b4_a_late_accept_is_silent_and_the_order_appears_later(box):
    box.fault("late_accept", 0, action="add")
    with gates.held(box, "add"):
        assert isinstance(client.add(to(box.url, api_key=box.key, timeout_s=0.5), ORDER), Silent)
        assert box.orders() == []
    deadline = time.monotonic() + gates.PATIENCE_S
    while not box.orders() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(box.orders()) == 1


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "reset_before", "reset_after"])
def test_b5_a_connection_that_breaks_is_silent_and_nothing_is_sent_again(box, conn, fault):
    box.fault(fault, action="add")
    assert isinstance(client.add(conn, ORDER), Silent)
    assert box.calls("add") == 1
    assert len(box.orders()) == int(fault.endswith("after"))


def test_b5_each_add_has_a_connection_of_its_own(serve):
    def talk(peer):
        while True:
            read_request(peer)
            peer.sendall(answer('{"order": 7}'))

    server = serve(talk)
    for _ in range(3):
        assert isinstance(client.add(to(server.url), ORDER), Accepted)
    assert server.connections == 3


@pytest.mark.parametrize("fault", ["html200", "empty", "truncated", "php_warning", "no_id"])
def test_b6_an_answer_that_is_no_plain_id_is_silent(box, conn, fault):
    box.fault(fault, action="add")
    outcome = client.add(conn, ORDER)
    assert isinstance(outcome, Silent)
    assert len(box.orders()) == 1


def test_b6_an_id_behind_php_warnings_is_kept_as_a_hint(box, conn):
    box.fault("php_warning", action="add")
    outcome = client.add(conn, ORDER)
    assert isinstance(outcome, Silent)
    assert outcome.hint == str(box.orders()[0]["order"])
    assert "Warning" in outcome.evidence


@pytest.mark.parametrize("fault", ["bom", "gzip"])
def test_b6_packaging_changes_nothing(box, conn, fault):
    box.fault(fault, action="add")
    assert isinstance(client.add(conn, ORDER), Accepted)


def test_an_id_with_201_under_another_content_type_is_accepted(replies):
    conn = replies('{"order": "A-7"}', status="201 Created", headers="Content-Type: text/html\r\n")
    assert place(conn) == "A-7"


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 524])
def test_b7_a_5xx_is_silent_whatever_it_says(box, conn, status):
    box.fault("http", {"status": status, "body": '{"error": "Bad link"}'}, action="add")
    assert isinstance(client.add(conn, ORDER), Silent)


@pytest.mark.parametrize("status", [521, 522, 523, 525, 526])
def test_b7_an_origin_that_was_not_reached_is_unreachable(box, conn, status):
    box.fault("http", {"status": status, "headers": {"CF-RAY": "8f2a-FRA"}}, action="add")
    assert isinstance(client.add(conn, ORDER), Unreachable)


@pytest.mark.parametrize("status", [521, 522, 523, 525, 526])
def test_b7_only_cloudflare_knows_that_an_origin_was_not_reached(box, conn, status):
    box.fault("http", status, action="add")
    assert isinstance(client.add(conn, ORDER), Silent)


def test_b8_a_429_is_not_placed_and_says_when_to_come_back(box, conn):
    box.fault("http", {"status": 429, "headers": {"Retry-After": "7"}}, action="add")
    outcome = client.add(conn, ORDER)
    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.retry_after_s) == (RefusalReason.RATE_LIMITED, 7)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Not enough funds on balance", RefusalReason.NO_FUNDS),
        ("Invalid API key", RefusalReason.BAD_KEY),
        ("You have active order with this link.", RefusalReason.DUPLICATE_LINK),
        ("Слишком мало", RefusalReason.OTHER),
    ],
)
def test_b9_an_error_is_a_refusal_with_its_reason(box, conn, text, reason):
    box.fault("refuse", text, action="add")
    outcome = client.add(conn, ORDER)
    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.error) == (reason, text)


def test_b9_an_error_with_a_4xx_is_a_refusal(box, conn):
    box.fault("http", {"status": 400, "body": '{"error": "Bad link"}'}, action="add")
    assert isinstance(client.add(conn, ORDER), Refused)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_4xx_page_is_silent(box, conn, status):
    box.fault("http", status, action="add")
    assert isinstance(client.add(conn, ORDER), Silent)


@pytest.mark.parametrize("order", ["0", "null", '""', "false", "-1", "[1]", "9" * 200])
def test_b10_an_unusable_id_is_silent(replies, order):
    assert isinstance(client.add(replies(f'{{"order": {order}}}'), ORDER), Silent)


def test_b11_an_id_and_an_error_are_accepted_with_a_warning(replies):
    outcome = client.add(replies('{"order": 5, "error": "Low balance"}'), ORDER)
    assert isinstance(outcome, Accepted)
    assert outcome.warning == "Low balance"


def test_b17_an_answer_that_drips_is_given_up_at_the_deadline(box):
    box.fault("slow_drip", 0.1, action="add")
    # Each byte comes in time; whoever waited for the last one would know of the order.
    outcome = client.add(to(box.url, api_key=box.key, timeout_s=0.5), ORDER)
    assert isinstance(outcome, Silent)
    assert len(box.orders()) == 1


def test_b17_a_body_that_drips_is_given_up_and_what_came_is_evidence(serve):
    begin, end = b'{"order": 23501, "', b'": 0}'

    def talk(peer):
        read_request(peer)
        size = len(begin + end) + 400
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + begin)
        for _ in range(400):
            peer.sendall(b" ")
            time.sleep(0.05)
        peer.sendall(end)  # whoever is still there hears of an order

    outcome = client.add(to(serve(talk).url, timeout_s=2), ORDER)
    assert isinstance(outcome, Silent)
    assert '"order": 23501' in outcome.evidence


def test_b17_an_answer_without_end_is_cut_at_its_limit(serve):
    def talk(peer):
        read_request(peer)
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            peer.sendall(b"x" * 65_536)

    outcome = client.add(to(serve(talk).url), ORDER)
    assert isinstance(outcome, Silent)
    assert "longer than 1048576 bytes" in outcome.evidence


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_b24_a_redirect_is_not_followed_and_silent(box, conn, status):
    headers = {"Location": f"{box.url}/"}
    box.fault(
        "http", {"status": status, "headers": headers, "body": '{"error": "x"}'}, action="add"
    )
    outcome = client.add(conn, ORDER)
    assert isinstance(outcome, Silent)
    assert f"redirects to {box.url}/" in outcome.evidence
    assert box.calls("add") == 1


@pytest.mark.parametrize("location", ["http://[", "", "//", "http://x:port/", "\x00"])
def test_b24_a_redirect_to_nowhere_is_silent_too(box, conn, location):
    box.fault("http", {"status": 302, "headers": {"Location": location}}, action="add")
    assert isinstance(client.add(conn, ORDER), Silent)


@pytest.mark.parametrize(
    "header",
    [
        *(
            "Retry-After: \u0663",
            "Content-Type: \u2028",
            "Content-Encoding: nonsense",
            "X: a\r\n b",
        ),
        *("Transfer-Encoding: chunked", "Content-Length: -1", "Content-Length: x", "Set-Cookie: ="),
        *("Content-Type: text/html; charset=bogus", "Connection: keep-alive, close", ": empty"),
    ],
)
def test_no_header_makes_add_raise_or_send_twice(serve, header):
    def talk(peer):
        read_request(peer)
        peer.sendall(f"HTTP/1.1 429 Slow\r\n{header}\r\n\r\nhello".encode())

    server = serve(talk)
    assert isinstance(client.add(to(server.url, timeout_s=2), ORDER), Refused | Silent)
    assert server.connections == 1


def test_g12_the_key_is_in_no_outcome_even_when_the_provider_repeats_it(replies):
    spellings = f"{KEY} sk_canary%2F0123456789%2Babc%3D sk_canary\\/0123456789+abc="
    for body in (
        f"<p>{spellings}",
        f'{{"error": "no {spellings}"}}',
        f'{{"order": 1, "x": "{spellings}"}}',
    ):
        outcome = client.add(replies(body, headers=f"Content-Type: text/{KEY}\r\n"), ORDER)
        assert "canary" not in repr(outcome)
        assert "***" in repr(outcome)


def test_g12_the_key_is_not_in_the_evidence_of_a_failed_call():
    outcome = client.add(to(f"panel.test/api?key={KEY}"), ORDER)
    assert isinstance(outcome, Unreachable)
    assert "***" in outcome.evidence
    assert "canary" not in repr(outcome)


def test_g12_a_connection_does_not_show_its_key():
    assert "canary" not in repr(to("http://x.test/"))


def test_an_empty_status_line_and_other_garbage_are_silent(serve):
    for garbage in (b"\r\n\r\n", b"SSH-2.0-x\r\n", b"HTTP/1.1 abc\r\n\r\n", struct.pack("300x")):

        def talk(peer, garbage=garbage):
            read_request(peer)
            peer.sendall(garbage)

        assert isinstance(client.add(to(serve(talk).url), ORDER), Silent)


def test_a_broken_gzip_body_is_silent(serve):
    def talk(peer):
        read_request(peer)
        peer.sendall(answer(b"\x1f\x8b\x08garbage", headers="Content-Encoding: gzip\r\n"))

    assert isinstance(client.add(to(serve(talk).url), ORDER), Silent)


def test_fields_cannot_replace_the_key_or_the_action(box, conn):
    outcome = client.add(conn, {**ORDER, "key": "other", "action": "balance"})
    assert isinstance(outcome, Accepted)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_tls_versions_are_the_modern_ones(certificate, serve):
    certificate.maximum_version = ssl.TLSVersion.TLSv1_1

    def talk(peer):
        certificate.wrap_socket(peer, server_side=True)

    url = serve(talk).url.replace("http:", "https:")
    assert isinstance(client.add(to(url, verify_tls=False), ORDER), Unreachable)
