"""What staff fill in about a payment method: terms, who may use it, and its gateway's keys."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.models import PaymentMethod
from orders.models.method import METHOD_AMOUNT_MAX, METHOD_RATE_MAX
from orders.money import MONEY_DIGITS, MONEY_PLACES, plain
from panel.backoffice.dressing import Dressed, number_input
from panel.gateways.protocol import CredentialField, Gateway
from panel.paying.methods import credentials_of

KEY = "key_"
CREDENTIAL_MAX = 5_000
INSTRUCTIONS_MAX = 5_000
COUNTRIES_MAX, GROUPS_MAX = 300, 50
GROUP_NAME_MAX = 50
COUNTRY = re.compile(r"[A-Z]{2}")
LINES_SHOWN = 5
NOTHING = Decimal(0)
LEAST = Decimal(1).scaleb(-MONEY_PLACES)


def _money(label: Any, **options: Any) -> forms.DecimalField:
    options.setdefault("min_value", LEAST)
    return forms.DecimalField(
        label=label,
        max_value=METHOD_AMOUNT_MAX,
        max_digits=MONEY_DIGITS,
        decimal_places=MONEY_PLACES,
        widget=number_input(),
        **options,
    )


class MethodForm(Dressed):
    """One method. A secret that is left empty stays as it is stored."""

    title = forms.CharField(label=_("Title"), max_length=100, help_text=_("Customers read it."))
    currency = forms.RegexField(
        label=_("Currency that is paid"), regex=r"\A[A-Za-z0-9]{3,10}\Z", max_length=10
    )
    exchange_rate = forms.DecimalField(
        label=_("Exchange rate"),
        min_value=Decimal("0.000000000001"),
        max_value=METHOD_RATE_MAX,
        max_digits=24,
        decimal_places=12,
        help_text=_("What one unit of it is worth in the panel's currency; 1 when equal."),
        widget=number_input(),
    )
    min_amount = _money(_("Smallest amount"), help_text=_("In the panel's currency."))
    max_amount = _money(_("Largest amount"))
    fee_percent = forms.DecimalField(
        label=_("Fee in percent"),
        min_value=0,
        max_value=Decimal("99.999"),
        max_digits=6,
        decimal_places=3,
        widget=number_input(),
    )
    fee_fixed = _money(_("Fixed fee"), min_value=NOTHING)
    fee_borne_by = forms.ChoiceField(
        label=_("Who bears the fee"), choices=PaymentMethod.FeeBorneBy.choices
    )
    countries = forms.CharField(
        label=_("Countries"),
        required=False,
        help_text=_("Two letters each, with spaces between; empty: everywhere."),
    )
    groups = forms.CharField(
        label=_("Customer groups"),
        required=False,
        help_text=_("With commas between; empty: everybody."),
    )
    instructions = forms.CharField(
        label=_("Instructions"),
        required=False,
        max_length=INSTRUCTIONS_MAX,
        help_text=_("For payments by hand: bank details and the like, shown to who pays."),
        widget=forms.Textarea(attrs={"rows": LINES_SHOWN}),
    )
    is_active = forms.BooleanField(label=_("Offer it to customers"), required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        gateway: type[Gateway],
        panel_currency: str,
        method: PaymentMethod | None = None,
    ) -> None:
        self.gateway, self.panel_currency = gateway, panel_currency
        self.known = credentials_of(method) if method else {}
        super().__init__(data, initial=_start(method, gateway, panel_currency))
        for field in gateway.fields:
            self.fields[KEY + field.name] = _credential(field, self.known.get(field.name, ""))
        self.dress()

    def terms(self) -> list[Any]:
        return [field for field in self if not field.name.startswith(KEY)]

    def keys(self) -> list[Any]:
        return [field for field in self if field.name.startswith(KEY)]

    def columns(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.base_fields}

    def credentials(self) -> dict[str, str]:
        """What is to be stored; secrets that were left empty are not among it."""
        given = {
            field.name: self.cleaned_data.get(KEY + field.name, "") for field in self.gateway.fields
        }
        secret = {field.name for field in self.gateway.fields if field.is_secret}
        return {name: value for name, value in given.items() if value or name not in secret}

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def clean_countries(self) -> list[str]:
        codes = str(self.cleaned_data["countries"]).upper().replace(",", " ").split()
        if len(codes) > COUNTRIES_MAX or not all(COUNTRY.fullmatch(code) for code in codes):
            raise forms.ValidationError(gettext("Write two letters for each country: DE FR US."))
        return sorted(set(codes))

    def clean_groups(self) -> list[str]:
        parts = str(self.cleaned_data["groups"]).split(",")
        names = [name for name in (part.strip() for part in parts) if name]
        if len(names) > GROUPS_MAX or any(len(name) > GROUP_NAME_MAX for name in names):
            raise forms.ValidationError(gettext("These are too many, or too long."))
        return sorted(set(names))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        least, most = given.get("min_amount"), given.get("max_amount")
        if least is not None and most is not None and least > most:
            self.add_error("max_amount", gettext("This is below the smallest amount."))
        same = given.get("currency") == self.panel_currency
        if same and given.get("exchange_rate") not in (None, Decimal(1)):
            told = gettext("It is the panel's own currency: the rate is 1.")
            self.add_error("exchange_rate", told)
        if given.get("is_active"):
            self._need_all(given)
        return given

    def _need_all(self, given: dict[str, Any]) -> None:
        """What is offered must work. Until then some of it may be missing: most gateways give
        the secret of a webhook only for an address, which a method has once it is saved.
        """
        filled_in = self.known | self.credentials()
        for name in missing(self.gateway, filled_in, given.get("instructions", "")):
            field = name if name in self.base_fields else KEY + name
            if field not in self.errors:
                self.add_error(field, gettext("It cannot be offered without this."))


def missing(gateway: type[Gateway], credentials: Mapping[str, str], instructions: str) -> list[str]:
    """The names of what has to be filled in before customers can pay by this gateway."""
    keys = [
        field.name
        for field in gateway.fields
        if not (credentials.get(field.name) or field.default or field.is_optional)
    ]
    is_unsaid = gateway.is_confirmed_by_staff and not instructions.strip()
    return [*keys, *(["instructions"] if is_unsaid else [])]


def _start(
    method: PaymentMethod | None, gateway: type[Gateway], panel_currency: str
) -> dict[str, Any]:
    found = method or PaymentMethod(
        title=str(gateway.title), currency=panel_currency, is_active=False, fee_borne_by="operator"
    )
    start = {name: getattr(found, name) for name in MethodForm.base_fields}
    for name, value in start.items():
        if isinstance(value, Decimal):
            start[name] = plain(value)
    return start | {"countries": " ".join(found.countries), "groups": ", ".join(found.groups)}


def _credential(field: CredentialField, known: str) -> forms.Field:
    label, help_text = str(field.label), str(field.help)
    if field.choices:
        return forms.ChoiceField(
            label=label,
            choices=field.choices,
            required=False,
            initial=known or field.default,
            help_text=help_text,
        )
    if not field.is_secret:
        start = known or field.default
        return forms.CharField(
            label=label,
            required=False,
            max_length=CREDENTIAL_MAX,
            initial=start,
            help_text=help_text,
        )
    kept = gettext("Stored encrypted. Empty: it stays.") if known else gettext("Stored encrypted.")
    return forms.CharField(
        label=label,
        required=False,
        max_length=CREDENTIAL_MAX,
        help_text=f"{help_text} {kept}".strip(),
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
    )
