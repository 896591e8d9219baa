"""Markup: set for a service, a category or a provider; the nearest one that is set applies."""

from decimal import Decimal
from typing import Any, NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.money import RATE_PLACES, RateField
from orders.pricing import Markup


def percent_field(**kwargs: Any) -> Any:
    return models.DecimalField(max_digits=9, decimal_places=3, **kwargs)


class HasMarkup(models.Model):
    """Markup of a service, a category or a provider: the nearest one that is set applies."""

    markup_percent = percent_field(null=True, blank=True)
    markup_fixed = RateField(null=True, blank=True, help_text=_("Added to the rate per 1000."))
    minimum_margin = percent_field(null=True, blank=True, help_text=_("Percent of the cost."))
    rate_places = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        abstract = True


class MarkupLevel(NamedTuple):
    """The columns of HasMarkup as read from a row; None leaves a part to the next level."""

    markup_percent: Decimal | None = None
    markup_fixed: Decimal | None = None
    minimum_margin: Decimal | None = None
    rate_places: int | None = None


def nearest_markup(*levels: HasMarkup | MarkupLevel | None) -> Markup:
    """The markup made from the first level (service, category, provider) that sets each part."""
    known = [level for level in levels if level is not None]

    def first(name: str, default: Any) -> Any:
        return next((v for v in (getattr(k, name) for k in known) if v is not None), default)

    return Markup(
        percent=first("markup_percent", Markup.percent),
        fixed=first("markup_fixed", Markup.fixed),
        minimum_margin=first("minimum_margin", Markup.minimum_margin),
        places=first("rate_places", RATE_PLACES),
    )
