"""The rules that are in force, compiled once for each state of them, and what they are asked.

The state's mark comes along with the terms of a service, so an order costs no further look at
the database; a process compiles the rules anew when it meets a mark that it does not know.
"""

from collections.abc import Mapping
from uuid import UUID

from orders.models.policy import rules_in_force
from orders.order_types import Kind as InputKind
from orders.order_types import OrderType
from orders.policy import NO_RULES, Entry, Rulebook

_held: tuple[UUID | None, Rulebook] = (None, NO_RULES)


def rulebook_of(mark: UUID | None) -> Rulebook:
    """The rules of ``mark`` or, if they changed meanwhile, those that are newer. None: no rules."""
    global _held  # noqa: PLW0603  one reference, replaced as a whole: threads need no lock
    if mark is None:
        return NO_RULES
    known, book = _held
    if known != mark:
        newest, rules = rules_in_force()
        book = Rulebook(rules)
        _held = (newest, book)
    return book


def entry_of(
    order_type: OrderType, inputs: Mapping[str, str], *, service_id: int, category_id: int
) -> Entry:
    """What the rules look at: links and texts, by the names of their inputs.

    Where an order is delivered counts as a link even if it is a mere name.
    """
    links = {order_type.link_input: inputs.get(order_type.link_input, "")}
    texts: dict[str, str] = {}
    for item in order_type.inputs:
        if item.kind == InputKind.LINK and item.name in inputs:
            links[item.name] = inputs[item.name]
        elif item.kind in (InputKind.TEXT, InputKind.LINES) and item.name in inputs:
            texts[item.name] = inputs[item.name]
    return Entry(service_id, category_id, links, texts)
