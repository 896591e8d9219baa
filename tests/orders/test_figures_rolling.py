"""Figures are rolled up by a clock: each entry once, however often and whenever it runs."""

import random
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone

from orders import closing, figures
from orders.figures import rolling
from orders.figures.facts import NAMES
from orders.figures.spans import WINDOWS, window_to
from orders.lifecycle import Status
from orders.models import LedgerEntry, Part, RolledFigures, RolledUp
from tests import make
from tests.orders.bookkeeping import (
    customer_of,
    day_of,
    provider_of,
    random_book,
    reckoned,
    service_of,
)
from tests.orders.races import together

pytestmark = pytest.mark.django_db
DAYS = 100
KEYS = {Part.SERVICE: service_of, Part.PROVIDER: provider_of, Part.CUSTOMER: customer_of}


def roll_up_all(now):
    while figures.roll_up(now=now):
        pass


def days(period, **whose):
    """The days on which something was booked, as figures read them."""
    rows = {row.day: values(row) for row in figures.each_day(period, **whose)}
    return {day: row for day, row in rows.items() if any(row.values())}


def values(row):
    return {name: getattr(row, name) for name in NAMES}


def filled(sums):
    return {key: {name: row.get(name, 0) for name in NAMES} for key, row in sums.items()}


def moving(sums):
    """Without those of which nothing is left to tell."""
    return {key: row for key, row in filled(sums).items() if any(row.values())}


def own_day(key, subject, entry):
    return day_of(entry) if key(entry) == subject else None


@pytest.fixture(params=[1, 2, 3], ids=lambda seed: f"book-{seed}")
def book(request, monkeypatch):
    """A random book, rolled up in small steps at random moments, the last days not at all."""
    monkeypatch.setattr(rolling, "STEP_ENTRIES", 11)
    now = timezone.now()
    chance = random.Random(request.param)
    random_book(request.param, until=now, days=DAYS)
    for moment in sorted(now - timedelta(days=1 + DAYS * chance.random()) for _ in range(9)):
        roll_up_all(moment)
    assert RolledUp.objects.get().until < now - timedelta(days=1)
    return now, chance


def periods(now, chance):
    yield figures.last_days(DAYS + 5, now=now)
    for _ in range(5):
        first, last = sorted(now - timedelta(days=DAYS * chance.random()) for _ in range(2))
        yield figures.Period(first.date(), last.date())


def test_the_days_of_a_random_book_sum_up_to_what_its_entries_say(book):
    for period in periods(*book):
        assert days(period) == moving(reckoned(day_of, period))


@pytest.mark.parametrize("part", KEYS)
def test_services_providers_and_customers_of_a_random_book_sum_up_to_its_entries(book, part):
    for period in periods(*book):
        rows = {row.subject: values(row) for row in figures.each_part(part, period)}
        assert rows == filled(reckoned(KEYS[part], period))


@pytest.mark.parametrize("part", KEYS)
def test_the_days_of_each_service_provider_and_customer_are_their_own(book, part):
    period = next(periods(*book))
    for subject in {KEYS[part](entry) for entry in LedgerEntry.objects.all()} - {None}:
        own = reckoned(partial(own_day, KEYS[part], subject), period)
        assert days(period, part=part, subject=subject) == moving(own)


@pytest.mark.parametrize("part", KEYS)
def test_the_last_days_are_kept_as_one_row_each_and_say_the_same(book, part):
    windows_to = RolledUp.objects.get().windows_to
    assert windows_to is not None
    for count in WINDOWS:
        period = window_to(windows_to, count)
        told = {row.subject: values(row) for row in figures.each_part(part, period)}
        assert told == filled(reckoned(KEYS[part], period))


