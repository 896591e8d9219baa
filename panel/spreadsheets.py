"""Lists as files: any number of rows at constant memory, safe to open in a spreadsheet."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from defusedcsv import csv
from django.db.models import Model, QuerySet
from django.http import StreamingHttpResponse

BATCH_ROWS = 2_000

Row = TypeVar("Row", bound=Model)


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def streamed(
    head: Sequence[Any], rows: Iterable[Sequence[Any]], *, name: str
) -> StreamingHttpResponse:
    """A CSV file called ``name`` with a line for each row, as they come."""
    answer = StreamingHttpResponse(_lines(head, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def batches(
    found: QuerySet[Row], *, field: str = "pk", newest_first: bool = True
) -> Iterator[list[Row]]:
    """All rows, BATCH_ROWS of them in memory at once.

    ``field`` is a unique, indexed number within ``found``; newest first goes from the greatest.
    """
    ordered = found.order_by(f"-{field}" if newest_first else field)
    beyond = f"{field}__{'lt' if newest_first else 'gt'}"
    batch = list(ordered[:BATCH_ROWS])
    while batch:
        yield batch
        batch = list(ordered.filter(**{beyond: getattr(batch[-1], field)})[:BATCH_ROWS])


def _lines(head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(head)
    for row in rows:
        yield writer.writerow(row)
