"""Wishes to cancel: at once while nothing was sent, else the provider's report decides."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from orders import cancelling, closing
from orders.forwarding.claiming import claim
from orders.lifecycle import CancelStatus, Status
from orders.models import Attempt, CancelRequest, Order
from orders.wishes import rounds
from providers.models import Provider
from providers.sandbox import Sandbox
from tests import gates, make
from tests.orders import races
from tests.orders.following import Upstream, balance, seen, timeline

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
RACES = 200
RACES_AT_ONCE = 50


@pytest.fixture
def upstream():
    with Sandbox() as box:
        yield Upstream(box)


def asked(order, *, customer_id=0):
    buyer = order.customer_id if customer_id == 0 else customer_id
    return cancelling.request_cancel(order.pk, customer_id=buyer, now=make.NOW)


def sent(upstream, *, after=MINUTE):
    return cancelling.forward_cancels(upstream.provider.pk, now=make.NOW + after)


def status_of(request):
    request.refresh_from_db()
    return request.status


@pytest.mark.django_db(transaction=True)
def test_b18_a_slow_provider_is_sent_cancels_by_one_worker_at_a_time(upstream):
    first, second = upstream.orders(2)
    asked(first)

    with gates.held(upstream.box, "cancel") as gate:
        slow = races.beside(partial(sent, upstream))
        gate.wait_for(1)
        asked(second)
        assert sent(upstream) == 0
        assert gate.calls == 1

    assert slow.result(races.DEADLINE_S) == 2
    assert upstream.box.calls("cancel") == 2


def test_b18_cancels_that_a_round_has_no_time_for_wait_for_the_next(upstream, monkeypatch):
    asked(upstream.order())
    with monkeypatch.context() as late:
        late.setattr(rounds, "ROUND_S", 0)
        assert sent(upstream) == 0

    assert sent(upstream) == 1


def test_an_order_that_was_not_sent_is_canceled_at_once_with_its_money(upstream):
    order = make.placed(service=upstream.service(listed_cancel=False))

    request = asked(order)

    assert request.status == CancelStatus.DONE
    assert (seen(order).status, order.refunded) == (Status.CANCELED, order.charge)
    assert balance(order) == Decimal(100)
    assert sent(upstream) == 0
    assert upstream.box.calls("cancel") == 0


@pytest.mark.django_db(transaction=True)
def test_b20_of_cancel_and_claim_one_wins_in_two_hundred_races(upstream):
    service, buyer = upstream.service(listed_cancel=False), make.customer(balance="5000")
    canceled = claimed = 0

    def cancel_all(ids):
        won = []
        for order_id in ids:
            try:
                cancelling.request_cancel(order_id, customer_id=buyer.pk, now=make.NOW)
                won.append(order_id)
            except cancelling.NotCancelable:
                pass
        return won

    def claim_all():
        won = []
        for _ in range(RACES_AT_ONCE):
            won += [one.order.pk for one in claim(upstream.provider, limit=1, now=make.NOW)]
        return won

    for _ in range(RACES // RACES_AT_ONCE):
        ids = [make.placed(customer=buyer, service=service).pk for _ in range(RACES_AT_ONCE)]
        by_cancel, by_claim = races.together([partial(cancel_all, ids[::-1]), claim_all])
        assert not set(by_cancel) & set(by_claim)
        assert set(by_cancel) | set(by_claim) == set(ids)
        canceled, claimed = canceled + len(by_cancel), claimed + len(by_claim)

    assert (canceled > 0, claimed > 0) == (True, True)
    assert Order.objects.filter(status=Status.CANCELED).count() == canceled
    assert Order.objects.filter(status=Status.SUBMITTING).count() == claimed
    buyer.refresh_from_db()
    assert buyer.balance == Decimal(5000) - Decimal("1.2") * claimed


@pytest.mark.django_db(transaction=True)
def test_b20_a_cancel_that_waits_for_the_claim_sees_that_it_lost(upstream):
    order = make.placed(service=upstream.service())

    with races.while_it_waits(lambda: asked(order)) as outcome:
        Order.objects.select_for_update().get(pk=order.pk)
        Order.objects.filter(pk=order.pk).update(status=Status.SUBMITTING, claimed_until=make.NOW)

    assert outcome.result(20).status == CancelStatus.REQUESTED
    assert (seen(order).status, order.refunded) == (Status.SUBMITTING, 0)


@pytest.mark.parametrize("status", [Status.SUBMITTING, Status.UNCONFIRMED])
def test_b20_a_wish_for_an_order_on_its_way_is_sent_after_acceptance(upstream, status):
    order = make.placed(service=upstream.service())
    Order.objects.filter(pk=order.pk).update(status=status)
    request = asked(order)
    assert cancelling.due_providers(make.NOW + MINUTE) == []
    assert sent(upstream) == 0
    assert seen(order).refunded == 0

    upstream.accepted([order])
    assert cancelling.due_providers(make.NOW + MINUTE) == [upstream.provider.pk]
    assert sent(upstream) == 1

    assert status_of(request) == CancelStatus.ACCEPTED


def test_b20_a_wish_for_an_order_that_was_not_sent_after_all_is_granted(upstream):
    order = make.placed(service=upstream.service())
    Order.objects.filter(pk=order.pk).update(status=Status.UNCONFIRMED)
    request = asked(order)
    Order.objects.filter(pk=order.pk).update(status=Status.PENDING)

    sent(upstream)

    assert status_of(request) == CancelStatus.DONE
    assert (seen(order).status, order.refunded) == (Status.CANCELED, order.charge)
    assert upstream.box.calls("cancel") == 0


def test_c19_accepted_means_requested_and_moves_no_money_until_the_status_says_so(upstream):
    order = upstream.order(quantity=1000)
    request = asked(order)

    sent(upstream)
    assert status_of(request) == CancelStatus.ACCEPTED
    assert (seen(order).status, order.refunded) == (Status.PROCESSING, 0)
    upstream.poll(after=2 * MINUTE)
    assert (seen(order).status, order.refunded) == (Status.PROCESSING, 0)

    upstream.box.advance(1_000)
    upstream.poll()
    assert (seen(order).status, order.refunded) == (Status.CANCELED, order.charge)
    assert status_of(request) == CancelStatus.DONE


def test_c19_answers_of_every_shape_in_one_batch_are_told_apart(upstream):
    orders = upstream.orders(5)
    requests = [asked(order) for order in orders]
    ids = [int(order.upstream_id) for order in orders]
    answer = [
        {"order": ids[1], "cancel": "1"},
        {"order": ids[0], "cancel": 1},
        {"order": ids[2], "cancel": {"error": "Too late"}},
        {"order": ids[3], "cancel": True},
    ]
    upstream.box.fault("json", answer, action="cancel")

    assert sent(upstream) == 5

    assert [status_of(request) for request in requests] == [
        CancelStatus.ACCEPTED,
        CancelStatus.ACCEPTED,
        CancelStatus.REFUSED,
        CancelStatus.ACCEPTED,
        CancelStatus.UNCONFIRMED,
    ]
    assert requests[2].answer == "Too late"
    assert {seen(order).status for order in orders} == {Status.PROCESSING}
    assert {order.refunded for order in orders} == {Decimal(0)}
    assert upstream.box.calls("cancel") == 1


def test_wishes_are_sent_a_hundred_in_one_request(upstream):
    for order in upstream.orders(101):
        asked(order)

    assert sent(upstream) == 101

    assert upstream.box.calls("cancel") == 2


def test_a_refused_cancel_keeps_the_providers_words_and_the_order_goes_on(upstream):
    order = upstream.order()
    request = asked(order)
    upstream.box.fault("json", {"error": "Cancel is not for you"}, action="cancel")

    sent(upstream)

    assert (status_of(request), request.answer) == (
        CancelStatus.REFUSED,
        "Cancel is not for you",
    )
    assert timeline(order, "cancel_refused") == ["Cancel is not for you"]
    assert seen(order).status == Status.PROCESSING


@pytest.mark.parametrize("kind", ["drop_after", "empty", "html200", "truncated"])
def test_a_cancel_without_a_usable_answer_is_not_repeated_by_a_machine(upstream, kind):
    order = upstream.order()
    request = asked(order)
    upstream.box.fault(kind, action="cancel", times=1)

    sent(upstream)
    assert sent(upstream, after=timedelta(days=1)) == 0
    assert status_of(request) == CancelStatus.UNCONFIRMED
    assert Attempt.objects.get(action="cancel").outcome == "silent"

    cancelling.send_cancel_now(request.pk, actor="Ada", now=make.NOW)
    sent(upstream)
    assert upstream.box.calls("cancel") == 2


def test_staff_send_a_waiting_cancel_ahead_of_its_turn(upstream):
    request = asked(upstream.order())
    CancelRequest.objects.update(due_at=make.NOW + timedelta(days=1))
    assert sent(upstream) == 0

    cancelling.send_cancel_now(request.pk, actor="Ada", now=make.NOW)

    assert sent(upstream) == 1
    assert status_of(request) == CancelStatus.ACCEPTED
    with pytest.raises(cancelling.RequestMoved):
        cancelling.send_cancel_now(request.pk, actor="Ada", now=make.NOW)


def test_a_granted_cancel_gives_back_what_was_shown_or_nothing():
    order = make.placed(service=make.service(listed_cancel=True))
    request = asked(order)
    with pytest.raises(cancelling.RequestMoved):
        cancelling.grant_cancel(request.pk, actor="Ada", now=make.NOW, shown=Decimal(1))
    assert seen(order).status == Status.PENDING
    assert status_of(request) == CancelStatus.REQUESTED

    cancelling.grant_cancel(request.pk, actor="Ada", now=make.NOW, shown=order.charge)

    assert (seen(order).status, order.refunded) == (Status.CANCELED, order.charge)
    assert status_of(request) == CancelStatus.DONE


def test_a_provider_that_is_not_reached_is_tried_again_later(upstream):
    request = asked(upstream.order())
    Provider.objects.update(url="http://127.0.0.1:1/api/v2")

    sent(upstream)

    assert (status_of(request), request.tries) == (CancelStatus.REQUESTED, 1)
    assert request.due_at > make.NOW + MINUTE


def test_a_worker_lost_while_it_asked_leaves_an_unconfirmed_request(upstream):
    order = upstream.order()
    request = asked(order)
    CancelRequest.objects.update(status="submitting", claimed_until=make.NOW, due_at=make.NOW)
    Attempt.objects.create(
        order=order, action="cancel", provider=upstream.provider, lease_until=make.NOW
    )

    assert cancelling.due_providers(make.NOW + MINUTE) == [upstream.provider.pk]
    sent(upstream)

    assert status_of(request) == CancelStatus.UNCONFIRMED
    assert Attempt.objects.get(action="cancel").outcome == "silent"


def test_an_order_that_completes_first_refuses_the_wish(upstream):
    order = upstream.order()
    request = asked(order)
    sent(upstream)
    upstream.report(order, status="Completed")

    upstream.poll()

    assert status_of(request) == CancelStatus.REFUSED
    assert seen(order).refunded == 0


def test_asking_again_while_a_request_is_open_is_the_same_request(upstream):
    order = upstream.order()

    assert asked(order).pk == asked(order).pk


@pytest.mark.django_db(transaction=True)
def test_parallel_wishes_are_one_request(upstream):
    order = upstream.order()

    made = races.together([lambda: asked(order).pk] * 8)

    assert len(set(made)) == 1
    assert CancelRequest.objects.count() == 1


def test_an_order_of_a_service_without_cancel_cannot_be_canceled_by_its_customer(upstream):
    order = upstream.order(service=upstream.service(listed_cancel=False))

    with pytest.raises(cancelling.NotCancelable, match="This order cannot be canceled"):
        asked(order)
    assert asked(order, customer_id=None).status == CancelStatus.REQUESTED


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.PARTIAL, Status.CANCELED])
def test_an_ended_order_cannot_be_canceled(upstream, status):
    order = upstream.order()
    closing.close(order.pk, status, now=make.NOW)

    with pytest.raises(cancelling.NotCancelable):
        asked(order)


def test_a_foreign_order_reads_as_no_order(upstream):
    order = upstream.order()

    with pytest.raises(cancelling.IncorrectOrder, match="Incorrect order ID"):
        asked(order, customer_id=make.customer().pk)


def test_staff_grant_a_cancel_of_a_service_they_deliver():
    order = make.placed(service=make.service(listed_cancel=True))
    request = asked(order)
    assert (request.due_at, seen(order).status) == (None, Status.PENDING)

    cancelling.grant_cancel(request.pk, actor="Ada", now=make.NOW, undelivered=400)

    assert (seen(order).status, order.refunded) == (Status.PARTIAL, Decimal("0.48"))
    assert status_of(request) == CancelStatus.DONE
    with pytest.raises(cancelling.RequestMoved):
        cancelling.grant_cancel(request.pk, actor="Ada", now=make.NOW)


def test_staff_refuse_a_cancel_of_a_service_they_deliver():
    order = make.placed(service=make.service(listed_cancel=True))
    request = asked(order)

    cancelling.refuse_cancel(request.pk, reason="Half done.", actor="Ada", now=make.NOW)

    assert (status_of(request), request.answer) == (CancelStatus.REFUSED, "Half done.")
    assert seen(order).status == Status.PENDING


def test_staff_cannot_grant_what_a_provider_delivers(upstream):
    order = upstream.order()
    request = asked(order)

    with pytest.raises(cancelling.RequestMoved):
        cancelling.grant_cancel(request.pk, actor="Ada", now=make.NOW)

    assert seen(order).refunded == 0


def test_the_backlog_of_cancels_leaves_out_what_only_waits_for_acceptance(upstream):
    asked(upstream.order())
    waiting = make.placed(service=upstream.service())
    Order.objects.filter(pk=waiting.pk).update(status=Status.SUBMITTING)
    asked(waiting)

    backlog = cancelling.backlog(make.NOW + MINUTE)

    assert (backlog.rows, backlog.oldest_due_at) == (1, make.NOW)
