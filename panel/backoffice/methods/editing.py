"""Adding, changing, sorting and switching methods, and trying their keys."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orders.models import PaymentMethod
from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.methods.forms import MethodForm, missing
from panel.context import storefront_of
from panel.gateways.protocol import Gateway, GatewayFailed
from panel.gateways.registry import GATEWAYS, gateway_of, offered
from panel.paying import methods
from panel.paying.addresses import webhook_of
from panel.paying.faces import face_of

SUBJECT = "method"


@staff_page(Right.METHODS, fresh=True)
def new_method(request: HttpRequest, staff: Staff, gateway: str) -> HttpResponse:
    adapter = offered().get(gateway)
    if adapter is None:
        raise Http404
    currency = storefront_of(request).currency
    form = MethodForm(request.POST or None, gateway=adapter, panel_currency=currency)
    if form.is_valid():
        try:
            return _add(request, staff, form)
        except methods.TooManyMethods:
            form.add_error(None, _("There are as many methods as there may be."))
    return render(
        request, "backoffice/methods/edit.html", {"form": form, "gateway": face_of(gateway)}
    )


@staff_page(Right.METHODS, fresh=True)
def edit_method(request: HttpRequest, staff: Staff, method_id: int) -> HttpResponse:
    method = get_object_or_404(PaymentMethod, pk=method_id)
    gateway = GATEWAYS.get(method.gateway)
    if gateway is None:  # its adapter is gone
        raise Http404
    currency = storefront_of(request).currency
    form = MethodForm(request.POST or None, gateway=gateway, panel_currency=currency, method=method)
    if not form.is_valid():
        webhook = webhook_of(method.pk) if gateway.has_webhook else ""
        context = {
            "form": form,
            "gateway": face_of(method.gateway),
            "method": method,
            "webhook": webhook,
        }
        return render(request, "backoffice/methods/edit.html", context)
    with transaction.atomic():
        old, new = methods.edit(method_id, form.columns(), form.credentials())
        if old or new:
            _record(request, staff, "edit", method_id, old=old, new=new)
    messages.success(request, _("The changes were saved."))
    return redirect("staff_method", method_id)


@require_POST
@staff_page(Right.METHODS, fresh=True)
def switch_method(request: HttpRequest, staff: Staff, method_id: int) -> HttpResponse:
    method = _found(method_id)
    gateway = GATEWAYS.get(method.gateway)
    if gateway is None:  # its adapter is gone
        raise Http404
    if not method.is_active and _lacks(gateway, method):
        messages.error(request, _("Fill in what is missing first, and tick that it is offered."))
        return redirect("staff_method", method_id)
    with transaction.atomic():
        is_active = methods.switch(method_id)
        old = {"is_active": not is_active}
        _record(request, staff, "switch", method_id, old=old, new={"is_active": is_active})
    return redirect("staff_methods")


@require_POST
@staff_page(Right.METHODS)
def move_method(request: HttpRequest, staff: Staff, method_id: int) -> HttpResponse:
    method = _found(method_id)
    with transaction.atomic():
        methods.move(method_id, is_up=request.POST.get("way") == "up")
        new = PaymentMethod.objects.values_list("position", flat=True).get(pk=method_id)
        if new != method.position:
            old = {"position": method.position}
            _record(request, staff, "move", method_id, old=old, new={"position": new})
    return redirect("staff_methods")


@require_POST
@staff_page(Right.METHODS, fresh=True)
def try_method(request: HttpRequest, staff: Staff, method_id: int) -> HttpResponse:
    """Ask the gateway whether it knows us; nothing is changed there."""
    gateway = gateway_of(_found(method_id))
    try:
        said = gateway.try_credentials()
    except GatewayFailed as failure:
        messages.error(request, _("It does not work: %s") % failure)
    else:
        messages.success(request, _("It works. %s") % said)
    return redirect("staff_method", method_id)


def _add(request: HttpRequest, staff: Staff, form: MethodForm) -> HttpResponse:
    with transaction.atomic():
        made = methods.add(form.gateway.slug, form.columns(), form.credentials())
        new = {"gateway": made.gateway} | form.columns()
        marks = {f"credentials.{name}": methods.SECRET_SHOWN for name in form.credentials()}
        _record(request, staff, "add", made.pk, old={}, new=new | marks)
    messages.success(request, _("%s was added.") % made.title)
    return redirect("staff_method", made.pk)


def _lacks(gateway: type[Gateway], method: PaymentMethod) -> bool:
    return bool(missing(gateway, methods.credentials_of(method), method.instructions))


def _found(method_id: int) -> PaymentMethod:
    return get_object_or_404(PaymentMethod, pk=method_id)


def _record(
    request: HttpRequest,
    staff: Staff,
    deed: str,
    method_id: int,
    *,
    old: dict[str, Any],
    new: dict[str, Any],
) -> None:
    auditing.record(
        request, staff, f"{SUBJECT}.{deed}", subject=SUBJECT, subject_id=method_id, old=old, new=new
    )
