"""The baseline of the web figures: bare Django views, the panel's own SQL, and nothing else.

No parsing beyond a form, no rules, no limits, no order types: what a view costs that only knows
the statements. It may not be used for anything but measuring.
"""

import hashlib
import json
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone

from orders import price_list
from orders.placing import buying, quoting
from panel.api import keys
from panel.api.v2 import reporting

View = Callable[[HttpRequest], HttpResponse]


def add(request: HttpRequest) -> HttpResponse:
    form = request.POST
    with connection.cursor() as cursor:
        customer_id = _customer(cursor, form["key"])
        cursor.execute(quoting._TERMS, [customer_id, int(form["service"])])
        terms = cursor.fetchone()
        cursor.execute(buying._PLACE, _order(form, customer_id, terms))
        (order_id, _) = cursor.fetchone()
    return JsonResponse({"order": order_id})


def status(request: HttpRequest) -> HttpResponse:
    ids = [int(part) for part in request.POST["orders"].split(",")]
    with connection.cursor() as cursor:
        customer_id = _customer(cursor, request.POST["key"])
        cursor.execute(reporting._REPORT, [customer_id, ids])
        rows = cursor.fetchall()
    return JsonResponse({row[0]: [str(value) for value in row[1:]] for row in rows})


def services(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        customer_id = _customer(cursor, request.POST["key"])
    return HttpResponse(_list(customer_id), content_type="application/json")


def _customer(cursor, key):
    cursor.execute(keys._FIND, ["USD", key[3:11]])
    return cursor.fetchone()[5]


def _order(form, customer_id, terms):
    rate, offer_id, provider_id, cost = terms[1], terms[10], terms[11], terms[12]
    quantity, now = int(form["quantity"]), timezone.now()
    inputs = {"link": form["link"], "quantity": quantity}
    digest = hashlib.blake2b(form["link"].encode(), digest_size=16).digest()
    charge, cost_now = rate * quantity / 1000, cost * Decimal(quantity) / 1000
    return [
        *(customer_id, int(form["service"]), offer_id, provider_id, json.dumps(inputs)),
        *(form["link"], quantity, 1, quantity, rate, charge, cost, cost_now, now, "api"),
        *(None, now, digest),
    ]


@lru_cache(maxsize=1)
def _list(customer_id: int) -> bytes:
    return price_list.as_json(price_list.edition_for(customer_id)).encode()


urlpatterns = [path("add", add), path("status", status), path("services", services)]
