"""Bonuses on payments: what gives more than before waits for a second person, as it was asked."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from orders.models import BonusRule, PaymentMethod
from orders.money import plain
from orders.payments import promos
from panel.backoffice import auditing
from panel.backoffice.access import Staff
from panel.models import FundsRequest
from panel.models.audit import REASON_MAX
from panel.paying import bonuses

SUBJECT = "bonus"
Columns = dict[str, Any]


class ChangedMeanwhile(Exception):
    """It is not as it was when this was asked for; nothing was done."""

    def __init__(self) -> None:
        super().__init__(_("It was changed meanwhile. Ask again."))


def columns_of(rule: BonusRule) -> Columns:
    """What staff set of a bonus."""
    names = ("title", "method", "from_amount", "percent", "starts_at", "ends_at", "is_active")
    return {name: getattr(rule, name) for name in names}


def gives_more(old: Columns, new: Columns) -> bool:
    """Whether any payment could get more by the new columns than by the old ones (none: new)."""
    if not new["is_active"]:
        return False
    if not old or not old["is_active"] or old["method"] not in (None, new["method"]):
        return True
    begins, ends = old["starts_at"], old["ends_at"]
    is_longer = (begins and (not new["starts_at"] or new["starts_at"] < begins)) or (
        ends and (not new["ends_at"] or new["ends_at"] > ends)
    )
    is_higher = new["percent"] > old["percent"] or new["from_amount"] < old["from_amount"]
    return bool(is_longer or is_higher)


def greatest(columns: Columns) -> Decimal:
    """The most that one payment can get."""
    methods = [columns["method"]] if columns["method"] else []
    return promos.greatest_share(columns["percent"], methods)


def described(columns: Columns) -> str:
    """As the second person reads it."""
    span = (columns["starts_at"], columns["ends_at"])
    parts = [
        columns["title"],
        f"{plain(columns['percent'])} % × ∞",
        str(columns["method"] or _("All methods")),
        f"≥ {plain(columns['from_amount'])}" if columns["from_amount"] else "",
        " – ".join(f"{at:%Y-%m-%d %H:%M}" if at else "…" for at in span) if any(span) else "",
    ]
    return " · ".join(part for part in parts if part)[:REASON_MAX]


def as_details(columns: Columns) -> dict[str, Any]:
    """The columns as a request keeps them."""
    return {name: _kept(value) for name, value in columns.items()}


def set_rule(request: HttpRequest, staff: Staff, wanted: FundsRequest) -> None:
    """Make the bonus, or change it from what it was when this was asked for."""
    new, rule_id = _columns(wanted.details["new"]), wanted.subject_id
    if rule_id:
        rule = BonusRule.objects.select_for_update(of=("self",)).get(pk=rule_id)
        if as_details(columns_of(rule)) != wanted.details["old"]:
            raise ChangedMeanwhile
        old = bonuses.edit(rule_id, new)
        new = {name: new[name] for name in old}
    else:
        old, rule_id = {}, bonuses.add(new).pk
    auditing.record(
        request,
        staff,
        "bonus.edit" if old else "bonus.add",
        subject=SUBJECT,
        subject_id=rule_id,
        old=old,
        new=new | ({"asked_by": wanted.asked_by} if wanted.wants_second else {}),
    )


def _kept(value: Any) -> Any:
    if isinstance(value, PaymentMethod):
        return value.pk
    if isinstance(value, Decimal):
        return plain(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _columns(details: dict[str, Any]) -> Columns:
    methods = PaymentMethod.objects.defer("credentials")
    moments = {name: details[name] for name in ("starts_at", "ends_at")}
    return details | {
        "method": methods.filter(pk=details["method"]).first(),
        "from_amount": Decimal(details["from_amount"]),
        "percent": Decimal(details["percent"]),
        **{name: text and datetime.fromisoformat(text) for name, text in moments.items()},
    }
