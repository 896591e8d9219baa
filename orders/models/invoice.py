"""Invoices and credit notes for what was paid in, and the details that stand on them.

The database numbers a paper as it is inserted, without a gap in its year, and lets nobody change
it (migration 0020): what is wrong is put right by a credit note. Numbers whose papers were lost
in a restore are written down as lost (migration 0030), and the year goes on behind them.
"""

import re
from dataclasses import dataclass

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Now, NullIf
from django.utils.translation import gettext_lazy as _

from orders.money import MoneyField

COUNTRY_LENGTH = 2
NAME_MAX = 200
TAX_NUMBER_MAX = 50
_LABEL = re.compile(r"([A-Za-z]{2,3})-([0-9]{4})-([0-9]{1,9})")


class Seller(models.Model):
    """Who sells: the operator's details as they stand on new invoices. One row."""

    name = models.CharField(_("legal name"), max_length=NAME_MAX)
    address = models.TextField(_("address"))
    tax_number = models.CharField(_("tax number"), max_length=TAX_NUMBER_MAX, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    note = models.TextField(_("note"), blank=True, help_text=_("At the foot of each invoice."))
    invoices_from = models.DateTimeField(
        _("invoices since"), help_text=_("Payments settled before it get no invoice.")
    )
    swept_at = models.DateTimeField(
        null=True, editable=False, help_text=_("When all payments were looked at last.")
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="seller_one_row")]

    def __str__(self) -> str:
        return self.name


class BillingDetails(models.Model):
    """What a customer wants to have on their invoices."""

    customer = models.OneToOneField(
        "orders.Customer", on_delete=models.PROTECT, primary_key=True, related_name="billing"
    )
    name = models.CharField(max_length=NAME_MAX, blank=True, default="")
    company = models.CharField(max_length=NAME_MAX, blank=True, default="")
    address = models.TextField(blank=True, default="")
    tax_number = models.CharField(max_length=TAX_NUMBER_MAX, blank=True, default="")

    def __str__(self) -> str:
        return f"Billing details of customer {self.customer_id}"


class TaxRate(models.Model):
    """The tax that prices include for customers of a country; empty: of every other country."""

    country = models.CharField(max_length=COUNTRY_LENGTH, blank=True, default="")
    for_business = models.BooleanField(
        default=False, help_text=_("Only for customers who gave a tax number.")
    )
    name = models.CharField(max_length=50)
    percent = models.DecimalField(max_digits=6, decimal_places=3)
    note = models.CharField(
        max_length=300, blank=True, default="", help_text=_("Such as: reverse charge.")
    )

    class Meta:
        ordering = ["country", "for_business"]
        constraints = [
            models.UniqueConstraint(fields=["country", "for_business"], name="tax_rate_once"),
            models.CheckConstraint(
                condition=Q(percent__gte=0, percent__lt=100), name="tax_rate_percent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country or '*'} {self.name} {self.percent}"


class InvoiceSeries(models.Model):
    """The last number given in a year. Counted by the database as papers are inserted, or lost."""

    kind = models.CharField(max_length=11)
    year = models.PositiveSmallIntegerField()
    last_number = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "year"], name="invoice_series_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}: {self.last_number}"


class Invoice(models.Model):
    """One paper. All that stands on it is a frozen copy; credit notes have negative amounts."""

    class Kind(models.TextChoices):
        INVOICE = "invoice", _("Invoice")
        CREDIT_NOTE = "credit_note", _("Credit note")

    PREFIXES = {Kind.INVOICE: "INV", Kind.CREDIT_NOTE: "CN"}

    kind = models.CharField(max_length=11, choices=Kind.choices)
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField(help_text=_("1, 2, 3 … in each year."))
    customer = models.ForeignKey(
        "orders.Customer", on_delete=models.PROTECT, related_name="invoices", db_index=False
    )
    payment = models.ForeignKey(
        "orders.Payment", on_delete=models.PROTECT, related_name="invoices", db_index=False
    )
    step = models.PositiveSmallIntegerField(help_text=_("1, 2 … for this payment."))
    covers = MoneyField(help_text=_("How much of the payment's amount it stands for."))
    gross = MoneyField(help_text=_("With the fee that was paid on top."))
    net = MoneyField()
    tax = MoneyField()
    tax_name = models.CharField(max_length=50, blank=True, default="")
    tax_percent = models.DecimalField(max_digits=6, decimal_places=3, default=0)
    tax_note = models.CharField(max_length=300, blank=True, default="")
    currency = models.CharField(max_length=10)
    seller = models.JSONField(help_text=_("name, address, tax_number, email, note"))
    buyer = models.JSONField(help_text=_("name, company, address, country, tax_number"))
    paid = models.JSONField(help_text=_("amount, currency, method, reference, at"))
    issued_at = models.DateTimeField(db_default=Now())

    previous_number = models.GeneratedField(
        expression=NullIf(F("number") - 1, Value(0)),
        output_field=models.PositiveIntegerField(null=True),
        db_persist=True,
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "year", "number"], name="invoice_number_once"),
            models.UniqueConstraint(fields=["payment", "step"], name="invoice_step_once"),
            models.CheckConstraint(
                condition=Q(gross=F("net") + F("tax")),
                name="invoice_net_and_tax_make_gross",
            ),
            models.CheckConstraint(
                condition=Q(kind="invoice", covers__gt=0, gross__gt=0)
                | Q(kind="credit_note", covers__lt=0, gross__lt=0),
                name="invoice_kind_fits_sign",
            ),
        ]
        indexes = [models.Index(fields=["customer", "-id"], name="invoice_of_customer")]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Its number as it is quoted: INV-2026-000042."""
        return PaperNumber(self.kind, self.year, self.number).label


@dataclass(frozen=True, slots=True)
class PaperNumber:
    """The number of a paper, written down or not."""

    kind: str
    year: int
    number: int

    @property
    def label(self) -> str:
        """As it is quoted: INV-2026-000042."""
        return f"{Invoice.PREFIXES[Invoice.Kind(self.kind)]}-{self.year}-{self.number:06d}"

    @classmethod
    def read(cls, text: str) -> "PaperNumber | None":
        """The number that somebody typed, in whatever case; None when it is none."""
        found = _LABEL.fullmatch(text.strip())
        kinds = {prefix: kind for kind, prefix in Invoice.PREFIXES.items()}
        kind = kinds.get(found[1].upper()) if found else None
        return cls(kind.value, int(found[2]), int(found[3])) if found and kind else None


class LostNumbers(models.Model):
    """Numbers that were given to papers which a restored copy does not have. Never changed.

    Only ``last`` is told: the database begins behind the last number that it knows of.
    """

    kind = models.CharField(max_length=11, choices=Invoice.Kind.choices)
    year = models.PositiveSmallIntegerField()
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    actor = models.CharField(max_length=150)
    noted_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "year", "last"], name="lost_numbers_once"),
            models.CheckConstraint(
                condition=Q(first__gte=1, last__gte=F("first")), name="lost_numbers_in_order"
            ),
        ]

    def __str__(self) -> str:
        is_one = self.first == self.last
        return self.first_label if is_one else f"{self.first_label} to {self.last_label}"

    @property
    def first_label(self) -> str:
        return PaperNumber(self.kind, self.year, self.first).label

    @property
    def last_label(self) -> str:
        return PaperNumber(self.kind, self.year, self.last).label

    @property
    def count(self) -> int:
        return self.last - self.first + 1
