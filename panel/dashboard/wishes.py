"""After the purchase: asking for a refill, asking to cancel."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from orders import cancelling, refilling
from orders.lifecycle import CancelStatus
from orders.models import Customer
from panel.dashboard.access import for_customers

REFILL_REFUSALS: dict[type[refilling.RefillRefused], Any] = {
    refilling.RefillDisabled: gettext_lazy("This service is sold without refill."),
    refilling.NotEnded: gettext_lazy("Only a delivered order can be refilled."),
    refilling.RefillDaysOver: gettext_lazy("The days in which this order is refilled are over."),
    refilling.RefillTooSoon: gettext_lazy(
        "A refill can be asked for 24 hours after completion, and 24 hours after the last refill."
    ),
}


@require_POST
@for_customers
def refill(request: HttpRequest, customer: Customer, order_id: int) -> HttpResponse:
    try:
        refilling.request_refill(order_id, customer_id=customer.pk, now=timezone.now())
    except refilling.IncorrectOrder as error:
        raise Http404 from error
    except refilling.RefillRefused as refusal:
        messages.error(request, str(REFILL_REFUSALS.get(type(refusal), refusal)))
    else:
        messages.success(request, _("The refill of order %s was requested.") % order_id)
    return _back(request, order_id)


@require_POST
@for_customers
def cancel(request: HttpRequest, customer: Customer, order_id: int) -> HttpResponse:
    try:
        wish = cancelling.request_cancel(order_id, customer_id=customer.pk, now=timezone.now())
    except cancelling.IncorrectOrder as error:
        raise Http404 from error
    except cancelling.NotCancelable:
        messages.error(request, _("Order %s can no longer be canceled.") % order_id)
    else:
        messages.success(request, _told(wish.status, order_id))
    return _back(request, order_id)


def _told(status: str, order_id: int) -> str:
    if status == CancelStatus.DONE:
        return _("Order %s was canceled, and its charge is back on your balance.") % order_id
    return _("You asked to cancel order %s. Its status changes once that is confirmed.") % order_id


def _back(request: HttpRequest, order_id: int) -> HttpResponse:
    """Where the wish was made, if that is a page of ours."""
    here = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        here, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(here) if is_ours else redirect("order", order_id)
