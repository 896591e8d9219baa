"""The value of a rule as it is kept: what it will be compared with, nothing else."""

import re
from collections.abc import Callable

from django.utils.translation import gettext as _

from orders.policy.addresses import read_address
from orders.policy.decoding import decoded
from orders.policy.folding import fold, spaced, tokens
from orders.policy.hosts import canonical_host, in_numbers
from orders.policy.rules import ANY, Kind

VALUE_MAX = 200
PART_LEAST = 2
LINK_PART_LEAST = 3

_START = re.compile(r"(?:https?:/*|//)?(?:www\.)?", re.IGNORECASE)
_MANY = re.compile(r"\*+")


class UnusableValue(Exception):
    """This would refuse nothing, or nearly everything."""


def canonical(kind: str, value: str) -> str:
    """``value`` as people write it, as it is compared. Raises UnusableValue."""
    if "\0" in value or len(value) > VALUE_MAX:
        raise UnusableValue(_("At most %(limit)s characters.") % {"limit": VALUE_MAX})
    read = _READERS.get(kind)
    found = read(value.strip()) if read else ""
    if len(found) > VALUE_MAX:
        raise UnusableValue(_("At most %(limit)s characters.") % {"limit": VALUE_MAX})
    return found


def _host(value: str) -> str:
    address = read_address(value.removeprefix("*."))
    host = canonical_host(address.text.partition("/")[0]).removeprefix("www.")
    if "." not in host or any(not label for label in host.split(".")) or ANY in host:
        raise UnusableValue(_("Enter a website such as example.com."))
    return in_numbers(host) or host


def _link_part(value: str) -> str:
    found = _in_link(value)
    if len(found) < LINK_PART_LEAST:
        raise UnusableValue(_("Enter at least %(least)s characters.") % {"least": LINK_PART_LEAST})
    return found


def _pattern(value: str) -> str:
    found = _MANY.sub(ANY, _in_link(value)).rstrip("/")
    if len(found.replace(ANY, "")) < LINK_PART_LEAST:
        text = _("Enter at least %(least)s characters beside the stars.")
        raise UnusableValue(text % {"least": LINK_PART_LEAST})
    return found


def _in_link(value: str) -> str:
    """As the text of an address has it: no scheme, no ``www.``, no codes, no blanks."""
    return "".join(_START.sub("", fold(decoded(value)), count=1).split())


def _word(value: str) -> str:
    found = " ".join(tokens(fold(value)))
    if len(found) < PART_LEAST:
        raise UnusableValue(
            _("Enter a word of at least %(least)s letters.") % {"least": PART_LEAST}
        )
    return found


def _word_part(value: str) -> str:
    found = spaced(fold(value))
    if len(found) < PART_LEAST:
        raise UnusableValue(_("Enter at least %(least)s characters.") % {"least": PART_LEAST})
    return found


_READERS: dict[str, Callable[[str], str]] = {
    Kind.HOST: _host,
    Kind.LINK_PART: _link_part,
    Kind.LINK_PATTERN: _pattern,
    Kind.WORD: _word,
    Kind.WORD_PART: _word_part,
}
