"""A customer's list of orders: kept with its dry run, started once, worked off in slices.

The rows are the queue: a line without order and without problem is still to be placed. A slice
that was lost with its worker is placed again under the same idempotency keys, so nothing is
bought twice, and goes on where it was.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Min, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from orders.models import MassLine, MassOrder
from orders.models.wishes import Backlog
from orders.placing.mass import Line, Mass, place_many, read_line, read_mass
from orders.placing.rehearsing import quote_many

LIST_LINES_MAX = 5_000
SLICE_LINES = 100
LEASE = timedelta(seconds=60)
DRAFTS_MAX = 5  # of one customer
LISTS_AT_ONCE_MAX = 50
ROWS_PER_INSERT = 1_000
DIGEST_BYTES = 16

State = MassOrder.State
_NOTE = """
    UPDATE orders_massline AS l
       SET order_id = r.order_id, charge = r.charge, problem = r.problem
      FROM unnest(%s::int[], %s::bigint[], %s::numeric[], %s::text[])
           AS r (number, order_id, charge, problem)
     WHERE l.mass_id = %s AND l.number = r.number AND l.order_id IS NULL AND l.problem = ''
"""
# Counted anew each time: a slice that was done twice does not count twice.
_COUNT = """
    UPDATE orders_massorder AS m
       SET placed = c.placed, refused = c.refused, charge = c.charge, claimed_until = NULL,
           state = CASE WHEN c.due = 0 THEN 'done' ELSE m.state END,
           done_at = CASE WHEN c.due = 0 THEN coalesce(m.done_at, %s) END
      FROM (SELECT count(order_id) AS placed,
                   count(*) FILTER (WHERE problem <> '') AS refused,
                   count(*) FILTER (WHERE problem = '' AND order_id IS NULL) AS due,
                   coalesce(sum(charge) FILTER (WHERE problem = ''), 0) AS charge
              FROM orders_massline WHERE mass_id = %s) AS c
     WHERE m.id = %s
"""


class ListRefused(Exception):
    """There is nothing in the list, or too much of it; nothing was kept."""


class ListStarted(Exception):
    """This form's list was ordered already, and it was another one."""


def draft_mass(customer_id: int, text: str, *, token: UUID, now: datetime) -> MassOrder:
    """Keep the lines of ``text`` with a dry run of each. Nothing is placed.

    The same ``token`` replaces its draft; a list that was started already comes back as it is.
    Raises ListRefused, or ListStarted when it was started with other lines.
    """
    lines = read_mass(text.replace("\0", " "), limit=LIST_LINES_MAX)
    if not lines:
        raise ListRefused(_("Write at least one line."))
    if len(lines) > LIST_LINES_MAX:
        raise ListRefused(_("At most %(limit)s lines at once.") % {"limit": LIST_LINES_MAX})
    digest = _digest(lines)
    rehearsed = quote_many(customer_id, lines, now=now)
    with transaction.atomic():
        mass = _own_row(customer_id, token, digest, len(lines), now=now)
        if mass.state == State.DRAFT:
            _keep(mass, rehearsed, digest)
            _drop_old_drafts(customer_id)
        elif bytes(mass.digest) != digest:
            raise ListStarted
    mass.refresh_from_db()
    return mass


def ordered_before(mass: MassOrder) -> MassOrder | None:
    """The latest list of this customer with the very same lines that was started already."""
    twins = MassOrder.objects.filter(customer_id=mass.customer_id, digest=mass.digest)
    return twins.exclude(state=State.DRAFT).exclude(pk=mass.pk).order_by("-pk").first()


def start_mass(mass_id: int, *, customer_id: int, language: str, now: datetime) -> bool:
    """Let a draft be worked off; False when it is none (any more). A second start does nothing."""
    own_draft = MassOrder.objects.filter(pk=mass_id, customer_id=customer_id, state=State.DRAFT)
    columns = {"state": State.PLACING, "language": language, "started_at": now}
    return bool(own_draft.update(**columns))


