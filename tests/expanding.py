"""Whether the code of yesterday can run on a schema of today: what a migration takes away from it.

While a new release is rolled out, web and workers of the old one still read and write. So a
release only adds to the schema; what its predecessor used goes with a later release, in a
migration that says so: ``contracts = "Since 0.3 nobody reads it."``
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection, models
from django.db.migrations import Migration, operations
from django.db.migrations.state import ModelState, ProjectState

GONE = (
    operations.DeleteModel,
    operations.RenameModel,
    operations.RenameField,
    operations.RemoveField,
    operations.AlterModelTable,
)
_GONE_IN_SQL = re.compile(
    r"\bDROP\s+(TABLE|COLUMN|VIEW|FUNCTION)\b|\bRENAME\s+(COLUMN|TO)\b|\bSET\s+NOT\s+NULL\b"
    r"|\bALTER\s+COLUMN\s+\S+\s+(SET\s+DATA\s+)?TYPE\b",
    re.IGNORECASE,
)
_ADDED_IN_SQL = re.compile(r"\bADD\s+COLUMN\b[^,;]*", re.IGNORECASE)


def taken_away(migration: Migration, before: ProjectState) -> list[str]:
    """What code that knows only the schema ``before`` could stumble over, in words.

    Nothing for a migration that says why it may.
    """
    if getattr(migration, "contracts", ""):
        return []
    return list(_taken(migration.operations, migration.app_label, before.clone(), set()))


def _taken(
    steps: Sequence[operations.base.Operation], app: str, state: ProjectState, made: set[str]
) -> Iterator[str]:
    """``state`` goes along with the steps; tables of ``made`` are new, old code knows them not."""
    for step in steps:
        if isinstance(step, operations.SeparateDatabaseAndState):
            yield from _taken(step.database_operations, app, state.clone(), made)
        elif isinstance(step, operations.CreateModel):
            made.add(step.name_lower)
        elif _model_of(step) not in made:
            yield from (f"{step.describe()}: {problem}" for problem in _problems(step, app, state))
        step.state_forwards(app, state)


def _model_of(step: operations.base.Operation) -> str:
    return str(getattr(step, "model_name_lower", getattr(step, "name_lower", "")))


def _problems(step: operations.base.Operation, app: str, state: ProjectState) -> Iterator[str]:
    if isinstance(step, GONE):
        yield "running code uses what was there"
    elif isinstance(step, operations.AddField):
        if not _fills_itself(step.field):
            yield "running code writes rows without it: give it null or db_default"
    elif isinstance(step, operations.AlterField):
        old = state.models[app, step.model_name_lower]
        yield from _narrowed(_bound(old, step.name, old.fields[step.name]), step, old)
    elif isinstance(step, operations.RunSQL):
        yield from _in_sql(step.sql)


def _narrowed(old: Any, step: operations.AlterField, model: ModelState) -> Iterator[str]:
    new = _bound(model, step.name, step.field)
    if old.null and not new.null:
        yield "running code writes NULL"
    if old.has_db_default() and not _fills_itself(new):
        yield "running code leaves it to the default"
    if old.column != new.column:
        yield "running code knows it by another name"
    if not _takes_all_of(new, old):
        yield f"{old.db_type(connection)} becomes {new.db_type(connection)}"


def _takes_all_of(new: Any, old: Any) -> bool:
    """The same kind of column, and no shorter."""
    if new.db_type(connection) == old.db_type(connection):
        return True
    is_same_kind = new.get_internal_type() == old.get_internal_type() == "CharField"
    return is_same_kind and (new.max_length or 0) >= (old.max_length or 0)


def _fills_itself(field: "models.Field[Any, Any]") -> bool:
    """A row that does not name it can be written: Django's own ``default`` is no default there."""
    is_column = not field.many_to_many
    return not is_column or field.null or field.has_db_default() or bool(field.generated)


def _bound(model: ModelState, name: str, field: Any) -> Any:
    """A copy of the field that knows its name and its column."""
    copy = field.clone()
    copy.set_attributes_from_name(name)
    if copy.is_relation:
        copy.column = field.db_column or f"{name}_id"
        copy.db_type = lambda connection: type(field).__name__
    return copy


def _in_sql(given: Any) -> Iterator[str]:
    text = given if isinstance(given, str) else " ".join(str(part) for part in given or ())
    if found := _GONE_IN_SQL.search(text):
        yield f"{found[0]} in its SQL"
    for column in _ADDED_IN_SQL.findall(text):
        words = column.upper()
        if "NOT NULL" in words and "DEFAULT" not in words and "GENERATED" not in words:
            yield f"running code writes rows without it: {column.strip()}"
