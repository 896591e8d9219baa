"""Staff say who sells and which tax is in the prices, and find every invoice."""

import csv
import io
from decimal import Decimal

import pytest
from django.urls import reverse

from orders import invoicing, restoring
from orders.models import Invoice, PaperNumber, Seller, TaxRate
from panel import tasks
from panel.models import AuditEntry, Heartbeat
from panel.pager import PAGE_SIZE
from tests import make, papers

pytestmark = pytest.mark.django_db
SELLER = {
    "name": "Weir Ltd.",
    "address": "1 River Lane",
    "tax_number": "GB1",
    "email": "us@example.com",
    "note": "Thank you",
    "invoices_from": "2026-01-01T00:00",
}
TAX = {"country": "DE", "name": "MwSt.", "percent": "19", "note": ""}


@pytest.fixture
def written():
    """Two customers with an invoice each."""
    invoicing.edit_seller(**SELLER | {"invoices_from": make.NOW})
    customers = [make.customer(balance=amount) for amount in ("10", "20")]
    invoicing.write_due(now=make.NOW)
    return [Invoice.objects.get(customer=customer) for customer in customers]


def test_who_sells_is_kept_and_what_it_was_stands_in_the_audit_trail(as_owner):
    as_owner.post(reverse("staff_seller"), SELLER)
    as_owner.post(reverse("staff_seller"), SELLER | {"name": "Another Ltd."})

    assert Seller.objects.get().name == "Another Ltd."
    entry = AuditEntry.objects.filter(action="seller.edit").latest("pk")
    assert (entry.old, entry.new) == ({"name": "Weir Ltd."}, {"name": "Another Ltd."})


def test_a_seller_without_an_address_is_refused_beside_the_field(as_owner):
    answer = as_owner.post(reverse("staff_seller"), SELLER | {"address": ""})

    assert "invalid-feedback" in answer.content.decode()
    assert not Seller.objects.exists()


def test_until_somebody_said_who_sells_the_pages_say_that_no_invoice_is_written(as_owner):
    make.customer(balance="10")

    text = as_owner.get(reverse("staff_invoices")).content.decode()

    assert "nobody has said who sells" in text
    assert "1 settled payment is without one." in text


def test_a_rate_is_added_replaced_and_taken_away_and_each_is_recorded(as_owner):
    as_owner.post(reverse("staff_tax"), TAX)
    as_owner.post(reverse("staff_tax"), TAX | {"percent": "16"})
    rate = TaxRate.objects.get()
    assert rate.percent == 16

    as_owner.post(reverse("staff_remove_tax", args=[rate.pk]))

    assert not TaxRate.objects.exists()
    told = AuditEntry.objects.order_by("pk").values_list("action", "old__percent", "new__percent")
    assert list(told) == [
        ("tax.set", None, "19"),
        ("tax.set", "19", "16"),
        ("tax.remove", "16", None),
    ]


@pytest.mark.parametrize("percent", ["-1", "100", "NaN", "x", "1.2345"])
def test_a_rate_that_cannot_be_is_refused_beside_its_field(as_owner, percent):
    answer = as_owner.post(reverse("staff_tax"), TAX | {"percent": percent})

    assert "invalid-feedback" in answer.content.decode()
    assert not TaxRate.objects.exists()


@pytest.mark.parametrize("name", ["staff_seller", "staff_tax"])
def test_s15_who_logged_in_long_ago_is_asked_again(as_owner, settings, name):
    settings.STAFF_FRESH_S = 0

    answer = as_owner.post(reverse(name), SELLER | TAX)

    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert not Seller.objects.exists()
    assert not TaxRate.objects.exists()


def test_an_invoice_is_found_by_its_number_its_customer_its_kind_and_its_year(as_owner, written):
    first, second = written

    def found(**query):
        return [
            row.pk for row in as_owner.get(reverse("staff_invoices"), query).context["pager"].rows
        ]

    assert found() == [second.pk, first.pk]
    assert found(q=first.label.lower()) == [first.pk]
    assert found(q=str(second.customer_id)) == [second.pk]
    assert found(kind="credit_note") == []
    assert found(year="2026") == [second.pk, first.pk]
    assert found(year="2025") == found(q="XX-2026-1") == found(q="nonsense") == []


def test_the_pages_of_a_payment_and_of_a_customer_lead_to_their_invoices(as_finance, written):
    mine, _other = written
    pages = {
        reverse("staff_payment", args=[mine.payment_id]): f"payment={mine.payment_id}",
        reverse("staff_customer", args=[mine.customer_id]): f"q={mine.customer_id}",
    }

    for page, query in pages.items():
        address = f"{reverse('staff_invoices')}?{query}"
        assert f'href="{address}"' in as_finance.get(page).content.decode()
        assert as_finance.get(address).context["pager"].rows == [mine]
    wrong = as_finance.get(reverse("staff_invoices"), {"payment": "x"})
    assert wrong.context["pager"].rows == []


