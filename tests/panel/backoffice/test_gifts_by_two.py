"""What makes money out of nothing, above an amount, wants a second person: vouchers, a higher
credit limit."""

import csv
import io
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from orders.models import Voucher, VoucherBatch
from orders.payments import CodeRefused, vouchers
from panel.backoffice.approvals import deciding
from panel.backoffice.approvals.moving import WINDOW
from panel.models import AuditEntry, FundsRequest, Storefront
from tests import make
from tests.orders.races import together, while_it_waits
from tests.panel.backoffice.conftest import log_in, person
from tests.panel.backoffice.two_people import confirmed_by, decide, make_vouchers, set_terms

pytestmark = pytest.mark.django_db
State = FundsRequest.State


@pytest.fixture(autouse=True)
def _limit(db):
    Storefront.objects.update_or_create(pk=1, defaults={"second_person_above": Decimal(100)})


@pytest.fixture
def asker(db):
    return person("finance")


@pytest.fixture
def second(db):
    return person("owner")


def is_file(answer):
    return answer.headers.get("Content-Disposition", "").startswith("attachment")


def codes_in(answer):
    return [row["Code"] for row in csv.DictReader(io.StringIO(b"".join(answer).decode()))]


def fetch(user, batch):
    return log_in(user).post(reverse("staff_voucher_codes", args=[batch.pk]))


def page_of(user, batch):
    return log_in(user).get(reverse("staff_vouchers", args=[batch.pk])).content.decode()


def waiting_batch(asker, **changes):
    make_vouchers(asker, **({"count": "3", "amount": "50"} | changes))
    return VoucherBatch.objects.get(), FundsRequest.objects.get(state=State.WAITING)


def is_closed_for_good(user, batch):
    """Neither switched on, nor with codes to fetch."""
    log_in(user).post(reverse("staff_switch_vouchers", args=[batch.pk]))
    answer = fetch(user, batch)
    batch.refresh_from_db()
    return not (batch.is_active or is_file(answer) or batch.vouchers.exists())


def test_up_to_the_amount_one_person_makes_vouchers_and_gets_the_codes(asker):
    answer = make_vouchers(asker, count="2", amount="50")

    assert len(codes_in(answer)) == 2
    assert VoucherBatch.objects.get().is_active


def test_a_form_that_is_sent_twice_makes_one_batch(asker):
    token = str(uuid.uuid4())
    first = make_vouchers(asker, token=token)
    again = make_vouchers(asker, token=token)

    assert is_file(first)
    assert not is_file(again)
    assert (VoucherBatch.objects.count(), Voucher.objects.count()) == (1, 3)
    assert AuditEntry.objects.filter(action="vouchers.make").count() == 1


def test_without_the_mark_of_the_form_nothing_is_made(asker):
    make_vouchers(asker, token="")

    assert not VoucherBatch.objects.exists()


def test_much_waits_closed_and_without_a_single_code(asker):
    answer = make_vouchers(asker, count="3", amount="50")

    batch, row = VoucherBatch.objects.get(), FundsRequest.objects.get()
    assert not is_file(answer)
    assert (row.state, row.amount, row.subject_id) == (State.WAITING, 150, batch.pk)
    assert not batch.is_active
    assert not Voucher.objects.exists()
    page = page_of(asker, batch)
    assert "waits for a second person" in page
    assert reverse("staff_voucher_codes", args=[batch.pk]) not in page
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "vouchers.make",
        "funds.asked",
    ]


def test_what_waits_cannot_be_switched_on_nor_its_codes_fetched(asker, second):
    batch, _row = waiting_batch(asker)

    assert is_closed_for_good(asker, batch)
    assert is_closed_for_good(second, batch)


def test_the_database_opens_nothing_that_was_not_released(asker):
    batch, _row = waiting_batch(asker)

    with pytest.raises(IntegrityError, match="released_first"), transaction.atomic():
        VoucherBatch.objects.filter(pk=batch.pk).update(is_active=True)


def test_nobody_confirms_vouchers_of_their_own(asker):
    batch, row = waiting_batch(asker)

    decide(asker, "confirm", row)

    assert is_closed_for_good(asker, batch)


def test_support_neither_confirms_nor_fetches(asker):
    batch, row = waiting_batch(asker)
    support = person("support")

    assert decide(support, "confirm", row).status_code == 403
    assert fetch(support, batch).status_code == 403
    row.refresh_from_db()
    assert row.is_waiting


def test_once_confirmed_the_codes_are_handed_out_once_and_can_be_redeemed(asker, second):
    batch, row = waiting_batch(asker)
    decide(second, "confirm", row)
    ann = make.customer(balance="0")

    first, again = fetch(asker, batch), fetch(asker, batch)

    told = codes_in(first)
    assert len(told) == batch.vouchers.count() == 3
    assert not is_file(again)
    vouchers.redeem(ann, told[0], now=timezone.now())
    ann.refresh_from_db()
    assert ann.balance == 50
    trail = AuditEntry.objects.order_by("pk").values_list("action", "user__email")
    assert list(trail) == [
        ("vouchers.make", asker.email),
        ("funds.asked", asker.email),
        ("vouchers.release", second.email),
        ("funds.confirmed", second.email),
        ("vouchers.codes", asker.email),
    ]


