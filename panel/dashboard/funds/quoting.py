"""What a payment would cost and give, while the form is filled in.

Whoever types a promo code must not use up their tries with its first letters: a code is looked
up when its button is pressed, and from then on known by a mark that only this panel can make.
"""

from typing import Any

from django.core import signing
from django.http import HttpRequest

from orders import payments
from orders.models import Customer, PaymentMethod, PromoCode
from orders.payments import codes, promos
from panel.clock import database_now
from panel.dashboard.funds.forms import FundsForm
from panel.dashboard.funds.ways import way_of
from panel.gateways.protocol import GatewayFailed
from panel.gateways.registry import gateway_of

MARK_SALT = "weir.promo"
MARK_S = 3_600


def quoted(request: HttpRequest, customer: Customer, form: FundsForm) -> dict[str, Any]:
    """What the part of the page shows: a quote, or why there is none."""
    if not form.is_valid():
        is_typing = not request.POST.get("amount")
        return {"refusal": "" if is_typing else " ".join(map(str, form.errors.get("amount", [])))}
    given = form.cleaned_data
    method = way_of(customer, given["method"])
    if method is None:
        return {}
    promo, context = _promo(request, customer, given["code"])
    try:
        quote = _quote(customer, method, given, promo)
    except payments.CodeRefused as refusal:
        context = {"code_refusal": str(refusal)}
        quote = _quote(customer, method, given, None)
    except payments.PaymentRefused as refusal:
        return {"refusal": str(refusal)}
    return context | {"quote": quote, "method": method}


def _quote(
    customer: Customer, method: PaymentMethod, given: dict[str, Any], promo: PromoCode | None
) -> payments.Quote:
    try:
        step = gateway_of(method).step(method.currency)
    except GatewayFailed as failure:
        raise payments.PaymentRefused(str(failure)) from failure
    return payments.quote(
        customer, method, given["amount"], now=database_now(), promo=promo, step=step
    )


def _promo(
    request: HttpRequest, customer: Customer, code: str
) -> tuple[PromoCode | None, dict[str, Any]]:
    """The code that was looked up, with its mark for the next quote."""
    if not code.strip():
        return None, {}
    marked = _marked(request.POST.get("promo_mark", ""), customer, code)
    if marked is not None:
        return marked, {"promo_mark": request.POST["promo_mark"]}
    if not request.POST.get("apply"):
        return None, {}
    try:
        found = promos.find(customer.pk, code, now=database_now())
    except payments.CodeRefused as refusal:
        return None, {"code_refusal": str(refusal)}
    content = [customer.pk, found.pk, codes.digest(code)]
    return found, {"promo_mark": signing.dumps(content, salt=MARK_SALT)}


def _marked(mark: str, customer: Customer, code: str) -> PromoCode | None:
    try:
        customer_id, promo_id, digest = signing.loads(mark, salt=MARK_SALT, max_age=MARK_S)
    except (signing.BadSignature, ValueError):
        return None
    if (customer_id, digest) != (customer.pk, codes.digest(code)):
        return None
    return PromoCode.objects.filter(pk=promo_id, is_active=True).first()
