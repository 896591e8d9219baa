"""What staff fill in about what customers get on top."""

import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.models import BonusRule, PaymentMethod
from orders.models.bonus import BONUS_MAX
from orders.money import MONEY_DIGITS, MONEY_PLACES, plain
from panel.backoffice.dressing import Dressed, number_input

VOUCHERS_MAX = 10_000
USES_MOST = 1_000_000
CODE = r"\A[A-Za-z0-9_-]{4,40}\Z"
LEAST = Decimal(1).scaleb(-MONEY_PLACES)


def _money(label: Any, *, required: bool = True, **options: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=required,
        max_value=BONUS_MAX,
        max_digits=MONEY_DIGITS,
        decimal_places=MONEY_PLACES,
        widget=number_input(),
        **options,
    )


def _percent(*, required: bool = True) -> forms.DecimalField:
    return forms.DecimalField(
        label=_("Percent on top"),
        required=required,
        min_value=Decimal("0.001"),
        max_value=100,
        max_digits=6,
        decimal_places=3,
        widget=number_input(),
    )


def _moment(label: Any) -> forms.DateTimeField:
    look = {"type": "datetime-local", "class": "form-control"}
    return forms.DateTimeField(
        label=label,
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs=look, format="%Y-%m-%dT%H:%M"),
    )


class _Span(Dressed):
    """With a beginning and an end, in this order."""

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        starts, ends = given.get("starts_at"), given.get("ends_at")
        if starts and ends and starts >= ends:
            self.add_error("ends_at", gettext("This is before it starts."))
        return given


class RuleForm(_Span):
    """Percent on top of what is paid in, from an amount on. The token lets it be set once."""

    title = forms.CharField(
        label=_("Title"), max_length=100, help_text=_("Customers read it beside the method.")
    )
    method = forms.ModelChoiceField(
        label=_("Method"),
        queryset=PaymentMethod.objects.defer("credentials"),
        required=False,
        empty_label=_("All methods"),
    )
    from_amount = _money(_("From this amount on"), min_value=0)
    percent = _percent()
    starts_at = _moment(_("Starts"))
    ends_at = _moment(_("Ends"))
    is_active = forms.BooleanField(label=_("Active"), required=False)
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, data: Any = None, *, rule: BonusRule | None = None) -> None:
        start = {"from_amount": "0", "is_active": True}
        if rule is not None:
            names = [name for name in self.base_fields if name != "token"]
            start = {name: getattr(rule, name) for name in names}
            start |= {"from_amount": plain(rule.from_amount), "percent": plain(rule.percent)}
        super().__init__(data, initial=start)

    @property
    def columns(self) -> dict[str, Any]:
        """What is to be written, by column."""
        return {name: value for name, value in self.cleaned_data.items() if name != "token"}


class PromoForm(_Span):
    """A code that gives a percentage or an amount, and how often."""

    title = forms.CharField(label=_("Title"), max_length=100, help_text=_("For the staff."))
    code = forms.RegexField(
        label=_("Code"),
        regex=CODE,
        help_text=_("Letters, digits, - and _; at least 4. Only its digest is kept."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    percent = _percent(required=False)
    most = _money(
        _("At most"),
        required=False,
        min_value=LEAST,
        help_text=_("Of a percentage, for each payment. Empty: what today's greatest one gives."),
    )
    fixed = _money(_("Or a fixed amount"), required=False, min_value=LEAST)
    min_amount = _money(_("From this amount on"), required=False, min_value=0)
    uses_max = forms.IntegerField(
        label=_("Uses, all together"),
        required=False,
        min_value=1,
        max_value=USES_MOST,
        help_text=_("Empty: no limit."),
        widget=number_input(),
    )
    uses_per_customer_max = forms.IntegerField(
        label=_("Uses of each customer"),
        min_value=1,
        max_value=USES_MOST,
        initial=1,
        widget=number_input(),
    )
    methods = forms.ModelMultipleChoiceField(
        label=_("Methods"),
        queryset=PaymentMethod.objects.defer("credentials"),
        required=False,
        help_text=_("None chosen: all."),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
    )
    starts_at = _moment(_("Starts"))
    ends_at = _moment(_("Ends"))

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if bool(given.get("percent")) == bool(given.get("fixed")) and not self.errors:
            self.add_error("percent", gettext("Give either a percentage or an amount."))
        if given.get("most") and given.get("fixed"):
            self.add_error("most", gettext("A fixed amount needs no most."))
        return given


class BatchForm(Dressed):
    """Vouchers that are made together. The token lets them be made once."""

    title = forms.CharField(label=_("Title"), max_length=100, help_text=_("For the staff."))
    amount = _money(_("Amount of each"), min_value=LEAST)
    count = forms.IntegerField(
        label=_("How many"), min_value=1, max_value=VOUCHERS_MAX, widget=number_input()
    )
    expires_at = _moment(_("Good until"))
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
