"""S5: every file that staff take away is streamed, and runs nothing in a spreadsheet."""

import csv
import io
import re
import tracemalloc
from itertools import islice

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.models import Customer, Order, Payment
from panel import urls
from panel.backoffice.intake import drafting, reading
from tests import make
from tests.bench.rows import many, past_the_guards, run

pytestmark = pytest.mark.django_db
EXPORTS = [pattern for pattern in urls.backoffice if str(pattern.name).endswith("_csv")]
FORMULA = '=HYPERLINK("https://evil.example")'
DANGEROUS = re.compile(r"[=+\-@\t\r|%]")
NUMBER = re.compile(r"-?[0-9,.]+")
ROWS = 100_000
LINES_LOOKED_AT = 2_500
QUERIES_MAX = 20  # six for each thousand customers
MEMORY_MAX = 24 * 1024 * 1024  # bytes
MANY = {
    "staff_customers_csv": ("orders_customer", Customer),
    "staff_orders_csv": ("orders_order", Order),
    "staff_payments_csv": ("orders_payment", Payment),
}


@pytest.fixture
def intake(owner):
    table = reading.read(f"email,name\nbad,{FORMULA}\n".encode())
    return drafting.draft(table, user=owner, file_name="c.csv")


@pytest.fixture
def address_of(intake):
    order = make.placed()
    Order.objects.filter(pk=order.pk).update(link=FORMULA)
    Customer.objects.filter(pk=order.customer_id).update(name=FORMULA)
    Payment.objects.update(note=FORMULA)

    def address(pattern_or_name):
        name = getattr(pattern_or_name, "name", pattern_or_name)
        return reverse(name, args=[intake.pk] if "intake" in name else [])

    return address


def read(answer):
    return list(csv.reader(io.StringIO(b"".join(answer).decode())))


@pytest.mark.parametrize("pattern", EXPORTS, ids=lambda pattern: pattern.name)
def test_s15_whatever_was_asked_for_is_written_down_and_can_be_read(pattern, address_of, as_owner):
    asked = {"q": "a\0b", "items": "x", "customer": "\0"}

    assert as_owner.get(address_of(pattern), asked).status_code == 200
    assert as_owner.get(reverse("staff_audit")).status_code == 200


@pytest.mark.parametrize("pattern", EXPORTS, ids=lambda pattern: pattern.name)
def test_s5_a_file_is_streamed_and_no_cell_is_a_formula(pattern, address_of, as_owner):
    answer = as_owner.get(address_of(pattern))

    assert answer.streaming
    assert answer["Content-Type"].startswith("text/csv")
    assert answer["Content-Disposition"].startswith("attachment")
    for cell in (cell for row in read(answer) for cell in row):
        assert not DANGEROUS.match(cell) or NUMBER.fullmatch(cell), cell


@pytest.mark.parametrize("name", ["staff_customers_csv", "staff_orders_csv"])
def test_s5_what_looks_like_a_formula_is_kept_as_a_text(name, address_of, as_owner):
    cells = [cell for row in read(as_owner.get(address_of(name))) for cell in row]

    assert f"'{FORMULA}" in cells


@pytest.mark.parametrize("name", MANY)
def test_of_a_hundred_thousand_rows_only_a_few_are_in_memory(name, address_of, as_owner):
    table, model = MANY[name]
    _copy(table, model._default_manager.latest("pk").pk)

    tracemalloc.start()
    answer = as_owner.get(address_of(name))
    with CaptureQueriesContext(connection) as asked:
        lines = list(islice(answer, LINES_LOOKED_AT))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(lines) == LINES_LOOKED_AT
    assert len(asked) <= QUERIES_MAX
    assert peak < MEMORY_MAX


def _copy(table, template_id):
    own = {
        "orders_customer": {"name": "'customer ' || g", "balance": "0", "last_number": "0"},
        "orders_order": {"link": "'https://example.com/' || g"},
        "orders_payment": {"reference": "'copy ' || g", "token": "gen_random_uuid()"},
    }[table]
    with past_the_guards():
        run([many(table, template_id, f"generate_series(1, {ROWS}) AS g",
                  id=f"{template_id} + g", **own)])  # fmt: skip
