"""Mass order: write a list, see what each line would cost, order it, watch it being worked off."""

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orders import placing
from orders.models import Customer, MassLine, MassOrder, Order
from orders.order_types import ORDER_TYPES, OrderType
from panel.dashboard.access import for_customers
from panel.nudges import forward_soon
from panel.storefront.services import number_in

AT_ONCE_MAX = 50  # lines that are placed within the request
TEXT_MAX = 900_000  # characters, as much as one form may send
LISTS_SHOWN = 8
PROBLEMS_SHOWN = 200
LINES_SHOWN = 50
EXAMPLES = ("Default", "Package", "Custom Comments", "Comment Replies", "Poll", "Subscriptions")
State = MassOrder.State


@dataclass(frozen=True, slots=True)
class Written:
    """The form: what stands in it, under which mark, and what is wrong with it."""

    text: str
    token: str
    error: str = ""

    @property
    def lines(self) -> int:
        return sum(bool(line.strip()) for line in self.text.split("\n"))


@require_http_methods(["GET", "HEAD", "POST"])
@for_customers
def mass(request: HttpRequest, customer: Customer) -> HttpResponse:
    """The form; with POST the list is kept with its dry run, and shown."""
    if request.method != "POST":
        return _show_form(request, customer, _opened(request, customer))
    text, token = request.POST.get("lines", ""), _token(request)
    try:
        kept = placing.draft_mass(customer.pk, text, token=token, now=timezone.now())
    except placing.ListRefused as refusal:
        return _show_form(request, customer, Written(text, str(token), str(refusal)))
    except placing.ListStarted:
        error = _("This form was ordered before, with other lines. Check again to order these too.")
        return _show_form(request, customer, Written(text, str(uuid.uuid4()), error))
    return redirect("mass_order", kept.pk)


@require_safe
@for_customers
def mass_order(request: HttpRequest, customer: Customer, mass_id: int) -> HttpResponse:
    """One list: its dry run, its progress, or what became of it."""
    found = get_object_or_404(customer.mass_orders, pk=mass_id)
    part = "parts/mass_order" if "part" in request.GET else "mass_order"
    return render(request, f"dashboard/{part}.html", _context(found, customer))


@require_POST
@for_customers
def place_mass(request: HttpRequest, customer: Customer, mass_id: int) -> HttpResponse:
    """Order the list. A short one is placed at once, a long one by the clock."""
    found = get_object_or_404(customer.mass_orders, pk=mass_id)
    now = timezone.now()
    language = get_language() or ""
    is_ours = placing.start_mass(found.pk, customer_id=customer.pk, language=language, now=now)
    if is_ours and found.lines_count <= AT_ONCE_MAX:
        placing.place_slice(found.pk, now=now)
        for provider_id in _providers(found):
            forward_soon(provider_id)
    return redirect("mass_order", found.pk)


def _show_form(request: HttpRequest, customer: Customer, written: Written) -> HttpResponse:
    context = {
        "written": written,
        "text_max": TEXT_MAX,
        "lines_max": placing.LIST_LINES_MAX,
        "examples": [_example(ORDER_TYPES[title]) for title in EXAMPLES],
        "lists": customer.mass_orders.exclude(state=State.DRAFT)[:LISTS_SHOWN],
    }
    return render(request, "dashboard/mass.html", context)


def _opened(request: HttpRequest, customer: Customer) -> Written:
    """An empty form, a draft that is changed, or what an ordered list left over."""
    draft_id = number_in(request.GET.get("draft", ""))
    rest_id = number_in(request.GET.get("rest", ""))
    if draft_id:
        draft = _own(customer, draft_id).filter(state=State.DRAFT).first()
        return Written(_text(draft.lines.all()), str(draft.token)) if draft else _fresh("")
    if rest_id:
        done = _own(customer, rest_id).first()
        return _fresh(_text(done.lines.exclude(problem=""))) if done else _fresh("")
    service_id = number_in(request.GET.get("service", ""))
    return _fresh(f"{service_id} | " if service_id else "")


def _own(customer: Customer, mass_id: int) -> QuerySet[MassOrder]:
    return MassOrder.objects.filter(pk=mass_id, customer=customer)


def _fresh(text: str) -> Written:
    return Written(text, str(uuid.uuid4()))


def _text(lines: QuerySet[MassLine]) -> str:
    return "\n".join(lines.order_by("number").values_list("text", flat=True))


def _token(request: HttpRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("token", ""))
    except ValueError as error:
        raise Http404 from error


def _context(found: MassOrder, customer: Customer) -> dict[str, Any]:
    context: dict[str, Any] = {"mass": found, "ready": found.lines_count - found.refused}
    if found.state == State.PLACING:
        ended = found.placed + found.refused
        return context | {"ended": ended, "percent": 100 * ended // found.lines_count}
    lines = found.lines.filter(problem="").order_by("number")
    missing = found.charge - customer.balance - customer.credit_limit
    return context | {
        "problems": found.lines.exclude(problem="").order_by("number")[:PROBLEMS_SHOWN],
        "lines": lines[:LINES_SHOWN],
        "more": max(context["ready"] - LINES_SHOWN, 0),
        "more_problems": max(found.refused - PROBLEMS_SHOWN, 0),
        "missing": max(missing, Decimal(0)),
        "balance_after": customer.balance - found.charge,
        "twin": placing.ordered_before(found) if found.state == State.DRAFT else None,
        "order_ids": _order_ids(found) if found.state == State.DONE else "",
    }


def _order_ids(found: MassOrder) -> str:
    ids = found.lines.exclude(order=None).order_by("number").values_list("order_id", flat=True)
    return ", ".join(str(pk) for pk in ids)


def _providers(found: MassOrder) -> list[int | None]:
    """Who has something to do now."""
    placed = Order.objects.filter(massline__mass=found).order_by()
    return list(placed.values_list("provider_id", flat=True).distinct())


def _example(order_type: OrderType) -> tuple[str, list[str]]:
    """How a line of this type is written: the names of its parts, in their order."""
    names = [str(item.label) for item in order_type.inputs if item.required and not item.when]
    return order_type.title, ["ID", *names]
