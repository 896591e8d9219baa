"""Percent on top of payments: adding and changing."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from orders.models import BonusRule
from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.bonuses.forms import RuleForm
from panel.paying import bonuses

SUBJECT = "bonus"


@staff_page(Right.METHODS, fresh=True)
def new_rule(request: HttpRequest, staff: Staff) -> HttpResponse:
    form = RuleForm(request.POST or None)
    if not form.is_valid():
        return _show(request, form, _("Add a bonus"))
    with transaction.atomic():
        made = bonuses.add(form.cleaned_data)
        auditing.record(
            request,
            staff,
            "bonus.add",
            subject=SUBJECT,
            subject_id=made.pk,
            new=form.cleaned_data,
        )
    messages.success(request, _("%s was added.") % made.title)
    return redirect("staff_bonuses")


@staff_page(Right.METHODS, fresh=True)
def edit_rule(request: HttpRequest, staff: Staff, bonus_id: int) -> HttpResponse:
    rule = get_object_or_404(BonusRule, pk=bonus_id)
    form = RuleForm(request.POST or None, rule=rule)
    if not form.is_valid():
        return _show(request, form, rule.title)
    with transaction.atomic():
        old = bonuses.edit(bonus_id, form.cleaned_data)
        if old:
            new = {name: form.cleaned_data[name] for name in old}
            auditing.record(
                request,
                staff,
                "bonus.edit",
                subject=SUBJECT,
                subject_id=bonus_id,
                old=old,
                new=new,
            )
    messages.success(request, _("The changes were saved."))
    return redirect("staff_bonuses")


def _show(request: HttpRequest, form: RuleForm, title: str) -> HttpResponse:
    hint = _("Of all bonuses that fit a payment, the highest one counts.")
    context = {"form": form, "title": title, "hint": hint}
    return render(request, "backoffice/bonuses/edit.html", context)
