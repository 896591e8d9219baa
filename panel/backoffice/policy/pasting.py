"""Many rules at once, pasted one on each line, or filled in from a ready list."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from orders import policing
from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.policy.forms import PasteForm, filled_lines

UNUSABLE_SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Right.POLICY)
def paste(request: HttpRequest, staff: Staff) -> HttpResponse:
    """The form; sent, what became of its lines, with those that are no rules to mend."""
    form = PasteForm(request.POST or None, initial=_filled_in(request.GET.get("list", "")))
    context: dict[str, object] = {
        "form": form,
        "limit": policing.PASTED_MAX,
        "ready_lists": policing.READY_LISTS.items(),
    }
    if form.is_valid():
        try:
            pasted = _add(request, staff, form)
        except policing.RuleRefused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            _tell(request, pasted)
            left = "\n".join(line for line, _why in pasted.unusable)
            context |= {"pasted": pasted, "unusable": pasted.unusable[:UNUSABLE_SHOWN]}
            context["form"] = form = PasteForm(initial=form.cleaned_data | {"lines": left})
    context["filled"] = len(filled_lines(form["lines"].value() or ""))
    return render(request, "backoffice/policy/paste.html", context)


def _filled_in(name: str) -> dict[str, Any]:
    """A ready list in the form, to be looked through and added; nothing for an unknown one."""
    ready = policing.READY_LISTS.get(name)
    if ready is None:
        return {}
    return {"kind": ready.kind, "lines": "\n".join(ready.values), "note": str(ready.title)}


@transaction.atomic
def _add(request: HttpRequest, staff: Staff, form: PasteForm) -> policing.Pasted:
    kind = form.cleaned_data["kind"]
    lines = filled_lines(form.cleaned_data["lines"])
    pasted = policing.add_many(kind, lines, form.shared_columns())
    if pasted.added:
        auditing.record(
            request,
            staff,
            "policy.paste",
            subject="policy",
            subject_id=pasted.first_id,
            new={"kind": kind, "values": pasted.added},
        )
    return pasted


def _tell(request: HttpRequest, pasted: policing.Pasted) -> None:
    added = ngettext("%(n)s rule was added.", "%(n)s rules were added.", len(pasted.added))
    messages.success(request, added % {"n": len(pasted.added)})
    if pasted.known:
        known = ngettext("%(n)s was a rule before.", "%(n)s were rules before.", pasted.known)
        messages.info(request, known % {"n": pasted.known})
