"""What customers fill in to pay in."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.money import MONEY_DIGITS

CODE_MAX = 60
AMOUNT_PLACES = 2
AMOUNT_LOOK = {"class": "form-control form-control-lg", "inputmode": "decimal"}
CODE_LOOK = {"class": "form-control", "autocomplete": "off", "spellcheck": "false", "dir": "ltr"}


class FundsForm(forms.Form):
    """How much, by which method, with which code. Limits are the trade's to judge."""

    use_required_attribute = False
    method = forms.IntegerField(min_value=1, error_messages={"required": _("Choose a method.")})
    amount = forms.DecimalField(
        label=_("Amount"),
        max_digits=MONEY_DIGITS,
        decimal_places=AMOUNT_PLACES,
        localize=True,
        widget=forms.TextInput(attrs=AMOUNT_LOOK),
    )
    code = forms.CharField(
        label=_("Promo code"),
        required=False,
        max_length=CODE_MAX,
        widget=forms.TextInput(attrs=CODE_LOOK),
    )
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class VoucherForm(forms.Form):
    """The code of a voucher."""

    use_required_attribute = False
    voucher = forms.CharField(
        label=_("Code"),
        max_length=CODE_MAX,
        widget=forms.TextInput(
            attrs=CODE_LOOK | {"aria-label": _("Code of the voucher"), "placeholder": "XXXX-XXXX"}
        ),
    )


class ReceiptForm(forms.Form):
    """A receipt, for those who have one."""

    use_required_attribute = False
    file = forms.FileField(
        label=_("A picture or PDF of it, if you have one"),
        required=False,
        help_text=_("PNG, JPEG, WebP or PDF, up to 5 MiB."),
        widget=forms.FileInput(
            attrs={"class": "form-control", "accept": ".png,.jpg,.jpeg,.webp,.pdf"}
        ),
    )

    @property
    def receipt(self) -> Any:
        """The file, or None."""
        return self.cleaned_data["file"]
