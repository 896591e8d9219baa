"""``refill``, ``refill_status`` and ``cancel``, one and many (API_V2 §1, §4.11, §5)."""

import threading
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.utils import timezone

from orders import refilling
from orders.lifecycle import RefillStatus, Status
from orders.models import CancelRequest, Order, Refill
from tests import make

pytestmark = pytest.mark.django_db
DEADLINE_S = 30.0
UNKNOWN = {"error": "Incorrect order ID"}
TOO_SOON = "The order was completed or refill was requested less than 24 hours ago"
NOT_CANCELABLE = "This order cannot be canceled"


def _ended(buyer, *, days_ago=2, service=None, status=Status.COMPLETED):
    """An order that was delivered some days ago, of a service that is refilled for 30 days."""
    order = make.placed(customer=buyer, service=service or make.service(listed_refill=True))
    then = timezone.now() - timedelta(days=days_ago)
    Order.objects.filter(pk=order.pk).update(status=status, closed_at=then)
    return order


def _pending(buyer, **columns):
    service = make.service(offers=[make.offer(make.provider())], **columns)
    return make.placed(customer=buyer, service=service)


def test_one_refill_is_answered_with_its_id_as_a_text(ask, buyer):
    order = _ended(buyer)

    reply = ask("refill", order=order.pk)

    assert reply == {"refill": str(Refill.objects.get().pk)}
    assert ask("refill_status", refill=reply["refill"]) == {"status": "Pending"}


@pytest.mark.parametrize(
    ("columns", "days_ago", "text"),
    [
        ({"listed_refill": False}, 2, "Refill is disabled for this service"),
        ({"listed_refill": True}, 31, "Refill days are over"),
        ({"listed_refill": True}, 0, TOO_SOON),
    ],
)
def test_a_refused_refill_says_why(ask, buyer, columns, days_ago, text):
    order = _ended(buyer, days_ago=days_ago, service=make.service(**columns))

    assert ask("refill", order=order.pk) == {"error": text}
    assert not Refill.objects.exists()


def test_c17_a_second_refill_is_refused_while_one_is_open(ask, buyer):
    order = _ended(buyer)
    ask("refill", order=order.pk)

    assert ask("refill", order=order.pk) == {"error": TOO_SOON}


def test_many_refills_are_a_list_in_the_order_asked(ask, buyer):
    first, second = _ended(buyer), _ended(buyer)
    foreign = _ended(make.customer())

    rows = ask("refill", orders=f"{second.pk},{foreign.pk},x,{first.pk}")

    made = dict(Refill.objects.values_list("order_id", "pk"))
    assert rows == [
        {"order": second.pk, "refill": made[second.pk]},
        {"order": foreign.pk, "refill": UNKNOWN},
        {"order": "x", "refill": UNKNOWN},
        {"order": first.pk, "refill": made[first.pk]},
    ]
    assert foreign.pk not in made


def test_the_states_of_many_refills_are_a_list_in_the_order_asked(ask, buyer):
    one, other = _ended(buyer), _ended(buyer)
    foreign = _ended(make.customer())
    ids = [
        refilling.request_refill(order.pk, customer_id=None, now=timezone.now()).pk
        for order in (one, other, foreign)
    ]
    Refill.objects.filter(pk=ids[0]).update(status=RefillStatus.COMPLETED)

    assert ask("refill_status", refills=f"{ids[1]},{ids[0]},{ids[2]},x") == [
        {"refill": ids[1], "status": "Pending"},
        {"refill": ids[0], "status": "Completed"},
        {"refill": ids[2], "status": {"error": "Refill not found"}},
        {"refill": "x", "status": {"error": "Refill not found"}},
    ]


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (RefillStatus.REQUESTED, "Pending"),
        (RefillStatus.UNCONFIRMED, "Pending"),
        (RefillStatus.IN_PROGRESS, "In progress"),
        (RefillStatus.COMPLETED, "Completed"),
        (RefillStatus.REJECTED, "Rejected"),
    ],
)
def test_a_refill_has_the_words_of_the_protocol(ask, buyer, state, word):
    ask("refill", order=_ended(buyer).pk)
    Refill.objects.update(status=state)

    assert ask("refill_status", refill=Refill.objects.get().pk) == {"status": word}


