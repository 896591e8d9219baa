"""A file of customers becomes a table: its encoding and separator found out, its size bounded."""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

FILE_MAX = 5 * 1024 * 1024  # bytes
ROWS_MAX = 20_000
COLUMNS_MAX = 50
CELL_MAX = 500  # characters
SEPARATORS = ",;\t|"
MARKED = (  # a file may say by its first bytes how it is written
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
UNMARKED = ("utf-8", "cp1252")


class FileRefused(Exception):
    """This file cannot be read as a table. Its text is for the person."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row; ``number`` is that of its first line in the file."""

    number: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """What the file holds below its first row, which names the columns."""

    header: list[str]
    rows: list[Row]
    encoding: str


def read(content: bytes) -> Table:
    """The table in ``content``, at most FILE_MAX bytes and ROWS_MAX rows. Raises FileRefused."""
    if len(content) > FILE_MAX:
        raise FileRefused(_("The file is larger than %s MB.") % (FILE_MAX // 1024**2))
    text, encoding = _decoded(content)
    try:
        rows = list(_rows(text))
    except csv.Error as error:
        raise FileRefused(_("The file cannot be read as a table: %s.") % error) from error
    if not rows:
        raise FileRefused(_("The file is empty."))
    header = [cell.strip() for cell in rows[0].cells]
    if len(header) > COLUMNS_MAX:
        raise FileRefused(_("At most %s columns.") % COLUMNS_MAX)
    if len(rows) == 1:
        raise FileRefused(_("There is nothing below the first row, which names the columns."))
    return Table(header, rows[1:], encoding)


def _decoded(content: bytes) -> tuple[str, str]:
    marked = [name for start, name in MARKED if content.startswith(start)]
    for encoding in marked or UNMARKED:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, encoding
    raise FileRefused(_("This is not a text file. Save the table as CSV, in UTF-8."))


def _rows(text: str) -> Iterator[Row]:
    """Rows with anything in them, with the line on which each begins."""
    first, _newline, rest = text.partition("\n")
    begun = 0
    if first.lower().startswith("sep=") and len(first.strip()) == len("sep=;"):
        text, begun, separator = rest, 1, first[4]
    else:
        separator = _separator(first)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    found = 0
    before = 0
    for cells in reader:
        if any(cell.strip() for cell in cells):
            found += 1
            if found > ROWS_MAX + 1:
                raise FileRefused(_("At most %s rows at once.") % ROWS_MAX)
            yield Row(begun + before + 1, [cell[: CELL_MAX + 1] for cell in cells])
        before = reader.line_num


def _separator(first: str) -> str:
    """The one that cuts the first line into the most cells."""

    def pieces(separator: str) -> int:
        return len(next(csv.reader([first], delimiter=separator), []))

    return max(SEPARATORS, key=pieces)
