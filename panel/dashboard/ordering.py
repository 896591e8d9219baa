"""New order: choose a service, fill in what it asks for, see the charge, order, get a receipt."""

import uuid
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orders import ledger, placing
from orders.models import Customer, Order, Service
from orders.order_types import ORDER_TYPES, InvalidInputs, Kind, Limits, OrderType
from panel import shelves
from panel.dashboard.access import for_customers
from panel.forms import OrderForm
from panel.marks import first_choices, marks
from panel.nudges import forward_soon
from panel.storefront.services import categories, number_in, read_wanted

RATE_SHOWN_FOR_S = 600
RATE_SALT = "weir.shown-rate"
STAND_INS = {Kind.LINK: "-", Kind.TEXT: "-", Kind.LINES: "-", Kind.NUMBER: "1"}


@dataclass(frozen=True, slots=True)
class Counter:
    """A service as it lies on the counter: form, rate shown, and the mark of this very form."""

    service: Service
    form: OrderForm
    rate: Decimal
    token: str

    @property
    def signed_rate(self) -> str:
        return signing.dumps([self.service.pk, str(self.rate)], salt=RATE_SALT)


@require_http_methods(["GET", "HEAD", "POST"])
@for_customers
def new_order(request: HttpRequest, customer: Customer) -> HttpResponse:
    """The page itself, and with POST the order."""
    if request.method == "POST":
        return _order(request, customer)
    service_id = number_in(request.GET.get("service", ""))
    service = shelves.for_sale().filter(pk=service_id).first() if service_id else None
    counter = _counter(service, customer, _again(request, customer)) if service else None
    return _show(request, customer, counter)


@require_safe
@for_customers
def choices(request: HttpRequest, customer: Customer) -> HttpResponse:
    """The services that match, for the picker beside the form."""
    return render(request, "dashboard/parts/choices.html", _shelf(request, customer))


@require_POST
@for_customers
def quote(request: HttpRequest, customer: Customer, service_id: int) -> HttpResponse:
    """What the order would cost with what is entered so far."""
    service = get_object_or_404(shelves.for_sale(), pk=service_id)
    raw = _with_stand_ins(ORDER_TYPES[service.type], request)
    context: dict[str, Any] = {"service": service, "rate": shelves.rate_for(service, customer)}
    try:
        quoted = placing.quote(
            customer_id=customer.pk, service_id=service.pk, raw=raw, now=timezone.now()
        )
    except InvalidInputs as refusal:
        context["errors"] = [error for error in refusal.errors if raw.get(error.field)]
    except placing.OrderRefused as refusal:
        context["refusal"] = str(refusal)
    else:
        missing = quoted.charge - customer.balance - customer.credit_limit
        context |= {"quote": quoted, "rate": quoted.terms.rate, "missing": max(missing, Decimal(0))}
        context["balance_after"] = customer.balance - quoted.charge
    return render(request, "dashboard/parts/quote.html", context)


@require_safe
@for_customers
def receipt(request: HttpRequest, customer: Customer, order_id: int) -> HttpResponse:
    """What was just bought."""
    order = get_object_or_404(
        Order.objects.select_related("service"), pk=order_id, customer=customer
    )
    return render(request, "dashboard/receipt.html", {"order": order})


def _order(request: HttpRequest, customer: Customer) -> HttpResponse:
    service_id = number_in(request.POST.get("service", "")) or 0
    service = get_object_or_404(Service.objects.select_related("category"), pk=service_id)
    counter = _counter(service, customer, request.POST, token=_token(request))
    if counter is None:
        return _show(request, customer, None, _("This service is no longer for sale."))
    try:
        placed = placing.place_order(
            customer_id=customer.pk,
            service_id=service.pk,
            raw=counter.form.raw(),
            now=timezone.now(),
            idempotency_key=f"form:{counter.token}",
            shown_rate=_shown_rate(request, service),
        )
    except InvalidInputs as refusal:
        counter.form.refuse(refusal)
    except placing.IdempotencyConflict:
        text = _("This form was sent before, with other details. Order again to place both.")
        counter.form.add_error(None, text)
        counter = Counter(service, counter.form, counter.rate, _fresh_token())
    except placing.OrderRefused as refusal:
        field = refusal.field if refusal.field in counter.form.fields else None
        counter.form.add_error(field, str(refusal))
    except (ledger.InsufficientBalance, ledger.MayNotSpend) as refusal:
        counter.form.add_error(None, str(refusal))
    else:
        forward_soon(placed.provider_id)
        return redirect("receipt", placed.order_id)
    return _show(request, customer, counter)


def _show(
    request: HttpRequest, customer: Customer, counter: Counter | None, refusal: str = ""
) -> HttpResponse:
    context: dict[str, Any] = {"counter": counter, "refusal": refusal}
    if counter:
        service = counter.service
        context["measured"] = shelves.measured([service.pk]).get(service.pk)
        context |= {"service": service} | marks(service.pk, customer)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "dashboard/parts/counter.html", context)
    context |= _shelf(request, customer) | {"categories": categories()}
    return render(request, "dashboard/new_order.html", context)


def _shelf(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    wanted = read_wanted(request)
    shelf = shelves.shelf(
        words=wanted.words, category_id=wanted.category_id, after=wanted.after, customer=customer
    )
    is_first_page = wanted.is_plain and wanted.after is None
    favourites = first_choices(customer, is_first_page=is_first_page)
    return {"shelf": shelf, "wanted": wanted} | favourites


def _counter(service: Service, customer: Customer, data: Any, *, token: str = "") -> Counter | None:
    if not (service.is_active and not service.unavailable):
        return None
    limits = Limits(service.min, service.max, service.dripfeed)
    form = OrderForm(ORDER_TYPES[service.type], limits, data)
    rate = shelves.rate_for(service, customer)
    return Counter(service, form, rate, token or _fresh_token())


def _again(request: HttpRequest, customer: Customer) -> dict[str, str] | None:
    """The inputs of an earlier order of this customer, for `order again`."""
    order_id = number_in(request.GET.get("again", ""))
    earlier = Order.objects.filter(pk=order_id, customer=customer).first() if order_id else None
    return earlier.inputs if earlier else None


def _shown_rate(request: HttpRequest, service: Service) -> Decimal:
    """The rate that this form showed; one that is unreadable or too old counts as nothing shown."""
    try:
        service_id, rate = signing.loads(
            request.POST.get("quote", ""), salt=RATE_SALT, max_age=RATE_SHOWN_FOR_S
        )
        return Decimal(rate) if service_id == service.pk else Decimal(0)
    except (signing.BadSignature, ValueError, InvalidOperation):
        return Decimal(0)


def _token(request: HttpRequest) -> str:
    try:
        return str(uuid.UUID(request.POST.get("token", "")))
    except ValueError:
        return _fresh_token()


def _fresh_token() -> str:
    return str(uuid.uuid4())


def _with_stand_ins(order_type: OrderType, request: HttpRequest) -> dict[str, str]:
    """What is entered, with something harmless for what is still missing and is not counted."""
    raw = {item.name: request.POST.get(item.name, "") for item in order_type.inputs}
    for item in order_type.inputs:
        counts = item.kind == Kind.NUMBER or item.name == order_type.counted
        if item.required and not counts and not raw[item.name].strip():
            raw[item.name] = item.choices[0][0] if item.choices else STAND_INS[item.kind]
    return raw
