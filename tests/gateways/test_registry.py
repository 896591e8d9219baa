"""From a row that staff filled in to the gateway that takes the money."""

import json
from typing import cast

import pytest
from django.db import connection

from orders.models import PaymentMethod
from panel.gateways.paypal import PayPal
from panel.gateways.protocol import GatewayFailed
from panel.gateways.registry import GATEWAYS, gateway_of, offered
from tests.gateways.worlds import intent

pytestmark = pytest.mark.django_db


def method(gateway: str, credentials: object = None, **columns: object) -> PaymentMethod:
    text = json.dumps({} if credentials is None else credentials)
    row = PaymentMethod.objects.create(
        gateway=gateway, title="Card", currency="EUR", credentials=text, **columns
    )
    return PaymentMethod.objects.get(pk=row.pk)


def test_a_method_opens_payments_with_the_credentials_of_its_row(called):
    row = method(called.slug, called.credentials())

    assert gateway_of(row).create(intent()).reference


def test_credentials_cannot_be_read_in_the_database(called):
    row = method(called.slug, called.credentials())

    with connection.cursor() as cursor:
        cursor.execute("SELECT credentials FROM orders_paymentmethod WHERE id = %s", [row.pk])
        (stored,) = cursor.fetchone()

    assert not any(secret in stored for secret in called.secrets)


def test_two_methods_of_one_gateway_have_each_their_own_secret(stripe):
    created = stripe.gateway().create(intent())
    body, headers = stripe.message(created)
    other = method("stripe", stripe.credentials() | {"webhook_secret": "whsec_of_the_other"})
    mine = method("stripe", stripe.credentials())

    assert gateway_of(mine).verify(body, headers)
    with pytest.raises(Exception, match="not a genuine"):
        gateway_of(other).verify(body, headers)


def test_what_was_left_empty_has_its_default():
    gateway = cast(PayPal, gateway_of(method("paypal", {"mode": "", "client_id": "a"})))

    assert gateway._client.line.base == "https://api-m.paypal.com"


def test_a_sandbox_is_another_place():
    gateway = cast(PayPal, gateway_of(method("paypal", {"mode": "sandbox"})))

    assert gateway._client.line.base == "https://api-m.sandbox.paypal.com"


def test_instructions_of_the_row_are_what_customers_of_a_bank_transfer_read():
    row = method("manual", instructions="IBAN DE02 1203 0000 0000 2020 51")

    assert gateway_of(row).create(intent()).instructions == "IBAN DE02 1203 0000 0000 2020 51"
    with pytest.raises(GatewayFailed):
        gateway_of(method("manual", instructions=" ")).create(intent())


@pytest.mark.parametrize("credentials", [[], "sk_test_1", None, 7])
def test_credentials_in_no_known_shape_are_a_refusal(credentials):
    row = method("stripe")
    PaymentMethod.objects.filter(pk=row.pk).update(credentials=json.dumps(credentials))

    with pytest.raises(GatewayFailed) as failed:
        gateway_of(PaymentMethod.objects.get(pk=row.pk))

    assert failed.value.is_refusal


def test_a_gateway_that_is_not_here_is_a_refusal():
    with pytest.raises(GatewayFailed, match="bank-of-tomorrow"):
        gateway_of(method("bank-of-tomorrow"))


def test_outside_of_a_trial_there_is_no_demo(settings):
    assert set(offered()) == set(GATEWAYS)

    settings.DEMO_PAYMENTS = False

    assert "demo" not in offered()
    with pytest.raises(GatewayFailed):
        gateway_of(method("demo"))
