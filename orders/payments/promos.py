"""Promo codes: found by what was typed, kept for a payment when it is opened, given with it."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from orders import ledger
from orders.models import Payment, PaymentMethod, PromoCode, PromoUse
from orders.models.bonus import BONUS_MAX
from orders.money import MONEY_STEP, plain
from orders.payments import codes, shares
from orders.payments.codes import CodeRefused

_TAKEN = {"promo_uses_within_max", "promo_uses_per_customer"}


def create(code: str, **terms: object) -> PromoCode:
    """A new promo code; ``terms`` are columns of PromoCode. Raises CodeRefused when there is one
    like it, or when it is too short or too long."""
    if not codes.PREFIX <= len(codes.bare(code)) <= codes.CODE_MAX or len(code) > codes.CODE_MAX:
        raise CodeRefused(
            _("A code has from %(least)s to %(most)s letters and digits.")
            % {"least": codes.PREFIX, "most": codes.CODE_MAX}
        )
    promo = PromoCode(prefix=codes.prefix(code), digest=codes.digest(code), **terms)
    try:
        with transaction.atomic():
            promo.save(force_insert=True)
    except IntegrityError as error:
        if ledger.constraint_of(error) != "promo_digest_once":
            raise
        raise CodeRefused(_("There is such a code already.")) from error
    return promo


def open_waiting(promo_id: int) -> None:
    """Open a promo code that waited for a second person."""
    waiting = PromoCode.objects.filter(pk=promo_id, is_released=False)
    waiting.update(is_released=True, is_active=True)


def find(customer_id: int, code: str, *, now: datetime) -> PromoCode:
    """The promo code that a customer typed. Raises CodeRefused; wrong ones are counted."""
    codes.refuse_guessing(customer_id, now=now)
    promo = PromoCode.objects.filter(digest=codes.digest(code), is_active=True).first()
    if promo is None:
        raise codes.wrong(customer_id, now=now)
    return promo


def given_by(promo: PromoCode, amount: Decimal) -> Decimal:
    """What it gives on top of ``amount``, never more than its most; nothing below its least."""
    if amount < promo.min_amount:
        return Decimal(0)
    given = promo.fixed or shares.bonus(amount, promo.percent)
    return given if promo.most is None else min(given, promo.most)


def greatest_share(percent: Decimal, methods: Iterable[PaymentMethod] = ()) -> Decimal:
    """``percent`` of the greatest payment that is possible by one of these methods, if they are
    offered; none: by any. Where nothing can be paid in yet, of the greatest there may be."""
    known = list(methods) or list(PaymentMethod.objects.defer("credentials"))
    offered = [method for method in known if method.is_active] or known
    greatest = max((method.max_amount for method in offered), default=BONUS_MAX)
    return max(shares.bonus(greatest, percent), MONEY_STEP)


def require_fit(promo: PromoCode, method: PaymentMethod, amount: Decimal, *, now: datetime) -> None:
    """Raise CodeRefused where a code does not fit this payment: time, amount, method, uses."""
    is_over = promo.ends_at is not None and promo.ends_at <= now
    if is_over or not promo.is_active or (promo.starts_at is not None and now < promo.starts_at):
        raise CodeRefused(_("This code is not valid at the moment."))
    if amount < promo.min_amount:
        raise CodeRefused(_("This code is for payments from %s on.") % plain(promo.min_amount))
    methods = set(promo.methods.values_list("pk", flat=True))
    if methods and method.pk not in methods:
        raise CodeRefused(_("This code is not for this way to pay."))


def keep_for(promo: PromoCode, payment: Payment) -> None:
    """Keep one use for a payment that was just opened, or move the one kept for another open
    payment of this customer here: two tabs, one use. Raises CodeRefused when none is left.

    The caller holds the customer's lock.
    """
    try:
        with transaction.atomic():
            PromoUse.objects.create(promo=promo, customer_id=payment.customer_id, payment=payment)
    except IntegrityError as error:
        if ledger.constraint_of(error) not in _TAKEN:
            raise
        if not _moved_to(promo, payment):
            raise CodeRefused(_("This code was used before.")) from error


def release(payment: Payment) -> None:
    """Somebody else may use the code that was kept for a payment which came to nothing."""
    PromoUse.objects.filter(payment=payment, given=0).delete()


def _moved_to(promo: PromoCode, payment: Payment) -> bool:
    kept = PromoUse.objects.filter(promo=promo, customer_id=payment.customer_id, given=0)
    newest = kept.order_by("-id").values("pk")[:1]
    return bool(kept.filter(pk__in=newest).update(payment=payment))
