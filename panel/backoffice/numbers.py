"""Numbers of orders as people paste them: one, or a whole column out of a ticket.

A pasted list leads to deeds about many. There, a number that is one of ours is ours: the order
that happens to carry the same one at a provider is only meant where the person says so.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from orders.models import Order
from orders.models.order import UPSTREAM_ID_MAX
from panel.storefront.services import number_in
from providers.models import Provider

NUMBERS_MAX = 300
SAME_ID_MAX = 50
MISSING_SHOWN = 20
HERE, THERE = "here", "there"
_BETWEEN = re.compile(r"[\s,;|]+")
_NUMBER = re.compile(rf"(?=.*[0-9])[A-Za-z0-9_-]{{1,{UPSTREAM_ID_MAX}}}")


@dataclass(frozen=True, slots=True)
class Found:
    """The orders that are meant, and the numbers that are nobody's."""

    ids: list[int]
    missing: list[str]
    left_out: int
    """Numbers behind the first NUMBERS_MAX, which nobody looked up."""

    @property
    def missing_shown(self) -> str:
        text = ", ".join(self.missing[:MISSING_SHOWN])
        return f"{text} …" if len(self.missing) > MISSING_SHOWN else text


def listed(words: str) -> list[str]:
    """The numbers in ``words``, each once, when there are several and nothing else; else none."""
    texts = [text.removeprefix("#") for text in _BETWEEN.split(words) if text]
    numbers = list(dict.fromkeys(texts))
    is_list = len(numbers) > 1 and all(_NUMBER.fullmatch(text) for text in numbers)
    return numbers if is_list else []


def look_up(listed: Sequence[str], where: str = "") -> Found:
    """The orders with these numbers, here or at a provider; ``where`` leaves one of them out."""
    numbers = listed[:NUMBERS_MAX]
    own = {} if where == THERE else _own(numbers)
    left = [text for text in numbers if text not in own]
    there = [] if where == HERE else _there(left)
    known = own.keys() | {upstream_id for _pk, upstream_id in there}
    return Found(
        ids=[*own.values(), *(pk for pk, _upstream_id in there)],
        missing=[text for text in numbers if text not in known],
        left_out=len(listed) - len(numbers),
    )


def look_up_one(words: str, where: str = "") -> list[int]:
    """Orders that have this number, here or at a provider: both are shown."""
    text = words.removeprefix("#")
    number = number_in(text)
    ids = [] if where == HERE else [pk for pk, _upstream_id in _there([text])]
    return ids if number is None or where == THERE else [number, *ids]


def _own(numbers: Sequence[str]) -> dict[str, int]:
    """By the text that was pasted: 007 is order 7."""
    read = {text: number for text in numbers if (number := number_in(text)) is not None}
    known = set(Order.objects.filter(pk__in=read.values()).values_list("pk", flat=True))
    return {text: number for text, number in read.items() if number in known}


def _there(numbers: Sequence[str]) -> list[tuple[int, str]]:
    """Number here and there; with the providers named, it is one walk along an index."""
    providers = list(Provider.objects.values_list("pk", flat=True))
    found = Order.objects.filter(provider_id__in=providers, upstream_id__in=numbers)
    rows = found.values_list("pk", "upstream_id")[: SAME_ID_MAX * len(numbers)]
    return [(pk, upstream_id or "") for pk, upstream_id in rows]
