"""Trying the rules: which would refuse this, for which piece, and what the customer would read."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from orders.models import PolicyRule
from orders.models.policy import rules_in_force
from orders.placing import RefusedByPolicy
from orders.policy import Entry, Hit, Rulebook, read_address
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.policy.forms import TryForm

NO_SERVICE = 0
SHOWN_MAX = 20


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Right.POLICY)
def attempt(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Ask the rules in force, as an order would; nothing is counted."""
    form = TryForm(request.POST or None)
    context: dict[str, object] = {"form": form}
    if form.is_valid():
        context |= {"is_tried": True, "hosts": _hosts(form.cleaned_data["link"])}
        hits = _hits(form)
        if hits:
            rules = PolicyRule.objects.in_bulk([hit.rule.id for hit in hits])
            first, *others = [(hit, rules.get(hit.rule.id)) for hit in hits]
            context |= {"hit": first[0], "rule": first[1], "others": others}
            context["said"] = str(RefusedByPolicy(hits[0]))
    return render(request, "backoffice/policy/try.html", context)


def _hits(form: TryForm) -> list[Hit]:
    """The rules that refuse it, the one that answers first."""
    service = form.cleaned_data["service"]
    _mark, rules = rules_in_force()
    links = {"link": form.cleaned_data["link"]} if form.cleaned_data["link"] else {}
    entry = Entry(
        service_id=service.pk if service else NO_SERVICE,
        category_id=service.category_id if service else NO_SERVICE,
        links=links,
        texts={"text": form.cleaned_data["text"]},
    )
    return Rulebook(rules).all_hits(entry)[:SHOWN_MAX]


def _hosts(link: str) -> list[str]:
    """All that rules about websites see in the link."""
    found = read_address(link).hosts if link else frozenset()
    return sorted(host for host in found if "." in host)[:SHOWN_MAX]
