"""Keys: shown once, kept as digests, shut at once."""

import json
import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from orders.models import Customer
from panel.api import keys
from panel.models import ApiKey
from tests import make

pytestmark = pytest.mark.django_db
HERE = "203.0.113.7"


def _enter(text, *, address=HERE, now=make.NOW):
    return keys.authenticate(text, address=address, now=now)


def test_s11_a_key_opens_its_customers_account_and_is_nowhere_in_the_database(buyer):
    text = keys.issue_key(buyer.pk, name="Shop").text

    assert _enter(text).customer_id == buyer.pk
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(k)::text FROM panel_apikey AS k")
        rows = cursor.fetchall()
    secret = text[len("wr_") + keys.PREFIX_CHARACTERS :]
    assert len(rows) == 1
    assert secret not in rows[0][0]
    assert secret.encode().hex() not in rows[0][0]


def test_s11_a_secret_holds_at_least_32_random_bytes(buyer):
    first, second = (keys.issue_key(buyer.pk, name="Shop").text for _ in range(2))

    secret = first[len("wr_") + keys.PREFIX_CHARACTERS :]
    assert first.startswith("wr_")
    assert 62 ** len(secret) >= 256**32
    assert first != second


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: key[:-1] + ("a" if key[-1] != "a" else "b"),
        lambda key: key[:-1],
        lambda key: key + "a",
        lambda key: key.swapcase(),
        lambda key: key[3:],
        lambda key: "",
        lambda key: key + "\n",
        lambda key: "wr_" + "é" * 52,
    ],
)
def test_s11_a_key_that_differs_anywhere_opens_nothing(buyer, spoil):
    text = keys.issue_key(buyer.pk, name="Shop").text

    with pytest.raises(keys.KeyRefused, match="Invalid API key"):
        _enter(spoil(text))


def test_a_revoked_key_opens_nothing_from_then_on(buyer):
    issued = keys.issue_key(buyer.pk, name="Shop")
    _enter(issued.text)

    assert keys.revoke_key(issued.row.pk, customer_id=buyer.pk, now=make.NOW)

    with pytest.raises(keys.KeyRefused, match="Invalid API key"):
        _enter(issued.text)
    assert not keys.revoke_key(issued.row.pk, customer_id=buyer.pk, now=make.NOW)


def test_nobody_revokes_the_key_of_another_customer(buyer):
    issued = keys.issue_key(buyer.pk, name="Shop")

    assert not keys.revoke_key(issued.row.pk, customer_id=make.customer().pk, now=make.NOW)
    assert _enter(issued.text).customer_id == buyer.pk


def test_a_suspended_customer_is_told_so(buyer):
    text = keys.issue_key(buyer.pk, name="Shop").text
    Customer.objects.filter(pk=buyer.pk).update(status=Customer.Status.SUSPENDED)

    with pytest.raises(keys.KeyRefused, match="suspended"):
        _enter(text)


@pytest.mark.parametrize(
    ("allowed", "address", "opens"),
    [
        (["203.0.113.7"], "203.0.113.7", True),
        (["203.0.113.0/24"], "203.0.113.7", True),
        (["203.0.113.0/24"], "203.0.114.7", False),
        (["203.0.113.7"], "::ffff:203.0.113.7", True),
        (["2001:db8::/32"], "2001:db8::5", True),
        (["2001:db8::/32"], "203.0.113.7", False),
        (["203.0.113.7"], "", False),
        (["203.0.113.7"], "unix:", False),
        ([], "", True),
    ],
)
def test_a_key_may_be_bound_to_addresses(buyer, allowed, address, opens):
    text = keys.issue_key(buyer.pk, name="Shop", allowed_ips=allowed).text

    if opens:
        assert _enter(text, address=address).customer_id == buyer.pk
    else:
        with pytest.raises(keys.KeyRefused, match="address"):
            _enter(text, address=address)


def test_a_key_is_not_bound_to_what_is_no_address(buyer):
    with pytest.raises(keys.KeyNotIssued, match="example"):
        keys.issue_key(buyer.pk, name="Shop", allowed_ips=["shop.example"])
    assert not ApiKey.objects.exists()


def test_a_customer_has_a_bounded_number_of_usable_keys(buyer, monkeypatch):
    monkeypatch.setattr(keys, "KEYS_MAX", 2)
    first = keys.issue_key(buyer.pk, name="1")
    keys.issue_key(buyer.pk, name="2")

    with pytest.raises(keys.KeyNotIssued):
        keys.issue_key(buyer.pk, name="3")
    keys.revoke_key(first.row.pk, customer_id=buyer.pk, now=make.NOW)
    assert keys.issue_key(buyer.pk, name="3").row.pk


def test_the_last_use_is_noted_at_most_once_a_minute(buyer, django_assert_num_queries):
    issued = keys.issue_key(buyer.pk, name="Shop")
    _enter(issued.text)

    with django_assert_num_queries(1):
        _enter(issued.text, now=make.NOW + timedelta(seconds=59))
    issued.row.refresh_from_db()
    assert issued.row.last_used_at == make.NOW

    later = make.NOW + timedelta(seconds=60)
    _enter(issued.text, now=later)
    issued.row.refresh_from_db()
    assert issued.row.last_used_at == later


@pytest.mark.django_db(transaction=True)
def test_a_request_does_not_wait_for_another_one_that_notes_its_use(buyer):
    issued = keys.issue_key(buyer.pk, name="Shop")
    found = []

    def enter():
        found.append(_enter(issued.text))
        connection.close()

    with transaction.atomic():
        ApiKey.objects.select_for_update().get(pk=issued.row.pk)
        other = threading.Thread(target=enter)
        other.start()
        other.join(timeout=20)
        assert found, "the request waits for the row"
    other.join()


def test_operators_make_list_and_revoke_keys_from_the_console(buyer):
    make.user(customer=buyer, email="shop@example.com")
    out = StringIO()
    call_command("apikey", "create", "shop@example.com", "--ip", "203.0.113.7", stdout=out)
    text = out.getvalue().strip()
    assert _enter(text).customer_id == buyer.pk

    call_command("apikey", "list", str(buyer.pk), stdout=out)
    assert "203.0.113.7/32" in out.getvalue()

    call_command("apikey", "revoke", text[:11], stdout=out)
    with pytest.raises(keys.KeyRefused):
        _enter(text)
    with pytest.raises(CommandError):
        call_command("apikey", "revoke", text[:11])
    with pytest.raises(CommandError):
        call_command("apikey", "create", "nobody@example.com")


def test_an_unknown_key_and_a_missing_one_are_invalid(client):
    for sent in ({"action": "balance"}, {"action": "balance", "key": "wr_x"}, {}):
        assert json.loads(client.post("/api/v2", sent).content) == {"error": "Invalid API key"}
