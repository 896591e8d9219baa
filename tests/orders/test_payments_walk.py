"""Random walks through every way that money comes in, goes back and is given, against a model."""

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from orders import ledger, payments
from orders.ledger import InsufficientBalance, MayNotSpend
from orders.models import Customer, Payment, PromoCode, PromoUse
from orders.payments import CodeRefused, PaymentRefused, bonuses, vouchers
from orders.proving import prove
from tests import make
from tests.orders import paying
from tests.orders.breaking import append
from tests.orders.paying_model import Paying, cut
from tests.orders.test_ledger_walk import WHO, Walk

WALKS = 25
STEPS = 50
PICK = st.integers(0, 99)
SHARE = st.sampled_from([Fraction(1, 7), Fraction(1, 3), Fraction(1, 2), Fraction(1)])
PAID_IN = st.decimals(1, 300, places=2)
PROMO, PROMO_GIVES, PROMO_USES = "WALK", Decimal("4.2"), 3
METHODS: tuple[dict[str, Any], ...] = (
    {},
    {"currency": "EUR", "exchange_rate": Decimal("1.25"), "fee_percent": Decimal(3)},
    {
        "currency": "JPY",
        "exchange_rate": Decimal("0.0066"),
        "fee_percent": Decimal("2.9"),
        "fee_fixed": Decimal("0.3"),
        "fee_borne_by": "customer",
    },
)
RULES = ((Decimal("3.333"), Decimal(50)), (Decimal(10), Decimal(200)))


def among(*statuses: str) -> Any:
    """Only where there is a payment in one of these states."""
    return precondition(lambda self: any(p.status in statuses for p in self.payments))


