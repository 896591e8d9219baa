"""A shop with something on every page, and with scripts in every text that people can write."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from orders import (
    cancelling,
    invoicing,
    measuring,
    placing,
    policing,
    proving,
    reconciling,
    refilling,
)
from orders.models import (
    BalanceReading,
    CatalogueChange,
    CatalogueImport,
    Customer,
    Invoice,
    MassOrder,
    Order,
    PolicyRule,
    PolicyTally,
    ProviderDay,
    Service,
    TaxRate,
)
from panel.api.keys import issue_key
from panel.backoffice.intake import drafting, reading
from panel.clock import database_now
from panel.models import (
    BulkWork,
    Favourite,
    Follow,
    FundsRequest,
    Intake,
    News,
    Page,
    Question,
    Storefront,
    User,
)
from tests import make
from tests.browser.paying import paying_in
from tests.browser.shop import Shop

CANARY = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'>"
LONG_LINK = "https://example.com/" + "a-very-long-path-without-an-end/" * 8
FORMS = ("Default", "Web Traffic", "Subscriptions", "Custom Comments", "Poll", "Package")
# Links of mails and passkeys that are used up: their pages say so. A deed that money follows.
GONE = {"pk": 0, "key": "gone", "uidb36": "1", "code": "refund"}
DAY = timedelta(days=1)


@dataclass
class Stock:
    """What the pages show. ``known`` fills the parameters of addresses."""

    customer: Customer
    orders: list[Order]
    known: dict[str, Any]
    users: dict[str, User]
    forms: list[str] = field(default_factory=list)

    def more(self, person: str) -> list[str]:
        """Pages that differ by what is asked of them, not by their address."""
        found = ["/services/?q=visits", "/services/?q=nothing-like-this"]
        if person == "customer":
            found += self.forms
            found += [f"/dashboard/orders/{order.pk}/" for order in self.orders]
            found += ["/dashboard/orders/?q=nothing-like-this", "/dashboard/statement/?kind=refund"]
        return found


def stocked(shop: Shop) -> Stock:
    """Fill ``shop`` with texts, and a customer with orders in every state and all that follows."""
    service = shop.service(refill=True, cancel=True)
    Service.objects.filter(pk=service.pk).update(
        own_name=f"Visits {CANARY}", own_description=CANARY
    )
    customer = make.customer(balance="100")
    orders = _orders(shop, customer, service)
    key = issue_key(customer.pk, name=CANARY[:60]).row
    user = make.user(customer=customer, email="ann@example.com")
    staff = make.user(is_staff=True, is_superuser=True, email="owner@example.com")
    page = _texts()
    lists = _ordered_lists(customer, service)
    _in_portions(shop, customer)
    _chosen_and_changed(customer, service)
    known = {
        **_papers(customer),
        **paying_in(customer, CANARY),
        **_reconciled(shop),
        "order_id": orders[0].pk,
        "customer_id": customer.pk,
        "user_id": user.pk,
        "key_id": key.pk,
        "mass_id": _list(customer, service).pk,
        "work_id": _work(staff, orders[-1]).pk,
        "wish_id": orders[0].refills.get().pk,
        "queue": "refill",
        "deed": "reject",
        "request_id": _asked_for(customer).pk,
        "intake_id": _intake(staff).pk,
        "rule_id": _rule().pk,
        "slug": page.slug,
        "kind": "pages",
        "text_id": page.pk,
        "event": "completed",
        "language": "en",
        **_of_the_list(shop, service),
        **GONE,
    }
    forms = [f"/dashboard/?service={one.pk}" for one in _one_of_each(FORMS)]
    forms += [f"/dashboard/mass/{one.pk}/" for one in lists]
    return Stock(customer, orders, known, {"customer": user, "staff": staff}, forms)


def _orders(shop: Shop, customer: Customer, service: Service) -> list[Order]:
    """Delivered and being refilled, partial, canceled, on its way with a wish, waiting."""
    now = database_now()
    done = shop.delivered(customer, service, at=now - 3 * DAY)
    refilling.request_refill(done.pk, customer_id=customer.pk, now=now)
    sent = [
        make.placed(customer=customer, service=service, now=now, link=f"{LONG_LINK}{word}")
        for word in ("partial", "canceled", "progress")
    ]
    shop.forward()
    shop.report(sent[0], status="Partial", remains="250", start_count="7")
    shop.report(sent[1], status="Canceled", remains="1000")
    shop.report(sent[2], status="In progress", remains="600", start_count="7")
    shop.poll()
    cancelling.request_cancel(sent[2].pk, customer_id=customer.pk, now=now)
    waiting = make.placed(customer=customer, service=service, now=now)
    return [done, *sent, waiting]


def _list(customer: Customer, service: Service) -> MassOrder:
    """A list with its dry run: one line is ready, one cannot be ordered."""
    text = f"{service.pk} | {LONG_LINK} | 1000\n0 | {CANARY} | 10"
    return placing.draft_mass(customer.pk, text, token=uuid4(), now=database_now())


def _ordered_lists(customer: Customer, service: Service) -> list[MassOrder]:
    """One that is under way, and one that is done with a line left over."""
    now, made = database_now(), []
    for name, count in (("under-way", 3), ("done", 2)):
        rows = [f"{service.pk} | https://example.com/{name}/{n} | 1000" for n in range(count)]
        text = "\n".join([*rows, CANARY])
        made.append(placing.draft_mass(customer.pk, text, token=uuid4(), now=now))
        placing.start_mass(made[-1].pk, customer_id=customer.pk, language="en", now=now)
        placing.place_slice(made[-1].pk, now=now, limit=2)
    return made


def _in_portions(shop: Shop, customer: Customer) -> None:
    """A drip-feed, and subscriptions with and without a number of posts."""
    now = database_now()
    dripped = shop.service(dripfeed=True, cancel=True)
    make.placed(
        customer=customer, service=dripped, now=now, quantity=dripped.min, runs=3, interval=60
    )
    subscription = shop.service("Subscriptions")
    inputs = {"min": 1000, "max": 1000, "delay": 90}
    for username, more in ((CANARY[:8], {}), ("someone", {"posts": 1, "expiry": "31/12/2040"})):
        make.placed(
            customer=customer, service=subscription, now=now, username=username, **inputs, **more
        )
    shop.forward()


def _chosen_and_changed(customer: Customer, service: Service) -> None:
    """A favourite that is followed, with measured times and a rate that went up and down."""
    now = database_now()
    Favourite.objects.create(customer=customer, service=service)
    Follow.objects.create(customer=customer, service=service)
    for days, kind, old, new in ((9, "rate_up", "1", "2"), (3, "rate_down", "2", "1.5")):
        CatalogueChange.objects.create(
            service=service, kind=kind, old=old, new=new, at=now - days * DAY
        )
    measuring.measure_due(now=now)


def _of_the_list(shop: Shop, service: Service) -> dict[str, Any]:
    """Where staff look after a provider, what it lists and what was made of that."""
    made = CatalogueImport.objects.create(
        provider=shop.provider, at=database_now(), is_active=True, services=[service.pk]
    )
    return {
        "service_id": service.pk,
        "category_id": service.category_id,
        "provider_id": shop.provider.pk,
        "sync_id": shop.sync_id,
        "import_id": made.pk,
    }


def _work(staff: User, order: Order) -> BulkWork:
    """A choice of orders that waits for its confirmation."""
    refund = [[order.pk, str(order.charge)]]
    return BulkWork.objects.create(
        user=staff, action="refund", chosen=refund, length=1, refund=order.charge
    )


def _rule() -> PolicyRule:
    """A rule that refuses none of the orders here, and has refused some."""
    rule = policing.add_rule(
        {"kind": "host", "value": "blocked.example", "message": CANARY, "note": CANARY}
    )
    PolicyTally.count(rule.pk, now=database_now())
    return rule


def _asked_for(customer: Customer) -> FundsRequest:
    """Money that a second person has been asked about, and some that was turned down."""
    now = database_now()
    asker = make.user(is_staff=True, role="finance", email="finance@example.com")
    columns: dict[str, Any] = {
        "purpose": FundsRequest.Purpose.FUNDS,
        "subject_id": customer.pk,
        "customer": customer,
        "amount": 5_000,
        "reason": CANARY,
        "asked_by": asker,
        "asked_at": now,
        "lapses_at": now + DAY,
        "wants_second": True,
    }
    decided = {"decided_by": make.user(is_staff=True), "decided_at": now, "answer": CANARY}
    FundsRequest.objects.create(**columns, **decided, token=uuid4(), state="turned_down")
    return FundsRequest.objects.create(**columns, token=uuid4(), state="waiting")


def _reconciled(shop: Shop) -> dict[str, Any]:
    """A day of the provider with a difference that nobody explained, and a proof of the book."""
    now = database_now()
    for back, balance in ((DAY, 1_000), (DAY / 2, 990), (DAY / 24, 1_490)):
        BalanceReading.keep(shop.provider.pk, Decimal(balance), "USD", now=now - back)
    reconciling.reckon_due(now=now)
    day = ProviderDay.objects.latest("day").day
    reconciling.note_top_up(
        shop.provider.pk, day, Decimal(400), reason=CANARY, actor="owner", token=uuid4()
    )
    proving.keep(proving.prove())
    return {"date": str(day)}


def _papers(customer: Customer) -> dict[str, Any]:
    """An invoice with tax, made out to whoever writes scripts into their address."""
    rate = TaxRate.objects.create(country="", name="VAT", percent=20, note=CANARY)
    invoicing.edit_seller(name=CANARY, address=CANARY, note=CANARY, invoices_from=make.NOW)
    invoicing.edit_billing(customer.pk, invoicing.Billing(CANARY, CANARY, CANARY, "X", "DE"))
    invoicing.write_due(now=make.NOW)
    return {"invoice_id": Invoice.objects.get(customer=customer).pk, "rate_id": rate.pk}


def _intake(staff: User) -> Intake:
    """A file of customers with its dry run: some are ready, one is a customer already."""
    rows = [f"new{n}@example.com;{CANARY[:20]};12.50;DE" for n in range(3)]
    lines = ["E-mail;Name;Balance;Country", *rows, f"ann@example.com;{LONG_LINK};x;??"]
    table = reading.read("\n".join(lines).encode())
    return drafting.draft(table, user=staff, file_name=f"{CANARY}.csv")


def _texts() -> Page:
    Storefront.objects.create(
        pk=1,
        headline=CANARY[:120],
        intro=CANARY,
        contact_email="us@ab.com",
        second_person_above=100,
    )
    News.objects.create(title=CANARY, body=f"<p>{CANARY}</p>")
    Question.objects.create(question=CANARY, answer=CANARY)
    page, _ = Page.objects.update_or_create(
        slug="terms", defaults={"title": "Terms", "body": f"<h2>Terms</h2>{CANARY}"}
    )
    return page


def _one_of_each(types: tuple[str, ...]) -> list[Service]:
    found = Service.objects.filter(type__in=types).order_by("type", "pk").distinct("type")
    assert found.count() == len(types)
    return list(found)
