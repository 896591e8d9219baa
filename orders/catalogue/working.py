"""All that a list would change, worked out before anything is written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from orders.catalogue import creating, reading, relisting
from orders.catalogue.creating import NewService
from orders.catalogue.diffing import Diff, diff
from orders.catalogue.listing import Relisted
from orders.catalogue.offers import Held, Known, facts_of
from orders.models import ImportPlan
from orders.order_types import find_type
from providers.models import Provider
from providers.wire import ListedOffer, Skipped

HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Work:
    """What a list changes: offers, services that stand otherwise, services to be made."""

    diff: Diff
    offer_ids: dict[str, int]
    relisted: list[Relisted]
    new: list[NewService]
    skipped: list[Skipped]
    unknown_types: list[ListedOffer]
    doubt: str

    @property
    def counts(self) -> dict[str, int]:
        lost = [
            r for r in self.relisted if r.after.unavailable and not r.service.listing.unavailable
        ]
        return {
            **self.diff.counts(),
            "skipped": len(self.skipped),
            "unknown_type": len(self.unknown_types),
            "services_created": len(self.new),
            "services_changed": len(self.relisted),
            "services_unavailable": len(lost),
            "repriced": sum(r.after.rate != r.service.listing.rate for r in self.relisted),
        }

    @property
    def changes_nothing(self) -> bool:
        return not (self.diff.created or self.diff.touched or self.relisted or self.new)


def work_out(
    provider: Provider,
    plan: ImportPlan,
    listed: Sequence[ListedOffer],
    skipped: Sequence[Skipped],
    *,
    is_locking: bool = False,
) -> Work:
    """Compare a list with what is known. ``is_locking`` keeps its services from being edited."""
    known = reading.known_offers(provider.pk)
    changes = diff(listed, skipped, known, jump_percent=plan.price_jump_percent)
    after = {touch.after.id: touch.after for touch in changes.touched}
    affected = reading.affected_services(after, provider_id=provider.pk)
    if is_locking and affected:
        reading.lock_services(affected)
    return Work(
        diff=changes,
        offer_ids={offer.upstream_id: offer.id for offer in known},
        relisted=relisting.work_out(affected, after),
        new=_new_services(provider, plan, listed, known, after),
        skipped=list(skipped),
        unknown_types=_of_unknown_type(listed),
        doubt=_doubt(changes, listed, known, plan.shrink_limit_percent),
    )


def _new_services(
    provider: Provider,
    plan: ImportPlan,
    listed: Sequence[ListedOffer],
    known: Sequence[Known],
    after: dict[int, Known],
) -> list[NewService]:
    if plan.choice == ImportPlan.Choice.NOTHING:
        return []
    wanted = list(_wanted(plan, listed, {o.upstream_id: after.get(o.id, o) for o in known}))
    return creating.work_out(wanted, supply_of=creating.terms_of(provider, plan))


def _wanted(
    plan: ImportPlan, listed: Sequence[ListedOffer], offers: dict[str, Known]
) -> Iterator[tuple[int, Known]]:
    """Offers that the plan imports and that no service was ever made from."""
    is_wanted = creating.wants(plan)
    for position, row in enumerate(listed, start=1):
        if not is_wanted(row.category, row.upstream_id):
            continue
        offer = offers.get(row.upstream_id) or Known(0, row.upstream_id, facts_of(row))
        if not (offer.was_imported or offer.is_sold or offer.is_gone or offer.held):
            yield position, offer


def _of_unknown_type(listed: Sequence[ListedOffer]) -> list[ListedOffer]:
    unknown = {text for text in {row.type for row in listed} if find_type(text) is None}
    return [row for row in listed if row.type in unknown] if unknown else []


def _doubt(
    changes: Diff, listed: Sequence[ListedOffer], known: Sequence[Known], limit_percent: int
) -> str:
    """Why this list should not be believed without a person; "" when it may be."""
    if not listed:
        return _("The list is empty.")
    live = sum(not offer.is_gone for offer in known)
    lost = [touch.after for touch in changes.touched if touch.is_lost]
    if len(lost) * HUNDRED <= live * limit_percent:
        return ""
    figures = {
        "lost": len(lost),
        "live": live,
        "unreadable": sum(offer.held == Held.INVALID for offer in lost),
        "others": sum(offer.held == Held.RENUMBERED for offer in lost),
        "limit": limit_percent,
    }
    return (
        _(
            "%(lost)d of %(live)d services would be lost (%(unreadable)d unreadable, %(others)d"
            " under the id of another); at most %(limit)d %% may be."
        )
        % figures
    )
