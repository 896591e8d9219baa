"""The rules, compiled: which one, if any, refuses an order."""

from collections.abc import Iterable, Mapping

from orders.policy.addresses import read_address
from orders.policy.folding import fold
from orders.policy.linking import LinkRules
from orders.policy.rules import Entry, Hit, Kind, Rule
from orders.policy.wording import WordRules


class Rulebook:
    """All rules that are in force, ready to be asked. Never changed, so threads may share it."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        by_kind: dict[str, dict[str, list[Rule]]] = {kind: {} for kind in Kind.values}
        for rule in rules:
            # Folded anew: it may have been written when less was taken for alike.
            by_kind[rule.kind].setdefault(fold(rule.value), []).append(rule)
        self._whole = [*_all(by_kind[Kind.SERVICE]), *_all(by_kind[Kind.CATEGORY])]
        self._of_links = LinkRules(
            by_kind[Kind.HOST], by_kind[Kind.LINK_PART], by_kind[Kind.LINK_PATTERN]
        )
        self._of_words = WordRules(by_kind[Kind.WORD], by_kind[Kind.WORD_PART])

    def first_hit(self, entry: Entry) -> Hit | None:
        """The first rule that refuses ``entry``, or None."""
        return min(self._hits(entry), key=_rank, default=None)

    def all_hits(self, entry: Entry) -> list[Hit]:
        """Each rule that refuses ``entry``, once, the first one first."""
        by_rule: dict[int, Hit] = {}
        for hit in self._hits(entry):
            by_rule.setdefault(hit.rule.id, hit)
        return sorted(by_rule.values(), key=_rank)

    def _hits(self, entry: Entry) -> list[Hit]:
        found = [Hit(rule, "service") for rule in self._whole]
        for name, link in entry.links.items():
            address = read_address(link)
            found += [Hit(rule, name, met) for rule, met in self._of_links.met_by(address)]
            if self._of_words:
                # What stands before an @ leads nowhere, but it is read.
                words = address.entered if "@" in link else address.text
                found += [Hit(rule, name, met) for rule, met in self._of_words.met_by(words)]
        if self._of_words:
            for name, text in entry.texts.items():
                met_by_text = self._of_words.met_by(fold(text))
                found += [Hit(rule, name, met) for rule, met in met_by_text]
        return [hit for hit in found if hit.rule.is_for(entry)]


def _all(by_value: Mapping[str, list[Rule]]) -> list[Rule]:
    return [rule for rules in by_value.values() for rule in rules]


def _rank(hit: Hit) -> tuple[int, int]:
    return hit.rule.place, hit.rule.id


NO_RULES = Rulebook(())
