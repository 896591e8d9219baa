"""How often a customer may ask for what costs much: papers, receipts, calls to gateways."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from orders.models import Customer
from panel.api import limits

View = Callable[..., HttpResponseBase]

INVOICES_PER_MINUTE = 30
STATEMENTS_PER_MINUTE = 6
RECEIPTS_PER_MINUTE = 10
OPENINGS_PER_MINUTE = 20
"""Payments that are opened: each tells its gateway."""


def paced(per_minute: int) -> Callable[[View], View]:
    """Let each customer through so many times within a minute, whatever comes of it."""

    def decorate(view: View) -> View:
        @wraps(view)
        def let_through(
            request: HttpRequest, customer: Customer, *args: Any, **kwargs: Any
        ) -> HttpResponseBase:
            try:
                name = f"{view.__name__}:{customer.pk}"
                limits.spend(name, per_minute=per_minute, now=timezone.now())
            except limits.TooManyRequests as refusal:
                return _too_many(request, refusal.retry_after_s)
            return view(request, customer, *args, **kwargs)

        return let_through

    return decorate


def _too_many(request: HttpRequest, retry_after_s: int) -> HttpResponse:
    answer = render(request, "429.html", status=429)
    answer["Retry-After"] = str(retry_after_s)
    return answer
