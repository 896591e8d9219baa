"""The kinds of texts that staff write: one table for lists, forms, sorting and addresses."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from panel.models import News, Page, Question

TEXTS_MAX = 500  # of one kind


@dataclass(frozen=True, slots=True)
class TextKind:
    """One row: which model, which of its columns are the heading and the text, where it is read."""

    code: str
    model: type[models.Model]
    title: Any
    new: Any
    sign: str
    heading: str
    body: str
    empty: Any
    address: Callable[[Any], str]

    @property
    def is_sorted(self) -> bool:
        """Whether staff put these in an order; news follow their time."""
        return self.model is not News

    @property
    def columns(self) -> tuple[str, ...]:
        own = ("slug",) if self.model is Page else ()
        return (self.heading, *own, self.body, "is_published")

    @property
    def rows(self) -> "models.QuerySet[Any]":
        found: models.QuerySet[Any] = self.model._default_manager.all()
        return found


_ROWS = (
    TextKind(
        "news",
        News,
        _("News"),
        _("New announcement"),
        "news",
        "title",
        "body",
        _("Announcements stand on the page News, the newest first."),
        lambda row: reverse("news"),
    ),
    TextKind(
        "questions",
        Question,
        _("Questions"),
        _("New question"),
        "info-circle",
        "question",
        "answer",
        _("The first ones also stand on the home page."),
        lambda row: reverse("questions"),
    ),
    TextKind(
        "pages",
        Page,
        _("Pages"),
        _("New page"),
        "file-text",
        "title",
        "body",
        _("Terms, privacy, anything: they are linked at the foot of every page."),
        lambda row: reverse("page", args=[row.slug]),
    ),
)
KINDS: dict[str, TextKind] = {row.code: row for row in _ROWS}


def kind_or_404(code: str) -> TextKind:
    if code not in KINDS:
        raise Http404
    return KINDS[code]
