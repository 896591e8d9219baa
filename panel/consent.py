"""The tick of those who sign up: they agree to the terms, where the operator asks for it."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from panel.models import Page, Storefront, User

SLUGS = ("terms", "privacy")


class ConsentForm(forms.Form):
    """What the log-in library asks beside address and password; nothing when nothing is asked."""

    field_order = ("email", "password1", "agrees")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if Storefront.current().asks_consent:
            pages = list(Page.objects.filter(slug__in=SLUGS, is_published=True).order_by("-slug"))
            if pages:
                self.fields["agrees"] = forms.BooleanField(
                    label=_label(pages),
                    error_messages={"required": gettext("Without this there is no account.")},
                )

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called once the user is made: remember when they agreed."""
        if self.cleaned_data.get("agrees"):
            user.agreed_at = timezone.now()
            user.save(update_fields=["agreed_at"])


def _label(pages: list[Page]) -> SafeString:
    links = ((reverse("page", args=[page.slug]), page.title) for page in pages)
    named = format_html_join(", ", '<a href="{}" target="_blank">{}</a>', links)
    return format_html("{}: {}", gettext("I have read and agree to"), named)
