"""Which column of a file is which field of a customer: one table, and a guess from the names."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

_GROUPS_OF_THREE = re.compile(r"\d{1,3}(,\d{3})+")


@dataclass(frozen=True, slots=True)
class Field:
    """``names`` are what a column is called elsewhere, folded as by `fold`."""

    code: str
    label: Any
    names: tuple[str, ...]


FIELDS = (
    Field("email", _("E-mail address"), ("email", "mail", "emailaddress", "login", "useremail")),
    Field("name", _("Name"), ("name", "username", "user", "customer", "fullname", "client")),
    Field("balance", _("Balance"), ("balance", "funds", "credit", "wallet", "amount", "money")),
    Field("discount", _("Discount in percent"), ("discount", "discountpercent", "rebate")),
    Field("country", _("Country"), ("country", "countrycode")),
    Field("group", _("Group"), ("group", "customergroup", "level", "tier")),
)


def fold(name: str) -> str:
    """``E-Mail address`` and ``e_mail_ADDRESS`` are the same."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def guessed(header: Sequence[str]) -> dict[str, int]:
    """The column of each field whose name is known; no column serves two fields."""
    folded = [fold(name) for name in header]
    found: dict[str, int] = {}
    for field in FIELDS:
        for name in field.names:
            if name in folded and folded.index(name) not in found.values():
                found[field.code] = folded.index(name)
                break
    return found


def cell_of(cells: Sequence[str], columns: Mapping[str, int], code: str) -> str:
    """What stands in the field's column; an empty text where there is none."""
    at = columns.get(code)
    return cells[at].strip() if at is not None and at < len(cells) else ""


def guessed_mark(balances: Sequence[str]) -> str:
    """The decimal mark: a comma only where it can be nothing else, never a thousands mark."""
    with_comma = [text for text in balances if "," in text]
    if any("." in text for text in balances):
        return "."
    return "," if any(not _GROUPS_OF_THREE.fullmatch(text) for text in with_comma) else "."
