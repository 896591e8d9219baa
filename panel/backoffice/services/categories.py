"""A heading of the price list: its name, its switch, and the markup below it."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from orders import catalogue
from orders.models import Category
from panel.backoffice import auditing
from panel.backoffice.access import Right, Staff, staff_page
from panel.backoffice.services.forms import CategoryForm


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
