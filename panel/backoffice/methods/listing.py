"""The payment methods in the order in which customers see them, and those that can be added."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from orders.models import PaymentMethod
from panel.backoffice.access import Right, Staff, staff_page
from panel.paying.faces import addable, face_of
from panel.paying.methods import METHODS_MAX


@require_safe
@staff_page(Right.METHODS)
def methods(request: HttpRequest, staff: Staff) -> HttpResponse:
    rows = PaymentMethod.objects.defer("credentials")[:METHODS_MAX]
    context = {
        "methods": [(row, face_of(row.gateway)) for row in rows],
        "gateways": addable(),
    }
    return render(request, "backoffice/methods/list.html", context)
