"""At which terms offers become services."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from orders import catalogue
from orders.models.catalogue import NAME_MAX
from orders.models.markup import MarkupLevel
from orders.money import RATE_DIGITS, RATE_PLACES
from panel.backoffice.dressing import Dressed, number_input
from providers.models import Offer

PERCENT_LEAST = -99


class ImportForm(Dressed):
    """At which terms; an empty markup is left to the category and the provider's plan."""

    markup_percent = forms.DecimalField(
        label=gettext_lazy("Markup in percent"),
        required=False,
        min_value=PERCENT_LEAST,
        max_digits=9,
        decimal_places=3,
        help_text=gettext_lazy("Empty: that of the category, else of the provider's plan."),
        widget=number_input(),
    )
    markup_fixed = forms.DecimalField(
        label=gettext_lazy("Added to the rate"),
        required=False,
        min_value=0,
        max_digits=RATE_DIGITS,
        decimal_places=RATE_PLACES,
        widget=number_input(),
    )
    rate_places = forms.IntegerField(
        label=gettext_lazy("Decimals of a rate"),
        required=False,
        min_value=0,
        max_value=RATE_PLACES,
        widget=number_input(),
    )
    heading = forms.CharField(
        label=gettext_lazy("Into the category"),
        required=False,
        max_length=NAME_MAX,
        help_text=gettext_lazy("Empty: as the provider calls them. New ones are made."),
        widget=forms.TextInput(attrs={"list": "headings"}),
    )
    is_active = forms.BooleanField(
        label=gettext_lazy("Sell at once"),
        required=False,
        help_text=gettext_lazy("Else they wait, switched off."),
    )

    def choice(self, sent: QueryDict, provider_id: int) -> catalogue.Choice:
        """What was ticked, at the terms of the valid form."""
        asked = self.cleaned_data
        heading, names = asked["heading"].strip(), {}
        if heading:
            own = Offer.objects.filter(provider_id=provider_id).order_by()
            names = dict.fromkeys(own.values_list("category", flat=True).distinct(), heading)
        return catalogue.Choice(
            upstream_ids=sent.getlist("service"),
            categories=sent.getlist("category"),
            markup=MarkupLevel(
                markup_percent=asked["markup_percent"],
                markup_fixed=asked["markup_fixed"],
                rate_places=asked["rate_places"],
            ),
            category_names=names,
            is_active=asked["is_active"],
        )
