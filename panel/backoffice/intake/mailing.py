"""Whoever was taken in is told how to set a password; a few e-mails at a time.

An e-mail that the server does not take is noted and not tried again: everybody can ask for the
same one by "forgot password".
"""

from smtplib import SMTPException

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from panel.models import Intake, IntakeLine, Storefront, User

SLICE_MAILS = 20
TIMEOUT_S = 20
FAILURES_MAX = 3
"""So many after one another: the server is away, and the rest is given up."""
ERROR_MAX = 500


def mail_slice(intake: Intake, limit: int) -> int:
    """Send some; returns how many were sent or given up, 0 when none is due."""
    due = intake.lines.filter(is_mail_due=True).order_by("number")
    brand, failures, done = Storefront.current(), 0, 0
    for line in due[: min(limit, SLICE_MAILS)]:
        error = _sent(line, brand)
        failures = failures + 1 if error else 0
        line.is_mail_due, line.mail_error = False, error
        line.save(update_fields=["is_mail_due", "mail_error"])
        done += 1
        if failures == FAILURES_MAX:
            return done + due.update(is_mail_due=False, mail_error=error)
    return done


def _sent(line: IntakeLine, brand: Storefront) -> str:
    """Send one; the error, or nothing."""
    user = User.objects.filter(customer=line.customer_id, is_active=True).first()
    if user is None:
        return ""
    message = _letter(user, brand)
    message.connection = get_connection(timeout=TIMEOUT_S)
    try:
        message.send()
    except (SMTPException, OSError, ValueError) as failure:
        return f"{type(failure).__name__}: {failure}"[:ERROR_MAX]
    return ""


def _letter(user: User, brand: Storefront) -> EmailMessage:
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    uidb36, _dash, token = key.partition("-")
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": uidb36, "key": token})
    with override(user.language or settings.LANGUAGE_CODE):
        context = {
            "brand": brand,
            "address": f"{settings.PUBLIC_URL}{path}",
            "again": f"{settings.PUBLIC_URL}{reverse('account_reset_password')}",
        }
        body = render_to_string("notices/welcome.txt", context)
        subject = " ".join(_("Your account at %s").split()) % " ".join(brand.name.split())
        return EmailMessage(subject, body, to=[user.email])
