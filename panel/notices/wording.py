"""The operator's own words of an e-mail: which facts they may name, and filling them in.

A placeholder is a name in braces. Nothing else is read in a text, so no text can reach further
than the facts it is given.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from panel.models.notices import Event
from panel.models.texts import NoticeText

_PLACEHOLDER = re.compile(r"\{([^{}\s]{0,40})\}")
_OF_ORDER = ("number", "service", "link")
EXPLAINED: dict[str, Any] = {
    "number": _("number of the order"),
    "service": _("name of the service"),
    "link": _("link of the order"),
    "amount": _("amount with its currency"),
    "brand": _("name of this panel"),
}
PLACEHOLDERS: dict[str, tuple[str, ...]] = {
    Event.COMPLETED: (*_OF_ORDER, "brand"),
    Event.MONEY_BACK: ("amount", *_OF_ORDER, "brand"),
    Event.REFILLED: (*_OF_ORDER, "brand"),
    Event.FUNDS: ("amount", "brand"),
}


@dataclass(frozen=True, slots=True)
class Wording:
    """Subject and opening of an e-mail, filled in."""

    subject: str
    opening: str


def allowed(event: str) -> tuple[str, ...]:
    """The placeholders that a text about ``event`` may use."""
    return PLACEHOLDERS.get(event, ("brand",))


def unknown_placeholders(event: str, text: str) -> list[str]:
    """Those in ``text`` that nothing would be filled in for, in their order."""
    named = dict.fromkeys(_PLACEHOLDER.findall(text))
    return [name for name in named if name not in allowed(event)]


def own_wording(event: str, language: str, facts: Mapping[str, str]) -> Wording | None:
    """The operator's words in ``language``, filled with ``facts``; None for the built-in ones."""
    text = NoticeText.objects.filter(event=event, language=language).first()
    if text is None:
        return None
    return Wording(filled(text.subject, facts), filled(text.body, facts))


def filled(text: str, facts: Mapping[str, str]) -> str:
    """``text`` with its placeholders replaced, once: what a fact says is not read again."""
    return _PLACEHOLDER.sub(lambda match: facts.get(match[1], match[0]), text)
