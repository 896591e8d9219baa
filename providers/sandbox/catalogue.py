"""What the sandbox sells: a price list of any size in the shape of real ones."""

import json
import random
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

PARTIAL_SHARE = Decimal("0.6")


@dataclass(frozen=True, slots=True)
class OrderType:
    """Which parameters `add` needs, and what is billed: `quantity`, the lines of a field, or 1."""

    needs: tuple[str, ...]
    counts: str = "quantity"
    is_package: bool = False


TYPES: dict[str, OrderType] = {
    "Default": OrderType(("link", "quantity")),
    "Package": OrderType(("link",), counts="", is_package=True),
    "SEO": OrderType(("link", "quantity", "keywords")),
    "Custom Comments": OrderType(("link", "comments"), counts="comments"),
    "Mentions": OrderType(("link", "quantity", "usernames")),
    "Mentions with Hashtags": OrderType(("link", "quantity", "usernames", "hashtags")),
    "Mentions Custom List": OrderType(("link", "usernames"), counts="usernames"),
    "Mentions Hashtag": OrderType(("link", "quantity", "hashtag")),
    "Mentions User Followers": OrderType(("link", "quantity", "username")),
    "Mentions Media Likers": OrderType(("link", "quantity", "media")),
    "Subscriptions": OrderType(("username", "min", "max", "delay"), counts="max"),
    "Custom Comments Package": OrderType(("link", "comments"), counts="", is_package=True),
    "Poll": OrderType(("link", "quantity", "answer_number")),
    "Invites from Groups": OrderType(("link", "quantity", "groups")),
    "Comment Likes": OrderType(("link", "quantity", "username")),
    "Comment Replies": OrderType(("link", "username", "comments"), counts="comments"),
    "Web Traffic": OrderType(("link", "quantity", "country", "device", "type_of_traffic")),
    "Custom Data": OrderType(("link", "quantity", "custom_data")),
}

_SUBJECTS = (
    *("Article", "Podcast", "Video", "Playlist", "Photo", "Livestream", "Newsletter", "App"),
    *("Web shop", "Landing page", "Blog", "Forum", "Map entry", "Event", "Radio show", "Course"),
)
_MEASURES = ("views", "visits", "plays", "reach", "saves", "shares", "mentions", "readers")
_REGIONS = ("Worldwide", "Europe", "North America", "Latin America", "Asia", "Africa", "Oceania")
_GRADES = ("Starter", "Standard", "Plus", "Premium", "Gradual", "Fast start")


@dataclass(frozen=True, slots=True)
class Service:
    """One service, and how its orders end: completed, partial or canceled."""

    id: int
    name: str
    type: str
    category: str
    rate: Decimal
    min: int
    max: int
    refill: bool
    cancel: bool
    dripfeed: bool
    plan: str

    def row(self) -> dict[str, Any]:
        return {
            "service": self.id,
            "name": self.name,
            "type": self.type,
            "category": self.category,
            "rate": format(self.rate, "f"),
            "min": str(self.min),
            "max": str(self.max),
            "refill": self.refill,
            "cancel": self.cancel,
            "dripfeed": self.dripfeed,
            "desc": f"{self.name}. Starts within an hour, no password needed.",
            "average_time": f"{self.id % 23 + 1} hours",
        }


class Catalogue:
    """`size` services, the same for the same seed. Number 1 to 18 are one of each type."""

    def __init__(self, size: int, *, seed: int = 1) -> None:
        self.services = {number: _service(number, seed) for number in range(1, size + 1)}

    @cached_property
    def rows_json(self) -> bytes:
        return json.dumps(self.rows()).encode()

    def rows(self) -> list[dict[str, Any]]:
        return [service.row() for service in self.services.values()]

    def find(self, text: str) -> Service | None:
        return self.services.get(int(text)) if text.isascii() and text.isdigit() else None


def _service(number: int, seed: int) -> Service:
    chance = random.Random(seed * 1_000_003 + number)  # noqa: S311  # repeatable, not secret
    kind = _type(number, chance)
    subject, region = chance.choice(_SUBJECTS), chance.choice(_REGIONS)
    is_package = TYPES[kind].is_package
    return Service(
        id=number,
        name=f"{subject} {chance.choice(_MEASURES)} · {region} · {chance.choice(_GRADES)}",
        type=kind,
        category=f"{subject} promotion · {region}",
        rate=_rate(number, chance),
        min=1 if is_package or number <= len(TYPES) else chance.choice((10, 50, 100, 500)),
        max=1 if is_package else chance.choice((1_000, 10_000, 100_000, 1_000_000)),
        refill=number <= len(TYPES) or chance.random() < 0.4,
        cancel=number <= len(TYPES) or chance.random() < 0.5,
        dripfeed=kind in ("Default", "Web Traffic"),
        plan=_plan(number),
    )


def _type(number: int, chance: random.Random) -> str:
    names = list(TYPES)
    if number <= len(names):
        return names[number - 1]
    return chance.choice(names) if chance.random() < 0.25 else "Default"


def _rate(number: int, chance: random.Random) -> Decimal:
    if number == 1:
        return Decimal("0.90")
    return Decimal(chance.randint(100, 90_000)).scaleb(-chance.choice((3, 4, 5)))


def _plan(number: int) -> str:
    if number <= len(TYPES):
        return "completed"
    return {7: "partial", 13: "canceled"}.get(number % 20, "completed")
