"""The statement on paper: every movement of a time with the balance after it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from orders.models import LedgerEntry
from orders.money import ZERO
from panel.papers.sheet import TITLE_PT, Column, Sheet
from panel.templatetags.weir import money, movement

NUMBER_MM, DATE_MM, WHAT_MM, AMOUNT_MM = 13, 29, 60, 39


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose statement it is, and what of it is shown."""

    customer: str
    issuer: str
    currency: str
    kind: str
    """The kind's title, empty for all kinds."""
    since: date | None
    until: date | None


def statement_paper(
    entries: Sequence[LedgerEntry], asked: Asked, *, now: datetime
) -> Iterator[bytes]:
    """The file in portions; ``entries`` of one customer, oldest first."""
    sheet = Sheet(title=_("Statement"), issuer=asked.issuer, now=now)
    sheet.heading(_("Statement"), size=TITLE_PT)
    sheet.facts(_facts(entries, asked, now))
    sheet.ln(4)
    columns = (
        Column(_("No."), NUMBER_MM),
        Column(_("Date"), DATE_MM),
        Column(_("What for"), WHAT_MM),
        Column(_("Amount"), AMOUNT_MM, is_number=True),
        Column(_("Balance"), AMOUNT_MM, is_number=True),
    )
    sheet.listing(columns, (_row(entry, asked.currency) for entry in entries))
    if not entries:
        sheet.ln(4)
        sheet.line_of(_("No movements"))
    return sheet.pieces()


def _facts(entries: Sequence[LedgerEntry], asked: Asked, now: datetime) -> list[tuple[str, str]]:
    facts = [
        (_("Customer"), asked.customer),
        (_("Period"), _period(asked)),
        (_("Kind of movement"), asked.kind),
    ]
    if entries and not asked.kind:
        before = entries[0].balance_after - entries[0].amount
        facts.append((_("Balance before"), money(before, asked.currency)))
    came, went = _sums(entries)
    facts += [
        (_("Added"), money(came, asked.currency)),
        (_("Taken"), money(went, asked.currency)),
    ]
    if entries and not asked.kind:
        facts.append((_("Balance after"), money(entries[-1].balance_after, asked.currency)))
    return [*facts, (_("Made on"), _moment(now))]


def _period(asked: Asked) -> str:
    if asked.since is None and asked.until is None:
        return _("From the beginning until now")
    since = date_format(asked.since, "DATE_FORMAT") if asked.since else "…"
    until = date_format(asked.until, "DATE_FORMAT") if asked.until else "…"
    return f"{since} – {until}"


def _sums(entries: Sequence[LedgerEntry]) -> tuple[Decimal, Decimal]:
    came = sum((entry.amount for entry in entries if entry.amount > 0), ZERO)
    went = sum((entry.amount for entry in entries if entry.amount < 0), ZERO)
    return came, went


def _row(entry: LedgerEntry, currency: str) -> tuple[str, ...]:
    what = str(entry.get_kind_display())
    if entry.order_id:
        what += " · " + _("order %(id)s") % {"id": entry.order_id}
    elif entry.reason:
        what += f" · {entry.reason}"
    return (
        str(entry.number),
        _moment(entry.created_at),
        what,
        movement(entry.amount, currency),
        money(entry.balance_after, currency),
    )


def _moment(moment: datetime) -> str:
    return date_format(localtime(moment), "SHORT_DATETIME_FORMAT")
