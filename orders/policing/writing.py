"""Staff write the rules about what is not taken as an order: one, many at once, their order.

Every change is made under one lock of the table, which readers do not feel. What it means for
orders that come in takes effect when its transaction commits, in every process.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from orders.models import PolicyRule
from orders.models.policy import WHOLE
from orders.policy import Kind, UnusableValue, canonical

RULES_MAX = 5_000
PASTED_MAX = 2_000  # lines
COLUMNS = ("kind", "value", "service_id", "category_id", "message", "note", "is_active")
NAMING = ("kind", "value", "service_id", "category_id")

_MOVE = """
    UPDATE orders_policyrule AS r SET position = n.place
      FROM unnest(%s::bigint[]) WITH ORDINALITY AS n (id, place)
     WHERE r.id = n.id AND r.position <> n.place
"""


class RuleRefused(Exception):
    """This cannot be a rule; nothing was changed. ``field`` is the column to mend."""

    def __init__(self, text: str, field: str = "value") -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True, slots=True)
class Pasted:
    """What became of many values: the new ones, how many were rules before, what is unusable.

    ``first_id`` is the first new rule's, 0 when there is none.
    """

    added: list[str]
    first_id: int
    known: int
    unusable: list[tuple[str, str]]


def add_rule(columns: Mapping[str, Any]) -> PolicyRule:
    """A new rule, after all others. Raises RuleRefused."""
    with transaction.atomic():
        _lock()
        values = read_rule(columns)
        _check_room(1)
        _check_new(values)
        return PolicyRule.objects.create(**values, position=_last() + 1)


def edit_rule(rule_id: int, columns: Mapping[str, Any]) -> dict[str, Any]:
    """Write ``columns``; returns those that changed with their values before.

    Raises RuleRefused, or PolicyRule.DoesNotExist.
    """
    with transaction.atomic():
        _lock()
        rule = PolicyRule.objects.get(pk=rule_id)
        standing = {name: getattr(rule, name) for name in COLUMNS}
        values = read_rule(standing | dict(columns))
        _check_new(values, but=rule_id)
        old = {name: value for name, value in standing.items() if values[name] != value}
        if old:
            PolicyRule.objects.filter(pk=rule_id).update(**values)
        return old


def switch_many(ids: Iterable[int], *, is_active: bool) -> list[PolicyRule]:
    """Switch these rules on or off; returns those that were not so already, in their order."""
    with transaction.atomic():
        _lock()
        others = PolicyRule.objects.filter(pk__in=list(ids)).exclude(is_active=is_active)
        switched = list(others)
        others.update(is_active=is_active)
    return switched


def move_rule(rule_id: int, *, before_id: int | None) -> None:
    """Put a rule before another one, or at the end. Raises RuleRefused."""
    with transaction.atomic():
        _lock()
        ids = list(PolicyRule.objects.exclude(pk=rule_id).values_list("pk", flat=True))
        if before_id is not None and before_id not in ids:
            raise RuleRefused(_("There is no such rule."))
        ids.insert(len(ids) if before_id is None else ids.index(before_id), rule_id)
        with connection.cursor() as cursor:
            cursor.execute(_MOVE, [ids])


def add_many(kind: str, lines: Sequence[str], columns: Mapping[str, Any]) -> Pasted:
    """A rule for each line, all with the same ``columns``; what cannot be one is told, not kept.

    Raises RuleRefused when there are too many lines or rules.
    """
    if len(lines) > PASTED_MAX:
        raise RuleRefused(_("At most %(limit)s lines at once.") % {"limit": PASTED_MAX}, "lines")
    with transaction.atomic():
        _lock()
        read, unusable = _read_lines(kind, lines, columns)
        standing = {_name(row) for row in PolicyRule.objects.values(*NAMING)}
        new = {name: values for name, values in read.items() if name not in standing}
        _check_room(len(new))
        after = _last() + 1
        made = PolicyRule.objects.bulk_create(
            PolicyRule(**values, position=after + at) for at, values in enumerate(new.values())
        )
    first_id = made[0].pk if made else 0
    return Pasted([rule.value for rule in made], first_id, len(read) - len(new), unusable)


def read_rule(columns: Mapping[str, Any]) -> dict[str, Any]:
    """All columns of a rule, its value as it is compared. Raises RuleRefused."""
    values: dict[str, Any] = {"is_active": True, **dict.fromkeys(NAMING), "message": "", "note": ""}
    values |= columns
    kind = values["kind"]
    if kind not in Kind.values:
        raise RuleRefused(_("Choose what the rule looks at."), "kind")
    try:
        values["value"] = canonical(kind, values["value"] or "")
    except UnusableValue as error:
        raise RuleRefused(str(error)) from error
    if kind == Kind.SERVICE and not values["service_id"]:
        raise RuleRefused(_("Name the service."), "service")
    if kind == Kind.CATEGORY and not values["category_id"]:
        raise RuleRefused(_("Name the category."), "category")
    if kind in WHOLE:
        values["category_id" if kind == Kind.SERVICE else "service_id"] = None
    if values["service_id"] and values["category_id"]:
        raise RuleRefused(_("Name a service or a category, not both."), "category")
    return values


def _read_lines(
    kind: str, lines: Iterable[str], columns: Mapping[str, Any]
) -> tuple[dict[tuple[Any, ...], dict[str, Any]], list[tuple[str, str]]]:
    read: dict[tuple[Any, ...], dict[str, Any]] = {}
    unusable: list[tuple[str, str]] = []
    for line in lines:
        try:
            values = read_rule({**columns, "kind": kind, "value": line})
        except RuleRefused as refusal:
            unusable.append((line, str(refusal)))
        else:
            read.setdefault(_name(values), values)
    return read, unusable


def _name(values: Mapping[str, Any]) -> tuple[Any, ...]:
    """What makes two rules the same."""
    return tuple(values[name] for name in NAMING)


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE orders_policyrule IN SHARE ROW EXCLUSIVE MODE")


def _last() -> int:
    return PolicyRule.objects.aggregate(last=Max("position", default=0))["last"]


def _check_room(more: int) -> None:
    if PolicyRule.objects.count() + more > RULES_MAX:
        raise RuleRefused(_("At most %(limit)s rules.") % {"limit": RULES_MAX})


def _check_new(values: Mapping[str, Any], *, but: int | None = None) -> None:
    same = PolicyRule.objects.exclude(pk=but) if but else PolicyRule.objects.all()
    if same.filter(**{name: values[name] for name in NAMING}).exists():
        raise RuleRefused(_("There is such a rule already."))
