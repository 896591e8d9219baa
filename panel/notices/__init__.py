"""E-mails about what happened: found in rows that exist anyway, written as rows, then sent."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from panel.notices.finding import find, forget
from panel.notices.sending import send_due


@dataclass(frozen=True, slots=True)
class Told:
    """What one run did. ``sent`` counts e-mails."""

    found: int = 0
    sent: int = 0


def tell(*, now: datetime) -> Told:
    """Find what is new and send what is due.

    Without a mail server nothing is kept: who sets one up later is told what happens from then on.
    """
    if not settings.EMAIL_URL:
        forget()
        return Told()
    return Told(found=find(now=now), sent=send_due(now=now))


__all__ = ["Told", "tell"]
