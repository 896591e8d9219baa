"""What a session remembers of the person who looks at the panel as a customer.

Looking exchanges who is logged in, and back. What the person proved when they logged in waits
in the mark meanwhile: it gets no younger, and the customer's session never has it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from hijack.signals import no_update_last_login
from hijack.views import keep_session_age

from panel.backoffice.rights import Right, rights_of
from panel.models import User

KEY = "looking"
PROVED = AUTHENTICATION_METHODS_SESSION_KEY  # and whose they are, under a name that begins so
LOOK_FOR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks as whom, and how long. ``staff`` is None when that person may no longer."""

    staff: User | None
    customer_id: int
    until: datetime
    proved: dict[str, Any]

    @property
    def is_over(self) -> bool:
        return self.staff is None or timezone.now() >= self.until

    @property
    def language(self) -> str:
        """Of the person who looks, whatever the customer reads."""
        chosen = self.staff.language if self.staff else ""
        return chosen or settings.LANGUAGE_CODE


def begin(request: HttpRequest, staff: User, user: User) -> None:
    """From now on this session is that of the customer's ``user``, with the mark."""
    mark = {
        "staff": staff.pk,
        "hash": staff.get_session_auth_hash(),
        "customer": user.customer_id,
        "until": (timezone.now() + LOOK_FOR).isoformat(),
        "proved": _proved(request),
    }
    _become(request, user)
    request.session[KEY] = mark


def look_of(request: HttpRequest) -> Look | None:
    """The look that this session is in; None for everybody else, without touching a session."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    mark = request.session.get(KEY)
    if mark is None:
        return None
    until = datetime.fromisoformat(mark["until"])
    return Look(_person(mark), mark["customer"], until, mark["proved"])


def end(request: HttpRequest, staff: User, proved: dict[str, Any]) -> None:
    """The session is that of ``staff`` again, with what they had ``proved``."""
    _become(request, staff)
    request.session.update(proved)
    UserSession.objects.create_from_request(request)  # so that they can end it from elsewhere


def _proved(request: HttpRequest) -> dict[str, Any]:
    """How and when they logged in, as the log-in library keeps it."""
    kept = request.session.items()
    return {name: value for name, value in kept if name.startswith(PROVED)}


def _become(request: HttpRequest, user: User) -> None:
    """Another session for another person; nobody's last log-in moves."""
    with no_update_last_login(), keep_session_age(request.session):
        login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])


def _person(mark: dict[str, Any]) -> User | None:
    """Whoever began it, if they still may and have the same password."""
    staff = User.objects.filter(pk=mark["staff"]).first()
    if staff is None or Right.LOG_IN_AS not in rights_of(staff):
        return None
    is_same = constant_time_compare(staff.get_session_auth_hash(), mark["hash"])
    return staff if is_same else None
