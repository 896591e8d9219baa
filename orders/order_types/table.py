"""ORDER_TYPES: one row for each type. Forms, the API, its page and forwarding read it."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

DELAYS_MINUTES = (
    0,
    5,
    10,
    15,
    30,
    60,
    90,
    120,
    150,
    180,
    210,
    240,
    270,
    300,
    360,
    420,
    480,
    540,
    600,
)
DEVICES = ((1, _("Desktop")), (2, _("Android")), (3, _("iOS")), (4, _("Mobile")), (5, _("All")))
TRAFFIC = ((1, _("Search keyword")), (2, _("Referrer")), (3, _("Direct")))


class Kind(StrEnum):
    """How an input is read."""

    LINK = "link"
    NUMBER = "number"
    LINES = "lines"
    TEXT = "text"
    CHOICE = "choice"
    DATE = "date"


class Billing(StrEnum):
    """What an order's units are counted from."""

    QUANTITY = "quantity"
    LINES = "lines"
    PACKAGE = "package"
    SUBSCRIPTION = "subscription"


@dataclass(frozen=True, slots=True)
class Input:
    """One thing that a type asks for, named as the protocol names it."""

    name: str
    kind: Kind
    label: Any
    help: Any = ""
    required: bool = True
    choices: tuple[tuple[str, Any], ...] = ()
    when: tuple[str, str] | None = field(default=None)
    """Asked, and then required, only when that other input has that value."""


@dataclass(frozen=True, slots=True)
class OrderType:
    """One row: the exact protocol string, what is asked, how it is billed."""

    title: str
    inputs: tuple[Input, ...]
    billing: Billing = Billing.QUANTITY
    counted: str = ""
    """The lines that make the quantity, for types billed by lines."""

    @property
    def code(self) -> str:
        return fold(self.title)

    @property
    def is_package(self) -> bool:
        return self.billing is Billing.PACKAGE

    @property
    def is_subscription(self) -> bool:
        return self.billing is Billing.SUBSCRIPTION

    @property
    def per(self) -> int:
        """How many pieces the rate buys: 1000, or one package."""
        return 1 if self.is_package else 1000

    @property
    def link_input(self) -> str:
        """The input that says where to deliver."""
        return self.inputs[0].name

    def parameters(self, inputs: dict[str, str]) -> dict[str, str]:
        """The ``add`` parameters of an order as a provider wants them."""
        return {item.name: inputs[item.name] for item in self.inputs if item.name in inputs}


def fold(text: str) -> str:
    """A type as it is compared: without case, blanks, underscores and hyphens."""
    return re.sub(r"[\s_-]+", "", text).casefold()


def find_type(text: str) -> OrderType | None:
    """The row for a type as anyone may spell it; None when there is no such type."""
    return _BY_CODE.get(fold(text))


LINK = Input("link", Kind.LINK, _("Link"), _("The page that is to be promoted."))
QUANTITY = Input("quantity", Kind.NUMBER, _("Quantity"))
RUNS = Input("runs", Kind.NUMBER, _("Runs"), _("How many times to deliver."), required=False)
INTERVAL = Input(
    "interval", Kind.NUMBER, _("Interval"), _("Minutes between two runs."), required=False
)
COMMENTS = Input("comments", Kind.LINES, _("Comments"), _("One on each line."))
USERNAMES = Input("usernames", Kind.LINES, _("Usernames"), _("One on each line."))
HASHTAGS = Input("hashtags", Kind.LINES, _("Hashtags"), _("One on each line."))
USERNAME = Input("username", Kind.TEXT, _("Username"))


def _choice(name: str, label: Any, options: tuple[tuple[int, Any], ...]) -> Input:
    return Input(name, Kind.CHOICE, label, choices=tuple((str(key), text) for key, text in options))


_ROWS = (
    OrderType("Default", (LINK, QUANTITY, RUNS, INTERVAL)),
    OrderType("Package", (LINK,), Billing.PACKAGE),
    OrderType(
        "SEO",
        (LINK, QUANTITY, Input("keywords", Kind.LINES, _("Keywords"), _("One on each line."))),
    ),
    OrderType("Custom Comments", (LINK, COMMENTS), Billing.LINES, "comments"),
    OrderType("Mentions", (LINK, QUANTITY, USERNAMES)),
    OrderType("Mentions with Hashtags", (LINK, QUANTITY, USERNAMES, HASHTAGS)),
    OrderType("Mentions Custom List", (LINK, USERNAMES), Billing.LINES, "usernames"),
    OrderType("Mentions Hashtag", (LINK, QUANTITY, Input("hashtag", Kind.TEXT, _("Hashtag")))),
    OrderType(
        "Mentions User Followers",
        (LINK, QUANTITY, Input("username", Kind.LINK, _("Profile address"))),
    ),
    OrderType(
        "Mentions Media Likers", (LINK, QUANTITY, Input("media", Kind.LINK, _("Media address")))
    ),
    OrderType(
        "Subscriptions",
        (
            USERNAME,
            Input("min", Kind.NUMBER, _("Least quantity"), _("For each new post.")),
            Input("max", Kind.NUMBER, _("Greatest quantity"), _("For each new post.")),
            Input(
                "posts",
                Kind.NUMBER,
                _("New posts"),
                _("Leave empty for no limit: each served post is then charged as it is served."),
                required=False,
            ),
            Input(
                "old_posts",
                Kind.NUMBER,
                _("Existing posts"),
                _("Existing posts to serve as well."),
                required=False,
            ),
            _choice("delay", _("Delay in minutes"), tuple((n, str(n)) for n in DELAYS_MINUTES)),
            Input("expiry", Kind.DATE, _("Expiry"), _("Day/month/year."), required=False),
        ),
        Billing.SUBSCRIPTION,
    ),
    OrderType("Custom Comments Package", (LINK, COMMENTS), Billing.PACKAGE),
    OrderType(
        "Poll", (LINK, QUANTITY, Input("answer_number", Kind.TEXT, _("Number of the answer")))
    ),
    OrderType(
        "Invites from Groups",
        (LINK, QUANTITY, Input("groups", Kind.LINES, _("Groups"), _("One on each line."))),
    ),
    OrderType("Comment Likes", (LINK, QUANTITY, USERNAME)),
    OrderType("Comment Replies", (LINK, USERNAME, COMMENTS), Billing.LINES, "comments"),
    OrderType(
        "Web Traffic",
        (
            LINK,
            QUANTITY,
            RUNS,
            INTERVAL,
            Input("country", Kind.TEXT, _("Country")),
            _choice("device", _("Device"), DEVICES),
            _choice("type_of_traffic", _("Type of traffic"), TRAFFIC),
            Input("google_keyword", Kind.TEXT, _("Search keyword"), when=("type_of_traffic", "1")),
            Input("referring_url", Kind.LINK, _("Referrer"), when=("type_of_traffic", "2")),
        ),
    ),
    OrderType(
        "Custom Data", (LINK, QUANTITY, Input("custom_data", Kind.TEXT, _("Further details")))
    ),
)

ORDER_TYPES: dict[str, OrderType] = {row.title: row for row in _ROWS}
_BY_CODE: dict[str, OrderType] = {row.code: row for row in _ROWS}
