from decimal import Decimal

import pytest

from orders import closing, ledger
from orders.lifecycle import Status
from tests import make

pytestmark = pytest.mark.django_db(transaction=False)


def test_partial_and_cancel():
    buyer = make.customer(balance="10")
    order = make.placed(customer=buyer, service=make.service(rate="1.2"))
    assert order.charge == Decimal("1.2")
    buyer.refresh_from_db()
    assert buyer.balance == Decimal("8.8")
    closing.close(order.pk, Status.PARTIAL, undelivered=250, now=make.NOW)
    buyer.refresh_from_db(); order.refresh_from_db()
    assert buyer.balance == Decimal("9.1") and order.refunded == Decimal("0.3")
    closing.close(order.pk, Status.CANCELED, now=make.NOW)
    buyer.refresh_from_db()
    assert buyer.balance == Decimal("10")
    with pytest.raises(closing.OrderMoved):
        closing.close(order.pk, Status.CANCELED, now=make.NOW)

def test_poor():
    with pytest.raises(ledger.InsufficientBalance):
        make.placed(customer=make.customer(balance="1"))

def test_sourced():
    offer = make.offer(make.provider())
    s = make.service(offers=[offer])
    c = make.customer()
    make.placed(service=s, customer=c, link="https://a.example/x")
    from orders.placing import DuplicateLink
    with pytest.raises(DuplicateLink):
        make.placed(service=s, customer=c, link="http://www.a.example/x/")
