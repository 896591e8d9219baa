"""A list of any length that a gateway answers at once, read entry by entry: never whole in memory.

For gateways whose lists have no pages.
"""

import codecs
import json
from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import Any

from panel.gateways.calling import Line, answered, failure, pieces, whole

LIST_MAX_BYTES = 64 * 1024 * 1024
ENTRY_MAX = 256 * 1024
"""Characters of one entry."""

BETWEEN = ", \t\r\n"
_DECODER = json.JSONDecoder(parse_float=str)


def listed(line: Line, url: str, *, headers: Mapping[str, str]) -> Generator[Any]:
    """The entries of the JSON list at ``url``, as they arrive; whoever has enough simply stops.

    Raises GatewayFailed, also after some entries: for a list that is cut short, or longer than
    LIST_MAX_BYTES.
    """
    with answered(line, "GET", url, headers=headers) as response:
        if not 200 <= response.status_code < 300:
            raise failure(line, whole(line, response))
        yield from entries(pieces(response, bytes_max=LIST_MAX_BYTES))


def entries(chunks: Iterable[bytes]) -> Iterator[Any]:
    """The entries of a JSON list of objects. Raises ValueError where it is none, or cut short."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest, is_begun = "", False
    for chunk in chunks:
        rest = (rest + decoder.decode(chunk)).lstrip(BETWEEN)
        if rest and not is_begun:
            if rest[0] != "[":
                raise ValueError("the answer is no list")
            rest, is_begun = rest[1:].lstrip(BETWEEN), True
        while (found := _first(rest)) is not None:
            entry, rest = found
            yield entry
        if rest.startswith("]"):
            return
        if len(rest) > ENTRY_MAX:
            raise ValueError("the list holds what is no entry")
    raise ValueError("the list is cut short")


def _first(text: str) -> tuple[Any, str] | None:
    """The first entry and what comes after it; None where none is whole yet."""
    if not text.startswith("{"):
        return None
    try:
        entry, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return entry, text[end:].lstrip(BETWEEN)
