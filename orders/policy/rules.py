"""What a rule is, what it is asked about, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext_lazy as _

ANY = "*"


class Kind(models.TextChoices):
    """What a rule looks at."""

    HOST = "host", _("Website, with its subdomains")
    LINK_PART = "link_part", _("Link contains")
    LINK_PATTERN = "link_pattern", _("Link looks like (* stands for anything)")
    WORD = "word", _("Whole word in any text or link")
    WORD_PART = "word_part", _("Part of any text or link")
    SERVICE = "service", _("Every order of the service")
    CATEGORY = "category", _("Every order in the category")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``value`` is canonical; without a service or category it is for all orders.

    ``place`` is its rank: of several rules that refuse an order, the first one answers.
    """

    id: int
    kind: str
    value: str
    place: int = 0
    message: str = ""
    service_id: int | None = None
    category_id: int | None = None

    def is_for(self, entry: "Entry") -> bool:
        of_service = self.service_id in (None, entry.service_id)
        return of_service and self.category_id in (None, entry.category_id)


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody wants to order: links and texts by the names of their inputs."""

    service_id: int
    category_id: int
    links: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that refuses, the input that it is about, and the piece of it that met the rule.

    The piece is as it was compared: folded, decoded. A rule about all orders meets none.
    """

    rule: Rule
    field: str
    piece: str = ""
