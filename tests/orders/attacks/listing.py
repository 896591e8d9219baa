"""The list of attacks, and how one is put on it."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.orders.breaking import Book

Deed = Callable[[Book], None]


@dataclass(frozen=True)
class Attack:
    """``guard`` names the trigger or constraint that must refuse the deed, ``refusal`` what it
    reports (its own name, unless a trigger speaks), ``behind`` the guards that would refuse it
    first and have to be out of the way.
    """

    deed: Deed
    guard: str
    refusal: str
    behind: tuple[str, ...]


ATTACKS: list[Attack] = []


def attack(guard: str, refusal: str = "", *, behind: str = "") -> Callable[[Deed], Deed]:
    """Put a deed on the list."""

    def listed(deed: Deed) -> Deed:
        ATTACKS.append(Attack(deed, guard, refusal or guard, tuple(behind.split())))
        return deed

    return listed
