"""What costs seconds of a processor is made for each customer so often a minute, and no oftener."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from orders import invoicing
from orders.models import Invoice
from panel.dashboard.pace import (
    INVOICES_PER_MINUTE,
    OPENINGS_PER_MINUTE,
    RECEIPTS_PER_MINUTE,
    STATEMENTS_PER_MINUTE,
)
from tests import make
from tests.panel.paying import pay

pytestmark = pytest.mark.django_db
MOMENT = datetime.now(UTC).replace(second=20, microsecond=0)


@pytest.fixture
def clock():
    with time_machine.travel(MOMENT, tick=False) as traveller:
        yield traveller


def statuses(client, address, times):
    return [client.get(address).status_code for _ in range(times)]


def test_a_statement_is_printed_so_often_a_minute_for_each_customer(clock, as_ann, as_bob):
    address = reverse("statement_pdf")
    printed = statuses(as_ann, address, STATEMENTS_PER_MINUTE)

    refused = as_ann.get(address)

    assert set(printed) == {200}
    assert (refused.status_code, refused["Retry-After"]) == (429, "40")
    assert "Please wait a few minutes" in refused.content.decode()
    assert as_bob.get(address).status_code == 200
    assert as_ann.get(reverse("statement")).status_code == 200
    clock.move_to(MOMENT + timedelta(minutes=1), tick=False)
    assert as_ann.get(address).status_code == 200


def test_an_invoice_is_printed_so_often_a_minute(clock, as_ann, ann):
    invoicing.edit_seller(
        name="Weir", address="London", tax_number="", email="", note="", invoices_from=make.NOW
    )
    invoicing.write_due(now=make.NOW)
    paper = Invoice.objects.get(customer=ann)
    address = reverse("invoice_pdf", args=[paper.pk])

    answers = statuses(as_ann, address, INVOICES_PER_MINUTE + 1)

    assert answers == [200] * INVOICES_PER_MINUTE + [429]
    assert as_ann.get(reverse("invoice", args=[paper.pk])).status_code == 200


def test_receipts_are_drawn_anew_so_often_a_minute(clock, as_ann, ann):
    payment = pay.begun(ann, pay.by_hand())
    address = reverse("say_paid", args=[payment.token])

    def send():
        junk = SimpleUploadedFile("receipt.png", b"no picture")
        return as_ann.post(address, {"file": junk}).status_code

    answers = [send() for _ in range(RECEIPTS_PER_MINUTE + 1)]

    assert answers == [200] * RECEIPTS_PER_MINUTE + [429]


def test_payments_are_opened_so_often_a_minute_however_often_they_are_withdrawn(
    clock, as_ann, ann, settings
):
    settings.DEMO_PAYMENTS = True
    way = pay.method()

    def begin():
        form = {"method": way.pk, "amount": "25", "code": "", "token": uuid.uuid4()}
        answer = as_ann.post(reverse("funds"), form)
        for payment in ann.payments.filter(status="open"):
            as_ann.post(reverse("withdraw_payment", args=[payment.token]))
        return answer.status_code

    answers = [begin() for _ in range(OPENINGS_PER_MINUTE + 1)]

    assert answers == [302] * OPENINGS_PER_MINUTE + [429]
    assert ann.payments.filter(method=way).count() == OPENINGS_PER_MINUTE
    assert as_ann.get(reverse("funds")).status_code == 200
