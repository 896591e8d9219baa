"""A panel that sells what a sandbox provider lists, and the people who use it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext

from orders import catalogue, forwarding, tracking
from orders.models import Customer, ImportPlan, Order, PollBucket, Service
from panel import tasks
from panel.clock import database_now
from panel.models import User
from providers.models import Provider
from providers.sandbox import Sandbox
from tests import make

PASSWORD = "a long password"
LOGIN, LOGIN_AGAIN = "/account/login/", "/account/reauthenticate/"
CURRENCY = "USD"
LATER = timedelta(days=1)
DELIVERED_S = 10_000  # of the sandbox's time


class Shop:
    """The sandbox's list for sale, each service active; jobs run when a test says so."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.provider: Provider = make.provider(url=box.url, api_key=box.key, rate_per_s=1000)
        ImportPlan.objects.create(
            provider=self.provider, choice=ImportPlan.Choice.ALL, is_active_at_once=True
        )
        sync = catalogue.sync_catalogue(
            self.provider.pk, now=database_now(), panel_currency=CURRENCY
        )
        self.sync_id: int = sync.pk

    def service(self, type: str = "Default", **columns: object) -> Service:
        """One that is for sale and takes 1,000 pieces."""
        fitting = Service.objects.filter(type=type, min__lte=1000, max__gte=1000, **columns)
        found = fitting.order_by("pk").first()
        assert found, f"the sandbox lists no such {type}"
        return found

    def forward(self) -> None:
        """What the clock does with paid orders."""
        tasks.forward_provider(self.provider.pk)

    def poll(self) -> None:
        """What the clock does with open orders, as if their time had come."""
        PollBucket.objects.update(due_at=database_now())
        tasks.poll_provider(self.provider.pk)

    def report(self, order: Order, **reply: object) -> None:
        """From now on the provider says this about ``order``."""
        order.refresh_from_db()
        assert order.upstream_id
        self.box.report(order.upstream_id, **reply)

    def delivered(self, customer: Customer, service: Service, *, at: datetime) -> Order:
        """An order of ``customer`` that went its whole way and was completed ``at`` that time."""
        order = make.placed(customer=customer, service=service, now=at - LATER)
        forwarding.forward_due(self.provider.pk, now=at - LATER)
        self.box.advance(DELIVERED_S)
        self.report(order, status="Completed", remains="0", start_count="10")
        tracking.poll_due(self.provider.pk, now=at)
        order.refresh_from_db()
        assert order.status == "completed"
        return order


def let_in(context: BrowserContext, user: User | None, url: str) -> Client:
    """Log ``user`` in, for the browser and for the client that is answered; None is a visitor."""
    client = Client()
    if user is not None:
        client.post(LOGIN, {"login": user.email, "password": PASSWORD})
        client.post(LOGIN_AGAIN, {"password": PASSWORD})
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": url}])
    return client
