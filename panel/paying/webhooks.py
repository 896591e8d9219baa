"""The door for messages of payment gateways.

2xx says "we have it", 400 "this is not yours", anything from 500 on "come again later".
"""

import structlog
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from orders.models import PaymentMethod
from panel.gateways.protocol import BadSignature, GatewayFailed
from panel.gateways.registry import gateway_of
from panel.paying.inbox import TooEarly, take_in

BODY_MAX = 256 * 1024  # bytes
LENGTH_DIGITS_MAX = 9
TAKEN, FORGED, UNKNOWN, TOO_LARGE, LATER = 200, 400, 404, 413, 503

log = structlog.get_logger(__name__)


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, method_id: int) -> HttpResponse:
    """Switched-off methods listen, too: what was paid through them is still paid."""
    try:
        return HttpResponse(status=_answer(request, method_id))
    except DatabaseError as error:
        log.error("webhook_not_taken", method=method_id, error=type(error).__name__)
        return HttpResponse(status=LATER)


def _answer(request: HttpRequest, method_id: int) -> int:
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdecimal() or len(length) > LENGTH_DIGITS_MAX or int(length) > BODY_MAX:
        return TOO_LARGE
    method = PaymentMethod.objects.filter(pk=method_id).first()
    if method is None:
        return UNKNOWN
    try:
        gateway = gateway_of(method)
        if not gateway.has_webhook:
            return UNKNOWN
        take_in(method, gateway, request.body, request.headers)
    except BadSignature:
        return FORGED
    except (GatewayFailed, TooEarly) as trouble:
        log.info("webhook_comes_again", method=method_id, reason=str(trouble))
        return LATER
    return TAKEN
