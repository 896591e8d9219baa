"""Adding funds, and the statement."""

import csv
import io
from decimal import Decimal

import pytest
from django.urls import reverse

from orders import ledger
from orders.models import LedgerEntry, Payment
from tests import make

pytestmark = pytest.mark.django_db


def test_the_demo_method_credits_at_once_in_a_trial(as_ann, ann, settings):
    settings.DEMO_PAYMENTS = True

    answer = as_ann.post(reverse("demo_payment"), {"amount": "12.34"}, follow=True)

    assert "$112.34" in answer.content.decode()
    assert Payment.objects.get(gateway="demo").status == Payment.Status.SETTLED


def test_outside_of_a_trial_nobody_can_credit_themselves(as_ann, settings):
    settings.DEMO_PAYMENTS = False

    assert as_ann.post(reverse("demo_payment"), {"amount": "12"}).status_code == 404
    assert b"Demo payment" not in as_ann.get(reverse("funds")).content
    assert not Payment.objects.filter(gateway="demo").exists()


@pytest.mark.parametrize("amount", ["-5", "0", "0.001", "NaN", "Infinity", "1e9", "٣٤,5", "", "x"])
def test_e13_an_amount_that_cannot_be_paid_is_refused_beside_its_field(as_ann, settings, amount):
    settings.DEMO_PAYMENTS = True

    answer = as_ann.post(reverse("demo_payment"), {"amount": amount})

    assert answer.status_code == 200
    assert b"invalid-feedback" in answer.content
    assert not Payment.objects.filter(gateway="demo").exists()


def test_the_statement_shows_each_movement_with_the_balance_after_it(as_ann, ann):
    make.placed(customer=ann, service=make.service(rate="1.23456"), quantity=1000)

    page = as_ann.get(reverse("statement")).content.decode()

    assert "−$1.23456" in page
    assert "$98.76544" in page
    only = as_ann.get(reverse("statement"), {"kind": "top_up"})
    assert [entry.kind for entry in only.context["pager"].rows] == ["top_up"]


def test_the_file_holds_every_digit_and_is_complete(as_ann, ann):
    service = make.service(rate="0.00037")
    for _ in range(5):
        make.placed(customer=ann, service=service, quantity=77)

    answer = as_ann.get(reverse("statement_csv"))

    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode())))
    assert len(rows) == LedgerEntry.objects.filter(customer=ann).count() == 6
    assert sum(Decimal(row["Amount"].lstrip("'")) for row in rows) == Decimal(rows[-1]["Balance"])
    assert rows[-1]["Balance"] == "99.99985755"


def test_s5_a_cell_of_the_file_is_never_a_formula(as_ann, ann):
    ledger.adjust(ann, Decimal(1), cause="x", reason="=cmd|' /C calc'!A0", actor="staff")

    text = b"".join(as_ann.get(reverse("statement_csv"))).decode()

    assert "=cmd" in text
    assert ",=cmd" not in text
