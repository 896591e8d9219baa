"""What failed lately, by its cause: a bad morning in a few lines, each leading to its orders."""

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from orders import failing
from orders.models import Attempt
from panel.backoffice.access import Staff, staff_page
from panel.backoffice.rights import Right
from panel.clock import database_now
from providers.models import Provider

PERIODS_H = (24, 72, 168)
SHOWN_ON_OVERVIEW = 4
TEXT_MAX = 200
_HEAD = re.compile(r"\AHTTP [0-9]{3} [^:{]*: ")


@dataclass(frozen=True, slots=True)
class Line:
    """One cause, with the name of its provider and the list of its orders."""

    cause: failing.Cause
    provider: str

    @property
    def outcome(self) -> Any:
        return Attempt.Outcome(self.cause.outcome).label

    @property
    def text(self) -> str:
        return said(self.cause.answer)

    @property
    def orders_page(self) -> str:
        calls = f"{self.cause.first_id}-{self.cause.last_id}"
        return f"{reverse('staff_orders')}?{urlencode({'failure': calls})}"


@require_safe
@staff_page(Right.ORDERS)
def failures(request: HttpRequest, staff: Staff) -> HttpResponse:
    """A page of its own; as a part of the overview, its first lines."""
    hours = _hours(request)
    since = database_now() - timedelta(hours=hours)
    names = dict(Provider.objects.values_list("pk", "name"))
    lines = [Line(cause, names[cause.provider_id]) for cause in failing.causes(since=since)]
    back = [(names[one.provider_id], one) for one in failing.given_back(since=since)]
    context = {
        "hours": hours,
        "periods": PERIODS_H,
        "lines": lines,
        "given_back": back,
        "orders": sum(line.cause.orders for line in lines) + sum(one.orders for _n, one in back),
        "calls_max": failing.CALLS_MAX,
    }
    if request.headers.get("HX-Request"):
        context["first"] = lines[:SHOWN_ON_OVERVIEW]
        return render(request, "backoffice/parts/failures.html", context)
    return render(request, "backoffice/failures.html", context)


def said(answer: str) -> str:
    """What a provider answered, without its wrapping: the error itself where there is one."""
    text = _HEAD.sub("", answer, count=1)
    try:
        read = json.loads(text)
    except ValueError:
        return text[:TEXT_MAX]
    error = read.get("error") if isinstance(read, dict) else None
    return str(error or text)[:TEXT_MAX]


def _hours(request: HttpRequest) -> int:
    asked = request.GET.get("hours", "")
    return int(asked) if asked in map(str, PERIODS_H) else PERIODS_H[0]
