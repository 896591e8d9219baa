"""The operator's rules in force: refused at one way in, refused at every one."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from orders import placing, policing, rulebook
from orders.models import Customer, LedgerEntry, Order, PolicyEdition, PolicyRule, PolicyTally
from orders.order_types import ORDER_TYPES
from orders.policy import Kind
from tests import make
from tests.panel.api.test_adding import SENT

pytestmark = pytest.mark.django_db
BAD = "https://m.Blocked.example/p/1"


@pytest.fixture
def buyer():
    return make.customer()


def rule(kind=Kind.HOST, value="blocked.example", **columns):
    return policing.add_rule({"kind": kind, "value": value, **columns})


def place(buyer, service, **raw):
    raw = {"link": BAD, "quantity": "1000", **raw}
    return placing.place_order(customer_id=buyer.pk, service_id=service.pk, raw=raw, now=make.NOW)


def refusal(buyer, service, **raw):
    with pytest.raises(placing.RefusedByPolicy) as caught:
        place(buyer, service, **raw)
    return caught.value


def test_a_refused_order_leaves_neither_order_nor_charge(buyer):
    rule()

    said = refusal(buyer, make.service())

    assert (str(said), said.field) == ("Orders for this link are not accepted here.", "link")
    assert not Order.objects.exists()
    assert not LedgerEntry.objects.filter(kind="charge").exists()
    assert Customer.objects.get(pk=buyer.pk).balance == 100


def test_the_operators_own_message_is_what_the_customer_reads(buyer):
    rule(message="We do not promote this site.")

    assert str(refusal(buyer, make.service())) == "We do not promote this site."


def test_the_usual_message_speaks_the_language_of_the_reader(buyer):
    rule(Kind.SERVICE, service_id=(service := make.service()).pk)

    with translation.override("de"):
        assert str(refusal(buyer, service)) == translation.gettext(
            "This service cannot be ordered at the moment."
        )


@pytest.mark.parametrize("title", ORDER_TYPES)
def test_every_input_that_takes_words_is_looked_at_for_every_type(buyer, title):
    order_type = ORDER_TYPES[title]
    service = make.service(type=title, listed_min=1, listed_dripfeed=True)
    rule(Kind.WORD, "forbidden")
    sent = {name: str(value) for name, value in SENT[title][0].items()}
    kinds = ("link", "text", "lines")
    worded = [i.name for i in order_type.inputs if i.kind in kinds and i.name in sent]

    assert worded
    for name in worded:
        said = refusal(buyer, service, **(sent | {name: f"{sent[name]}/forbidden"}))
        assert said.field == name


def test_a_drip_feed_is_refused_as_any_order_is(buyer):
    rule()
    service = make.service(listed_dripfeed=True)

    assert refusal(buyer, service, runs="3", interval="60").field == "link"


def test_a_subscription_is_refused_by_the_name_that_it_follows(buyer):
    rule(Kind.HOST, "blocked.example")
    service = make.service(type="Subscriptions")
    sent = {"username": "blocked.example/someone", "min": "10", "max": "50", "delay": "0"}

    assert refusal(buyer, service, **sent).field == "username"


def test_a_rule_for_a_service_or_category_lets_others_be_ordered(buyer):
    service, other = make.service(), make.service()
    rule(Kind.SERVICE, service_id=service.pk)
    rule(Kind.CATEGORY, category_id=make.category().pk)

    assert refusal(buyer, service).field == "service"
    assert place(buyer, other).order_id


def test_a_list_is_refused_line_by_line_in_the_dry_run_and_when_it_is_placed(buyer):
    service = make.service()
    rule(message="Not here.")
    lines = placing.read_mass(
        f"{service.pk} | {BAD} | 1000\n{service.pk} | https://fine.example | 1000"
    )

    dry = placing.quote_many(buyer.pk, lines, now=make.NOW)
    done = placing.place_many(buyer.pk, lines, token="1", now=make.NOW)

    assert [o.problem for o in dry.outcomes] == ["Not here.", ""]
    assert [o.problem for o in done.outcomes] == ["Not here.", ""]
    assert Order.objects.get().link == "https://fine.example"


def test_what_was_placed_before_the_rule_is_still_answered_by_its_key(buyer):
    service, raw = make.service(), {"link": BAD, "quantity": "1000"}
    order = {"customer_id": buyer.pk, "service_id": service.pk, "raw": raw, "now": make.NOW}
    first = placing.place_order(**order, idempotency_key="k")
    rule()

    again = placing.place_order(**order, idempotency_key="k")

    assert (again.order_id, again.is_replay) == (first.order_id, True)


def test_a_rule_that_is_switched_off_or_changed_counts_from_the_next_order_on(buyer):
    service, made = make.service(), rule()
    refusal(buyer, service)

    policing.edit_rule(made.pk, {"is_active": False})
    assert place(buyer, service).order_id
    policing.edit_rule(made.pk, {"is_active": True})
    refusal(buyer, service)
    policing.edit_rule(made.pk, {"value": "other.example"})
    assert place(buyer, service).order_id


def test_rules_cost_an_order_no_further_look_at_the_database(buyer):
    service = make.service()
    with CaptureQueriesContext(connection) as without:
        place(buyer, service, link="https://fine.example/1")
    rule()
    place(buyer, service, link="https://fine.example/2")  # this one compiles the rules

    with CaptureQueriesContext(connection) as with_rules:
        place(buyer, service, link="https://fine.example/3")

    assert len(with_rules) == len(without)


def test_a_rule_that_was_rolled_back_is_not_remembered(buyer):
    service = make.service()
    rule(value="first.example")
    with transaction.atomic():
        rule()
        refusal(buyer, service)
        transaction.set_rollback(True)

    assert place(buyer, service).order_id


def test_the_database_renews_the_mark_whoever_changes_a_rule():
    made = rule()
    marks = {PolicyEdition.objects.get().mark}
    for change in (
        lambda: PolicyRule.objects.filter(pk=made.pk).update(value="x.example"),
        lambda: PolicyRule.objects.filter(pk=made.pk).delete(),
        lambda: PolicyRule.objects.create(kind=Kind.WORD, value="word"),
    ):
        change()
        marks.add(PolicyEdition.objects.get().mark)

    assert len(marks) == 4


def test_refusals_are_counted_by_day_and_orders_that_pass_write_nothing(buyer):
    service, made = make.service(), rule()
    placing_again = {"customer_id": buyer.pk, "service_id": service.pk}
    raw = {"link": BAD, "quantity": "1000"}
    for day in (0, 0, 1):
        with pytest.raises(placing.RefusedByPolicy):
            placing.place_order(**placing_again, raw=raw, now=make.NOW + timedelta(days=day))
    with pytest.raises(placing.RefusedByPolicy):
        placing.quote(**placing_again, raw=raw, now=make.NOW)
    place(buyer, service, link="https://fine.example")

    assert list(PolicyTally.objects.order_by("day").values_list("rule", "day", "refused")) == [
        (made.pk, date(2026, 3, 1), 2),
        (made.pk, date(2026, 3, 2), 1),
    ]


def test_values_are_kept_as_they_are_compared_and_only_once():
    made = rule(value="HTTPS://www.Blocked.example/")

    assert made.value == "blocked.example"
    with pytest.raises(policing.RuleRefused, match="already"):
        rule(value="blocked.example")
    assert rule(service_id=make.service().pk).pk != made.pk


def test_many_words_are_pasted_at_once_and_the_known_ones_stay_one():
    rule(Kind.WORD, "casino")

    pasted = policing.add_many(Kind.WORD, ["Casino", "Poker", "poker", "!", "free  money"], {})

    assert pasted.added == ["poker", "free money"]
    assert pasted.known == 1
    assert [line for line, _why in pasted.unusable] == ["!"]
    assert list(PolicyRule.objects.values_list("value", flat=True)) == [
        "casino", "poker", "free money",
    ]  # fmt: skip


def test_there_is_room_for_so_many_rules_and_no_more(monkeypatch):
    monkeypatch.setattr(policing.writing, "RULES_MAX", 2)
    monkeypatch.setattr(policing.writing, "PASTED_MAX", 3)

    with pytest.raises(policing.RuleRefused, match="At most 2 rules"):
        policing.add_many(Kind.WORD, ["one", "two", "three"], {})
    with pytest.raises(policing.RuleRefused, match="At most 3 lines"):
        policing.add_many(Kind.WORD, ["one"] * 4, {})
    assert not PolicyRule.objects.exists()


def test_rules_are_put_before_others_and_the_first_one_answers(buyer):
    first, second = rule(message="first"), rule(Kind.LINK_PART, "blocked", message="second")
    assert str(refusal(buyer, make.service())) == "first"

    policing.move_rule(second.pk, before_id=first.pk)

    assert str(refusal(buyer, make.service())) == "second"


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"kind": "service"}, "policy_rule_fits_kind"),
        ({"kind": "host"}, "policy_rule_fits_kind"),
        ({"kind": "host", "value": "x.example", "both": True}, "policy_rule_one_scope"),
    ],
)
def test_the_database_refuses_a_rule_that_makes_no_sense(columns, constraint):
    service = make.service()
    if columns.pop("both", False):
        columns |= {"service": service, "category": service.category}

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        PolicyRule.objects.create(**columns)


def test_the_compiled_rules_are_kept_until_the_mark_changes():
    rule()
    mark = PolicyEdition.objects.get().mark

    assert rulebook.rulebook_of(mark) is rulebook.rulebook_of(mark)
