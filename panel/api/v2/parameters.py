"""Parameters however a client sends them: query, form, multipart or JSON, as one flat table.

Texts stay texts: a JSON number keeps its digits, an array its items. What cannot be a parameter
(objects in objects, null) is left out, so the action finds it missing.
"""

import json
import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParser, MultiPartParserError

BODY_MAX = 1_048_576  # bytes
DRAINED_MAX = 16 * BODY_MAX
DRAIN_STEP = 65_536  # bytes
FIELDS_MAX = 2_000
IDS_READ_MAX = 1_000

_BRACKETS = re.compile(r"([A-Za-z_]+)\[[^\[\]]*\]")
_WHOLE = re.compile(r"(-?[0-9]+)\.0+")


class BadRequest(Exception):
    """The request cannot be read."""


class Parameters:
    """The parameters of one request, each a list of texts."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._texts: dict[str, list[str]] = {}
        for name, text in pairs:
            found = _BRACKETS.fullmatch(name)
            self._texts.setdefault(found[1] if found else name, []).append(_storable(text))

    def override(self, other: "Parameters") -> None:
        """Take the parameters of ``other``; where both have one, that of ``other`` stands."""
        self._texts.update(other._texts)

    def text(self, name: str) -> str:
        """One parameter; several items become lines."""
        return "\n".join(self._texts.get(name, ()))

    def texts(self) -> dict[str, str]:
        """All parameters, as ``text`` gives them."""
        return {name: "\n".join(items) for name, items in self._texts.items()}

    def ids(self, name: str) -> list[str]:
        """A list of ids, each once, as the client wrote them. BadRequest beyond IDS_READ_MAX."""
        parts = (part.strip() for text in self._texts.get(name, ()) for part in text.split(","))
        found = list(dict.fromkeys(part for part in parts if part))
        if len(found) > IDS_READ_MAX:
            raise BadRequest(name)
        return found


def read_parameters(request: HttpRequest) -> Parameters:
    """The parameters of ``request``; those of the body win. Raises BadRequest."""
    # WSGI hands bytes over as latin-1.
    query = request.META.get("QUERY_STRING", "").encode("latin-1", errors="replace")
    parameters = Parameters(_form_pairs(query))
    body = _body(request)
    if body:
        parameters.override(Parameters(_body_pairs(request, body)))
    return parameters


def _storable(text: str) -> str:
    """``text`` without halves of surrogate pairs, which no database and no provider takes."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def _body(request: HttpRequest) -> bytes:
    length = request.META.get("CONTENT_LENGTH") or ""
    try:
        if length.isdecimal() and int(length) > BODY_MAX:
            _drain(request)
            raise BadRequest("body")
        if not length and "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
            # Django reads nothing without a length; some clients send none.
            body = request.META["wsgi.input"].read(BODY_MAX + 1)
        else:
            body = request.read(BODY_MAX + 1)
    except (UnreadablePostError, OSError, ValueError) as error:
        raise BadRequest("body") from error
    if len(body) > BODY_MAX:
        raise BadRequest("body")
    return body


def _drain(request: HttpRequest) -> None:
    """Let a client finish sending: one that is cut off never reads what was wrong."""
    for _chunk in range(DRAINED_MAX // DRAIN_STEP):
        if not request.read(DRAIN_STEP):
            return


def _body_pairs(request: HttpRequest, body: bytes) -> Iterable[tuple[str, str]]:
    if request.content_type == "multipart/form-data":
        return _multipart_pairs(request, body)
    # What a body begins with tells more than its header: many clients label JSON as a form.
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in (b"{", b"[") or request.content_type == "application/json":
        return _json_pairs(body)
    return _form_pairs(body)


def _form_pairs(form: bytes) -> list[tuple[str, str]]:
    """Texts in UTF-8. Others are refused: replaced characters would be sold and delivered."""
    try:
        return parse_qsl(
            form.decode(), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX
        )
    except ValueError as error:
        raise BadRequest("form") from error


def _json_pairs(body: bytes) -> Iterator[tuple[str, str]]:
    try:
        found = json.loads(
            body.decode("utf-8-sig"), parse_int=str, parse_float=_whole, parse_constant=str
        )
    except (ValueError, RecursionError) as error:
        raise BadRequest("json") from error
    if not isinstance(found, dict):
        raise BadRequest("json")
    for name, value in found.items():
        # PHP writes an array with gaps in its keys as an object.
        items = list(value.values()) if isinstance(value, dict) else value
        for item in items if isinstance(items, list) else [items]:
            if isinstance(item, str | bool):
                yield name, item if isinstance(item, str) else str(item).lower()


def _whole(text: str) -> str:
    """``1000.0`` as 1000: languages without integers write them so. Others keep their point."""
    found = _WHOLE.fullmatch(text)
    return found[1] if found else text


class _NoFiles(FileUploadHandler):
    """The protocol has no files: they are skipped as they are read."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return None

    def file_complete(self, file_size: int) -> None:
        return None


def _multipart_pairs(request: HttpRequest, body: bytes) -> Iterator[tuple[str, str]]:
    meta = {**request.META, "CONTENT_LENGTH": str(len(body))}
    try:
        fields, _files = MultiPartParser(meta, BytesIO(body), [_NoFiles(request)]).parse()
    except (MultiPartParserError, SuspiciousOperation, RequestDataTooBig, ValueError) as error:
        raise BadRequest("multipart") from error
    for name, texts in fields.lists():
        for text in texts:
            yield name, str(text)
