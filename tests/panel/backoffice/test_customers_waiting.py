"""The page of a customer says what waits for a person about them, and leads there."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from orders import payments
from orders.lifecycle import CancelStatus, RefillStatus, Status
from orders.models import CancelRequest, Order, PaymentDoubt, Refill, Review
from panel.models import FundsRequest, Intake, IntakeLine, Storefront
from tests import make
from tests.panel.backoffice.conftest import log_in, person
from tests.panel.backoffice.two_people import decide, give, set_terms
from tests.panel.paying import pay

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _limit(db):
    Storefront.objects.update_or_create(pk=1, defaults={"second_person_above": Decimal(100)})


@pytest.fixture
def ann(db):
    return make.customer(balance="1000")


@pytest.fixture
def asker(db):
    return person("finance")


def page_of(client, customer):
    return client.get(reverse("staff_customer", args=[customer.pk]))


def waiting(client, customer):
    return page_of(client, customer).context["waiting"]


def titles(client, customer):
    return [str(line.title) for line in waiting(client, customer)]


def test_where_nothing_waits_the_page_says_nothing(as_owner, ann):
    page = page_of(as_owner, ann)

    assert page.context["waiting"] == []
    assert "waiting-title" not in page.content.decode()


def test_more_credit_and_funds_that_wait_are_shown_and_lead_to_their_requests(as_owner, asker, ann):
    set_terms(asker, ann, "500")
    give(asker, ann, "200", reason="Big gift")
    credit, funds = FundsRequest.objects.order_by("pk")

    page = page_of(as_owner, ann)

    first, second = page.context["waiting"]
    assert (first.title, first.amount) == ("A higher credit limit", 500)
    assert (second.title, second.amount) == ("Give or take funds", 200)
    assert second.detail == f"Waits for a second person · {asker} · Big gift"
    there = as_owner.get(reverse("staff_approvals")).content.decode()
    for row in (credit, funds):
        assert f"{reverse('staff_approvals')}#request-{row.pk}" in page.content.decode()
        assert f'id="request-{row.pk}"' in there


def test_what_was_decided_has_lapsed_or_is_somebody_elses_is_not_shown(as_owner, asker, ann):
    give(asker, make.customer(balance="0"), "200")
    give(asker, ann, "50")
    give(asker, ann, "200")
    decide(person("owner"), "turn_down", FundsRequest.objects.latest("pk"), answer="No")
    give(asker, ann, "300")

    assert [line.amount for line in waiting(as_owner, ann)] == [300]
    lapses_at = FundsRequest.objects.latest("pk").lapses_at
    with time_machine.travel(lapses_at + timedelta(seconds=1)):
        assert waiting(log_in(person("owner")), ann) == []


def test_an_import_that_would_be_taken_back_is_shown_with_each_of_its_customers(
    as_owner, asker, ann
):
    bob = make.customer(balance="0")
    intake = Intake.objects.create(
        user=asker, file_name="old.csv", header=["email"], state=Intake.State.DONE
    )
    IntakeLine.objects.create(intake=intake, number=1, customer=ann, cells=[])
    now = timezone.now()
    FundsRequest.objects.create(
        purpose=FundsRequest.Purpose.IMPORT_BACK, subject_id=intake.pk, amount=-500, reason="Wrong",
        token=uuid.uuid4(), asked_by=asker, asked_at=now, wants_second=True,
        lapses_at=now + timedelta(days=3), state=FundsRequest.State.WAITING,
    )  # fmt: skip

    assert titles(as_owner, ann) == ["An import of customers taken back"]
    assert titles(as_owner, bob) == []


def test_payments_that_wait_or_are_doubted_are_shown(as_owner, ann):
    transfer = pay.begun(ann, pay.by_hand(), "25")
    payments.claim_paid(transfer.pk, customer_id=ann.pk)
    doubted = pay.begun(ann, pay.by_hand(), "30")
    PaymentDoubt.objects.create(payment=doubted, reason=PaymentDoubt.Reason.AMOUNT)

    lines = waiting(as_owner, ann)

    assert [(line.number, line.amount) for line in lines] == [
        (transfer.pk, 25),
        (doubted.pk, None),
    ]
    assert lines[1].detail == PaymentDoubt.Reason.AMOUNT.label
    assert all(as_owner.get(line.address).status_code == 200 for line in lines)


def test_questions_held_orders_and_wishes_are_shown(as_support, ann):
    asked, held = make.placed(customer=ann), make.placed(customer=ann)
    Review.objects.create(order=asked, reason=Review.Reason.FAILED)
    Order.objects.filter(pk=held.pk).update(hold="staff")
    Refill.objects.create(order=asked, customer=ann, status=RefillStatus.REQUESTED)
    CancelRequest.objects.create(order=held, status=CancelStatus.REQUESTED)
    assert held.status == Status.PENDING

    lines = waiting(as_support, ann)

    assert [(str(line.title), line.number, line.count) for line in lines] == [
        ("Order", asked.pk, None),
        ("Held", None, 1),
        ("Refills", None, 1),
        ("Wishes to cancel", None, 1),
    ]
    for line, order in zip(lines[1:], [held, asked, held], strict=True):
        there = as_support.get(line.address)
        assert reverse("staff_order", args=[order.pk]) in there.content.decode()


def test_many_questions_are_shortened_and_lead_to_all(as_owner, ann):
    for _ in range(11):
        Review.objects.create(order=make.placed(customer=ann), reason=Review.Reason.FAILED)

    lines = waiting(as_owner, ann)

    assert len(lines) == 11
    assert (lines[-1].title, lines[-1].address) == ("…", reverse("staff_attention"))


def test_who_may_not_confirm_sees_what_waits_without_a_way_there(as_support, asker, ann):
    give(asker, ann, "200")

    (line,) = waiting(as_support, ann)

    assert (line.amount, line.address) == (200, "")
