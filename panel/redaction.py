"""Secrets never reach a log: every line passes through here before it is written."""

import re
from collections.abc import MutableMapping
from typing import Any

HIDDEN = "[hidden]"
# Words that name a secret, as a form field, a query parameter, a JSON key or a header.
SECRET_WORDS = (
    "key", "api_key", "apikey", "password", "passwd", "secret", "token", "authorization",
    "cookie", "csrfmiddlewaretoken", "sessionid", "field_keys", "secret_key",
    "webhook_secret", "client_secret",
)  # fmt: skip

_words = "|".join(sorted(SECRET_WORDS, key=len, reverse=True))
# key=…  "key": "…"  'key': '…'; not when the word is the tail of another one (monkey=…).
_PAIR = re.compile(
    rf"""(?P<name>(?<![A-Za-z])["']?(?:{_words})["']?\s*[=:]\s*)(?P<value>"[^"]*"|'[^']*'|[^\s&,;}}"']+)""",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"\b(?P<scheme>Bearer|Basic|Token)\s+[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE)
_USERINFO = re.compile(r"(?P<start>[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s@/]+(?=@)", re.IGNORECASE)


def redact(text: str) -> str:
    """The text without the values of keys, tokens, passwords and credentials in addresses."""
    text = _SCHEME.sub(rf"\g<scheme> {HIDDEN}", text)
    text = _USERINFO.sub(rf"\g<start>{HIDDEN}", text)
    return _PAIR.sub(rf"\g<name>{HIDDEN}", text)


def redact_event(
    logger: object, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """The structlog processor: cleans every field of a log line. `event` is changed in place."""
    for name, value in event.items():
        event[name] = HIDDEN if _names_a_secret(name) else _clean(value)
    return event


def _names_a_secret(name: object) -> bool:
    return isinstance(name, str) and name.lower() in SECRET_WORDS


def _clean(value: object) -> object:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {k: HIDDEN if _names_a_secret(k) else _clean(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float) else redact(str(value))
