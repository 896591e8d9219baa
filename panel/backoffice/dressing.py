"""Forms of the back-office in the clothes of the design system."""

from decimal import Decimal
from typing import Any

from django import forms

from orders.money import plain

LOOKS: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxInput, "form-check-input"),
    (forms.Select, "form-select"),
)


class Dressed(forms.Form):
    """A form whose widgets carry the kit's classes."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dress()

    def get_initial_for_field(self, field: forms.Field, field_name: str) -> Any:
        """Amounts without the zeros that only the database needs."""
        value = super().get_initial_for_field(field, field_name)
        return Decimal(plain(value)) if isinstance(value, Decimal) else value

    def dress(self) -> None:
        """Give every field its look; again when fields were added."""
        for field in self.fields.values():
            look = next((look for kind, look in LOOKS if isinstance(field.widget, kind)), "")
            field.widget.attrs.setdefault("class", look or "form-control")
            if isinstance(field, forms.IntegerField | forms.DecimalField):
                field.widget.attrs.setdefault("inputmode", "decimal")


def number_input() -> forms.TextInput:
    """A number without the browser's little arrows, which change amounts by accident."""
    return forms.TextInput()
