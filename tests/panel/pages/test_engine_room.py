"""Staff work in the engine room; balances move only through the ledger."""

from decimal import Decimal

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from orders import payments
from orders.lifecycle import Status
from orders.models import Customer, LedgerEntry, Order, Payment, Service
from panel.models import Storefront
from providers.models import Provider
from tests import make
from tests.make import NOW

pytestmark = pytest.mark.django_db
CUSTOMERS = "/engine-room/orders/customer/"
ORDERS = "/engine-room/orders/order/"


def act(client, path, action, rows, **more):
    chosen = {"action": action, "_selected_action": [row.pk for row in rows], "index": 0}
    return client.post(path, chosen | more, follow=True).content.decode()


def unknown_order():
    order = make.placed(service=make.service(offers=[make.offer(make.provider())]))
    order.move_to(Status.SUBMITTING, now=NOW)
    order.move_to(Status.UNCONFIRMED, now=NOW)
    return order


def test_every_list_opens(as_staff):
    make.placed(service=make.service(offers=[make.offer(make.provider())]))

    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        assert as_staff.get(reverse(name)).status_code == 200, name


def test_an_order_opens_with_its_timeline(as_staff):
    order = unknown_order()

    page = as_staff.get(f"{ORDERS}{order.pk}/change/")

    assert page.status_code == 200
    assert b'name="status"' not in page.content


def test_e11_no_form_takes_a_balance(as_staff, ann):
    form = {"name": "Ann", "status": "active", "credit_limit": "0", "discount": "0"}
    rates = {"own_rates-TOTAL_FORMS": "0", "own_rates-INITIAL_FORMS": "0"}

    answer = as_staff.post(f"{CUSTOMERS}{ann.pk}/change/", form | rates | {"balance": "9999"})

    assert answer.status_code == 302
    ann.refresh_from_db()
    assert (ann.name, ann.balance) == ("Ann", Decimal(100))


def test_e11_no_action_moves_a_balance_past_the_audit_trail_and_the_second_person(as_staff, ann):
    act(as_staff, CUSTOMERS, "adjust", [ann], amount="5", reason="x", token="t")

    assert not LedgerEntry.objects.filter(kind="adjustment").exists()
    assert "adjust" not in as_staff.get(CUSTOMERS).content.decode()


def test_an_unknown_order_is_sent_again_when_a_person_says_so(as_staff):
    order = unknown_order()

    act(as_staff, ORDERS, "was_not_placed", [order])

    assert Order.objects.get().status == Status.PENDING


def test_an_unknown_order_is_refunded_when_a_person_says_so(as_staff):
    order = unknown_order()

    act(as_staff, ORDERS, "refund", [order])
    again = act(as_staff, ORDERS, "refund", [order])

    order.refresh_from_db()
    assert (order.status, order.refunded) == (Status.CANCELED, order.charge)
    assert "cannot end" in again
    assert LedgerEntry.objects.filter(kind="refund").count() == 1


def test_staff_without_the_right_cannot_resolve(client):
    helper = make.user(is_staff=True)
    client.force_login(helper)
    order = unknown_order()

    answer = client.post(ORDERS, {"action": "refund", "_selected_action": [order.pk], "index": 0})

    assert answer.status_code == 403
    assert Order.objects.get().status == Status.UNCONFIRMED


def test_e8_a_payment_confirmed_twice_is_credited_once(as_staff, ann):
    payment = payments.open_payment(
        ann, gateway="manual", reference="bank-1", amount=Decimal(30), currency="USD"
    )
    path = "/engine-room/orders/payment/"

    act(as_staff, path, "settle", [payment])
    again = act(as_staff, path, "settle", [payment])

    ann.refresh_from_db()
    assert ann.balance == Decimal(130)
    assert "was credited before" in again
    assert Payment.objects.get(reference="bank-1").status == "settled"


def test_a_providers_key_is_never_shown_and_stays_when_left_empty(as_staff):
    provider = make.provider(api_key="very-secret")
    path = f"/engine-room/providers/provider/{provider.pk}/change/"
    page = as_staff.get(path)
    assert b"very-secret" not in page.content

    form = {k: v for k, v in page.context["adminform"].form.initial.items() if v is not None}
    plan = {"import_plan-TOTAL_FORMS": "0", "import_plan-INITIAL_FORMS": "0"}
    answer = as_staff.post(path, form | plan | {"name": "Renamed", "api_key": ""})

    assert answer.status_code == 302
    kept = Provider.objects.get()
    assert (kept.name, kept.api_key) == ("Renamed", "very-secret")


def test_services_are_switched_off_together(as_staff):
    services = [make.service(), make.service()]

    act(as_staff, "/engine-room/orders/service/", "switch_off", services)

    assert not Service.objects.filter(is_active=True).exists()


def test_a_logo_is_taken_by_what_it_is_not_by_its_name(as_staff, client):
    Storefront.objects.create(pk=1)
    path = "/engine-room/panel/storefront/1/change/"
    form = {"name": "Weir", "currency": "USD", "colour": "teal", "is_sign_up_open": "on"}

    def send(content):
        upload = SimpleUploadedFile("logo.png", content)
        return as_staff.post(path, form | {"new_logo": upload}).status_code

    assert send(b"<svg onload='alert(1)'>") == 200
    assert client.get("/logo").status_code == 404
    assert send(b"\x89PNG\r\n\x1a\n....") == 302
    assert client.get("/logo")["Content-Type"] == "image/png"


def test_a_customer_is_never_deleted(as_staff, ann):
    assert as_staff.post(f"{CUSTOMERS}{ann.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Customer.objects.filter(pk=ann.pk).exists()
