"""What customers get on top, as staff set it up: bonuses, promo codes, vouchers."""

import csv
import io
import uuid
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import BonusRule, Customer, PromoCode, Voucher, VoucherBatch
from panel.models import AuditEntry
from tests import make
from tests.panel.paying import pay

pytestmark = pytest.mark.django_db


def balance(customer):
    return Customer.objects.get(pk=customer.pk).balance


def made_vouchers(client, **changes):
    form = {"title": "Fair", "amount": "5", "count": "3", "expires_at": ""}
    form |= {"token": str(uuid.uuid4())} | changes
    answer = client.post(reverse("staff_new_vouchers"), form)
    return list(csv.DictReader(io.StringIO(b"".join(answer).decode())))


def redeem(customer, code):
    client = Client()
    client.force_login(make.user(customer=customer))
    return client.post(reverse("redeem_voucher"), {"voucher": code})


def test_a_bonus_is_added_and_changed(as_owner):
    form = {"title": "Spring", "from_amount": "100", "percent": "5", "is_active": "on"}
    form |= {"starts_at": "2026-03-01T00:00", "ends_at": "2026-06-01T00:00"}
    as_owner.post(reverse("staff_new_bonus"), form | {"token": str(uuid.uuid4())})
    rule = BonusRule.objects.get()
    assert (rule.percent, rule.from_amount) == (Decimal(5), Decimal(100))
    assert rule.ends_at == datetime(2026, 6, 1, tzinfo=UTC)

    form |= {"percent": "7", "token": str(uuid.uuid4())}
    as_owner.post(reverse("staff_bonus", args=[rule.pk]), form)

    rule.refresh_from_db()
    assert rule.percent == Decimal(7)
    changed = AuditEntry.objects.get(action="bonus.edit")
    assert (changed.old, changed.new) == ({"percent": "5"}, {"percent": "7"})


def test_the_form_of_a_bonus_shows_what_there_is(as_owner):
    method = pay.by_hand()
    rule = BonusRule.objects.create(title="Ten", percent=10, from_amount=50, method=method)

    page = as_owner.get(reverse("staff_bonus", args=[rule.pk])).content.decode()

    assert f'<option value="{method.pk}" selected>' in page
    assert 'value="50"' in page


def test_a_bonus_that_ends_before_it_starts_is_refused(as_owner):
    form = {"title": "Spring", "from_amount": "0", "percent": "5", "token": str(uuid.uuid4())}
    form |= {"starts_at": "2026-03-01T00:00", "ends_at": "2026-02-01T00:00"}

    answer = as_owner.post(reverse("staff_new_bonus"), form)

    assert set(answer.context["form"].errors) == {"ends_at"}


def test_a_promo_code_is_made_kept_as_a_digest_and_switched_off(as_owner):
    way = pay.by_hand()
    form = {"title": "Launch", "code": "LAUNCH-2026", "percent": "20", "uses_max": "100"}
    form |= {"uses_per_customer_max": "1", "methods": str(way.pk)}
    as_owner.post(reverse("staff_new_promo"), form)

    promo = PromoCode.objects.get()
    assert (promo.percent, promo.uses_max, promo.fixed) == (Decimal(20), 100, 0)
    assert list(promo.methods.all()) == [way]
    for page in ("staff_bonuses", "staff_audit"):
        told = as_owner.get(reverse(page)).content.decode()
        assert "LAUNCH-2026" not in told
        assert "LAUNCH2026" not in told
    again = as_owner.post(reverse("staff_new_promo"), form)
    assert set(again.context["form"].errors) == {"code"}
    as_owner.post(reverse("staff_switch_promo", args=[promo.pk]))
    promo.refresh_from_db()
    assert not promo.is_active


@pytest.mark.parametrize(
    "given", [{"percent": "", "fixed": ""}, {"percent": "5", "fixed": "5"}, {"percent": "101"}]
)
def test_a_promo_code_gives_one_thing(as_owner, given):
    form = {"title": "x", "code": "CODE-1", "uses_per_customer_max": "1"} | given

    answer = as_owner.post(reverse("staff_new_promo"), form)

    assert "percent" in answer.context["form"].errors
    assert not PromoCode.objects.exists()


def test_vouchers_are_shown_once_redeemed_once_and_taken_back(as_owner):
    rows = made_vouchers(as_owner)
    ann, bob = make.customer(balance="0"), make.customer(balance="0")
    code = rows[0]["Code"]
    assert len({row["Code"] for row in rows}) == 3

    redeem(ann, code.lower())
    refused = redeem(bob, code)

    assert balance(ann) == Decimal(5)
    assert refused.context["voucher_form"].errors["voucher"]
    batch, voucher = VoucherBatch.objects.get(), Voucher.objects.get(redeemed_by=ann)
    page = as_owner.get(reverse("staff_vouchers", args=[batch.pk])).content.decode()
    assert code not in page
    assert ann.name in page
    back = reverse("staff_reverse_voucher", args=[voucher.pk])
    as_owner.post(back, {"reason": ""})
    assert balance(ann) == Decimal(5)
    for _ in range(2):
        as_owner.post(back, {"reason": "Stolen card."})
    assert balance(ann) == 0
    assert AuditEntry.objects.get(action="vouchers.take_back").reason == "Stolen card."


def test_vouchers_of_a_batch_that_was_switched_off_are_not_taken(as_owner):
    (row,) = made_vouchers(as_owner, count="1")
    ann = make.customer(balance="0")
    as_owner.post(reverse("staff_switch_vouchers", args=[VoucherBatch.objects.get().pk]))

    redeem(ann, row["Code"])

    assert balance(ann) == 0


def test_no_more_vouchers_are_made_at_once_than_may(as_owner):
    answer = as_owner.post(
        reverse("staff_new_vouchers"),
        {"title": "x", "amount": "5", "count": "10001", "token": str(uuid.uuid4())},
    )

    assert set(answer.context["form"].errors) == {"count"}
    assert not VoucherBatch.objects.exists()
