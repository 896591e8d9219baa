"""``services``: the price list with the caller's own rates, made once for each edition."""

import gzip
from functools import lru_cache

from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags

from orders import price_list
from orders.price_list import Edition
from panel.api.v2.replies import Call, raw_reply

EDITIONS_KEPT_MAX = 16  # in each process: about 2 MB for 10,000 services
COMPRESSION = 5


def services(call: Call) -> HttpResponse:
    """The list, compressed where the client takes it, or 304 where it has it already."""
    edition = price_list.edition_for(call.caller.customer_id)
    etag = f'"{edition.tag}"'
    known = parse_etags(call.headers.get("HTTP_IF_NONE_MATCH", ""))
    if "*" in known or any(one.removeprefix("W/") == etag for one in known):
        response = raw_reply(b"", status=304)
        del response["Content-Type"], response["Content-Length"]
    else:
        response = _listed(edition, is_gzip="gzip" in call.headers.get("HTTP_ACCEPT_ENCODING", ""))
    response["ETag"] = f"W/{etag}"
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def _listed(edition: Edition, *, is_gzip: bool) -> HttpResponse:
    plain, packed = _bodies(edition)
    if not is_gzip:
        return raw_reply(plain)
    response = raw_reply(packed)
    response["Content-Encoding"] = "gzip"
    return response


@lru_cache(maxsize=EDITIONS_KEPT_MAX)
def _bodies(edition: Edition) -> tuple[bytes, bytes]:
    """The list as it is and compressed. An edition never changes: a change makes another one."""
    body = price_list.as_json(edition).encode()
    return body, gzip.compress(body, COMPRESSION, mtime=0)
