"""Finding many strings in one text by one pass (Aho and Corasick), whatever their number."""

from collections import deque
from collections.abc import Iterable

ROOT = 0


class Automaton:
    """Knows which of its strings a text contains.

    The time is that of the text's length and, at most, of the strings' lengths together.
    """

    __slots__ = ("_fallback", "_next", "_string", "_with_string")

    def __init__(self, strings: Iterable[str]) -> None:
        self._next: list[dict[str, int]] = [{}]
        self._string: list[str] = [""]
        for string in strings:
            self._add(string)
        self._fallback = [ROOT] * len(self._next)
        self._with_string = [ROOT] * len(self._next)
        self._connect()

    def __bool__(self) -> bool:
        return len(self._next) > 1

    def found_in(self, text: str) -> set[str]:
        """Those of its strings that occur in ``text``."""
        found: set[str] = set()
        if not self:
            return found
        for node in self._reached(text):
            at = node
            while at != ROOT and self._string[at] not in found:
                found.add(self._string[at])
                at = self._with_string[self._fallback[at]]
        return found

    def _add(self, string: str) -> None:
        node = ROOT
        for sign in string:
            following = self._next[node].get(sign)
            if following is None:
                following = len(self._next)
                self._next[node][sign] = following
                self._next.append({})
                self._string.append("")
            node = following
        self._string[node] = string

    def _connect(self) -> None:
        """Where to go on after a miss, and where the next string is that ends here as well."""
        waiting = deque([ROOT])
        while waiting:
            node = waiting.popleft()
            for sign, following in self._next[node].items():
                self._fallback[following] = self._after_miss(node, sign)
                waiting.append(following)
                ends_here = bool(self._string[following])
                shorter = self._with_string[self._fallback[following]]
                self._with_string[following] = following if ends_here else shorter

    def _after_miss(self, node: int, sign: str) -> int:
        if node == ROOT:
            return ROOT
        at = self._fallback[node]
        while at != ROOT and sign not in self._next[at]:
            at = self._fallback[at]
        return self._next[at].get(sign, ROOT)

    def _reached(self, text: str) -> set[int]:
        """The places where a string ends, that the text leads to."""
        onward, fallback, with_string = self._next, self._fallback, self._with_string
        node, reached = ROOT, set()
        for sign in text:
            while sign not in onward[node]:
                if node == ROOT:
                    break
                node = fallback[node]
            else:
                node = onward[node][sign]
                if with_string[node]:
                    reached.add(with_string[node])
        return reached
