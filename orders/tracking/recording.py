"""Writing what was decided: a few statements for whatever number of orders, only differences."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction

from orders import closing
from orders.closing import Closed
from orders.lifecycle import AT_PROVIDER, Status
from orders.models import EndTally, Review, StatusWord
from orders.models.buckets import enlist
from orders.models.moves import move_many
from orders.models.timeline import EVIDENCE_MAX
from orders.tracking.braking import held_back
from orders.tracking.claiming import WATCHED
from orders.tracking.verdict import Verdict
from providers.models import Provider

MISSES_MAX = 1_000
SIGHTINGS_APART = "10 minutes"
MAY_END = AT_PROVIDER | {Status.COMPLETED, Status.EXPIRED}

_MISSES = """
    UPDATE orders_order SET misses = CASE WHEN id = ANY(%s) THEN least(misses + 1, %s) ELSE 0 END
     WHERE id = ANY(%s)
"""
_NOTE = """
    INSERT INTO orders_orderevent (order_id, at, kind, text, actor)
    SELECT e.order_id, %s, e.kind, e.text, ''
      FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS e (order_id, kind, text)
"""
_NOTE_ODD = """
    INSERT INTO orders_orderevent (order_id, at, kind, text, actor)
    SELECT e.order_id, %s, e.kind, e.text, ''
      FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS e (order_id, kind, text)
     WHERE e.text IS DISTINCT FROM (
           SELECT text FROM orders_orderevent AS known
            WHERE known.order_id = e.order_id AND known.kind = e.kind
            ORDER BY known.id DESC LIMIT 1)
"""
# A question that a person has answered is not asked again for the same evidence.
_ASK = """
    INSERT INTO orders_review (order_id, reason, evidence, opened_at, resolution, actor)
    SELECT q.order_id, q.reason, q.evidence, %s, '', ''
      FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS q (order_id, reason, evidence)
     WHERE NOT EXISTS (SELECT 1 FROM orders_review AS known
                        WHERE known.order_id = q.order_id AND known.reason = q.reason
                          AND (known.resolved_at IS NULL OR known.evidence = q.evidence))
        ON CONFLICT DO NOTHING
"""
_LEAVE = "UPDATE orders_order SET bucket_id = NULL WHERE id = ANY(%s)"
_SEEN_BEFORE = f"""
    SELECT DISTINCT order_id FROM orders_orderevent
     WHERE order_id = ANY(%s) AND kind = 'reopened'
       AND at <= %s::timestamptz - interval '{SIGHTINGS_APART}'
"""  # noqa: S608


def record(provider: Provider, verdicts: Sequence[Verdict], *, now: datetime) -> list[Closed]:
    """Write what these answers change; returns the orders that ended by them.

    What ends is written in one transaction with its money, what only moves in another one: each
    is repeated by the next answer if this process dies between them.
    """
    _record_moves(verdicts, now=now)
    closed = _record_ends(provider, verdicts, now=now)
    _record_oddities(provider, verdicts, now=now)
    return closed


@transaction.atomic
def _record_moves(verdicts: Sequence[Verdict], *, now: datetime) -> None:
    moves = [verdict.move for verdict in verdicts if verdict.move]
    moved = move_many(moves, now=now)
    answers = [(v.order.order_id, "answer", v.text) for v in verdicts if v.order.order_id in moved]
    _execute_columns(_NOTE, answers, now)
    missed = [v.order.order_id for v in verdicts if v.is_miss]
    found = [v.order.order_id for v in verdicts if v.order.misses and not v.is_miss]
    if missed or found:
        with connection.cursor() as cursor:
            cursor.execute(_MISSES, [missed, MISSES_MAX, missed + found])


@transaction.atomic
def _record_ends(provider: Provider, verdicts: Sequence[Verdict], *, now: datetime) -> list[Closed]:
    endings = {v.order.order_id: v.ending for v in verdicts if v.ending}
    if not endings:
        return []
    answered = sum(not verdict.is_miss for verdict in verdicts)
    canceling = {v.order.order_id: v.ending for v in verdicts if v.ending and v.is_canceling}
    held = held_back(provider.pk, canceling, ended=len(endings), answered=answered, now=now)
    due = [ending for order_id, ending in endings.items() if order_id not in held]
    closed: list[Closed] = []
    for start in range(0, len(due), closing.ENDINGS_MAX):
        part = due[start : start + closing.ENDINGS_MAX]
        closed += closing.close_many(part, now=now, expected=MAY_END)
    canceled = sum(one.order_id in canceling for one in closed)
    EndTally.count(provider.pk, ended=len(closed), canceled=canceled, now=now)
    _watch(provider.pk, closed, now=now)
    return closed


def _watch(provider_id: int, closed: Iterable[Closed], *, now: datetime) -> None:
    """Ended orders are asked for rarely from now on, canceled ones never again."""
    ended = {one.order_id: one.status in WATCHED for one in closed}
    with connection.cursor() as cursor:
        cursor.execute(_LEAVE, [[order_id for order_id, watched in ended.items() if not watched]])
    watched = [order_id for order_id, is_watched in ended.items() if is_watched]
    enlist(provider_id, watched, now=now, is_watch=True)


@transaction.atomic
def _record_oddities(provider: Provider, verdicts: Sequence[Verdict], *, now: datetime) -> None:
    """What moves nothing: to the timeline if it is news there, and to a person if it needs one."""
    _mark_contradictions(verdicts, now=now)
    _count_words(provider.pk, verdicts, now=now)
    odd = [v for v in verdicts if v.is_odd and v.text]
    notes = [(v.order.order_id, _odd_kind(v), v.text) for v in odd]
    _execute_columns(_NOTE_ODD, notes, now)
    _execute_columns(
        _ASK,
        [(v.order.order_id, str(v.question[0]), v.question[1]) for v in verdicts if v.question],
        now,
    )


def _odd_kind(verdict: Verdict) -> str:
    return "reopened" if verdict.is_reopened else "answer"


def _mark_contradictions(verdicts: Sequence[Verdict], *, now: datetime) -> None:
    """An ended order that is reported as open, twice and not just at one moment."""
    reopened = {v.order.order_id: v for v in verdicts if v.is_reopened}
    if not reopened:
        return
    with connection.cursor() as cursor:
        cursor.execute(_SEEN_BEFORE, [list(reopened), now])
        for (order_id,) in cursor.fetchall():
            verdict = reopened[order_id]
            evidence = f"It ended as {verdict.order.status}, and now: {verdict.text}"
            verdict.question = (Review.Reason.CONTRADICTION, evidence)


def _count_words(provider_id: int, verdicts: Sequence[Verdict], *, now: datetime) -> None:
    """Each unknown word is counted; the first order that shows it goes to a person."""
    shown = {v.word: v for v in reversed(verdicts) if v.word}
    if not shown:
        return
    words = Counter(verdict.word for verdict in verdicts if verdict.word)
    for word in StatusWord.count(provider_id, words, now=now):
        shown[word].question = (Review.Reason.WORD, f"Unknown word “{word}”: {shown[word].text}")


def _execute_columns(statement: str, rows: Sequence[tuple[int, str, str]], now: datetime) -> None:
    if not rows:
        return
    ids, kinds, texts = zip(*rows, strict=True)
    with connection.cursor() as cursor:
        cut = [text[:EVIDENCE_MAX] for text in texts]
        cursor.execute(statement, [now, list(ids), list(kinds), cut])
