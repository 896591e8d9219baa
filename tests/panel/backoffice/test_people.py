"""The staff and what is written down about them."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from panel.backoffice.rights import TITLES, Right
from panel.models import AuditEntry, User
from tests import make
from tests.panel.backoffice.conftest import log_in, person

pytestmark = pytest.mark.django_db


def change(client, user, role):
    return client.post(reverse("staff_change_role", args=[user.pk]), {"role": role}, follow=True)


def test_someone_new_is_taken_in_with_a_role_and_without_a_password(as_owner, owner):
    sent = {"email": "New@Example.com", "role": "support"}

    as_owner.post(reverse("staff_take_in"), sent)

    new = User.objects.get(email="new@example.com")
    assert (new.is_staff, new.role, new.has_usable_password()) == (True, "support", False)
    entry = AuditEntry.objects.get()
    assert (entry.user, entry.action, entry.subject_id) == (owner, "staff.take_in", new.pk)
    assert entry.address == "127.0.0.1"


def test_a_customer_never_becomes_staff(as_owner):
    customer = make.user(customer=make.customer(balance="0"))

    as_owner.post(reverse("staff_take_in"), {"email": customer.email, "role": "owner"})

    customer.refresh_from_db()
    assert not customer.is_staff
    assert not AuditEntry.objects.exists()


def test_a_change_of_role_is_written_down_with_both_values(as_owner):
    helper = person("support")

    change(as_owner, helper, "finance")

    entry = AuditEntry.objects.get()
    assert (entry.old["role"], entry.new["role"]) == ("support", "finance")


def test_someone_off_the_staff_is_let_in_no_more(as_owner):
    helper = person("finance")
    client = log_in(helper)

    change(as_owner, helper, "")

    assert client.get(reverse("staff_audit")).status_code == 403


def test_nobody_changes_their_own_role(as_owner, owner):
    change(as_owner, owner, "")

    owner.refresh_from_db()
    assert (owner.role, owner.is_staff) == ("owner", True)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE panel_auditentry SET actor = 'nobody'",
        "DELETE FROM panel_auditentry",
        "TRUNCATE panel_auditentry",
    ],
)
def test_the_database_refuses_every_change_of_the_trail(as_owner, statement):
    change(as_owner, person("support"), "finance")
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        connection.cursor().execute(statement)

    assert AuditEntry.objects.count() == 1


def test_the_trail_is_narrowed_by_person_and_subject(as_owner, owner):
    change(as_owner, person("support"), "finance")

    page = as_owner.get(reverse("staff_audit"), {"person": owner.pk, "subject": "staff"})
    empty = as_owner.get(reverse("staff_audit"), {"subject": "order"})

    assert b"staff.change_role" in page.content
    assert b"staff.change_role" not in empty.content


def test_the_trail_asks_no_more_of_the_database_when_there_is_more(
    as_owner, django_assert_max_num_queries
):
    helper = person("support")
    change(as_owner, helper, "finance")
    with django_assert_max_num_queries(14) as few:
        as_owner.get(reverse("staff_audit"))
    asked = len(few)
    for role in ["support", "finance"] * 10:
        change(as_owner, helper, role)
    with django_assert_max_num_queries(asked):
        as_owner.get(reverse("staff_audit"))


def test_every_right_is_told_in_words(as_owner):
    page = as_owner.get(reverse("staff_people")).content.decode()

    assert set(TITLES) == set(Right)
    assert "answer what needs a person" in page
