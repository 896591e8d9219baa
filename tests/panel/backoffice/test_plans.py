"""Lists over millions of orders: whatever is asked for, an index answers, and few rows are read.

Every statement of a page is run once more and explained, on a year of orders in small.
"""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders import figures
from orders.models import Order
from panel.backoffice import finding
from panel.clock import database_now
from tests.bench import millions

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SIZE = millions.Size(orders=20_000, customers=600, services=400, payments=2)
ROWS_READ_MAX = 4_000
LARGE = ("orders_order", "orders_ledgerentry")
ORDERS, REPORTS = "/staff/orders/", "/staff/reports/"


@pytest.fixture
def year(monkeypatch):
    """A year of orders, and a list that looks as far back as it would among millions."""
    monkeypatch.setattr(finding, "LATEST_IDS_MAX", 2_000)
    monkeypatch.setattr(finding, "COUNTED_MAX", 200)
    loaded = millions.load(SIZE)
    while figures.roll_up(now=database_now()):
        pass
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        # So few rows may be read at once, whatever an index could do; millions may not.
        cursor.execute("SET LOCAL enable_seqscan = off")
    return loaded


def greedy(client, address, **asked) -> Iterator[str]:
    """The statements of a page that read more than ROWS_READ_MAX rows of a large table."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address, asked).status_code == 200
    for query in captured.captured_queries:
        if query["sql"].lstrip().upper().startswith(("SELECT", "WITH")):
            read = sum(rows_read(plan_of(query["sql"])))
            if read > ROWS_READ_MAX:
                yield f"{asked} reads {read:.0f} rows: {query['sql'][:2000]}"


def plan_of(statement):
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + statement.replace("%", "%%"))
        (told,) = cursor.fetchone()
    return (told if isinstance(told, list) else json.loads(told))[0]["Plan"]


def rows_read(node) -> Iterator[float]:
    """Rows of large tables that each scan looked at, those that it threw away as well."""
    if node.get("Relation Name") in LARGE:
        removed = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
        rows = node["Actual Rows"] + sum(node.get(name, 0) for name in removed)
        yield rows * node["Actual Loops"]
    for part in node.get("Plans", ()):
        yield from rows_read(part)


def greedy_of(client, address, *asks):
    return [told for asked in asks for told in greedy(client, address, **asked)]


def test_every_filter_of_the_orders_is_answered_by_an_index(as_owner, year):
    some = Order.objects.get(pk=year.order + 19_500)
    day = database_now().date() - timedelta(days=40)

    found = greedy_of(
        as_owner,
        ORDERS,
        {"provider": some.provider_id},
        {"service": some.service_id},
        {"customer": some.customer_id},
        {"origin": "mass"},
        {"since": day, "until": day + timedelta(days=3)},
        {"provider": some.provider_id, "since": day},
        {"service": some.service_id, "status": "canceled"},
        {"after": some.pk},
        {"before": some.pk},
    )

    assert found == []


def test_every_tab_of_the_orders_is_counted_and_shown_by_an_index(as_owner, year):
    assert greedy_of(as_owner, ORDERS, *({"status": tab} for tab in finding.TABS)) == []


def test_every_search_among_the_orders_is_answered_by_an_index(as_owner, year):
    some = Order.objects.get(pk=year.order + 19_500)

    found = greedy_of(
        as_owner,
        ORDERS,
        {"q": some.pk},
        {"q": some.upstream_id},
        {"q": "customer7@example.org"},
        {"q": "example.com/1999"},
        {"q": "nothing.example"},
        {"q": "example.com/9", "customer": some.customer_id},
    )

    assert found == []


def test_an_order_with_all_that_belongs_to_it_is_found_by_indexes(as_owner, year):
    assert greedy_of(as_owner, f"{ORDERS}{year.order + 19_500}/", {}) == []


def test_what_needs_a_person_is_found_without_reading_all_orders(as_owner, year):
    found = greedy_of(as_owner, "/staff/attention/", {}, {"reason": "silent"}, {"provider": 1})

    assert found == []


def test_the_overview_reads_neither_all_orders_nor_the_whole_book(as_owner, year):
    assert greedy_of(as_owner, "/staff/", {"days": 90}) == []


def test_a_report_of_a_year_reads_neither_all_orders_nor_the_whole_book(as_owner, year):
    bys = ("day", "month", "service", "provider", "customer")

    assert greedy_of(as_owner, REPORTS, *({"by": by, "days": 365} for by in bys)) == []


def test_the_customers_of_a_page_are_told_without_reading_the_whole_book(as_owner, year):
    assert greedy_of(as_owner, "/staff/customers/", {}, {"balance": "some"}) == []


def test_a_list_without_its_index_would_be_noticed(as_owner, year):
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX order_by_service")

    assert greedy_of(as_owner, ORDERS, {"service": year.service + 399}) != []
