"""Copies of services, the order of headings, and new rates after a provider raised its prices."""

from decimal import Decimal

import pytest
from django.urls import reverse

from orders import catalogue
from orders.models import CatalogueSync, Category, ImportPlan, Service
from panel.clock import database_now
from panel.models import AuditEntry
from providers.models import Offer
from tests import make
from tests.panel.backoffice.test_services import apply, post, said

pytestmark = pytest.mark.django_db


def rise_of(offers, *, to):
    """A reading of the provider's list that makes these cost ``to``, with what was there before."""
    began = database_now()
    kept = [{"id": offer.pk, "facts": {"cost": str(offer.cost)}} for offer in offers]
    Offer.objects.filter(pk__in=[offer.pk for offer in offers]).update(cost=to)
    provider_id = offers[0].provider_id
    catalogue.reprice(provider_id=provider_id, now=database_now())
    return CatalogueSync.objects.create(
        provider_id=provider_id, at=began, outcome="applied", undo={"offers": kept}
    )


@pytest.fixture
def risen(db):
    """A reading that made everything a fifth dearer: one follows by markup, one rate is fixed."""
    provider = make.provider()
    ImportPlan.objects.create(provider=provider, markup_percent=Decimal(20))
    offers = [make.offer(provider, cost=Decimal(1), upstream_id=str(n)) for n in (1, 2)]
    follows, fixed = [make.service(rate="1.2", offers=[offer]) for offer in offers]
    Service.objects.filter(pk=fixed.pk).update(own_rate=Decimal("1.1"))
    return rise_of(offers, to=Decimal("1.2")), follows, fixed


def test_a_copy_has_the_same_sources_and_terms_and_is_off(as_owner):
    provider = make.provider()
    heading = make.category()
    offers = [make.offer(provider), make.offer(make.provider(), cost=Decimal(1))]
    original = make.service(
        offers=offers, category=heading, position=1, markup_percent=Decimal(30), own_min=20
    )
    below = make.service(category=heading, position=2)

    post(as_owner, "staff_duplicate", original.pk)

    copy = Service.objects.exclude(pk__in=[original.pk, below.pk]).get()
    assert (copy.name, copy.is_active) == (f"{original.name} (copy)", False)
    assert (copy.markup_percent, copy.min, copy.type) == (30, 20, original.type)
    assert list(copy.sources.values_list("offer", "rank")) == [(offers[0].pk, 1), (offers[1].pk, 2)]
    assert list(heading.services.order_by("position", "id")) == [original, copy, below]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject_id) == ("service.duplicate", copy.pk)


def test_headings_are_sorted_and_it_is_written_down(as_owner):
    one, two, three = [make.category(position=n) for n in (1, 2, 3)]

    post(as_owner, "staff_move_category", three.pk, before=str(one.pk))
    assert list(Category.objects.all()) == [three, one, two]
    post(as_owner, "staff_move_category", three.pk, before="")

    assert list(Category.objects.all()) == [one, two, three]
    answer = post(as_owner, "staff_move_category", one.pk, before="999999")
    assert "no such category" in said(answer)
    assert AuditEntry.objects.filter(action="category.move").count() == 2


def test_the_page_of_headings_names_where_each_can_go(as_owner, django_assert_max_num_queries):
    headings = [make.category(position=n) for n in range(1, 5)]
    make.service(category=headings[0])

    with django_assert_max_num_queries(12):
        lines = as_owner.get(reverse("staff_categories")).context["lines"]

    assert [(line.above, line.below, line.is_last) for line in lines] == [
        (None, headings[2].pk, False),
        (headings[0].pk, headings[3].pk, False),
        (headings[1].pk, None, False),
        (headings[2].pk, None, True),
    ]


def test_after_a_rise_the_margins_are_shown_and_the_worse_ones_ticked(as_owner, risen):
    rise, follows, fixed = risen

    page = as_owner.get(reverse("staff_costs", args=[rise.pk]))

    assert [row.service for row in page.context["rows"]] == [fixed, follows]
    assert (page.context["worse"], page.context["at_a_loss"]) == (1, 1)
    html = page.content.decode()
    assert f'value="{fixed.pk}" checked' in html
    assert f'value="{follows.pk}" checked' not in html


def test_a_least_margin_raises_fixed_rates_and_lets_the_others_follow(as_owner, risen):
    rise, follows, fixed = risen
    back = reverse("staff_costs", args=[rise.pk])
    sent = {"service": [fixed.pk, follows.pk], "deed": "margin", "percent": "25", "next": back}

    page = as_owner.post(reverse("staff_bulk"), sent)
    after = {row.service.pk: row.edited.after["rate"] for row in page.context["rows"]}
    assert after == {fixed.pk: Decimal("1.5"), follows.pk: Decimal("1.5")}
    fixed.refresh_from_db()
    assert fixed.rate == Decimal("1.1"), "only a preview"
    answer = apply(as_owner, page, reason="they raised theirs")

    assert answer.redirect_chain[-1][0] == back
    for service in (fixed, follows):
        service.refresh_from_db()
        assert (service.rate, service.minimum_margin) == (Decimal("1.5"), 25)
    assert fixed.own_rate == Decimal("1.5")
    assert follows.own_rate is None
    assert AuditEntry.objects.filter(reason="they raised theirs").count() == 2


def test_a_fixed_rate_that_leaves_more_than_asked_is_not_lowered(as_owner, risen):
    _rise, _follows, fixed = risen
    Service.objects.filter(pk=fixed.pk).update(own_rate=Decimal(9))

    page = as_owner.post(
        reverse("staff_bulk"), {"service": [fixed.pk], "deed": "margin", "percent": "25"}
    )
    apply(as_owner, page)

    fixed.refresh_from_db()
    assert fixed.rate == Decimal(9)
