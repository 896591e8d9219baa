"""The table of order types, and the reader that turns what was entered into an order's inputs."""

from orders.order_types.fields import InputError, InvalidInputs
from orders.order_types.reading import Entered, Limits, read
from orders.order_types.table import ORDER_TYPES, Billing, Input, Kind, OrderType, find_type

__all__ = [
    "ORDER_TYPES",
    "Billing",
    "Entered",
    "Input",
    "InputError",
    "InvalidInputs",
    "Kind",
    "Limits",
    "OrderType",
    "find_type",
    "read",
]
