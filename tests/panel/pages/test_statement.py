"""The statement: filtered by kind and time, as a page, as CSV and on paper."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from orders import ledger
from orders.models import LedgerEntry
from orders.models.ledger import Kind
from panel.dashboard import statement
from tests import make, papers
from tests.orders.damages import past_the_guards

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def moved_back(entry: LedgerEntry, at: datetime) -> None:
    """As if it had been booked then."""
    with past_the_guards():
        LedgerEntry.objects.filter(pk=entry.pk).update(created_at=at)


def paper(client, **query):
    answer = client.get(reverse("statement_pdf"), query)
    assert answer["Content-Type"] == "application/pdf"
    return papers.pages(b"".join(answer))


def test_the_statement_shows_each_movement_with_the_balance_after_it(as_ann, ann):
    make.placed(customer=ann, service=make.service(rate="1.23456"), quantity=1000)

    page = as_ann.get(reverse("statement")).content.decode()

    assert "−$1.23456" in page
    assert "$98.76544" in page
    only = as_ann.get(reverse("statement"), {"kind": "top_up"})
    assert [entry.kind for entry in only.context["pager"].rows] == ["top_up"]


def test_the_days_asked_for_are_those_of_the_readers_time_zone_the_last_included(as_ann, ann):
    entries = [
        ledger.adjust(ann, Decimal(n), cause=f"x{n}", reason=f"Day {n}", actor="s") for n in (1, 2)
    ]
    as_ann.post(reverse("account"), {"language": "en", "time_zone": "Asia/Tokyo"})
    # One minute before and one after midnight of 3 May in Tokyo.
    moved_back(entries[0], datetime(2026, 5, 2, 14, 59, tzinfo=UTC))
    moved_back(entries[1], datetime(2026, 5, 2, 15, 1, tzinfo=UTC))

    rows = as_ann.get(reverse("statement"), {"from": "2026-05-03", "to": "2026-05-03"})

    assert [row.reason for row in rows.context["pager"].rows] == ["Day 2"]


@pytest.mark.parametrize("asked", ["2026-02-30", "x", "0000-01-01", "9999-12-31"])
def test_a_day_that_cannot_be_is_as_if_it_were_not_asked_for(as_ann, asked):
    answer = as_ann.get(reverse("statement"), {"from": asked, "to": asked})

    assert len(answer.context["pager"].rows) == 1


def test_the_file_holds_every_digit_and_is_complete(as_ann, ann):
    service = make.service(rate="0.00037")
    for _ in range(5):
        make.placed(customer=ann, service=service, quantity=77)

    answer = as_ann.get(reverse("statement_csv"))

    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode())))
    assert len(rows) == LedgerEntry.objects.filter(customer=ann).count() == 6
    assert sum(Decimal(row["Amount"].lstrip("'")) for row in rows) == Decimal(rows[-1]["Balance"])
    assert rows[-1]["Balance"] == "99.99985755"


def test_the_file_holds_what_the_page_was_filtered_by(as_ann, ann):
    make.placed(customer=ann)
    query = {"kind": "charge", "from": str(date(2020, 1, 1))}

    rows = list(
        csv.DictReader(io.StringIO(b"".join(as_ann.get(reverse("statement_csv"), query)).decode()))
    )

    assert [row["Kind"] for row in rows] == ["Charge"]


def test_s5_a_cell_of_the_file_is_never_a_formula(as_ann, ann):
    ledger.adjust(ann, Decimal(1), cause="x", reason="=cmd|' /C calc'!A0", actor="staff")

    text = b"".join(as_ann.get(reverse("statement_csv"))).decode()

    assert "=cmd" in text
    assert ",=cmd" not in text


def test_the_paper_shows_every_digit_and_the_balance_before_and_after(as_ann, ann):
    make.placed(customer=ann, service=make.service(rate="0.00037"), quantity=77)

    (page,) = paper(as_ann)

    assert ann.name in page
    assert "−$0.00002849" in page
    assert page.count("$99.99997151") == 2  # beside its movement, and as the balance after
    assert "Page 1 of 1" in page


def test_a_long_statement_goes_on_from_page_to_page_with_its_head(as_ann, ann):
    for n in range(60):
        ledger.adjust(ann, Decimal("0.01"), cause=f"x{n}", reason=f"Gift {n}.", actor="staff")

    pages = paper(as_ann)

    assert len(pages) > 1
    assert all("What for" in page for page in pages)
    assert "Gift 0." in pages[0]
    assert "Gift 59." in pages[-1]
    assert f"Page {len(pages)} of {len(pages)}" in pages[-1]


def test_a_long_reason_stands_on_the_paper_to_its_last_word(as_ann, ann):
    reason = "because " * 50 + "of the end"
    ledger.adjust(ann, Decimal(1), cause="x", reason=reason, actor="staff")

    (page,) = paper(as_ann, kind=Kind.ADJUSTMENT)

    assert page.count("because") == 50
    assert "of the end" in page.replace("\n", " ")


def test_more_than_a_paper_holds_is_refused_with_what_to_do(as_ann, ann, monkeypatch):
    monkeypatch.setattr(statement, "PAPER_ROWS_MAX", 1)
    make.placed(customer=ann)

    answer = as_ann.get(reverse("statement_pdf"), {"from": "2020-01-01"}, follow=True)

    assert answer.redirect_chain == [(reverse("statement") + "?from=2020-01-01", 302)]
    assert "choose a shorter time" in answer.content.decode()


def test_a_paper_in_arabic_is_set_from_the_right_with_joined_letters(as_ann, ann, caplog):
    ledger.adjust(ann, Decimal(1), cause="x", reason="هدية لك (bonus)", actor="staff")
    as_ann.post(reverse("account"), {"language": "ar", "time_zone": ""})

    (page,) = paper(as_ann)

    assert "bonus" in page
    assert "missing" not in caplog.text  # every joined form has its glyph


def test_a_paper_without_movements_says_so(as_ann):
    (page,) = paper(as_ann, to=str(timezone.now().date() - 400 * DAY))

    assert "No movements" in page


def test_s1_the_paper_holds_nobody_elses_movements(ann, as_bob):
    ledger.adjust(ann, Decimal(1), cause="gift", reason="Gift to Ann", actor="staff")

    assert "Gift to Ann" not in "".join(paper(as_bob))
