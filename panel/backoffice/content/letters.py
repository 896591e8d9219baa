"""The words of the e-mails to customers, in each language: built-in until staff write their own."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from orders.models import Order, Service
from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.content.kinds import KINDS
from panel.backoffice.dressing import Dressed
from panel.context import storefront_of
from panel.models import NoticeText
from panel.models.notices import Event
from panel.models.texts import BODY_MAX, SUBJECT_MAX
from panel.notices.letters import Line, built_in, facts_of
from panel.notices.wording import EXPLAINED, allowed, filled, unknown_placeholders

BODY_ROWS = 8


class LetterForm(Dressed):
    """Subject and opening; what follows (orders, times, the brand) is always added."""

    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=SUBJECT_MAX)
    body = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=BODY_MAX,
        widget=forms.Textarea(attrs={"rows": BODY_ROWS, "dir": "auto"}),
    )

    def __init__(self, event: str, *args: Any, **kwargs: Any) -> None:
        self.event = event
        super().__init__(*args, **kwargs)

    def clean_subject(self) -> str:
        return self._known("subject")

    def clean_body(self) -> str:
        return self._known("body")

    def _known(self, name: str) -> str:
        text: str = self.cleaned_data[name]
        unknown = unknown_placeholders(self.event, text)
        if unknown:
            names = ", ".join(f"{{{one}}}" for one in unknown)
            raise forms.ValidationError(_("Nothing is filled in for: %s") % names)
        return text


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail in one language."""

    event: Event
    language: str
    is_own: bool


@require_safe
@staff_page(Right.CONTENT)
def letters(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Every e-mail, with the languages in which it has words of the operator's own."""
    own = set(NoticeText.objects.values_list("event", "language"))
    codes = [code for code, _name in settings.LANGUAGES]
    rows = [
        (event, [Letter(event, code, (event.value, code) in own) for code in codes])
        for event in Event
    ]
    context = {"rows": rows, "kinds": KINDS.values(), "has_mail": bool(settings.EMAIL_URL)}
    return render(request, "backoffice/content/letters.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Right.CONTENT)
def letter(request: HttpRequest, staff: Staff, event: str, language: str) -> HttpResponse:
    """One text: written, looked at, kept; or given up for the built-in one."""
    if event not in Event.values or language not in dict(settings.LANGUAGES):
        raise Http404
    own = NoticeText.objects.filter(event=event, language=language).first()
    if request.method == "POST" and "drop" in request.POST:
        _keep(request, staff, event, language, None)
        messages.success(request, _("The built-in text is sent again."))
        return redirect("staff_letters")
    initial = {"subject": own.subject, "body": own.body} if own else None
    form = LetterForm(event, request.POST or None, initial=initial)
    if form.is_valid() and "look" not in request.POST:
        _keep(request, staff, event, language, form.cleaned_data)
        messages.success(request, _("The text was saved."))
        return redirect("staff_letters")
    return _show(request, form, language, own)


@transaction.atomic
def _keep(
    request: HttpRequest, staff: Staff, event: str, language: str, new: dict[str, Any] | None
) -> None:
    """Write the new words, or drop the row for None; with a line in the trail."""
    row = NoticeText.objects.select_for_update().filter(event=event, language=language).first()
    old = {"subject": row.subject, "body": row.body} if row else {}
    if old == (new or {}):
        return
    if new is None:
        NoticeText.objects.filter(event=event, language=language).delete()
    else:
        row, _is_new = NoticeText.objects.update_or_create(
            event=event, language=language, defaults=new
        )
    auditing.record(
        request,
        staff,
        f"letter.{event}.{language}",
        subject="letter",
        subject_id=row.pk if row and row.pk else 0,
        old=old,
        new=new or {},
    )


def _show(
    request: HttpRequest, form: LetterForm, language: str, own: NoticeText | None
) -> HttpResponse:
    event = form.event
    with translation.override(language):
        facts = facts_of(_example(event), storefront_of(request))
        usual = built_in(event, facts)
    subject, body = form["subject"].value() or "", form["body"].value() or ""
    context = {
        "form": form,
        "event": Event(event),
        "language": language,
        "own": own,
        "usual": usual,
        "placeholders": [(name, EXPLAINED[name], facts[name]) for name in allowed(event)],
        "shown_subject": filled(subject, facts)[:SUBJECT_MAX],
        "shown_body": filled(body, facts)[: 2 * BODY_MAX],
    }
    return render(request, "backoffice/content/letter.html", context)


def _example(event: str) -> Line:
    """An order as it might be, kept nowhere."""
    amount = Decimal("12.5") if event in (Event.MONEY_BACK, Event.FUNDS) else None
    if event == Event.FUNDS:
        return Line(None, None, amount)
    service = Service(name=_("An example service"))
    order = Order(pk=23501, service=service, link="https://example.com/page")
    return Line(None, order, amount)
