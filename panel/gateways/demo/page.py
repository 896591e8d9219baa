"""The demo's own page, where a real gateway would ask for a card."""

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from orders.models import Customer, Payment
from orders.money import ZERO
from panel.dashboard.access import for_customers
from panel.models.demo import DemoPayment
from panel.paying.synchronising import synchronise

TOO_LITTLE = Decimal("0.01")
"""How much less than asked arrives when the customer pays too little."""


@require_http_methods(["GET", "HEAD", "POST"])
@for_customers
def demo_checkout(request: HttpRequest, customer: Customer, demo_token: UUID) -> HttpResponse:
    """What shall happen to this payment? There is no such page outside of a trial."""
    if not settings.DEMO_PAYMENTS:
        raise Http404
    payment = get_object_or_404(Payment, token=demo_token, customer=customer)
    played = get_object_or_404(DemoPayment, token=demo_token)
    deed = DEEDS.get(request.POST.get("deed", ""))
    if deed is None:
        return render(request, "gateways/demo.html", {"played": played})
    _play(demo_token, deed)
    # A real gateway would send a message now; the demo calls nobody, so its page does.
    synchronise(payment.pk)
    return redirect(played.return_url)


Deed = Callable[[DemoPayment], None]


@transaction.atomic
def _play(token: UUID, deed: Deed) -> None:
    played = DemoPayment.objects.select_for_update().get(token=token)
    deed(played)
    played.save()


def _pay(played: DemoPayment) -> None:
    if played.state == DemoPayment.State.OPEN:
        played.state, played.paid = DemoPayment.State.PAID, played.amount


def _pay_less(played: DemoPayment) -> None:
    if played.state == DemoPayment.State.OPEN:
        played.state, played.paid = DemoPayment.State.PAID, max(played.amount - TOO_LITTLE, ZERO)


def _decline(played: DemoPayment) -> None:
    if played.state == DemoPayment.State.OPEN:
        played.state = DemoPayment.State.DECLINED


def _dispute(played: DemoPayment) -> None:
    if played.paid is not None and played.dispute == DemoPayment.Dispute.NONE:
        played.dispute = DemoPayment.Dispute.OPEN


def _win(played: DemoPayment) -> None:
    if played.dispute == DemoPayment.Dispute.OPEN:
        played.dispute = DemoPayment.Dispute.WON


def _lose(played: DemoPayment) -> None:
    if played.dispute == DemoPayment.Dispute.OPEN:
        played.dispute = DemoPayment.Dispute.LOST


DEEDS: dict[str, Deed] = {
    "pay": _pay,
    "pay_less": _pay_less,
    "decline": _decline,
    "dispute": _dispute,
    "win": _win,
    "lose": _lose,
}
