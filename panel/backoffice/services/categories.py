"""The headings of the price list: their order, and of each its name, switch and markup."""

from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders import catalogue
from orders.models import Category
from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.services.forms import CategoryForm
from panel.backoffice.services.listing import CATEGORIES_MAX
from panel.storefront.services import number_in


@dataclass(frozen=True, slots=True)
class Line:
    """A heading, and before which others one step up or down puts it."""

    category: Category
    above: int | None
    below: int | None
    is_last: bool


@require_safe
@staff_page(Right.CATALOGUE_CHANGE)
def categories(request: HttpRequest, staff: Staff) -> HttpResponse:
    """All of them, to sort by mouse or keyboard."""
    counted = Category.objects.annotate(services_count=Count("services"))
    rows = list(counted.order_by("position", "id")[:CATEGORIES_MAX])
    lines = [
        Line(
            row,
            above=rows[at - 1].pk if at else None,
            below=rows[at + 2].pk if at + 2 < len(rows) else None,
            is_last=at + 1 == len(rows),
        )
        for at, row in enumerate(rows)
    ]
    return render(request, "backoffice/services/categories.html", {"lines": lines})


@require_POST
@staff_page(Right.CATALOGUE_CHANGE)
def move(request: HttpRequest, staff: Staff, category_id: int) -> HttpResponse:
    """Put it before another one; without one, at the end."""
    old = get_object_or_404(Category, pk=category_id).position
    try:
        with transaction.atomic():
            before_id = number_in(request.POST.get("before", ""))
            catalogue.move_category(category_id, before_id=before_id)
            new = Category.objects.values_list("position", flat=True).get(pk=category_id)
            auditing.record(
                request,
                staff,
                "category.move",
                subject="category",
                subject_id=category_id,
                old={"position": old},
                new={"position": new},
            )
    except catalogue.EditRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("staff_categories")


@staff_page(Right.CATALOGUE_CHANGE)
def new_category(request: HttpRequest, staff: Staff) -> HttpResponse:
    form = CategoryForm(Category(), request.POST or None)
    if form.is_valid():
        try:
            _add(request, staff, form)
        except catalogue.EditRefused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("The heading stands at the end of the price list."))
            return redirect("staff_categories")
    return render(request, "backoffice/services/category.html", {"form": form})


@staff_page(Right.CATALOGUE_CHANGE)
def category(request: HttpRequest, staff: Staff, category_id: int) -> HttpResponse:
    found = get_object_or_404(Category, pk=category_id)
    form = CategoryForm(found, request.POST or None)
    if form.is_valid():
        try:
            _edit(request, staff, category_id, form)
        except catalogue.EditRefused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("The changes were saved."))
            return redirect(f"{reverse('staff_services')}?category={category_id}")
    context = {"form": form, "category": found}
    return render(request, "backoffice/services/category.html", context)


@transaction.atomic
def _add(request: HttpRequest, staff: Staff, form: CategoryForm) -> None:
    made = catalogue.add_category(form.cleaned_data)
    auditing.record(
        request,
        staff,
        "category.add",
        subject="category",
        subject_id=made.pk,
        new=form.cleaned_data,
    )


@transaction.atomic
def _edit(request: HttpRequest, staff: Staff, category_id: int, form: CategoryForm) -> None:
    old = catalogue.edit_category(category_id, form.cleaned_data, now=timezone.now())
    if old:
        auditing.record(
            request,
            staff,
            "category.edit",
            subject="category",
            subject_id=category_id,
            old=old,
            new={name: form.cleaned_data[name] for name in old},
        )
