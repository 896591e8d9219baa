"""One rule: written, tried on the orders of the last days, switched, put in its place."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from orders import policing
from orders.models import PolicyRule
from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.policy.forms import RuleForm
from panel.clock import database_now
from panel.models import AuditEntry
from panel.storefront.services import number_in

ENTRIES_SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Right.POLICY)
def new_rule(request: HttpRequest, staff: Staff) -> HttpResponse:
    """A fresh form; filled in, a look back or a new rule."""
    if request.method != "POST":
        return _show(request, RuleForm(initial={"kind": request.GET.get("kind", "")}))
    form = RuleForm(request.POST)
    if not form.is_valid() or "look" in request.POST:
        return _look_back(request, form)
    try:
        rule = _add(request, staff, form.columns())
    except policing.RuleRefused as refusal:
        form.add_error(refusal.field, str(refusal))
        return _show(request, form)
    messages.success(request, _("The rule is in force.") if rule.is_active else _("It is kept."))
    return redirect("staff_policy")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Right.POLICY)
def edit_rule(request: HttpRequest, staff: Staff, rule_id: int) -> HttpResponse:
    rule = get_object_or_404(PolicyRule, pk=rule_id)
    if request.method != "POST":
        return _show(request, RuleForm.of(rule), rule)
    form = RuleForm(request.POST)
    if not form.is_valid() or "look" in request.POST:
        return _look_back(request, form, rule)
    try:
        edit(request, staff, rule_id, form.columns())
    except policing.RuleRefused as refusal:
        form.add_error(refusal.field, str(refusal))
        return _show(request, form, rule)
    messages.success(request, _("The changes were saved."))
    return redirect("staff_policy")


@require_POST
@staff_page(Right.POLICY)
def switch(request: HttpRequest, staff: Staff, rule_id: int) -> HttpResponse:
    """On or off, as the button said that was pressed. Off is as good as deleted, and known."""
    get_object_or_404(PolicyRule, pk=rule_id)
    edit(request, staff, rule_id, {"is_active": request.POST.get("to") == "on"})
    return redirect(_back(request))


@require_POST
@staff_page(Right.POLICY)
def move(request: HttpRequest, staff: Staff, rule_id: int) -> HttpResponse:
    """Put it before another one; without one, at the end."""
    old = get_object_or_404(PolicyRule, pk=rule_id).position
    try:
        with transaction.atomic():
            policing.move_rule(rule_id, before_id=number_in(request.POST.get("before", "")))
            new = PolicyRule.objects.values_list("position", flat=True).get(pk=rule_id)
            _record(request, staff, "policy.move", rule_id, {"position": old}, {"position": new})
    except policing.RuleRefused as refusal:
        messages.error(request, str(refusal))
    return redirect(_back(request))


@transaction.atomic
def edit(request: HttpRequest, staff: Staff, rule_id: int, columns: dict[str, Any]) -> None:
    """Write it, with a line in the trail if anything changed. Raises RuleRefused."""
    old = policing.edit_rule(rule_id, columns)
    if old:
        rule = PolicyRule.objects.get(pk=rule_id)
        _record(request, staff, "policy.edit", rule_id, old, {n: getattr(rule, n) for n in old})


@transaction.atomic
def _add(request: HttpRequest, staff: Staff, columns: dict[str, Any]) -> PolicyRule:
    rule = policing.add_rule(columns)
    given = {name: value for name, value in columns.items() if value not in ("", None)}
    _record(request, staff, "policy.add", rule.pk, {}, given | {"value": rule.value})
    return rule


def _record(
    request: HttpRequest,
    staff: Staff,
    action: str,
    rule_id: int,
    old: dict[str, Any],
    new: dict[str, Any],
) -> None:
    auditing.record(request, staff, action, subject="policy", subject_id=rule_id, old=old, new=new)


def _look_back(
    request: HttpRequest, form: RuleForm, rule: PolicyRule | None = None
) -> HttpResponse:
    """What the rule in the form would have refused, with nothing written."""
    if not form.is_valid():
        return _show(request, form, rule)
    try:
        values = policing.read_rule(form.columns())
    except policing.RuleRefused as refusal:
        form.add_error(refusal.field, str(refusal))
        return _show(request, form, rule)
    tried = PolicyRule(**values).compiled()
    seen = policing.look_back([tried], now=database_now())
    return _show(request, form, rule, {"seen": seen, "tried": tried, "days": policing.DAYS})


def _show(
    request: HttpRequest,
    form: RuleForm,
    rule: PolicyRule | None = None,
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    trail = AuditEntry.objects.filter(subject="policy", subject_id=rule.pk) if rule else None
    context = {"form": form, "rule": rule, "trail": trail[:ENTRIES_SHOWN] if trail else []}
    return render(request, "backoffice/policy/edit.html", context | (more or {}))


def _back(request: HttpRequest) -> str:
    """The list as it was left; never another host."""
    address = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        address, {request.get_host()}, require_https=request.is_secure()
    )
    return address if is_ours else reverse("staff_policy")
