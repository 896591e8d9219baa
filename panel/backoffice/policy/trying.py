"""Trying the rules: which one would refuse this, and what the customer would read."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from orders.models import PolicyRule
from orders.models.policy import rules_in_force
from orders.placing import RefusedByPolicy
from orders.policy import Entry, Hit, Rulebook
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.policy.forms import TryForm

NO_SERVICE = 0


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Right.POLICY)
def attempt(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Ask the rules in force, as an order would; nothing is counted."""
    form = TryForm(request.POST or None)
    context: dict[str, object] = {"form": form}
    if form.is_valid():
        hit = _hit(form)
        context["is_tried"] = True
        if hit:
            context |= {"hit": hit, "said": str(RefusedByPolicy(hit))}
            context["rule"] = PolicyRule.objects.filter(pk=hit.rule.id).first()
    return render(request, "backoffice/policy/try.html", context)


def _hit(form: TryForm) -> Hit | None:
    service = form.cleaned_data["service"]
    _mark, rules = rules_in_force()
    links = {"link": form.cleaned_data["link"]} if form.cleaned_data["link"] else {}
    entry = Entry(
        service_id=service.pk if service else NO_SERVICE,
        category_id=service.category_id if service else NO_SERVICE,
        links=links,
        texts={"text": form.cleaned_data["text"]},
    )
    return Rulebook(rules).first_hit(entry)
