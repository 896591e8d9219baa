"""G7: pages that read go on while the database takes no writes; nothing is half done."""

import uuid
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import LedgerEntry, Order
from panel.backoffice import alerts
from panel.backoffice.rights import Right
from panel.models import AuditEntry
from providers.sandbox import Sandbox
from tests import make, refusing
from tests.browser.addresses import pages
from tests.browser.shop import Shop
from tests.browser.stock import stocked
from tests.panel.backoffice.conftest import log_in
from tests.panel.pages.test_ordering import PAGE, form_of

pytestmark = pytest.mark.django_db(transaction=True)
PAGES_MIN = {"visitor": 12, "customer": 25, "staff": 40}


@pytest.fixture
def box():
    with Sandbox(services=20) as box:
        yield box


@pytest.fixture
def service():
    return make.service(rate="1.2", offers=[make.offer(make.provider())])


@pytest.fixture
def form(as_ann, service):
    """A filled form; who sends it reads what a browser would show."""
    as_ann.raise_request_exception = False
    return form_of(as_ann, service, link="https://example.com/a", quantity="1000")


def nothing_happened(ann):
    before = (ann.balance, ann.last_number)
    ann.refresh_from_db()
    return not Order.objects.exists() and (ann.balance, ann.last_number) == before


@pytest.mark.parametrize("person", PAGES_MIN)
def test_g7_every_page_can_still_be_read(person, box, settings):
    settings.DEMO_PAYMENTS, settings.STAFF_TWO_FACTOR = True, False
    stock = stocked(Shop(box))
    client = Client()
    if person in stock.users:
        client.force_login(stock.users[person])
    found = [page.path for page in pages(client, stock.known)] + stock.more(person)

    with refusing.read_only():
        answers = {path: client.get(path).status_code for path in found}

    assert len(found) >= PAGES_MIN[person]
    assert set(answers.values()) == {200}, answers


def test_g7_an_order_is_refused_whole_with_a_page_that_says_so_and_goes_through_later(
    as_ann, ann, form
):
    with refusing.read_only():
        answer = as_ann.post(PAGE, form)

    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "Nothing can be changed at the moment" in answer.content.decode()
    assert nothing_happened(ann)
    assert as_ann.post(PAGE, form)["Location"] == reverse("receipt", args=[Order.objects.get().pk])


@pytest.mark.parametrize("table", ["orders_ledgerentry", "orders_order", "orders_openlink"])
def test_g7_a_disk_that_is_full_amid_an_order_leaves_nothing_of_it(as_ann, ann, form, table):
    with refusing.full(table):
        answer = as_ann.post(PAGE, form)

    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert nothing_happened(ann)
    as_ann.post(PAGE, form)
    assert LedgerEntry.objects.filter(order=Order.objects.get()).count() == 1


def test_g7_staff_give_no_money_by_half(ann, settings):
    settings.STAFF_TWO_FACTOR = False
    staff = log_in(make.user(is_staff=True, is_superuser=True))
    staff.raise_request_exception = False
    sent = {"way": "give", "amount": "5", "reason": "Goodwill", "confirmed": "1"}
    given = partial(
        staff.post, reverse("staff_funds", args=[ann.pk]), sent | {"token": str(uuid.uuid4())}
    )

    for table in ("orders_ledgerentry", "panel_auditentry"):
        with refusing.full(table):
            assert given().status_code == 503
        assert nothing_happened(ann)
        assert not AuditEntry.objects.exists()

    given()
    ann.refresh_from_db()
    assert ann.balance == 105


def test_who_cannot_log_in_now_is_told_to_come_back(client, ann):
    user = make.user(customer=ann, email="ann@example.com")
    sent = {"login": user.email, "password": "a long password"}
    client.raise_request_exception = False

    with refusing.read_only():
        answer = client.post(reverse("account_login"), sent)

    assert answer.status_code == 503
    assert client.post(reverse("account_login"), sent).status_code == 302


@pytest.mark.parametrize(
    ("state", "status", "said"),
    [
        ("57P01", 503, "either done completely or not at all"),
        ("XX000", 500, "either done completely or not at all"),
    ],
    ids=["a session that was ended", "a failure of ours"],
)
def test_other_failures_do_not_claim_that_nothing_was_done(as_ann, form, state, status, said):
    with refusing.full("orders_order", state=state):
        answer = as_ann.post(PAGE, form)

    assert answer.status_code == status
    assert said in answer.content.decode()


def test_g7_staff_read_on_every_page_that_nothing_can_be_changed():
    with refusing.read_only():
        found = [alert.code for alert in alerts.alerts(frozenset(Right))]

    assert found[0] == "database"
    assert "database" not in [alert.code for alert in alerts.alerts(frozenset(Right))]
