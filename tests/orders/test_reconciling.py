"""What a provider took is held against what our orders cost; the sandbox's own log is the truth."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from orders import catalogue, correcting, reconciling, resolving
from orders.lifecycle import Status
from orders.models import Attempt, BalanceReading, Order, PollBucket, ProviderDay
from orders.reconciling import Day, Suspect
from orders.tracking import poll_due
from providers.sandbox import Sandbox
from providers.sandbox.harness import KEY
from tests import make
from tests.orders.upstream import Upstream, fresh, trade

pytestmark = pytest.mark.django_db(transaction=True)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@pytest.fixture
def box():
    with Sandbox() as box:
        yield box


@pytest.fixture
def upstream(box):
    """A provider whose balance was read before anything was ordered."""
    made = trade(box)
    read(made)
    return made


def read(upstream: Upstream) -> None:
    catalogue.refresh_balance(upstream.provider.pk, now=timezone.now())


def bought(upstream: Upstream, count: int = 1, **raw) -> list[Order]:
    """Orders that the provider has accepted."""
    customer = make.customer(balance="10000")
    orders = [upstream.placed(customer=customer, **raw) for _ in range(count)]
    upstream.forward()
    return [fresh(order) for order in orders]


def reckoned(upstream: Upstream) -> Day:
    """Today, after one more look at the balance."""
    read(upstream)
    now = timezone.now()
    ProviderDay.objects.update(reckoned_at=now - reconciling.reckoning.TODAY_AFTER)
    reconciling.reckon_due(now=now)
    return reconciling.of_provider(upstream.provider.pk, now.astimezone(UTC).date())


def taken(box: Sandbox) -> Decimal:
    """What the provider's own book says that it took and kept."""
    box.provider.book.settle()
    account = box.provider.book.accounts[KEY]
    return account.spent - account.returned


def lead(day: Day, order: Order) -> Suspect:
    (found,) = [one for one in reconciling.suspects(day) if one.order_id == order.pk]
    return found


def test_what_orders_cost_explains_what_the_provider_took(box, upstream):
    bought(upstream, 3)

    day = reckoned(upstream)

    assert day.row.orders == 3
    assert day.row.spent == taken(box) == -day.movement > 0
    assert (day.difference, day.is_explained) == (Decimal(0), True)


def test_what_the_provider_gave_back_for_what_it_did_not_deliver_is_explained(box, upstream):
    partial, canceled = bought(upstream, 2)
    box.provider.book.orders[int(partial.upstream_id or 0)].plan = "partial"
    box.provider.book.orders[int(canceled.upstream_id or 0)].plan = "canceled"
    box.advance(100_000)
    PollBucket.objects.update(due_at=timezone.now())
    poll_due(upstream.provider.pk, now=timezone.now())

    day = reckoned(upstream)

    assert [fresh(one).status for one in (partial, canceled)] == [Status.PARTIAL, Status.CANCELED]
    assert day.row.returned > 0
    assert day.row.spent - day.row.returned == taken(box)
    assert day.difference == 0


def test_an_order_that_nobody_knows_of_is_the_lead_to_what_is_missing(box, upstream):
    bought(upstream, 2)
    box.fault("drop_after", action="add", times=1)
    (lost,) = bought(upstream, quantity=777)
    assert lost.status == Status.UNCONFIRMED

    day = reckoned(upstream)

    assert day.difference == -(taken(box) - day.row.spent) < 0
    assert not day.is_explained
    first = reconciling.suspects(day)[0]
    assert (first.order_id, first.reason, first.is_match) == (lost.pk, "unconfirmed", True)


def test_an_unknown_order_that_turned_out_to_be_accepted_explains_it_afterwards(box, upstream):
    box.fault("drop_after", action="add", times=1)
    (lost,) = bought(upstream)
    before = reckoned(upstream)

    resolving.was_placed(lost.pk, str(box.orders()[0]["order"]), actor="staff", now=timezone.now())
    after = reckoned(upstream)

    assert (before.is_explained, after.is_explained) == (False, True)
    assert reconciling.suspects(after) == []


def test_a_refund_by_hand_that_the_provider_did_not_give_back_is_named(box, upstream):
    (order,) = bought(upstream)
    correcting.end(
        order.pk,
        Status.CANCELED,
        shown=order.charge,
        reason="Not wanted any more",
        actor="staff",
        now=timezone.now(),
    )

    day = reckoned(upstream)

    assert day.difference == -taken(box)
    assert (lead(day, order).reason, lead(day, order).is_match) == ("by_hand", True)


def test_a_cost_that_rose_between_placing_and_sending_is_named(box, upstream):
    order = upstream.placed(customer=make.customer(balance="10000"))
    listed = box.provider.catalogue.services[int(upstream.offer.upstream_id)]
    object.__setattr__(listed, "rate", listed.rate + Decimal("0.50"))
    upstream.forward()
    upstream.offer.cost += Decimal("0.50")
    upstream.offer.save()

    day = reckoned(upstream)

    assert day.difference == -Decimal("0.50")
    assert (lead(day, order).reason, lead(day, order).is_match) == ("cost", True)


