"""From bytes to a document."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.wire import Unreadable, decode, error_text, parse

PHP = "<br />\n<b>Warning</b>: Undefined array key [0] in <b>/x.php</b> on line <b>3</b><br />\n"


def test_numbers_never_become_floats():
    value = parse('{"a": 0.1, "b": 1e-5, "c": 5}').value
    assert value == {"a": Decimal("0.1"), "b": Decimal("0.00001"), "c": 5}
    assert not any(isinstance(number, float) for number in value.values())


def test_nan_and_infinity_are_nothing():
    assert parse('{"a": NaN, "b": -Infinity}').value == {"a": None, "b": None}


def test_a_number_with_thousands_of_digits_is_no_number_and_stops_nothing():
    value = parse('{"order": ' + "9" * 5_000 + ', "rate": 0.' + "1" * 5_000 + "}").value
    assert not isinstance(value["order"], int)
    assert value["rate"] is None


def test_a_byte_order_mark_is_removed():
    assert parse(decode(b'\xef\xbb\xbf{"order": 1}')).value == {"order": 1}
    assert parse(decode(b'\xef\xbb\xbf{"order": 1}')).noise == ""


def test_json_behind_php_warnings_is_found_and_marked():
    document = parse(PHP + '{"balance": "1"}')
    assert document.value == {"balance": "1"}
    assert "Warning" in document.noise


@pytest.mark.parametrize(
    "text",
    [
        *("", "  \n", "<html><body>Just a moment...</body></html>", "not json", '{"order": 12'),
        '[{"service": 1}, {"service": 2',
        PHP + '[{"service": 1}, {"serv',
        PHP + '{"order": 1} <script>if (a) { b() }</script>',
        "[" * 100_000,
        '{"a":' * 40 + "1" + "}" * 40,
    ],
)
def test_b6_what_is_not_one_whole_document_is_unreadable(text):
    with pytest.raises(Unreadable):
        parse(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"error": "Bad link"}, "Bad link"),
        ({"Error": "Bad link"}, "Bad link"),
        ({"errors": ["Bad link", "Bad quantity"]}, "Bad link"),
        ({"errors": {"link": ["Bad link"]}}, "Bad link"),
        ({"error": {"code": 7, "message": "Bad link"}}, "Bad link"),
        ({"error": True, "msg": "Bad link"}, "Bad link"),
        ({"status": "error", "message": "Bad link"}, "Bad link"),
        ({"status": "fail", "msg": "Bad link"}, "Bad link"),
        ({"status": False, "message": "Bad link"}, "Bad link"),
        ({"success": False, "message": "Bad link"}, "Bad link"),
        ({"status": "Fail"}, "says error without a text"),
    ],
)
def test_every_way_of_saying_error_is_understood(value, text):
    assert error_text(value) == text


@pytest.mark.parametrize(
    "value",
    [
        {"order": 1},
        {"order": 1, "error": None},
        {"order": 1, "error": ""},
        {"order": 1, "errors": []},
        {"order": 1, "error": False},
        {"status": "success", "order": 1},
        {"status": True},
        *(None, [], "Bad link", 5, [{"error": "Bad link"}]),
    ],
)
def test_empty_errors_and_other_shapes_do_not_say_error(value):
    assert error_text(value) is None


@given(st.binary(max_size=400))
def test_any_bytes_are_a_document_or_unreadable(body):
    try:
        document = parse(decode(body))
    except Unreadable:
        return
    error_text(document.value)


def test_a_legacy_charset_is_honoured_when_it_is_not_utf8():
    assert decode("Ж".encode("cp1251"), charset="cp1251") == "Ж"
    assert decode(b"\xff", charset="no-such-charset") == "\ufffd"
