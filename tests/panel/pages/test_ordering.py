"""A customer orders by the form."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from orders.models import LedgerEntry, Order, Service
from orders.order_types import ORDER_TYPES
from tests import make

pytestmark = pytest.mark.django_db
PAGE = "/dashboard/"


def form_of(client, service, **entered):
    """The hidden fields of the form as it is shown, with what is entered."""
    page = client.get(f"{PAGE}?service={service.pk}").content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)">', page))
    return {name: hidden[name] for name in ("service", "token", "quote")} | entered


@pytest.fixture
def service(db):
    return make.service(rate="1.2", offers=[make.offer(make.provider())])


def test_an_order_is_charged_and_shown_on_its_receipt(as_ann, ann, service):
    form = form_of(as_ann, service, link="https://example.com/a", quantity="1000")

    answer = as_ann.post(PAGE, form, follow=True)

    order = Order.objects.get()
    assert answer.redirect_chain == [(reverse("receipt", args=[order.pk]), 302)]
    assert (order.customer, order.charge, order.quantity) == (ann, Decimal("1.2"), 1000)
    assert "$1.20" in answer.content.decode()
    assert "$98.80" in answer.content.decode()


def test_a1_the_same_form_sent_twice_is_one_order(as_ann, service):
    form = form_of(as_ann, service, link="https://example.com/a", quantity="1000")

    first, second = as_ann.post(PAGE, form), as_ann.post(PAGE, form)

    assert first["Location"] == second["Location"]
    assert Order.objects.count() == 1
    assert LedgerEntry.objects.filter(kind="charge").count() == 1


def test_a1_the_back_button_and_other_details_ask_before_a_second_order(as_ann, service):
    form = form_of(as_ann, service, link="https://example.com/a", quantity="1000")
    as_ann.post(PAGE, form)

    answer = as_ann.post(PAGE, form | {"link": "https://example.com/b"})

    assert "was sent before" in answer.content.decode()
    assert Order.objects.count() == 1
    (fresh,) = re.findall(r'name="token" value="([^"]+)"', answer.content.decode())
    as_ann.post(PAGE, form | {"link": "https://example.com/b", "token": fresh})
    assert Order.objects.count() == 2


def test_a6_a_dearer_rate_is_shown_again_before_anything_is_charged(as_ann, service):
    form = form_of(as_ann, service, link="https://example.com/a", quantity="1000")
    Service.objects.filter(pk=service.pk).update(listed_rate=Decimal("2.4"))

    answer = as_ann.post(PAGE, form)

    assert "The rate is now 2.4" in answer.content.decode()
    assert not Order.objects.exists()
    fresh = form | {"quote": form_of(as_ann, service)["quote"]}
    as_ann.post(PAGE, fresh)
    assert Order.objects.get().charge == Decimal("2.4")


def test_a6_a_cheaper_rate_is_charged_as_it_is_now(as_ann, service):
    form = form_of(as_ann, service, link="https://example.com/a", quantity="1000")
    Service.objects.filter(pk=service.pk).update(listed_rate=Decimal("0.6"))

    as_ann.post(PAGE, form)

    assert Order.objects.get().charge == Decimal("0.6")


@pytest.mark.parametrize("quote", ["", "forged", "WzEsICIxMDAwIl0:1:x"])
def test_s18_a_forged_or_missing_quote_buys_nothing(as_ann, service, quote):
    form = form_of(as_ann, service, link="https://example.com/a", quantity="1000")

    as_ann.post(PAGE, form | {"quote": quote, "rate": "0.00001", "charge": "0"})

    assert not Order.objects.exists()


def test_s18_the_quote_of_a_cheap_service_does_not_buy_a_dear_one(as_ann, service):
    dear = make.service(rate="50")
    quote = form_of(as_ann, dear)["quote"]

    as_ann.post(
        PAGE, form_of(as_ann, service, link="https://e.com/a", quantity="10") | {"quote": quote}
    )

    assert not Order.objects.exists()


def test_errors_stand_beside_their_fields_and_what_was_entered_stays(as_ann, service):
    form = form_of(as_ann, service, link="https://example.com/a", quantity="5")

    page = as_ann.post(PAGE, form).content.decode()

    assert "Quantity less than minimal 10" in page
    assert 'value="https://example.com/a"' in page
    assert 'aria-invalid="true"' in page
    assert not Order.objects.exists()


def test_too_little_money_is_said_on_the_form(as_ann, service):
    form = form_of(as_ann, service, link="https://example.com/a", quantity="100000")

    answer = as_ann.post(PAGE, form)

    assert "Not enough funds on balance" in answer.content.decode()
    assert not Order.objects.exists()


def test_a7_a_service_that_is_switched_off_meanwhile_is_not_sold(as_ann, service):
    form = form_of(as_ann, service, link="https://example.com/a", quantity="100")
    Service.objects.filter(pk=service.pk).update(is_active=False)

    answer = as_ann.post(PAGE, form)

    assert "no longer for sale" in answer.content.decode()
    assert not Order.objects.exists()


@pytest.mark.parametrize("title", list(ORDER_TYPES))
def test_every_type_asks_for_exactly_its_fields(as_ann, title):
    service = make.service(type=title, listed_dripfeed=True)

    page = as_ann.get(f"{PAGE}?service={service.pk}").content.decode()

    shown = set(re.findall(r'<(?:input type="text"|textarea|select) name="(\w+)"', page))
    wanted = {item.name for item in ORDER_TYPES[title].inputs}
    assert wanted <= shown
    assert shown - wanted <= {"category"}


def test_the_charge_is_told_while_the_link_is_still_missing(as_ann, service):
    answer = as_ann.post(reverse("quote", args=[service.pk]), {"quantity": "2500", "link": ""})

    assert "$3.00" in answer.content.decode()
    assert "$97.00" in answer.content.decode()


def test_the_charge_of_a_drip_feed_counts_every_run(as_ann):
    service = make.service(rate="1.2", listed_dripfeed=True)
    entered = {"quantity": "1000", "runs": "5", "interval": "60", "link": ""}

    answer = as_ann.post(reverse("quote", args=[service.pk]), entered)

    assert "$6.00" in answer.content.decode()


def test_a_wrong_quantity_is_told_while_typing(as_ann, service):
    answer = as_ann.post(reverse("quote", args=[service.pk]), {"quantity": "٣٤", "link": "x"})

    assert "whole number" in answer.content.decode()


def test_a_customers_own_rate_is_shown_and_charged(as_ann, ann, service):
    ann.own_rates.create(service=service, rate=Decimal("0.9"))

    page = as_ann.get(f"{PAGE}?service={service.pk}").content.decode()
    as_ann.post(PAGE, form_of(as_ann, service, link="https://e.com/a", quantity="1000"))

    assert "$0.90" in page
    assert Order.objects.get().charge == Decimal("0.9")


def test_d5_names_and_descriptions_of_others_cannot_run_in_a_page(as_ann):
    service = make.service(
        listed_name="<script>alert(1)</script>",
        listed_description='<p onclick="x()">Fine</p><script>alert(2)</script>',
    )

    for path in (f"{PAGE}?service={service.pk}", f"/services/{service.pk}/", "/services/"):
        page = as_ann.get(path).content.decode()
        assert "<script>alert" not in page
        assert "onclick" not in page
