"""Promo codes: making one, and switching it off and on."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orders.models import PromoCode
from orders.money import ZERO, plain
from orders.payments import CodeRefused, promos
from panel.backoffice import approvals, auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.bonuses.forms import PromoForm
from panel.models import FundsRequest
from panel.paying import bonuses

SUBJECT = "promo"


@staff_page(Right.METHODS, fresh=True)
def new_promo(request: HttpRequest, staff: Staff) -> HttpResponse:
    form = PromoForm(request.POST or None)
    if form.is_valid():
        try:
            return _make(request, staff, form)
        except CodeRefused as refusal:
            form.add_error("code", str(refusal))
    hint = _("Note the code now: afterwards only its first letters are shown.")
    context = {"form": form, "title": _("Add a promo code"), "hint": hint}
    return render(request, "backoffice/bonuses/edit.html", context)


@require_POST
@staff_page(Right.METHODS, fresh=True)
def switch_promo(request: HttpRequest, staff: Staff, promo_id: int) -> HttpResponse:
    get_object_or_404(PromoCode, pk=promo_id)
    try:
        with transaction.atomic():
            is_active = bonuses.switch(PromoCode, promo_id)
            auditing.record(
                request,
                staff,
                "promo.switch",
                subject=SUBJECT,
                subject_id=promo_id,
                old={"is_active": not is_active},
                new={"is_active": is_active},
            )
    except CodeRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("staff_bonuses")


@transaction.atomic
def _make(request: HttpRequest, staff: Staff, form: PromoForm) -> HttpResponse:
    terms = _terms(form.cleaned_data)
    closed = {"is_active": False, "is_released": False}
    made = promos.create(form.cleaned_data["code"], **terms, **closed)
    made.methods.set(form.cleaned_data["methods"])
    names = [method.pk for method in form.cleaned_data["methods"]]
    auditing.record(
        request,
        staff,
        "promo.add",
        subject=SUBJECT,
        subject_id=made.pk,
        new=terms | {"prefix": made.prefix, "methods": names},
    )
    if _asked_for(request, staff, made).is_waiting:
        messages.success(request, _("It waits for a second person."))
    else:
        messages.success(request, _("%s was added.") % made.title)
    return redirect("staff_bonuses")


def _asked_for(request: HttpRequest, staff: Staff, made: PromoCode) -> FundsRequest:
    """The most that the code can give, opened at once or by leave of a second person."""
    wanted = approvals.Move(
        FundsRequest.Purpose.PROMO,
        made.pk,
        (made.fixed or made.most or ZERO) * (made.uses_max or 1),
        _described(made),
        uuid4(),  # a code is made once: its digest is the mark of the form
        endless=made.uses_max is None,
    )
    return approvals.move(request, staff, wanted, now=timezone.now())


def _described(made: PromoCode) -> str:
    """As the second person reads it: what each use gives, and how many there may be."""
    most = f" (≤ {plain(made.most)})" if made.most else ""
    gives = plain(made.fixed) if made.fixed else f"{plain(made.percent)} %{most}"
    return f"{made.title} · {made.prefix}… · {gives} × {made.uses_max or '∞'}"


def _terms(given: dict[str, Any]) -> dict[str, Any]:
    """The columns; what was left empty keeps its default, but for the limit of uses. A percentage
    always has a most, so that what was reckoned holds when greater payments become possible."""
    names = ("title", "percent", "most", "fixed", "min_amount", "uses_per_customer_max")
    terms = {name: given[name] for name in names if given[name] is not None}
    if "percent" in terms:
        terms.setdefault("most", promos.greatest_share(given["percent"], given["methods"]))
    return terms | {name: given[name] for name in ("uses_max", "starts_at", "ends_at")}
