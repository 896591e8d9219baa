"""A dry run of many lines: what each would cost or why it would be refused. Changes nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _

from orders.models import OpenLink
from orders.order_types import InvalidInputs
from orders.placing.buying import link_digest
from orders.placing.mass import Line, LineOutcome, Mass, matched
from orders.placing.quoting import OrderRefused, Quote, Terms, priced, terms_of

Slot = tuple[int, bytes]
"""An offer and the digest of a link: one active order may be there."""


@dataclass(frozen=True, slots=True)
class _Rehearsed:
    outcome: LineOutcome
    slot: Slot | None = None


def quote_many(customer_id: int, lines: Sequence[Line], *, now: datetime) -> Mass:
    """What each line would cost, placing nothing; one query for each service, two for all lines.

    A line whose link is occupied, by an active order or by an earlier line, has that problem.
    """
    known: dict[int, Terms | OrderRefused] = {}
    rehearsed = [_rehearsed(customer_id, line, raw, known, now) for line, raw in matched(lines)]
    return Mass(tuple(_without_collisions(rehearsed)))


def _rehearsed(
    customer_id: int,
    line: Line,
    raw: Mapping[str, str],
    known: dict[int, Terms | OrderRefused],
    now: datetime,
) -> _Rehearsed:
    if line.problem:
        return _Rehearsed(LineOutcome(line, problem=line.problem))
    terms = known.get(line.service_id) or _look_up(customer_id, line.service_id, known)
    if isinstance(terms, OrderRefused):
        return _Rehearsed(LineOutcome(line, problem=str(terms)))
    try:
        wanted = priced(terms, raw, now=now)
    except (InvalidInputs, OrderRefused) as error:
        return _Rehearsed(LineOutcome(line, problem=str(error)))
    return _Rehearsed(LineOutcome(line, wanted.charge, rate=terms.rate), _slot(wanted))


def _look_up(
    customer_id: int, service_id: int, known: dict[int, Terms | OrderRefused]
) -> Terms | OrderRefused:
    try:
        known[service_id] = terms_of(customer_id, service_id)
    except OrderRefused as refusal:
        known[service_id] = refusal
    return known[service_id]


def _slot(wanted: Quote) -> Slot | None:
    terms = wanted.terms
    if not terms.one_order_per_link or terms.offer_id is None:
        return None
    return terms.offer_id, link_digest(wanted.entered.link)


def _without_collisions(rehearsed: Sequence[_Rehearsed]) -> Iterator[LineOutcome]:
    occupied = _occupied({one.slot for one in rehearsed if one.slot})
    first_lines: dict[Slot, int] = {}
    for one in rehearsed:
        outcome = one.outcome
        if one.slot in occupied:
            text = _(
                "You have active order with this link. Please wait until order being completed."
            )
            outcome = replace(outcome, problem=text)
        elif one.slot in first_lines:
            text = _("The same link is in line %(number)s.") % {"number": first_lines[one.slot]}
            outcome = replace(outcome, problem=text)
        elif one.slot:
            first_lines[one.slot] = outcome.line.number
        yield outcome


def _occupied(slots: set[Slot]) -> set[Slot]:
    found = OpenLink.objects.filter(
        offer_id__in={offer_id for offer_id, _digest in slots},
        digest__in={digest for _offer_id, digest in slots},
    )
    return {(offer, bytes(digest)) for offer, digest in found.values_list("offer_id", "digest")}
