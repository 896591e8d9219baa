"""What staff fill in about a text; lengths are those of the columns."""

from typing import Any

from django.forms.models import fields_for_model
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from panel.backoffice.content.kinds import TextKind
from panel.backoffice.dressing import Dressed

BODY_MAX = 50_000  # characters
BODY_ROWS = 16
LABELS = {
    "title": _("Title"),
    "question": _("Question"),
    "slug": _("Address"),
    "body": _("Text"),
    "answer": _("Answer"),
    "is_published": _("Published"),
}
SLUG_HELP = _("Small letters, digits and hyphens: terms stands at /pages/terms/.")


class TextForm(Dressed):
    """A text of one kind."""

    def __init__(self, kind: TextKind, row: Any = None, data: Any = None) -> None:
        self.kind, self.row = kind, row
        labels: dict[str, Any] = {name: LABELS[name] for name in kind.columns}
        made: dict[str, Any] = fields_for_model(kind.model, fields=list(labels), labels=labels)
        super().__init__(data)
        for name, field in made.items():
            field.initial = getattr(row, name) if row else name == "is_published" or ""
        self.fields.update(made)
        self._bound_body()
        if "slug" in self.fields:
            self.fields["slug"].help_text = SLUG_HELP
        self.dress()

    def _bound_body(self) -> None:
        body = self.fields[self.kind.body]
        body.max_length = BODY_MAX  # type: ignore[attr-defined]
        body.widget.attrs |= {"rows": BODY_ROWS, "maxlength": BODY_MAX, "dir": "auto"}
        body.help_text = _("Plain text, or simple HTML: headings, lists, links, bold.")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if len(cleaned.get(self.kind.body, "")) > BODY_MAX:
            text = gettext("At most %(limit)s characters.") % {"limit": BODY_MAX}
            self.add_error(self.kind.body, text)
        slug = cleaned.get("slug")
        others = self.kind.rows.exclude(pk=self.row.pk) if self.row else self.kind.rows
        if slug and others.filter(slug=slug).exists():
            self.add_error("slug", gettext("There is a page at this address already."))
        return cleaned
