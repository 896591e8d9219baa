"""What staff fill in about a payment. What moves money wants a reason."""

import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.models import Payment
from orders.money import MONEY_DIGITS, MONEY_PLACES, plain
from panel.backoffice.dressing import Dressed, number_input
from panel.models.audit import REASON_MAX

LEAST = Decimal(1).scaleb(-MONEY_PLACES)


def _amount(label: Any, help_text: Any = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        min_value=LEAST,
        max_digits=MONEY_DIGITS,
        decimal_places=MONEY_PLACES,
        help_text=help_text,
        widget=number_input(),
    )


class ConfirmForm(Dressed):
    """The token lets it be confirmed once."""

    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class RejectForm(Dressed):
    """Why a payment is turned down."""

    prefix = "reject"
    reason = forms.CharField(
        label=_("Reason"), max_length=REASON_MAX, help_text=_("The customer reads it.")
    )


class CreditForm(Dressed):
    """What really arrived, when it is not what was asked for."""

    prefix = "credit"
    received = _amount(_("What arrived"))
    currency = forms.CharField(label=_("Currency"), max_length=10)
    reason = forms.CharField(label=_("Reason"), max_length=REASON_MAX)
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, data: Any = None, *, payment: Payment) -> None:
        super().__init__(data, initial={"currency": payment.pay_currency})

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).strip().upper()


class RefundForm(Dressed):
    """How much is paid back through the gateway. The token lets it be sent once."""

    prefix = "refund"
    amount = _amount(_("Amount"), _("In the panel's currency; it is taken off the balance first."))
    reason = forms.CharField(label=_("Reason"), max_length=REASON_MAX)
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, data: Any = None, *, payment: Payment) -> None:
        super().__init__(data, initial={"amount": plain(payment.amount - payment.taken_back)})


class BonusForm(Dressed):
    """Why the bonus of a payment is taken back."""

    prefix = "bonus"
    reason = forms.CharField(
        label=_("Reason"), max_length=REASON_MAX, help_text=_("The customer reads it.")
    )


class NoteForm(Dressed):
    """What was found out about a doubt."""

    note = forms.CharField(label=_("What you found out"), max_length=REASON_MAX)
