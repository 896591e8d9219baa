"""The audit trail, to read."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from panel.backoffice.access import Staff, staff_page
from panel.backoffice.rights import Right
from panel.models import AuditEntry, User
from panel.pager import by_key
from panel.storefront.services import number_in

ENTRIES_SHOWN = 50
SUBJECTS = {
    "order": _("Order"),
    "refill": _("Refill"),
    "cancel": _("Wish to cancel"),
    "provider": _("Provider"),
    "staff": _("Staff"),
    "service": _("Service"),
    "category": _("Category"),
    "customer": _("Customer"),
    "payment": _("Payment"),
    "method": _("Payment method"),
    "bonus": _("Bonus"),
    "promo": _("Promo code"),
    "vouchers": _("Vouchers"),
    "intake": _("Import of customers"),
    "billing": _("Invoices and taxes"),
    "book": _("Book"),
    "policy": _("Rule"),
    "text": _("Text"),
    "letter": _("E-mail"),
    "settings": _("Settings"),
    "funds": _("Second person"),
}


@require_safe
@staff_page(Right.AUDIT)
def audit(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Who did what, newest first, narrowed by person, subject and its id."""
    pager = by_key(_found(request), request.GET, size=ENTRIES_SHOWN)
    people = User.objects.filter(is_staff=True).order_by("email").values_list("pk", "email")
    context = {"pager": pager, "people": people, "subjects": SUBJECTS.items()}
    return render(request, "backoffice/audit.html", context)


def _found(request: HttpRequest) -> QuerySet[AuditEntry]:
    entries = AuditEntry.objects.all()
    person = number_in(request.GET.get("person", ""))
    if person is not None:
        entries = entries.filter(user_id=person)
    subject = request.GET.get("subject", "")
    if subject in SUBJECTS:
        entries = entries.filter(subject=subject)
    subject_id = number_in(request.GET.get("id", ""))
    if subject_id is not None:
        entries = entries.filter(subject_id=subject_id)
    return entries
