"""The language switch: for everybody a cookie, for those who are logged in their preference."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from panel.context import storefront_of
from panel.models import User

KEPT_S = 365 * 24 * 3_600


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Back to the page it was chosen on, which then speaks the chosen language."""
    answer = HttpResponseRedirect(_origin(request))
    language = request.POST.get("language", "")
    if language in storefront_of(request).offered_languages:
        if request.user.is_authenticated:
            User.objects.filter(pk=request.user.pk).update(language=language)
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=KEPT_S,
            secure=settings.HTTPS,
            httponly=True,
            samesite="Lax",
        )
    return answer


def _origin(request: HttpRequest) -> str:
    """Only an address of this panel; anything else leads home."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else "/"