def test_the_last_days_go_on_growing_until_midnight_and_are_made_anew_then():
    order, now = make.placed(), timezone.now()
    RolledUp.objects.create(pk=1, until=now - timedelta(days=1), windows_to=now.date())
    roll_up_all(now + timedelta(minutes=20))
    week = RolledFigures.objects.get(part=Part.SERVICE, span="7")
    assert (week.subject, week.orders) == (order.service_id, 1)

    roll_up_all(now + timedelta(days=8))

    assert not RolledFigures.objects.filter(span="7").exists()
    assert RolledFigures.objects.get(part=Part.SERVICE, span="30").orders == 1


def test_the_last_days_are_read_without_the_days_that_they_are_made_of():
    make.placed()
    later = timezone.now() + timedelta(hours=1)
    roll_up_all(later)
    RolledFigures.objects.filter(span__in=["day", "month"]).delete()

    assert figures.share(Part.SERVICE, figures.last_days(30, now=later), limit=1).total.orders == 1
    assert figures.share(Part.SERVICE, figures.last_days(29, now=later), limit=1).total.orders == 0


def test_what_customers_hold_is_what_all_days_say_together(book):
    now, _ = book
    rows = figures.per_day(days=DAYS + 5, now=now)
    held = sum(row.paid_in - row.paid_out + row.granted - row.revenue for row in rows)

    assert held == sum(LedgerEntry.objects.values_list("amount", flat=True))


def test_rolling_up_again_adds_nothing():
    make.placed()
    later = timezone.now() + timedelta(hours=1)
    roll_up_all(later)
    before = list(RolledFigures.objects.values().order_by("part", "span", "subject"))

    assert figures.roll_up(now=later) == 0
    assert list(RolledFigures.objects.values().order_by("part", "span", "subject")) == before


def test_a_refund_after_the_rolling_up_counts_once_more_on_its_own_day():
    order = make.placed()
    roll_up_all(timezone.now() + timedelta(hours=1))
    RolledUp.objects.update(until=timezone.now() - timedelta(hours=1))  # as if it was then
    RolledFigures.objects.all().delete()
    roll_up_all(timezone.now() - timedelta(minutes=30))

    closing.close(order.pk, Status.CANCELED, now=timezone.now())

    today = figures.per_day(days=1, now=timezone.now())[-1]
    assert (today.charged, today.returned) == (order.charge, order.charge)


def test_what_was_booked_within_the_last_minutes_is_not_rolled_up_yet():
    make.placed()
    now = timezone.now()

    figures.roll_up(now=now + rolling.SETTLED_AFTER - timedelta(minutes=1))
    assert not RolledFigures.objects.exists()

    roll_up_all(now + rolling.SETTLED_AFTER + timedelta(minutes=1))
    assert RolledFigures.objects.filter(part=Part.ALL, span="day").get().orders == 1


def test_more_than_somebody_can_wait_for_is_left_to_the_clock(monkeypatch):
    make.placed()
    monkeypatch.setattr(figures.reading, "LIVE_ENTRIES_MAX", 1)
    now = timezone.now()

    assert figures.known().is_late(now)
    assert figures.per_day(days=1, now=now)[-1].orders == 0

    roll_up_all(now + timedelta(hours=1))
    assert not figures.known().is_late(now)
    assert figures.per_day(days=1, now=now)[-1].orders == 1


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_takes_long_is_waited_for():
    make.placed()
    book_now = partial(make.placed, now=timezone.now())
    much_later = timezone.now() + timedelta(hours=1)

    def rolled_up_meanwhile():
        with transaction.atomic():
            make.customer(balance="0")  # it has begun, and will book at the very end
            together([partial(roll_up_all, much_later)])
            book_now()

    rolled_up_meanwhile()
    roll_up_all(much_later)

    assert figures.per_day(days=1, now=timezone.now())[-1].orders == 2


@pytest.mark.django_db(transaction=True)
def test_two_clocks_at_once_add_each_entry_once():
    make.placed()
    later = timezone.now() + timedelta(hours=1)
    figures.roll_up(now=make.NOW)

    with transaction.atomic():
        assert figures.roll_up(now=later) > 0
        assert together([partial(figures.roll_up, now=later)]) == [0]

    assert RolledFigures.objects.filter(part=Part.ALL, span="day").get().orders == 1
