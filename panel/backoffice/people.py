"""The staff: who they are, which role each has, taking people in and out."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from panel.backoffice import auditing
from panel.backoffice.access import Staff, staff_page
from panel.backoffice.rights import ROLE_RIGHTS, TITLES, Right
from panel.models import Role, User

PEOPLE_MAX = 500


class NotAllowed(Exception):
    """This change would be a mistake; nothing was changed. Its text is for the person."""


class PersonForm(forms.Form):
    """Someone new: they set their own password by “forgot password”."""

    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs["class"] = "form-control"
        self.fields["role"].widget.attrs["class"] = "form-select"


@require_safe
@staff_page(Right.STAFF)
def people(request: HttpRequest, staff: Staff) -> HttpResponse:
    return _show(request, PersonForm())


@require_POST
@staff_page(Right.STAFF, fresh=True)
def take_in(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Make somebody staff, with a role."""
    form = PersonForm(request.POST)
    if not form.is_valid():
        return _show(request, form)
    email, role = form.cleaned_data["email"].lower(), form.cleaned_data["role"]
    try:
        _take_in(request, staff, email, role)
    except NotAllowed as refusal:
        form.add_error("email", str(refusal))
        return _show(request, form)
    messages.success(request, _("%s is on the staff now.") % email)
    return redirect("staff_people")


@require_POST
@staff_page(Right.STAFF, fresh=True)
def change_role(request: HttpRequest, staff: Staff, user_id: int) -> HttpResponse:
    """Give another role; an empty one takes the person off the staff."""
    role = request.POST.get("role", "")
    if role and role not in Role.values:
        return redirect("staff_people")
    try:
        email = _change_role(request, staff, user_id, role)
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The role of %s was changed.") % email)
    return redirect("staff_people")


def _show(request: HttpRequest, form: PersonForm) -> HttpResponse:
    found = User.objects.filter(is_staff=True).order_by("email")[:PEOPLE_MAX]
    rights = [(role.label, _named(ROLE_RIGHTS[role])) for role in Role]
    context = {"people": found, "form": form, "roles": Role.choices, "role_rights": rights}
    return render(request, "backoffice/people.html", context)


def _named(rights: frozenset[Right]) -> list[str]:
    """In the order of the table, as people read them; one without a title by its code."""
    return [str(TITLES.get(right, right)) for right in Right if right in rights]


@transaction.atomic
def _take_in(request: HttpRequest, staff: Staff, email: str, role: str) -> None:
    user = User.objects.select_for_update().filter(email=email).first()
    if user is not None and (user.customer_id is not None or user.is_staff):
        raise NotAllowed(_("This address belongs to a customer or is on the staff already."))
    if user is None:
        user = User.objects.create_user(email)
    user.is_staff, user.role = True, role
    user.save(update_fields=["is_staff", "role"])
    auditing.record(
        request, staff, "staff.take_in", subject="staff", subject_id=user.pk, new=_facts(user)
    )


@transaction.atomic
def _change_role(request: HttpRequest, staff: Staff, user_id: int, role: str) -> str:
    # All of them, so that two owners cannot take each other out at the same moment.
    everybody = User.objects.filter(is_staff=True).order_by("pk").select_for_update()
    locked = {user.pk: user for user in everybody}
    user = locked.get(user_id) or get_object_or_404(User, pk=user_id, is_staff=True)
    if user.pk == staff.user.pk:
        raise NotAllowed(_("Somebody else must change your own role."))
    if user.is_superuser:
        raise NotAllowed(_("An administrator of the engine room keeps the role of an owner."))
    old = _facts(user)
    user.role, user.is_staff = role, bool(role)
    user.save(update_fields=["role", "is_staff"])
    auditing.record(
        request,
        staff,
        "staff.change_role",
        subject="staff",
        subject_id=user.pk,
        old=old,
        new=_facts(user),
    )
    return user.email


def _facts(user: User) -> dict[str, Any]:
    return {"email": user.email, "role": user.role, "is_staff": user.is_staff}
