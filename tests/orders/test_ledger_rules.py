"""What the book allows: who may spend how far, what always passes, which amounts are exact."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from orders import closing, ledger, money, payments, placing
from orders.ledger import AlreadyBooked, InsufficientBalance, MayNotSpend, OrderEntry
from orders.lifecycle import Status
from orders.models import Customer, LedgerEntry, Payment, Service
from orders.models.ledger import Kind
from tests import make
from tests.orders.breaking import append

pytestmark = pytest.mark.django_db


def test_entries_are_numbered_by_the_database_and_carry_the_balance():
    customer = make.customer(balance="10")
    order = make.placed(customer=customer, service=make.service(rate="1.2"))
    closing.close(order.pk, Status.PARTIAL, undelivered=250, now=make.NOW)

    rows = LedgerEntry.objects.filter(customer=customer).order_by("number")

    assert list(rows.values_list("number", "kind", "amount", "balance_after")) == [
        (1, "top_up", Decimal(10), Decimal(10)),
        (2, "charge", Decimal("-1.2"), Decimal("8.8")),
        (3, "refund", Decimal("0.3"), Decimal("9.1")),
    ]


def test_numbers_and_balances_brought_along_are_overwritten():
    customer = make.customer(balance="10")

    append(customer, "bonus", "5", number="77", balance_after="1000000")

    last = LedgerEntry.objects.latest("id")
    assert (last.number, last.balance_after) == (2, Decimal(15))


def test_spending_may_go_down_to_the_credit_limit_and_no_further():
    customer = make.customer(balance="1", credit_limit="1.4")
    service = make.service(rate="1.2")
    make.placed(customer=customer, service=service)
    make.placed(customer=customer, service=service)

    with pytest.raises(InsufficientBalance):
        make.placed(customer=customer, service=service, quantity=10)

    customer.refresh_from_db()
    assert customer.balance == Decimal("-1.4")


def test_a17_a_limit_lowered_below_use_stops_spending_but_no_top_up_and_no_refund():
    customer = make.customer(balance="0", credit_limit="5")
    service = make.service(rate="1.2")
    order = make.placed(customer=customer, service=service)
    Customer.objects.filter(pk=customer.pk).update(credit_limit=0)

    with pytest.raises(InsufficientBalance):
        make.placed(customer=customer, service=service, quantity=10)
    make.top_up(customer, "0.1")
    closing.close(order.pk, Status.PARTIAL, undelivered=500, now=make.NOW)

    customer.refresh_from_db()
    assert customer.balance == Decimal("-0.5")


def test_a_chargeback_passes_the_floor():
    customer = make.customer(balance="10")
    make.placed(customer=customer, service=make.service(rate="8"))

    payment = Payment.objects.get(customer=customer)
    append(customer, "chargeback", "-10", payment_id=str(payment.pk))

    customer.refresh_from_db()
    assert customer.balance == -8


@pytest.mark.parametrize("status", [Customer.Status.FROZEN, Customer.Status.SUSPENDED])
def test_a16_who_may_not_spend_still_gets_refunds_and_top_ups(status):
    customer = make.customer(balance="10")
    order = make.placed(customer=customer)
    Customer.objects.filter(pk=customer.pk).update(status=status)

    with pytest.raises(MayNotSpend):
        make.placed(customer=customer)
    make.top_up(customer, "5")
    closing.close(order.pk, Status.CANCELED, now=make.NOW)

    customer.refresh_from_db()
    assert customer.balance == 15


def test_a_refused_charge_leaves_nothing_behind():
    customer = make.customer(balance="1")

    with pytest.raises(InsufficientBalance):
        make.placed(customer=customer)

    assert not customer.orders.exists()
    assert LedgerEntry.objects.filter(customer=customer).count() == 1


def test_funds_given_by_hand_count_once_per_cause():
    customer = make.customer(balance="0")
    given = {"cause": "ticket 5", "reason": "Sorry", "actor": "boss"}
    ledger.adjust(customer, Decimal(3), **given)

    with pytest.raises(AlreadyBooked):
        ledger.adjust(customer, Decimal(3), **given)

    customer.refresh_from_db()
    assert customer.balance == 3


def test_what_is_taken_by_hand_meets_the_floor():
    customer = make.customer(balance="2")

    with pytest.raises(InsufficientBalance):
        ledger.adjust(customer, Decimal(-3), cause="x", reason="Mistake", actor="boss")


def test_a_refund_taken_back_leaves_the_order_refunded_less():
    customer = make.customer(balance="10")
    order = make.placed(customer=customer)
    ledger.refund(order.pk, Decimal(1))

    ledger.take_back(order.pk, Decimal("0.4"), actor="boss", reason="It was delivered after all")

    order.refresh_from_db()
    customer.refresh_from_db()
    assert (order.refunded, customer.balance) == (Decimal("0.6"), Decimal("9.4"))


def test_a_metered_order_is_charged_as_it_is_served():
    customer = make.customer(balance="10")
    order = make.placed(
        customer=customer,
        service=make.service(rate="2", type="Subscriptions"),
        username="somebody",
        min=100,
        max=100,
        delay=0,
    )
    ledger.meter(order.pk, Decimal("0.2"))
    ledger.meter(order.pk, Decimal("0.4"))

    order.refresh_from_db()
    customer.refresh_from_db()
    assert (order.charge, order.metered, customer.balance) == (0, Decimal("0.6"), Decimal("9.4"))


@pytest.mark.parametrize("amount", [0.1, 1, "0.1"])
def test_money_booked_by_hand_written_sql_is_decimal_and_nothing_else(amount):
    customer = make.customer()

    with pytest.raises(TypeError):
        ledger.adjust(customer, amount, cause="x", reason="x", actor="boss")


@pytest.mark.parametrize("amount", ["0.000000001", "NaN", "Infinity", "-Infinity"])
def test_money_booked_by_hand_written_sql_is_exact(amount):
    order = make.placed()

    with pytest.raises(ValueError, match=r"scale|number"):
        ledger.book([OrderEntry(order.pk, Kind.REFUND, Decimal(amount))])


@pytest.mark.parametrize("limit", [0.1, 1e3])
def test_a_field_refuses_a_float(limit):
    customer = make.customer()

    with pytest.raises((TypeError, ValidationError), match="never float"):
        Customer.objects.create(name="x", credit_limit=limit)
    with pytest.raises((TypeError, ValidationError), match="never float"):
        Customer.objects.filter(pk=customer.pk).update(credit_limit=limit)


@pytest.mark.parametrize("limit", ["0.000000001", "NaN", "Infinity"])
def test_a_field_refuses_what_it_cannot_hold_exactly(limit):
    with pytest.raises((ValueError, ValidationError)):
        Customer.objects.create(name="x", credit_limit=Decimal(limit))


def test_a_rate_of_six_decimals_is_refused():
    service = make.service()

    with pytest.raises(ValueError, match="scale"):
        Service.objects.filter(pk=service.pk).update(own_rate=Decimal("0.000001"))


def test_an_update_by_the_orm_meets_the_guards_too():
    payment = payments.open_payment(
        make.customer(), gateway="x", reference="y", amount=Decimal(5), currency="USD"
    )
    payment.status = Payment.Status.SETTLED

    with pytest.raises(Exception, match="settled by its entry"):
        payment.save()


@pytest.mark.parametrize(("rate", "units"), [("0.00001", 1), ("9999999999.99999", 10**6)])
def test_the_smallest_and_the_largest_charge_are_exact_products(rate, units):
    charge = money.product(Decimal(rate), units)

    assert charge == Decimal(rate) * units / 1000
    assert money.exact(charge) == charge


def test_a9_the_largest_order_at_the_largest_rate_fits_or_is_refused_by_name():
    service = make.service(rate="9999999999.99999", listed_max=10**9)

    with pytest.raises((placing.ChargeTooLarge, InsufficientBalance)):
        make.placed(service=service, quantity=999_999_999)
