"""Lists as files: any number of rows at constant memory, safe to open in a spreadsheet."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from defusedcsv import csv
from django.http import StreamingHttpResponse


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


def _lines(head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(head)
    for row in rows:
        yield writer.writerow(row)
