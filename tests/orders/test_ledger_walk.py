"""Random walks through every movement of money, against a model in plain Python."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from orders import closing, ledger, payments
from orders.ledger import AlreadyBooked, InsufficientBalance, MayNotSpend
from orders.lifecycle import NEXT, Status
from orders.models import Customer, Order
from orders.proving import prove
from tests import make

WALKS = 25
STEPS = 30
UNITS = st.integers(10, 5000)
RATES = st.sampled_from(["0.00001", "0.9", "1.23457", "333.33333"])
AMOUNTS = st.decimals("0.00000001", 500, places=8)
WHO = st.integers(0, 1)


@dataclass
class Bought:
    """What the model knows of an order."""

    id: int
    who: int
    charge: Decimal
    rate: Decimal
    units: int
    refunded: Decimal = Decimal(0)
    status: str = Status.PENDING

    def target(self, status: str, undelivered: int) -> Decimal:
        """What should be back by now, in the design's own words."""
        return self.charge if status == Status.CANCELED else self.rate * undelivered / 1000


class Walk(RuleBasedStateMachine):
    """Two customers; what each should hold and each order should have got back."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.customers = [make.customer(balance="0") for _ in range(2)]
        self.balances = [Decimal(0), Decimal(0)]
        self.limits = [Decimal(0), Decimal(0)]
        self.suspended = [False, False]  # for whatever reason
        self.frozen = [False, False]  # because of what they owe
        self.orders: list[Bought] = []
        self.causes: set[str] = set()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @rule(who=WHO, amount=AMOUNTS)
    def top_up(self, who: int, amount: Decimal) -> None:
        make.top_up(self.customers[who], str(amount))
        self.balances[who] += amount

    @rule(who=WHO, amount=AMOUNTS, calls=st.integers(2, 3))
    def settle_again_and_again(self, who: int, amount: Decimal, calls: int) -> None:
        payment = payments.open_payment(
            self.customers[who],
            gateway="walk",
            reference=str(len(self.causes)),
            amount=amount,
            currency="USD",
        )
        self.causes.add(f"payment {payment.pk}")
        answers = [
            payments.settle(payment.pk, amount=amount, currency="USD", now=make.NOW)
            for _ in range(calls)
        ]
        assert [answer is None for answer in answers] == [False] + [True] * (calls - 1)
        self.balances[who] += amount

    @rule(who=WHO, limit=st.decimals(0, 300, places=2))
    def set_limit(self, who: int, limit: Decimal) -> None:
        Customer.objects.filter(pk=self.customers[who].pk).update(credit_limit=limit)
        self.limits[who] = limit

    @rule(who=WHO, is_suspended=st.booleans())
    def suspend(self, who: int, is_suspended: bool) -> None:
        status = Customer.Status.SUSPENDED if is_suspended else Customer.Status.ACTIVE
        Customer.objects.filter(pk=self.customers[who].pk).update(status=status)
        self.suspended[who], self.frozen[who] = is_suspended, False

    @rule(who=WHO, rate=RATES, units=UNITS)
    def place(self, who: int, rate: str, units: int) -> None:
        charge = Decimal(rate) * units / 1000
        service = make.service(rate=rate)
        try:
            order = make.placed(customer=self.customers[who], service=service, quantity=units)
        except MayNotSpend:
            assert self.suspended[who]
        except InsufficientBalance:
            assert not self._covers(who, charge)
        else:
            assert not self.suspended[who]
            assert self._covers(who, charge)
            self._note(who, order, charge)

    def _covers(self, who: int, amount: Decimal) -> bool:
        return self.balances[who] - amount >= -self.limits[who]

    def _note(self, who: int, order: Order, charge: Decimal) -> None:
        self.balances[who] -= charge
        self.orders.append(Bought(order.pk, who, charge, order.rate, order.units))

    @precondition(lambda self: self.orders)
    @rule(
        pick=st.integers(0, 99),
        status=st.sampled_from([Status.COMPLETED, Status.PARTIAL, Status.CANCELED]),
        share=st.integers(0, 100),
    )
    def end(self, pick: int, status: Status, share: int) -> None:
        order = self.orders[pick % len(self.orders)]
        undelivered = order.units * share // 100 if status == Status.PARTIAL else None
        try:
            closing.close(order.id, status, undelivered=undelivered, now=make.NOW)
        except closing.OrderMoved:
            assert status not in NEXT[order.status]
            return
        assert status in NEXT[order.status]
        order.status = status
        due = order.target(status, undelivered or 0) - order.refunded
        self._give_back(order, max(due, Decimal(0)))

    def _give_back(self, order: Bought, amount: Decimal) -> None:
        order.refunded += amount
        self.balances[order.who] += amount

    @precondition(lambda self: self.orders)
    @rule(pick=st.integers(0, 99), amount=AMOUNTS)
    def take_back(self, pick: int, amount: Decimal) -> None:
        order = self.orders[pick % len(self.orders)]
        amount = min(amount, order.refunded)
        if not amount:
            return
        try:
            ledger.take_back(order.id, amount, actor="boss", reason="Delivered after all")
        except InsufficientBalance:
            assert not self._covers(order.who, amount)
        else:
            self._give_back(order, -amount)

    @rule(who=WHO, amount=st.decimals(-300, 300, places=8), cause=st.integers(0, 20))
    def adjust(self, who: int, amount: Decimal, cause: int) -> None:
        if not amount:
            return
        name = f"adjustment {cause}"
        try:
            ledger.adjust(self.customers[who], amount, cause=name, reason="x", actor="boss")
        except AlreadyBooked:
            assert name in self.causes
        except InsufficientBalance:
            assert amount < 0
            assert not self._covers(who, -amount)
        else:
            assert name not in self.causes
            self.causes.add(name)
            self.balances[who] += amount

    @invariant()
    def balances_are_those_of_the_model(self) -> None:
        rows = Customer.objects.filter(pk__in=[c.pk for c in self.customers]).order_by("pk")
        assert [row.balance for row in rows] == self.balances

    @invariant()
    def orders_got_back_what_the_model_gave(self) -> None:
        rows = dict(Order.objects.values_list("pk", "refunded"))
        assert rows == {order.id: order.refunded for order in self.orders}

    @invariant()
    def the_book_is_sound(self) -> None:
        assert [claim for claim in prove().claims if claim.broken] == []


TestWalk = pytest.mark.django_db(Walk.TestCase)
TestWalk.settings = settings(
    max_examples=WALKS,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
