"""Codes that customers type: how they are written, kept, and not guessed."""

import hashlib
import secrets
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from orders.models import CodeTries

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without what is read for another sign: I, L, O, 0, 1."""
GROUPS, GROUP = 4, 4
CODE_MAX = 64
PREFIX = 4
WRONG_TRIES_MAX = 10
"""Of one customer within an hour; then no code is looked at."""

_TRIED = """
    INSERT INTO orders_codetries (customer_id, hour, tries) VALUES (%s, %s, 1)
    ON CONFLICT (customer_id, hour) DO UPDATE SET tries = orders_codetries.tries + 1
"""


class CodeRefused(Exception):
    """This code cannot be used, or not by this customer, or not now; nothing was given."""


def new_code() -> str:
    """A code nobody guesses: 78 bits, written in groups."""
    groups = ("".join(secrets.choice(ALPHABET) for _sign in range(GROUP)) for _nr in range(GROUPS))
    return "-".join(groups)


def bare(code: str) -> str:
    """A code as it is compared: without blanks and dashes, in capitals."""
    return "".join(sign for sign in code[:CODE_MAX].upper() if sign not in " -\t\r\n")


def prefix(code: str) -> str:
    """The few signs by which staff tell codes apart."""
    return bare(code)[:PREFIX]


def digest(code: str) -> str:
    """What is kept of a code, and by which it is found: so no comparison tells by its time."""
    return hashlib.sha256(bare(code).encode()).hexdigest()


def refuse_guessing(customer_id: int, *, now: datetime) -> None:
    """Raise CodeRefused when this customer tried too many wrong codes within this hour."""
    tried = CodeTries.objects.filter(customer_id=customer_id, hour=_hour(now))
    if tried.filter(tries__gte=WRONG_TRIES_MAX).exists():
        raise CodeRefused(_("Too many wrong codes. Please try again in an hour."))


def wrong(customer_id: int, *, now: datetime) -> CodeRefused:
    """Count a wrong code; returns what to raise. Not to be called inside of a transaction that
    the refusal rolls back."""
    with connection.cursor() as cursor:
        cursor.execute(_TRIED, [customer_id, _hour(now)])
    return CodeRefused(_("There is no such code."))


def _hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)
