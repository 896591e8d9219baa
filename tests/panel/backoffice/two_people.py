"""Two people and much money: what tests of the second person's word have in common."""

import uuid

from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from panel.backoffice.access import Staff
from panel.backoffice.approvals import deciding
from panel.backoffice.rights import rights_of
from tests.panel.backoffice.conftest import log_in


def decide(user, name, row, **sent):
    return log_in(user).post(reverse(f"staff_approval_{name}", args=[row.pk]), sent, follow=True)


def staff_of(user):
    return Staff(user, rights_of(user))


def confirmed_by(user, row):
    request, now = RequestFactory().post("/"), timezone.now()
    return lambda: deciding.confirm(request, staff_of(user), row.pk, now=now)


def give(user, customer, amount, *, way="give", **sent):
    """The confirmed form of the customer's page."""
    sent = {"token": str(uuid.uuid4()), "reason": "Goodwill", "confirmed": "1"} | sent
    address = reverse("staff_funds", args=[customer.pk])
    return log_in(user).post(address, {"way": way, "amount": amount} | sent, follow=True)


def set_terms(user, customer, limit, **sent):
    form = {"discount": "0", "credit_limit": limit, "token": str(uuid.uuid4())} | sent
    address = reverse("staff_terms", args=[customer.pk])
    return log_in(user).post(address, form, follow=True)


def make_vouchers(user, *, count="3", amount="5", **sent):
    form = {"title": "Fair", "amount": amount, "count": count, "token": str(uuid.uuid4())} | sent
    return log_in(user).post(reverse("staff_new_vouchers"), form)


def make_promo(user, code="LAUNCH-1", **changes):
    form = {"title": "Launch", "code": code, "fixed": "10", "uses_max": "10"}
    form |= {"uses_per_customer_max": "1"} | changes
    return log_in(user).post(reverse("staff_new_promo"), form)
