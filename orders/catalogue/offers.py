"""A provider's offers as we know them, and as its list says they are now: values only."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from typing import Any, NamedTuple

from providers.wire import ListedOffer


class Held(StrEnum):
    """Why an offer waits for a person, or for its provider to mend the list."""

    INVALID = "invalid"  # its row cannot be read any more
    RENUMBERED = "renumbered"  # its id seems to be another service's by now
    COST = "cost_held"  # its cost jumped


class Facts(NamedTuple):
    """What a list says of an offer. Cost in the provider's currency, as listed."""

    name: str
    category: str
    type: str
    cost: Decimal
    min: int
    max: int
    refill: bool
    cancel: bool
    dripfeed: bool
    description: str
    average_time: str


class Identity(NamedTuple):
    """What an offer was when it was last accepted, kept while it is held."""

    name: str
    category: str
    type: str
    cost: Decimal

    @classmethod
    def of(cls, facts: Facts) -> "Identity":
        return cls(facts.name, facts.category, facts.type, facts.cost)

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Identity":
        return cls(kept["name"], kept["category"], kept["type"], Decimal(kept["cost"]))

    def kept(self) -> dict[str, str]:
        """As JSON holds it: the cost is a text, never a float."""
        return {**self._asdict(), "cost": str(self.cost)}


class Known(NamedTuple):
    """An offer's row. ``is_gone``: it cannot be bought; ``is_sold``: it is a service's source."""

    id: int
    upstream_id: str
    facts: Facts
    is_gone: bool = False
    held: str = ""
    held_from: Identity | None = None
    was_imported: bool = False
    is_sold: bool = False

    @property
    def accepted(self) -> Identity:
        """What it was when it was last accepted."""
        return self.held_from or Identity.of(self.facts)


_LISTED = attrgetter(*Facts._fields)


def facts_of(listed: ListedOffer) -> Facts:
    return Facts._make(_LISTED(listed))
