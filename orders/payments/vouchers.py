"""Vouchers: made in batches, shown once, redeemed once."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from orders import ledger
from orders.models import Customer, LedgerEntry, Voucher, VoucherBatch
from orders.payments import codes
from orders.payments.codes import CodeRefused

BATCH_MAX = 10_000
_INSERT_MAX = 1_000


def propose_batch(
    *, title: str, amount: Decimal, count: int, expires_at: datetime | None, actor: str
) -> VoucherBatch:
    """A batch that is closed and has no codes until it is released.

    Raises CodeRefused for a number out of range.
    """
    if not 1 <= count <= BATCH_MAX:
        raise CodeRefused(_("A batch has from 1 to %s vouchers.") % BATCH_MAX)
    return VoucherBatch.objects.create(
        title=title,
        amount=amount,
        count=count,
        expires_at=expires_at,
        actor=actor,
        is_active=False,
        is_released=False,
    )


def release(batch_id: int) -> None:
    """Open a proposed batch: from now on its codes can be told and redeemed."""
    proposed = VoucherBatch.objects.filter(pk=batch_id, is_released=False)
    proposed.update(is_released=True, is_active=True)


@transaction.atomic
def tell_codes(batch_id: int) -> tuple[VoucherBatch, list[str]]:
    """Draw the codes of a released batch, once: nobody can know a code before.

    Raises CodeRefused when it is not released, or its codes were told before.
    """
    batch = VoucherBatch.objects.select_for_update().get(pk=batch_id)
    if not batch.is_released:
        raise CodeRefused(_("A second person must confirm this first."))
    if batch.vouchers.exists():
        raise CodeRefused(_("The codes were handed out before."))
    told = [codes.new_code() for _number in range(batch.count)]
    Voucher.objects.bulk_create(
        [
            Voucher(
                batch=batch,
                prefix=codes.prefix(code),
                digest=codes.digest(code),
                amount=batch.amount,
            )
            for code in told
        ],
        batch_size=_INSERT_MAX,
    )
    return batch, told


def redeem(customer: Customer, code: str, *, now: datetime) -> LedgerEntry:
    """Credit a voucher to a customer: once, whoever else tries at the same moment.

    Raises CodeRefused; wrong codes are counted. Not to be called inside of a transaction.
    """
    codes.refuse_guessing(customer.pk, now=now)
    found = Voucher.objects.filter(digest=codes.digest(code), batch__is_active=True)
    voucher = found.select_related("batch").first()
    if voucher is None:
        raise codes.wrong(customer.pk, now=now)
    is_over = voucher.batch.expires_at is not None and voucher.batch.expires_at <= now
    if is_over or customer.status == Customer.Status.SUSPENDED:
        raise CodeRefused(_("This voucher is not valid any more."))
    try:
        return ledger.give_bonus(customer.pk, voucher.amount, cause=f"voucher:{voucher.pk}")
    except ledger.AlreadyBooked as error:
        raise CodeRefused(_("This voucher was redeemed before.")) from error


def take_back(voucher_id: int, *, actor: str, reason: str) -> LedgerEntry:
    """Staff take a redeemed voucher back, never below the customer's floor; it stays used.

    Raises CodeRefused when there is nothing to take back, InsufficientBalance (of orders.ledger).
    """
    voucher = Voucher.objects.get(pk=voucher_id)
    if voucher.redeemed_by_id is None:
        raise CodeRefused(_("This voucher was not redeemed."))
    try:
        return ledger.give_bonus(
            voucher.redeemed_by_id,
            -voucher.amount,
            cause=f"voucher_back:{voucher.pk}",
            actor=actor,
            reason=reason,
        )
    except ledger.AlreadyBooked as error:
        raise CodeRefused(_("This voucher was taken back before.")) from error
