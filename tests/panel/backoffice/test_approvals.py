"""S15, E11: what one of the staff moves by hand above an amount, another one must confirm."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from orders import proving
from orders.ledger import InsufficientBalance
from orders.models import LedgerEntry
from panel.backoffice import approvals
from panel.backoffice.access import Staff
from panel.backoffice.approvals import deciding
from panel.backoffice.approvals.moving import LAPSES_AFTER, WINDOW
from panel.backoffice.rights import rights_of
from panel.models import AuditEntry, FundsRequest, Storefront
from tests import make
from tests.orders.races import together, while_it_waits
from tests.panel.backoffice.conftest import log_in, person

pytestmark = pytest.mark.django_db
State = FundsRequest.State


@pytest.fixture
def limit(db):
    Storefront.objects.update_or_create(pk=1, defaults={"second_person_above": Decimal(100)})


@pytest.fixture
def ann(limit):
    return make.customer(balance="1000")


@pytest.fixture
def asker(db):
    return person("finance")


@pytest.fixture
def second(db):
    return person("owner")


def ask(user, customer, amount, *, way="give", **sent):
    """The confirmed form of the customer's page."""
    sent = {"token": str(uuid.uuid4()), "reason": "Goodwill", "confirmed": "1"} | sent
    address = reverse("staff_funds", args=[customer.pk])
    return log_in(user).post(address, {"way": way, "amount": amount} | sent, follow=True)


def decide(user, name, row, **sent):
    return log_in(user).post(reverse(f"staff_approval_{name}", args=[row.pk]), sent, follow=True)


def said(answer):
    return " ".join(str(message) for message in answer.context["messages"])


def balance(customer):
    customer.refresh_from_db()
    return customer.balance


def waiting(asker, ann, amount="101"):
    ask(asker, ann, amount)
    return FundsRequest.objects.get(state=State.WAITING)


def refused_by(constraint):
    return pytest.raises(IntegrityError, match=constraint)


def test_up_to_the_amount_one_person_is_enough(asker, ann):
    ask(asker, ann, "100")

    assert balance(ann) == 1100
    assert FundsRequest.objects.get().state == State.BOOKED


def test_without_an_amount_one_person_is_always_enough(asker, ann):
    Storefront.objects.update(second_person_above=None)

    ask(asker, ann, "1000000")

    assert balance(ann) == 1001000


def test_above_the_amount_it_waits_and_nothing_is_booked(asker, ann):
    page = ask(asker, ann, "100.00000001", reason="Big gift")

    row = FundsRequest.objects.get()
    assert "second person" in said(page)
    assert (row.state, row.asked_by, row.reason) == (State.WAITING, asker, "Big gift")
    assert balance(ann) == 1000
    line = AuditEntry.objects.get()
    assert (line.action, line.user, line.reason) == ("funds.asked", asker, "Big gift")
    assert line.new["amount"] == "100.00000001"


def test_the_preview_says_that_a_second_person_is_wanted(asker, ann):
    much, little = ask(asker, ann, "101", confirmed=""), ask(asker, ann, "99", confirmed="")

    assert much.context["wants_second"]
    assert not little.context["wants_second"]


def test_another_person_confirms_and_it_is_booked_in_the_name_of_who_asked(asker, second, ann):
    row = waiting(asker, ann)

    decide(second, "confirm", row)

    row.refresh_from_db()
    assert (balance(ann), row.state, row.decided_by) == (1101, State.BOOKED, second)
    entry = LedgerEntry.objects.latest("pk")
    assert (entry.actor, entry.reason) == (asker.email, "Goodwill")
    trail = AuditEntry.objects.order_by("pk").values_list("action", "user__email")
    assert list(trail) == [
        ("funds.asked", asker.email),
        ("customer.funds", second.email),
        ("funds.confirmed", second.email),
    ]
    assert AuditEntry.objects.get(action="customer.funds").new["asked_by"] == asker.email
    assert proving.prove().is_sound


