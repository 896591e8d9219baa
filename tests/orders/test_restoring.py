"""G9: a database restored from last night's copy sends nothing twice and gives out no id again."""

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from orders import (
    cancelling,
    forwarding,
    invoicing,
    proving,
    refilling,
    resolving,
    restoring,
    tracking,
)
from orders.lifecycle import CancelStatus, RefillStatus, Status
from orders.models import (
    CancelRequest,
    Invoice,
    LostNumbers,
    Order,
    PaperNumber,
    PollBucket,
    Refill,
)
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


@pytest.fixture
def papers():
    """Papers are written here: the copy has the first two invoices."""
    invoicing.edit_seller(name="Weir Ltd.", address="1 River Lane", invoices_from=make.NOW)
    for _ in range(2):
        make.customer(balance="5")
    invoicing.write_due(now=make.NOW)


def numbers(*labels):
    return [PaperNumber.read(label) for label in labels]


def write_one_more():
    buyer = make.customer(balance="5")
    invoicing.write_due(now=make.NOW)
    return Invoice.objects.get(customer=buyer).label


def test_g9_numbers_of_invoices_given_since_the_copy_are_lost_and_not_given_again(papers):
    done = restored(last_papers=numbers("INV-2026-000007"), actor="ann")

    (lost,) = done.lost
    assert (lost.first_label, lost.last_label) == ("INV-2026-000003", "INV-2026-000007")
    assert (lost.count, lost.actor) == (5, "ann")
    assert write_one_more() == "INV-2026-000008"
    assert write_one_more() == "INV-2026-000009"
    assert proving.prove().is_sound


def test_g9_lost_numbers_of_each_kind_and_year_stand_for_themselves(papers):
    last = numbers("CN-2026-000002", "INV-2027-000003", "INV-2026-000002")

    done = restored(last_papers=last)

    told = [(lost.first_label, lost.last_label) for lost in done.lost]
    assert told == [
        ("CN-2026-000001", "CN-2026-000002"),
        ("INV-2027-000001", "INV-2027-000003"),
    ]
    assert proving.prove().is_sound


def test_g9_asked_twice_or_restored_twice_the_series_stays_without_a_gap(papers):
    for last in ("INV-2026-000004", "INV-2026-000004", "INV-2026-000006"):
        restored(last_papers=numbers(last))
    assert write_one_more() == "INV-2026-000007"
    restored(last_papers=numbers("INV-2026-000009"))

    spans = list(LostNumbers.objects.values_list("first", "last"))
    assert spans == [(3, 4), (5, 6), (8, 9)]
    assert write_one_more() == "INV-2026-000010"
    assert proving.prove().is_sound


def test_g9_where_papers_are_written_nothing_happens_until_the_last_ones_are_named(
    upstream, papers
):
    order = upstream.placed()

    with pytest.raises(restoring.RestoreRefused):
        restored()

    assert fresh(order).status == Status.PENDING
    assert not Provider.objects.exclude(pause_reason="").exists()


def test_g9_each_kind_that_is_counted_wants_its_last_number_unless_none_was_written(papers):
    restored(last_papers=numbers("INV-2026-000002", "CN-2026-000001"))

    with pytest.raises(restoring.RestoreRefused, match="Credit note"):
        restored(last_papers=numbers("INV-2026-000009"))
    assert restored(last_papers=[]).lost == []


def test_g9_a_slip_of_the_hand_loses_no_numbers_and_does_nothing_else(upstream, papers):
    order = upstream.placed()
    last = numbers("INV-2026-000005", f"CN-2026-{restoring.LOST_MAX + 1}")

    with pytest.raises(restoring.RestoreRefused, match="cannot have been lost"):
        restored(last_papers=last)

    assert not LostNumbers.objects.exists()
    assert fresh(order).status == Status.PENDING


def test_g9_the_command_asks_for_the_last_numbers_and_writes_the_lost_ones_down(papers, capsys):
    with pytest.raises(CommandError, match="The copy's last ones: INV-2026-000002"):
        call_command("after_restore")
    with pytest.raises(CommandError, match="Not the number of an invoice"):
        call_command("after_restore", last_invoice=["INV-26-1"])

    call_command("after_restore", last_invoice=["inv-2026-12"], actor="ann")

    assert "Lost with their papers: INV-2026-000003 to INV-2026-000012 (10)" in (
        capsys.readouterr().out
    )
    assert LostNumbers.objects.get().actor == "ann"
    call_command("after_restore", last_invoice=["none"])
    assert LostNumbers.objects.count() == 1
