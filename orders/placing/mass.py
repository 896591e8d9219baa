"""Many orders in one go: each line stands and falls alone, and a resubmit repeats none of them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from orders import ledger
from orders.models import Order, Service
from orders.money import ZERO
from orders.order_types import ORDER_TYPES, InvalidInputs, OrderType
from orders.placing.buying import IDEMPOTENCY_KEY_MAX, place_order
from orders.placing.quoting import OrderRefused

LINES_MAX = 500
LINE_MAX = 20_000  # characters
TOKEN_MAX = IDEMPOTENCY_KEY_MAX - len("mass::") - len(str(LINES_MAX)) - 5
SEPARATOR = "|"

_NEWLINE = re.compile(r"\r\n|\r|\n")
_SERVICE_ID = re.compile(r"[0-9]{1,18}")
_REFUSALS = (InvalidInputs, OrderRefused, ledger.InsufficientBalance, ledger.MayNotSpend)


@dataclass(frozen=True, slots=True)
class Line:
    """One line as entered: ``service | link | quantity``. ``problem`` says why it is no order.

    ``number`` counts lines from 1, empty ones too; ``rest`` is what follows the service. A line
    with a ``shown_rate`` is not placed at a dearer one.
    """

    number: int
    text: str
    service_id: int = 0
    rest: str = ""
    problem: str = ""
    shown_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """What became of a line: priced only when there is no ``order_id``, or ``problem`` says why."""

    line: Line
    charge: Decimal = ZERO
    order_id: int | None = None
    provider_id: int | None = None
    problem: str = ""
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Mass:
    """What became of all lines; ``total`` is the sum of those without a problem."""

    outcomes: tuple[LineOutcome, ...]

    @property
    def total(self) -> Decimal:
        return sum((o.charge for o in self.outcomes if not o.problem), ZERO)

    @property
    def provider_ids(self) -> set[int]:
        """Who has something to do now."""
        return {o.provider_id for o in self.outcomes if o.order_id and o.provider_id}


def read_mass(text: str, *, limit: int | None = None) -> list[Line]:
    """The lines of ``text`` that are not empty, each an order or with its problem.

    Inputs follow the service in the order of the table of types; several lines of one input are
    written with ``\\n`` between them. Lines beyond ``limit`` (LINES_MAX) have a problem, too.
    """
    most = LINES_MAX if limit is None else limit
    rows = enumerate(_NEWLINE.split(text), start=1)
    filled = [(number, row.strip()) for number, row in rows if row.strip()]
    return [
        read_line(number, row) if count <= most else Line(number, row, problem=_too_many(most))
        for count, (number, row) in enumerate(filled, start=1)
    ]


def place_many(
    customer_id: int,
    lines: Sequence[Line],
    *,
    token: str,
    now: datetime,
    origin: str = Order.Origin.MASS,
) -> Mass:
    """Place each line by itself; one that is refused does not hold up the others.

    The same ``token`` (at most TOKEN_MAX characters) repeats no line that was placed before.
    """
    if not 1 <= len(token) <= TOKEN_MAX:
        raise ValueError(f"A token has 1 to {TOKEN_MAX} characters.")
    return Mass(
        tuple(
            _placed(
                customer_id, line, raw, key=f"mass:{token}:{line.number}", now=now, origin=origin
            )
            for line, raw in matched(_at_most(lines))
        )
    )


def read_line(number: int, row: str) -> Line:
    """One line as entered, read or with its problem."""
    service, separator, rest = row.partition(SEPARATOR)
    if len(row) > LINE_MAX:
        return Line(number, row[:LINE_MAX], problem=_("This line is too long."))
    if not separator or not _SERVICE_ID.fullmatch(service.strip()):
        return Line(number, row, problem=_("Write: service | link | quantity"))
    return Line(number, row, int(service), rest)


def _too_many(limit: int) -> str:
    return _("At most %(limit)s lines at once.") % {"limit": limit}


def _at_most(lines: Sequence[Line]) -> list[Line]:
    beyond = (replace(line, problem=_too_many(LINES_MAX)) for line in lines[LINES_MAX:])
    return [*lines[:LINES_MAX], *beyond]


def matched(lines: Sequence[Line]) -> Iterator[tuple[Line, dict[str, str]]]:
    """Each line with its inputs by name, as the type of its service asks for them."""
    wanted = {line.service_id for line in lines if not line.problem}
    types = dict(Service.objects.filter(pk__in=wanted).values_list("pk", "type"))
    for line in lines:
        title = types.get(line.service_id)
        yield line, _named(ORDER_TYPES[title], line.rest) if title else {}


def _named(order_type: OrderType, rest: str) -> dict[str, str]:
    names = [item.name for item in order_type.inputs if item.required and not item.when]
    # The last input takes the remainder: a comment may hold the separator.
    return dict(zip(names, rest.split(SEPARATOR, len(names) - 1), strict=False))


def _placed(
    customer_id: int, line: Line, raw: Mapping[str, str], *, key: str, now: datetime, origin: str
) -> LineOutcome:
    if line.problem:
        return LineOutcome(line, problem=line.problem)
    try:
        done = place_order(
            customer_id=customer_id,
            service_id=line.service_id,
            raw=raw,
            now=now,
            origin=origin,
            idempotency_key=key,
            shown_rate=line.shown_rate,
        )
    except _REFUSALS as error:
        return LineOutcome(line, problem=str(error))
    return LineOutcome(line, done.charge, done.order_id, done.provider_id)