def test_two_orders_with_one_id_are_named(box, upstream):
    (first,) = bought(upstream)
    box.fault("json", {"order": int(first.upstream_id or 0)}, action="add", times=1)
    (second,) = bought(upstream)

    day = reckoned(upstream)

    assert second.upstream_id is None
    assert "twice" in {one.reason for one in reconciling.suspects(day) if one.order_id == second.pk}


def test_money_sent_to_the_provider_is_explained_once_staff_noted_it(box, upstream):
    box.provider.book.open_account(KEY, Decimal(1_000_500), "USD")
    before = reckoned(upstream)
    token = uuid4()

    def note():
        reconciling.note_top_up(
            upstream.provider.pk,
            before.row.day,
            Decimal(500),
            reason="Invoice 17",
            actor="staff",
            token=token,
        )

    note()
    with pytest.raises(reconciling.AlreadyNoted):
        note()

    assert (before.difference, before.is_explained) == (Decimal(500), False)
    assert reckoned(upstream).is_explained
    assert [step for _r, step in reconciling.readings_of(before.row)] == [None, Decimal(500)]


def test_an_unchanged_balance_is_one_reading_that_was_seen_again(upstream):
    first = BalanceReading.objects.get()

    read(upstream)

    again = BalanceReading.objects.get()
    assert (again.pk, again.at) == (first.pk, first.at)
    assert again.seen_at > first.seen_at


def test_a_balance_in_another_currency_is_kept_and_takes_part_in_no_day(box, upstream):
    box.fault("json", {"balance": "5.5", "currency": "TRY"}, action="balance")

    day = reckoned(upstream)

    assert set(BalanceReading.objects.values_list("currency", flat=True)) == {"USD", "TRY"}
    assert day.row.closed == day.row.opened == 1_000_000


def readings(provider_id: int, *told: tuple[datetime, int]) -> None:
    for at, balance in told:
        BalanceReading.objects.create(
            provider_id=provider_id, at=at, seen_at=at, balance=balance, currency="USD"
        )


def accepted(provider, at: datetime, units: int) -> None:
    """An order that cost one unit of money for each thousand, accepted then."""
    offer = make.offer(provider, cost=Decimal(1))
    order = make.placed(service=make.service(offers=[offer]), quantity=units)
    Order.objects.filter(pk=order.pk).update(upstream_id=str(order.pk), status=Status.PROCESSING)
    made = Attempt.objects.create(
        order=order, provider=provider, offer=offer, outcome="accepted", lease_until=at,
        upstream_id=str(order.pk), closed_at=at,
    )  # fmt: skip
    Attempt.objects.filter(pk=made.pk).update(opened_at=at)


def test_the_days_of_a_provider_join_without_a_gap():
    provider = make.provider(currency="USD")
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    readings(
        provider.pk,
        (midnight - 14 * timedelta(hours=1), 100),
        (midnight - timedelta(minutes=3), 90),
        (midnight + timedelta(minutes=2), 85),
        (midnight + timedelta(hours=9), 80),
    )
    for minutes, units in ((-60, 10_000), (-1, 5_000), (60, 5_000)):
        accepted(provider, midnight + timedelta(minutes=minutes), units)

    reconciling.reckon_due(now=midnight + 2 * DAY)

    first, second = ProviderDay.objects.filter(provider=provider).order_by("day")
    assert [first.opened, first.closed, first.spent] == [100, 90, 10]
    assert [second.opened, second.closed, second.spent] == [90, 80, 10]
    assert second.opened_at == first.closed_at
    assert all(day.is_explained for day in reconciling.between(first.day, second.day))


def test_days_that_are_long_over_are_not_reckoned_again():
    provider = make.provider()
    readings(provider.pk, (make.NOW, 100))

    def reckon(after: timedelta) -> int:
        return reconciling.reckon_due(now=make.NOW + after)

    assert reckon(timedelta(0)) == 1
    assert reckon(SECOND) == 0
    assert reckon(timedelta(minutes=6)) == 1
    assert reckon(DAY) == 1  # its day is over; no reading since
    assert reckon(DAY + 7 * timedelta(hours=1)) == 1  # once more: something may have turned up
    assert reckon(9 * DAY) == 1
    assert reckon(10 * DAY) == 0


def test_only_so_many_readings_are_kept_and_always_the_last():
    provider = make.provider()
    readings(provider.pk, (make.NOW, 1), (make.NOW + SECOND, 2))

    reconciling.forget_old(now=make.NOW + reconciling.KEPT + DAY)

    assert BalanceReading.objects.get().balance == 2


def test_a_span_that_is_too_long_is_refused():
    with pytest.raises(ValueError, match="At most"):
        reconciling.between(date(2020, 1, 1), date(2026, 1, 1))
