"""Bonuses, promo codes and vouchers on one page."""

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from orders.models import BonusRule, PromoCode, VoucherBatch
from panel.backoffice.access import Right, Staff, staff_page

SHOWN_MAX = 200  # of each


@require_safe
@staff_page(Right.METHODS)
def bonuses(request: HttpRequest, staff: Staff) -> HttpResponse:
    """The newest ones first."""
    rules = BonusRule.objects.select_related("method").defer("method__credentials")
    redeemed = Count("vouchers", filter=Q(vouchers__redeemed_at__isnull=False))
    context = {
        "rules": rules[:SHOWN_MAX],
        "promos": PromoCode.objects.all()[:SHOWN_MAX],
        "batches": VoucherBatch.objects.annotate(redeemed=redeemed)[:SHOWN_MAX],
    }
    return render(request, "backoffice/bonuses/list.html", context)
