"""Measured times and the history of a rate, as readers see them."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from orders import measuring
from orders.models import CatalogueChange, OrderEvent
from panel import tasks
from panel.models import Heartbeat
from panel.storefront.history import HEIGHT, MARGIN, WIDTH, price_history
from tests import make
from tests.make import NOW

pytestmark = pytest.mark.django_db


def measured_service():
    service, buyer = make.service(), make.customer()
    for started, took in ((2, 10), (4, 20), (9, 90)):
        order = make.placed(customer=buyer, service=service)
        at = order.created_at
        OrderEvent.objects.create(
            order=order, kind="in_progress", at=at + timedelta(minutes=started)
        )
        order.move_to("completed", now=at + timedelta(minutes=took))
    make.placed(customer=buyer, service=service).move_to("canceled", now=NOW)
    measuring.measure_due(now=NOW)
    return service


def test_the_service_page_shows_start_finish_and_share(client):
    text = client.get(f"/services/{measured_service().pk}/").content.decode()

    for figure in ("4 min", "8 min", "20 min", "1 h 16 min", "75 %", "From the latest 4 orders"):
        assert figure in text


def test_the_price_list_and_the_counter_show_the_usual_time(client, as_ann, ann):
    service = measured_service()

    assert "20 min" in client.get("/services/").content.decode()
    text = as_ann.get(f"/dashboard/?service={service.pk}").content.decode()
    assert "usually starts within 4 min, done within 20 min" in text


def test_what_was_never_measured_says_so(client):
    text = client.get(f"/services/{make.service().pk}/").content.decode()

    assert "Nothing was measured yet" in text


def test_the_clock_measures(db):
    service = make.service()
    make.placed(service=service)

    tasks.measure_services.apply(throw=True)

    assert Heartbeat.objects.get(job="measure_services").done == 1


def changes(service, *rates, every=timedelta(days=1)):
    for number, (old, new) in enumerate(pairwise(rates)):
        kind = "rate_up" if Decimal(new) > Decimal(old) else "rate_down"
        at = NOW + number * every
        CatalogueChange.objects.create(service=service, kind=kind, old=old, new=new, at=at)


def test_the_history_is_a_step_for_each_change_from_left_to_right():
    service = make.service()
    changes(service, "1", "3", "2")

    history = price_history(service, now=NOW + timedelta(days=2))
    assert history

    corners = [tuple(map(int, point.split(","))) for point in history.points.split()]
    assert corners == sorted(corners, key=lambda corner: corner[0])
    assert corners[0] == (0, HEIGHT - MARGIN), "the rate before, the lowest"
    assert MARGIN in {down for _across, down in corners}
    assert corners[-1] == (WIDTH, HEIGHT // 2)
    assert (history.lowest, history.highest, history.since) == (Decimal(1), Decimal(3), NOW)


def test_a_rate_that_never_changed_has_no_history(client):
    service = make.service()
    CatalogueChange.objects.create(service=service, kind="limits", old="10–20", new="5", at=NOW)

    assert price_history(service, now=NOW) is None
    assert "<polyline" not in client.get(f"/services/{service.pk}/").content.decode()


def test_the_service_page_draws_the_history(client):
    service = make.service()
    changes(service, "1.25", "1.5")

    text = client.get(f"/services/{service.pk}/").content.decode()

    assert "The rate was between $1.25 and $1.50" in text
    assert "<polyline" in text
