"""Provider balances, day by day: what is unexplained, where to look, what staff note."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from orders import reconciling
from orders.lifecycle import Status
from orders.models import Attempt, BalanceReading, Order, ProviderTopUp
from panel import tasks
from panel.models import AuditEntry
from tests import make

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def provider():
    """Its balance fell by 10 and rose by 500 on one day, for an order that cost 4."""
    made = make.provider(name="Upstream One")
    for hours, balance in ((0, 1_000), (2, 990), (4, 1_490)):
        at = NOON + timedelta(hours=hours)
        BalanceReading.keep(made.pk, Decimal(balance), "USD", now=at)
    offer = make.offer(made, cost=Decimal(4))
    for outcome, upstream_id in (("accepted", "17"), ("silent", None)):
        sent(made, offer, outcome=outcome, upstream_id=upstream_id)
    reconciling.reckon_due(now=NOON + timedelta(hours=5))
    return made


def sent(provider, offer, *, outcome, upstream_id):
    order = make.placed(service=make.service(offers=[offer]))
    status = Status.PROCESSING if upstream_id else Status.UNCONFIRMED
    Order.objects.filter(pk=order.pk).update(upstream_id=upstream_id, status=status)
    at = NOON + timedelta(hours=1)
    made = Attempt.objects.create(
        order=order, provider=provider, offer=offer, outcome=outcome, upstream_id=upstream_id,
        lease_until=at, closed_at=at,
    )  # fmt: skip
    Attempt.objects.filter(pk=made.pk).update(opened_at=at)


def address(name, provider):
    return reverse(name, args=[provider.pk, "2026-03-01"])


def note(client, provider, **columns):
    given = {"amount": "500", "reason": "Invoice 17", "token": str(uuid4())} | columns
    return client.post(address("staff_note_top_up", provider), given)


def test_a_day_shows_its_sums_and_the_orders_that_the_difference_may_belong_to(
    as_finance, provider
):
    answer = as_finance.get(address("staff_reconciled_day", provider))

    day, text = answer.context["day"], answer.content.decode()
    assert [day.row.spent, day.movement, day.difference] == [4, 490, 494]
    (suspect,) = answer.context["suspects"]
    assert (suspect.reason, suspect.amount) == ("unconfirmed", Decimal(-4))
    assert "Nobody knows whether the provider has it" in text
    assert "+$494.00" in text


def test_the_step_of_each_reading_is_shown(as_finance, provider):
    answer = as_finance.get(address("staff_reconciled_day", provider))

    assert [step for _reading, step in answer.context["readings"]] == [None, -10, 500]


def test_what_staff_note_is_counted_once_and_recorded_with_its_reason(as_finance, provider):
    token = str(uuid4())

    for _ in range(2):
        note(as_finance, provider, token=token)

    assert ProviderTopUp.objects.get().amount == 500
    day = as_finance.get(address("staff_reconciled_day", provider)).context["day"]
    assert day.difference == -6
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.reason) == ("provider.top_up", "Invoice 17")
    assert (entry.old["difference"], entry.new["amount"]) == ("494", "500")


@pytest.mark.parametrize(
    "given", [{"amount": "0"}, {"amount": "x"}, {"amount": "NaN"}, {"reason": ""}, {"token": "x"}]
)
def test_a_note_that_says_nothing_is_refused(as_finance, provider, given):
    assert note(as_finance, provider, **given).status_code == 200
    assert not ProviderTopUp.objects.exists()


def test_s15_a_note_is_asked_of_somebody_who_logged_in_lately(as_owner, provider, settings):
    settings.STAFF_FRESH_S = 0

    assert note(as_owner, provider)["Location"].startswith(reverse("account_reauthenticate"))
    assert not ProviderTopUp.objects.exists()


def test_the_list_can_be_narrowed_to_a_provider_and_to_days_with_a_difference(as_owner):
    now = timezone.now()
    quiet, odd = make.provider(), make.provider()
    for provider, balance in ((quiet, 100), (odd, 70)):
        BalanceReading.keep(provider.pk, Decimal(100), "USD", now=now - timedelta(seconds=2))
        BalanceReading.keep(provider.pk, Decimal(balance), "USD", now=now - timedelta(seconds=1))
    reconciling.reckon_due(now=now)

    def shown(**query):
        days = as_owner.get(reverse("staff_reconciling"), query).context["days"]
        return {day.row.provider_id for day in days}

    assert shown() == {quiet.pk, odd.pk}
    assert shown(open="1") == {odd.pk}
    assert shown(provider=str(quiet.pk)) == {quiet.pk}
    assert shown(provider="nonsense", days="x") == {quiet.pk, odd.pk}


@pytest.mark.parametrize("date", ["2026-02-30", "2026-03-02", "x", "0000-00-00"])
def test_a_day_that_is_not_there_is_not_found(as_owner, provider, date):
    answer = as_owner.get(reverse("staff_reconciled_day", args=[provider.pk, date]))

    assert answer.status_code == 404


def test_the_clock_reckons_what_was_read(provider):
    now = timezone.now()
    BalanceReading.keep(provider.pk, Decimal(5), "USD", now=now)

    tasks.reconcile_providers.apply(throw=True)

    assert reconciling.of_provider(provider.pk, now.astimezone(UTC).date()).row.closed == 5


def test_the_list_asks_no_more_of_the_database_when_there_are_more_days(
    as_owner, django_assert_max_num_queries
):
    def fill(count):
        now = timezone.now()
        for _ in range(count):
            BalanceReading.keep(make.provider().pk, Decimal(5), "USD", now=now)
        reconciling.reckon_due(now=now + timedelta(minutes=6))

    fill(1)
    with django_assert_max_num_queries(14) as few:
        as_owner.get(reverse("staff_reconciling"))
    fill(10)
    with django_assert_max_num_queries(len(few.captured_queries)):
        as_owner.get(reverse("staff_reconciling"))
