"""A world for each gateway."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import cast

import pytest

from tests.gateways.worlds import (
    CALLED,
    WORLDS,
    BTCPayWorld,
    PayPalWorld,
    StripeWorld,
    World,
    opened,
)


@pytest.fixture(autouse=True)
def _in_a_trial(settings):
    settings.DEMO_PAYMENTS = True


@pytest.fixture(params=WORLDS)
def world(request) -> Iterator[World]:
    """Every gateway there is, one after the other."""
    with opened(request.param) as found:
        yield found


@pytest.fixture(params=CALLED)
def called(request) -> Iterator[World]:
    """Every gateway that has a server."""
    with opened(request.param) as found:
        yield found


@pytest.fixture
def open_world() -> Iterator[Callable[[str], World]]:
    """The world of one gateway, by its name."""
    with ExitStack() as stack:
        yield lambda slug: stack.enter_context(opened(slug))


@pytest.fixture
def stripe() -> Iterator[StripeWorld]:
    with opened("stripe") as found:
        yield cast(StripeWorld, found)


@pytest.fixture
def paypal() -> Iterator[PayPalWorld]:
    with opened("paypal") as found:
        yield cast(PayPalWorld, found)


@pytest.fixture
def btcpay() -> Iterator[BTCPayWorld]:
    with opened("btcpay") as found:
        yield cast(BTCPayWorld, found)
