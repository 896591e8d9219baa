"""From a time to an id: rows that are only ever appended need no index on their time."""

from datetime import datetime, timedelta

from django.db import connection, models

SLACK = timedelta(hours=1)
"""Rows of one moment may be written out of order, by transactions that took long."""

_HALVE = """
    WITH RECURSIVE search (low, high) AS (
        SELECT min(id), max(id) + 1 FROM {table}
        UNION ALL
        SELECT CASE WHEN probe.is_before THEN probe.id + 1 ELSE low END,
               CASE WHEN probe.is_before THEN high ELSE middle.id END
          FROM search
         CROSS JOIN LATERAL (SELECT (low + high) / 2 AS id) AS middle
         CROSS JOIN LATERAL (SELECT t.id, t.{column} < %s AS is_before
                               FROM {table} AS t WHERE t.id >= middle.id
                              ORDER BY t.id LIMIT 1) AS probe
         WHERE low < high
    )
    SELECT coalesce(max(low), 0) FROM search WHERE low >= high
"""


def id_around(model: type[models.Model], moment: datetime, *, by: str = "created_at") -> int:
    """The least id of rows created at ``moment``; good to about a minute, so add SLACK.

    ``model`` has ids that grow with the column ``by``. One query of about 25 index look-ups.
    """
    names = {
        "table": connection.ops.quote_name(model._meta.db_table),
        "column": connection.ops.quote_name(by),
    }
    with connection.cursor() as cursor:
        cursor.execute(_HALVE.format(**names), [moment])
        (found,) = cursor.fetchone()
    return int(found)
