"""Customers in the back-office: what they hold, what is agreed, money given and taken by hand."""

import csv
import io
import uuid
from decimal import Decimal

import pytest
from django.urls import reverse

from orders import proving
from orders.models import Customer, CustomerRate, LedgerEntry
from panel.models import ApiKey, AuditEntry
from tests import make
from tests.panel.backoffice.conftest import log_in, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(db):
    made = make.customer(balance="100")
    make.user(customer=made, email="ann@example.com")
    return made


def post(client, address, *ids, **sent):
    sent = {"token": str(uuid.uuid4())} | sent
    return client.post(reverse(address, args=ids), sent, follow=True)


def adjust(client, customer, amount, *, way="give", confirmed="1", **sent):
    sent = {"token": str(uuid.uuid4()), "reason": "Goodwill"} | sent
    return post(client, "staff_funds", customer.pk, way=way, amount=amount, confirmed=confirmed,
                **sent)  # fmt: skip


def balance(customer):
    customer.refresh_from_db()
    return customer.balance


def found(client, **query):
    lines = client.get(reverse("staff_customers"), query).context["lines"]
    return [line.customer for line in lines]


def said(answer):
    return " ".join(str(message) for message in answer.context["messages"])


def line_of(client, customer):
    return client.get(reverse("staff_customer", args=[customer.pk])).context["line"]


def test_spent_is_what_came_in_and_is_not_there_any_more(as_owner, ann):
    service = make.service(rate="12")
    make.placed(customer=ann, service=service, quantity=1000)
    adjust(as_owner, ann, "5")

    line = line_of(as_owner, ann)

    assert (balance(ann), line.spent, line.orders) == (Decimal(93), Decimal(12), 1)


def test_customers_are_found_by_number_name_and_address(as_owner, ann):
    bob = make.customer(balance="0")

    assert found(as_owner, q=str(bob.pk)) == [bob]
    assert found(as_owner, q=ann.name) == [ann]
    assert found(as_owner, q="ANN@example") == [ann]
    assert found(as_owner, q="nobody at all") == []


def test_customers_are_narrowed_by_standing_balance_and_spending(as_owner, ann):
    poor = make.customer(balance="0", status=Customer.Status.SUSPENDED)
    make.placed(customer=ann, service=make.service(rate="12"), quantity=1000)

    assert found(as_owner, status="suspended") == [poor]
    assert found(as_owner, balance="none") == [poor]
    assert found(as_owner, balance="some") == [ann]
    assert found(as_owner, balance="debt") == []
    assert found(as_owner, spent="12") == [ann]
    assert found(as_owner, spent="12,01") == []
    assert found(as_owner, spent="nonsense") == [poor, ann]


def test_last_seen_is_the_latest_of_log_in_and_key(as_owner, ann):
    ApiKey.objects.create(
        customer=ann, name="k", prefix="p", digest=b"x" * 32, last_used_at=make.NOW
    )

    assert line_of(as_owner, ann).seen_at == make.NOW


def test_funds_are_shown_before_they_are_booked(as_owner, ann):
    page = adjust(as_owner, ann, "7.5", confirmed="")

    assert page.context["after"] == Decimal("107.5")
    assert balance(ann) == 100
    assert not AuditEntry.objects.exists()


def test_funds_are_given_with_a_reason_and_written_down(as_owner, owner, ann):
    adjust(as_owner, ann, "7.12345678", reason="Late delivery")

    assert balance(ann) == Decimal("107.12345678")
    entry = LedgerEntry.objects.latest("pk")
    assert (entry.kind, entry.reason, entry.actor) == ("adjustment", "Late delivery", owner.email)
    line = AuditEntry.objects.get()
    assert (line.reason, line.old) == ("Late delivery", {"balance": "100"})
    assert line.new == {"balance": "107.12345678", "amount": "7.12345678", "entry": entry.number}
    assert proving.prove().is_sound


def test_funds_are_taken_but_never_more_than_there_are(as_owner, ann):
    Customer.objects.filter(pk=ann.pk).update(credit_limit=50)
    adjust(as_owner, ann, "60", way="take")

    refused = adjust(as_owner, ann, "40.00000001", way="take")

    assert refused.context["funds_form"].errors["amount"]
    assert balance(ann) == 40
    assert AuditEntry.objects.count() == 1


def test_a_form_that_is_sent_twice_is_booked_once(as_owner, ann):
    token = str(uuid.uuid4())
    adjust(as_owner, ann, "5", token=token)

    answer = adjust(as_owner, ann, "5", token=token)

    assert "not booked again" in said(answer)
    assert balance(ann) == 105
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "0"},
        {"amount": "-5"},
        {"amount": "0.000000001"},
        {"amount": "NaN"},
        {"amount": "1e99"},
        {"reason": " "},
        {"token": "mine"},
        {"way": "steal"},
    ],
)
def test_funds_that_make_no_sense_are_refused(as_owner, ann, wrong):
    answer = adjust(as_owner, ann, **({"amount": "5"} | wrong))

    assert answer.context["funds_form"].errors
    assert balance(ann) == 100


