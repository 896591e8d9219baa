"""Whether the answer to a call may still be written, and the attempt's own record of it.

An attempt that is open belongs to the one who opened it. An attempt that was given up as
unknown can still be accepted late, as long as nobody has decided otherwise: until then there
can be no second attempt. Anything later than that is only told, never written over a decision.
"""

from collections.abc import Sequence

from django.db import connection
from django.db.models import Max

from orders.forwarding.outcomes import Outcome, Result
from orders.lifecycle import Status
from orders.models import Attempt, Order
from providers.client import Accepted, Refused, Silent, Unreachable

_OPEN, _SILENT = Attempt.Outcome.OPEN, Attempt.Outcome.SILENT
_UNDECIDED = {
    (str(Status.SUBMITTING), str(_OPEN)),
    (str(Status.UNCONFIRMED), str(_OPEN)),
    (str(Status.UNCONFIRMED), str(_SILENT)),
}
_WORDS: dict[type, str] = {
    Accepted: Attempt.Outcome.ACCEPTED,
    Refused: Attempt.Outcome.REFUSED,
    Unreachable: Attempt.Outcome.UNREACHABLE,
    Silent: Attempt.Outcome.SILENT,
}
_CLOSE = """
    UPDATE orders_attempt AS a
       SET outcome = r.outcome, answer = r.answer, http_status = r.http_status,
           elapsed_ms = r.elapsed_ms, upstream_id = r.upstream_id, closed_at = clock_timestamp()
      FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::int[], %s::int[], %s::text[])
           AS r (id, outcome, answer, http_status, elapsed_ms, upstream_id)
     WHERE a.id = r.id AND a.outcome IN ('open', 'silent')
"""


def fenced(results: Sequence[Result]) -> tuple[list[Result], list[Result]]:
    """Lock the orders of these results; returns those that may be written, and the late ones.

    What is written already is in neither: an interrupted round may come here twice.
    """
    order_ids = [result.sending.order.pk for result in results]
    rows = Order.objects.select_for_update().filter(pk__in=order_ids).order_by("pk")
    states = dict(rows.values_list("pk", "status"))
    # Read after the locks are held, so that it is as fresh as they are.
    adds = Attempt.objects.filter(order_id__in=order_ids, action=Attempt.Action.ADD)
    latest = set(
        adds.values_list("order_id").annotate(latest=Max("pk")).values_list("latest", flat=True)
    )
    outcomes = dict(adds.values_list("pk", "outcome"))
    ours: list[Result] = []
    late: list[Result] = []
    for result in results:
        attempt_id, order_id = result.sending.attempt_id, result.sending.order.pk
        state = (states[order_id], outcomes[attempt_id])
        if state[1] not in (_OPEN, _SILENT):
            continue
        is_ours = attempt_id in latest and _may_be_written(result.outcome, state)
        (ours if is_ours else late).append(result)
    return ours, late


def _may_be_written(outcome: Outcome, state: tuple[str, str]) -> bool:
    if isinstance(outcome, Accepted):
        return state in _UNDECIDED
    return state == (Status.SUBMITTING, _OPEN)


def close_attempts(results: Sequence[Result]) -> None:
    """Write the answers to the attempts. An id that a silent answer only hints at is kept too."""
    if not results:
        return
    columns = [
        (
            result.sending.attempt_id,
            _WORDS[type(result.outcome)],
            result.outcome.evidence,
            result.outcome.http_status,
            result.outcome.elapsed_ms,
            id_of(result),
        )
        for result in results
    ]
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, [list(column) for column in zip(*columns, strict=True)])


def id_of(result: Result) -> str | None:
    """The upstream id in an answer: certain when accepted, a hint when silent."""
    outcome = result.outcome
    if isinstance(outcome, Accepted):
        return outcome.upstream_id
    return outcome.hint if isinstance(outcome, Silent) else None
