"""The engine room shows every table; the few that can be written there leave a trail."""

from decimal import Decimal

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from orders import payments
from orders.lifecycle import Status
from orders.models import Customer, LedgerEntry, Order, Payment
from panel.api.keys import issue_key
from panel.models import ApiKey, AuditEntry, User
from tests import make
from tests.make import NOW

pytestmark = pytest.mark.django_db
CUSTOMERS = "/engine-room/orders/customer/"
WRITABLE = {"user", "group", "emailaddress", "usersession", "authenticator"}


@pytest.fixture(autouse=True)
def _one_factor_is_enough(settings):
    settings.STAFF_TWO_FACTOR = False


def act(client, path, action, rows):
    chosen = {"action": action, "_selected_action": [row.pk for row in rows], "index": 0}
    return client.post(path, chosen, follow=True).content.decode()


def test_every_list_opens(as_staff):
    make.placed(service=make.service(offers=[make.offer(make.provider())]))

    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        assert as_staff.get(reverse(name)).status_code == 200, name


def test_e11_no_table_of_the_trade_can_be_written(as_staff):
    for model in admin.site._registry:
        meta = model._meta
        if meta.model_name in WRITABLE:
            continue
        add = as_staff.post(reverse(f"admin:{meta.app_label}_{meta.model_name}_add"), {"name": "x"})
        assert add.status_code == 403, meta.model_name


def test_e11_no_form_takes_a_balance_or_terms(as_staff, ann):
    form = {"name": "Ann", "status": "active", "credit_limit": "50", "balance": "9999"}

    answer = as_staff.post(f"{CUSTOMERS}{ann.pk}/change/", form)

    assert answer.status_code == 403
    kept = Customer.objects.get(pk=ann.pk)
    assert (kept.balance, kept.credit_limit) == (Decimal(100), Decimal(0))


def test_no_action_moves_money_past_the_audit_trail_and_the_second_person(as_staff, ann):
    payment = payments.open_payment(
        ann, gateway="manual", reference="bank-1", amount=Decimal(30), currency="USD"
    )
    order = make.placed(service=make.service(offers=[make.offer(make.provider())]))
    order.move_to(Status.SUBMITTING, now=NOW)
    order.move_to(Status.UNCONFIRMED, now=NOW)
    known = LedgerEntry.objects.count()

    act(as_staff, CUSTOMERS, "adjust", [ann])
    act(as_staff, "/engine-room/orders/payment/", "settle", [payment])
    act(as_staff, "/engine-room/orders/order/", "refund", [order])

    assert LedgerEntry.objects.count() == known
    assert Payment.objects.get(reference="bank-1").status == "open"
    assert Order.objects.get().status == Status.UNCONFIRMED


def test_an_order_opens_with_its_timeline(as_staff):
    order = make.placed(service=make.service(offers=[make.offer(make.provider())]))

    page = as_staff.get(f"/engine-room/orders/order/{order.pk}/change/")

    assert page.status_code == 200
    assert b'name="status"' not in page.content


def test_a_providers_key_is_never_shown(as_staff):
    provider = make.provider(api_key="very-secret")

    page = as_staff.get(f"/engine-room/providers/provider/{provider.pk}/change/")

    assert page.status_code == 200
    assert b"very-secret" not in page.content


def test_a_customer_is_never_deleted(as_staff, ann):
    assert as_staff.post(f"{CUSTOMERS}{ann.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Customer.objects.filter(pk=ann.pk).exists()


def test_what_is_changed_here_stands_in_the_audit_trail(as_staff):
    person = make.user(email="new@example.com")
    path = f"/engine-room/panel/user/{person.pk}/change/"
    form = {"email": "other@example.com", "language": "en", "time_zone": "UTC", "is_active": "on"}

    answer = as_staff.post(path, form)

    assert answer.status_code == 302
    assert User.objects.get(pk=person.pk).email == "other@example.com"
    line = AuditEntry.objects.get()
    assert (line.action, line.subject, line.subject_id) == (
        "engine_room.change", "user", person.pk,
    )  # fmt: skip
    assert "e-mail" in line.new["what"].lower()


def test_a_key_is_revoked_and_that_is_written_down(as_staff, ann):
    key = issue_key(ann.pk, name="shop").row

    act(as_staff, "/engine-room/panel/apikey/", "revoke", [key])

    assert ApiKey.objects.get().revoked_at is not None
    assert AuditEntry.objects.get().subject_id == key.pk


def test_staff_without_the_right_revoke_nothing(ann):
    helper = Client()
    helper.force_login(make.user(is_staff=True))
    key = issue_key(ann.pk, name="shop").row

    answer = helper.post(
        "/engine-room/panel/apikey/",
        {"action": "revoke", "_selected_action": [key.pk], "index": 0},
    )

    assert answer.status_code == 403
    assert ApiKey.objects.get().revoked_at is None


def test_s15_staff_without_a_second_factor_are_led_to_where_it_is_set(as_staff, settings):
    settings.STAFF_TWO_FACTOR = True

    answer = as_staff.get("/engine-room/", follow=True)

    assert answer.redirect_chain[-1][0] == reverse("mfa_index")
