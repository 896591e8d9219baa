"""Promo codes that can give much wait for a second person, by the most that they can give."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from orders import payments
from orders.models import PromoCode
from panel.backoffice.approvals import deciding
from panel.models import AuditEntry, FundsRequest, Storefront
from tests import make
from tests.orders.races import while_it_waits
from tests.panel.backoffice.conftest import log_in, person
from tests.panel.backoffice.two_people import confirmed_by, decide, make_promo
from tests.panel.paying import pay

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


@pytest.mark.parametrize("uses", ["11", ""])
def test_a_code_that_can_give_much_waits(asker, second, uses):
    make_promo(asker, uses_max=uses)
    promo, row = PromoCode.objects.get(), FundsRequest.objects.get()
    before = (promo.is_active, row.is_waiting)
    log_in(asker).post(reverse("staff_switch_promo", args=[promo.pk]))
    promo.refresh_from_db()
    assert (*before, promo.is_active) == (False, True, False)

    page = decide(second, "confirm", row)

    promo.refresh_from_db()
    assert page.status_code == 200
    assert promo.is_active
    assert AuditEntry.objects.filter(action="promo.release", user=second).count() == 1


def test_a_code_that_gives_little_is_good_at_once(asker):
    make_promo(asker)

    assert PromoCode.objects.get().is_active


def make_share(user, percent="10", **changes):
    return make_promo(user, **({"fixed": "", "percent": percent, "uses_max": "10"} | changes))


def test_a_percentage_is_reckoned_by_the_greatest_payment_that_is_offered(asker):
    pay.method(max_amount=100), pay.method(max_amount=99_999, is_active=False)

    make_share(asker)
    small = PromoCode.objects.get()
    make_share(asker, "10.001", code="LAUNCH-2")

    assert (small.is_active, small.most) == (True, 10)
    row = FundsRequest.objects.get(state=State.WAITING)
    assert row.amount == Decimal("100.01")
    assert row.reason == "Launch · LAUN… · 10.001 % (≤ 10.001) × 10"
    assert not PromoCode.objects.latest("pk").is_active


def test_a_percentage_counts_by_the_methods_that_it_is_for(asker):
    cheap, _dear = pay.method(max_amount=100), pay.method(max_amount=10_000)

    make_share(asker, methods=[cheap.pk])

    assert PromoCode.objects.get().is_active


def test_a_percentage_counts_by_its_own_most(asker):
    pay.method(max_amount=10_000)

    make_share(asker, "100", most="10")
    make_share(asker, "100", most="10.01", code="LAUNCH-2")

    assert list(PromoCode.objects.order_by("pk").values_list("is_active", flat=True)) == [
        True,
        False,
    ]


@pytest.mark.parametrize("changes", [{"uses_max": ""}, {"uses_max": "1", "percent": "0.001"}])
def test_a_percentage_without_a_bound_waits(asker, second, changes):
    """Without a limit of uses, or before anybody can pay in."""
    if not changes["uses_max"]:
        pay.method(max_amount=1)
    make_share(asker, **changes)
    promo, row = PromoCode.objects.get(), FundsRequest.objects.get()
    assert (promo.is_active, row.is_waiting) == (False, True)

    decide(second, "confirm", row)

    promo.refresh_from_db()
    assert promo.is_active


def test_greater_payments_later_do_not_make_a_code_give_more_than_was_reckoned(asker):
    way = pay.by_hand(max_amount=100)
    make_share(asker, "50", uses_max="2")
    way.max_amount = 10_000
    way.save(update_fields=["max_amount"])

    payment = pay.opened(make.customer(balance="0"), way, "10000", promo_code="LAUNCH-1")
    payments.confirm(payment.pk, actor="ann", now=timezone.now())

    payment.refresh_from_db()
    assert (payment.status, payment.bonus) == ("settled", 50)


def test_a_fixed_amount_has_no_most(asker):
    page = make_promo(asker, most="5")

    assert page.context["form"].errors["most"]
    assert not PromoCode.objects.exists()


def test_a_code_that_was_turned_down_stays_closed(asker, second):
    make_promo(asker, uses_max="11")
    decide(second, "turn_down", FundsRequest.objects.get(), answer="No")
    promo = PromoCode.objects.get()

    log_in(second).post(reverse("staff_switch_promo", args=[promo.pk]))

    promo.refresh_from_db()
    assert not promo.is_active
    with pytest.raises(IntegrityError, match="released_first"), transaction.atomic():
        PromoCode.objects.update(is_active=True)


def test_without_an_amount_a_code_without_a_limit_is_good_at_once(asker):
    Storefront.objects.update(second_person_above=None)

    make_promo(asker, uses_max="")

    assert PromoCode.objects.get().is_active


@pytest.mark.django_db(transaction=True)
def test_two_who_confirm_a_code_at_once_open_it_once(asker, second):
    make_promo(asker, uses_max="11")
    row, third = FundsRequest.objects.get(), person("finance")

    with while_it_waits(confirmed_by(third, row)) as other:
        confirmed_by(second, row)()

    assert isinstance(other.exception(), deciding.NotWaiting)
    assert AuditEntry.objects.filter(action="promo.release").count() == 1
