"""Many lines at once: each stands and falls alone (FAILURES A15)."""

from decimal import Decimal

import pytest

from orders import placing
from orders.models import Customer, Order
from orders.placing import mass
from tests import make
from tests.orders.races import together

pytestmark = pytest.mark.django_db


def _place(buyer, text, *, form="1"):
    return placing.place_many(buyer.pk, placing.read_mass(text), token=form, now=make.NOW)


def _lines(service, count):
    return "\n".join(f"{service.pk} | https://example.com/{n} | 1000" for n in range(count))


def test_a15_a_wrong_line_does_not_hold_up_the_others():
    buyer, service = make.customer(), make.service(rate="0.1")
    rows = _lines(service, 100).split("\n")
    rows[36] = f"{service.pk} | https://example.com/36 | 1"

    done = _place(buyer, "\n".join(rows))

    assert [o.line.number for o in done.outcomes if o.problem] == [37]
    assert "Quantity less than minimal 10" in done.outcomes[36].problem
    assert Order.objects.count() == 99
    assert done.total == Decimal("9.9")
    assert Customer.objects.get(pk=buyer.pk).balance == Decimal("90.1")


def test_a15_a_resubmit_repeats_no_line_that_was_placed():
    buyer, service = make.customer(), make.service(rate="0.1")
    wrong = _lines(service, 2) + f"\n{service.pk} | https://example.com/x | many"
    first = _place(buyer, wrong)
    second = _place(buyer, wrong.replace("many", "1000"))

    assert Order.objects.count() == 3
    assert [o.order_id for o in second.outcomes[:2]] == [o.order_id for o in first.outcomes[:2]]
    assert Customer.objects.get(pk=buyer.pk).balance == Decimal("99.7")


@pytest.mark.django_db(transaction=True)
def test_a15_the_same_form_sent_ten_times_at_once_is_placed_once():
    buyer, service = make.customer(), make.service(rate="0.1")

    results = together([lambda: _place(buyer, _lines(service, 5)) for _ in range(10)])

    assert len({tuple(o.order_id for o in done.outcomes) for done in results}) == 1
    assert Order.objects.count() == 5


def test_a15_another_form_is_another_purchase():
    buyer, service = make.customer(), make.service(rate="0.1")
    _place(buyer, _lines(service, 2))
    _place(buyer, _lines(service, 2), form="2")

    assert Order.objects.count() == 4


def test_a_line_that_took_another_ones_number_is_refused_not_repeated():
    buyer, service = make.customer(), make.service(rate="0.1")
    rows = _lines(service, 3).split("\n")
    _place(buyer, "\n".join(rows))

    done = _place(buyer, "\n".join(rows[1:]))

    assert all("another order" in o.problem for o in done.outcomes)
    assert Order.objects.count() == 3


def test_a_dry_run_prices_every_line_and_places_none():
    buyer, service = make.customer(), make.service(rate="1.2")
    text = f"{_lines(service, 2)}\n999999 | x | 5\nnonsense"

    dry = placing.quote_many(buyer.pk, placing.read_mass(text), now=make.NOW)

    assert dry.total == Decimal("2.4")
    assert [bool(o.problem) for o in dry.outcomes] == [False, False, True, True]
    assert not Order.objects.exists()


def test_inputs_follow_the_service_in_the_order_of_the_table():
    buyer = make.customer()
    comments = make.service(type="Custom Comments", listed_min=1)
    package, seo = make.service(type="Package"), make.service(type="SEO")
    subscription = make.service(type="Subscriptions")

    done = _place(
        buyer,
        f"{comments.pk}|https://example.com/a|nice\\nreally | nice\n"
        f"{package.pk}|https://example.com/b\n"
        f"{seo.pk} | https://example.com/c | 100 | one\\ntwo\n"
        f"{subscription.pk} | someone | 100 | 200 | 5",
    )

    assert [o.problem for o in done.outcomes] == [""] * 4
    placed = {o.service_id: o.inputs for o in Order.objects.all()}
    assert placed[comments.pk]["comments"] == "nice\nreally | nice"
    assert placed[package.pk] == {"link": "https://example.com/b"}
    assert placed[seo.pk]["keywords"] == "one\ntwo"
    assert placed[subscription.pk] == {
        "username": "someone",
        "min": "100",
        "max": "200",
        "delay": "5",
    }


def test_lines_beyond_the_limit_are_told_so(monkeypatch):
    monkeypatch.setattr(mass, "LINES_MAX", 2)
    done = _place(make.customer(), _lines(make.service(rate="0.1"), 3))

    assert ["At most 2" in o.problem for o in done.outcomes] == [False, False, True]
    assert Order.objects.count() == 2


def test_empty_lines_count_as_numbers_and_as_nothing_else():
    read = placing.read_mass("\n\r\n 1|a|2 \r\r\n| |\n x | a | 2\n٣|a|2")

    assert [(line.number, line.service_id) for line in read if not line.problem] == [(3, 1)]
    assert [line.number for line in read if line.problem] == [5, 6, 7]


def test_an_empty_purse_refuses_what_it_cannot_pay_and_places_the_rest():
    buyer = make.customer(balance="1")
    dear, cheap = make.service(rate="5"), make.service(rate="0.5")

    done = _place(
        buyer, f"{dear.pk}|https://example.com/1|1000\n{cheap.pk}|https://example.com/2|1000"
    )

    assert [bool(o.order_id) for o in done.outcomes] == [False, True]
    assert Customer.objects.get(pk=buyer.pk).balance == Decimal("0.5")
