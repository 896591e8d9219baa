"""What a customer's stars and bells change on the pages that show services."""

from typing import Any

from django.db.models import QuerySet

from orders.models import Customer
from panel import shelves
from panel.models import Favourite, Follow

FAVOURITES_SHOWN = 30


def marks(service_id: int, customer: Customer | None) -> dict[str, Any]:
    """Whether the reader marked the service: for templates, at two queries."""
    if customer is None:
        return {}
    own = {"customer": customer, "service": service_id}
    return {
        "is_favourite": Favourite.objects.filter(**own).exists(),
        "is_followed": Follow.objects.filter(**own).exists(),
    }


def first_choices(customer: Customer, *, is_first_page: bool) -> dict[str, Any]:
    """The favourites, above the first page of all services; their ids for the rows below."""
    ids = set(Favourite.objects.filter(customer=customer).values_list("service_id", flat=True))
    if not (ids and is_first_page):
        return {"favourite_ids": ids}
    services = list(shelves.for_sale().filter(pk__in=ids)[:FAVOURITES_SHOWN])
    return {"favourite_ids": ids, "favourites": shelves.listed(services, customer)}


def followed_by(customer: Customer) -> QuerySet[Follow, Any]:
    """The ids of the services whose changes the customer wants to hear of."""
    return Follow.objects.filter(customer=customer).values("service_id")