def test_staff_see_and_print_an_invoice_with_what_belongs_to_it(as_support, written):
    page = as_support.get(reverse("staff_invoice", args=[written[0].pk])).content.decode()
    (sheet,) = papers.pages(
        b"".join(as_support.get(reverse("staff_invoice_pdf", args=[written[0].pk])))
    )

    assert reverse("staff_customer", args=[written[0].customer_id]) in page
    assert written[0].label in page
    assert written[0].label in sheet


def test_s5_the_file_holds_every_invoice_oldest_first_and_no_formula(as_finance, written):
    invoicing.edit_billing(
        make.customer(balance="5").pk, invoicing.Billing("=cmd()", "", "", "", "")
    )
    invoicing.write_due(now=make.NOW)

    text = b"".join(as_finance.get(reverse("staff_invoices_csv"))).decode()

    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["Number"] for row in rows] == [f"INV-2026-00000{n}" for n in (1, 2, 3)]
    assert AuditEntry.objects.get(action="invoice.export").actor
    assert sum(Decimal(row["Total"]) for row in rows) == 35
    assert rows[2]["Name"] == "'=cmd()"


@pytest.fixture
def restored(written):
    """Numbers 3 to 5 were lost, invoice 6 was written behind them; then 7 was lost, and a note."""
    for last in (("INV-2026-000005",), ("INV-2026-000007", "CN-2026-000001")):
        numbers = [number for label in last if (number := PaperNumber.read(label))]
        restoring.after_restore(now=make.NOW, last_papers=numbers, actor="ann")
        if len(last) == 1:
            make.customer(balance="5")
            invoicing.write_due(now=make.NOW)


def test_g9_the_list_tells_which_numbers_were_lost_in_a_restore(as_support, restored):
    page = as_support.get(reverse("staff_invoices")).content.decode()

    assert "INV-2026-000003" in page
    assert "INV-2026-000005" in page
    assert "3 numbers" in page
    assert "Numbers that were lost in a restore" in page


@pytest.mark.parametrize(
    ("query", "firsts"),
    [
        ({}, [1, 7, 3]),
        ({"q": "inv-2026-000004"}, [3]),
        ({"q": "INV-2026-000006"}, []),
        ({"q": "1"}, []),
        ({"payment": "1"}, []),
        ({"kind": "credit_note"}, [1]),
        ({"year": "2025"}, []),
    ],
)
def test_g9_lost_numbers_are_found_as_papers_are(as_support, restored, query, firsts):
    answer = as_support.get(reverse("staff_invoices"), query)

    assert [line.first for line in answer.context["lost"]] == firsts


def test_g9_in_the_file_every_number_is_a_paper_or_told_as_lost(as_finance, restored):
    text = b"".join(as_finance.get(reverse("staff_invoices_csv"))).decode()

    rows = [(row["Number"], row["Note"]) for row in csv.DictReader(io.StringIO(text))]
    lost = "Lost in a restore"
    assert rows == [
        ("INV-2026-000001", ""),
        ("INV-2026-000002", ""),
        ("INV-2026-000003", lost),
        ("INV-2026-000004", lost),
        ("INV-2026-000005", lost),
        ("INV-2026-000006", ""),
        ("INV-2026-000007", lost),
        ("CN-2026-000001", lost),
    ]


def test_the_list_asks_no_more_of_the_database_when_there_are_more(
    as_owner, written, django_assert_max_num_queries
):
    with django_assert_max_num_queries(15) as few:
        as_owner.get(reverse("staff_invoices"))
    for _ in range(PAGE_SIZE):
        make.customer(balance="5")
    invoicing.write_due(now=make.NOW)

    with django_assert_max_num_queries(len(few.captured_queries)):
        as_owner.get(reverse("staff_invoices"))


def test_s15_a_rate_is_taken_away_by_somebody_who_logged_in_lately(as_owner, settings):
    rate = TaxRate.objects.create(country="DE", name="MwSt.", percent=19)
    settings.STAFF_FRESH_S = 0

    as_owner.post(reverse("staff_remove_tax", args=[rate.pk]))

    assert TaxRate.objects.exists()


def test_the_clock_writes_what_is_missing():
    invoicing.edit_seller(**SELLER | {"invoices_from": make.NOW})
    customer = make.customer(balance="10")

    tasks.write_invoices.apply(throw=True)

    assert Invoice.objects.get().customer == customer
    assert Heartbeat.objects.get(job="write_invoices").done == 1
