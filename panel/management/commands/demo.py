"""`manage.py demo`: what a trial panel starts with. Run again, it changes nothing that exists."""

import json
import secrets
from argparse import ArgumentParser
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from orders import catalogue, invoicing, payments
from orders.models import (
    BonusRule,
    CatalogueSync,
    Customer,
    ImportPlan,
    PaymentMethod,
    Seller,
    Service,
)
from orders.models.method import MANUAL
from panel.api.keys import issue_key
from panel.clock import database_now
from panel.models import ApiKey, Storefront, User
from providers.models import Provider

PASSWORD_BYTES = 9
OPERATOR = "operator@example.com"
CUSTOMER = "customer@example.com"
PROVIDER = "Sandbox"
MARKUP_PERCENT = Decimal(30)
OPENING_TOP_UP = Decimal(250)
GATEWAY, REFERENCE = "demo", "demo-opening"
BANK = "Account of Weir\nIBAN DE02 1203 0000 0000 2020 51\nThis is a trial: do not send money."
SELLER = {"name": "Weir (a trial)", "address": "1 River Lane", "note": "This is a trial."}
BONUS_FROM, BONUS_PERCENT = Decimal(100), Decimal(5)
KEY_REQUESTS_PER_MINUTE = 6_000
CONCURRENCY = 16
RATE_PER_S = 200
QUANTITY = 500


class Command(BaseCommand):
    """Brand, people, balance and key, ways to pay, and the sandbox provider's whole list."""

    help = "Fill an empty panel for a trial; answers the logins as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sandbox-url", required=True)
        parser.add_argument("--sandbox-key", required=True)
        parser.add_argument("--logins", default="{}", help="what an earlier run answered")

    def handle(self, *, sandbox_url: str, sandbox_key: str, logins: str, **options: Any) -> str:
        known, now = json.loads(logins), database_now()
        Storefront.objects.get_or_create(pk=1)
        provider = _provider(sandbox_url, sandbox_key)
        _list_services(provider, now=now)
        _ways_to_pay()
        _seller(now=now)
        answer = {
            "operator": _operator(known.get("operator")),
            "customer": _customer_login(known.get("customer")),
            "api_key": _api_key(known.get("api_key"), now=now),
            "order": _example_order(),
        }
        return json.dumps(answer)


def _provider(url: str, key: str) -> Provider:
    """The sandbox, at the address where it listens this time."""
    provider, _ = Provider.objects.update_or_create(
        name=PROVIDER,
        defaults={"url": url, "api_key": key, "allow_private_address": True},
        create_defaults={
            "url": url,
            "api_key": key,
            "allow_private_address": True,
            "concurrency": CONCURRENCY,
            "rate_per_s": RATE_PER_S,
        },
    )
    ImportPlan.objects.get_or_create(
        provider=provider,
        defaults={
            "choice": ImportPlan.Choice.ALL,
            "is_active_at_once": True,
            "markup_percent": MARKUP_PERCENT,
        },
    )
    return provider


def _list_services(provider: Provider, *, now: datetime) -> None:
    if Service.objects.exists():
        return
    currency = Storefront.current().currency
    sync = catalogue.sync_catalogue(provider.pk, now=now, panel_currency=currency)
    if sync.outcome != CatalogueSync.Outcome.APPLIED:
        raise CommandError(f"The sandbox's list was not taken: {sync.reason}")


@transaction.atomic
def _ways_to_pay() -> None:
    """A gateway to play with, a bank that staff look at, and something on top of large amounts."""
    if PaymentMethod.objects.exists():
        return
    terms = {"currency": Storefront.current().currency, "is_active": True}
    PaymentMethod.objects.create(gateway=GATEWAY, title="Demo card", position=1, **terms)
    PaymentMethod.objects.create(
        gateway=MANUAL, title="Bank transfer", position=2, instructions=BANK, **terms
    )
    BonusRule.objects.create(title="Large amounts", from_amount=BONUS_FROM, percent=BONUS_PERCENT)


def _seller(*, now: datetime) -> None:
    """Somebody who sells, so that payments get invoices."""
    if not Seller.objects.exists():
        invoicing.edit_seller(**SELLER, invoices_from=now)


def _operator(known: dict[str, str] | None) -> dict[str, str]:
    if known and User.objects.filter(email=known["login"]).exists():
        return known
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    operator = User.objects.filter(email=OPERATOR).first()
    if operator is None:
        User.objects.create_superuser(OPERATOR, password)
    else:
        operator.set_password(password)
        operator.save(update_fields=["password"])
    return {"login": OPERATOR, "password": password}


@transaction.atomic
def _customer_login(known: dict[str, str] | None) -> dict[str, str]:
    if known and User.objects.filter(email=known["login"]).exists():
        return known
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    user = User.objects.filter(email=CUSTOMER).first()
    if user is None:
        user = User(email=CUSTOMER, customer=Customer.objects.create(name=CUSTOMER))
    user.set_password(password)
    user.save()
    return {"login": CUSTOMER, "password": password}


def _api_key(known: str | None, *, now: datetime) -> str:
    """The customer's key, with the opening balance that its first order is paid from."""
    customer = User.objects.get(email=CUSTOMER).customer
    if customer is None:
        raise CommandError(f"{CUSTOMER} is not a customer any more.")
    _top_up(customer, now=now)
    if known and ApiKey.objects.filter(customer=customer, revoked_at=None).exists():
        return known
    issued = issue_key(customer.pk, name="Trial", requests_per_minute=KEY_REQUESTS_PER_MINUTE)
    return issued.text


@transaction.atomic
def _top_up(customer: Customer, *, now: datetime) -> None:
    """Pay in once, as money always comes in."""
    currency = Storefront.current().currency
    if customer.payments.filter(gateway=GATEWAY, reference=REFERENCE).exists():
        return
    payment = payments.open_payment(
        customer, gateway=GATEWAY, reference=REFERENCE, amount=OPENING_TOP_UP, currency=currency
    )
    payments.settle(payment.pk, amount=OPENING_TOP_UP, currency=currency, now=now)


def _example_order() -> dict[str, Any]:
    """Fields of an order that the sandbox delivers."""
    service = (
        Service.objects.filter(
            type="Default", is_active=True, unavailable="", min__lte=QUANTITY, max__gte=QUANTITY
        )
        .order_by("rate", "pk")
        .first()
    )
    if service is None:
        raise CommandError("The sandbox's list holds no service that can be tried out.")
    return {"service": service.pk, "link": "https://example.com/launch", "quantity": QUANTITY}
