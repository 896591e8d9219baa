"""API keys: shown once, kept as digests, looked up by prefix, revoked at once.

A key is ``wr_``, 8 characters to find it by, and 44 characters of secret (62 letters and digits
each, more than 32 random bytes). The database holds the SHA-256 of the whole.
"""

import hashlib
import hmac
import ipaddress
import json
import re
import secrets
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _

from orders.models import Customer
from orders.models.patience import takes_no_writes
from panel.models import ApiKey

PREFIX_CHARACTERS = 8
SECRET_CHARACTERS = 44  # 44 × log2(62) = 262 bits
KEYS_MAX = 50  # usable ones for each customer
ADDRESSES_MAX = 50
REQUESTS_PER_MINUTE_DEFAULT = 6_000
REQUESTS_PER_MINUTE_MAX = 60_000
LAST_USED_STEP = timedelta(minutes=1)

_ALPHABET = string.ascii_letters + string.digits
_KEY = re.compile(rf"wr_([A-Za-z0-9]{{{PREFIX_CHARACTERS}}})[A-Za-z0-9]{{{SECRET_CHARACTERS}}}")
_FIND = """
    SELECT k.id, k.digest, k.allowed_ips, k.requests_per_minute, k.last_used_at,
           c.id, c.status, coalesce((SELECT currency FROM panel_storefront WHERE id = 1), %s)
      FROM panel_apikey AS k
      JOIN orders_customer AS c ON c.id = k.customer_id
     WHERE k.prefix = %s AND k.revoked_at IS NULL
"""
# Requests of one key come in parallel: whoever finds the row taken leaves it to the other.
_TOUCH = """
    UPDATE panel_apikey SET last_used_at = %s
     WHERE id = (SELECT id FROM panel_apikey
                  WHERE id = %s AND (last_used_at IS NULL OR last_used_at <= %s)
                    FOR UPDATE SKIP LOCKED)
"""
CURRENCY_DEFAULT = "USD"


class KeyRefused(Exception):
    """This key opens nothing; the text may be shown to whoever brought it."""


class KeyNotIssued(Exception):
    """No key was made; the text says why."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose key it is. ``currency`` is the panel's: every answer about money needs it."""

    key_id: int
    customer_id: int
    requests_per_minute: int
    currency: str


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key. ``text`` is the key itself, which nobody can ever read again."""

    row: ApiKey
    text: str


def issue_key(
    customer_id: int,
    *,
    name: str,
    allowed_ips: Iterable[str] = (),
    requests_per_minute: int = REQUESTS_PER_MINUTE_DEFAULT,
) -> IssuedKey:
    """Make a key for a customer. Raises KeyNotIssued for an address that is none, or too many."""
    addresses = _addresses(allowed_ips)
    if not 1 <= requests_per_minute <= REQUESTS_PER_MINUTE_MAX:
        raise KeyNotIssued(_("At most %s requests per minute.") % REQUESTS_PER_MINUTE_MAX)
    if ApiKey.objects.filter(customer_id=customer_id, revoked_at=None).count() >= KEYS_MAX:
        raise KeyNotIssued(_("At most %s keys: revoke one that is no longer used.") % KEYS_MAX)
    prefix, secret = _random(PREFIX_CHARACTERS), _random(SECRET_CHARACTERS)
    text = f"wr_{prefix}{secret}"
    row = ApiKey.objects.create(
        customer_id=customer_id,
        name=name[: ApiKey._meta.get_field("name").max_length],
        prefix=prefix,
        digest=_digest(text),
        allowed_ips=addresses,
        requests_per_minute=requests_per_minute,
    )
    return IssuedKey(row, text)


def revoke_key(key_id: int, *, customer_id: int, now: datetime) -> bool:
    """Shut a key of this customer for good; False when there is no such usable key."""
    usable = ApiKey.objects.filter(pk=key_id, customer_id=customer_id, revoked_at=None)
    return bool(usable.update(revoked_at=now))


def authenticate(text: str, *, address: str, now: datetime) -> Caller:
    """Who brings the key ``text`` from ``address``: one SELECT. Raises KeyRefused."""
    found = _KEY.fullmatch(text)
    if not found:
        raise KeyRefused("Invalid API key")
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [CURRENCY_DEFAULT, found[1]])
        row = cursor.fetchone()
    if row is None or not hmac.compare_digest(bytes(row[1]), _digest(text)):
        raise KeyRefused("Invalid API key")
    key_id, _found, allowed, per_minute, last_used_at, customer_id, status, currency = row
    if not _is_allowed(address, json.loads(allowed)):
        raise KeyRefused("This API key may not be used from your address")
    if status == Customer.Status.SUSPENDED:
        raise KeyRefused("This account is suspended")
    _note_use(key_id, last_used_at, now=now)
    return Caller(key_id, customer_id, per_minute, currency)


def _random(characters: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _position in range(characters))


def _digest(text: str) -> bytes:
    # Fast on purpose: a secret of 262 random bits cannot be guessed, so it needs no slow hash.
    return hashlib.sha256(text.encode()).digest()


def _addresses(texts: Iterable[str]) -> list[str]:
    found = []
    for text in texts:
        try:
            found.append(str(ipaddress.ip_network(text.strip(), strict=False)))
        except ValueError as error:
            raise KeyNotIssued(_("%s is neither an address nor a network.") % text) from error
    if len(found) > ADDRESSES_MAX:
        raise KeyNotIssued(_("At most %s addresses.") % ADDRESSES_MAX)
    return found


def _is_allowed(address: str, networks: Sequence[str]) -> bool:
    if not networks:
        return True
    try:
        caller = ipaddress.ip_address(address)
    except ValueError:
        return False
    caller = getattr(caller, "ipv4_mapped", None) or caller
    return any(caller in ipaddress.ip_network(network) for network in networks)


def _note_use(key_id: int, last_used_at: datetime | None, *, now: datetime) -> None:
    before = now - LAST_USED_STEP
    if last_used_at is None or last_used_at <= before:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(_TOUCH, [now, key_id, before])
        except DatabaseError as error:
            if not takes_no_writes(error):  # else who only reads goes on without it
                raise
