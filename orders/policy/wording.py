"""The rules about words, compiled: which of them a text meets, and with which of its pieces."""

from collections.abc import Callable, Iterable, Mapping

from orders.policy.automaton import Automaton
from orders.policy.disguises import bared, is_plausible, shrunk, suspects
from orders.policy.folding import spaced, tokens
from orders.policy.rules import Rule

# Letters that a rule must have to be looked for in disguise; fewer would meet what is harmless:
WHOLE_LEAST = 3  # as all of a word
APART_LEAST = 4  # within a row of letters set apart
INSIDE_LEAST = 6  # within a longer word that has digits, as the random ids of videos are

NOTHING = Automaton(())

ByValue = Mapping[str, list[Rule]]
Met = list[tuple[Rule, str]]


class WordRules:
    """Rules about whole words and about parts, by their folded values."""

    def __init__(self, words: ByValue, parts: ByValue) -> None:
        self._words, self._parts = words, parts
        self._phrases = Automaton(f" {word} " for word in words if " " in word)
        self._word_parts = Automaton(parts)
        self._bared = _by_letters(bared, words, parts)
        self._shrunk = _by_letters(lambda value: shrunk(bared(value)), words, parts)
        self._apart = Automaton(each for each in self._bared if len(each) >= APART_LEAST)
        inside = _by_letters(bared, parts)
        self._inside = Automaton(each for each in inside if len(each) >= INSIDE_LEAST)

    def __bool__(self) -> bool:
        return bool(self._words or self._parts)

    def met_by(self, folded: str) -> Met:
        """Each rule that a folded text meets, with the piece that meets it."""
        words = tokens(folded)
        different = set(words)
        found = [
            (rule, part)
            for part in self._word_parts.found_in(spaced(folded))
            for rule in self._parts[part]
        ]
        pieces = self._words.keys() & different
        if self._phrases:
            phrases = self._phrases.found_in(f" {' '.join(words)} ")
            pieces |= {phrase.strip() for phrase in phrases}
        found += [(rule, piece) for piece in pieces for rule in self._words[piece]]
        return found + self._met_in_disguise(folded, different)

    def _met_in_disguise(self, folded: str, words: set[str]) -> Met:
        coded, broken, stretched, apart = suspects(folded, words)
        found: Met = []
        if coded:
            found += _met(coded, bared("\n".join(coded)), self._bared, self._inside)
        if broken:
            found += _met(broken, bared("\n".join(broken)), self._bared, NOTHING)
        if stretched:
            found += _met(stretched, shrunk(bared("\n".join(stretched))), self._shrunk, NOTHING)
        if apart:
            rows = "\n".join(_without_signs(row) for row in apart)
            found += _met(apart, bared(rows), self._bared, self._apart)
        return found


def _met(shown: list[str], letters: str, known: ByValue, within: Automaton) -> Met:
    """The known rules that the lines of ``letters`` stand for, or have within them.

    All lines at once first: most often none of them is anything.
    """
    lines = letters.split("\n")
    if known.keys().isdisjoint(lines) and not within.found_in(letters):
        return []
    return [
        (rule, piece)
        for piece, line in zip(shown, lines, strict=True)
        if is_plausible(piece)
        for each in {line} & known.keys() | within.found_in(line)
        for rule in known[each]
    ]


def _by_letters(read: Callable[[str], str], *by_value: ByValue) -> dict[str, list[Rule]]:
    """Rules by the letters that their values are without all disguise."""
    by_letters: dict[str, list[Rule]] = {}
    for values in by_value:
        for value, rules in values.items():
            letters = read(value)
            if len(letters) >= WHOLE_LEAST:
                by_letters.setdefault(letters, []).extend(rules)
    return by_letters


def _without_signs(row: Iterable[str]) -> str:
    return "".join(sign for sign in row if sign.isalnum())
