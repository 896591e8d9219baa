"""What one person alone lets reach one customer counts together, of whatever kinds the pieces are.

The database holds the same sum, for whoever writes a piece past the pages.
"""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from orders import payments, proving
from orders.models import BonusRule, VoucherBatch
from panel.backoffice.approvals.moving import LAPSES_AFTER, WINDOW
from panel.models import FundsRequest, Storefront
from tests import make
from tests.orders.races import while_it_waits
from tests.panel.backoffice.conftest import log_in, person
from tests.panel.backoffice.two_people import (
    decide,
    give,
    make_promo,
    make_vouchers,
    set_terms,
)
from tests.panel.paying import pay

pytestmark = pytest.mark.django_db
State, Purpose = FundsRequest.State, FundsRequest.Purpose


@pytest.fixture(autouse=True)
def _limit(db):
    Storefront.objects.update_or_create(pk=1, defaults={"second_person_above": Decimal(100)})


@pytest.fixture
def asker(db):
    return person("finance")


@pytest.fixture
def ann():
    return make.customer(balance="0")


def told_as_paid(customer, amount):
    """The customer says that a transfer is under way."""
    payment = pay.begun(customer, pay.by_hand(), amount)
    payments.claim_paid(payment.pk, customer_id=customer.pk)
    return payment


def confirm(user, payment):
    address = reverse("staff_confirm_payment", args=[payment.pk])
    log_in(user).post(address, {"token": str(uuid.uuid4())})


def pay_back(user, payment, amount):
    form = {"refund-amount": amount, "refund-reason": "Asked for it."}
    address = reverse("staff_refund_payment", args=[payment.pk])
    log_in(user).post(address, form | {"refund-token": str(uuid.uuid4())})


def booked():
    """Purposes that were booked, and those that wait."""
    rows = FundsRequest.objects.order_by("pk").values_list("purpose", "state")
    return [p for p, state in rows if state == State.BOOKED], [
        p for p, state in rows if state == State.WAITING
    ]


def test_deeds_of_different_kinds_for_one_customer_count_together(asker, ann):
    give(asker, ann, "40")
    confirm(asker, told_as_paid(ann, "30"))
    set_terms(asker, ann, "30")
    give(asker, ann, "0.00000001")

    assert booked() == (["funds", "confirm", "credit_limit"], ["funds"])
    ann.refresh_from_db()
    assert (ann.balance, ann.credit_limit) == (70, 30)
    assert proving.prove().is_sound


def test_what_is_paid_back_counts_with_what_was_confirmed(asker, ann, settings):
    settings.DEMO_PAYMENTS = True
    payment = pay.begun(ann, pay.method(), "80")
    payments.settle(payment.pk, amount=payment.amount, currency="USD", now=timezone.now())
    give(asker, ann, "60")

    pay_back(asker, payment, "41")

    assert booked() == (["funds"], ["refund"])


def test_a_bonus_counts_with_the_payment_that_is_confirmed(asker, ann):
    BonusRule.objects.create(title="Double", percent=100)
    payment = told_as_paid(ann, "60")

    confirm(asker, payment)

    row = FundsRequest.objects.get()
    assert (row.state, row.amount) == (State.WAITING, 120)
    decide(person("owner"), "confirm", row)
    ann.refresh_from_db()
    assert ann.balance == 120


def test_what_came_otherwise_is_credited_with_its_bonus_as_it_was_asked_for(asker, ann):
    BonusRule.objects.create(title="Double", percent=100)
    payment = told_as_paid(ann, "100")
    form = {"credit-received": "60", "credit-currency": "USD", "credit-reason": "Less came."}
    address = reverse("staff_credit_payment", args=[payment.pk])
    log_in(asker).post(address, form | {"credit-token": str(uuid.uuid4())})
    row = FundsRequest.objects.get()
    assert (row.state, row.amount) == (State.WAITING, 120)

    decide(person("owner"), "confirm", row)

    payment.refresh_from_db()
    ann.refresh_from_db()
    assert (payment.paid_amount, payment.amount, ann.balance) == (60, 60, 120)


