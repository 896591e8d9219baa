"""An order that nobody knows about: the evidence, and the three answers of a person."""

from datetime import timedelta
from functools import partial
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from orders import forwarding, resolving
from orders.lifecycle import Status
from orders.models import Attempt, Customer, Order, OrderEvent, PollBucket, Review
from providers import health
from providers.sandbox import Sandbox
from tests import make
from tests.orders.races import together
from tests.orders.upstream import fresh, open_reviews, sent_links, trade

pytestmark = pytest.mark.django_db


@pytest.fixture
def box():
    with Sandbox() as box:
        yield box


def _unknown(upstream, *, was_accepted=True, **raw):
    """An order whose answer was lost."""
    order = upstream.placed(**raw)
    fault = "drop_after" if was_accepted else "drop_before"
    upstream.box.fault(fault, action="add", times=1)
    upstream.forward(after_s=120)
    health.resume(upstream.provider.pk)
    assert fresh(order).status == Status.UNCONFIRMED
    return order


def _run(*words):
    out = StringIO()
    call_command("resolve", *words, stdout=out)
    return out.getvalue()


def test_placed_under_an_id_that_the_provider_knows_is_followed_from_then_on(box):
    upstream = trade(box)
    order = _unknown(upstream)
    its_id = str(box.orders()[0]["order"])

    resolving.was_placed(order.pk, its_id, actor="ann", now=timezone.now())

    order = fresh(order)
    assert (order.status, order.upstream_id) == (Status.PROCESSING, its_id)
    assert order.bucket_id == PollBucket.objects.get().pk
    assert open_reviews(order) == set()
    assert Review.objects.get(order=order).actor == "ann"
    assert OrderEvent.objects.get(order=order, kind="resolved").actor == "ann"


def test_placed_under_an_id_that_the_provider_does_not_know_changes_nothing(box):
    upstream = trade(box)
    order = _unknown(upstream)

    with pytest.raises(resolving.NotConfirmed, match="Incorrect order ID"):
        resolving.was_placed(order.pk, "999999", actor="ann", now=timezone.now())

    assert fresh(order).status == Status.UNCONFIRMED


def test_placed_while_the_provider_does_not_answer_changes_nothing(box):
    upstream = trade(box)
    order = _unknown(upstream)
    box.fault("http", 502, action="status")

    with pytest.raises(resolving.NotConfirmed):
        resolving.was_placed(
            order.pk, str(box.orders()[0]["order"]), actor="ann", now=timezone.now()
        )

    assert fresh(order).status == Status.UNCONFIRMED


def test_placed_under_an_id_that_another_order_has_changes_nothing(box):
    upstream = trade(box)
    other = upstream.placed()
    upstream.forward()
    order = _unknown(upstream)

    with pytest.raises(resolving.NotConfirmed, match="Another order"):
        resolving.was_placed(
            order.pk, str(fresh(other).upstream_id), actor="ann", now=timezone.now()
        )

    assert fresh(order).status == Status.UNCONFIRMED


def test_not_placed_is_sent_again_once(box):
    upstream = trade(box)
    order = _unknown(upstream, was_accepted=False)

    resolving.was_not_placed(order.pk, actor="ann", now=timezone.now())
    upstream.forward()
    upstream.forward()

    assert fresh(order).status == Status.PROCESSING
    assert sent_links(box) == [order.link]
    assert open_reviews(order) == set()


def test_refund_gives_the_whole_charge_back_and_ends_the_order(box):
    upstream = trade(box)
    buyer = make.customer(balance="10")
    order = _unknown(upstream, customer=buyer)

    resolving.refund(order.pk, actor="ann", now=timezone.now())
    upstream.forward(after_s=3600)

    assert (fresh(order).status, fresh(order).refunded) == (Status.CANCELED, order.charge)
    assert Customer.objects.get(pk=buyer.pk).balance == 10
    assert len(box.orders()) == 1


