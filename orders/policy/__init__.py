"""Which orders are not taken: rules of the operator, compiled once, asked in linear time.

Nothing here knows the database. No rule is a regular expression, so none can be slow: hosts and
words are looked up, parts are found by one pass over the text, patterns know one sign, ``*``.
"""

from orders.policy.addresses import read_address
from orders.policy.reading import UnusableValue, canonical
from orders.policy.rulebook import NO_RULES, Rulebook
from orders.policy.rules import Entry, Hit, Kind, Rule

__all__ = [
    "NO_RULES",
    "Entry",
    "Hit",
    "Kind",
    "Rule",
    "Rulebook",
    "UnusableValue",
    "canonical",
    "read_address",
]