def test_nobody_confirms_what_they_asked_for(asker, ann):
    row = waiting(asker, ann)

    page = decide(asker, "confirm", row)

    assert "Somebody else" in said(page)
    assert balance(ann) == 1000


def test_the_database_itself_wants_two_people(asker, ann):
    row = waiting(asker, ann)
    rows = FundsRequest.objects.filter(pk=row.pk)
    now = timezone.now()

    with refused_by("funds_request_two_people"), transaction.atomic():
        rows.update(state=State.BOOKED, decided_by=asker, decided_at=now)
    with refused_by("funds_request_decided_by_its_state"), transaction.atomic():
        rows.update(state=State.BOOKED)
    with refused_by("funds_request_decided_by_its_state"), transaction.atomic():
        rows.update(state=State.BOOKED, decided_at=now)


def test_the_database_lets_nobody_confirm_what_has_lapsed(asker, second, ann):
    row = waiting(asker, ann)
    late = row.lapses_at + timedelta(seconds=1)

    with refused_by("funds_request_decided_by_its_state"), transaction.atomic():
        FundsRequest.objects.filter(pk=row.pk).update(
            state=State.BOOKED, decided_by=second, decided_at=late
        )


@pytest.mark.parametrize(
    "columns",
    [{"amount": 5}, {"reason": "x"}, {"lapses_at": make.NOW}, {"wants_second": False}],
)
def test_what_was_asked_for_stays_as_it_was_asked(asker, ann, columns):
    row = waiting(asker, ann)

    with refused_by("stays as it was asked"), transaction.atomic():
        FundsRequest.objects.filter(pk=row.pk).update(**columns)


def test_what_was_decided_stays_decided(asker, second, ann):
    row = waiting(asker, ann)
    decide(second, "turn_down", row, answer="No")

    for change in (
        lambda: FundsRequest.objects.filter(pk=row.pk).update(answer="Yes"),
        FundsRequest.objects.filter(pk=row.pk).delete,
    ):
        with refused_by("stays decided"), transaction.atomic():
            change()


def test_a_sum_is_not_cut_into_pieces(asker, ann):
    ask(asker, ann, "60")
    ask(asker, ann, "40")
    ask(asker, ann, "0.00000001")

    assert balance(ann) == 1100
    assert FundsRequest.objects.filter(state=State.WAITING).count() == 1


def test_giving_and_taking_count_alike(asker, ann):
    ask(asker, ann, "60")
    ask(asker, ann, "60", way="take")

    assert balance(ann) == 1060
    assert FundsRequest.objects.get(state=State.WAITING).amount == -60


def test_pieces_count_for_one_person_and_one_customer_within_a_day(asker, second, ann):
    bob = make.customer(balance="0")
    ask(asker, ann, "60")
    ask(asker, bob, "60")
    ask(second, ann, "60")
    with time_machine.travel(timezone.now() + WINDOW + timedelta(minutes=1)):
        ask(asker, ann, "60")

    assert not FundsRequest.objects.filter(state=State.WAITING).exists()
    assert (balance(ann), balance(bob)) == (1180, 60)


def test_what_a_second_person_has_seen_does_not_count_again(asker, second, ann):
    decide(second, "confirm", waiting(asker, ann))

    ask(asker, ann, "100")

    assert balance(ann) == 1201


def test_a_form_that_is_sent_twice_asks_once(asker, ann):
    token = str(uuid.uuid4())
    ask(asker, ann, "500", token=token)

    page = ask(asker, ann, "500", token=token)

    assert "not booked again" in said(page)
    assert FundsRequest.objects.count() == 1


def test_it_lapses_and_is_never_booked(asker, second, ann):
    row = waiting(asker, ann)
    with time_machine.travel(row.lapses_at + timedelta(seconds=1)):
        page = decide(second, "confirm", row)

        assert "in time" in said(page)
        assert page.context["waiting"] == []
        assert [lapsed for _row, _address, lapsed in page.context["decided"]] == [True]
    assert balance(ann) == 1000
    assert row.lapses_at - row.asked_at == LAPSES_AFTER


