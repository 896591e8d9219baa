"""A customer writes a list of orders, sees what it costs, orders it once, and mends the rest."""

import re
from decimal import Decimal
from uuid import UUID

import pytest
from django.urls import reverse

from orders import placing
from orders.models import Customer, MassOrder, Order
from panel import tasks
from panel.dashboard import mass as page
from panel.models import Heartbeat
from tests import make

pytestmark = pytest.mark.django_db
MASS = "/dashboard/mass/"
TOKEN = "00000000-0000-4000-8000-000000000001"


@pytest.fixture(autouse=True)
def nudged(monkeypatch):
    told: list[int | None] = []
    monkeypatch.setattr(page, "forward_soon", told.append)
    return told


def written(service, count):
    return "\r\n".join(f"{service.pk} | https://example.com/{n} | 1000" for n in range(count))


def check(client, text, token=TOKEN):
    return client.post(MASS, {"lines": text, "token": token})


def order(client, checked):
    return client.post(f"{checked['Location']}order/", follow=True)


def test_the_list_is_checked_before_anything_is_ordered(as_ann, ann):
    service = make.service(rate="1.2")

    checked = check(as_ann, f"{written(service, 2)}\nnonsense | x")
    shown = as_ann.get(checked["Location"]).content.decode()

    assert "$2.40" in shown
    assert "Write: service | link | quantity" in shown
    assert "1 line cannot be ordered" in shown
    assert re.search(r"Order 2 lines</button>", shown)
    assert not Order.objects.exists()


def test_a_short_list_is_ordered_at_once_and_leaves_soon(as_ann, ann, nudged):
    provider = make.provider()
    service = make.service(rate="1.2", offers=[make.offer(provider)])

    done = order(as_ann, check(as_ann, written(service, 3))).content.decode()

    assert "3 orders are placed" in done
    assert "$3.60" in done
    ids = list(Order.objects.order_by("pk").values_list("pk", flat=True))
    assert ", ".join(map(str, ids)) in done
    assert nudged == [provider.pk]
    assert set(Order.objects.values_list("origin", flat=True)) == {"mass"}


def test_a_long_list_goes_on_in_the_background_and_shows_how_far_it_is(
    as_ann, ann, settings, monkeypatch
):
    monkeypatch.setattr(page, "AT_ONCE_MAX", 5)
    service = make.service(rate="0.1")

    checked = check(as_ann, written(service, 120))
    shown = order(as_ann, checked).content.decode()
    path = checked["Location"]
    assert "0 of 120 lines" in shown
    assert 'hx-trigger="every 1s"' in shown
    assert not Order.objects.exists()

    placing.place_slice(MassOrder.objects.get().pk, now=make.NOW)
    part = as_ann.get(f"{path}?part=1").content.decode()
    assert "100 of 120 lines" in part
    assert 'aria-valuenow="83"' in part
    assert "<html" not in part

    tasks.place_mass_order.apply([MassOrder.objects.get().pk], throw=True)
    part = as_ann.get(f"{path}?part=1").content.decode()
    assert "120 orders are placed" in part
    assert "hx-trigger" not in part
    assert Customer.objects.get(pk=ann.pk).balance == Decimal(88)


def test_the_clock_starts_every_list_that_waits(ann, monkeypatch):
    started = []
    monkeypatch.setattr(tasks.place_mass_order, "apply_async", lambda ids, **_: started.append(ids))
    kept = placing.draft_mass(ann.pk, written(make.service(), 1), token=UUID(TOKEN), now=make.NOW)
    placing.start_mass(kept.pk, customer_id=ann.pk, language="en", now=make.NOW)

    tasks.place_mass_orders.apply(throw=True)

    assert started == [[kept.pk]]
    beat = Heartbeat.objects.get(job="place_mass_orders")
    assert (beat.done, beat.backlog) == (1, 1)


def test_a15_a_double_click_and_the_back_button_order_nothing_twice(as_ann, ann):
    text = written(make.service(rate="0.1"), 4)
    checked = check(as_ann, text)
    order(as_ann, checked)
    order(as_ann, checked)

    again = check(as_ann, text)
    shown = as_ann.get(again["Location"]).content.decode()

    assert again["Location"] == checked["Location"]
    assert "4 orders are placed" in shown
    assert Order.objects.count() == 4


