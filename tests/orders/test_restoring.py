"""G9: a database restored from last night's copy sends nothing twice and gives out no id again."""

import pytest
from django.core.management import call_command
from django.utils import timezone

from orders import cancelling, forwarding, proving, refilling, resolving, restoring, tracking
from orders.lifecycle import CancelStatus, RefillStatus, Status
from orders.models import CancelRequest, Order, PollBucket, Refill
from providers.models import Provider
from providers.sandbox import Sandbox
from tests import make
from tests.orders.upstream import attempts, fresh, open_reviews, run_out, sent_links, trade

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def box():
    with Sandbox() as box:
        yield box


@pytest.fixture
def upstream(box):
    return trade(box, gap_probe=True)


def restored(**options):
    return restoring.after_restore(now=timezone.now(), **options)


def everything(provider):
    """All that clocks do to a provider."""
    now = timezone.now()
    assert forwarding.due_providers(now) == []
    forwarding.expire_claims(now=now)
    forwarding.reconsider(now=now)
    forwarding.forward_due(provider.pk, now=now)
    refilling.forward_refills(provider.pk, now=now)
    cancelling.forward_cancels(provider.pk, now=now)
    resolving.probe_gaps(provider.pk, now=now)


def test_g9_orders_that_waited_in_the_copy_are_not_sent_by_a_machine(box, upstream):
    waiting, claimed, held = (upstream.placed() for _ in range(3))
    Order.objects.filter(pk=held.pk).update(due_at=None, hold=Order.Hold.MARGIN)
    Order.objects.filter(pk=waiting.pk).update(due_at=None, hold=Order.Hold.NONE)
    forwarding.claiming.claim(upstream.provider, limit=1, now=timezone.now())
    Order.objects.filter(pk=waiting.pk).update(due_at=timezone.now())
    run_out(claimed)

    done = restored()
    everything(upstream.provider)

    assert (done.providers, done.orders) == (1, 3)
    for order in (waiting, claimed, held):
        assert fresh(order).status == Status.UNCONFIRMED
        assert attempts(order) == ["silent"]
        assert open_reviews(order) == {"silent"}
    assert box.calls("add") == 0


def test_g9_an_order_that_was_sent_after_the_copy_is_found_again_by_a_person(box, upstream):
    order = upstream.placed()
    upstream.forward()
    _back_to_the_copy(order)

    restored()
    upstream_id = str(box.orders()[0]["order"])
    resolving.was_placed(order.pk, upstream_id, actor="ann", now=timezone.now())

    assert (fresh(order).status, fresh(order).upstream_id) == (Status.PROCESSING, upstream_id)
    assert sent_links(box) == [order.link]


def _back_to_the_copy(order):
    """As the copy has it: placed, and not sent yet."""
    order.attempts.all().delete()
    Order.objects.filter(pk=order.pk).update(
        status=Status.PENDING, upstream_id=None, bucket=None, due_at=timezone.now()
    )


def test_g9_an_order_that_was_not_sent_goes_once_when_a_person_says_so(box, upstream):
    order = upstream.placed()
    restored()
    resolving.was_not_placed(order.pk, actor="ann", now=timezone.now())
    upstream.forward()
    assert box.calls("add") == 0, "the provider is still paused"

    assert restoring.go_on() == 1
    upstream.forward()

    assert fresh(order).status == Status.PROCESSING
    assert sent_links(box) == [order.link]


def test_g9_no_id_that_a_customer_may_know_is_given_out_again(upstream):
    last = upstream.placed().pk

    done = restored(skip=5_000)

    assert done.next_order_id > last + 5_000
    assert upstream.placed().pk == done.next_order_id


def test_g9_orders_at_the_provider_and_manual_ones_go_on_as_before(box, upstream):
    buyer = make.customer()
    order, manual = upstream.placed(customer=buyer), make.placed(customer=buyer)
    upstream.forward()

    restored()
    box.advance(100_000)
    PollBucket.objects.update(due_at=timezone.now())
    tracking.poll_due(upstream.provider.pk, now=timezone.now())

    assert fresh(order).status == Status.COMPLETED
    assert fresh(manual).status == Status.PENDING


def test_g9_wishes_that_may_have_been_sent_are_not_sent_again(box, upstream):
    order = upstream.placed()
    upstream.forward()
    CancelRequest.objects.create(order=order)
    Refill.objects.create(order=order)

    done = restored()
    everything(upstream.provider)

    assert (done.refills, done.cancels) == (1, 1)
    assert CancelRequest.objects.get().status == CancelStatus.UNCONFIRMED
    assert Refill.objects.get().status == RefillStatus.UNCONFIRMED
    assert (box.calls("cancel"), box.calls("refill")) == (0, 0)


def test_g9_a_gap_is_not_probed_for_it_may_hold_orders_that_the_copy_never_knew(upstream):
    restored()

    assert not Provider.objects.filter(gap_probe=True).exists()


def test_g9_no_money_moves_and_the_book_is_proven(upstream):
    buyer = make.customer()
    upstream.placed(customer=buyer)
    buyer.refresh_from_db()
    before = buyer.balance

    restored()

    buyer.refresh_from_db()
    assert buyer.balance == before
    assert proving.prove().is_sound


def test_g9_only_providers_that_it_paused_are_resumed(upstream):
    other = make.provider(paused_until=restoring.NEVER, pause_reason="Bad key")
    restored()

    assert restoring.go_on() == 1
    assert not Provider.objects.reachable(timezone.now()).filter(pk=other.pk).exists()


def test_g9_the_command_says_what_it_did_and_what_is_next(upstream, capsys):
    upstream.placed()

    call_command("after_restore", skip=10)
    call_command("after_restore", go_on=True)

    said = capsys.readouterr().out
    assert "Paused: 1 providers" in said
    assert "1 orders, 0 refills, 0 wishes to cancel" in said
    assert "manage.py after_restore --go-on" in said
    assert "Resumed: 1 providers." in said