def test_turning_down_wants_a_reason_and_books_nothing(asker, second, ann):
    row = waiting(asker, ann)

    decide(second, "turn_down", row, answer=" ")
    row.refresh_from_db()
    before = row.state
    decide(second, "turn_down", row, answer="Too much")
    decide(second, "confirm", row)

    row.refresh_from_db()
    assert (before, row.state, row.answer) == (State.WAITING, State.TURNED_DOWN, "Too much")
    assert balance(ann) == 1000
    line = AuditEntry.objects.latest("pk")
    assert (line.action, line.reason) == ("funds.turned_down", "Too much")


def test_only_who_asked_withdraws(asker, second, ann):
    row = waiting(asker, ann)

    decide(second, "withdraw", row)
    row.refresh_from_db()
    before = row.state
    decide(asker, "withdraw", row)
    decide(second, "confirm", row)

    row.refresh_from_db()
    assert (before, row.state) == (State.WAITING, State.WITHDRAWN)
    assert balance(ann) == 1000


def test_more_than_there_is_cannot_be_confirmed_and_goes_on_waiting(asker, second, ann):
    ask(asker, ann, "900", way="take")
    make.placed(customer=ann, service=make.service(rate="200"))
    row = FundsRequest.objects.get()

    page = decide(second, "confirm", row)

    row.refresh_from_db()
    assert "Not enough funds" in said(page)
    assert (row.state, balance(ann)) == (State.WAITING, 800)
    assert AuditEntry.objects.count() == 1


def test_the_menu_counts_what_waits_for_this_person(asker, second, ann):
    waiting(asker, ann)

    def counted(user):
        page = log_in(user).get(reverse("staff_approvals"))
        return b"badge bg-red" in page.content

    assert counted(second)
    assert not counted(asker)


def test_the_list_asks_no_more_of_the_database_when_there_is_more(
    asker, second, ann, django_assert_max_num_queries
):
    def fill(rows):
        for _ in range(rows):
            ask(asker, make.customer(balance="0"), "500")
            decide(second, "turn_down", FundsRequest.objects.latest("pk"), answer="No")
            ask(asker, make.customer(balance="0"), "500")

    client, address = log_in(second), reverse("staff_approvals")
    fill(1)
    with django_assert_max_num_queries(16) as few:
        client.get(address)
    most = len(few)
    fill(4)
    with django_assert_max_num_queries(most):
        client.get(address)


def staff_of(user):
    return Staff(user, rights_of(user))


def wish(customer, amount):
    return approvals.Move(
        FundsRequest.Purpose.FUNDS, customer.pk, Decimal(amount), "Gift", uuid.uuid4(), customer.pk
    )


def moved(user, customer, amount):
    request = RequestFactory().post("/")
    return approvals.move(request, staff_of(user), wish(customer, amount), now=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_pieces_that_are_sent_at_the_same_moment_are_seen_together(asker, ann):
    with while_it_waits(lambda: moved(asker, ann, "60")) as other:
        moved(asker, ann, "60")

    assert other.result().state == State.WAITING
    assert balance(ann) == 1060


@pytest.mark.django_db(transaction=True)
def test_e8_two_who_confirm_at_once_book_once(asker, second, ann):
    row = moved(asker, ann, "500")
    third, now = person("finance"), timezone.now()

    def confirmed_by(user):
        request = RequestFactory().post("/")
        return lambda: deciding.confirm(request, staff_of(user), row.pk, now=now)

    results = together([confirmed_by(user) for user in (second, third) * 4])

    done = [result for result in results if isinstance(result, FundsRequest)]
    assert len(done) == 1
    assert all(isinstance(result, deciding.NotWaiting) for result in results if result not in done)
    assert balance(ann) == 1500
    assert LedgerEntry.objects.filter(kind="adjustment").count() == 1
    assert AuditEntry.objects.filter(action="funds.confirmed").count() == 1
    assert proving.prove().is_sound


def test_what_is_refused_leaves_no_request(asker, ann):
    with pytest.raises(InsufficientBalance):
        moved(asker, make.customer(balance="0"), "-50")

    assert not FundsRequest.objects.exists()
