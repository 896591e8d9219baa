"""Names of hosts as they are compared, in whichever way they were written."""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from orders.policy.decoding import decoded
from orders.policy.folding import fold

HOST_MAX = 255  # characters; the end counts, as for name servers
LABEL_MAX = 63
NUMBERS_MAX = 4  # of an address of version 4, where the last one fills what is left

_PUNYCODE = "xn--"
_NUMBER = re.compile(r"0x[0-9a-f]{0,16}|[0-9]{1,16}")
# Translated and sped-up copies: the site's name is a label, its dots dashes, its dashes doubled.
_MIRRORS = (".translate.goog", ".cdn.ampproject.org")


def canonical_host(host: str) -> str:
    """A host as it is compared: decoded, in letters instead of punycode, folded."""
    return in_letters(fold(decoded(host)))


def in_letters(folded: str) -> str:
    """A decoded and folded host in letters instead of punycode."""
    host = folded.strip(".")[-HOST_MAX:]
    if _PUNYCODE not in host:
        return host
    return ".".join(_label_in_letters(label) for label in host.split("."))


def suffixes(host: str) -> list[str]:
    """The host and every domain that it lies in, the longest first."""
    labels = host.split(".")
    return [".".join(labels[at:]) for at in range(len(labels))]


def also_called(host: str) -> str:
    """The other name of a host that is a number, or a copy of another site; mostly nothing."""
    if host.startswith("["):
        return _embedded(host.strip("[]"))
    return _copied(host) if host.endswith(_MIRRORS) else in_numbers(host)


def in_numbers(host: str) -> str:
    """Four numbers for what browsers take for an address: fewer, hexadecimal, octal; or nothing."""
    if not host[host.rfind(".") + 1 :][:1].isdigit():
        return ""
    labels = host.split(".")
    if len(labels) > NUMBERS_MAX or not all(_NUMBER.fullmatch(label) for label in labels):
        return ""
    try:
        *first, last = (_number(label) for label in labels)
    except ValueError:  # an eight in an octal number
        return ""
    if any(number > 255 for number in first) or last >= 256 ** (NUMBERS_MAX - len(first)):
        return ""
    return str(IPv4Address(sum(n << 8 * (3 - at) for at, n in enumerate(first)) + last))


def _label_in_letters(label: str) -> str:
    if not label.startswith(_PUNYCODE) or len(label) > LABEL_MAX:
        return label
    try:
        return fold(label.removeprefix(_PUNYCODE).encode("ascii").decode("punycode"))
    except (UnicodeError, OverflowError):
        return label


def _number(label: str) -> int:
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    return int(label, 8 if label.startswith("0") else 10)


def _embedded(address: str) -> str:
    """The address of version 4 inside one of version 6."""
    try:
        return str(IPv6Address(address).ipv4_mapped or "")
    except AddressValueError:
        return ""


def _copied(host: str) -> str:
    label = host.removesuffix(_MIRRORS[0]).removesuffix(_MIRRORS[1]).rpartition(".")[2]
    return "-".join(part.replace("-", ".") for part in label.split("--"))
