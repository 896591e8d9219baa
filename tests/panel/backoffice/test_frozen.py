"""A customer frozen by a payment that went back: said why, and let go on by a person alone."""

from decimal import Decimal

import pytest
from django.urls import reverse

from orders import ledger, payments
from orders.models import Customer, PaymentDoubt
from panel import tasks
from panel.models import AuditEntry
from tests import make
from tests.orders import paying
from tests.orders.paying import MINUTE, NOW

pytestmark = pytest.mark.django_db
WHY = "money that was spent went back"
BUTTON = "Let them go on"


@pytest.fixture
def reversed_one():
    """25 were paid in, 20 were spent, and all of it is disputed."""
    payment = paying.paid()
    make.placed(customer=payment.customer, service=make.service(rate="20"))
    paying.say(payment, disputed=True, now=NOW + MINUTE)
    payment.refresh_from_db()
    assert payment.customer.status == Customer.Status.FROZEN
    return payment


def won(payment):
    paying.say(payment, now=NOW + 2 * MINUTE)


def page(client, payment):
    return client.get(reverse("staff_customer", args=[payment.customer_id])).content.decode()


def evidence():
    rows = PaymentDoubt.objects.filter(reason=PaymentDoubt.Reason.REVERSED, closed_at=None)
    return [row.evidence for row in rows]


def looked_at():
    PaymentDoubt.objects.update(closed_at=NOW, closed_by="boss", note="I know.")


def test_the_customers_page_says_why_they_are_frozen_and_by_which_payment(as_owner, reversed_one):
    text = page(as_owner, reversed_one)

    assert WHY in text
    assert "nothing but pay what they owe" in text
    assert reverse("staff_payment", args=[reversed_one.pk]) in text
    assert BUTTON not in text


def test_a_dispute_that_was_won_puts_the_customer_before_a_person(as_owner, reversed_one):
    looked_at()

    won(reversed_one)
    for _tick in range(3):
        tasks.check_payments()

    (told,) = evidence()
    assert "Covered again" in told
    assert "still frozen" in told
    customer = Customer.objects.get(pk=reversed_one.customer_id)
    assert customer.status == Customer.Status.FROZEN
    assert BUTTON in page(as_owner, reversed_one)
    doubt = PaymentDoubt.objects.get(reason="reversed", closed_at=None)
    for address in (
        reverse("staff_doubt", args=[doubt.pk]),
        reverse("staff_payment", args=[reversed_one.pk]),
    ):
        assert BUTTON in as_owner.get(address).content.decode()


def by_payment(customer, amount):
    paying.paid(customer=customer, amount=amount)


def by_hand(customer, amount):
    ledger.adjust(customer, Decimal(amount), cause=f"x{amount}", reason="Sorry", actor="boss")


@pytest.mark.parametrize("cover", [by_payment, by_hand])
def test_whatever_covered_it_the_customer_is_put_before_a_person(reversed_one, cover):
    looked_at()

    cover(reversed_one.customer, "18.99")
    asked_early = payments.ask_about_covered()
    cover(reversed_one.customer, "1.01")
    asked = payments.ask_about_covered()

    assert (asked_early, asked) == (0, 1)
    (told,) = evidence()
    assert "the balance is 0" in told


def test_who_is_kept_frozen_after_a_look_is_not_asked_about_again(reversed_one):
    won(reversed_one)
    looked_at()
    assert payments.ask_about_covered() == 1
    looked_at()

    assert payments.ask_about_covered() == 0


def test_a_person_lets_them_go_on_with_a_reason_and_a_line_in_the_trail(as_owner, reversed_one):
    won(reversed_one)

    form = {"status": "active", "reason": "What they owed is covered again."}
    as_owner.post(reverse("staff_status", args=[reversed_one.customer_id]), form)

    customer = Customer.objects.get(pk=reversed_one.customer_id)
    assert customer.status == Customer.Status.ACTIVE
    entry = AuditEntry.objects.get(action="customer.status")
    assert (entry.old, entry.reason) == ({"status": "frozen"}, form["reason"])
    assert WHY not in page(as_owner, reversed_one)


def test_who_was_frozen_by_staff_is_nobodys_question(as_owner):
    payment = paying.paid()
    Customer.objects.update(status=Customer.Status.FROZEN)
    paying.say(payment, refunded=Decimal(5), now=NOW + MINUTE)

    paying.say(payment, refunded=Decimal(0), now=NOW + 2 * MINUTE)

    assert payments.ask_about_covered() == 0
    assert evidence() == []
    assert WHY not in page(as_owner, payment)


def test_who_may_not_change_customers_reads_it_without_the_button(as_finance, reversed_one):
    won(reversed_one)

    text = page(as_finance, reversed_one)

    assert WHY in text
    assert BUTTON not in text
