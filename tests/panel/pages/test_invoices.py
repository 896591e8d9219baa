"""A customer's invoices: made out to what they wrote, shown alike on the page and on paper."""

from decimal import Decimal

import pytest
from django.urls import reverse

from orders import invoicing
from orders.models import Customer, Invoice, TaxRate
from tests import make, papers

pytestmark = pytest.mark.django_db
GIVEN = {
    "name": "Ann Böhm",
    "company": "Böhm & Söhne GmbH",
    "address": "Straße 1\n10115 Berlin",
    "country": "DE",
    "tax_number": "DE123",
}


@pytest.fixture
def seller(db):
    return invoicing.edit_seller(
        name="Weir Ltd.",
        address="1 River Lane\nLondon",
        tax_number="GB1",
        email="us@example.com",
        note="Thank you",
        invoices_from=make.NOW,
    )


@pytest.fixture
def paper(ann, seller):
    TaxRate.objects.create(country="DE", percent=Decimal(19), name="MwSt.")
    invoicing.edit_billing(ann.pk, invoicing.Billing(**GIVEN))
    invoicing.write_due(now=make.NOW)
    return Invoice.objects.get(customer=ann)


def test_what_was_written_into_the_form_stands_in_it_again_and_on_the_next_invoice(
    as_ann, ann, seller
):
    as_ann.post(reverse("billing"), GIVEN)

    form = as_ann.get(reverse("billing")).context["form"]
    assert form.initial == GIVEN | {"address": GIVEN["address"]}
    assert Customer.objects.get(pk=ann.pk).country == "DE"
    invoicing.write_due(now=make.NOW)
    assert Invoice.objects.get(customer=ann).buyer["company"] == GIVEN["company"]


@pytest.mark.parametrize("country", ["XX", "de", "DEU", "<b"])
def test_a_country_that_is_none_is_refused_beside_its_field(as_ann, ann, country):
    answer = as_ann.post(reverse("billing"), GIVEN | {"country": country})

    assert "invalid-feedback" in answer.content.decode()
    assert Customer.objects.get(pk=ann.pk).country == ""


def test_the_list_leads_to_the_page_and_to_the_file(as_ann, paper):
    text = as_ann.get(reverse("invoices")).content.decode()

    assert paper.label in text
    assert reverse("invoice", args=[paper.pk]) in text
    assert reverse("invoice_pdf", args=[paper.pk]) in text


def test_the_page_and_the_paper_say_the_same(as_ann, paper):
    page = as_ann.get(reverse("invoice", args=[paper.pk])).content.decode()
    answer = as_ann.get(reverse("invoice_pdf", args=[paper.pk]))

    (sheet,) = papers.pages(b"".join(answer))
    assert answer["Content-Disposition"] == f'attachment; filename="{paper.label}.pdf"'
    for said in ("Weir Ltd.", "London", "10115 Berlin", "Tax number: DE123", "$84.03", "$15.97"):
        assert said in page, said
        assert said in sheet, said
    for said in (paper.label, "MwSt. 19.00 %", "Thank you", "$100.00", "Böhm"):
        assert said in page, said
        assert said in sheet, said


def test_without_invoices_the_page_says_when_they_come(as_ann):
    assert "No invoices yet" in as_ann.get(reverse("invoices")).content.decode()


def test_s1_nobody_elses_invoice_is_shown_or_handed_out(as_bob, paper):
    for name in ("invoice", "invoice_pdf"):
        assert as_bob.get(reverse(name, args=[paper.pk])).status_code == 404
    assert paper.label not in as_bob.get(reverse("invoices")).content.decode()


def test_s3_what_is_written_on_an_invoice_is_text(as_ann, ann, seller):
    invoicing.edit_billing(ann.pk, invoicing.Billing("<script>alert(1)</script>", "", "", "", ""))
    invoicing.write_due(now=make.NOW)
    paper = Invoice.objects.get(customer=ann)

    page = as_ann.get(reverse("invoice", args=[paper.pk])).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
