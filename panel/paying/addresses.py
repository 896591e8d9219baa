"""Addresses that are given away: from the settings, never from a request's host."""

from django.conf import settings
from django.urls import reverse

from orders.models import Payment


def public(name: str, *args: object) -> str:
    """The whole address of a page, as the world reaches it."""
    return f"{settings.PUBLIC_URL}{reverse(name, args=args)}"


def webhook_of(method_id: int) -> str:
    """Where the gateway of a method tells us what happened."""
    return public("webhook", method_id)


def page_of(payment: Payment) -> str:
    """Where the customer sees how a payment stands."""
    return public("payment", payment.token)
