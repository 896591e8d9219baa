"""G8: while a release is rolled out, the code of the one before runs on the new schema."""

from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

from tests.expanding import taken_away

# The last ones of the first release: before it, nobody's code ran.
BASELINE = {"orders": 30, "panel": 18, "providers": 6}


def number_of(name):
    return int(name.split("_")[0])


def after_the_baseline(loader):
    return [
        (app, name)
        for app, name in sorted(loader.disk_migrations)
        if app in BASELINE and number_of(name) > BASELINE[app]
    ]


def test_g8_no_migration_takes_away_what_the_running_code_uses():
    loader = MigrationLoader(None)

    wrong = [
        f"{app}/{name}: {problem}"
        for app, name in after_the_baseline(loader)
        for problem in taken_away(
            loader.disk_migrations[app, name], loader.project_state((app, name), at_end=False)
        )
    ]

    assert not wrong, "\n".join(["Add first, take away with a later release:", *wrong])


def test_the_baseline_names_migrations_that_are_there():
    known = {(app, number_of(name)) for app, name in MigrationLoader(None).disk_migrations
             if app in BASELINE}  # fmt: skip

    assert set(BASELINE.items()) <= known


@pytest.fixture
def before():
    """A schema with one table that running code reads and writes."""
    state = ProjectState()
    fields: dict[str, models.Field[Any, Any]] = {
        "id": models.BigAutoField(primary_key=True),
        "name": models.CharField(max_length=10),
        "note": models.TextField(null=True),
        "made_at": models.DateTimeField(db_default=models.functions.Now()),
        "parent": models.ForeignKey("orders.Thing", models.PROTECT, null=True),
    }
    state.add_model(ModelState("orders", "Thing", list(fields.items())))
    return state


def migration(*steps, **said):
    made = type("Migration", (migrations.Migration,), {"operations": list(steps), **said})
    return made("9999_made_up", "orders")


def added(name, field):
    return migrations.AddField("thing", name, field)


def altered(name, field):
    return migrations.AlterField("thing", name, field)


TAKES_AWAY = {
    "a column that goes": migrations.RemoveField("thing", "note"),
    "a table that goes": migrations.DeleteModel("Thing"),
    "another name of a column": migrations.RenameField("thing", "note", "text"),
    "another name of a table": migrations.RenameModel("Thing", "Matter"),
    "another table": migrations.AlterModelTable("thing", "matter"),
    "a column that must be filled": added("size", models.IntegerField()),
    "a default that only new code knows": added("size", models.IntegerField(default=0)),
    "nothing is no longer allowed": altered("note", models.TextField()),
    "a default that goes": altered("made_at", models.DateTimeField()),
    "another type": altered("name", models.IntegerField()),
    "a shorter text": altered("name", models.CharField(max_length=5)),
    "another column": altered("name", models.CharField(max_length=10, db_column="title")),
    "a link that must be there": altered(
        "parent", models.ForeignKey("orders.Thing", models.PROTECT)
    ),
    "a column that goes by SQL": migrations.RunSQL("ALTER TABLE a DROP COLUMN b"),
    "a table that goes by SQL": migrations.RunSQL("drop table a"),
    "another name by SQL": migrations.RunSQL("ALTER TABLE a RENAME TO b"),
    "a must by SQL": migrations.RunSQL("ALTER TABLE a ALTER COLUMN b SET NOT NULL"),
    "another type by SQL": migrations.RunSQL("ALTER TABLE a ALTER COLUMN b TYPE integer"),
    "a function that goes": migrations.RunSQL("DROP FUNCTION a(integer)"),
    "a column to be filled by SQL": migrations.RunSQL("ALTER TABLE a ADD COLUMN b int NOT NULL"),
    "hidden beside a state": migrations.SeparateDatabaseAndState(
        database_operations=[migrations.RemoveField("thing", "note")]
    ),
}  # fmt: skip
ONLY_ADDS = {
    "a table": migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))]),
    "a column that may be empty": added("size", models.IntegerField(null=True)),
    "a column with the database's default": added("size", models.IntegerField(db_default=0)),
    "a column that is reckoned": added(
        "size",
        models.GeneratedField(
            expression=models.F("id") + 0, output_field=models.BigIntegerField(), db_persist=True
        ),
    ),
    "a longer text": altered("name", models.CharField(max_length=20)),
    "other words about a column": altered("name", models.CharField("title", max_length=10)),
    "an index": migrations.AddIndex("thing", models.Index(fields=["name"], name="thing_by_name")),
    "a rule less": migrations.RunSQL("ALTER TABLE a DROP CONSTRAINT b; DROP TRIGGER c ON a"),
    "a column with a default by SQL": migrations.RunSQL(
        "ALTER TABLE a ADD COLUMN b int NOT NULL DEFAULT 0, ADD COLUMN c int"
    ),
    "forgotten by the code alone": migrations.SeparateDatabaseAndState(
        state_operations=[migrations.RemoveField("thing", "note")]
    ),
}


@pytest.mark.parametrize("step", TAKES_AWAY.values(), ids=TAKES_AWAY)
def test_g8_what_running_code_would_miss_is_found(step, before):
    assert len(taken_away(migration(step), before)) >= 1


@pytest.mark.parametrize("step", ONLY_ADDS.values(), ids=ONLY_ADDS)
def test_g8_what_running_code_does_not_notice_is_let_through(step, before):
    assert taken_away(migration(step), before) == []


def test_g8_a_table_that_is_new_with_the_migration_may_still_change(before):
    made = migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))])
    filled = migrations.AddField("other", "size", models.IntegerField(default=0))

    assert taken_away(migration(made, filled), before) == []


def test_g8_what_goes_in_a_later_release_says_so(before):
    step = migrations.RemoveField("thing", "note")

    assert taken_away(migration(step, contracts="Since 0.2 nobody reads it."), before) == []
    assert taken_away(migration(step, contracts=""), before) != []
