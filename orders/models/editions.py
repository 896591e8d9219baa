"""Which state of the price list is current. Written by the database (migration ``editions``)."""

from django.db import models


class CatalogueEdition(models.Model):
    """One change of the price list. The set of rows that a reader sees names its state."""

    def __str__(self) -> str:
        return f"Edition {self.pk}"
