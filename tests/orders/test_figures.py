"""Revenue, cost, profit and payments per day follow from the book, to the last digit."""

from datetime import UTC, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from orders import closing, figures, ledger
from orders.figures.facts import COLUMN_OF, SIGN
from orders.lifecycle import Status
from orders.models import LedgerEntry, Order
from orders.models.ledger import Kind
from orders.models.moments import id_around
from orders.money import ZERO
from tests import make
from tests.orders.breaking import ENTRIES, ORDERS, sql
from tests.orders.damages import past_the_guards

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def noon():
    return timezone.now().astimezone(UTC).replace(hour=12, minute=0, second=0, microsecond=0)


def bought(*, rate="2", cost="0.5", now=None):
    offer = make.offer(make.provider(), cost=Decimal(cost))
    return make.placed(service=make.service(rate=rate, offers=[offer]), now=now or timezone.now())


def let_have_happened(at, entries):
    """Time passes for entries that are in the book already."""
    ids = ",".join(str(entry.pk) for entry in entries)
    with past_the_guards():
        sql(f"UPDATE {ENTRIES} SET created_at = '{at.isoformat()}' WHERE id IN ({ids})")  # noqa: S608


def test_a_day_counts_what_was_charged_and_its_cost():
    bought()
    bought(rate="3", cost="1")

    today = figures.per_day(days=1, now=timezone.now())[-1]

    assert (today.orders, today.charged, today.returned) == (2, Decimal(5), ZERO)
    assert today.cost == Decimal("1.5")


def test_a_refund_takes_its_share_of_the_cost_back():
    order = bought(rate="2", cost="0.5")
    closing.close(order.pk, Status.PARTIAL, undelivered=250, now=timezone.now())

    today = figures.per_day(days=1, now=timezone.now())[-1]

    assert (today.charged, today.returned) == (Decimal(2), Decimal("0.5"))
    assert today.cost == Decimal("0.375")


def test_a_canceled_order_brings_nothing_and_costs_nothing():
    order = bought()
    closing.close(order.pk, Status.CANCELED, now=timezone.now())

    today = figures.per_day(days=1, now=timezone.now())[-1]

    assert (today.charged - today.returned, today.cost) == (ZERO, ZERO)


def test_a_refund_counts_on_its_own_day():
    order = bought()
    let_have_happened(noon() - DAY, LedgerEntry.objects.all())
    closing.close(order.pk, Status.CANCELED, now=timezone.now())

    before, today = figures.per_day(days=2, now=noon() + DAY / 4)

    assert (before.orders, before.charged, before.returned) == (1, Decimal(2), ZERO)
    assert (today.orders, today.charged, today.returned) == (0, ZERO, Decimal(2))


def test_money_that_is_not_of_orders_counts_by_what_it_is():
    customer = make.customer(balance="40")
    ledger.adjust(customer, Decimal(-3), cause="one", reason="Mistake", actor="boss")

    today = figures.per_day(days=1, now=timezone.now())[-1]

    assert (today.paid_in, today.paid_out, today.granted) == (Decimal(40), ZERO, Decimal(-3))


def test_every_kind_of_entry_counts_in_exactly_one_figure():
    assert set(COLUMN_OF) == set(Kind)
    assert set(COLUMN_OF.values()) == set(SIGN)


def test_days_without_orders_are_there_as_zeros():
    rows = figures.per_day(days=3, now=noon())

    assert [row.day for row in rows] == [noon().date() - n * DAY for n in (2, 1, 0)]
    assert {(row.orders, row.revenue, row.margin) for row in rows} == {(0, ZERO, None)}


@pytest.mark.parametrize(("first", "last"), [(2, 1), (0, figures.DAYS_MAX)])
def test_a_period_ends_after_its_beginning_and_is_bounded(first, last):
    today = noon().date()

    with pytest.raises(ValueError, match="no period"):
        figures.Period(today + first * DAY, today + last * DAY)


def test_the_pace_says_for_how_many_hours_a_balance_lasts():
    now = timezone.now()
    order = bought(cost="6", rate="9", now=now - timedelta(hours=3))
    sql(f"UPDATE {ORDERS} SET status = 'submitting' WHERE id = {order.pk}")  # noqa: S608

    pace = figures.paces(now=now)[order.provider_id]

    assert (pace.orders, pace.per_hour) == (1, Decimal(2))
    assert pace.hours_left(Decimal(7)) == Decimal("3.5")


def test_orders_that_cost_nothing_yet_have_no_pace():
    order = bought()

    assert order.provider_id not in figures.paces(now=timezone.now())


@pytest.mark.parametrize("rows", [0, 1, 2, 7, 40])
def test_the_first_row_since_a_moment_is_found_by_halving(rows):
    start = make.NOW
    made = [make.placed(now=start + n * DAY) for n in range(rows)]

    for n, order in enumerate(made):
        assert id_around(Order, start + n * DAY) <= order.pk
        assert id_around(Order, start + n * DAY) > (made[n - 1].pk if n else 0)
    assert id_around(Order, start + rows * DAY) == (made[-1].pk + 1 if rows else 0)
