"""A link as it is compared: where it leads, whatever it is disguised as, and what it hands on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from orders.policy.decoding import decoded, unpacked
from orders.policy.folding import fold
from orders.policy.hosts import also_called, canonical_host, in_letters

_SCHEME = re.compile(r"(?:https?:|/)*", re.IGNORECASE)  # also pasted twice
# What may be a host. A step of a path that begins with @ is somebody's name, and utm_source says
# where somebody came from: both lead nowhere.
_NAMES = re.compile(r"/@[\w.-]*|[?&]utm_[a-z]{1,12}=[\w.-]*|[\w.-]+")
_BEGINNING = re.compile(r"\[.*|[\w.-]*")  # of a host; what follows is overlooked
_END_OF_HOST = re.compile(r"[/?#]")
_END_OF_PATH = re.compile(r"[?#]")
_LEFT_OUT = str.maketrans("", "", "\t\r\n")  # by browsers, wherever they stand


@dataclass(frozen=True, slots=True)
class Address:
    """``hosts`` are all that the link may lead to; ``text`` is host, path and what follows.

    ``entered`` is the whole of it, scheme and user too.
    """

    hosts: frozenset[str]
    text: str
    entered: str

    @property
    def bare(self) -> str:
        """The text as patterns see it: without ``www.`` and a last slash."""
        return self.text.removeprefix("www.").rstrip("/")


def read_address(link: str) -> Address:
    """Take a link apart as a browser does, and look for the addresses that stand inside it.

    A link that hands on to another one (``?to=``, an archive's path) leads there, too.
    """
    opened = decoded(link)
    entered = fold(opened)
    readable = entered if opened is link else entered.translate(_LEFT_OUT)
    shown, rest = _divided(_slashed(readable))
    host = in_letters(shown)
    hosts = {host, _begun(shown), *_within(f"{shown}{rest}")}
    if "%" in link or "\\" in link or not link.isascii():
        hosts |= _as_entered(link)
    packed = unpacked(opened)
    if packed:
        hosts.update(_within(_slashed(fold(packed))))
    hosts |= {also_called(found) for found in hosts}
    return Address(frozenset(hosts - {""}), host + _resolved(rest), entered)


def _as_entered(link: str) -> set[str]:
    """Where those would go who divide a link before they resolve its codes and odd letters."""
    hosts = {canonical_host(_divided(_slashed(link))[0])}
    if "\\" in link:  # what is no browser may take it for a part of a name
        hosts.add(canonical_host(_divided(link)[0]))
    return hosts | {name for found in hosts for name in _within(found)}


def _within(text: str) -> Iterator[str]:
    """Every name with a dot, and whatever an address begins with: it may be a number."""
    for name in _NAMES.findall(text):
        if "." in name and name[0] not in "/?&":
            yield in_letters(name)
    if "//" in text:
        for piece in text.split("//")[1:]:
            yield in_letters(_begun(_divided(piece)[0]))


def _begun(host: str) -> str:
    """A host as far as it is one."""
    return _BEGINNING.match(host)[0]  # type: ignore[index]  # it matches nothing, too


def _slashed(link: str) -> str:
    """Backslashes are slashes to browsers."""
    return link.replace("\\", "/")


def _divided(text: str) -> tuple[str, str]:
    """Host without user and port, and all that follows it."""
    text = text[_SCHEME.match(text).end() :]  # type: ignore[union-attr]  # it matches nothing, too
    end = _END_OF_HOST.search(text)
    authority, rest = (text[: end.start()], text[end.start() :]) if end else (text, "")
    host = authority.rpartition("@")[2]
    if host.startswith("["):
        return host.partition("]")[0] + "]", rest
    return host.partition(":")[0], rest


def _resolved(rest: str) -> str:
    """The path without empty and dotted steps; question and fragment as they are."""
    end = _END_OF_PATH.search(rest)
    path, behind = (rest[: end.start()], rest[end.start() :]) if end else (rest, "")
    steps: list[str] = []
    for step in path.split("/"):
        if step == "..":
            del steps[-1:]
        elif step not in ("", "."):
            steps.append(step)
    last = "/" if path.endswith("/") else ""
    return "".join(f"/{step}" for step in steps) + last + behind
