"""Adding funds."""

import pytest
from django.urls import reverse

from orders.models import Payment

pytestmark = pytest.mark.django_db


def test_the_demo_method_credits_at_once_in_a_trial(as_ann, ann, settings):
    settings.DEMO_PAYMENTS = True

    answer = as_ann.post(reverse("demo_payment"), {"amount": "12.34"}, follow=True)

    assert "$112.34" in answer.content.decode()
    assert Payment.objects.get(gateway="demo").status == Payment.Status.SETTLED


def test_outside_of_a_trial_nobody_can_credit_themselves(as_ann, settings):
    settings.DEMO_PAYMENTS = False

    assert as_ann.post(reverse("demo_payment"), {"amount": "12"}).status_code == 404
    assert b"Demo payment" not in as_ann.get(reverse("funds")).content
    assert not Payment.objects.filter(gateway="demo").exists()


@pytest.mark.parametrize("amount", ["-5", "0", "0.001", "NaN", "Infinity", "1e9", "٣٤,5", "", "x"])
def test_e13_an_amount_that_cannot_be_paid_is_refused_beside_its_field(as_ann, settings, amount):
    settings.DEMO_PAYMENTS = True

    answer = as_ann.post(reverse("demo_payment"), {"amount": amount})

    assert answer.status_code == 200
    assert b"invalid-feedback" in answer.content
    assert not Payment.objects.filter(gateway="demo").exists()
