"""Payments by hand: instructions, a memo, a receipt, and staff who look at their account."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from orders.models import Payment
from panel import uploads
from panel.models import PaymentReceipt
from panel.paying import receipts
from tests.panel.paying import files, pay

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment(ann):
    return pay.begun(ann, pay.by_hand(instructions="IBAN DE02 1203\nBank of Weir"))


def upload(client, payment, data, name="receipt.png", content_type="image/png"):
    file = SimpleUploadedFile(name, data, content_type)
    return client.post(reverse("say_paid", args=[payment.token]), {"file": file})


def test_the_page_tells_how_to_pay_with_amount_and_memo(as_ann, payment):
    page = as_ann.get(reverse("payment", args=[payment.token])).content.decode()

    for told in ("IBAN DE02 1203", "Bank of Weir", payment.memo, 'value="25.00"'):
        assert told in page
    assert "hx-trigger" not in page  # nobody can be asked


def test_who_says_that_they_paid_waits_for_staff_and_sees_that(as_ann, payment):
    answer = as_ann.post(reverse("say_paid", args=[payment.token]), follow=True)

    assert Payment.objects.get().status == Payment.Status.WAITING
    assert "We look for your payment" in answer.content.decode()


def test_s13_a_receipt_is_cleaned_kept_under_our_name_and_handed_out_as_a_file(as_ann, payment):
    sent = files.photo_with_place() + files.SCRIPT
    upload(as_ann, payment, sent, name="../../etc/passwd<script>.html", content_type="text/html")

    receipt = PaymentReceipt.objects.get()
    assert Payment.objects.get().receipt == str(receipt.pk)
    assert receipt.content_type == "image/jpeg"
    answer = as_ann.get(reverse("receipt_file", args=[payment.token, receipt.pk]))
    assert answer["Content-Disposition"] == f'attachment; filename="{receipt.file_name}"'
    assert receipt.file_name.endswith(".jpeg")
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert files.SCRIPT not in answer.content
    assert files.PLACE.encode() not in answer.content


@pytest.mark.parametrize(
    "data",
    [
        b"<!doctype html>" + files.SCRIPT,
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        files.huge_png(60_000),
        files.PDF + b"0" * (6 * 1024 * 1024),
    ],
)
def test_s13_what_is_no_receipt_is_refused_beside_its_field_and_not_kept(as_ann, payment, data):
    answer = upload(as_ann, payment, data)

    assert answer.status_code == 200
    assert answer.context["receipt_form"].errors["file"]
    assert not PaymentReceipt.objects.exists()
    assert Payment.objects.get().status == Payment.Status.OPEN


def test_s13_a_body_that_is_far_too_large_is_not_read(as_ann, payment):
    answer = upload(as_ann, payment, b"0" * (uploads.BODY_MAX + 1))

    assert answer.status_code == 400
    assert not PaymentReceipt.objects.exists()


def test_s1_receipts_and_payments_of_others_are_not_there(as_bob, bob, payment):
    receipt = receipts.keep(payment, io.BytesIO(files.PDF))
    own = pay.begun(bob, pay.by_hand())

    assert as_bob.get(reverse("payment", args=[payment.token])).status_code == 404
    assert upload(as_bob, payment, files.PDF).status_code == 404
    for token in (payment.token, own.token):
        address = reverse("receipt_file", args=[token, receipt.pk])
        assert as_bob.get(address).status_code == 404
        assert Client().get(address).status_code == 302
    assert Payment.objects.get(pk=payment.pk).status == Payment.Status.OPEN


def test_nothing_is_kept_for_a_payment_that_has_ended(as_ann, ann, payment):
    as_ann.post(reverse("withdraw_payment", args=[payment.token]))

    upload(as_ann, payment, files.PDF)

    assert Payment.objects.get().status == Payment.Status.EXPIRED
    assert not PaymentReceipt.objects.exists()


def test_nothing_is_kept_for_a_payment_that_a_gateway_knows_of(as_ann, ann):
    payment = pay.begun(ann, pay.method())

    upload(as_ann, payment, files.PDF)

    assert Payment.objects.get().status == Payment.Status.OPEN
    assert not PaymentReceipt.objects.exists()
