"""How people get an account: the panel's rules for the log-in library."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from orders.models import Customer
from panel.context import storefront_of
from panel.models import User


class AccountAdapter(DefaultAccountAdapter):
    """A sign-up makes a user and their customer; who was made by staff may log in at once."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return storefront_of(request).is_sign_up_open

    @transaction.atomic
    def save_user(
        self, request: HttpRequest, user: User, form: forms.Form, commit: bool = True
    ) -> User:
        """Write user and customer together: neither exists without the other."""
        made: User = super().save_user(request, user, form, commit=False)
        made.email = made.email.lower()
        if commit:
            made.customer = Customer.objects.create(name=made.email)
            made.save()
        return made

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """An address without a record was entered by staff, who know it: it needs no proof."""
        if not kwargs.get("signup") and not EmailAddress.objects.filter(user=user).exists():
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        answer: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return answer