class MoneyWalk(Walk):
    """The walk of the ledger, with payments, bonuses, codes, vouchers, refunds and disputes."""

    def __init__(self) -> None:
        super().__init__()
        self.methods = [paying.method(**columns) for columns in METHODS]
        for percent, from_amount in RULES:
            paying.rule(str(percent), from_amount=from_amount)
        paying.promo(PROMO, fixed=PROMO_GIVES, uses_max=PROMO_USES, uses_per_customer_max=2)
        self.payments: list[Paying] = []
        self.vouchers: list[tuple[str, int, Decimal, int | None, bool]] = []
        self.clock = make.NOW

    @initialize(amounts=st.lists(PAID_IN, min_size=4, max_size=8), times=st.integers(1, 3))
    def begin(self, amounts: list[Decimal], times: int) -> None:
        """Some payments to begin with, most of them paid: not every walk comes to open one."""
        for number, amount in enumerate(amounts):
            self._open(number % 2, number % 3, amount, number < 2, times if number % 4 else 0)

    def the_book_is_sound(self) -> None:
        """Proven once at the end of each walk, not after each step."""

    def teardown(self) -> None:
        try:
            assert [claim for claim in prove().claims if claim.broken] == []
        finally:
            super().teardown()

    def _now(self) -> datetime:
        self.clock += timedelta(seconds=1)
        return self.clock

    def _moved(self, who: int, amount: Decimal) -> None:
        self.balances[who] += amount

    @rule(
        who=WHO,
        method=st.integers(0, 2),
        amount=PAID_IN,
        has_promo=st.booleans(),
        times=st.integers(0, 3),
    )
    def open_and_pay(
        self, who: int, method: int, amount: Decimal, has_promo: bool, times: int
    ) -> None:
        self._open(who, method, amount, has_promo, times)

    def _open(self, who: int, method: int, amount: Decimal, has_promo: bool, times: int) -> None:
        try:
            payment = paying.opened(
                customer=self.customers[who],
                method=self.methods[method],
                amount=str(amount),
                promo_code=PROMO if has_promo else "",
                now=self.clock,
            )
        except PaymentRefused:
            assert not self._may_pay_in(who) or self._open_of(who) >= payments.OPEN_MAX
        except CodeRefused:
            assert has_promo
            assert self._uses(who) >= 2 or self._uses() >= PROMO_USES
        else:
            assert self._may_pay_in(who)
            self._note_opened(payment, who, has_promo)
            if times:
                self._pay(self.payments[-1], times)

    def _may_pay_in(self, who: int) -> bool:
        """Who is frozen may still pay what they owe."""
        return not self.suspended[who] or (self.frozen[who] and self.balances[who] < 0)

    def _open_of(self, who: int) -> int:
        return sum(p.who == who and p.status == "open" for p in self.payments)

    def _uses(self, who: int | None = None) -> int:
        return sum(p.has_promo and who in (None, p.who) for p in self.payments)

    def _note_opened(self, payment: Payment, who: int, has_promo: bool) -> None:
        if has_promo and (self._uses(who) >= 2 or self._uses() >= PROMO_USES):
            kept = [p for p in self.payments if p.who == who and p.has_promo]
            (moved,) = [p for p in kept if not PromoUse.objects.filter(payment=p.id).exists()]
            assert moved.status == "open"
            moved.has_promo = False
        assert payment.pay_amount * payment.exchange_rate >= payment.amount + payment.fee
        self.payments.append(Paying(payment.pk, who, payment.amount, payment.pay_amount, has_promo))

    def _pick(self, pick: int, *statuses: str) -> Paying:
        fitting = [p for p in self.payments if p.status in statuses]
        return fitting[pick % len(fitting)]

    def _hear(self, p: Paying, *, now: datetime | None = None, **changes: Any) -> payments.Applied:
        """The gateway says how the payment stands with it."""
        payment = Payment.objects.get(pk=p.id)
        said: dict[str, Any] = {
            "paid": p.paid or p.asked,
            "refunded": p.refunded,
            "disputed": p.is_disputed,
            "dispute_lost": p.is_lost,
            "disputed_amount": p.contested,
        }
        return paying.say(payment, now=now or self._now(), **(said | changes))

    def _settled(self, p: Paying, *, amount: Decimal, paid: Decimal) -> None:
        p.status, p.amount, p.paid = "settled", amount, paid
        percent = max((r for r, least in RULES if p.amount >= least), default=Decimal(0))
        frozen = Payment.objects.get(pk=p.id).bonus_percent
        if percent < frozen:  # less arrived than the rule asks for
            percent = frozen if p.amount >= dict(RULES)[frozen] else Decimal(0)
        p.bonus = cut(Fraction(amount) * Fraction(min(percent, frozen)) / 100)
        p.bonus += PROMO_GIVES if p.has_promo else Decimal(0)
        self._moved(p.who, p.amount + p.bonus)

    def _follow(self, p: Paying) -> None:
        """Book the difference, as the design says."""
        total = p.total()
        difference, p.taken = total - p.taken, total
        self._moved(p.who, -difference)
        if difference:
            self._follow_bonus(p)
        is_covered = self.balances[p.who] >= -self.limits[p.who]
        if difference > 0 and not is_covered:
            self.frozen[p.who] |= not self.suspended[p.who]
            self.suspended[p.who] = True

    def _follow_bonus(self, p: Paying) -> None:
        back = p.bonus_total(p.taken)
        self._moved(p.who, -(back - p.bonus_back))
        p.bonus_back = back

    @among("open")
    @rule(pick=PICK, times=st.integers(1, 3))
    def pay(self, pick: int, times: int) -> None:
        p = self._pick(pick, "open")
        self._pay(p, times)

    def _pay(self, p: Paying, times: int) -> None:
        for _ in range(times):
            self._hear(p)
        self._settled(p, amount=p.amount, paid=p.asked)

    @among("open")
    @rule(pick=PICK, off=st.sampled_from([-1, 1, 1000]))
    def pay_another_amount(self, pick: int, off: int) -> None:
        p = self._pick(pick, "open")
        assert self._hear(p, paid=p.asked + off).credited == 0

    @among("open", "rejected", "expired")
    @rule(pick=PICK, share=SHARE)
    def credit_what_arrived(self, pick: int, share: Fraction) -> None:
        p = self._pick(pick, "open", "rejected", "expired")
        received = cut(Fraction(p.asked) * share)
        currency = Payment.objects.get(pk=p.id).pay_currency
        payments.credit_received(
            p.id, received, currency, actor="boss", reason="x", now=self._now()
        )
        worth = cut(Fraction(p.amount) * Fraction(received) / Fraction(p.asked))
        self._settled(p, amount=worth, paid=received)

    @among("open")
    @rule(pick=PICK, is_withdrawn=st.booleans())
    def end_payment(self, pick: int, is_withdrawn: bool) -> None:
        p = self._pick(pick, "open")
        if is_withdrawn:
            assert payments.withdraw(p.id, customer_id=self.customers[p.who].pk)
        else:
            assert payments.reject(p.id, note="x")
        p.status, p.has_promo = "expired" if is_withdrawn else "rejected", False

    @among("rejected", "expired")
    @rule(pick=PICK)
    def pay_after_its_end(self, pick: int) -> None:
        p = self._pick(pick, "rejected", "expired")
        assert self._hear(p).credited == 0

    @among("settled")
    @rule(pick=PICK, share=SHARE, times=st.integers(1, 2))
    def refund_at_the_gateway(self, pick: int, share: Fraction, times: int) -> None:
        p = self._pick(pick, "settled")
        p.refunded = max(p.refunded, cut(Fraction(p.paid) * share))
        for _ in range(times):
            self._hear(p)
        self._follow(p)

    @among("settled")
    @rule(
        pick=PICK,
        end=st.sampled_from(["disputed", "lost", "won"]),
        share=st.one_of(st.none(), SHARE),
    )
    def dispute(self, pick: int, end: str, share: Fraction | None) -> None:
        p = self._pick(pick, "settled")
        p.is_disputed, p.is_lost = end == "disputed", end == "lost"
        p.contested = None if share is None else cut(Fraction(p.paid) * share)
        self._hear(p)
        self._follow(p)

    @among("settled")
    @rule(pick=PICK, share=SHARE, is_disputed=st.booleans())
    def hear_something_old(self, pick: int, share: Fraction, is_disputed: bool) -> None:
        p = self._pick(pick, "settled")
        self._hear(p)
        self._follow(p)
        old = cut(Fraction(p.paid) * share)
        self._hear(p, now=make.NOW, refunded=old, disputed=is_disputed)

    @among("settled")
    @rule(pick=PICK, share=SHARE)
    def pay_back(self, pick: int, share: Fraction) -> None:
        p = self._pick(pick, "settled")
        amount = cut(Fraction(p.amount - p.taken) * share)
        bonus = p.bonus_total(p.taken + amount) - p.bonus_back
        try:
            refund = paying.refund(Payment.objects.get(pk=p.id), str(amount))
        except PaymentRefused:
            assert p.is_disputed or amount == 0 or Fraction(amount) / Fraction(p.amount) < 1
        except InsufficientBalance:
            assert not self._covers(p.who, amount + bonus)
        else:
            assert self._covers(p.who, amount + bonus)
            p.repaid[refund.pk] = amount
            p.taken += amount
            self._moved(p.who, -amount)
            self._follow_bonus(p)

    def _running(self) -> list[tuple[Paying, int]]:
        return [(p, one) for p in self.payments for one in p.repaid if one not in p.ended]

    @precondition(lambda self: self._running())
    @rule(pick=PICK, end=st.sampled_from(["done", "refused", "unknown"]))
    def finish_paying_back(self, pick: int, end: str) -> None:
        running = self._running()
        p, refund = running[pick % len(running)]
        for _ in range(2):
            payments.finish_refund(refund, end, now=self._now())
        if end != "unknown":
            p.ended.add(refund)
        if end == "refused":
            amount = p.repaid.pop(refund)
            p.taken -= amount
            self._moved(p.who, amount)
            self._follow_bonus(p)

    @among("settled")
    @rule(pick=PICK)
    def revoke_bonus(self, pick: int) -> None:
        p = self._pick(pick, "settled")
        left = p.bonus - p.bonus_back
        try:
            bonuses.revoke(p.id, actor="boss", reason="x", now=self._now())
        except PaymentRefused:
            assert p.is_revoked or not left
        except InsufficientBalance:
            assert not self._covers(p.who, left)
        else:
            p.is_revoked, p.bonus_back = True, p.bonus
            self._moved(p.who, -left)

    @rule(amount=PAID_IN)
    def make_voucher(self, amount: Decimal) -> None:
        code, voucher = paying.voucher(str(amount))
        self.vouchers.append((code, voucher.pk, amount, None, False))

    @precondition(lambda self: self.vouchers)
    @rule(pick=PICK, who=WHO)
    def redeem(self, pick: int, who: int) -> None:
        place = pick % len(self.vouchers)
        code, voucher_id, amount, by, is_back = self.vouchers[place]
        customer = Customer.objects.get(pk=self.customers[who].pk)
        try:
            vouchers.redeem(customer, code, now=self._now())
        except CodeRefused:
            assert by is not None or customer.status == Customer.Status.SUSPENDED
        else:
            assert by is None
            self.vouchers[place] = (code, voucher_id, amount, who, is_back)
            self._moved(who, amount)

    @precondition(lambda self: self.vouchers)
    @rule(pick=PICK)
    def take_voucher_back(self, pick: int) -> None:
        place = pick % len(self.vouchers)
        code, voucher_id, amount, by, is_back = self.vouchers[place]
        try:
            vouchers.take_back(voucher_id, actor="boss", reason="x")
        except CodeRefused:
            assert by is None or is_back
        except InsufficientBalance:
            assert by is not None
            assert not self._covers(by, amount)
        else:
            assert by is not None
            self.vouchers[place] = (code, voucher_id, amount, by, True)
            self._moved(by, -amount)

    @rule(who=WHO, amount=PAID_IN)
    def pay_out(self, who: int, amount: Decimal) -> None:
        customer = Customer.objects.get(pk=self.customers[who].pk)
        if not customer.last_number:
            return
        cause = f"'payout:{self._now():%H%M%S}'"
        try:
            with ledger.refusals(), transaction.atomic():
                append(customer, "payout", str(-amount), cause=cause)
        except MayNotSpend:
            assert self.suspended[who]
        except InsufficientBalance:
            assert not self._covers(who, amount)
        else:
            self._moved(who, -amount)

    @invariant()
    def payments_stand_as_in_the_model(self) -> None:
        rows = Payment.objects.filter(method__isnull=False).order_by("pk")
        told = rows.values_list("pk", "status", "taken_back", "bonus", "bonus_back")
        assert list(told) == [
            (p.id, p.status, p.taken, p.bonus, p.bonus_back) for p in self.payments
        ]

    @invariant()
    def uses_of_the_promo_code_are_those_of_the_model(self) -> None:
        assert PromoCode.objects.get().uses == self._uses()


TestMoneyWalk = pytest.mark.slow(pytest.mark.django_db(MoneyWalk.TestCase))
TestMoneyWalk.settings = settings(
    max_examples=WALKS,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
