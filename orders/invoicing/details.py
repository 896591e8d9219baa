"""What stands on new papers about the seller and the buyers, and the rates of tax."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from orders.models import BillingDetails, Customer, Seller, TaxRate

RATES_MAX = 1_000


class TaxRefused(Exception):
    """This rate cannot be kept; nothing has changed."""


@dataclass(frozen=True, slots=True)
class Billing:
    """What a customer wants on invoices."""

    name: str
    company: str
    address: str
    tax_number: str
    country: str
    """ISO code of two letters, or empty."""


def edit_seller(**columns: Any) -> Seller:
    """Write the operator's details. Papers that were written before keep theirs."""
    defaults = columns | {"swept_at": None}  # all payments are looked at again
    seller, _created = Seller.objects.update_or_create(pk=1, defaults=defaults)
    return seller


@transaction.atomic
def edit_billing(customer_id: int, billing: Billing) -> None:
    """Write a customer's details, and their country, which also says what they may pay with."""
    Customer.objects.filter(pk=customer_id).update(country=billing.country)
    BillingDetails.objects.update_or_create(
        customer_id=customer_id,
        defaults={
            "name": billing.name,
            "company": billing.company,
            "address": billing.address,
            "tax_number": billing.tax_number,
        },
    )


@transaction.atomic
def set_tax_rate(
    country: str, *, for_business: bool, name: str, percent: Decimal, note: str
) -> tuple[TaxRate | None, TaxRate]:
    """The rate for new papers to customers of ``country``; what it was before, and what it is.

    Raises TaxRefused when there would be more than RATES_MAX of them.
    """
    old = TaxRate.objects.filter(country=country, for_business=for_business).first()
    if old is None and TaxRate.objects.count() >= RATES_MAX:
        raise TaxRefused(_("There are too many rates already."))
    rate, _created = TaxRate.objects.update_or_create(
        country=country,
        for_business=for_business,
        defaults={"name": name, "percent": percent, "note": note},
    )
    return old, rate


def remove_tax_rate(rate_id: int) -> TaxRate | None:
    """Take a rate away; None when it was gone already."""
    found = TaxRate.objects.filter(pk=rate_id).first()
    TaxRate.objects.filter(pk=rate_id).delete()
    return found
