"""The settings as a form, made from the columns of the storefront: none can be forgotten here."""

import re
from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import BaseConstraint, CheckConstraint, Q
from django.forms import BoundField
from django.forms.models import fields_for_model
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from panel.backoffice.dressing import Dressed, number_input
from panel.backoffice.settings.logo import LOGO_TYPE, LogoRefused, drawn_anew
from panel.models import Storefront

GROUPS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (
        _("Brand"),
        ("name", "colour", "headline", "intro", "contact_email", "new_logo", "no_logo"),
    ),
    (_("Money"), ("currency", "second_person_above")),
    (_("Sign-up"), ("is_sign_up_open", "asks_consent")),
    (_("Languages"), ("languages",)),
)
OTHERS = _("More")
INTRO_ROWS = 3
_CURRENCY = re.compile(r"[A-Z0-9]{3,10}")


class SettingsForm(Dressed):
    """Every column of the storefront that people write, in groups; what is in none comes last."""

    new_logo = forms.FileField(
        label=_("Logo"),
        required=False,
        help_text=_("PNG, JPEG or WebP, at most 1 MiB. It is shown small: wide and flat fits."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )
    no_logo = forms.BooleanField(label=_("Remove the logo"), required=False)

    def __init__(self, brand: Storefront, *args: Any, keeps_currency: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        made: dict[str, Any] = fields_for_model(Storefront, exclude=["id"])
        for name, field in made.items():
            field.initial = getattr(brand, name)
            if isinstance(field, forms.IntegerField | forms.DecimalField):
                field.widget = number_input()
        made["languages"] = _languages(brand)
        made["intro"].widget = forms.Textarea(attrs={"rows": INTRO_ROWS})
        if keeps_currency:
            made["currency"].disabled = True
            made["currency"].help_text = _(
                "It cannot change any more: balances, charges and rates are written in it."
            )
        self.fields.update(made)
        if not brand.logo_type:
            del self.fields["no_logo"]
        self.dress()

    @property
    def columns(self) -> dict[str, Any]:
        """What is to be written, by column."""
        own = {f.name for f in Storefront._meta.get_fields()}
        return {name: value for name, value in self.cleaned_data.items() if name in own}

    def groups(self) -> Iterator[tuple[Any, list[BoundField]]]:
        """The fields under their headings; those that no heading names, under the last one."""
        grouped: set[str] = set()
        for title, names in GROUPS:
            grouped.update(names)
            yield title, [self[name] for name in names if name in self.fields]
        others = [self[name] for name in self.fields if name not in grouped]
        if others:
            yield OTHERS, others

    def clean(self) -> dict[str, Any]:
        """Ask the database's own rules about the columns, too, those of later columns as well."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            meant = Storefront(pk=1, **self.columns)
            for rule in Storefront._meta.constraints:
                self._check(rule, meant)
        return cleaned

    def _check(self, rule: BaseConstraint, meant: Storefront) -> None:
        try:
            rule.validate(Storefront, meant)
        except forms.ValidationError:
            stated = rule.condition if isinstance(rule, CheckConstraint) else None
            about = stated.referenced_base_fields if isinstance(stated, Q) else ()
            field = next((name for name in self.fields if name in about), None)
            self.add_error(field, gettext("This value is not possible."))

    def clean_currency(self) -> str:
        code = str(self.cleaned_data["currency"]).strip().upper()
        if not _CURRENCY.fullmatch(code):
            raise forms.ValidationError(gettext("Enter a code such as USD or EUR."))
        return code

    def clean_new_logo(self) -> tuple[bytes, str] | None:
        upload = self.cleaned_data["new_logo"]
        if not upload:
            return None
        try:
            return drawn_anew(upload), LOGO_TYPE
        except LogoRefused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


def _languages(brand: Storefront) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=_("Languages offered"),
        required=False,
        choices=settings.LANGUAGES,
        initial=brand.languages,
        help_text=_("None chosen: all of them."),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
    )
