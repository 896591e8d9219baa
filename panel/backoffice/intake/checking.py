"""The dry run: what each line of a file means, and what is wrong with it, naming the field."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from orders.countries import COUNTRIES
from orders.money import MONEY_PLACES, ZERO
from panel.backoffice.intake.columns import FIELDS, cell_of
from panel.backoffice.intake.reading import CELL_MAX, Row
from panel.models import User

BALANCE_MAX = Decimal(1_000_000_000)
NAME_MAX, GROUP_MAX, EMAIL_MAX = 200, 50, 254
DISCOUNT_PLACES = 3
EMAILS_PER_QUERY = 2_000
_KNOWN_COUNTRIES = frozenset(COUNTRIES)


@dataclass(slots=True)
class Checked:
    """One line as it will be taken in, and its problems: each begins with the field's name."""

    row: Row
    email: str = ""
    name: str = ""
    balance: Decimal = ZERO
    discount: Decimal = ZERO
    country: str = ""
    group: str = ""
    problems: list[str] = field(default_factory=list)

    def wrong(self, code: str, text: str) -> None:
        label = next(one.label for one in FIELDS if one.code == code)
        self.problems.append(f"{label}: {text}")


def checked(rows: Sequence[Row], columns: Mapping[str, int], *, mark: str) -> list[Checked]:
    """Every row tried: by itself, against the rows above it, and against who is here already."""
    lines = [_read(row, columns, mark=mark) for row in rows]
    taken = _taken({line.email for line in lines if line.email})
    first: dict[str, int] = {}
    for line in lines:
        if not line.email:
            continue
        if line.email in first:
            line.wrong("email", _("the same as in line %s") % first[line.email])
        elif line.email in taken:
            line.wrong("email", _("somebody here has this address already"))
        first.setdefault(line.email, line.row.number)
    return lines


def _read(row: Row, columns: Mapping[str, int], *, mark: str) -> Checked:
    line = Checked(row)
    if any(len(cell) > CELL_MAX for cell in row.cells):
        line.problems.append(_("A cell is longer than %s characters.") % CELL_MAX)
        return line
    texts = {one.code: cell_of(row.cells, columns, one.code) for one in FIELDS}
    _read_email(line, texts["email"])
    line.name = _plain(line, "name", texts["name"], NAME_MAX) or line.email
    line.group = _plain(line, "group", texts["group"], GROUP_MAX)
    _read_country(line, texts["country"])
    line.balance = _number(line, "balance", texts["balance"], mark, MONEY_PLACES, BALANCE_MAX)
    percent = texts["discount"].removesuffix("%").strip()
    most = Decimal("99.999")
    line.discount = _number(line, "discount", percent, mark, DISCOUNT_PLACES, most)
    return line


def _read_email(line: Checked, text: str) -> None:
    email = text.lower()
    if not email:
        line.wrong("email", _("it is missing"))
        return
    try:
        validate_email(email)
    except ValidationError:
        line.wrong("email", _("“%s” is no address") % text[:100])
        return
    if len(email) > EMAIL_MAX:
        line.wrong("email", _("at most %s characters") % EMAIL_MAX)
        return
    line.email = email


def _read_country(line: Checked, text: str) -> None:
    code = text.upper()
    if code and code not in _KNOWN_COUNTRIES:
        line.wrong("country", _("“%s” is no code of two letters, as DE or US") % text[:40])
        return
    line.country = code


def _plain(line: Checked, code: str, text: str, most: int) -> str:
    """A text without control characters."""
    text = "".join(sign for sign in text if unicodedata.category(sign)[0] != "C")
    if len(text) > most:
        line.wrong(code, _("at most %s characters") % most)
        return ""
    return text


def _number(
    line: Checked, code: str, text: str, mark: str, places: int, most: Decimal
) -> Decimal:  # fmt: skip
    """Digits and one decimal mark, nothing else: what could be read in two ways is refused."""
    if not text:
        return ZERO
    found = re.fullmatch(rf"([0-9]{{1,15}})(?:{re.escape(mark)}([0-9]{{1,{places}}}))?", text)
    if found is None:
        line.wrong(code, _hint(text, mark, places))
        return ZERO
    number = Decimal(f"{found[1]}.{found[2] or 0}")
    if number > most:
        line.wrong(code, _("at most %s") % most)
        return ZERO
    return number


def _hint(text: str, mark: str, places: int) -> str:
    if text.startswith("-"):
        return _("“%s” is below zero") % text[:40]
    shown = {"text": text[:40], "example": f"1234{mark}50", "places": places}
    return (
        _("“%(text)s” cannot be read: write it as %(example)s, at most %(places)s decimals") % shown
    )


def _taken(emails: set[str]) -> set[str]:
    """Those of the addresses that log somebody in already, or are being confirmed."""
    found: set[str] = set()
    for some in _some_at_a_time(sorted(emails)):
        found.update(User.objects.filter(email__in=some).values_list("email", flat=True))
        found.update(EmailAddress.objects.filter(email__in=some).values_list("email", flat=True))
    return found


def _some_at_a_time(emails: Sequence[str]) -> Iterator[Iterable[str]]:
    for begin in range(0, len(emails), EMAILS_PER_QUERY):
        yield emails[begin : begin + EMAILS_PER_QUERY]
