"""Services, statuses, refill statuses and the balance, over real HTTP."""

from dataclasses import replace
from decimal import Decimal

import pytest

from providers import client
from providers.client import ProviderFailed
from providers.sandbox import Sandbox
from providers.wire import (
    Problem,
    RefillReport,
    RefillState,
    RefusalReason,
    StatusReport,
    UpstreamState,
)
from tests.providers.conftest import (
    KEY,
    answer,
    place,
    place_many,
    read_request,
    refill,
    report,
    to,
)


def test_the_whole_list_of_five_thousand_is_read_without_a_skipped_row():
    with Sandbox(services=5_000) as box:
        listed = client.services(to(box.url, api_key=box.key))
    assert (len(listed.offers), listed.skipped, listed.moved_to) == (5_000, [], None)
    assert len({offer.type for offer in listed.offers}) == 18
    assert len({offer.category for offer in listed.offers}) > 50


def test_malformed_and_repeated_rows_are_skipped_and_the_others_stay(box, conn):
    box.fault("malformed_rows", action="services")
    box.fault("duplicate_ids", 3, action="services")
    listed = client.services(conn)
    assert len(listed.offers) == 60
    assert len(listed.skipped) == 11 + 3


@pytest.mark.parametrize("fault", ["bom", "php_warning", "gzip"])
def test_packaging_does_not_disturb_a_read(box, conn, fault):
    box.fault(fault)
    assert len(client.services(conn).offers) == 60
    assert client.balance(conn) == (Decimal(1_000_000), "USD")


@pytest.mark.parametrize("fault", ["html200", "empty", "truncated", "error_list"])
def test_d1_a_list_that_is_none_is_a_failure_with_evidence(box, conn, fault):
    box.fault(fault, action="services")
    with pytest.raises(ProviderFailed) as failure:
        client.services(conn)
    assert failure.value.evidence.strip()
    assert failure.value.http_status == 200


def test_d1_an_empty_list_is_handed_on_as_empty(box, conn):
    box.fault("empty_list", action="services")
    assert client.services(conn).offers == []


def test_statuses_are_asked_for_a_hundred_at_a_time(box, conn):
    ids = [*place_many(conn, 3), *(str(number) for number in range(1, 199))]
    box.advance(10_000)
    reports = client.statuses(conn, [*ids, *ids])
    assert list(reports) == ids
    assert [report(conn, one).state for one in ids[:3]] == [UpstreamState.COMPLETED] * 3
    assert reports[ids[0]] == report(conn, ids[0])
    assert box.calls("status") == 3 + 4


def test_one_status_uses_the_form_for_one(box, conn):
    one = place(conn)
    assert (report(conn, one).state, report(conn, one).remains) == (UpstreamState.PENDING, 100)


def test_no_ids_are_no_call(box, conn):
    assert client.statuses(conn, []) == {}
    assert box.calls("status") == 0


def test_c11_missing_ids_are_absent_and_foreign_ones_dropped(box, conn):
    ids = place_many(conn, 4)
    box.fault("missing_ids", [ids[1]], action="status")
    box.fault("foreign_ids", ["7"], action="status")
    assert list(client.statuses(conn, ids)) == [ids[0], ids[2], ids[3]]


def test_c12_an_unknown_order_is_a_problem_of_its_own(box, conn):
    one = place(conn)
    assert client.statuses(conn, [one, "555"])["555"] == Problem("Incorrect order ID")
    assert client.statuses(conn, ["555"])["555"] == Problem("Incorrect order ID")


def test_c13_an_error_for_all_raises_with_its_reason(box, conn):
    ids = place_many(conn, 2)
    box.fault("refuse", "Invalid API key", action="status")
    for asked in (ids, ids[:1]):
        with pytest.raises(ProviderFailed) as failure:
            client.statuses(conn, asked)
        assert failure.value.reason is RefusalReason.BAD_KEY


@pytest.mark.parametrize("remains", [-5, 10**30, None, "1e3", "12.7"])
def test_c7_raw_values_reach_the_report_and_unusable_ones_are_none(box, conn, remains):
    ids = place_many(conn, 2)
    box.report(ids[0], status="Partial", remains=remains)
    good = client.statuses(conn, ids)[ids[1]]
    assert report(conn, ids[0]).remains is None
    assert report(conn, ids[0]).raw["remains"] == remains
    assert isinstance(good, StatusReport)
    assert good.remains == 100


def test_refills_are_followed_to_their_end(box, conn):
    one = place(conn)
    box.advance(10_000)
    taken = refill(conn, one)
    assert client.refill_statuses(conn, [taken]) == {
        taken: RefillReport(taken, RefillState.PENDING, "Pending")
    }
    box.advance(10_000)
    assert client.refill_statuses(conn, [taken, "5"]) == {
        taken: RefillReport(taken, RefillState.COMPLETED, "Completed"),
        "5": Problem("Refill not found"),
    }


