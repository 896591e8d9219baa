"""Staff edit services: their own columns, one or a thousand at once, and their place in the list.

What follows from an edit (rates, availability, the public feed) is made in the same transaction.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from orders import ledger
from orders.catalogue import reading
from orders.catalogue.repricing import reprice
from orders.models import CatalogueChange, Category, Service
from orders.models.markup import MarkupLevel
from orders.money import plain

EDITED_MAX = 1_000
BATCH_MAX = 500
STAFF_COLUMNS = (
    *("is_active", "category_id", "own_name", "own_description", "own_rate", "own_min", "own_max"),
    *("own_refill", "own_cancel", "own_dripfeed", "refill_days", "one_order_per_link"),
    *("use_next_source", "extra_cost_percent", "minimum_share_kept", *MarkupLevel._fields),
)
FOLLOWING = ("rate", "min", "max", "unavailable")

_MOVE = """
    UPDATE orders_service AS s SET position = r.place
      FROM unnest(%s::bigint[]) WITH ORDINALITY AS r (id, place)
     WHERE s.id = r.id AND s.position <> r.place
"""
_MOVE_HEADING = _MOVE.replace("orders_service", "orders_category")
_Kind = CatalogueChange.Kind


class EditRefused(Exception):
    """These values cannot stand; nothing was changed. Its text is for the person."""


@dataclass(frozen=True, slots=True)
class Edited:
    """A service before and after an edit: the columns of staff and what follows from them."""

    service_id: int
    before: dict[str, Any]
    after: dict[str, Any]

    @property
    def changed(self) -> dict[str, Any]:
        """The columns that differ, with their values before."""
        return {name: old for name, old in self.before.items() if old != self.after[name]}


@transaction.atomic
def edit_services(changes: Mapping[int, Mapping[str, Any]], *, now: datetime) -> list[Edited]:
    """Write ``changes`` (STAFF_COLUMNS by service) and relist; in the order that was given.

    Raises EditRefused.
    """
    if len(changes) > EDITED_MAX:
        raise EditRefused(_("At most %d services can be edited at once.") % EDITED_MAX)
    ids = list(changes)
    reading.lock_services(sorted(ids))
    before = standing(ids)
    if len(before) < len(ids):
        raise EditRefused(_("One of these services is gone."))
    _write(changes)
    _tell(before, standing(ids), now=now)
    reprice(service_ids=ids, now=now)
    after = standing(ids)
    return [Edited(pk, before[pk], after[pk]) for pk in ids]


def preview_edit(changes: Mapping[int, Mapping[str, Any]], *, now: datetime) -> list[Edited]:
    """What edit_services would do: done, looked at, and rolled back. Raises EditRefused."""
    with transaction.atomic():
        edited = edit_services(changes, now=now)
        transaction.set_rollback(True)
    return edited


@transaction.atomic
def add_category(columns: Mapping[str, Any]) -> Category:
    """A new heading at the end of the price list. Raises EditRefused when the name is taken."""
    last = Category.objects.order_by("-position").values_list("position", flat=True).first()
    with _refusals():
        return Category.objects.create(position=(last or 0) + 1, **columns)


@transaction.atomic
def edit_category(category_id: int, columns: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Write a heading's name, switch or markup; the old values of what changed.

    Raises EditRefused when another heading has this name.
    """
    category = Category.objects.select_for_update().get(pk=category_id)
    old = {name: getattr(category, name) for name in columns}
    changed = {name: value for name, value in old.items() if value != columns[name]}
    for name in changed:
        setattr(category, name, columns[name])
    with _refusals():
        category.save(update_fields=list(changed))
    if set(MarkupLevel._fields).intersection(changed):
        reprice(category_id=category_id, now=now)
    return changed


@transaction.atomic
def move_service(service_id: int, *, before_id: int | None) -> None:
    """Put a service before another one of its category, or at its end. Raises EditRefused."""
    category_id = Service.objects.values_list("category_id", flat=True).get(pk=service_id)
    # The heading stands for the order of what is below it: two people moving take turns.
    Category.objects.select_for_update(no_key=True).get(pk=category_id)
    own = Service.objects.filter(category_id=category_id).order_by("position", "id")
    ids = [pk for pk in own.values_list("pk", flat=True) if pk != service_id]
    if before_id is not None and before_id not in ids:
        raise EditRefused(_("A service is moved within its category."))
    place = len(ids) if before_id is None else ids.index(before_id)
    ids.insert(place, service_id)
    reading.lock_services(sorted(ids))
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, [ids])


@transaction.atomic
def move_category(category_id: int, *, before_id: int | None) -> None:
    """Put a heading before another one, or at the end of the price list. Raises EditRefused."""
    # All of them, always in the same order: two people moving take turns.
    rows = list(Category.objects.select_for_update(no_key=True).order_by("pk"))
    ordered = sorted(rows, key=lambda row: (row.position, row.pk))
    ids = [row.pk for row in ordered if row.pk != category_id]
    if before_id is not None and before_id not in ids:
        raise EditRefused(_("There is no such category."))
    place = len(ids) if before_id is None else ids.index(before_id)
    ids.insert(place, category_id)
    with connection.cursor() as cursor:
        cursor.execute(_MOVE_HEADING, [ids])


def standing(ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """How services stand: the columns of staff and what follows from them."""
    rows = Service.objects.filter(pk__in=ids).order_by().values("pk", *STAFF_COLUMNS, *FOLLOWING)
    return {row.pop("pk"): row for row in rows}


def _write(changes: Mapping[int, Mapping[str, Any]]) -> None:
    services = {row.pk: row for row in Service.objects.filter(pk__in=list(changes)).order_by("pk")}
    written: set[str] = set()
    for service_id, columns in changes.items():
        written.update(columns)
        for name, value in columns.items():
            setattr(services[service_id], name, value)
    if written - set(STAFF_COLUMNS):
        raise ValueError(f"{written - set(STAFF_COLUMNS)} are not staff's to write.")
    fields = [name.removesuffix("_id") for name in sorted(written)]
    if fields:
        with _refusals():
            Service.objects.bulk_update(services.values(), fields, batch_size=BATCH_MAX)


def _tell(
    before: Mapping[int, Mapping[str, Any]],
    after: Mapping[int, Mapping[str, Any]],
    *,
    now: datetime,
) -> None:
    """The lines that customers read about what staff changed themselves."""
    CatalogueChange.objects.bulk_create(
        [
            CatalogueChange(service_id=pk, kind=kind, old=old, new=new, at=now)
            for pk in before
            for kind, old, new in _lines(before[pk], after[pk])
        ],
        batch_size=BATCH_MAX,
    )


def _lines(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[_Kind, str, str]]:
    if before["is_active"] != after["is_active"]:
        yield (_Kind.BACK if after["is_active"] else _Kind.GONE), "", ""
    if not after["is_active"]:
        return
    if before["rate"] != after["rate"]:
        kind = _Kind.RATE_UP if after["rate"] > before["rate"] else _Kind.RATE_DOWN
        yield kind, plain(before["rate"]), plain(after["rate"])
    limits = [f"{row['min']}–{row['max']}" for row in (before, after)]
    if limits[0] != limits[1]:
        yield _Kind.LIMITS, limits[0], limits[1]


@contextmanager
def _refusals() -> Iterator[None]:
    """The database's refusals in words."""
    words = {
        "service_limits_in_order": _("These limits leave no quantity that could be ordered."),
        "service_rate_positive": _("A rate is above 0."),
        "orders_category_name_key": _("Another category has this name."),
    }
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        word = words.get(ledger.constraint_of(error))
        if word is None:
            raise
        raise EditRefused(word) from error
