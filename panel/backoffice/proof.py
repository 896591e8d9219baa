"""The proof of the book: what was proven, what customers hold, and what each day brought."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders import figures, proving
from orders.models import BookProof, Customer, ProofWish
from orders.models.ledger import Kind
from orders.money import ZERO
from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.clock import database_now

DAYS_SHOWN = 14
PROOFS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Liabilities:
    """What the panel owes its customers, and they the panel."""

    spendable: Decimal
    holders: int
    owed: Decimal
    debtors: int
    credit: Decimal
    """How much further down customers may go."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proof that somebody asked for and that is not there yet."""

    wish: ProofWish
    usual_s: int | None
    """How long the last one took."""


@require_safe
@staff_page(Right.PROOF)
def proof(request: HttpRequest, staff: Staff) -> HttpResponse:
    """The latest proof with its claims, the sums of the book, and the days."""
    proofs = list(BookProof.objects.order_by("-id").defer("claims")[:PROOFS_SHOWN])
    latest = BookProof.objects.order_by("-id").first()
    now = database_now()
    context = {
        "latest": latest,
        "sums": _sums(latest),
        "proofs": proofs,
        "waiting": _waiting(latest),
        "liabilities": _liabilities(),
        "days": figures.per_day(days=DAYS_SHOWN, now=now)[::-1],
        "is_late": figures.known().is_late(now),
    }
    return render(request, "backoffice/proof.html", context)


@require_safe
@staff_page(Right.PROOF)
def state(request: HttpRequest, staff: Staff) -> HttpResponse:
    """The part of the page that looks whether the proof is there by now."""
    latest = BookProof.objects.order_by("-id").defer("claims").first()
    waiting = _waiting(latest)
    answer = render(request, "backoffice/parts/proving.html", {"waiting": waiting})
    if waiting is None:
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
@staff_page(Right.PROOF)
@transaction.atomic
def prove_now(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Ask a worker for a proof; the clock starts it within a minute."""
    wish = proving.wish(actor=staff.name)
    auditing.record(request, staff, "book.prove", subject="book", subject_id=wish.pk)
    messages.success(request, _("A worker proves the book. You may go on meanwhile."))
    return redirect("staff_proof")


def _waiting(latest: BookProof | None) -> Waiting | None:
    wishes = ProofWish.objects.order_by("-id")
    wish = wishes.filter(asked_at__gt=latest.at).first() if latest else wishes.first()
    if wish is None:
        return None
    return Waiting(wish, max(1, round(latest.took_ms / 1_000)) if latest else None)


def _sums(latest: BookProof | None) -> list[tuple[Any, Decimal]]:
    """The sums by kind as the latest proof found them, in the order of the kinds."""
    if latest is None:
        return []
    return [
        (kind.label, Decimal(latest.totals[kind.value]))
        for kind in Kind
        if kind.value in latest.totals
    ]


def _liabilities() -> Liabilities:
    holds, owes = Q(balance__gt=0), Q(balance__lt=0)
    found = Customer.objects.aggregate(
        spendable=Sum("balance", filter=holds, default=ZERO),
        holders=Count("pk", filter=holds),
        owed=Sum("balance", filter=owes, default=ZERO),
        debtors=Count("pk", filter=owes),
        credit=Sum("credit_limit", default=ZERO),
    )
    return Liabilities(**found)
