"""An invoice or credit note as people read it: the words for the page, and the paper itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from orders.models import Invoice
from panel.papers.sheet import TITLE_PT, Column, Sheet
from panel.templatetags.weir import exact, money

Pairs = list[tuple[str, str]]
AMOUNT_MM = 45
SUM_LABEL_MM = 135
GAP_MM = 5


@dataclass(frozen=True, slots=True)
class Wording:
    """All that stands on a paper, in the reader's language; names and notes as they were frozen."""

    title: str
    label: str
    seller: list[str]
    buyer: list[str]
    facts: Pairs
    rows: Pairs
    sums: Pairs
    total: tuple[str, str]
    notes: list[str]


def wording(invoice: Invoice) -> Wording:
    """What the page and the paper say alike."""
    return Wording(
        title=str(invoice.get_kind_display()),
        label=invoice.label,
        seller=_party(invoice.seller),
        buyer=_party(invoice.buyer),
        facts=_facts(invoice),
        rows=_rows(invoice),
        sums=_sums(invoice),
        total=(_("Total"), money(invoice.gross, invoice.currency)),
        notes=[note for note in (invoice.tax_note, invoice.seller.get("note", "")) if note],
    )


def invoice_paper(invoice: Invoice, *, now: datetime) -> Iterator[bytes]:
    """The file in portions."""
    said = wording(invoice)
    sheet = Sheet(title=f"{said.title} {said.label}", issuer=invoice.seller["name"], now=now)
    sheet.heading(f"{said.title} {said.label}", size=TITLE_PT)
    sheet.ln(GAP_MM)
    for title, lines in ((_("From"), said.seller), (_("Bill to"), said.buyer)):
        sheet.heading(title)
        for line in lines:
            sheet.line_of(line)
        sheet.ln(GAP_MM)
    sheet.facts(said.facts)
    sheet.ln(GAP_MM)
    columns = (
        Column(_("What for"), SUM_LABEL_MM),
        Column(_("Amount"), AMOUNT_MM, is_number=True),
    )
    sheet.listing(columns, said.rows)
    sheet.listing((Column("", SUM_LABEL_MM), Column("", AMOUNT_MM, is_number=True)), said.sums)
    sheet.total(*said.total, label_mm=SUM_LABEL_MM)
    for note in said.notes:
        sheet.ln(GAP_MM)
        sheet.line_of(note)
    return sheet.pieces()


def _party(who: dict[str, Any]) -> list[str]:
    lines = [who.get("company", ""), who["name"], *str(who["address"]).splitlines()]
    lines += [who.get("country", ""), who.get("email", "")]
    if who["tax_number"]:
        lines.append(_("Tax number: %s") % who["tax_number"])
    return [line for line in lines if line]


def _facts(invoice: Invoice) -> Pairs:
    paid = invoice.paid
    facts = [(_("Date"), date_format(localtime(invoice.issued_at), "DATE_FORMAT"))]
    if invoice.step > 1:
        facts.append((_("To payment"), str(invoice.payment_id)))
    if paid["at"]:
        at = localtime(datetime.fromisoformat(paid["at"]))
        facts.append((_("Paid on"), date_format(at, "DATE_FORMAT")))
    facts += [
        (_("Paid by"), paid["method"]),
        (_("Paid"), money(Decimal(paid["amount"]), paid["currency"])),
        (_("Reference"), paid["reference"]),
    ]
    return facts


def _rows(invoice: Invoice) -> Pairs:
    if invoice.kind == Invoice.Kind.CREDIT_NOTE:
        what = _("Prepaid balance, taken back with its payment")
    elif invoice.step > 1:
        what = _("Prepaid balance, given back with its payment")
    else:
        what = _("Prepaid balance for services")
    rows = [(what, money(invoice.covers, invoice.currency))]
    fee = invoice.gross - invoice.covers
    if fee:
        rows.append((_("Fee for the payment"), money(fee, invoice.currency)))
    return rows


def _sums(invoice: Invoice) -> Pairs:
    if not invoice.tax_name:
        return []
    tax = _("%(name)s %(percent)s %%") % {
        "name": invoice.tax_name,
        "percent": exact(invoice.tax_percent),
    }
    return [
        (_("Net"), money(invoice.net, invoice.currency)),
        (tax, money(invoice.tax, invoice.currency)),
    ]
