"""What staff fill in about services and their headings."""

from decimal import Decimal
from typing import Any

from django import forms
from django.forms.models import fields_for_model
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.catalogue import SourceDeed
from orders.models import Category, Service
from orders.models.catalogue import NAME_MAX
from orders.models.markup import MarkupLevel
from orders.money import RATE_PLACES, plain
from panel.backoffice.dressing import Dressed, number_input
from providers.models import UPSTREAM_ID_MAX, Provider

PERCENT_LEAST = -99
PERCENT_MOST = 10_000
LINES_SHOWN = 5
LABELS = {
    "own_name": _("Name"),
    "own_description": _("Description"),
    "category": _("Category"),
    "own_rate": _("Fixed rate"),
    "markup_percent": _("Markup in percent"),
    "markup_fixed": _("Added to the rate"),
    "minimum_margin": _("Least margin in percent of the cost"),
    "rate_places": _("Decimals of the rate"),
    "own_min": _("Least quantity"),
    "own_max": _("Greatest quantity"),
    "own_refill": _("Refill"),
    "own_cancel": _("Can be canceled"),
    "own_dripfeed": _("Drip-feed"),
    "refill_days": _("Days in which it is refilled"),
    "extra_cost_percent": _("How much dearer a next source may be, in percent"),
    "minimum_share_kept": _("Hold an order that would keep less than this percent"),
    "use_next_source": _("Use the next source when one refuses"),
    "one_order_per_link": _("One active order for each link"),
    "is_active": _("On sale"),
}
MARKUP_LABELS = {name: LABELS[name] for name in MarkupLevel._fields}
LISTED = ("name", "description", "min", "max", "rate", "refill", "cancel", "dripfeed")


class _FromModel(Dressed):
    """Fields made from columns, so that limits and scales are those of the database."""

    def __init__(self, row: Category | Service, labels: dict[str, Any], data: Any = None) -> None:
        made: dict[str, Any] = fields_for_model(type(row), fields=list(labels), labels=labels)
        for name, field in made.items():
            field.initial = row.category_id if name == "category" else getattr(row, name)  # type: ignore[union-attr]
            if isinstance(field, forms.IntegerField | forms.DecimalField):
                field.widget = number_input()
        super().__init__(data)
        self.fields.update(made)
        self.dress()


class ServiceForm(_FromModel):
    """The columns of staff; what is left empty follows the list."""

    def __init__(self, service: Service, data: Any = None) -> None:
        super().__init__(service, LABELS, data)
        self.fields["own_description"].widget.attrs["rows"] = LINES_SHOWN
        for name in LISTED:
            field = self.fields[f"own_{name}"]
            listed = _shown(getattr(service, f"listed_{name}"))
            field.help_text = gettext("As listed: %s") % listed if listed else ""

    def columns(self) -> dict[str, Any]:
        columns = dict(self.cleaned_data)
        columns["category_id"] = columns.pop("category").pk
        return columns


class CategoryForm(_FromModel):
    """A heading of the price list, and the markup below it."""

    def __init__(self, category: Category, data: Any = None) -> None:
        labels = {"name": _("Name"), **MARKUP_LABELS, "is_active": _("Shown")}
        super().__init__(category, labels, data)


class SourceForm(Dressed):
    """Another offer that can deliver a service."""

    provider = forms.ModelChoiceField(
        label=_("Provider"), queryset=Provider.objects.only("id", "name")
    )
    upstream_id = forms.CharField(label=_("Its id there"), max_length=UPSTREAM_ID_MAX)


class ManySourcesForm(Dressed):
    """What is done with the sources of many services, at which provider."""

    change = forms.ChoiceField(
        label=_("Change"),
        choices=[
            (SourceDeed.REPLACE, _("Buy them at another provider instead")),
            (SourceDeed.ADD, _("Add a source, tried after the others")),
            (SourceDeed.OFF, _("Switch their source off")),
            (SourceDeed.ON, _("Switch their source on")),
        ],
    )
    provider = forms.ModelChoiceField(
        label=_("Bought at"), queryset=Provider.objects.only("id", "name"), required=False
    )
    other = forms.ModelChoiceField(
        label=_("To be bought at"), queryset=Provider.objects.only("id", "name"), required=False
    )

    @property
    def deed(self) -> SourceDeed:
        return SourceDeed(self.cleaned_data["change"])

    @property
    def here(self) -> int:
        """The provider whose sources are meant; 0 when a source is added."""
        provider = self.cleaned_data.get("provider")
        return provider.pk if provider else 0

    @property
    def there(self) -> int | None:
        """The provider to buy at; none when sources are only switched."""
        other = self.cleaned_data.get("other")
        is_bought = self.deed in (SourceDeed.ADD, SourceDeed.REPLACE)
        return other.pk if other and is_bought else None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        deed = cleaned.get("change")
        if deed != SourceDeed.ADD and cleaned.get("provider") is None:
            self.add_error("provider", gettext("Name the provider whose source is meant."))
        if deed in (SourceDeed.ADD, SourceDeed.REPLACE) and cleaned.get("other") is None:
            self.add_error("other", gettext("Name the provider to buy them at."))
        return cleaned


class BulkForm(Dressed):
    """One change for many services."""

    MARKUP, MARGIN, RATE, CATEGORY = "markup", "margin", "rate", "category"
    ON, OFF = "on", "off"
    deed = forms.ChoiceField(
        label=_("Change"),
        choices=[
            (MARKUP, _("Set the markup")),
            (MARGIN, _("Keep a margin of at least")),
            (RATE, _("Change the rate by percent")),
            (CATEGORY, _("Move to a category")),
            (ON, _("Switch on")),
            (OFF, _("Switch off")),
        ],
    )
    percent = forms.DecimalField(
        label=_("Percent"),
        required=False,
        min_value=PERCENT_LEAST,
        max_value=PERCENT_MOST,
        decimal_places=3,
        widget=number_input(),
    )
    category = forms.CharField(label=_("Category"), required=False, max_length=NAME_MAX)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        deed = cleaned.get("deed")
        if deed in (self.MARKUP, self.MARGIN, self.RATE) and cleaned.get("percent") is None:
            self.add_error("percent", gettext("Enter a number of percent."))
        if deed == self.CATEGORY and not cleaned.get("category"):
            self.add_error("category", gettext("Name a category."))
        return cleaned


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, Decimal):
        return plain(value.quantize(Decimal(1).scaleb(-RATE_PLACES)))
    return str(value)
