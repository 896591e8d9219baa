"""Reading what was entered as a whole: every error is found, and the units are counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from orders.money import UNITS_PER_RATE
from orders.order_types.fields import InvalidInputs, Reader, read_input
from orders.order_types.table import Billing, OrderType


@dataclass(frozen=True, slots=True)
class Limits:
    """What the service allows for one order."""

    min: int
    max: int
    dripfeed: bool = False


@dataclass(frozen=True, slots=True)
class Entered:
    """The inputs of an order, clean: what is stored and what is sent upstream.

    ``quantity`` is for each run; ``units`` is what the rate is multiplied with (per 1000).
    """

    inputs: dict[str, str]
    link: str
    quantity: int
    runs: int
    units: int


def read(order_type: OrderType, raw: Mapping[str, str], *, limits: Limits, today: date) -> Entered:
    """Read ``raw`` (names and texts as entered) for ``order_type``.

    Unknown names are ignored. Raises InvalidInputs with every error found.
    """
    reader = Reader(raw, today)
    for item in order_type.inputs:
        read_input(reader, item)
    if not reader.errors:
        _check_drip(reader, limits)
    if not reader.errors:
        _check_quantity(reader, order_type, limits)
    if reader.errors:
        raise InvalidInputs(reader.errors)
    return _counted(reader, order_type)


def _check_drip(reader: Reader, limits: Limits) -> None:
    runs, interval = reader.number("runs"), reader.number("interval")
    if runs == 1 and not interval:
        # One run is no drip-feed; old clients send it with every order.
        del reader.inputs["runs"]
    elif bool(runs) != bool(interval):
        reader.refuse("interval" if runs else "runs", "drip_pair")
    elif runs and not limits.dripfeed:
        reader.refuse("runs", "drip_off")


def _check_quantity(reader: Reader, order_type: OrderType, limits: Limits) -> None:
    if order_type.is_package:
        return
    if order_type.is_subscription:
        _check_range(reader, "min", reader.number("min"), reader.number("min"), limits)
        _check_range(reader, "max", reader.number("max"), reader.number("max"), limits)
        if not reader.errors and reader.number("max") < reader.number("min"):
            reader.refuse("max", "order")
        return
    quantity = _quantity(reader, order_type)
    name = order_type.counted or "quantity"
    _check_range(reader, name, quantity, quantity * max(reader.number("runs"), 1), limits)


def _check_range(reader: Reader, name: str, least: int, most: int, limits: Limits) -> None:
    if least < limits.min:
        reader.refuse(name, "quantity_less", limits.min)
    elif most > limits.max:
        reader.refuse(name, "quantity_more", limits.max)


def _quantity(reader: Reader, order_type: OrderType) -> int:
    match order_type.billing:
        case Billing.PACKAGE:
            return 1
        case Billing.LINES:
            return reader.inputs[order_type.counted].count("\n") + 1
        case Billing.SUBSCRIPTION:
            return reader.number("max")
        case _:
            return reader.number("quantity")


def _counted(reader: Reader, order_type: OrderType) -> Entered:
    quantity = _quantity(reader, order_type)
    runs = max(reader.number("runs"), 1)
    match order_type.billing:
        case Billing.PACKAGE:
            units = UNITS_PER_RATE
        case Billing.SUBSCRIPTION:
            posts = reader.number("posts")
            # Without a number of posts nothing is charged until posts have been served.
            units = quantity * (posts + reader.number("old_posts")) if posts else 0
        case _:
            units = quantity * runs
    link = reader.inputs[order_type.link_input]
    return Entered(reader.inputs, link, quantity, runs, units)
