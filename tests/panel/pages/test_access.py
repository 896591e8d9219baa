"""S1, S6: other people's rows are tried through every address of the dashboard and refused."""

import io
import uuid
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from orders import invoicing, ledger
from orders.models import CancelRequest, Invoice, Order, Payment, Refill
from orders.placing import draft_mass
from panel import urls
from panel.api.keys import issue_key
from panel.models import ApiKey
from panel.paying import receipts
from tests import make
from tests.panel.paying import files, pay

pytestmark = pytest.mark.django_db

POSTED = {
    "quote",
    "refill",
    "cancel",
    "funds_quote",
    "redeem_voucher",
    "begin_payment",
    "check_payment",
    "withdraw_payment",
    "say_paid",
    "revoke_key",
    "place_mass",
    "favourite",
    "follow",
    "leave_customer",
}
PRIVATE = {"invoice_id", "order_id", "key_id", "mass_id", "token", "demo_token", "receipt_id"}


def addresses(order, key):
    """Every address of the dashboard, made from the address list itself."""
    text = f"{order.service_id} | https://example.com/secret-of-ann | 10"
    mass = draft_mass(order.customer_id, text, token=uuid.uuid4(), now=make.NOW)
    known = {"order_id": order.pk, "service_id": order.service_id, "key_id": key.pk}
    known["mass_id"] = mass.pk
    known["invoice_id"] = invoice_of(order.customer_id).pk
    known |= paying_in(order.customer)
    for pattern in urls.dashboard:
        wanted = pattern.pattern.converters
        yield pattern.name, reverse(pattern.name, kwargs={n: known[n] for n in wanted}), wanted


def paying_in(customer):
    """A payment that waits for staff with its receipt, and one at the demo gateway."""
    waiting = pay.opened(customer, pay.by_hand(instructions="secret-of-ann"))
    receipt = receipts.keep(waiting, io.BytesIO(files.PDF.replace(b"Catalog", b"secret-of-ann")))
    played = pay.begun(customer, pay.method())
    return {"token": waiting.token, "receipt_id": receipt.pk, "demo_token": played.token}


def invoice_of(customer_id):
    invoicing.edit_seller(name="Us", address="Here", invoices_from=make.NOW)
    invoicing.edit_billing(customer_id, invoicing.Billing("secret-of-ann", "", "", "", ""))
    invoicing.write_due(now=make.NOW)
    return Invoice.objects.get(customer=customer_id)


def ask(client, name, path):
    return client.post(path) if name in POSTED else client.get(path)


@pytest.fixture(autouse=True)
def _in_a_trial(settings):
    settings.DEMO_PAYMENTS = True


def test_s1_no_address_shows_or_changes_what_belongs_to_another_customer(ann, as_bob):
    order = make.placed(customer=ann, link="https://example.com/secret-of-ann")
    key = issue_key(ann.pk, name="Key of Ann").row
    ledger.adjust(ann, Decimal(1), cause="gift", reason="Gift to Ann", actor="staff")

    for name, path, wanted in addresses(order, key):
        answer = ask(as_bob, name, path)
        text = b"".join(answer) if answer.streaming else answer.content
        assert b"secret-of-ann" not in text, name
        assert b"Key of Ann" not in text, name
        assert b"Gift to Ann" not in text, name
        if PRIVATE & set(wanted):
            assert answer.status_code == 404, name

    assert not Refill.objects.exists()
    assert not CancelRequest.objects.exists()
    assert ApiKey.objects.get(pk=key.pk).revoked_at is None
    assert Order.objects.get(pk=order.pk).status == "pending"
    assert {row.status for row in Payment.objects.filter(customer=ann)} == {"open", "settled"}


def test_s1_order_again_does_not_fill_in_what_another_customer_entered(ann, as_bob):
    order = make.placed(customer=ann, link="https://example.com/secret-of-ann")

    answer = as_bob.get(f"/dashboard/?service={order.service_id}&again={order.pk}")

    assert b"secret-of-ann" not in answer.content


def test_s1_a_visitor_is_sent_to_the_log_in_from_every_address(ann):
    order = make.placed(customer=ann)
    key = issue_key(ann.pk, name="shop").row

    for name, path, _wanted in addresses(order, key):
        answer = ask(Client(), name, path)
        assert answer.status_code == 302, name
        assert answer["Location"].startswith("/account/login/"), name


def test_staff_without_a_customer_are_led_to_the_back_office(as_staff):
    answer = as_staff.get(reverse("orders"))

    assert answer["Location"] == reverse("staff_overview")


def test_s6_what_changes_something_wants_a_post_with_its_token(ann):
    order = make.placed(customer=ann)
    client = Client(enforce_csrf_checks=True)
    client.force_login(make.user(customer=ann))

    assert client.get(reverse("cancel", args=[order.pk])).status_code == 405
    assert client.post(reverse("cancel", args=[order.pk])).status_code == 403
    assert Order.objects.get(pk=order.pk).status == "pending"


def test_a_customer_cannot_enter_the_engine_room(as_ann):
    answer = as_ann.get(reverse("admin:orders_order_changelist"))

    assert answer.status_code == 302
    assert as_ann.get(answer["Location"]).status_code == 403
