"""What was paid in becomes invoices; what was taken back becomes credit notes.

``writing`` brings the papers of each payment level with it, ``taxes`` says which tax is in a
price, ``details`` keeps what stands on new papers about seller and buyers.
"""

from orders.invoicing.details import (
    RATES_MAX,
    Billing,
    TaxRefused,
    edit_billing,
    edit_seller,
    remove_tax_rate,
    set_tax_rate,
)
from orders.invoicing.taxes import Tax, split, tax_for
from orders.invoicing.writing import WRITTEN_MAX, Unwritten, unwritten, write_due

__all__ = [
    "RATES_MAX",
    "WRITTEN_MAX",
    "Billing",
    "Tax",
    "TaxRefused",
    "Unwritten",
    "edit_billing",
    "edit_seller",
    "remove_tax_rate",
    "set_tax_rate",
    "split",
    "tax_for",
    "unwritten",
    "write_due",
]
