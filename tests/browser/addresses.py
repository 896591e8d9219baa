"""Every address of the panel, found in the address list itself, and which of them are pages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

# Read by machines or by somebody else's tests: the protocol, probes, the stock admin.
NOT_FOR_READERS = ("admin", "api_v2", "healthz")
LEAVES = ("account_logout",)
OK = 200


@dataclass(frozen=True, slots=True)
class Address:
    """One entry of the address list; ``path`` is "" when a parameter has no known value."""

    name: str
    path: str
    parameters: tuple[str, ...]


def addresses(known: Mapping[str, Any]) -> list[Address]:
    """All that readers can reach, with the parameters filled in from ``known``."""
    return list(_walk(get_resolver().url_patterns, known, ()))


def pages(client: Client, known: Mapping[str, Any]) -> list[Address]:
    """Those that answer ``client`` with a whole page; parts, files and redirects are none."""
    return [one for one in addresses(known) if one.name not in LEAVES and _is_page(client, one)]


def _walk(
    patterns: list[Any], known: Mapping[str, Any], outer: tuple[str, ...]
) -> Iterator[Address]:
    for pattern in patterns:
        needed = (*outer, *pattern.pattern.converters, *pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLResolver):
            if pattern.namespace not in NOT_FOR_READERS:
                yield from _walk(pattern.url_patterns, known, needed)
        elif isinstance(pattern, URLPattern) and pattern.name not in (None, *NOT_FOR_READERS):
            yield _address(str(pattern.name), tuple(dict.fromkeys(needed)), known)


def _address(name: str, needed: tuple[str, ...], known: Mapping[str, Any]) -> Address:
    try:
        path = reverse(name, kwargs={parameter: known[parameter] for parameter in needed})
    except (KeyError, NoReverseMatch):
        path = ""
    return Address(name, path, needed)


def _is_page(client: Client, address: Address) -> bool:
    if not address.path:
        return False
    answer = client.get(address.path)
    if answer.status_code != OK or answer.streaming:
        return False
    is_html = answer["Content-Type"].startswith("text/html")
    return is_html and answer.content.lstrip()[:9].lower() == b"<!doctype"
