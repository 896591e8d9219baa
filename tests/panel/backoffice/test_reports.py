"""Reports: figures of any period, by whom they were made, on the page and as a file."""

import csv
from datetime import UTC, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from orders import figures
from orders.figures import rolling
from panel.backoffice.reports import tables
from panel.models import AuditEntry
from tests import make
from tests.orders.bookkeeping import random_book
from tests.orders.damages import past_the_guards

pytestmark = pytest.mark.django_db
REPORTS, FILE = "/staff/reports/", "/staff/reports.csv"
BYS = ["day", "month", "service", "provider", "customer"]


def lines(client, **asked):
    text = b"".join(client.get(FILE, asked).streaming_content).decode()
    return list(csv.DictReader(text.splitlines()))


def today():
    return timezone.now().astimezone(UTC).date()


def sold(*rates):
    services = [make.service(rate=rate, listed_name=f"Visits at {rate}") for rate in rates]
    return [make.placed(service=service) for service in services]


@pytest.mark.parametrize("by", BYS)
def test_each_report_opens_on_an_empty_panel(as_owner, by):
    page = as_owner.get(REPORTS, {"by": by})

    assert page.status_code == 200
    assert page.context["table"].total.orders == 0


@pytest.mark.parametrize("by", BYS)
def test_each_report_says_the_same_of_the_whole_period(as_owner, by):
    random_book(7, until=timezone.now(), days=200)
    while figures.roll_up(now=timezone.now() - timedelta(days=20)):
        pass

    whole = as_owner.get(REPORTS, {"by": "day", "days": 365}).context["table"].total
    total = as_owner.get(REPORTS, {"by": by, "days": 365}).context["table"].total

    assert whole.orders > 0
    for name in ("orders", "charged", "returned", "cost"):
        assert getattr(total, name) == getattr(whole, name)


def test_a_service_leads_to_its_own_days(as_owner):
    cheap, dear = sold("1", "5")

    page = as_owner.get(REPORTS, {"by": "service"})
    days = as_owner.get(REPORTS, {"by": "day", "service": dear.service_id})

    first = page.context["table"].rows[0]
    assert (first.label, first.subject) == ("Visits at 5", dear.service_id)
    assert first.figures.revenue == Decimal(5)
    assert f"service={dear.service_id}".encode() in page.content
    assert days.context["table"].total.revenue == Decimal(5)
    assert b"Visits at 5" in days.content
    assert b"Visits at 1" not in days.content
    assert cheap.service_id != dear.service_id


def test_what_is_beyond_the_rows_shown_is_told_as_others(as_owner, monkeypatch):
    monkeypatch.setattr(tables, "ROWS_SHOWN", 1)
    sold("1", "2", "4")

    table = as_owner.get(REPORTS, {"by": "service"}).context["table"]

    assert [row.figures.revenue for row in table.rows] == [4]
    assert (table.others_count, table.others.revenue, table.total.revenue) == (2, 3, 7)


@pytest.mark.parametrize(
    ("sort", "rates"), [("-revenue", [4, 2, 1]), ("revenue", [1, 2, 4]), ("", [4, 2, 1])]
)
def test_a_table_is_sorted_as_asked(as_owner, sort, rates):
    sold("1", "4", "2")

    table = as_owner.get(REPORTS, {"by": "service", "sort": sort}).context["table"]

    assert [row.figures.revenue for row in table.rows] == rates


def test_days_are_shown_latest_first_until_another_column_is_chosen(as_owner):
    sold("1")

    by_day = as_owner.get(REPORTS, {"days": 7}).context["table"].rows
    by_orders = as_owner.get(REPORTS, {"days": 7, "sort": "orders"}).context["table"].rows

    assert [row.first for row in by_day] == [today() - timedelta(days=n) for n in range(7)]
    assert by_orders[-1].first == today()


def test_a_period_from_one_day_to_another_is_shown_with_both(as_owner):
    sold("1")
    ago = today() - timedelta(days=3)

    table = as_owner.get(REPORTS, {"since": str(ago), "until": str(today())}).context["table"]

    assert (table.rows[-1].first, table.rows[0].first) == (ago, today())


@pytest.mark.parametrize(
    ("since", "until"),
    [("x", ""), ("2026-02-30", ""), ("2026-03-02", "2026-03-01"), ("2024-01-01", "2026-01-01"),
     ("9999-12-31", "9999-12-31"), ("2026-01-01", "0001-01-01")],
)  # fmt: skip
def test_a_period_that_cannot_be_is_told_beside_its_fields(as_owner, since, until):
    page = as_owner.get(REPORTS, {"since": since, "until": until})

    assert b'id="period-error"' in page.content
    assert page.context["question"].period.days == 30


