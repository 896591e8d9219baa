"""The rules, compiled: which one, if any, refuses an order."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.policy.addresses import decoded, read_address, suffixes
from orders.policy.automaton import Automaton
from orders.policy.folding import fold, spaced, tokens

ANY = "*"


class Kind(models.TextChoices):
    """What a rule looks at."""

    HOST = "host", _("Website, with its subdomains")
    LINK_PART = "link_part", _("Link contains")
    LINK_PATTERN = "link_pattern", _("Link looks like (* stands for anything)")
    WORD = "word", _("Whole word in any text or link")
    WORD_PART = "word_part", _("Part of any text or link")
    SERVICE = "service", _("Every order of the service")
    CATEGORY = "category", _("Every order in the category")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``value`` is canonical; without a service or category it is for all orders.

    ``place`` is its rank: of several rules that refuse an order, the first one answers.
    """

    id: int
    kind: str
    value: str
    place: int = 0
    message: str = ""
    service_id: int | None = None
    category_id: int | None = None

    def is_for(self, entry: "Entry") -> bool:
        of_service = self.service_id in (None, entry.service_id)
        return of_service and self.category_id in (None, entry.category_id)


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody wants to order: links and texts by the names of their inputs."""

    service_id: int
    category_id: int
    links: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that refuses, and the input that it is about."""

    rule: Rule
    field: str


class Rulebook:
    """All rules that are in force, ready to be asked. Never changed, so threads may share it."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        by_kind: dict[str, dict[str, list[Rule]]] = {kind: {} for kind in Kind.values}
        for rule in rules:
            by_kind[rule.kind].setdefault(rule.value, []).append(rule)
        self._rules = by_kind
        self._whole = [
            rule for kind in (Kind.SERVICE, Kind.CATEGORY) for rule in _all(by_kind[kind])
        ]
        self._patterns = [
            (value.split(ANY), by) for value, by in by_kind[Kind.LINK_PATTERN].items()
        ]
        self._link_parts = Automaton(by_kind[Kind.LINK_PART])
        self._word_parts = Automaton(by_kind[Kind.WORD_PART])
        self._phrases = Automaton(f" {word} " for word in by_kind[Kind.WORD] if " " in word)
        self._asks_words = bool(by_kind[Kind.WORD] or by_kind[Kind.WORD_PART])

    def first_hit(self, entry: Entry) -> Hit | None:
        """The first rule that refuses ``entry``, or None."""
        hits = [hit for hit in self._hits(entry) if hit.rule.is_for(entry)]
        return min(hits, key=lambda hit: (hit.rule.place, hit.rule.id)) if hits else None

    def _hits(self, entry: Entry) -> Iterator[Hit]:
        yield from (Hit(rule, "service") for rule in self._whole)
        for name, link in entry.links.items():
            address = read_address(link)
            yield from (Hit(rule, name) for rule in self._of_hosts(address.hosts))
            yield from (Hit(rule, name) for rule in self._of_link(address.text, address.bare))
            # What stands before an @ leads nowhere, but it is read.
            words = fold(decoded(link)) if "@" in link else address.text
            yield from (Hit(rule, name) for rule in self._of_text(words))
        if self._asks_words:
            for name, text in entry.texts.items():
                yield from (Hit(rule, name) for rule in self._of_text(fold(text)))

    def _of_hosts(self, hosts: Iterable[str]) -> Iterator[Rule]:
        known = self._rules[Kind.HOST]
        if known:
            for host in hosts:
                for domain in suffixes(host):
                    yield from known.get(domain, ())

    def _of_link(self, text: str, bare: str) -> Iterator[Rule]:
        for part in self._link_parts.found_in(text):
            yield from self._rules[Kind.LINK_PART][part]
        for pieces, rules in self._patterns:
            # The root of a site is everything below it, too.
            if _fits(pieces, bare) or _fits(pieces, f"{bare}/"):
                yield from rules

    def _of_text(self, folded: str) -> Iterator[Rule]:
        """Rules about words in a text that is folded already."""
        if not self._asks_words:
            return
        for part in self._word_parts.found_in(spaced(folded)):
            yield from self._rules[Kind.WORD_PART][part]
        words, known = tokens(folded), self._rules[Kind.WORD]
        for word in known.keys() & set(words):
            yield from known[word]
        for phrase in self._phrases.found_in(f" {' '.join(words)} "):
            yield from known[phrase.strip()]


def _all(by_value: Mapping[str, list[Rule]]) -> list[Rule]:
    return [rule for rules in by_value.values() for rule in rules]


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


NO_RULES = Rulebook(())
