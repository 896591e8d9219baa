"""The book under many hands at once: real threads, real connections, transactions held open."""

import random
import threading
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

from orders import closing, ledger, payments
from orders.ledger import InsufficientBalance, MayNotSpend, OrderEntry
from orders.lifecycle import Status
from orders.models import Customer, LedgerEntry, Order
from orders.models.ledger import Kind
from orders.proving import Proof, prove
from tests import make
from tests.orders.races import together, while_it_waits

pytestmark = pytest.mark.django_db(transaction=True)

SPENDERS = 50


def balance_of(customer: Customer) -> Decimal:
    return Customer.objects.get(pk=customer.pk).balance


def test_a3_fifty_hands_spend_the_last_coin_and_one_gets_it():
    customer, service = make.customer(balance="1.2"), make.service(rate="1.2")

    results = together([lambda: make.placed(customer=customer, service=service)] * SPENDERS)

    refused = [result for result in results if isinstance(result, InsufficientBalance)]
    assert (len(refused), Order.objects.count()) == (SPENDERS - 1, 1)
    assert balance_of(customer) == 0
    assert prove().is_sound


def test_a3_who_comes_second_waits_and_finds_the_coin_gone():
    customer, service = make.customer(balance="1.2"), make.service(rate="1.2")

    with while_it_waits(lambda: make.placed(customer=customer, service=service)) as second:
        make.placed(customer=customer, service=service)

    with pytest.raises(InsufficientBalance):
        second.result()
    assert (balance_of(customer), Order.objects.count()) == (Decimal(0), 1)


def test_a3_who_comes_second_gets_the_coin_when_the_first_gives_it_back():
    customer, service = make.customer(balance="1.2"), make.service(rate="1.2")

    with while_it_waits(lambda: make.placed(customer=customer, service=service)) as second:
        first = make.placed(customer=customer, service=service)
        closing.close(first.pk, Status.CANCELED, now=make.NOW)

    assert second.result().charge == Decimal("1.2")
    assert balance_of(customer) == 0


def test_a16_an_order_waits_for_the_hand_that_suspends_its_customer():
    customer, service = make.customer(), make.service()

    with while_it_waits(lambda: make.placed(customer=customer, service=service)) as order:
        Customer.objects.filter(pk=customer.pk).update(status=Customer.Status.SUSPENDED)

    with pytest.raises(MayNotSpend):
        order.result()
    assert balance_of(customer) == 100


def test_a17_an_order_waits_for_the_hand_that_lowers_the_credit_limit():
    customer, service = make.customer(balance="1", credit_limit="1"), make.service(rate="1.2")

    with while_it_waits(lambda: make.placed(customer=customer, service=service)) as order:
        Customer.objects.filter(pk=customer.pk).update(credit_limit=0)

    with pytest.raises(InsufficientBalance):
        order.result()


def test_refunds_across_customers_in_any_order_do_not_deadlock():
    service = make.service(rate="1.2")
    orders = [make.placed(service=service).pk for _ in range(20)]

    def refund_all(seed: int) -> None:
        mixed = random.Random(seed).sample(orders, len(orders))
        with transaction.atomic():
            list(Order.objects.filter(pk__in=mixed).order_by("pk").select_for_update())
            ledger.book([OrderEntry(pk, Kind.REFUND, Decimal("0.1")) for pk in mixed])

    results = together([partial(refund_all, seed) for seed in range(10)])

    assert results == [None] * 10
    assert set(Order.objects.values_list("refunded", flat=True)) == {Decimal(1)}
    assert prove().is_sound


def test_an_entry_takes_its_order_before_its_customer_so_nobody_deadlocks():
    order = make.placed()

    def refund_without_the_lock():
        ledger.refund(order.pk, Decimal("0.6"))

    def touch_the_customer():
        make.top_up(order.customer, "5")

    with while_it_waits(refund_without_the_lock, then=touch_the_customer) as refund:
        Order.objects.select_for_update().get(pk=order.pk)

    assert refund.exception() is None
    assert prove().is_sound


def test_orders_top_ups_and_refunds_of_one_customer_at_once_leave_the_exact_sum():
    customer, service = make.customer(balance="50"), make.service(rate="1.2")
    to_end = [make.placed(customer=customer, service=service).pk for _ in range(10)]
    partly = partial(closing.close, status=Status.PARTIAL, undelivered=250, now=make.NOW)
    deeds: list[Callable[[], Any]] = [partial(partly, pk) for pk in to_end]
    deeds += [partial(make.placed, customer=customer, service=service)] * 10
    deeds += [partial(make.top_up, customer, "1.00000001")] * 10

    results = together(deeds)

    assert not [result for result in results if isinstance(result, Exception)]
    gained = 10 * (Decimal("1.00000001") + Decimal("0.3"))
    assert balance_of(customer) == 50 - 20 * Decimal("1.2") + gained
    assert LedgerEntry.objects.filter(customer=customer).count() == 1 + 20 + 10 + 10
    assert prove().is_sound


def test_a_repeatable_read_transaction_cannot_spend_what_is_gone():
    customer, service = make.customer(balance="1.2"), make.service(rate="1.2")

    def place_on_an_old_snapshot():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            return make.placed(customer=customer, service=service)

    with while_it_waits(place_on_an_old_snapshot) as second:
        make.placed(customer=customer, service=service)

    assert second.exception() is not None
    assert (balance_of(customer), Order.objects.count()) == (Decimal(0), 1)


def test_one_payment_opened_by_many_at_once_is_opened_once():
    customer = make.customer(balance="0")

    def open_it():
        return payments.open_payment(
            customer, gateway="test", reference="one", amount=Decimal(5), currency="USD"
        )

    results = together([open_it] * 10)

    assert sum(not isinstance(result, Exception) for result in results) == 1


def test_a_proof_taken_while_money_moves_sees_one_moment_and_is_sound():
    customer, service = make.customer(balance="1000"), make.service(rate="1.2")
    closing.close(make.placed(customer=customer, service=service).pk, Status.CANCELED, now=make.NOW)
    is_over = threading.Event()

    def trade() -> int:
        traded = 0
        while not is_over.is_set():
            order = make.placed(customer=customer, service=service)
            closing.close(order.pk, Status.CANCELED, now=make.NOW)
            traded += 1
        return traded

    def watch() -> list[Proof]:
        try:
            return [prove() for _ in range(5)]
        finally:
            is_over.set()

    *traded, proofs = together([trade, trade, watch])

    assert min(traded) > 0
    assert [claim for proof in proofs for claim in proof.claims if claim.broken] == []
    assert proofs[0].rows("entries") < proofs[-1].rows("entries")
    for proof in proofs:  # counted and summed by different statements
        moved = proof.totals["refund"] - proof.totals["charge"]
        assert proof.rows("entries") == 1 + moved / Decimal("1.2")
