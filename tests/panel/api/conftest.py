"""A customer with a key, and the protocol as a client speaks it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from orders.models import Customer
from panel.api import keys, limits
from tests import make


@pytest.fixture(autouse=True)
def _fresh_allowances():
    """No test spends what another one was allowed."""
    limits._portions.clear()


@pytest.fixture
def buyer() -> Customer:
    return make.customer(balance="100")


@pytest.fixture
def key(buyer: Customer) -> str:
    return keys.issue_key(buyer.pk, name="Tests").text


@pytest.fixture
def ask(key: str) -> Callable[..., Any]:
    """POST a form as most clients do; answers what the JSON holds, and checks what always holds."""
    client = Client()

    def post(action: str, **parameters: Any) -> Any:
        reply = client.post("/api/v2", {"key": key, "action": action, **parameters})
        assert reply.status_code == 200
        assert reply["Content-Type"] == "application/json"
        assert not reply.cookies
        return reply.json()

    return post
