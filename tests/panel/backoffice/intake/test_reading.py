"""A file of customers as other panels and spreadsheets write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.backoffice.intake.columns import guessed, guessed_mark
from panel.backoffice.intake.reading import (
    COLUMNS_MAX,
    FILE_MAX,
    ROWS_MAX,
    FileRefused,
    read,
)

PLAIN = "E-mail,Name,Balance\nann@example.com,Ann,12.50\n"


def cells(content):
    return [row.cells for row in read(content).rows]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_out(separator):
    table = read(PLAIN.replace(",", separator).encode())

    assert table.header == ["E-mail", "Name", "Balance"]
    assert [row.cells for row in table.rows] == [["ann@example.com", "Ann", "12.50"]]


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("cp1252", "cp1252")],
)
def test_the_encoding_is_found_out(encoding, told):
    table = read("E-mail,Name\nzoe@example.com,Zoë Müller\n".encode(encoding))

    assert table.encoding == told
    assert table.rows[0].cells[1] == "Zoë Müller"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_lines_are_numbered_as_in_the_file_also_over_line_breaks_in_a_cell(newline):
    text = newline.join(["email,name", 'a@example.com,"two', 'lines"', "", "b@example.com,B"])

    assert [row.number for row in read(text.encode()).rows] == [2, 5]


def test_a_file_that_names_its_separator_is_believed():
    table = read(b"sep=;\r\nemail;name\r\na@example.com;A, the first\r\n")

    assert table.rows[0].cells == ["a@example.com", "A, the first"]
    assert table.rows[0].number == 3


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"email,name\n",
        b"\x89PNG\r\n\x1a\n\0\0\0",
        b"PK\x03\x04\0\0",
        b'email\n"never closed',
        b"\xff\xfea",
        b",".join([b"x"] * (COLUMNS_MAX + 1)) + b"\na\n",
        b"email\n" + b"a\n" * (ROWS_MAX + 1),
        b"x" * (FILE_MAX + 1),
    ],
    ids=range(10),
)
def test_what_is_no_table_or_too_large_is_refused_with_a_sentence(content):
    with pytest.raises(FileRefused) as refusal:
        read(content)

    assert str(refusal.value)


@given(st.binary(max_size=300))
def test_no_bytes_bring_it_down(content):
    try:
        table = read(content)
    except FileRefused:
        return
    assert table.rows


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (["E-Mail address", "Full name", "Balance"], {"email": 0, "name": 1, "balance": 2}),
        (["id", "username", "EMAIL", "funds"], {"email": 2, "name": 1, "balance": 3}),
        (["Country code", "mail", "discount %"], {"email": 1, "country": 0, "discount": 2}),
        (["a", "b"], {}),
    ],
)
def test_columns_are_known_by_their_usual_names(header, found):
    assert guessed(header) == found


@pytest.mark.parametrize(
    ("balances", "mark"),
    [
        (["12.50", "3"], "."),
        (["12,50", "3"], ","),
        (["1,234", "5,000"], "."),
        (["1,234.50"], "."),
        (["1.234,50"], "."),
        ([], "."),
    ],
)
def test_a_comma_is_a_decimal_mark_only_where_it_can_be_nothing_else(balances, mark):
    assert guessed_mark(balances) == mark
