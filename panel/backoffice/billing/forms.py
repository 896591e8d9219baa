"""What staff fill in about the seller and about taxes."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.countries import COUNTRIES
from orders.models import Seller
from orders.models.invoice import NAME_MAX, TAX_NUMBER_MAX
from panel.backoffice.dressing import Dressed, number_input

ADDRESS_MAX, NOTE_MAX = 500, 1_000
COUNTRY_CHOICES = [("", _("All others")), *((code, code) for code in COUNTRIES)]


class SellerForm(Dressed):
    """The operator's details."""

    name = forms.CharField(label=_("Legal name"), max_length=NAME_MAX)
    address = forms.CharField(
        label=_("Address"), max_length=ADDRESS_MAX, widget=forms.Textarea(attrs={"rows": 3})
    )
    tax_number = forms.CharField(label=_("Tax number"), max_length=TAX_NUMBER_MAX, required=False)
    email = forms.EmailField(label=_("E-mail address"), required=False)
    note = forms.CharField(
        label=_("Note"),
        max_length=NOTE_MAX,
        required=False,
        help_text=_("At the foot of each invoice."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    invoices_from = forms.DateTimeField(
        label=_("Invoices since"),
        help_text=_("Payments settled before it get no invoice."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, data: Any = None, *, seller: Seller | None = None) -> None:
        known = {name: getattr(seller, name) for name in self.base_fields} if seller else {}
        super().__init__(data, initial={"invoices_from": timezone.now()} | known)


class TaxForm(Dressed):
    """One rate; saving a country again replaces its rate."""

    country = forms.ChoiceField(
        label=_("Country"),
        choices=COUNTRY_CHOICES,
        required=False,
        widget=forms.Select(attrs={"class": "form-select", "data-countries": ""}),
    )
    for_business = forms.BooleanField(
        label=_("Only for customers who gave a tax number"), required=False
    )
    name = forms.CharField(label=_("Name of the tax"), max_length=50)
    percent = forms.DecimalField(
        label=_("Percent"),
        min_value=0,
        max_value=99,
        max_digits=6,
        decimal_places=3,
        widget=number_input(),
    )
    note = forms.CharField(
        label=_("Note on the invoice"),
        max_length=300,
        required=False,
        help_text=_("Such as: reverse charge."),
    )
