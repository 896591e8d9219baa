"""A customer's invoices, and what they want to have on them."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from orders import invoicing
from orders.countries import COUNTRIES
from orders.models import BillingDetails, Customer, Invoice
from orders.models.invoice import NAME_MAX, TAX_NUMBER_MAX
from panel.backoffice.dressing import Dressed
from panel.dashboard.access import for_customers
from panel.dashboard.pace import INVOICES_PER_MINUTE, paced
from panel.pager import by_key
from panel.papers import letters
from panel.papers.invoice import invoice_paper, wording

INVOICES_SHOWN = 25
ADDRESS_MAX = 500
LACKING_SHOWN = 40
COUNTRY_CHOICES = [("", "–"), *((code, code) for code in COUNTRIES)]


class BillingForm(Dressed):
    """Everything may stay empty; then the customer's name stands on the invoice."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_MAX, required=False)
    company = forms.CharField(label=gettext_lazy("Company"), max_length=NAME_MAX, required=False)
    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=ADDRESS_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
    )
    country = forms.ChoiceField(
        label=gettext_lazy("Country"),
        choices=COUNTRY_CHOICES,
        required=False,
        help_text=gettext_lazy("It also decides about tax and the ways to pay."),
        widget=forms.Select(attrs={"class": "form-select", "data-countries": ""}),
    )
    tax_number = forms.CharField(
        label=gettext_lazy("Tax number"),
        max_length=TAX_NUMBER_MAX,
        required=False,
        help_text=gettext_lazy("If you buy as a business."),
    )

    @property
    def billing(self) -> invoicing.Billing:
        given: dict[str, Any] = self.cleaned_data
        return invoicing.Billing(**{name: given[name].strip() for name in self.base_fields})


@require_http_methods(["GET", "HEAD", "POST"])
@for_customers
def billing(request: HttpRequest, customer: Customer) -> HttpResponse:
    """What new invoices are made out to."""
    form = BillingForm(request.POST or None, initial=_known(customer))
    if request.method == "POST" and form.is_valid():
        invoicing.edit_billing(customer.pk, form.billing)
        messages.success(request, _("Saved. New invoices are made out like this."))
        warn_of_letters(request, form.cleaned_data)
        return redirect("billing")
    return render(request, "dashboard/billing.html", {"form": form})


@require_safe
@for_customers
def invoices(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Newest first."""
    pager = by_key(_of(customer), request.GET, size=INVOICES_SHOWN)
    return render(request, "dashboard/invoices.html", {"pager": pager})


@require_safe
@for_customers
def invoice(request: HttpRequest, customer: Customer, invoice_id: int) -> HttpResponse:
    found = get_object_or_404(_of(customer), pk=invoice_id)
    context = {"invoice": found, "said": wording(found)}
    return render(request, "dashboard/invoice.html", context)


@require_safe
@for_customers
@paced(INVOICES_PER_MINUTE)
def invoice_pdf(request: HttpRequest, customer: Customer, invoice_id: int) -> HttpResponseBase:
    return paper(get_object_or_404(_of(customer), pk=invoice_id))


def paper(found: Invoice) -> StreamingHttpResponse:
    """The file, for whoever may have it."""
    pieces = invoice_paper(found, now=timezone.now())
    answer = StreamingHttpResponse(pieces, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{found.label}.pdf"'
    return answer


def warn_of_letters(request: HttpRequest, given: Mapping[str, object]) -> None:
    """Say which letters of what was filled in the paper will lack; the page has them all."""
    lacking = letters.lacking("".join(map(str, given.values())))
    if lacking:
        told = _("These letters cannot be printed on the PDF: %s. The page shows them.")
        messages.warning(request, told % lacking[:LACKING_SHOWN])


def _of(customer: Customer) -> Any:
    return Invoice.objects.filter(customer=customer)


def _known(customer: Customer) -> dict[str, str]:
    known = BillingDetails.objects.filter(pk=customer.pk).first() or BillingDetails()
    names = ("name", "company", "address", "tax_number")
    return {name: getattr(known, name) for name in names} | {"country": customer.country}