def test_a15_the_form_of_an_ordered_list_asks_again_for_other_lines(as_ann, ann):
    service = make.service(rate="0.1")
    order(as_ann, check(as_ann, written(service, 2)))

    answer = check(as_ann, written(service, 3))

    assert "This form was ordered before" in answer.content.decode()
    assert answer.context["written"].token != TOKEN
    assert Order.objects.count() == 2


def test_a15_a_list_that_was_ordered_before_is_pointed_out(as_ann, as_bob, ann):
    text = written(make.service(rate="0.1"), 2)
    first = check(as_ann, text)
    assert "exactly these lines" not in as_ann.get(first["Location"]).content.decode()
    order(as_ann, first)

    again = check(as_ann, text, token=TOKEN.replace("1", "2"))
    foreign = check(as_bob, text)

    shown = as_ann.get(again["Location"]).content.decode()
    assert "You ordered exactly these lines before" in shown
    assert f'href="{first["Location"]}"' in shown
    assert "exactly these lines" not in as_bob.get(foreign["Location"]).content.decode()


def test_a_draft_can_be_changed_and_stays_the_same_list(as_ann, ann):
    service = make.service(rate="0.1")
    checked = check(as_ann, written(service, 2))
    draft = MassOrder.objects.get()

    form = as_ann.get(MASS, {"draft": draft.pk}).context["written"]
    assert form.text.splitlines() == written(service, 2).splitlines()
    assert form.token == TOKEN
    assert check(as_ann, written(service, 1))["Location"] == checked["Location"]
    assert MassOrder.objects.get().lines.count() == 1


def test_what_was_left_over_can_be_mended_as_a_new_list(as_ann, ann):
    service = make.service(rate="0.1")
    text = f"{written(service, 1)}\n{service.pk} | https://example.com/x | 5"
    done = order(as_ann, check(as_ann, text))
    mass = MassOrder.objects.get()

    assert f"?rest={mass.pk}" in done.content.decode()
    form = as_ann.get(MASS, {"rest": mass.pk}).context["written"]
    assert form.text == f"{service.pk} | https://example.com/x | 5"
    assert form.token != TOKEN


def test_a_balance_that_falls_short_is_said_before(as_ann, ann):
    checked = check(as_ann, written(make.service(rate="60"), 2))

    shown = as_ann.get(checked["Location"]).content.decode()

    assert "Your balance is $20.00 short" in shown
    done = order(as_ann, checked).content.decode()
    assert "1 order is placed" in done
    assert "1 line was not ordered" in done


def test_an_empty_list_is_explained_beside_the_field(as_ann, ann):
    shown = check(as_ann, "  ").content.decode()

    assert "Write at least one line." in shown
    assert 'aria-invalid="true"' in shown


def test_a_form_without_its_mark_is_refused(as_ann):
    assert check(as_ann, "1|a|1", token="none").status_code == 404


def test_s1_another_customers_list_is_neither_shown_nor_ordered(as_ann, as_bob, ann):
    service = make.service()
    checked = check(as_ann, f"{service.pk} | https://example.com/secret-of-ann | 10")
    path, pk = checked["Location"], MassOrder.objects.get().pk

    assert as_bob.get(path).status_code == 404
    assert as_bob.post(f"{path}order/").status_code == 404
    for query in ({"draft": pk}, {"rest": pk}):
        assert "secret-of-ann" not in as_bob.get(MASS, query).content.decode()
    assert MassOrder.objects.get().state == "draft"


def test_s3_a_line_is_shown_as_text(as_ann, ann):
    checked = check(as_ann, "<script>alert(1)</script> | x | 1")

    assert "<script>alert" not in as_ann.get(checked["Location"]).content.decode()


def test_a_list_of_thousands_asks_no_more_of_the_database(
    as_ann, ann, django_assert_max_num_queries
):
    service = make.service(rate="0.001")
    small = check(as_ann, written(service, 3))
    large = check(as_ann, written(service, 2_000), token=TOKEN.replace("1", "2"))
    with django_assert_max_num_queries(10) as few:
        as_ann.get(small["Location"])
    with django_assert_max_num_queries(len(few.captured_queries)):
        page_of_many = as_ann.get(large["Location"])
    assert len(page_of_many.content) < 120_000
    assert reverse("mass") == MASS
