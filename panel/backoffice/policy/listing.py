"""The rules in their order, with what they refused lately."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from orders import policing
from orders.models import PolicyRule, PolicyTally
from orders.policy import Kind
from orders.policy.folding import fold
from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.policy.forms import TryForm
from panel.clock import database_now
from panel.storefront.services import number_in

PAGE_SIZE = 50
DAYS_SHOWN = 14
WORDS_MAX = 200
STATES = {"on": gettext_lazy("In force"), "off": gettext_lazy("Switched off")}


@dataclass(frozen=True, slots=True)
class Line:
    """A rule as the list shows it; ``above`` and ``below`` are where it can be moved to."""

    rule: PolicyRule
    above: int | None
    below: int | None
    is_first: bool
    is_last: bool


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Right.POLICY)
def rules(request: HttpRequest, staff: Staff) -> HttpResponse:
    """The list; posted to, all rules that its filters find are switched on or off."""
    if request.method == "POST" and _is_filtered(request):
        _switch_found(request, staff)
        return redirect(request.get_full_path())
    now = database_now()
    found = _matching(request)
    lines, following = _page(_counted(found, now), request)
    context = {
        "found": found.count() if _is_filtered(request) else None,
        "lines": lines,
        "next": following,
        "kinds": Kind.choices,
        "states": STATES.items(),
        "days": DAYS_SHOWN,
        "has_rules": bool(lines) or PolicyRule.objects.exists(),
        "try_form": TryForm(),
        **_refused_by_day(now),
    }
    return render(request, "backoffice/policy/list.html", context)


def _is_filtered(request: HttpRequest) -> bool:
    """Not every rule: nobody switches all of them off by one press."""
    return any(request.GET.get(name, "").strip() for name in ("q", "kind", "state"))


@transaction.atomic
def _switch_found(request: HttpRequest, staff: Staff) -> None:
    to_on = request.POST.get("to") == "on"
    ids = _matching(request).values_list("pk", flat=True)
    switched = policing.switch_many(ids, is_active=to_on)
    if switched:
        auditing.record(
            request,
            staff,
            "policy.switch",
            subject="policy",
            subject_id=switched[0].pk,
            old={"is_active": not to_on},
            new={"is_active": to_on, "values": [str(rule) for rule in switched]},
        )
    said = ngettext("%(n)s rule was switched.", "%(n)s rules were switched.", len(switched))
    messages.success(request, said % {"n": len(switched)})


def _matching(request: HttpRequest) -> QuerySet[PolicyRule]:
    found = PolicyRule.objects.all()
    words = request.GET.get("q", "").strip().replace("\0", "")[:WORDS_MAX]
    if words:
        own = Q(message__icontains=words) | Q(note__icontains=words)
        named = Q(service__name__icontains=words) | Q(category__name__icontains=words)
        found = found.filter(Q(value__contains=fold(words)) | own | named)
    if request.GET.get("kind") in Kind.values:
        found = found.filter(kind=request.GET["kind"])
    if request.GET.get("state") in STATES:
        found = found.filter(is_active=request.GET["state"] == "on")
    return found


def _counted(found: QuerySet[PolicyRule], now: datetime) -> QuerySet[PolicyRule]:
    """With ``refused``: how many orders in the last days."""
    lately = PolicyTally.objects.filter(rule=OuterRef("pk"), day__gt=_first_day(now))
    total = lately.values("rule").annotate(total=Sum("refused")).values("total")
    refused = Coalesce(Subquery(total, output_field=IntegerField()), 0)
    return found.annotate(refused=refused).select_related("service", "category")


def _page(found: QuerySet[PolicyRule], request: HttpRequest) -> tuple[list[Line], int | None]:
    """One page, and the key of the next one. Each rule knows its neighbours, across pages too."""
    last = None
    after = number_in(request.GET.get("after", ""))
    if after is not None:
        last = PolicyRule.objects.filter(pk=after).first()
    if last is not None:
        behind = Q(position=last.position, pk__gt=last.pk) | Q(position__gt=last.position)
        found = found.filter(behind)
    rows = list(found.order_by("position", "pk")[: PAGE_SIZE + 2])
    ids = [last.pk if last else None, *(row.pk for row in rows), None, None]
    lines = [
        Line(row, ids[at], ids[at + 3], is_first=ids[at] is None, is_last=ids[at + 2] is None)
        for at, row in enumerate(rows[:PAGE_SIZE])
    ]
    return lines, rows[PAGE_SIZE - 1].pk if rows[PAGE_SIZE:] else None


def _refused_by_day(now: datetime) -> dict[str, Any]:
    """For drawing and for reading: how many orders all rules refused on each day."""
    tallies = PolicyTally.objects.filter(day__gt=_first_day(now)).values("day")
    sums = {row["day"]: row["total"] for row in tallies.annotate(total=Sum("refused"))}
    days = [_first_day(now) + timedelta(days=n) for n in range(1, DAYS_SHOWN + 1)]
    values = [sums.get(day, 0) for day in days]
    line = {"label": _("Refused orders"), "values": values, "colour": "--tblr-orange"}
    labels = [date_format(day, "j M") for day in days]
    chart = {"type": "bar", "labels": labels, "currency": "", "lines": [line]}
    return {
        "chart": chart,
        "refused_days": list(zip(days, values, strict=True)),
        "refused_total": sum(values),
        "in_force": PolicyRule.objects.aggregate(n=Count("pk", filter=Q(is_active=True)))["n"],
    }


def _first_day(now: datetime) -> date:
    """The day before the ones that are shown (UTC, as they are counted)."""
    return now.date() - timedelta(days=DAYS_SHOWN)
