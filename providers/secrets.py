"""Secrets at rest: a text column that only this application can read."""

from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


class SecretUnreadable(Exception):
    """None of the keys in FIELD_KEYS opens a stored secret."""


class Secret(str):
    """A text that hides itself from repr, so that traces and debug pages never show it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # not at run time
    """Text encrypted with the first of settings.FIELD_KEYS and readable with any of them.

    FIELD_KEYS is a list of urlsafe base64 Fernet keys: put a new one in front to rotate. Two
    equal texts are stored differently, so the column cannot be searched.
    """

    def get_prep_value(self, value: Any) -> str | None:
        text = super().get_prep_value(value)
        return None if text is None else _key_ring().encrypt(text.encode()).decode()

    def from_db_value(self, value: str | None, *_: object) -> Secret | None:
        if value is None:
            return None
        try:
            return Secret(_key_ring().decrypt(value.encode()).decode())
        except InvalidToken:
            raise SecretUnreadable("No key in FIELD_KEYS opens this secret.") from None

    def get_lookup(self, lookup_name: str) -> Any:
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None


def _key_ring() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])
