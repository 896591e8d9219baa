"""The difference between a provider's list and what is known of it: pure, no database."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from orders.catalogue.likeness import Moves, is_another
from orders.catalogue.offers import Facts, Held, Identity, Known, facts_of
from providers.wire import ListedOffer, Skipped

HUNDRED = Decimal(100)

_INVALID = Held.INVALID.value


@dataclass(frozen=True, slots=True)
class Touch:
    """One known offer before and after."""

    before: Known
    after: Known

    @property
    def is_lost(self) -> bool:
        return self.after.is_gone and not self.before.is_gone

    @property
    def is_back(self) -> bool:
        return self.before.is_gone and not self.after.is_gone

    @property
    def is_newly_held(self) -> bool:
        return self.after.held != "" and self.after.held != self.before.held


@dataclass(slots=True)
class Diff:
    """What a list changes. ``unchanged`` offers are only counted."""

    created: list[ListedOffer] = field(default_factory=list)
    touched: list[Touch] = field(default_factory=list)
    unchanged: int = 0

    def counts(self) -> dict[str, int]:
        lost = sum(touch.is_lost for touch in self.touched)
        back = sum(touch.is_back for touch in self.touched)
        return {
            "created": len(self.created),
            "changed": len(self.touched) - lost - back,
            "gone": lost,
            "back": back,
            "held": sum(touch.is_newly_held for touch in self.touched),
            "unchanged": self.unchanged,
        }


def diff(
    listed: Sequence[ListedOffer],
    skipped: Sequence[Skipped],
    known: Sequence[Known],
    *,
    jump_percent: int = 0,
) -> Diff:
    """Compare a whole list with all offers of its provider.

    Costs that change by more than ``jump_percent`` hold their offer; 0 lets every change pass.
    """
    judge = _Judge(known, jump_percent)
    rows = {offer.upstream_id: offer for offer in known}
    result = Diff()
    for row in listed:
        offer = rows.pop(row.upstream_id, None)
        if offer is None:
            result.created.append(row)
            continue
        facts = facts_of(row)
        if facts == offer.facts and _stands(offer):
            result.unchanged += 1
        else:
            result.touched.append(Touch(offer, judge.listed(offer, facts)))
    result.touched.extend(_missing(rows.values(), skipped))
    return result


def _stands(offer: Known) -> bool:
    """Whether being listed with the facts of before is no news for it."""
    if offer.held:
        return offer.is_sold and offer.held != _INVALID and offer.is_gone is _is_lost(offer.held)
    return not offer.is_gone


def _is_lost(held: str | None) -> bool:
    """A jump of the cost leaves it the same service; the others must not be bought."""
    return held in (Held.RENUMBERED, Held.INVALID)


def _missing(offers: Iterable[Known], skipped: Sequence[Skipped]) -> Iterator[Touch]:
    """Those that the list does not name, or names in a row that cannot be read."""
    unreadable = {row.upstream_id for row in skipped}
    for offer in offers:
        if offer.upstream_id not in unreadable:
            after = offer._replace(is_gone=True)
        else:
            after = offer._replace(is_gone=True, held=_INVALID, held_from=offer.accepted)
        if after != offer:
            yield Touch(offer, after)


class _Judge:
    """Says whether an offer may become what its provider lists under its id."""

    def __init__(self, known: Sequence[Known], jump_percent: int) -> None:
        self._known = known
        self._jump_percent = jump_percent

    @cached_property
    def _moves(self) -> Moves:
        return Moves(self._known)

    def listed(self, offer: Known, facts: Facts) -> Known:
        held = self._hold(offer, facts) if offer.is_sold else None
        return offer._replace(
            facts=facts,
            is_gone=_is_lost(held),
            held=held.value if held else "",
            held_from=offer.accepted if held else None,
        )

    def _hold(self, offer: Known, facts: Facts) -> Held | None:
        accepted = offer.accepted
        if is_another(accepted, facts):
            return Held.RENUMBERED
        if facts.name != accepted.name and self._moves.came_from_elsewhere(
            accepted, offer.upstream_id, facts
        ):
            return Held.RENUMBERED
        return Held.COST if self._jumps(accepted, facts) else None

    def _jumps(self, accepted: Identity, facts: Facts) -> bool:
        if not self._jump_percent:
            return False
        return abs(facts.cost - accepted.cost) * HUNDRED > accepted.cost * self._jump_percent