@pytest.mark.parametrize("page", ["staff_funds", "staff_terms"])
def test_money_moves_only_for_somebody_who_logged_in_lately(ann, settings, page):
    settings.STAFF_FRESH_S = 0

    answer = log_in(person("finance")).post(reverse(page, args=[ann.pk]), {})

    assert answer["Location"].startswith(reverse("account_reauthenticate"))


def test_support_neither_sees_the_forms_of_money_nor_may_send_them(as_support, ann):
    page = as_support.get(reverse("staff_customer", args=[ann.pk]))

    assert b"Give or take funds" not in page.content
    assert adjust(as_support, ann, "5").status_code == 403
    assert balance(ann) == 100


def test_a_discount_is_kept_and_written_down(as_finance, ann):
    post(as_finance, "staff_terms", ann.pk, discount="12.5", credit_limit="0")

    ann.refresh_from_db()
    assert ann.discount == Decimal("12.5")
    entry = AuditEntry.objects.get()
    assert (entry.old, entry.new) == ({"discount": "0"}, {"discount": "12.5"})


def test_country_and_group_are_set_by_staff_and_written_down(as_finance, ann):
    post(
        as_finance, "staff_terms", ann.pk,
        discount="0", credit_limit="0", country="DE", group="Resellers",
    )  # fmt: skip

    ann.refresh_from_db()
    assert (ann.country, ann.group) == ("DE", "Resellers")
    assert AuditEntry.objects.get().new == {"country": "DE", "group": "Resellers"}
    wrong = post(as_finance, "staff_terms", ann.pk, discount="0", credit_limit="0", country="XX")
    assert wrong.context["terms_form"].errors["country"]


@pytest.mark.parametrize("discount", ["100", "-1", "", "x"])
def test_a_discount_is_from_0_to_below_100(as_owner, ann, discount):
    answer = post(as_owner, "staff_terms", ann.pk, discount=discount, credit_limit="0")

    assert answer.context["terms_form"].errors["discount"]


def test_an_own_rate_is_set_changed_and_taken_away(as_owner, ann):
    service = make.service(rate="2")
    kept = []
    for rate in ("1.5", "1.25", ""):
        post(as_owner, "staff_own_rate", ann.pk, service=service.pk, rate=rate)
        kept.append(CustomerRate.objects.values_list("rate", flat=True).first())

    assert kept == [Decimal("1.5"), Decimal("1.25"), None]
    trail = AuditEntry.objects.order_by("pk").values_list("old__rate", "new__rate")
    assert list(trail) == [(None, "1.5"), ("1.5", "1.25"), ("1.25", None)]


def test_a_suspended_customer_needs_a_reason_and_spends_nothing(as_support, ann):
    post(as_support, "staff_status", ann.pk, status="suspended", reason="")
    before = Customer.objects.get(pk=ann.pk).status
    post(as_support, "staff_status", ann.pk, status="suspended", reason="Stolen card")

    ann.refresh_from_db()
    assert (before, ann.status) == ("active", "suspended")
    entry = AuditEntry.objects.get()
    assert (entry.reason, entry.old, entry.new) == (
        "Stolen card", {"status": "active"}, {"status": "suspended"},
    )  # fmt: skip


def test_the_file_holds_what_the_list_shows_and_runs_no_formula(as_finance, ann):
    Customer.objects.filter(pk=ann.pk).update(name="=cmd()")
    make.customer(balance="0")

    answer = as_finance.get(reverse("staff_customers_csv"), {"balance": "some"})

    head, row = csv.reader(io.StringIO(b"".join(answer).decode()))
    line = dict(zip(head, row, strict=True))
    assert (line["E-mail"], line["Balance"], line["Spent"]) == ("ann@example.com", "100", "0")
    assert line["Name"] == "'=cmd()"


def test_the_list_asks_no_more_of_the_database_when_there_is_more(
    as_owner, ann, django_assert_max_num_queries
):
    address = reverse("staff_customers")
    with django_assert_max_num_queries(15) as few:
        as_owner.get(address)
    for _ in range(20):
        make.placed()
    with django_assert_max_num_queries(len(few)):
        as_owner.get(address)


def test_a_page_of_a_customer_asks_no_more_when_they_did_more(
    as_owner, ann, django_assert_max_num_queries
):
    address = reverse("staff_customer", args=[ann.pk])
    make.placed(customer=ann)
    with django_assert_max_num_queries(25) as few:
        as_owner.get(address)
    for _ in range(8):
        make.placed(customer=ann)
    with django_assert_max_num_queries(len(few)):
        as_owner.get(address)
