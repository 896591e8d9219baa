"""What staff must hear of on every page: clocks that stopped, dry providers, a broken book."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from orders.models import BookProof
from panel import heartbeats
from panel.backoffice.rights import Right
from panel.clock import database_now
from panel.database.base import refuses_writes
from providers.models import Provider

NAMES_MAX = 5


@dataclass(frozen=True, slots=True)
class Alert:
    """One line of the banner."""

    code: str
    text: str
    is_grave: bool


def alerts(rights: frozenset[Right]) -> list[Alert]:
    """What is wrong at this moment, the gravest first; whose role hides money hears less of it."""
    now = database_now()
    found = [_database(), _book(rights), _clocks(now), _dry(), _away(now)]
    return [alert for alert in found if alert is not None]


def dry_providers() -> Any:
    """Providers whose balance is at the mark set for them, or gone."""
    mark = Coalesce(F("low_balance_alert"), 0, output_field=Provider._meta.get_field("balance"))
    return Provider.objects.filter(Q(is_active=True), balance__lte=mark).order_by("name")


def _database() -> Alert | None:
    if not refuses_writes():
        return None
    text = _("The database takes no changes: nothing can be bought, sent or booked.")
    return Alert("database", text, is_grave=True)


def _book(rights: frozenset[Right]) -> Alert | None:
    latest = BookProof.objects.order_by("-id").only("is_sound", "at").first()
    if latest is None or latest.is_sound:
        return None
    text = _("The books do not add up. See the proof of the book at once.")
    if Right.FIGURES not in rights:
        text = _("The books do not add up. Tell the owner at once.")
    return Alert("book", text, is_grave=True)


def _clocks(now: datetime) -> Alert | None:
    late = heartbeats.stopped(now)
    if not late:
        return None
    text = _("Clocks stand still: %s. Orders may not be sent or followed.") % _some(late)
    return Alert("clocks", text, is_grave=True)


def _dry() -> Alert | None:
    names = list(dry_providers().values_list("name", flat=True)[: NAMES_MAX + 1])
    if not names:
        return None
    return Alert("dry", _("Top up at: %s. Their orders wait.") % _some(names), is_grave=True)


def _away(now: datetime) -> Alert | None:
    away = Provider.objects.filter(is_active=True).exclude(
        pk__in=Provider.objects.reachable(now).values("pk")
    )
    names = list(away.values_list("name", flat=True)[: NAMES_MAX + 1])
    if not names:
        return None
    return Alert("away", _("Not called at the moment: %s.") % _some(names), is_grave=False)


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:NAMES_MAX])
    return f"{shown} …" if len(names) > NAMES_MAX else shown
