"""A file is kept as a draft with the dry run of every line, and tried again as often as wished."""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from orders.money import ZERO
from panel.backoffice.intake.checking import Checked, checked
from panel.backoffice.intake.columns import cell_of, guessed, guessed_mark
from panel.backoffice.intake.reading import Row, Table
from panel.models import Intake, IntakeLine, User
from panel.models.intake import FILE_NAME_MAX

DRAFTS_MAX = 20
LINES_PER_INSERT = 1_000
State = Intake.State


class NoDraft(Exception):
    """It is not a draft any more, or not the one that was looked at. Its text is for people."""


@transaction.atomic
def draft(table: Table, *, user: User, file_name: str) -> Intake:
    """Keep the table, its columns guessed; the oldest of too many drafts are dropped."""
    columns = guessed(table.header)
    balances = [cell_of(row.cells, columns, "balance") for row in table.rows]
    made = Intake.objects.create(
        user=user,
        file_name=file_name[-FILE_NAME_MAX:],
        encoding=table.encoding,
        header=table.header,
        columns=columns,
        decimal_mark=guessed_mark(balances),
    )
    _keep(made, table.rows)
    drafts = Intake.objects.filter(state=State.DRAFT)
    kept = drafts.order_by("-pk").values("pk")[:DRAFTS_MAX]
    drafts.exclude(pk__in=kept).delete()
    return made


@transaction.atomic
def try_again(intake_id: int, columns: Mapping[str, int], *, mark: str) -> Intake:
    """Read the columns of a draft in another way. Raises NoDraft."""
    found = own_draft(intake_id)
    rows = [Row(number, cells) for number, cells in found.lines.values_list("number", "cells")]
    found.columns, found.decimal_mark = dict(columns), mark
    _keep(found, rows)
    return found


def own_draft(intake_id: int) -> Intake:
    """The draft, locked. Raises NoDraft."""
    found = Intake.objects.select_for_update().get(pk=intake_id)
    if found.state != State.DRAFT:
        raise NoDraft(_("This file was taken in already."))
    return found


def _keep(intake: Intake, rows: Sequence[Row]) -> None:
    lines = checked(rows, intake.columns, mark=intake.decimal_mark)
    intake.lines.all().delete()
    made = (_line(intake, line) for line in lines)
    IntakeLine.objects.bulk_create(made, batch_size=LINES_PER_INSERT)
    good = [line for line in lines if not line.problems]
    intake.lines_count, intake.ready = len(lines), len(good)
    intake.total = sum((line.balance for line in good), ZERO)
    intake.save(update_fields=["columns", "decimal_mark", "lines_count", "ready", "total"])


def _line(intake: Intake, line: Checked) -> IntakeLine:
    return IntakeLine(
        intake=intake,
        number=line.row.number,
        cells=line.row.cells,
        email=line.email,
        name=line.name,
        balance=line.balance,
        discount=line.discount,
        country=line.country,
        group=line.group,
        problem=" · ".join(line.problems),
    )