@pytest.mark.parametrize("status", [Status.PENDING, Status.SUBMITTING, Status.PROCESSING])
def test_an_order_that_is_not_unknown_has_nothing_to_resolve(box, status):
    upstream = trade(box)
    order = upstream.placed()
    if status == Status.SUBMITTING:
        forwarding.claiming.claim(upstream.provider, limit=1, now=timezone.now())
    elif status == Status.PROCESSING:
        upstream.forward()
    now = timezone.now()

    with pytest.raises(resolving.NotUnknown):
        resolving.was_placed(order.pk, "1", actor="ann", now=now)
    with pytest.raises(resolving.NotUnknown):
        resolving.was_not_placed(order.pk, actor="ann", now=now)
    with pytest.raises(resolving.NotUnknown):
        resolving.refund(order.pk, actor="ann", now=now)
    assert (fresh(order).status, fresh(order).refunded) == (status, 0)


@pytest.mark.django_db(transaction=True)
def test_of_three_answers_at_once_one_counts(box):
    upstream = trade(box)
    buyer = make.customer(balance="1000")
    orders = [_unknown(upstream, customer=buyer) for _ in range(8)]
    ids = {one["params"]["link"]: str(one["order"]) for one in box.orders()}
    now = timezone.now()

    for order in orders:
        answers = together(
            [
                partial(resolving.was_placed, order.pk, ids[order.link], actor="a", now=now),
                partial(resolving.was_not_placed, order.pk, actor="b", now=now),
                partial(resolving.refund, order.pk, actor="c", now=now),
            ]
        )
        lost = [answer for answer in answers if isinstance(answer, resolving.NotUnknown)]
        assert len(lost) == 2
        assert OrderEvent.objects.filter(order=order, actor__in="abc").count() == 1
        assert fresh(order).refunded == (
            order.charge if fresh(order).status == Status.CANCELED else 0
        )


@pytest.mark.parametrize(("was_accepted", "says"), [(True, "accepted"), (False, "not accepted")])
def test_the_balance_of_the_provider_is_evidence(box, was_accepted, says):
    upstream = trade(box)
    health.record_balance(
        upstream.provider.pk, balance=box.balance(), now=timezone.now() - timedelta(seconds=1)
    )
    upstream.placed()
    upstream.forward()
    order = _unknown(upstream, was_accepted=was_accepted)

    assert resolving.evidence(order.pk).balance_says == says


def test_without_an_earlier_balance_it_cannot_tell(box):
    upstream = trade(box)
    order = _unknown(upstream)

    assert resolving.evidence(order.pk).balance_says == "cannot tell"


def test_the_candidates_are_orders_of_ours_that_nobody_holds(box):
    upstream = trade(box)
    for _ in range(3):
        upstream.placed()
        upstream.forward()
    order = _unknown(upstream)
    its_id = str(next(o["order"] for o in box.orders() if o["params"]["link"] == order.link))

    (candidate,) = resolving.candidates(order.pk)

    assert (candidate.upstream_id, candidate.is_expected_charge) == (its_id, True)


def test_the_command_lists_shows_and_resolves(box):
    upstream = trade(box)
    first, second, third = (_unknown(upstream) for _ in range(3))
    ids = {one["params"]["link"]: str(one["order"]) for one in box.orders()}

    listed, shown = _run(), _run(str(first.pk))
    assert all(str(order.pk) in listed and order.link in listed for order in (first, second, third))
    assert Attempt.objects.get(order=first).answer in shown

    _run(str(first.pk), "placed", ids[first.link], "--actor", "ann")
    _run(str(second.pk), "not-placed")
    _run(str(third.pk), "refund")
    assert [fresh(order).status for order in (first, second, third)] == [
        *(Status.PROCESSING, Status.PENDING, Status.CANCELED),
    ]
    assert "No order is unconfirmed" in _run()


@pytest.mark.parametrize(
    "words", [("placed",), ("refund", "7"), ("placed", "31415926"), ("not-placed", "7")]
)
def test_the_command_says_what_is_wrong(box, words):
    order = _unknown(trade(box))

    with pytest.raises(CommandError):
        _run(str(order.pk), *words)

    assert fresh(order).status == Status.UNCONFIRMED


def test_the_command_knows_no_order_that_is_not_there():
    with pytest.raises(CommandError, match="no order 7"):
        _run("7")
    assert not Order.objects.exists()
