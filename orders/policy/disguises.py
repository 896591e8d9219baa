"""Words written so that a look-up misses them, and what they stand for.

Only what looks like a disguise is read twice: digits and signs for letters, a letter three times
over, words broken up by signs, letters set apart. Ordinary words are compared as they are.
Linear in the length of the text.
"""

import re
from collections.abc import Collection
from typing import NamedTuple

_LETTERS = str.maketrans("0345789@$€1l!|", "oeastbgaseiiii")  # a stroke is an i or an l
_NO_LETTERS = re.compile(r"[^\w\n]|_")
_AGAIN = re.compile(r"(.)\1+")
_THRICE = re.compile(r"([^\W\d_w])\1\1")  # not www
_APART = re.compile(r"(?<![^\W_])[^\W_](?:[\W_]{1,4}[^\W_](?![^\W_])){2,}")
# Words and the signs that break them up; no apostrophe: he'll is not hell.
_RUN = re.compile(r"[\w@$€!|.*~·•‐-―-]+")
_EDGES = ".*~·•‐‑‒–—―-_!|"


class Suspects(NamedTuple):
    """What may stand for other words, by the way that it was disguised."""

    coded: list[str]
    """Words with digits."""
    broken: list[str]
    """Words with signs inside."""
    stretched: list[str]
    """Words with a letter three times over or more."""
    apart: list[str]
    """Rows of single letters."""


def bared(words: str) -> str:
    """Folded words, one on each line, as their letters are meant: read or left out are signs."""
    return _NO_LETTERS.sub("", words.translate(_LETTERS))


def shrunk(letters: str) -> str:
    """No letter twice in a row."""
    return _AGAIN.sub(r"\1", letters)


def suspects(folded: str, words: Collection[str]) -> Suspects:
    """Whatever in a folded text may be a disguise; ``words`` are those that it has."""
    coded = [word for word in words if not word.isalpha() and not word.isdecimal()]
    runs = (run.strip(_EDGES).lstrip("@") for run in _RUN.findall(folded) if not run.isalnum())
    broken = [piece for run in runs if not run.isalnum() for piece in _pieces(run)]
    is_stretched = _THRICE.search(folded)
    stretched = [word for word in words if _THRICE.search(word)] if is_stretched else []
    return Suspects(coded, broken, stretched, _APART.findall(folded))


def is_plausible(shown: str) -> bool:
    """Nobody reads as a word what has more digits than letters."""
    digits = sum(sign.isdigit() for sign in shown)
    return 2 * digits <= sum(sign.isalnum() for sign in shown)


def _pieces(run: str) -> list[str]:
    """A broken word, and each of several that stand with a dot between them."""
    if "." not in run:
        return [run]
    parts = (part.strip(_EDGES) for part in run.split("."))
    return [run, *(part for part in parts if part and not part.isalnum())]