def test_s1_another_customers_refill_does_not_exist(ask):
    foreign = _ended(make.customer())
    refill = refilling.request_refill(foreign.pk, customer_id=None, now=timezone.now())

    assert ask("refill_status", refill=refill.pk) == {"error": "Refill not found"}
    assert ask("refill", order=foreign.pk) == UNKNOWN


def test_an_order_that_was_not_sent_is_canceled_with_its_money(ask, buyer):
    order = _pending(buyer)

    assert ask("cancel", orders=str(order.pk)) == [{"order": order.pk, "cancel": 1}]

    assert ask("status", order=order.pk)["status"] == "Canceled"
    assert ask("balance")["balance"] == "100"


def test_c19_a_cancel_at_the_provider_is_a_request_and_moves_no_money(ask, buyer):
    order = _pending(buyer, listed_cancel=True)
    Order.objects.filter(pk=order.pk).update(status=Status.IN_PROGRESS, upstream_id="1")

    assert ask("cancel", order=order.pk) == [{"order": order.pk, "cancel": 1}]

    buyer.refresh_from_db()
    assert buyer.balance == Decimal("98.8")
    assert ask("status", order=order.pk)["status"] == "In progress"
    assert CancelRequest.objects.get().order_id == order.pk


def test_many_cancels_are_a_list_in_the_order_asked(ask, buyer):
    good, done, foreign = _pending(buyer), _ended(buyer), _pending(make.customer())

    assert ask("cancel", orders=f"{done.pk},{foreign.pk},{good.pk},9x") == [
        {"order": done.pk, "cancel": {"error": NOT_CANCELABLE}},
        {"order": foreign.pk, "cancel": UNKNOWN},
        {"order": good.pk, "cancel": 1},
        {"order": "9x", "cancel": UNKNOWN},
    ]
    foreign.refresh_from_db()
    assert foreign.status == Status.PENDING


@pytest.mark.parametrize(
    ("action", "name"), [("refill", "refill"), ("cancel", "cancel"), ("refill_status", "status")]
)
def test_ids_beyond_the_hundredth_get_an_error_of_their_own(ask, action, name):
    ids = ",".join(str(10**9 + n) for n in range(102))
    parameter = "refills" if action == "refill_status" else "orders"

    rows = ask(action, **{parameter: ids})

    assert len(rows) == 102
    assert [row[name]["error"] for row in rows[100:]] == ["At most 100 ids at once"] * 2
    assert rows[99][name]["error"] != rows[100][name]["error"]


@pytest.mark.parametrize("action", ["refill", "refill_status", "cancel"])
def test_a_wish_about_nothing_is_an_incorrect_request(ask, action):
    assert ask(action) == {"error": "Incorrect request"}


@contextmanager
def _held(order):
    """Another hand holds the order's lock all the while."""
    is_held, is_over = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            Order.objects.select_for_update().get(pk=order.pk)
            is_held.set()
            is_over.wait(DEADLINE_S)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert is_held.wait(DEADLINE_S)
        yield
    finally:
        is_over.set()
        holder.join()


@pytest.mark.django_db(transaction=True)
def test_one_row_that_is_locked_does_not_silence_the_others(ask, buyer):
    good, locked = _ended(buyer), _ended(buyer)

    with _held(locked):
        rows = ask("refill", orders=f"{locked.pk},{good.pk}")

    assert rows == [
        {"order": locked.pk, "refill": {"error": "Temporarily unavailable"}},
        {"order": good.pk, "refill": Refill.objects.get().pk},
    ]