def test_what_was_turned_down_stays_closed(asker, second):
    batch, row = waiting_batch(asker)

    decide(second, "turn_down", row, answer="Too many")
    decide(second, "confirm", row)

    assert is_closed_for_good(asker, batch)
    assert "stay closed" in page_of(asker, batch)


def test_what_lapsed_stays_closed(asker, second):
    batch, row = waiting_batch(asker)

    with time_machine.travel(row.lapses_at + timedelta(seconds=1)):
        decide(second, "confirm", row)

        assert is_closed_for_good(asker, batch)
        assert "stay closed" in page_of(asker, batch)


def test_much_is_not_cut_into_small_batches(asker, second):
    make_vouchers(asker, count="1", amount="60")
    make_vouchers(asker, count="1", amount="60")
    make_vouchers(second, count="1", amount="60")

    assert FundsRequest.objects.get(state=State.WAITING).asked_by == asker
    assert VoucherBatch.objects.filter(is_active=True).count() == 2
    with time_machine.travel(timezone.now() + WINDOW + timedelta(minutes=1)):
        assert is_file(make_vouchers(asker, count="1", amount="60"))


@pytest.mark.django_db(transaction=True)
def test_two_who_confirm_vouchers_at_once_open_them_once(asker, second):
    batch, row = waiting_batch(asker)
    third = person("finance")

    with while_it_waits(confirmed_by(third, row)) as other:
        confirmed_by(second, row)()

    assert isinstance(other.exception(), deciding.NotWaiting)
    batch.refresh_from_db()
    assert batch.is_active
    assert AuditEntry.objects.filter(action="vouchers.release").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_fetch_the_codes_at_once_get_one_file(asker, second):
    batch, row = waiting_batch(asker)
    decide(second, "confirm", row)

    with while_it_waits(lambda: vouchers.tell_codes(batch.pk)) as other:
        vouchers.tell_codes(batch.pk)

    assert isinstance(other.exception(), CodeRefused)
    assert batch.vouchers.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_double_click_on_making_vouchers_makes_one_batch(asker):
    token, client = str(uuid.uuid4()), log_in(asker)
    form = {"title": "Fair", "amount": "5", "count": "3", "token": token}

    answers = together([lambda: client.post(reverse("staff_new_vouchers"), form)] * 4)

    assert [is_file(answer) for answer in answers].count(True) == 1
    assert (VoucherBatch.objects.count(), Voucher.objects.count()) == (1, 3)


def limit_of(customer):
    customer.refresh_from_db()
    return customer.credit_limit


def test_credit_up_to_the_amount_is_given_at_once(asker):
    ann = make.customer(balance="0")

    set_terms(asker, ann, "100")

    assert limit_of(ann) == 100
    entry = AuditEntry.objects.get()
    assert (entry.old, entry.new) == ({"credit_limit": "0"}, {"credit_limit": "100"})


def test_more_credit_waits_while_the_other_terms_are_kept(asker, second):
    ann = make.customer(balance="0")

    set_terms(asker, ann, "101", discount="5")

    row = FundsRequest.objects.get()
    assert limit_of(ann) == 0
    assert ann.discount == 5
    assert row.is_waiting
    decide(asker, "confirm", row)
    assert limit_of(ann) == 0
    decide(second, "confirm", row)
    assert limit_of(ann) == 101
    line = AuditEntry.objects.get(action="customer.terms", user=second)
    assert line.new == {"credit_limit": "101", "asked_by": asker.email}


def test_credit_is_not_raised_in_pieces_and_can_always_be_lowered(asker):
    ann = make.customer(balance="0")
    set_terms(asker, ann, "60")
    set_terms(asker, ann, "120")
    assert limit_of(ann) == 60

    set_terms(asker, ann, "0")

    assert limit_of(ann) == 0
    assert FundsRequest.objects.filter(state=State.WAITING).count() == 1


def test_terms_that_are_sent_twice_ask_once(asker):
    ann, token = make.customer(balance="0"), str(uuid.uuid4())

    for _ in range(2):
        set_terms(asker, ann, "500", token=token)

    assert FundsRequest.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_confirm_credit_at_once_raise_it_once(asker, second):
    ann = make.customer(balance="0")
    set_terms(asker, ann, "500")
    row, third = FundsRequest.objects.get(), person("finance")

    with while_it_waits(confirmed_by(third, row)) as other:
        confirmed_by(second, row)()

    assert isinstance(other.exception(), deciding.NotWaiting)
    assert limit_of(ann) == 500