def test_what_is_for_anybody_counts_together_whatever_it_is(asker):
    make_vouchers(asker, count="1", amount="60")
    make_promo(asker, fixed="10", uses_max="4")
    make_promo(asker, "LAUNCH-2", fixed="1", uses_max="1")

    assert booked() == (["vouchers", "promo"], ["promo"])


def test_what_is_for_anybody_counts_for_each_customer(asker, ann):
    make_vouchers(asker, count="1", amount="60")

    give(asker, ann, "41")

    assert booked() == (["vouchers"], ["funds"])


def test_before_something_for_anybody_the_customer_who_got_most_counts(asker, ann):
    give(asker, ann, "60")
    give(asker, make.customer(balance="0"), "80")

    make_vouchers(asker, count="1", amount="20")
    make_vouchers(asker, count="1", amount="0.01")

    assert booked() == (["funds", "funds", "vouchers"], ["vouchers"])
    assert VoucherBatch.objects.filter(is_active=True).count() == 1


def test_other_customers_other_people_and_other_days_do_not_count(asker, ann):
    give(asker, ann, "60")
    give(asker, make.customer(balance="0"), "60")
    confirm(person("owner"), told_as_paid(ann, "60"))
    with time_machine.travel(timezone.now() + WINDOW + timedelta(minutes=1)):
        set_terms(asker, ann, "60")

    assert booked()[1] == []


def write(asker, amount, customer=None, *, at=None, **columns):
    """A piece that one person books alone, past the pages."""
    at = at or timezone.now()
    columns |= {"customer": customer, "amount": Decimal(amount), "asked_by": asker}
    columns = {"purpose": Purpose.FUNDS, "state": State.BOOKED, "wants_second": False} | columns
    return FundsRequest.objects.create(
        subject_id=1, reason="x", token=uuid.uuid4(), asked_at=at, lapses_at=at + LAPSES_AFTER,
        **columns,
    )  # fmt: skip


def refused():
    return pytest.raises(IntegrityError, match="more than the amount reach one customer")


def test_the_database_refuses_pieces_that_reach_one_customer_beyond_the_amount(asker, ann):
    write(asker, "60", ann)
    write(asker, "-40", ann, purpose=Purpose.REFUND)

    with refused(), transaction.atomic():
        write(asker, "0.00000001", ann, purpose=Purpose.CREDIT_LIMIT)


def test_the_database_counts_what_is_for_anybody_for_each_customer(asker, ann):
    write(asker, "60", ann)
    write(asker, "40", purpose=Purpose.VOUCHERS)

    for customer in (None, ann):
        with refused(), transaction.atomic():
            write(asker, "0.01", customer)
    with refused(), transaction.atomic():
        write(asker, "60.01", make.customer(balance="0"))
    write(asker, "60", make.customer(balance="0"))


def test_the_database_counts_neither_what_two_confirmed_nor_what_is_a_day_old(asker, ann):
    now = timezone.now()
    write(asker, "100", ann, at=now - WINDOW)
    seen = {"wants_second": True, "decided_by": person("owner"), "decided_at": now}
    write(asker, "500", ann, **seen)
    write(person("owner"), "100", ann)

    write(asker, "100", ann, at=now)


def test_without_an_amount_the_database_counts_nothing(asker, ann):
    Storefront.objects.update(second_person_above=None)

    write(asker, "1000000", ann)

    assert FundsRequest.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_database_sees_pieces_that_are_written_at_the_same_moment(asker, ann):
    with while_it_waits(lambda: write(asker, "60", ann)) as other:
        write(asker, "60", ann)

    assert isinstance(other.exception(), IntegrityError)
    assert FundsRequest.objects.count() == 1


def test_what_a_deed_needs_besides_stays_as_it_was_asked_for(asker, ann):
    row = write(asker, "500", ann, state=State.WAITING, wants_second=True, details={"a": 1})

    with pytest.raises(IntegrityError, match="stays as it was asked"), transaction.atomic():
        FundsRequest.objects.filter(pk=row.pk).update(details={"a": 2})