@pytest.mark.parametrize("status", [429, 500, 503])
def test_b8_an_overloaded_provider_says_when_to_come_back(box, conn, status):
    box.fault("http", {"status": status, "headers": {"Retry-After": "12"}})
    with pytest.raises(ProviderFailed) as failure:
        client.balance(conn)
    assert (failure.value.http_status, failure.value.retry_after_s) == (status, 12)


def test_retry_after_may_be_a_date_and_is_bounded(box, conn):
    for header, seconds in [
        ("Mon, 01 Jan 2001 00:00:00 GMT", 0),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 3_600),
        ("999999999", 3_600),
        ("soon", None),
    ]:
        box.clear()
        box.fault("http", {"status": 503, "headers": {"Retry-After": header}})
        with pytest.raises(ProviderFailed) as failure:
            client.balance(conn)
        assert failure.value.retry_after_s == seconds


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirected_read_stays_a_post_and_says_where_it_went(box, conn, status):
    moved = f"{box.url}/moved"
    fault = {"status": status, "headers": {"Location": "/api/v2/moved"}}
    box.fault("http", fault, action="services", times=1)
    listed = client.services(conn)
    assert (len(listed.offers), listed.moved_to) == (60, moved)
    assert box.calls("services") == 2


def test_a_read_that_is_hung_up_on_is_asked_once_more_on_a_new_connection(serve):
    def talk(peer):
        read_request(peer)
        peer.sendall(answer('{"balance": "5", "currency": "USD"}'))
        read_request(peer)

    server = serve(talk)
    assert [client.balance(to(server.url))[0] for _ in range(3)] == [Decimal(5)] * 3
    dead = serve(read_request)
    with pytest.raises(ProviderFailed):
        client.balance(to(dead.url))
    assert dead.connections == 2


@pytest.mark.parametrize("url", ["", "bogus", "ftp://x.test/", "http://", "http://[::1", "//x"])
def test_an_address_that_is_none_is_a_failure(url):
    with pytest.raises(ProviderFailed):
        client.balance(to(url))


@pytest.mark.parametrize(
    "target",
    ["http://[", "mailto:x", "http://localhost:1/", "http://evil.test/api", "//evil.test/"],
)
def test_the_key_does_not_follow_a_redirect_to_a_stranger(box, conn, target):
    box.fault("http", {"status": 302, "headers": {"Location": target}})
    with pytest.raises(ProviderFailed, match="redirects to"):
        client.balance(conn)
    assert box.calls("balance") == 1


def test_redirects_in_a_circle_end(box, conn):
    box.fault("http", {"status": 302, "headers": {"Location": box.url}})
    with pytest.raises(ProviderFailed):
        client.balance(conn)
    assert box.calls("balance") == 3


def test_reads_share_a_connection_and_replace_a_stale_one(serve):
    turns = []

    def talk(peer):
        # Answers twice and then hangs up without a word, as servers do with idle connections.
        for _ in range(2):
            read_request(peer)
            turns.append(1)
            peer.sendall(answer('{"balance": "5", "currency": "USD"}'))

    server = serve(talk)
    conn = to(server.url)
    assert [client.balance(conn)[0] for _ in range(5)] == [Decimal(5)] * 5
    assert (len(turns), server.connections) == (5, 3)


def test_cookies_are_not_kept(serve):
    seen = []

    def talk(peer):
        while True:
            seen.append(read_request(peer))
            peer.sendall(answer('{"balance": "5"}', headers="Set-Cookie: PHPSESSID=1; path=/\r\n"))

    conn = to(serve(talk).url)
    client.balance(conn)
    client.balance(conn)
    assert len(seen) == 2
    assert b"cookie" not in b"".join(seen).lower()


def test_proxies_of_the_environment_are_ignored(box, conn, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    assert client.balance(conn)[1] == "USD"


def test_each_provider_has_its_user_agent(serve):
    seen = []

    def talk(peer):
        seen.append(read_request(peer))
        peer.sendall(answer('{"balance": "5"}'))

    conn = client.Connection(
        url=serve(talk).url, api_key=KEY, user_agent="Shop/2 é", allow_private_address=True
    )
    client.balance(conn)
    assert b"User-Agent: Shop/2" in seen[0]


def test_g12_the_key_is_in_no_failure(replies):
    for body in (f"<p>{KEY}", f'{{"error": "no {KEY}"}}', f'{{"balance": "{KEY}"}}'):
        with pytest.raises(ProviderFailed) as failure:
            client.balance(replies(body))
        assert "canary" not in failure.value.evidence
        assert "***" in failure.value.evidence


def test_g12_a_key_repeated_in_a_report_is_masked(replies):
    body = f'{{"status": "Pending", "remains": "1", "note": "{KEY}"}}'
    assert "canary" not in repr(client.statuses(replies(body), ["5"]))


@pytest.mark.parametrize("key", ["1", "order", "v2"])
def test_a_short_key_does_not_spoil_answers_in_which_its_text_stands(replies, key):
    conn = replace(replies('{"order": 1001, "url": "/api/v2"}'), api_key=key)
    assert place(conn) == "1001"


def test_a_short_key_in_the_address_does_not_look_like_a_move(replies):
    conn = replace(replies("[]"), api_key="v2")
    assert client.services(conn).moved_to is None
