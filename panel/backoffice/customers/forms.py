"""What staff fill in about a customer."""

import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.countries import COUNTRIES
from orders.models import Customer, Service
from orders.money import MONEY_DIGITS, MONEY_PLACES, RATE_DIGITS, RATE_PLACES
from panel.backoffice.dressing import Dressed, number_input
from panel.models.audit import REASON_MAX

AMOUNT_LEAST = Decimal("0.00000001")
AMOUNT_MOST = Decimal(1_000_000_000)
GROUP_MAX = 50
COUNTRY_CHOICES = [("", "–"), *((code, code) for code in COUNTRIES)]
GIVE, TAKE = "give", "take"


class FundsForm(Dressed):
    """An amount to give or to take, and why. The token lets it be booked once."""

    way = forms.ChoiceField(
        label=_("What"), choices=[(GIVE, _("Give funds")), (TAKE, _("Take funds"))]
    )
    amount = forms.DecimalField(
        label=_("Amount"),
        min_value=AMOUNT_LEAST,
        max_value=AMOUNT_MOST,
        max_digits=MONEY_DIGITS,
        decimal_places=MONEY_PLACES,
        widget=number_input(),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_MAX,
        help_text=_("The customer reads it in their statement."),
    )
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    @property
    def signed(self) -> Decimal:
        """As it changes the balance."""
        amount: Decimal = self.cleaned_data["amount"]
        return amount if self.cleaned_data["way"] == GIVE else -amount


class TermsForm(Dressed):
    """Discount and credit, and where and among whom the customer counts. The token lets more
    credit be asked for once."""

    discount = forms.DecimalField(
        label=_("Discount in percent"),
        min_value=0,
        max_value=Decimal("99.999"),
        max_digits=6,
        decimal_places=3,
        widget=number_input(),
    )
    credit_limit = forms.DecimalField(
        label=_("Credit limit"),
        min_value=0,
        max_value=AMOUNT_MOST,
        max_digits=MONEY_DIGITS,
        decimal_places=MONEY_PLACES,
        help_text=_("How far below zero spending may go."),
        widget=number_input(),
    )
    country = forms.ChoiceField(
        label=_("Country"),
        choices=COUNTRY_CHOICES,
        required=False,
        help_text=_("Decides about taxes and payment methods."),
        widget=forms.Select(attrs={"class": "form-select", "data-countries": ""}),
    )
    group = forms.CharField(
        label=_("Group"),
        max_length=GROUP_MAX,
        required=False,
        help_text=_("A word of your own. Payment methods can be kept for groups."),
    )
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, customer: Customer, data: Any = None) -> None:
        terms = [name for name in self.base_fields if name != "token"]
        shown = {name: _shown(getattr(customer, name)) for name in terms}
        super().__init__(data, initial=shown)


class OwnRateForm(Dressed):
    """A rate for one customer; empty takes it away."""

    service = forms.ModelChoiceField(
        label=_("Number of the service"),
        queryset=Service.objects.only("id", "listed_name", "own_name"),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    rate = forms.DecimalField(
        label=_("Rate"),
        required=False,
        min_value=Decimal("0.00001"),
        max_digits=RATE_DIGITS,
        decimal_places=RATE_PLACES,
        help_text=_("Instead of the list's and of any discount. Empty takes it away."),
        widget=number_input(),
    )


def _shown(value: Decimal | str) -> str:
    """A number without idle zeros."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value
