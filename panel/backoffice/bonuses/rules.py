"""Percent on top of payments: adding and changing. What gives more may want a second person."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.models import BonusRule
from panel.backoffice import approvals, auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.approvals.bonuses import (
    SUBJECT,
    Columns,
    as_details,
    columns_of,
    described,
    gives_more,
    greatest,
)
from panel.backoffice.bonuses.forms import RuleForm
from panel.models import FundsRequest
from panel.paying import bonuses


@staff_page(Right.METHODS, fresh=True)
def new_rule(request: HttpRequest, staff: Staff) -> HttpResponse:
    form = RuleForm(request.POST or None)
    if not form.is_valid():
        return _show(request, form, _("Add a bonus"))
    return _done(request, staff, form, 0, _("%s was added.") % form.cleaned_data["title"])


@staff_page(Right.METHODS, fresh=True)
def edit_rule(request: HttpRequest, staff: Staff, bonus_id: int) -> HttpResponse:
    rule = get_object_or_404(BonusRule, pk=bonus_id)
    form = RuleForm(request.POST or None, rule=rule)
    if not form.is_valid():
        return _show(request, form, rule.title)
    return _done(request, staff, form, bonus_id, _("The changes were saved."))


def _done(
    request: HttpRequest, staff: Staff, form: RuleForm, rule_id: int, said: str
) -> HttpResponse:
    try:
        is_waiting = _set(request, staff, form, rule_id)
    except approvals.AskedBefore:
        messages.warning(request, _("This was saved already; it was not saved again."))
    else:
        messages.success(request, _("It waits for a second person.") if is_waiting else said)
    return redirect("staff_bonuses")


@transaction.atomic
def _set(request: HttpRequest, staff: Staff, form: RuleForm, rule_id: int) -> bool:
    """Write it down; whether it waits for a second person, as it gives more than before."""
    approvals.one_after_another(staff)
    locked = BonusRule.objects.select_for_update(of=("self",)).select_related("method")
    old = columns_of(locked.get(pk=rule_id)) if rule_id else {}
    if gives_more(old, form.columns):
        wanted = _wanted(form, rule_id, old)
        return approvals.move(request, staff, wanted, now=timezone.now()).is_waiting
    if old:
        _give_less(request, staff, rule_id, form.columns)
    else:
        made = bonuses.add(form.columns)
        auditing.record(
            request, staff, "bonus.add", subject=SUBJECT, subject_id=made.pk, new=form.columns
        )
    return False


def _wanted(form: RuleForm, rule_id: int, old: Columns) -> approvals.Move:
    columns = form.columns
    return approvals.Move(
        FundsRequest.Purpose.BONUS,
        rule_id,
        greatest(columns),
        described(columns),
        form.cleaned_data["token"],
        endless=True,
        details={"old": as_details(old), "new": as_details(columns)},
    )


def _give_less(request: HttpRequest, staff: Staff, rule_id: int, columns: Columns) -> None:
    old = bonuses.edit(rule_id, columns)
    if old:
        new = {name: columns[name] for name in old}
        auditing.record(
            request, staff, "bonus.edit", subject=SUBJECT, subject_id=rule_id, old=old, new=new
        )


def _show(request: HttpRequest, form: RuleForm, title: str) -> HttpResponse:
    hint = _("Of all bonuses that fit a payment, the highest one counts.")
    context = {"form": form, "title": title, "hint": hint}
    return render(request, "backoffice/bonuses/edit.html", context)
