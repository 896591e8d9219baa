"""G7: what a provider has answered outlives a database that cannot write it down for a while."""

import pytest
from django.db import connection

from orders.lifecycle import Status
from orders.models import Attempt
from orders.models.patience import until_written
from providers.sandbox import Sandbox
from tests import refusing
from tests.orders.upstream import attempts, fresh, sent_links, trade

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def upstream():
    with Sandbox() as box:
        yield trade(box)


def test_g7_an_answer_in_hand_is_written_when_writes_are_taken_again(upstream):
    order = upstream.placed()
    refused: list[str] = []

    def refuse_twice(execute, sql, params, many, context):
        if "UPDATE orders_attempt" in sql and len(refused) < 2:
            refused.append(sql)
            execute("SET TRANSACTION READ ONLY", (), False, context)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse_twice):
        upstream.forward()

    assert len(refused) == 2
    assert fresh(order).status == Status.PROCESSING
    assert attempts(order) == [Attempt.Outcome.ACCEPTED]


def test_g7_nothing_is_sent_while_the_intent_cannot_be_written_down(upstream):
    order = upstream.placed()

    with refusing.full("orders_attempt"), pytest.raises(Exception, match="No space left"):
        upstream.forward()

    assert upstream.box.calls("add") == 0
    assert fresh(order).status == Status.SUBMITTING  # the claim: it expires unsent
    with refusing.read_only(), pytest.raises(Exception, match="read-only transaction"):
        upstream.forward()
    assert sent_links(upstream.box) == []


def test_what_will_never_be_written_is_not_tried_again():
    tried: list[int] = []

    @until_written
    def write():
        tried.append(1)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    with pytest.raises(Exception, match="division by zero"):
        write()
    assert tried == [1]
