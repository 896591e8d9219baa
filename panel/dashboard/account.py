"""Keys of a customer's programs, preferences, and the feed of changes."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orders.models import CatalogueChange, Customer
from panel.api import keys as api_keys
from panel.dashboard.access import for_customers
from panel.forms import AccountForm, KeyForm
from panel.marks import followed_by
from panel.models import ApiKey
from panel.pager import by_key

CHANGES_SHOWN = 50


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_customers
def keys(request: HttpRequest, customer: Customer) -> HttpResponse:
    """The keys. A new one is shown on the answer to its making and never again."""
    form = KeyForm(request.POST or None)
    issued = None
    if request.method == "POST" and form.is_valid():
        try:
            issued = api_keys.issue_key(
                customer.pk,
                name=form.cleaned_data["name"],
                allowed_ips=form.cleaned_data["addresses"].split(),
            )
            form = KeyForm()
        except api_keys.KeyNotIssued as refusal:
            form.add_error("addresses", str(refusal))
    found = ApiKey.objects.filter(customer=customer).order_by("revoked_at", "-pk")
    context = {"form": form, "issued": issued, "keys": found[: 2 * api_keys.KEYS_MAX]}
    return render(request, "dashboard/keys.html", context)


@require_POST
@for_customers
def revoke_key(request: HttpRequest, customer: Customer, key_id: int) -> HttpResponse:
    if not api_keys.revoke_key(key_id, customer_id=customer.pk, now=timezone.now()):
        raise Http404
    messages.success(request, _("The key was revoked. Programs that use it are shut out now."))
    return redirect("keys")


@require_safe
@for_customers
def updates(request: HttpRequest, customer: Customer) -> HttpResponse:
    """What changed in the price list: new, gone, dearer, cheaper, other limits."""
    changes = CatalogueChange.objects.select_related("service")
    kind = request.GET.get("kind", "")
    if kind in CatalogueChange.Kind.values:
        changes = changes.filter(kind=kind)
    is_followed_only = request.GET.get("followed") == "1"
    if is_followed_only:
        changes = changes.filter(service__in=followed_by(customer))
    pager = by_key(changes, request.GET, size=CHANGES_SHOWN)
    context = {"pager": pager, "kind": kind, "kinds": CatalogueChange.Kind.choices}
    context["is_followed_only"] = is_followed_only
    return render(request, "dashboard/updates.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Language, time zone and wished e-mails of whoever is logged in."""
    form = AccountForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your preferences were saved."))
        return redirect("account")
    return render(request, "dashboard/account.html", {"form": form})
