"""Policy in the back-office: rules written, tried, pasted and counted; and felt at every door."""

import json
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders import policing
from orders.models import Order, PolicyRule, PolicyTally
from orders.policy import Kind
from panel.api.keys import issue_key
from panel.clock import database_now
from panel.models import AuditEntry
from tests import make
from tests.panel.backoffice.conftest import log_in

pytestmark = pytest.mark.django_db
BAD = "https://blocked.example/p/1"
SAID = "We do not promote this site."
TOKEN = "00000000-0000-4000-8000-000000000001"


def rule(kind=Kind.HOST, value="blocked.example", **columns):
    return policing.add_rule({"kind": kind, "value": value, "message": SAID, **columns})


def post(client, name, *ids, **sent):
    return client.post(reverse(name, args=ids), sent, follow=True)


def filled(**changes):
    return {"kind": "host", "value": "blocked.example", "is_active": "on", **changes}


@pytest.fixture
def buyer():
    return make.customer(balance="100")


@pytest.fixture
def at_the_counter(buyer):
    return log_in(make.user(customer=buyer))


def test_the_form_refuses_beside_the_field_before_and_when_it_is_sent(at_the_counter):
    service = make.service()
    rule()
    sent = {"service": service.pk, "link": BAD, "quantity": "1000", "token": TOKEN}

    asked = at_the_counter.post(reverse("quote", args=[service.pk]), sent).content.decode()
    page = at_the_counter.post(reverse("new_order"), sent)
    counter = page.context["counter"]

    assert SAID in asked
    assert counter.form.errors == {"link": [SAID]}
    assert not Order.objects.exists()


def test_a_list_is_refused_in_its_dry_run_and_when_it_is_ordered(at_the_counter):
    service = make.service()
    text = f"{service.pk} | {BAD} | 1000\n{service.pk} | https://fine.example | 1000"
    address = reverse("mass")
    late = at_the_counter.post(address, {"lines": text, "token": TOKEN})
    rule()

    early = at_the_counter.post(address, {"lines": text, "token": TOKEN[:-1] + "2"}, follow=True)
    done = at_the_counter.post(f"{late['Location']}order/", follow=True)

    assert SAID in early.content.decode()
    assert SAID in done.content.decode()
    assert [order.link for order in Order.objects.all()] == ["https://fine.example"]


@pytest.mark.parametrize("as_json", [False, True])
def test_the_protocol_refuses_with_the_same_words(buyer, as_json):
    service, key = make.service(), issue_key(buyer.pk, name="shop").text
    rule()
    call = {"key": key, "action": "add", "service": service.pk, "link": BAD, "quantity": 1000}
    way = (
        {"data": json.dumps(call), "content_type": "application/json"}
        if as_json
        else {"data": call}
    )

    answer = Client().post("/api/v2", **way)

    assert (answer.status_code, answer.json()) == (200, {"error": SAID})
    assert not Order.objects.exists()


def test_a_new_rule_is_in_force_and_written_down(as_support):
    post(as_support, "staff_new_rule", **filled(value="https://www.Blocked.example/x"))

    made = PolicyRule.objects.get()
    entry = AuditEntry.objects.get()
    assert (made.kind, made.value, made.is_active) == ("host", "blocked.example", True)
    assert (entry.action, entry.subject, entry.subject_id) == ("policy.add", "policy", made.pk)
    assert entry.new["value"] == "blocked.example"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"value": "nowhere"}, "value"),
        ({"value": ""}, "value"),
        ({"kind": "word", "value": "x"}, "value"),
        ({"kind": "service"}, "service"),
        ({"kind": "category"}, "category"),
        ({"service": "999999"}, "service"),
        ({"service": "½"}, "service"),
        ({"kind": "everything"}, "kind"),
    ],
)
def test_what_is_no_rule_is_told_beside_its_field(as_owner, changes, field):
    page = post(as_owner, "staff_new_rule", **filled(**changes))

    assert list(page.context["form"].errors) == [field]
    assert not PolicyRule.objects.exists()


def test_a_rule_is_changed_with_both_values_in_the_trail(as_owner):
    made = rule()

    post(as_owner, "staff_rule", made.pk, **filled(value="other.example", message=SAID))

    entry = AuditEntry.objects.get()
    assert (entry.old, entry.new) == ({"value": "blocked.example"}, {"value": "other.example"})


def test_saving_without_a_change_leaves_no_trace(as_owner):
    made = rule()

    post(as_owner, "staff_rule", made.pk, **filled(message=SAID))

    assert not AuditEntry.objects.exists()


def test_a_rule_is_switched_off_and_on_and_moved(as_owner):
    first, second = rule(), rule(value="second.example")

    post(as_owner, "staff_switch_rule", first.pk, to="off")
    post(as_owner, "staff_move_rule", second.pk, before=first.pk)

    assert list(PolicyRule.objects.values_list("pk", "is_active")) == [
        (second.pk, True),
        (first.pk, False),
    ]
    assert [e.action for e in AuditEntry.objects.order_by("pk")] == ["policy.edit", "policy.move"]


