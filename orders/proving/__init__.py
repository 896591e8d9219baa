"""The proof of the books: read everything, set-based, and show what holds and what does not."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Q

from orders.models import BookProof, ProofWish
from orders.money import ZERO, plain
from orders.proving import guards
from orders.proving.claims import CLAIMS, Claim

EXAMPLES_MAX = 20
KEPT_MAX = 400
PROVE_EVERY = timedelta(hours=24)
BEGIN_AGAIN = timedelta(minutes=10)
"""A proof that somebody waits for and that began so long ago has failed."""
TIMEOUT_MS = 30 * 60 * 1000
SORT_MEMORY_MB = 256

_COUNTS = """
    SELECT (SELECT count(*) FROM orders_customer), (SELECT count(*) FROM orders_ledgerentry),
           (SELECT count(*) FROM orders_order), (SELECT count(*) FROM orders_payment),
           (SELECT count(*) FROM orders_invoice), (SELECT count(*) FROM orders_paymentrefund),
           (SELECT count(*) FROM orders_promocode), (SELECT count(*) FROM orders_voucher)
"""
_TOTALS = "SELECT kind, sum(amount) FROM orders_ledgerentry GROUP BY kind ORDER BY kind"
_SETTLED = "SELECT coalesce(sum(amount), 0) FROM orders_payment WHERE status = 'settled'"
_BELOW_FLOOR = "SELECT count(*) FROM orders_customer WHERE balance < -credit_limit"


@dataclass(frozen=True, slots=True)
class Proven:
    """One claim, and who breaks it: ``broken`` counts all of them, ``examples`` names some."""

    name: str
    sentence: str
    about: str
    rows: int
    broken: int
    examples: tuple[str, ...]
    took_ms: int


@dataclass(frozen=True, slots=True)
class Proof:
    """What the whole book looked like at one moment."""

    at: datetime
    took_ms: int
    claims: tuple[Proven, ...]
    totals: dict[str, Decimal]
    """The operator's side: the sum of all entries of each kind."""
    settled: Decimal
    """The sum of all settled payments, which is that of all top-ups."""
    held: Decimal
    """What customers hold together."""
    below_floor: int
    """Customers further down than they may spend: a limit was lowered, or a chargeback came."""

    @property
    def is_sound(self) -> bool:
        return not any(claim.broken for claim in self.claims)

    def rows(self, about: str) -> int:
        """How many rows of one table were proven."""
        return next(claim.rows for claim in self.claims if claim.about == about)


def prove() -> Proof:
    """Prove the whole book as it stands at one moment, writing nothing and locking nobody out.

    Called inside a transaction, it proves what that transaction sees.
    """
    started = time.monotonic()
    with _snapshot() as cursor:
        cursor.execute("SELECT transaction_timestamp()")
        (at,) = cursor.fetchone()
        counts = _counted(cursor)
        claims = tuple(_proven(cursor, claim, rows=counts[claim.about]) for claim in CLAIMS)
        cursor.execute(_TOTALS)
        totals = dict(cursor.fetchall())
        settled, below_floor = _single(cursor, _SETTLED), _single(cursor, _BELOW_FLOOR)
    return Proof(
        at=at,
        took_ms=_since(started),
        claims=claims,
        totals=totals,
        settled=settled,
        held=sum(totals.values(), ZERO),
        below_floor=below_floor,
    )


def keep(proof: Proof) -> BookProof:
    """Note the result for those who look later; the oldest ones beyond KEPT_MAX are forgotten."""
    kept = BookProof.objects.create(
        at=proof.at,
        is_sound=proof.is_sound,
        took_ms=proof.took_ms,
        entries=proof.rows("entries"),
        held=proof.held,
        claims=[asdict(claim) for claim in proof.claims],
        totals={kind: plain(amount) for kind, amount in proof.totals.items()},
        settled=proof.settled,
    )
    older = BookProof.objects.order_by("-id").values("id")[KEPT_MAX:]
    BookProof.objects.filter(id__in=older).delete()
    return kept


def is_due(now: datetime) -> bool:
    """Whether the last proof is PROVE_EVERY old, or older than somebody's wish for one."""
    kept = BookProof.objects.order_by("-at").values_list("at", flat=True)[:1]
    latest = next(iter(kept), None)
    if latest is None or latest <= now - PROVE_EVERY:
        return True
    unheard = Q(started_at=None) | Q(started_at__lte=now - BEGIN_AGAIN)
    return ProofWish.objects.filter(unheard, asked_at__gt=latest).exists()


def wish(*, actor: str) -> ProofWish:
    """Ask for a proof now; the wish that waits already, if there is one."""
    latest = BookProof.objects.order_by("-at").first()
    waiting = ProofWish.objects.order_by("-id")
    if latest is not None:
        waiting = waiting.filter(asked_at__gt=latest.at)
    return waiting.first() or ProofWish.objects.create(actor=actor)


def begin(*, now: datetime) -> None:
    """Note that the proof that somebody waits for has begun."""
    unheard = Q(started_at=None) | Q(started_at__lte=now - BEGIN_AGAIN)
    ProofWish.objects.filter(unheard).update(started_at=now)


@contextmanager
def _snapshot() -> Iterator[CursorWrapper]:
    is_inside = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if not is_inside:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute(f"SET LOCAL statement_timeout = {TIMEOUT_MS}")
            cursor.execute(f"SET LOCAL work_mem = '{SORT_MEMORY_MB}MB'")
        yield cursor


def _single(cursor: CursorWrapper, query: str) -> Any:
    cursor.execute(query)
    (value,) = cursor.fetchone()
    return value


def _counted(cursor: CursorWrapper) -> dict[str, int]:
    cursor.execute(_COUNTS)
    names = (
        *("customers", "entries", "orders", "payments", "invoices"),
        *("repayments", "promo codes", "vouchers"),
    )
    return dict(zip(names, cursor.fetchone(), strict=True)) | {"guards": guards.COUNT}


def _proven(cursor: CursorWrapper, claim: Claim, *, rows: int) -> Proven:
    started = time.monotonic()
    cursor.execute(claim.query, [EXAMPLES_MAX])
    found = cursor.fetchall()
    return Proven(
        name=claim.name,
        sentence=claim.sentence,
        about=claim.about,
        rows=rows,
        broken=found[0][2] if found else 0,
        examples=tuple(f"{whose}: {what}" for whose, what, _ in found),
        took_ms=_since(started),
    )


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
