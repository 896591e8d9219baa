"""What staff see when they try the rules, and the ready lists that fill in many at once."""

import pytest
from django.urls import reverse

from orders import policing
from orders.models import PolicyRule
from orders.policing import READY_LISTS
from orders.policy import Kind
from panel.clock import database_now
from panel.models import AuditEntry
from tests import make

pytestmark = pytest.mark.django_db
NESTED = "https://go.example/?to=https%3A%2F%2Fm.blocked.example%2Fp"


def rule(kind=Kind.HOST, value="blocked.example", **columns):
    return policing.add_rule({"kind": kind, "value": value, **columns})


def tried(client, **sent):
    return client.post(reverse("staff_try_policy"), sent)


def test_the_answer_names_the_rule_and_the_piece_that_met_it(as_support):
    made = rule()

    page = tried(as_support, link=NESTED)

    assert (page.context["rule"], page.context["hit"].piece) == (made, "m.blocked.example")
    assert "m.blocked.example</code>" in page.content.decode()


def test_all_rules_that_refuse_are_named_the_first_one_answers(as_support):
    first, second = rule(Kind.WORD, "casino", message="No games."), rule()

    page = tried(as_support, link=NESTED, text="my c-a-s-i-n-o").context

    assert (page["rule"], page["hit"].piece, page["said"]) == (first, "c-a-s-i-n-o", "No games.")
    assert [(hit.piece, found) for hit, found in page["others"]] == [("m.blocked.example", second)]


def test_the_websites_that_a_link_leads_to_are_listed_refused_or_not(as_support):
    page = tried(as_support, link=NESTED)

    assert page.context["hosts"] == ["go.example", "m.blocked.example"]
    assert "hit" not in page.context


def test_a_list_of_hits_is_bounded(as_owner, monkeypatch):
    monkeypatch.setattr("panel.backoffice.policy.trying.SHOWN_MAX", 2)
    policing.add_many(Kind.WORD, ["one", "two", "three"], {})

    assert len(tried(as_owner, text="one two three").context["others"]) == 1


def test_looking_back_says_for_which_piece_an_order_would_have_been_refused(as_owner):
    make.placed(now=database_now(), link=NESTED)
    sent = {"kind": "host", "value": "blocked.example", "is_active": "on", "look": "1"}

    page = as_owner.post(reverse("staff_new_rule"), sent)

    assert [one.piece for one in page.context["seen"].sighted] == ["m.blocked.example"]
    assert "m.blocked.example</code>" in page.content.decode()


def test_a_ready_list_fills_in_the_form_and_becomes_ordinary_rules(as_support):
    ready = READY_LISTS["shorteners"]
    address = reverse("staff_paste_rules")

    page = as_support.get(address, {"list": "shorteners"})
    filled = page.context["form"].initial
    assert not PolicyRule.objects.exists()
    as_support.post(f"{address}?list=shorteners", filled)

    made = PolicyRule.objects.values_list("kind", "value", "note", "is_active")
    assert sorted(made) == [("host", v, "Link shorteners", True) for v in ready.values]
    assert AuditEntry.objects.get().action == "policy.paste"


def test_a_ready_list_adds_what_is_missing_and_leaves_the_others_as_they_are(as_support):
    kept = rule(value="bit.ly", message="Give us the whole link.")
    values = "\n".join(READY_LISTS["shorteners"].values)

    as_support.post(reverse("staff_paste_rules"), {"kind": "host", "lines": values})

    kept.refresh_from_db()
    assert kept.message == "Give us the whole link."
    assert PolicyRule.objects.count() == len(READY_LISTS["shorteners"].values)


def test_an_unknown_list_fills_in_nothing(as_support):
    page = as_support.get(reverse("staff_paste_rules"), {"list": "everything"})

    assert (page.status_code, page.context["form"].initial) == (200, {})


def test_the_lines_that_a_list_filled_in_are_counted(as_support):
    page = as_support.get(reverse("staff_paste_rules"), {"list": "shorteners"})

    assert page.context["filled"] == len(READY_LISTS["shorteners"].values)


def test_all_rules_that_were_found_are_switched_at_once_with_one_line_in_the_trail(as_support):
    for value in ("a.example", "b.example"):
        rule(value=value, note="Link shorteners")
    rule(value="off.example", note="Link shorteners", is_active=False)
    kept = rule(value="kept.example")
    address = f"{reverse('staff_policy')}?q=shorteners"

    as_support.post(address, {"to": "off"})

    entry = AuditEntry.objects.get()
    assert list(PolicyRule.objects.filter(is_active=True)) == [kept]
    assert (entry.action, entry.new["values"]) == (
        "policy.switch",
        ["host a.example", "host b.example"],
    )
    as_support.post(address, {"to": "on"})
    assert PolicyRule.objects.filter(is_active=True).count() == 4


def test_without_a_filter_nothing_is_switched(as_owner):
    rule()

    page = as_owner.post(reverse("staff_policy"), {"to": "off"})

    assert (page.status_code, page.context["found"]) == (200, None)
    assert PolicyRule.objects.get().is_active
    assert not AuditEntry.objects.exists()


def test_switching_what_is_so_already_leaves_no_trace(as_owner):
    rule()

    as_owner.post(f"{reverse('staff_policy')}?kind=host", {"to": "on"})

    assert not AuditEntry.objects.exists()
