"""Messages of gateways, taken in once."""

from orders.models import GatewayEvent
from orders.models.gateway import OUTCOME_MAX


def receive(method_id: int, event_id: str, *, digest: str) -> GatewayEvent | None:
    """Note a verified message before anything follows from it; None when it was dealt with.

    One that was noted, and then left lying by a crash, is handed out again.
    """
    event, _is_new = GatewayEvent.objects.get_or_create(
        method_id=method_id, event_id=event_id, defaults={"digest": digest}
    )
    return None if event.outcome else event


def conclude(event: GatewayEvent, *, payment_id: int | None, outcome: str) -> None:
    """Say what came of a message, in a few words; from then on it is dealt with."""
    GatewayEvent.objects.filter(pk=event.pk).update(
        payment_id=payment_id, outcome=outcome[:OUTCOME_MAX] or "noted"
    )
