"""Who may see a customer's pages: the customer alone."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from orders.models import Customer

Rest = ParamSpec("Rest")
CustomerPage = Callable[Concatenate[HttpRequest, Customer, Rest], HttpResponseBase]
Page = Callable[Concatenate[HttpRequest, Rest], HttpResponseBase]


def for_customers(view: CustomerPage[Rest]) -> Page[Rest]:
    """Hand the customer who is logged in to ``view``; staff without one go to the engine room.

    Every query of such a page starts from this customer, so nobody else's rows can be reached.
    """

    @login_required
    @wraps(view)
    def page(request: HttpRequest, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
        customer = request.user.customer if request.user.is_authenticated else None
        if customer is None:
            return redirect("admin:index" if request.user.is_staff else "home")
        return view(request, customer, *args, **kwargs)

    return cast(Any, page)