def test_many_words_are_pasted_and_what_is_no_word_is_left_to_mend(as_owner):
    rule(Kind.WORD, "casino")

    page = post(as_owner, "staff_paste_rules", kind="word", lines="Casino\r\nPoker\r\n!!\r\n\r\n")

    entry = AuditEntry.objects.get()
    assert page.context["form"].initial["lines"] == "!!"
    assert entry.new == {"kind": "word", "values": ["poker"]}
    assert PolicyRule.objects.count() == 2


def test_the_rules_are_tried_without_counting(as_owner):
    made = rule()

    hit = post(as_owner, "staff_try_policy", link="https://m.BLOCKED.example").context
    none = post(as_owner, "staff_try_policy", link="https://fine.example", text="words").context

    assert (hit["rule"], hit["said"]) == (made, SAID)
    assert "hit" not in none
    assert not PolicyTally.objects.exists()


def test_trying_asks_the_rules_of_a_service_when_it_is_named(as_owner):
    service = make.service()
    rule(Kind.CATEGORY, "", category_id=service.category_id)

    assert "hit" in post(as_owner, "staff_try_policy", service=service.pk).context
    assert "hit" not in post(as_owner, "staff_try_policy", service="").context


def test_a_rule_tells_what_it_would_have_refused_before_it_is_saved(as_owner, buyer):
    now, service = database_now(), make.service(rate="0.1")
    for name in ("blocked", "sub.blocked", "fine"):
        make.placed(customer=buyer, service=service, now=now, link=f"https://{name}.example/1")
    make.placed(customer=buyer, service=service, now=now - timedelta(days=8), link=BAD)

    page = post(as_owner, "staff_new_rule", **filled(look="1"))

    seen = page.context["seen"]
    assert (seen.looked_at, seen.refused, seen.is_cut) == (3, 2, False)
    assert [one.link for one in seen.sighted] == [
        "https://sub.blocked.example/1",
        "https://blocked.example/1",
    ]
    assert not PolicyRule.objects.exists()


def test_looking_back_is_bounded(as_owner, buyer, monkeypatch):
    monkeypatch.setattr(policing.looking_back, "ORDERS_MAX", 2)
    for _ in range(3):
        make.placed(customer=buyer, now=database_now(), link=BAD)

    seen = post(as_owner, "staff_new_rule", **filled(look="1")).context["seen"]

    assert (seen.looked_at, seen.is_cut) == (2, True)


def test_the_list_finds_rules_and_shows_what_they_refused(as_support, buyer):
    made = rule(note="asked by the owner")
    rule(Kind.WORD, "casino")
    PolicyTally.count(made.pk, now=database_now())
    PolicyTally.count(made.pk, now=database_now() - timedelta(days=20))

    def found(**query):
        lines = as_support.get(reverse("staff_policy"), query).context["lines"]
        return [(line.rule.value, line.rule.refused) for line in lines]

    assert found() == [("blocked.example", 1), ("casino", 0)]
    assert found(q="BLOCKED") == found(q="owner") == [("blocked.example", 1)]
    assert found(kind="word") == [("casino", 0)]
    assert found(state="off") == []


def test_pages_of_rules_follow_their_order(as_owner):
    policing.add_many(Kind.WORD, [f"word{n:03}" for n in range(120)], {})
    address, seen = reverse("staff_policy"), []

    while address:
        page = as_owner.get(address)
        seen += [line.rule.value for line in page.context["lines"]]
        following = page.context["next"]
        address = f"{reverse('staff_policy')}?after={following}" if following else ""

    assert seen == [f"word{n:03}" for n in range(120)]


def test_the_list_asks_the_database_as_often_for_many_rules_as_for_few(as_owner):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            as_owner.get(reverse("staff_policy"))
        return len(asked)

    for number in range(2):
        rule(value=f"a{number}.example", service_id=make.service().pk)
    few = queries()
    for number in range(30):
        rule(value=f"b{number}.example", category_id=make.category().pk)

    assert queries() == few


def test_rules_cost_the_hot_path_no_query_and_little_time(buyer):
    service, key = make.service(rate="0.01"), issue_key(buyer.pk, name="shop").text
    policing.add_many(Kind.WORD, [f"word{n:04}" for n in range(500)], {})
    client, calls = Client(), []
    for number in range(2):
        link = f"https://fine.example/{number}"
        call = {"key": key, "action": "add", "service": service.pk, "link": link, "quantity": 10}
        with CaptureQueriesContext(connection) as asked:
            assert "order" in client.post("/api/v2", call).json()
        calls.append([q["sql"] for q in asked if re.search("policyrule", q["sql"])])

    assert [len(sql) for sql in calls] == [1, 0]  # compiled once, then known
    assert Order.objects.filter(charge__gt=Decimal(0)).count() == 2
