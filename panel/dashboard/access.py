"""Who may see a customer's pages: the customer alone."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from orders.models import Customer
from panel.backoffice.rights import rights_of

Rest = ParamSpec("Rest")
CustomerPage = Callable[Concatenate[HttpRequest, Customer, Rest], HttpResponseBase]
Page = Callable[Concatenate[HttpRequest, Rest], HttpResponseBase]


def for_customers(view: CustomerPage[Rest]) -> Page[Rest]:
    """Hand the customer who is logged in to ``view``; staff without one go to the back-office.

    Every query of such a page starts from this customer, so nobody else's rows can be reached.
    """

    @login_required
    @wraps(view)
    def page(request: HttpRequest, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
        customer = request.user.customer if request.user.is_authenticated else None
        if customer is None:
            return redirect(_desk_of(request.user))
        return view(request, customer, *args, **kwargs)

    return cast(Any, page)


def _desk_of(user: Any) -> str:
    if user.is_authenticated and user.is_staff:
        return "staff_overview" if rights_of(user) else "admin:index"
    return "home"
