"""The rules about links, compiled: which of them a link meets, and with which of its pieces."""

from collections.abc import Mapping

from orders.policy.addresses import Address
from orders.policy.automaton import Automaton
from orders.policy.hosts import suffixes
from orders.policy.rules import ANY, Rule

Pattern = tuple[list[str], list[Rule]]


class LinkRules:
    """Rules about websites, parts of links and whole links, by their folded values."""

    def __init__(
        self,
        hosts: Mapping[str, list[Rule]],
        parts: Mapping[str, list[Rule]],
        patterns: Mapping[str, list[Rule]],
    ) -> None:
        self._hosts, self._parts = hosts, parts
        self._link_parts = Automaton(parts)
        self._patterns: dict[str, list[Pattern]] = {}
        for value, rules in patterns.items():
            pieces = value.split(ANY)
            self._patterns.setdefault(_only_for(pieces[0]), []).append((pieces, rules))

    def met_by(self, address: Address) -> list[tuple[Rule, str]]:
        """Each rule that a link meets, with the piece that meets it."""
        found: list[tuple[Rule, str]] = []
        if self._hosts:
            for host in address.hosts:
                for domain in suffixes(host):
                    if domain in self._hosts:
                        found += [(rule, host) for rule in self._hosts[domain]]
        for part in self._link_parts.found_in(address.text):
            found += [(rule, part) for rule in self._parts[part]]
        return found + self._met_whole(address.bare) if self._patterns else found

    def _met_whole(self, bare: str) -> list[tuple[Rule, str]]:
        root = f"{bare}/"  # the root of a site is everything below it, too
        return [
            (rule, bare)
            for host in {"", _only_for(root)}
            for pieces, rules in self._patterns.get(host, ())
            if _fits(pieces, bare) or _fits(pieces, root)
            for rule in rules
        ]


def _only_for(beginning: str) -> str:
    """The host that all texts have that begin so, or nothing when it is not complete."""
    host, slash, _rest = beginning.partition("/")
    return host if slash else ""


def _fits(pieces: list[str], text: str) -> bool:
    """Whether ``text`` is the pieces in their order with anything between them; linear."""
    first, last = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return text == first
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in pieces[1:-1]:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True
