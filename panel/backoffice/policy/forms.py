"""What staff fill in about a rule."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.models import Category, PolicyRule, Service
from orders.models.policy import MESSAGE_MAX, NOTE_MAX, WHOLE
from orders.policing import PASTED_MAX
from orders.policy import Kind
from orders.policy.reading import VALUE_MAX
from panel.backoffice.dressing import Dressed
from panel.storefront.services import number_in

NUMBER_MAX = 18  # digits
TEXT_MAX = 20_000
LINK_MAX = 2_000
PASTED_LENGTH_MAX = PASTED_MAX * (VALUE_MAX + 2)
PASTABLE = [(kind.value, kind.label) for kind in Kind if kind not in WHOLE]


class _ForSome(Dressed):
    """Orders of one service, of one category, or all."""

    service = forms.CharField(
        label=_("Only for the service"),
        required=False,
        max_length=NUMBER_MAX,
        help_text=_("Its number. Leave service and category empty for a rule about all orders."),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    category = forms.ModelChoiceField(
        label=_("Only in the category"),
        required=False,
        queryset=Category.objects.only("id", "name", "position"),
        empty_label=_("All"),
    )
    message = forms.CharField(
        label=_("Message to the customer"),
        required=False,
        max_length=MESSAGE_MAX,
        help_text=_("Empty: the usual text, in the customer's language."),
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=NOTE_MAX, help_text=_("Only staff read it.")
    )

    def clean_service(self) -> int | None:
        text = self.cleaned_data["service"]
        if not text:
            return None
        number = number_in(text.removeprefix("#"))
        if number is None or not Service.objects.filter(pk=number).exists():
            raise forms.ValidationError(gettext("There is no such service."))
        return number

    def shared_columns(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        category = cleaned["category"]
        return {
            "service_id": cleaned["service"],
            "category_id": category.pk if category else None,
            "message": cleaned["message"],
            "note": cleaned["note"],
        }


class RuleForm(_ForSome):
    """One rule."""

    kind = forms.ChoiceField(label=_("The rule looks at"), choices=Kind.choices)
    value = forms.CharField(
        label=_("What it looks for"),
        required=False,
        max_length=VALUE_MAX,
        help_text=_("For example instagram.com, /reel/, t.me/*/secret or a word."),
        widget=forms.TextInput(attrs={"dir": "auto", "autocapitalize": "none"}),
    )
    is_active = forms.BooleanField(label=_("In force"), required=False, initial=True)
    field_order = ("kind", "value", "service", "category", "message", "note", "is_active")

    @classmethod
    def of(cls, rule: PolicyRule) -> "RuleForm":
        names = ("kind", "value", "message", "note", "is_active")
        initial = {name: getattr(rule, name) for name in names}
        initial |= {"service": rule.service_id or "", "category": rule.category_id}
        return cls(initial=initial)

    def columns(self) -> dict[str, Any]:
        own = {name: self.cleaned_data[name] for name in ("kind", "value", "is_active")}
        if own["kind"] in WHOLE:
            own["value"] = ""
        return own | self.shared_columns()


class PasteForm(_ForSome):
    """Many rules of one kind, one on each line."""

    kind = forms.ChoiceField(label=_("The rules look at"), choices=PASTABLE, initial=Kind.WORD)
    lines = forms.CharField(
        label=_("One on each line"),
        max_length=PASTED_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 12, "dir": "auto", "data-counts": "pasted-lines"}),
    )
    field_order = ("kind", "lines", "service", "category", "message", "note")


class TryForm(Dressed):
    """Something that a customer might want to order."""

    link = forms.CharField(
        label=_("Link"),
        required=False,
        max_length=LINK_MAX,
        widget=forms.TextInput(attrs={"dir": "ltr", "inputmode": "url"}),
    )
    text = forms.CharField(
        label=_("Text"),
        required=False,
        max_length=TEXT_MAX,
        help_text=_("Comments, keywords, usernames: whatever is entered beside the link."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    service = forms.CharField(
        label=_("Service"),
        required=False,
        max_length=NUMBER_MAX,
        help_text=_("Its number; empty: no service in particular."),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )

    def clean_service(self) -> Service | None:
        text = self.cleaned_data["service"]
        if not text:
            return None
        number = number_in(text.removeprefix("#"))
        found = Service.objects.filter(pk=number).first() if number is not None else None
        if found is None:
            raise forms.ValidationError(gettext("There is no such service."))
        return found


def filled_lines(text: str) -> list[str]:
    """The lines that have something on them."""
    rows = (row.strip() for row in text.splitlines())
    return [row for row in rows if row]
