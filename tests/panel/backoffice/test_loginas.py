"""S16: staff look at the dashboard as a customer: marked, recorded, ended in time, no change."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core import serializers
from django.urls import reverse
from django.utils import timezone

from orders.models import Customer
from orders.placing import draft_mass
from panel.api.keys import issue_key
from panel.backoffice.loginas.marks import LOOK_FOR
from panel.models import AuditEntry, User
from tests import make
from tests.browser.addresses import addresses
from tests.panel.backoffice.conftest import log_in, person

pytestmark = pytest.mark.django_db
WRITTEN = (AuditEntry, Session)  # the trail of the look itself


@pytest.fixture
def ann(db):
    made = make.customer(balance="100")
    make.user(customer=made, email="ann@example.com", language="en")
    return made


def begin(client, customer, reason="Cannot find the refill"):
    return client.post(reverse("staff_log_in_as", args=[customer.pk]), {"reason": reason})


@pytest.fixture
def support(db):
    return person("support")


@pytest.fixture
def looking(support, ann):
    client = log_in(support)
    assert begin(client, ann)["Location"] == reverse("new_order")
    return client


def trail():
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def everything():
    """All rows there are, but for the trail of the look itself."""
    kept = [model for model in apps.get_models() if model not in WRITTEN]
    return [serializers.serialize("json", model._default_manager.order_by("pk")) for model in kept]


def who_is_there(client):
    return client.get(reverse("account")).context["user"]


@pytest.fixture
def known(ann):
    """A value for every parameter, each of something that Ann has."""
    order = make.placed(customer=ann)
    text = f"{order.service_id} | https://example.com/a | 10"
    mass = draft_mass(ann.pk, text, token=uuid.uuid4(), now=make.NOW)

    class Known(dict[str, object]):
        def __missing__(self, name):
            return {"slug": "terms", "code": "refund", "uidb36": "1", "key": "none"}.get(name, 1)

        def __contains__(self, name):
            return True

    return Known(
        order_id=order.pk,
        service_id=order.service_id,
        mass_id=mass.pk,
        key_id=issue_key(ann.pk, name="Shop").row.pk,
        customer_id=ann.pk,
        user_id=ann.user.pk,
    )


def test_s16_a_look_begins_with_a_reason_and_stands_in_the_trail(looking, support, ann):
    assert who_is_there(looking) == ann.user
    line = AuditEntry.objects.get()
    assert (line.action, line.user, line.subject_id) == ("customer.look", support, ann.pk)
    assert (line.reason, line.address) == ("Cannot find the refill", "127.0.0.1")
    assert line.new == {"user": "ann@example.com", "minutes": 30}


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_s16_without_a_reason_nothing_begins(support, ann, reason):
    client = log_in(support)

    begin(client, ann, reason)

    assert who_is_there(client) == support
    assert trail() == []


def test_s16_it_is_never_begun_by_a_link(support, ann):
    assert log_in(support).get(reverse("staff_log_in_as", args=[ann.pk])).status_code == 405


@pytest.mark.parametrize(
    "columns", [{"is_active": False}, {"is_staff": True}, {"is_superuser": True}, {"role": "owner"}]
)
def test_s16_nobody_becomes_staff_or_somebody_who_was_switched_off(support, ann, columns):
    User.objects.filter(customer=ann).update(**columns)
    client = log_in(support)

    begin(client, ann)

    assert who_is_there(client) == support
    assert trail() == []


def test_s16_a_look_does_not_lead_on_to_another_customer_or_to_the_staff(looking, ann):
    bob = make.user(customer=make.customer()).customer

    assert begin(looking, bob).status_code == 403
    assert looking.get(reverse("staff_overview")).status_code == 403
    assert who_is_there(looking) == ann.user


def test_s16_only_somebody_who_logged_in_lately_may_look(ann, support, settings):
    settings.STAFF_FRESH_S = 0

    assert begin(log_in(support), ann)["Location"].startswith(reverse("account_reauthenticate"))


def test_s16_the_second_factor_of_staff_is_wanted_before_and_after(support, ann, settings):
    settings.STAFF_TWO_FACTOR = True
    client = log_in(support)

    assert begin(client, ann)["Location"] == reverse("mfa_index")
    factor = Authenticator.objects.create(user=support, type=Authenticator.Type.TOTP, data={})
    begin(client, ann)
    client.post(reverse("leave_customer"))
    factor.delete()

    assert client.get(reverse("staff_overview"))["Location"] == reverse("mfa_index")


def test_s16_every_page_says_so(looking, known):
    shown = 0
    for one in addresses(known):
        answer = looking.get(one.path)
        is_page = answer["Content-Type"].startswith("text/html") and not answer.streaming
        if is_page and b"<!doctype" in answer.content and answer.status_code != 404:
            assert b"You look as" in answer.content, one
            assert reverse("leave_customer").encode() in answer.content, one
            shown += 1
    assert shown > 20


def test_s16_nobody_else_sees_the_mark(as_owner, ann):
    client = log_in(ann.user)

    assert b"You look as" not in client.get(reverse("new_order")).content
    assert b"You look as" not in as_owner.get(reverse("staff_overview")).content


def test_s16_every_address_refuses_what_would_change_something(looking, known, ann):
    before, refused = everything(), 0
    for one in addresses(known):
        if one.name in ("quote", "account_logout", "leave_customer"):
            continue
        for method in ("post", "put", "patch", "delete"):
            answer = getattr(looking, method)(one.path, {"reason": "x", "confirmed": "1"})
            assert answer.status_code == 403, one
            refused += 1

    assert refused > 100
    assert everything() == before
    assert trail().count("customer.look_sent") == refused
    line = AuditEntry.objects.latest("pk")
    assert (line.subject_id, line.new["refused"]) == (ann.pk, True)


def test_s16_a_real_order_key_and_password_are_refused_in_each_role(ann, known):
    for who in ("owner", "support"):
        client = log_in(person(who))
        begin(client, ann)
        before = everything()
        client.post(
            f"{reverse('new_order')}?service={known['service_id']}",
            {"link": "https://example.com/b", "quantity": "10", "token": str(uuid.uuid4())},
        )
        client.post(reverse("keys"), {"name": "Mine", "addresses": ""})
        client.post(reverse("revoke_key", args=[known["key_id"]]))
        client.post(
            reverse("account_change_password"),
            {"oldpassword": "a long password", "password1": "another pw 1", "password2": "x"},
        )
        client.post(reverse("account_email"), {"email": "me@example.com", "action_add": ""})
        client.post(reverse("account"), {"language": "de", "mail_completed": "on"})
        client.post(reverse("set_language"), {"language": "ar"})
        assert everything() == before, who


def test_s16_looking_at_everything_changes_nothing_and_shows_no_secret(looking, known, ann):
    secret = issue_key(ann.pk, name="Other").text
    before = everything()

    for one in addresses(known):
        if one.name != "account_logout":
            answer = looking.get(one.path)
            text = b"".join(answer) if answer.streaming else answer.content
            assert secret.encode() not in text
            if one.name.startswith(("account_", "mfa_", "usersessions_")):
                assert answer.status_code == 403, one

    assert everything() == before


def test_s16_a_price_may_be_asked_for_and_stands_in_the_trail(looking, known):
    answer = looking.post(reverse("quote", args=[known["service_id"]]), {"quantity": "10"})

    assert answer.status_code == 200
    assert AuditEntry.objects.latest("pk").new["refused"] is False


def test_s16_files_want_the_right_to_export(ann, looking):
    owner = log_in(person("owner"))
    begin(owner, ann)

    assert looking.get(reverse("statement_csv")).status_code == 403
    assert owner.get(reverse("statement_csv")).status_code == 200


def test_s16_going_back_ends_it_and_leaves_no_trace_with_the_customer(looking, support, ann):
    answer = looking.post(reverse("leave_customer"))

    assert answer["Location"] == reverse("staff_customer", args=[ann.pk])
    assert who_is_there(looking) == support
    assert looking.get(answer["Location"]).status_code == 200
    assert trail() == ["customer.look", "customer.look_sent", "customer.look_ended"]
    ann.user.refresh_from_db()
    assert ann.user.last_login is None
    assert not UserSession.objects.filter(user=ann.user).exists()
    assert UserSession.objects.filter(user=support).exists()


def test_s16_who_comes_back_is_as_fresh_as_they_went(support, ann, settings):
    client = log_in(support)
    with time_machine.travel(timezone.now() + timedelta(minutes=20)):
        begin(client, ann)
        client.post(reverse("leave_customer"))
        settings.STAFF_FRESH_S = 25 * 60
        begin(client, ann, reason="")
        is_fresh = who_is_there(client) == support
        settings.STAFF_FRESH_S = 15 * 60
        answer = begin(client, ann)

    assert is_fresh
    assert answer["Location"].startswith(reverse("account_reauthenticate"))


def test_s16_the_log_out_ends_both(looking):
    looking.post(reverse("account_logout"))

    assert reverse("account_login") in looking.get(reverse("staff_overview"))["Location"]
    assert reverse("account_login") in looking.get(reverse("new_order"))["Location"]
    assert trail()[-1] == "customer.look_ended"


def test_s16_a_look_ends_by_itself_after_its_time(looking, support, ann):
    with time_machine.travel(timezone.now() + LOOK_FOR + timedelta(seconds=1), tick=False):
        late = looking.post(reverse("quote", args=[1]))
        there = who_is_there(looking)

    assert late["Location"] == reverse("staff_customer", args=[ann.pk])
    assert there == support
    assert trail() == ["customer.look", "customer.look_ended"]


def test_s16_a_part_of_a_page_is_led_away_whole(looking, ann):
    with time_machine.travel(timezone.now() + LOOK_FOR + timedelta(seconds=1), tick=False):
        late = looking.get(reverse("choices"), headers={"HX-Request": "true"})

    assert late["HX-Redirect"] == reverse("staff_customer", args=[ann.pk])


@pytest.mark.parametrize("columns", [{"is_active": False}, {"role": "finance"}, {"password": "x"}])
def test_s16_who_lost_the_right_is_logged_out_at_once(looking, support, columns):
    User.objects.filter(pk=support.pk).update(**columns)

    answer = looking.get(reverse("orders"))

    assert answer["Location"] == reverse("account_login")
    assert reverse("account_login") in looking.get(reverse("orders"))["Location"]


@pytest.mark.parametrize("columns", [{"is_active": False}, {"password": "another"}])
def test_s16_a_customer_who_changes_ends_the_look(looking, support, ann, columns):
    User.objects.filter(customer=ann).update(**columns)

    answer = looking.get(reverse("orders"))

    assert answer["Location"] == reverse("staff_customer", args=[ann.pk])
    assert who_is_there(looking) == support


def test_s16_customers_and_their_programs_notice_nothing(looking, ann):
    key = issue_key(ann.pk, name="Program").text

    answer = looking.post("/api/v2", {"key": key, "action": "balance"})

    assert answer.json()["balance"] == "100"
    assert log_in(ann.user).post(reverse("account"), {"language": "de"}).status_code == 302


def test_s16_a_customer_has_nowhere_to_go_back_to(ann):
    assert log_in(ann.user).post(reverse("leave_customer")).status_code == 404


def test_s16_a_suspended_customer_can_be_looked_at(support, ann):
    Customer.objects.filter(pk=ann.pk).update(status="suspended")

    assert begin(log_in(support), ann)["Location"] == reverse("new_order")


def test_s16_the_form_is_shown_only_to_those_who_may(ann, as_support, as_finance):
    address = reverse("staff_customer", args=[ann.pk])
    form = reverse("staff_log_in_as", args=[ann.pk]).encode()

    assert form in as_support.get(address).content
    assert form not in as_finance.get(address).content
