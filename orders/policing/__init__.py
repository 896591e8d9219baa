"""The operator's rules about what is not taken as an order: writing them, and looking back."""

from orders.policing.looking_back import DAYS, ORDERS_MAX, Hindsight, Sighted, look_back
from orders.policing.ready_lists import READY_LISTS, ReadyList
from orders.policing.writing import (
    PASTED_MAX,
    RULES_MAX,
    Pasted,
    RuleRefused,
    add_many,
    add_rule,
    edit_rule,
    move_rule,
    read_rule,
    switch_many,
)

__all__ = [
    "DAYS",
    "ORDERS_MAX",
    "PASTED_MAX",
    "READY_LISTS",
    "RULES_MAX",
    "Hindsight",
    "Pasted",
    "ReadyList",
    "RuleRefused",
    "Sighted",
    "add_many",
    "add_rule",
    "edit_rule",
    "look_back",
    "move_rule",
    "read_rule",
    "switch_many",
]
