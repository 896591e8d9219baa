"""The proof page: what was proven, what customers hold, and a proof when somebody asks."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from orders import ledger, proving
from orders.models import BookProof, Customer, ProofWish
from panel import tasks
from panel.models import AuditEntry
from tests import make
from tests.orders.damages import past_the_guards

pytestmark = pytest.mark.django_db
with_real_time = pytest.mark.django_db(transaction=True)  # in one transaction it stands still


def page(client):
    return client.get(reverse("staff_proof"))


def test_before_the_first_proof_the_page_says_when_it_comes(as_owner):
    text = page(as_owner).content.decode()

    assert "Not proved yet" in text


def test_the_page_shows_each_claim_and_the_sums_of_the_book(as_finance):
    make.placed(customer=make.customer(balance="100"), service=make.service(rate="1.5"))
    proving.keep(proving.prove())

    answer = page(as_finance)

    text = answer.content.decode()
    assert [str(amount) for _title, amount in answer.context["sums"]] == ["100", "-1.5"]
    assert "Every order was charged rate × units, once." in text
    assert "$98.50" in text
    assert "Settled payments" in text


def test_a_damaged_book_is_named_with_the_rows(as_owner):
    customer = make.customer(balance="100")
    with past_the_guards():
        Customer.objects.filter(pk=customer.pk).update(balance=7)
    proving.keep(proving.prove())

    text = page(as_owner).content.decode()

    assert "Damaged" in text
    assert f"customer {customer.pk}: balance 7" in text


def test_what_customers_could_spend_and_what_they_owe_are_told_apart(as_owner):
    make.customer(balance="100")
    debtor = make.customer(balance="10", credit_limit=50)
    ledger.adjust(debtor, -Decimal(40), cause="x", reason="Mistake", actor="boss")

    told = page(as_owner).context["liabilities"]

    assert [told.spendable, told.holders, told.owed, told.debtors] == [100, 1, -30, 1]
    assert told.credit == 50


def test_the_days_show_what_was_paid_in_and_what_providers_took(as_owner):
    now = timezone.now()
    offer = make.offer(make.provider(), cost=Decimal(1))
    make.placed(service=make.service(offers=[offer], rate="3"), now=now)

    today = page(as_owner).context["days"][0]

    assert [today.paid_in, today.charged, today.cost] == [100, 3, 1]


@with_real_time
def test_who_asks_for_a_proof_gets_it_from_the_next_round_of_the_clock(as_finance):
    make.customer(balance="100")
    proving.keep(proving.prove())

    as_finance.post(reverse("staff_prove"))
    waiting = page(as_finance)
    tasks.prove_book.apply(throw=True)

    assert "A worker begins within a minute" in waiting.content.decode()
    assert BookProof.objects.count() == 2
    assert ProofWish.objects.get().started_at is not None
    assert page(as_finance).context["waiting"] is None
    assert AuditEntry.objects.get().action == "book.prove"


def test_asking_twice_is_one_wish(as_owner):
    for _ in range(2):
        as_owner.post(reverse("staff_prove"))

    assert ProofWish.objects.count() == 1


@with_real_time
def test_a_proof_that_runs_is_not_begun_again_until_it_must_have_failed():
    now = timezone.now()
    proving.keep(proving.prove())
    proving.wish(actor="Ann")

    assert proving.is_due(now)
    proving.begin(now=now)
    assert not proving.is_due(now)
    assert proving.is_due(now + proving.BEGIN_AGAIN)


@with_real_time
def test_the_waiting_part_reloads_the_page_once_the_proof_is_there(as_owner):
    as_owner.post(reverse("staff_prove"))
    before = as_owner.get(reverse("staff_proof_state"))
    tasks.prove_book.apply(throw=True)
    after = as_owner.get(reverse("staff_proof_state"))

    assert ("HX-Refresh" in before, "HX-Refresh" in after) == (False, True)


def test_the_page_asks_no_more_of_the_database_when_the_book_is_longer(
    as_owner, django_assert_max_num_queries
):
    make.customer(balance="1")
    proving.keep(proving.prove())
    with django_assert_max_num_queries(22) as few:
        page(as_owner)
    for _ in range(20):
        make.customer(balance="1")

    with django_assert_max_num_queries(len(few.captured_queries)):
        page(as_owner)
