"""A panel after a year: millions of orders with their book, for lists and reports to be tried on.

Customers and services are not alike: a tenth of them makes half of the orders.
"""
# ruff: noqa: S608  (the names stand in this folder)

from contextlib import nullcontext
from dataclasses import dataclass

from orders.models import Payment, Service
from panel.models import User
from providers.models import Offer
from tests import make
from tests.bench.rows import indexes_aside, many, past_the_guards, run, sequence

TABLES = (
    "orders_order", "orders_ledgerentry", "orders_customer", "orders_payment", "orders_service",
    "orders_source", "providers_offer", "orders_review", "panel_user", "orders_refill",
    "orders_cancelrequest",
)  # fmt: skip
ORDERS = 5_000_000
ASIDE_FROM = 500_000
DAYS = 365
FUNDS = 1_000_000
STATE = """CASE WHEN x < .97 AND z < .93 THEN 'completed' WHEN x < .97 AND z < .97 THEN 'partial'
                 WHEN x < .97 THEN 'canceled' WHEN z < .8 THEN 'in_progress'
                 WHEN z < .97 THEN 'processing' WHEN z < .999 THEN 'pending'
                 ELSE 'unconfirmed' END"""
REASONS = "(ARRAY['refused', 'silent', 'word', 'margin', 'missing', 'failed'])[1 + o.id % 6]"


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything. ``orders`` are spread over the last DAYS."""

    orders: int = ORDERS
    customers: int = 20_000
    services: int = 5_000
    providers: int = 10
    payments: int = 10
    """Of each customer."""


@dataclass(frozen=True, slots=True)
class Year:
    """Where the loaded rows begin: the id before the first one."""

    size: Size
    customer: int
    service: int
    order: int
    payment: int


def load(size: Size) -> Year:
    """Write it all, as the guards would have; figures are not rolled up yet."""
    providers = [make.provider(name=f"Provider {n}").pk for n in range(size.providers)]
    offer = make.offer(make.provider())
    service = make.service(rate="1.2", offers=[offer])
    template = make.placed(service=service)
    make.user(customer=template.customer)
    year = Year(
        size, template.customer_id, service.pk, template.pk, Payment.objects.latest("id").pk
    )
    # An index made anew is of no use to the transaction that made it: a test keeps what it has.
    is_large = size.orders >= ASIDE_FROM
    aside = indexes_aside("orders_order", "orders_ledgerentry") if is_large else nullcontext()
    with past_the_guards(), aside:
        run(["SELECT setseed(0.5)", *_BEFORE])
        run(_catalogue(year, offer, providers))
        run(_people(year))
        run([_orders(year, providers, offer.pk), _entries(year), _balances(year)])
        run(_questions(year))
        run([sequence(table) for table in TABLES])
    return year


# What was there before is older than all that is loaded: ids follow the time.
_BEFORE = [
    f"UPDATE {table} SET created_at = created_at - interval '{DAYS + 10} days'"
    for table in ("orders_order", "orders_ledgerentry")
]


def _catalogue(year: Year, offer: Offer, providers: list[int]) -> list[str]:
    rows = f"generate_series(1, {year.size.services}) AS s"
    its = f"(ARRAY{providers})[1 + s % {len(providers)}]"
    source = Service.objects.get(pk=year.service).sources.get().pk
    return [
        many("providers_offer", offer.pk, rows, id=f"{offer.pk} + s", provider_id=its,
             upstream_id="s::text", cost="(1 + s % 50) * 0.08"),
        many("orders_service", year.service, rows, id=f"{year.service} + s", position="s",
             listed_name="'Visits ' || s || ' from everywhere'",
             listed_rate="(1 + s % 50) * 0.1"),
        many("orders_source", source, rows, id=f"{source} + s", service_id=f"{year.service} + s",
             offer_id=f"{offer.pk} + s"),
    ]  # fmt: skip


def _people(year: Year) -> list[str]:
    """Customers who pay in FUNDS at once, and the same number of times a little later on."""
    rows = f"generate_series(1, {year.size.customers}) AS c"
    payments = f"{rows}, generate_series(1, {year.size.payments}) AS k"
    user = User.objects.get(customer=year.customer)
    at = f"now() - interval '{DAYS} days' * CASE WHEN k = 1 THEN 1.01 ELSE random() END"
    amount = f"CASE WHEN k = 1 THEN {FUNDS} ELSE 10 * k END"
    return [
        many("orders_customer", year.customer, rows, id=f"{year.customer} + c",
             name="'Customer ' || c", last_number="1", balance="0",
             status="CASE WHEN c % 500 = 0 THEN 'suspended' ELSE 'active' END"),
        many("panel_user", user.pk, rows, id=f"{user.pk} + c", customer_id=f"{year.customer} + c",
             email="'customer' || c || '@example.org'", last_login="now()"),
        many("orders_payment", year.payment, payments, customer_id=f"{year.customer} + c",
             id=f"{year.payment} + (c - 1) * {year.size.payments} + k", amount=amount,
             token="gen_random_uuid()", pay_amount=amount, created_at=at, settled_at=at,
             reference="'bench ' || c || ' ' || k"),
        f"UPDATE orders_payment SET settled_at = created_at WHERE id > {year.payment}",
    ]  # fmt: skip


def _orders(year: Year, providers: list[int], offer: int) -> str:
    size = year.size
    rows = f"""(
        SELECT i, x, z, y, c, s, 100 * (1 + i % 20) AS n, (1 + s % 50) * 0.1 AS price,
               now() - interval '{DAYS} days' * (1 - x) AS at, s % 50 = 0 AS by_hand,
               {STATE} AS state
          FROM (SELECT i, i::float / {size.orders} AS x, random() AS z, random() AS y,
                       1 + floor({size.customers} * random() ^ 3)::int AS c,
                       1 + floor({size.services} * random() ^ 3)::int AS s
                  FROM generate_series(1, {size.orders}) AS i) AS i) AS r"""
    provider = f"(ARRAY{providers})[1 + s % {len(providers)}]"
    ended = "state IN ('completed', 'partial', 'canceled')"
    return many(
        "orders_order", year.order, rows, id=f"{year.order} + i",
        customer_id=f"{year.customer} + c", service_id=f"{year.service} + s",
        offer_id=f"CASE WHEN NOT by_hand THEN {offer} + s END",
        provider_id=f"CASE WHEN NOT by_hand THEN {provider} END",
        upstream_id="CASE WHEN state NOT IN ('pending', 'unconfirmed') AND NOT by_hand"
        " THEN (1000000 + i)::text END",
        inputs="jsonb_build_object('link', 'https://example.com/' || i, 'quantity', n)",
        link="'https://example.com/' || i", quantity="n", units="n", rate="price",
        charge="price * n / 1000", cost_rate="price * 0.8",
        cost="CASE WHEN by_hand THEN 0 ELSE price * 0.8 * n / 1000 END",
        refunded="CASE state WHEN 'partial' THEN price * (n / 2) / 1000"
        " WHEN 'canceled' THEN price * n / 1000 ELSE 0 END",
        remains="CASE state WHEN 'partial' THEN n / 2 WHEN 'in_progress' THEN n / 3 ELSE 0 END",
        start_count="i % 9999", status="state",
        hold="CASE WHEN state = 'pending' AND i % 3 = 0 THEN 'margin' ELSE '' END",
        due_at="CASE WHEN state = 'pending' THEN at END", claimed_until="NULL", bucket_id="NULL",
        origin="CASE WHEN y < .6 THEN 'api' WHEN y < .9 THEN 'web' ELSE 'mass' END",
        idempotency_key="NULL", created_at="at",
        closed_at=f"CASE WHEN {ended} THEN least(at + interval '5 hours', now()) END",
    )  # fmt: skip


def _entries(year: Year) -> str:
    """What the customers paid, were charged and got back, in the order of time."""
    return f"""
        INSERT INTO orders_ledgerentry (customer_id, number, kind, amount, balance_after, order_id,
                                        step, payment_id, cause, actor, reason, created_at)
        SELECT customer_id, row_number() OVER its, kind, amount, sum(amount) OVER its, order_id,
               1, payment_id, cause, '', '', at
          FROM (SELECT customer_id, 'top_up' AS kind, amount, NULL::bigint AS order_id,
                       id AS payment_id, 'payment:' || id AS cause, settled_at AS at
                  FROM orders_payment WHERE id > {year.payment}
                UNION ALL
                SELECT customer_id, 'charge', -charge, id, NULL, NULL, created_at
                  FROM orders_order WHERE id > {year.order}
                UNION ALL
                SELECT customer_id, 'refund', refunded, id, NULL, NULL, closed_at
                  FROM orders_order WHERE id > {year.order} AND refunded > 0) AS e
        WINDOW its AS (PARTITION BY customer_id ORDER BY at, kind, order_id
                       ROWS UNBOUNDED PRECEDING)
         ORDER BY at
    """


def _balances(year: Year) -> str:
    return f"""
        UPDATE orders_customer AS c SET balance = e.held, last_number = e.entries
          FROM (SELECT customer_id, sum(amount) AS held, count(*) AS entries
                  FROM orders_ledgerentry WHERE customer_id > {year.customer} GROUP BY 1) AS e
         WHERE c.id = e.customer_id
    """


def _questions(year: Year) -> list[str]:
    """One in thirty of the open orders needs a person; some customers wish a refill or cancel."""
    recent = f"orders_order AS o WHERE o.id > {year.order} + {year.size.orders} * .9"
    is_open = "o.closed_at IS NULL AND o.id % 30 = 0"
    asked = "(order_id, reason, evidence, opened_at, resolution, actor)"
    wished = "(order_id, status, tries, answer, told, created_at, due_at, closed_at"
    state = "CASE WHEN o.id % 600 = 0 THEN 'requested' ELSE 'completed' END"
    rest = "1, '', '', o.created_at, NULL, NULL"
    done, under_way = "o.status = 'completed'", "o.status = 'in_progress'"
    reviews = f"{REASONS}, 'A word', o.created_at, '', '' FROM {recent} AND {is_open}"
    refills = f"{state}, {rest}, o.customer_id FROM {recent} AND {done} AND o.id % 10 = 0"
    cancels = f"'requested', {rest} FROM {recent} AND {under_way} AND o.id % 10 = 0"
    return [
        f"INSERT INTO orders_review {asked} SELECT o.id, {reviews}",
        f"INSERT INTO orders_refill {wished}, customer_id) SELECT o.id, {refills}",
        f"INSERT INTO orders_cancelrequest {wished}) SELECT o.id, {cancels}",
    ]
