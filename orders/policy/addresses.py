"""A link as it is compared: where it leads, whatever it is disguised as."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from orders.policy.folding import fold

ENCODED_DEPTH_MAX = 5  # nothing on the way to a page decodes more often
HOST_MAX = 255  # characters; the end counts, as for name servers
LABEL_MAX = 63

_SCHEME = re.compile(r"(?:https?:|/)*", re.IGNORECASE)  # also pasted twice
_NAME = re.compile(r"[\w.-]*")
_END_OF_HOST = re.compile(r"[/?#]")
_END_OF_PATH = re.compile(r"[?#]")
_PUNYCODE = "xn--"


@dataclass(frozen=True, slots=True)
class Address:
    """``hosts`` are all that the link may lead to; ``text`` is host, path and what follows."""

    hosts: frozenset[str]
    text: str

    @property
    def bare(self) -> str:
        """The text as patterns see it: without ``www.`` and a last slash."""
        return self.text.removeprefix("www.").rstrip("/")


def read_address(link: str) -> Address:
    """Take a link apart as a browser does, and once more with its codes resolved."""
    shown, rest = _divided(_slashed(fold(decoded(link))))
    host = canonical_host(shown)
    hosts = {host, canonical_host(_divided(_slashed(link))[0])}
    if "\\" in link:  # what is no browser may take it for a part of a name
        hosts.add(canonical_host(_divided(link)[0]))
    # Others read a name as far as it is one.
    hosts |= {_NAME.match(found)[0].strip(".") for found in hosts}  # type: ignore[index]
    return Address(frozenset(hosts - {""}), host + _resolved(rest))


def decoded(text: str) -> str:
    """Percent codes resolved, also those of percent codes."""
    for _round in range(ENCODED_DEPTH_MAX):
        if "%" not in text:
            break
        text = unquote(text)
    return text


def canonical_host(host: str) -> str:
    """A host as it is compared: decoded, in letters instead of punycode, folded."""
    folded = fold(decoded(host)).strip(".")[-HOST_MAX:]
    if _PUNYCODE not in folded:
        return folded
    return ".".join(_in_letters(label) for label in folded.split("."))


def suffixes(host: str) -> list[str]:
    """The host and every domain that it lies in, the longest first."""
    labels = host.split(".")
    return [".".join(labels[at:]) for at in range(len(labels))]


def _in_letters(label: str) -> str:
    if not label.startswith(_PUNYCODE) or len(label) > LABEL_MAX:
        return label
    try:
        return fold(label.removeprefix(_PUNYCODE).encode("ascii").decode("punycode"))
    except (UnicodeError, OverflowError):
        return label


def _slashed(link: str) -> str:
    """Backslashes are slashes to browsers."""
    return link.replace("\\", "/")


def _divided(text: str) -> tuple[str, str]:
    """Host without user and port, and all that follows it."""
    text = text[_SCHEME.match(text).end() :]  # type: ignore[union-attr]  # it matches nothing, too
    end = _END_OF_HOST.search(text)
    authority, rest = (text[: end.start()], text[end.start() :]) if end else (text, "")
    return authority.rpartition("@")[2].partition(":")[0], rest


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