@pytest.mark.parametrize("by", BYS)
def test_the_oldest_days_there_are_can_be_asked_for(as_owner, by):
    asked = {"by": by, "since": "0001-01-01", "until": "2000-12-31"}

    assert as_owner.get(REPORTS, asked).context["question"].period.days == 366


@pytest.mark.parametrize("name", ["by", "sort", "days", "service", "provider", "customer"])
@pytest.mark.parametrize("value", ["x", "-x", "1e9", "9" * 99, "٣", "-"])
def test_what_makes_no_sense_is_left_out(as_owner, name, value):
    assert as_owner.get(REPORTS, {name: value}).status_code == 200


def was_booked_at(moment, entry):
    """As all that came before it."""
    with past_the_guards(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orders_ledgerentry SET created_at = %s WHERE id <= %s", [moment, entry.pk]
        )


def test_the_figures_are_compared_with_the_time_before(as_owner):
    old, _new, _newer = sold("2", "2", "1")
    was_booked_at(timezone.now() - timedelta(days=8), old.entries.get())

    cards = {card.title: card for card in as_owner.get(REPORTS, {"days": 7}).context["cards"]}

    assert (cards["Revenue"].value, cards["Revenue"].change) == (3, 50)
    assert (cards["Orders"].value, cards["Orders"].change) == (2, 100)


def test_a_file_has_every_row_with_every_digit(as_owner, monkeypatch):
    monkeypatch.setattr(tables, "ROWS_SHOWN", 1)
    sold("1.00001", "2")

    rows = lines(as_owner, by="service", sort="revenue")

    assert [(row["Name"], row["Revenue"]) for row in rows] == [
        ("Visits at 1.00001", "1.00001"),
        ("Visits at 2", "2"),
    ]
    assert rows[0]["Currency"] == "USD"


def test_a_file_of_days_has_the_quiet_ones_too(as_owner):
    sold("3")

    rows = lines(as_owner, by="day", days=7)

    assert [row["From"] for row in rows[::-1]] == [
        str(today() - timedelta(days=n)) for n in range(7)
    ]
    assert (rows[-1]["Orders"], rows[-1]["Charged"]) == ("1", "3")


def test_s5_a_name_in_the_file_cannot_become_a_formula(as_owner):
    make.placed(service=make.service(listed_name="=HYPERLINK(1)"))

    assert lines(as_owner, by="service")[0]["Name"] == "'=HYPERLINK(1)"


def test_who_took_a_report_stands_in_the_audit_trail(as_owner):
    lines(as_owner, by="customer")

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.new) == ("report.export", {"by": "customer"})


def test_a_report_says_that_its_figures_are_being_reckoned(as_owner, monkeypatch):
    sold("1")
    monkeypatch.setattr(figures.reading, "LIVE_ENTRIES_MAX", 1)

    for address in (REPORTS, reverse("staff_overview")):
        page = as_owner.get(address)
        assert b"being reckoned" in page.content
    assert as_owner.get(REPORTS).context["table"].total.orders == 0

    while figures.roll_up(now=timezone.now() + rolling.SETTLED_AFTER):
        pass
    assert b"being reckoned" not in as_owner.get(REPORTS).content
    assert as_owner.get(REPORTS).context["table"].total.orders == 1


@pytest.mark.parametrize("by", BYS)
def test_a_report_asks_no_more_of_the_database_when_there_is_more(
    as_owner, django_assert_max_num_queries, by
):
    as_owner.get(REPORTS, {"by": by})
    with django_assert_max_num_queries(25) as few:
        as_owner.get(REPORTS, {"by": by})
    asked = len(few)
    sold(*"123456789")
    with django_assert_max_num_queries(asked + 1):  # the names
        as_owner.get(REPORTS, {"by": by})


def test_a_long_time_is_drawn_whole_but_told_in_so_many_rows(as_owner):
    sold("3")

    page = as_owner.get(REPORTS, {"days": 365})

    table = page.context["table"]
    assert len(page.context["charts"]["money"]["labels"]) == 365
    assert (len(table.rows), table.others_count) == (tables.SPANS_SHOWN, 365 - tables.SPANS_SHOWN)
    assert len(lines(as_owner, by="day", days=365)) == 365
