"""Forms made from the table of order types, and the small ones of the dashboard."""

import zoneinfo
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.forms.utils import ErrorDict
from django.utils.formats import number_format
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from orders.order_types import Input, InvalidInputs, Kind, Limits, OrderType
from panel.models import Storefront, User

if TYPE_CHECKING:
    _UserForm = forms.ModelForm[User]
else:
    _UserForm = forms.ModelForm

DRIP = ("runs", "interval")
LINES_SHOWN = 6
KEY_NAME_MAX = 100
MAILS = ("mail_completed", "mail_money_back", "mail_refilled", "mail_funds")


class OrderForm(forms.Form):
    """Exactly what a type asks for. Reading and judging what was entered is orders.placing's."""

    use_required_attribute = False

    def __init__(
        self, order_type: OrderType, limits: Limits, data: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data)
        self.order_type = order_type
        for item in order_type.inputs:
            if item.name not in DRIP or limits.dripfeed:
                self.fields[item.name] = _field(item, order_type, limits)

    def full_clean(self) -> None:
        """Nothing is judged here: it would be judged twice, in two sorts of words."""
        self._errors, self.cleaned_data = ErrorDict(), {}

    def raw(self) -> dict[str, str]:
        """The texts as entered, for every field that the type asks for."""
        return {name: str(self.data.get(name, "")) for name in self.fields}

    def refuse(self, refusal: InvalidInputs) -> None:
        """Put each error beside its field."""
        for error in refusal.errors:
            self.add_error(error.field if error.field in self.fields else None, error.message)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Fields with the condition under which they are asked; drip-feed stands apart."""
        for item in self.order_type.inputs:
            if item.name in self.fields and item.name not in DRIP:
                yield {"field": self[item.name], "when": item.when}

    def drip(self) -> list[Any]:
        return [self[name] for name in DRIP if name in self.fields]

    @property
    def is_drip_on(self) -> bool:
        return any(str(self.data.get(name, "")).strip() for name in DRIP)


class KeyForm(forms.Form):
    """A new key: its name, and from where it may be used."""

    name = forms.CharField(
        label=_("Name"),
        max_length=KEY_NAME_MAX,
        help_text=_("What it is for, for example “my shop”."),
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )
    addresses = forms.CharField(
        label=_("Allowed addresses"),
        required=False,
        help_text=_("IP addresses or networks, one on each line. Empty: from anywhere."),
        widget=forms.Textarea(
            attrs={"class": "form-control font-monospace", "rows": 3, "dir": "ltr"}
        ),
    )


class AccountForm(_UserForm):
    """Language, time zone, and for customers which e-mails they want."""

    language = forms.ChoiceField(
        label=_("Language"), widget=forms.Select(attrs={"class": "form-select"})
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), required=False, widget=forms.Select(attrs={"class": "form-select"})
    )

    class Meta:
        model = User
        fields = ["language", "time_zone", *MAILS]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zoneinfo.available_timezones())
        offered = Storefront.current().offered_languages
        languages = [(code, name) for code, name in settings.LANGUAGES if code in offered]
        self.fields["language"].choices = languages  # type: ignore[attr-defined]
        self.initial["language"] = self.instance.language or get_language()
        self.fields["time_zone"].choices = [("", "UTC"), *((z, z) for z in zones)]  # type: ignore[attr-defined]
        for name in MAILS:
            self._dress(name)

    def _dress(self, name: str) -> None:
        """Who has no orders, or a panel without a mail server, is asked for no wishes."""
        if self.instance.customer_id is None or not settings.EMAIL_URL:
            del self.fields[name]
        else:
            self.fields[name].widget.attrs["class"] = "form-check-input"

    def choices(self) -> list[Any]:
        return [field for field in self if field.name not in MAILS]

    def mails(self) -> list[Any]:
        return [field for field in self if field.name in MAILS]


def _field(item: Input, order_type: OrderType, limits: Limits) -> forms.Field:
    field = forms.ChoiceField(choices=item.choices) if item.choices else forms.CharField()
    field.label, field.required = item.label, item.required
    field.help_text = _hint(item, order_type, limits)
    field.widget = _widget(item, order_type)
    return field


def _hint(item: Input, order_type: OrderType, limits: Limits) -> Any:
    if item.name in ("quantity", order_type.counted, "min", "max"):
        span = gettext("From %(min)s to %(max)s.") % {
            "min": number_format(limits.min, force_grouping=True),
            "max": number_format(limits.max, force_grouping=True),
        }
        return f"{item.help} {span}".strip()
    return item.help


def _widget(item: Input, order_type: OrderType) -> forms.Widget:
    look = {"class": "form-control", "autocomplete": "off"}
    match item.kind:
        case Kind.LINES:
            counts = (
                {"data-counts": f"{item.name}-lines"} if item.name == order_type.counted else {}
            )
            return forms.Textarea(attrs=look | {"rows": LINES_SHOWN, "dir": "auto"} | counts)
        case Kind.CHOICE:
            return forms.Select(attrs={"class": "form-select"}, choices=item.choices)
        case Kind.NUMBER:
            return forms.TextInput(attrs=look | {"inputmode": "numeric"})
        case Kind.LINK:
            return forms.TextInput(
                attrs=look
                | {
                    "inputmode": "url",
                    "autocapitalize": "none",
                    "spellcheck": "false",
                    "dir": "ltr",
                }
            )
        case Kind.DATE:
            return forms.TextInput(attrs=look | {"placeholder": "31/12/2030"})
        case _:
            return forms.TextInput(attrs=look)