def place_slice(mass_id: int, *, now: datetime, limit: int = SLICE_LINES) -> int:
    """Place the next lines of a started list; returns how many, 0 when there is nothing to do.

    Problems are told in the language of the one who started it.
    """
    mass = _claim(mass_id, now=now)
    if mass is None:
        return 0
    due = list(_due(mass)[:limit])
    lines = [read_line(row.number, row.text) for row in due]
    lines = [_at_rate(line, row) for line, row in zip(lines, due, strict=True)]
    with override(mass.language or None):
        placed = place_many(mass.customer_id, lines, token=str(mass.token), now=now)
    _record(mass, placed, now=now)
    return len(due)


def due_masses(now: datetime) -> list[int]:
    """The lists that are being worked off and that nobody holds, oldest first."""
    return list(_free(now).order_by("pk").values_list("pk", flat=True)[:LISTS_AT_ONCE_MAX])


def backlog(now: datetime) -> Backlog:
    """Lists that wait to be worked off."""
    waiting = _free(now)
    oldest = waiting.aggregate(oldest=Min("started_at"))["oldest"]
    return Backlog(waiting.count(), oldest)


def _free(now: datetime) -> QuerySet[MassOrder]:
    unclaimed = Q(claimed_until=None) | Q(claimed_until__lte=now)
    return MassOrder.objects.filter(unclaimed, state=State.PLACING)


def _digest(lines: Sequence[Line]) -> bytes:
    text = "\n".join(line.text for line in lines)
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=DIGEST_BYTES).digest()


def _own_row(
    customer_id: int, token: UUID, digest: bytes, lines_count: int, *, now: datetime
) -> MassOrder:
    """The list of this form, locked."""
    MassOrder.objects.bulk_create(
        [MassOrder(customer_id=customer_id, token=token, digest=digest, lines_count=lines_count,
                   created_at=now)],
        ignore_conflicts=True,
    )  # fmt: skip
    rows = MassOrder.objects.select_for_update()
    return rows.get(customer_id=customer_id, token=token)


def _keep(mass: MassOrder, rehearsed: Mass, digest: bytes) -> None:
    mass.lines.all().delete()
    MassLine.objects.bulk_create(
        (
            MassLine(
                mass=mass, number=o.line.number, text=o.line.text, shown_rate=o.rate,
                charge=o.charge, problem=o.problem,
            )
            for o in rehearsed.outcomes
        ),
        batch_size=ROWS_PER_INSERT,
    )  # fmt: skip
    mass.digest, mass.lines_count = digest, len(rehearsed.outcomes)
    mass.placed, mass.charge = 0, rehearsed.total
    mass.refused = sum(bool(outcome.problem) for outcome in rehearsed.outcomes)
    mass.save(update_fields=["digest", "lines_count", "placed", "refused", "charge"])


def _drop_old_drafts(customer_id: int) -> None:
    drafts = MassOrder.objects.filter(customer_id=customer_id, state=State.DRAFT)
    kept = drafts.order_by("-pk").values("pk")[:DRAFTS_MAX]
    drafts.exclude(pk__in=kept).delete()


def _claim(mass_id: int, *, now: datetime) -> MassOrder | None:
    """The list, for LEASE ours alone; None when it is not due or another hand has it."""
    if not _free(now).filter(pk=mass_id).update(claimed_until=now + LEASE):
        return None
    return MassOrder.objects.get(pk=mass_id)


def _due(mass: MassOrder) -> QuerySet[MassLine]:
    return mass.lines.filter(problem="", order=None).order_by("number")


def _at_rate(line: Line, row: MassLine) -> Line:
    return Line(line.number, line.text, line.service_id, line.rest, line.problem, row.shown_rate)


def _record(mass: MassOrder, placed: Mass, *, now: datetime) -> None:
    outcomes = placed.outcomes
    columns: list[list[Any]] = [
        [o.line.number for o in outcomes],
        [o.order_id for o in outcomes],
        [o.charge for o in outcomes],
        [o.problem for o in outcomes],
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_NOTE, [*columns, mass.pk])
        cursor.execute(_COUNT, [now, mass.pk, mass.pk])
