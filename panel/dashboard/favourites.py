"""The star and the bell of a service: set and taken away."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from orders.models import Customer, Service
from panel.dashboard.access import for_customers
from panel.marks import marks
from panel.models import Favourite, Follow

CHOSEN_MAX = 500  # of each sort, for one customer


@require_POST
@for_customers
def favourite(request: HttpRequest, customer: Customer, service_id: int) -> HttpResponse:
    """Set or take away the star, as ``on`` says."""
    return _choose(request, customer, service_id, Favourite)


@require_POST
@for_customers
def follow(request: HttpRequest, customer: Customer, service_id: int) -> HttpResponse:
    """Set or take away the bell, as ``on`` says."""
    return _choose(request, customer, service_id, Follow)


def _choose(
    request: HttpRequest, customer: Customer, service_id: int, mark: type[Favourite | Follow]
) -> HttpResponse:
    service = get_object_or_404(Service, pk=service_id)
    own = mark.objects.filter(customer=customer)
    if request.POST.get("on") != "1":
        own.filter(service=service).delete()
    elif own.count() < CHOSEN_MAX:
        mark.objects.get_or_create(customer=customer, service=service)
    if request.htmx:  # type: ignore[attr-defined]
        context = {"service": service, **marks(service.pk, customer)}
        return render(request, "dashboard/parts/marks.html", context)
    return _back(request, service)


def _back(request: HttpRequest, service: Service) -> HttpResponse:
    here = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        here, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(here) if is_ours else redirect("service", service.pk)
