"""Whether an offer is still the service that it was: ids are sometimes given to others."""

from collections import Counter
from collections.abc import Iterable

from orders.catalogue.offers import Facts, Identity, Known

LIKENESS_LEAST_PERCENT = 40
COMPARED_MAX = 300


def is_another(accepted: Identity, facts: Facts) -> bool:
    """Name, category and type taken together have little in common with what was accepted."""
    if facts[:3] == accepted[:3]:
        return False
    return likeness_percent(_text(*accepted[:3]), _text(*facts[:3])) < LIKENESS_LEAST_PERCENT


def likeness_percent(one: str, other: str) -> int:
    """How many pairs of neighbouring characters two texts share (Dice), 0 to 100."""
    first, second = _pairs(one), _pairs(other)
    total = first.total() + second.total()
    return 200 * (first & second).total() // total if total else 100


class Moves:
    """Tells a list whose ids were dealt out anew: a name that stood under another id before."""

    def __init__(self, known: Iterable[Known]) -> None:
        self._places: dict[tuple[str, ...], str | None] = {}
        for offer in known:
            key = offer.accepted[:3]
            # A name that several offers bear tells nothing.
            self._places[key] = None if key in self._places else offer.upstream_id

    def came_from_elsewhere(self, accepted: Identity, upstream_id: str, facts: Facts) -> bool:
        if facts.name == accepted.name:
            return False
        return self._places.get(facts[:3]) not in (None, upstream_id)


def _text(name: str, category: str, type_: str) -> str:
    return f"{name} {category} {type_}".casefold()[:COMPARED_MAX]


def _pairs(text: str) -> Counter[str]:
    words = "".join(c if c.isalnum() else " " for c in text).split()
    return Counter(word[i : i + 2] for word in words for i in range(max(len(word) - 1, 1)))
