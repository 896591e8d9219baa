"""What staff fill in about a provider."""

from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.models import ImportPlan
from orders.money import RATE_DIGITS, RATE_PLACES
from panel.backoffice.dressing import Dressed, number_input
from providers.models import (
    CONCURRENCY_MAX,
    CURRENCY_MAX,
    GIVE_UP_MAX_H,
    RATE_MAX_PER_S,
    TIMEOUT_MAX_S,
    Provider,
)

PAUSES = (
    (1, _("1 hour")),
    (6, _("6 hours")),
    (24, _("1 day")),
    (24 * 7, _("1 week")),
    (24 * 365, _("1 year")),
)
LINES_SHOWN = 4
SERVICE_IDS_MAX = 5_000
SCHEMES = ["https", "http"]


class ProviderForm(Dressed):
    """How a provider is reached. Left empty, the key that is stored stays."""

    name = forms.CharField(label=_("Name"), max_length=100)
    url = forms.CharField(
        label=_("API address"),
        max_length=500,
        validators=[URLValidator(schemes=SCHEMES)],
        help_text=_("For example https://provider.example/api/v2"),
    )
    api_key = forms.CharField(
        label=_("API key"),
        required=False,
        max_length=500,
        help_text=_("Stored encrypted and never shown again."),
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
    )
    currency = forms.RegexField(
        label=_("Currency"),
        regex=r"\A[A-Za-z]{3,10}\Z",
        max_length=CURRENCY_MAX,
        help_text=_("Another one forgets the exchange rate, and nothing is sold without."),
    )
    low_balance_alert = forms.DecimalField(
        label=_("Warn when the balance is below"),
        required=False,
        min_value=0,
        max_digits=20,
        decimal_places=8,
        widget=number_input(),
    )
    give_up_after_h = forms.IntegerField(
        label=_("Give money back after so many hours"),
        required=False,
        min_value=1,
        max_value=GIVE_UP_MAX_H,
        help_text=_(
            "Orders that could not be sent there for so long are canceled and paid back."
            " Empty: they wait."
        ),
        widget=number_input(),
    )
    timeout_s = forms.IntegerField(
        label=_("Deadline of a call, in seconds"),
        min_value=1,
        max_value=TIMEOUT_MAX_S,
        widget=number_input(),
    )
    concurrency = forms.IntegerField(
        label=_("Parallel calls"), min_value=1, max_value=CONCURRENCY_MAX, widget=number_input()
    )
    rate_per_s = forms.IntegerField(
        label=_("Calls per second"), min_value=1, max_value=RATE_MAX_PER_S, widget=number_input()
    )
    user_agent = forms.CharField(label=_("User agent"), max_length=200)
    is_active = forms.BooleanField(
        label=_("Active"), required=False, help_text=_("Off: nothing is bought there any more.")
    )
    verify_tls = forms.BooleanField(label=_("Check the TLS certificate"), required=False)
    allow_private_address = forms.BooleanField(
        label=_("Allow a private address"),
        required=False,
        help_text=_("Only for a provider on this machine or in your own network."),
    )
    canceled_keeps_delivered = forms.BooleanField(
        label=_("A canceled order keeps what was delivered"),
        required=False,
        help_text=_("Give back only what remains when this provider cancels; else everything."),
    )
    gap_probe = forms.BooleanField(
        label=_("Look for lost orders by their ids"),
        required=False,
        help_text=_("Only where ids are growing numbers and this panel alone uses the account."),
    )

    def __init__(self, data: Any = None, *, provider: Provider | None = None) -> None:
        self.provider = provider
        start = provider or Provider()
        names = [name for name in self.base_fields if name != "api_key"]
        super().__init__(data, initial={name: getattr(start, name) for name in names})

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        found = Provider.objects.filter(name=name).values_list("pk", flat=True).first()
        if found is not None and (self.provider is None or found != self.provider.pk):
            raise forms.ValidationError(gettext("Another provider has this name."))
        return name

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def clean_api_key(self) -> str:
        key: str = self.cleaned_data["api_key"]
        if not key and self.provider is None:
            raise forms.ValidationError(gettext("A new provider needs its key."))
        return key

    def columns(self) -> dict[str, Any]:
        """What is to be written; without the key when none was typed."""
        columns = dict(self.cleaned_data)
        if not columns["api_key"]:
            del columns["api_key"]
        return columns


class PlanForm(Dressed):
    """What of a list is imported by itself, at which markup, and what is not believed."""

    choice = forms.ChoiceField(label=_("Import by itself"), choices=ImportPlan.Choice.choices)
    categories = forms.MultipleChoiceField(
        label=_("Categories"),
        required=False,
        help_text=_("Of the provider's list; used with “chosen”."),
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )
    services = forms.CharField(
        label=_("Services"),
        required=False,
        help_text=_("Their ids at the provider, separated by spaces; used with “chosen”."),
        widget=forms.Textarea(attrs={"rows": LINES_SHOWN}),
    )
    is_active_at_once = forms.BooleanField(
        label=_("Sell at once"), required=False, help_text=_("Else they wait, switched off.")
    )
    markup_percent = forms.DecimalField(
        label=_("Markup in percent"),
        required=False,
        min_value=-99,
        max_digits=9,
        decimal_places=3,
        widget=number_input(),
    )
    markup_fixed = forms.DecimalField(
        label=_("Added to the rate"),
        required=False,
        min_value=0,
        max_digits=RATE_DIGITS,
        decimal_places=RATE_PLACES,
        widget=number_input(),
    )
    minimum_margin = forms.DecimalField(
        label=_("Least margin in percent of the cost"),
        required=False,
        min_value=0,
        max_digits=9,
        decimal_places=3,
        widget=number_input(),
    )
    rate_places = forms.IntegerField(
        label=_("Decimals of a rate"),
        required=False,
        min_value=0,
        max_value=RATE_PLACES,
        help_text=_("Rates are rounded up to these."),
        widget=number_input(),
    )
    shrink_limit_percent = forms.IntegerField(
        label=_("Refuse a list that loses more than this percent"),
        min_value=0,
        max_value=100,
        widget=number_input(),
    )
    price_jump_percent = forms.IntegerField(
        label=_("Hold a service whose cost changes by more than this percent"),
        min_value=0,
        max_value=10_000,
        help_text=_("0 reprices at once."),
        widget=number_input(),
    )

    def __init__(self, data: Any = None, *, plan: ImportPlan, categories: list[str]) -> None:
        start = {name: getattr(plan, name) for name in self.base_fields}
        start["services"] = " ".join(str(item) for item in plan.services)
        super().__init__(data, initial=start)
        listed = list(dict.fromkeys([*categories, *plan.categories]))
        self.fields["categories"].choices = [(name, name) for name in listed]  # type: ignore[attr-defined]

    def clean_services(self) -> list[str]:
        ids = str(self.cleaned_data["services"]).replace(",", " ").split()
        if len(ids) > SERVICE_IDS_MAX:
            raise forms.ValidationError(gettext("These are too many."))
        return ids


class RateForm(Dressed):
    """What one unit of a provider's money is worth in ours."""

    rate = forms.DecimalField(
        label=_("Exchange rate"), max_digits=20, decimal_places=10, widget=number_input()
    )
    is_confirmed = forms.BooleanField(label=_("Yes, this large step is right"), required=False)


class PauseForm(Dressed):
    """For how long nothing is to be sent there, and why."""

    hours = forms.TypedChoiceField(label=_("For"), choices=PAUSES, coerce=int)
    reason = forms.CharField(label=_("Reason"), max_length=200)
