import io

import pytest
from django.core.management import CommandError, call_command

from orders.models import CatalogueSync, Service
from providers.models import Offer

pytestmark = pytest.mark.django_db


def said(*words):
    out = io.StringIO()
    call_command("sync", *map(str, words), stdout=out)
    return out.getvalue()


def test_the_command_syncs_all_active_providers(prices):
    prices.fill(3)
    prices.serve(list(prices.rows.values()))

    assert "applied" in said("run")
    assert Service.objects.count() == 3


def test_the_command_shows_what_a_sync_would_change(prices):
    prices.fill(4)
    prices.sync()
    prices.add("1", rate="2.00")
    prices.serve(list(prices.rows.values()))

    text = said("preview", prices.provider.pk)

    assert f"service {prices.service().pk}: 1.20000 → 2.40000" in text
    assert "changed 1" in text


def test_the_command_applies_a_refused_list_and_undoes_it(prices):
    prices.fill(4)
    prices.sync()
    for number in "123":
        prices.rows.pop(number)
    refused = prices.sync()

    assert "3 of 4" in said("apply-anyway", refused.pk)
    assert Offer.objects.filter(is_gone=True).count() == 3
    assert "undone" in said("undo", CatalogueSync.objects.latest("pk").pk)
    assert not Offer.objects.filter(is_gone=True).exists()


def test_the_command_imports_chosen_offers(prices):
    prices.replan(choice="nothing")
    prices.fill(3)
    prices.sync()

    text = said("import", prices.provider.pk, "--service", "2", "--service", "77", "--active")

    assert "1 services imported" in text
    assert "77 left out: unknown" in text
    assert prices.service("2").is_active


@pytest.mark.parametrize("words", [("undo", 1), ("preview", 999), ("run", 999)])
def test_the_command_says_plainly_what_does_not_exist(words, db):
    with pytest.raises(CommandError):
        said(*words)
