"""The proof of the books finds every kind of damage, and names the rows."""
# ruff: noqa: S608  (damage is put together as text)

import io
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders import closing, ledger, proving
from orders.lifecycle import Status
from orders.models import BookProof, LedgerEntry
from orders.proving import guards, prove
from tests import make
from tests.orders.attacks import ATTACKS
from tests.orders.breaking import (
    CUSTOMERS,
    Book,
    append,
    copy,
    drop,
    small_book,
    sql,
)
from tests.orders.damages import DAMAGES, Damage, past_the_guards

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> Book:
    made = small_book()
    closing.close(made.order.pk, Status.PARTIAL, undelivered=250, now=make.NOW)
    ledger.adjust(made.stranger, Decimal(-1), cause="correction", reason="Mistake", actor="boss")
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql("SET CONSTRAINTS ALL DEFERRED")
    return made


def each_damage(test):
    return pytest.mark.parametrize("damage", DAMAGES, ids=lambda d: d.deed.__name__)(test)


def _named(text: str, book: Book) -> str:
    return text.format(**{name: getattr(book, name).pk for name in book.__dataclass_fields__})


@each_damage
def test_the_proof_finds(damage: Damage, book):
    for guard in damage.without.split():
        drop(guard)
    with past_the_guards():
        damage.deed(book)

    claim = next(claim for claim in prove().claims if claim.name == damage.claim)

    assert claim.broken >= 1
    assert any(_named(damage.named, book) in example for example in claim.examples)


def test_a_sound_book_is_proven_with_its_counts_and_totals(book):
    proof = prove()

    assert [claim for claim in proof.claims if claim.broken] == []
    assert {claim.about: claim.rows for claim in proof.claims} == {
        "customers": 2,
        "entries": 6,
        "orders": 2,
        "payments": 3,
        "invoices": 0,
        "repayments": 0,
        "promo codes": 0,
        "vouchers": 0,
        "guards": guards.COUNT,
    }
    assert proof.totals == {
        "top_up": Decimal(200),
        "charge": Decimal("-2.4"),
        "refund": Decimal("0.3"),
        "adjustment": Decimal(-1),
    }
    assert proof.held == Decimal("196.9")


def test_an_empty_book_is_sound():
    assert prove().is_sound


def test_every_claim_breaks_for_some_damage():
    assert {damage.claim for damage in DAMAGES} == {claim.name for claim in prove().claims}


def test_the_proof_looks_for_every_guard_that_refuses_an_attack_on_money():
    looked_for = {
        name
        for table in (guards.TRIGGERS, guards.CONSTRAINTS)
        for names in table.values()
        for name in names
    }
    attacked = {attack.guard for attack in ATTACKS}
    elsewhere = {
        "customer_discount_percent",
        "order_counts_positive",
        "order_status_in_table",
        "order_idempotency_once",
        "orders_ledgerentry_customer_id",
        "orders_ledgerentry_order_id",
        "orders_ledgerentry_payment_id",
        "payment_memo_once",
    }

    assert looked_for == attacked - elsewhere


def test_findings_are_counted_all_and_named_in_part(book):
    many = proving.EXAMPLES_MAX + 5
    for _ in range(many):
        copy(CUSTOMERS, book.customer.pk, balance="0", last_number="0")
    with past_the_guards():
        sql(f"UPDATE {CUSTOMERS} SET last_number = 7 WHERE last_number = 0")

    claim = next(claim for claim in prove().claims if claim.name == "balances")

    assert (claim.broken, len(claim.examples)) == (many, proving.EXAMPLES_MAX)


def test_a_customer_below_a_lowered_limit_is_told_and_is_no_damage(book):
    sql(f"UPDATE {CUSTOMERS} SET credit_limit = 500 WHERE id = {book.customer.pk}")
    append(book.customer, "payout", "-150")
    sql(f"UPDATE {CUSTOMERS} SET credit_limit = 0 WHERE id = {book.customer.pk}")

    proof = prove()

    assert (proof.is_sound, proof.below_floor) == (True, 1)


@pytest.mark.django_db(transaction=True)
def test_the_proof_reads_one_moment_and_cannot_write():
    small_book()

    with CaptureQueriesContext(connection) as queries:
        assert prove().is_sound

    first = next(q["sql"] for q in queries if q["sql"].startswith("SET TRANSACTION"))
    assert first == "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


def test_the_command_prints_what_it_proved_and_keeps_it(book):
    out = io.StringIO()

    call_command("check_ledger", stdout=out)

    assert "The book is sound." in out.getvalue()
    assert "6 entries proven" in out.getvalue()
    kept = BookProof.objects.get()
    assert (kept.is_sound, kept.entries, kept.held) == (True, 6, Decimal("196.9"))


def test_the_command_ends_with_one_and_names_the_rows_of_a_damaged_book(book):
    with past_the_guards():
        sql(f"UPDATE {CUSTOMERS} SET balance = 1000 WHERE id = {book.customer.pk}")
    out = io.StringIO()

    with pytest.raises(CommandError) as damaged:
        call_command("check_ledger", stdout=out)

    assert damaged.value.returncode == 1
    assert f"customer {book.customer.pk}: balance 1000" in out.getvalue()
    assert BookProof.objects.get().is_sound is False


def test_only_the_latest_proofs_are_kept(book, monkeypatch):
    monkeypatch.setattr(proving, "KEPT_MAX", 2)
    proof = prove()

    kept = [proving.keep(proof).pk for _ in range(3)]

    assert list(BookProof.objects.order_by("id").values_list("id", flat=True)) == kept[1:]
    assert LedgerEntry.objects.count() == 6


def test_a_proof_is_due_a_day_after_the_last_one(book):
    assert proving.is_due(make.NOW)
    kept = proving.keep(prove())

    assert not proving.is_due(kept.at + proving.PROVE_EVERY / 2)
    assert proving.is_due(kept.at + proving.PROVE_EVERY)
