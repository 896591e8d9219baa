"""A bonus on payments has no end of uses: what gives more than before wants a second person."""

import uuid
from decimal import Decimal

import pytest
from django.urls import reverse

from orders.models import BonusRule
from panel.models import AuditEntry, FundsRequest, Storefront
from tests.panel.backoffice.conftest import log_in, person
from tests.panel.backoffice.two_people import decide
from tests.panel.paying import pay

pytestmark = pytest.mark.django_db
State = FundsRequest.State
FIVE = {"title": "Spring", "from_amount": "100", "percent": "5", "is_active": "on"}
FIVE |= {"starts_at": "2026-03-01T00:00", "ends_at": "2026-06-01T00:00", "method": ""}


@pytest.fixture(autouse=True)
def _limit(db):
    Storefront.objects.update_or_create(pk=1, defaults={"second_person_above": Decimal(100)})


@pytest.fixture
def asker(db):
    return person("finance")


@pytest.fixture
def second(db):
    return person("owner")


@pytest.fixture
def bank(db):
    return pay.by_hand(max_amount=1000)


@pytest.fixture
def rule(bank, asker, second):
    add(asker)
    decide(second, "confirm", FundsRequest.objects.get())
    return BonusRule.objects.get()


def add(user, **changes):
    form = FIVE | {"token": str(uuid.uuid4())} | changes
    return log_in(user).post(reverse("staff_new_bonus"), form, follow=True)


def edit(user, rule, **changes):
    form = FIVE | {"token": str(uuid.uuid4())} | changes
    return log_in(user).post(reverse("staff_bonus", args=[rule.pk]), form, follow=True)


def percent(rule):
    rule.refresh_from_db()
    return rule.percent


def test_a_new_bonus_waits_and_is_made_as_it_was_asked_for(asker, second, bank):
    page = add(asker, method=str(bank.pk))
    row = FundsRequest.objects.get()
    assert "second person" in page.content.decode()
    assert (row.state, row.amount, row.customer) == (State.WAITING, 50, None)
    assert row.reason == "Spring · 5 % × ∞ · Bank · ≥ 100 · 2026-03-01 00:00 – 2026-06-01 00:00"
    assert not BonusRule.objects.exists()

    decide(asker, "confirm", row)
    assert not BonusRule.objects.exists()
    decide(second, "confirm", row)

    made = BonusRule.objects.get()
    assert (made.method_id, made.percent) == (bank.pk, Decimal(5))
    assert made.from_amount == 100
    assert f"{made.starts_at:%Y-%m-%d} {made.ends_at:%Y-%m-%d}" == "2026-03-01 2026-06-01"
    line = AuditEntry.objects.get(action="bonus.add")
    assert (line.user, line.new["asked_by"]) == (second, asker.email)


@pytest.mark.parametrize(
    "more",
    [
        {"percent": "5.001"},
        {"from_amount": "99"},
        {"starts_at": ""},
        {"starts_at": "2026-02-01T00:00"},
        {"ends_at": ""},
        {"ends_at": "2026-07-01T00:00"},
    ],
)
def test_what_gives_more_waits_and_the_bonus_goes_on_as_it_was(asker, second, rule, more):
    edit(asker, rule, **more)

    before = BonusRule.objects.values().get()
    assert before["percent"] == 5
    row = FundsRequest.objects.get(state=State.WAITING)
    decide(second, "confirm", row)
    assert BonusRule.objects.values().get() != before


def test_a_bonus_for_one_method_is_not_given_to_all_by_one_person(asker, rule, bank):
    edit(asker, rule, method=str(bank.pk))
    assert BonusRule.objects.get().method == bank

    edit(asker, rule)

    assert BonusRule.objects.get().method == bank
    assert FundsRequest.objects.filter(state=State.WAITING).count() == 1


def test_what_gives_less_is_done_at_once_and_turned_on_again_by_two(asker, rule):
    edit(asker, rule, percent="4", title="Less")
    edit(asker, rule, percent="4", is_active="")
    assert not BonusRule.objects.get().is_active

    edit(asker, rule, percent="4")

    assert not BonusRule.objects.get().is_active
    assert FundsRequest.objects.filter(state=State.WAITING).count() == 1


def test_a_bonus_that_is_off_is_kept_at_once(asker):
    add(asker, is_active="")

    assert BonusRule.objects.get().percent == 5
    assert not FundsRequest.objects.exists()


def test_what_was_changed_meanwhile_is_not_changed_as_it_was_asked_for(asker, second, rule):
    edit(asker, rule, percent="10")
    edit(second, rule, percent="3")

    page = decide(second, "confirm", FundsRequest.objects.get(state=State.WAITING))

    assert "changed meanwhile" in page.content.decode()
    assert percent(rule) == 3


def test_without_an_amount_one_person_is_enough(asker):
    Storefront.objects.update(second_person_above=None)

    add(asker)

    assert BonusRule.objects.get().is_active


def test_a_form_that_is_sent_twice_asks_once(asker):
    token = str(uuid.uuid4())

    for _ in range(2):
        add(asker, token=token)

    assert FundsRequest.objects.count() == 1
