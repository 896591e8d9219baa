"""Notices become e-mails: claimed and committed before each is handed to the mail server.

A worker that dies between the server's yes and writing it down is the one case in which an
e-mail goes out again; its Message-ID stays the same, so that a mailbox can tell.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from smtplib import SMTPException
from typing import Any

from django.core.mail import DNS_NAME, get_connection
from django.db import connection
from django.db.models import QuerySet

from panel.models import Notice, Storefront
from panel.notices.letters import letter

BATCH_MAX = 100  # e-mails a run
NOTICES_MAX = 5_000  # looked at in a run
DIGEST_FROM = 6  # so many of one kind for one reader are told in one e-mail
ROUND_S = 90  # and one e-mail more: well below the time limit of a task
TIMEOUT_S = 20
TRIES_MAX = 6  # the last one about six hours after the first
BACKOFF_S = 60  # four times as long after each try
ERROR_MAX = 500

_CLAIM = """
    UPDATE panel_notice
       SET tries = tries + 1,
           due_at = CASE WHEN tries + 1 < %(tries)s::int
                         THEN %(now)s::timestamptz + power(4, tries) * %(backoff)s::interval END
     WHERE id = ANY(%(ids)s::bigint[]) AND due_at <= %(now)s
    RETURNING id
"""


def send_due(*, now: datetime) -> int:
    """Send up to BATCH_MAX e-mails about notices that are due; returns how many were taken."""
    began, sent, brand = time.monotonic(), 0, Storefront.current()
    for number, notices in enumerate(_letters(now), start=1):
        claimed = _claim(notices, now=now)
        if claimed:
            sent += _send(claimed, brand, now=now)
        if number >= BATCH_MAX or time.monotonic() - began > ROUND_S:
            break
    return sent


def _letters(now: datetime) -> Iterator[list[Notice]]:
    """What is due, the oldest first, divided into what one e-mail tells."""
    due = Notice.objects.filter(due_at__lte=now).select_related("user").order_by("due_at", "pk")
    rows = sorted(due[:NOTICES_MAX], key=lambda notice: (notice.user_id, notice.event))
    for _reader, group in groupby(rows, key=lambda notice: (notice.user_id, notice.event)):
        notices = list(group)
        if len(notices) >= DIGEST_FROM:
            yield notices
        else:
            yield from ([notice] for notice in notices)


def _claim(notices: Sequence[Notice], *, now: datetime) -> list[Notice]:
    """Those that nobody else took: a try is counted, the next one planned, before it is made."""
    given: dict[str, Any] = {
        "ids": [notice.pk for notice in notices],
        "now": now,
        "tries": TRIES_MAX,
        "backoff": timedelta(seconds=BACKOFF_S),
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, given)
        ours = {row[0] for row in cursor.fetchall()}
    return [notice for notice in notices if notice.pk in ours]


def _send(notices: Sequence[Notice], brand: Storefront, *, now: datetime) -> int:
    first = notices[0]
    message = letter(first.user, first.event, notices, brand)
    message.extra_headers["Message-ID"] = f"<notice-{first.pk}-{len(notices)}@{DNS_NAME}>"
    message.connection = get_connection(timeout=TIMEOUT_S)
    try:
        message.send()
    except (SMTPException, OSError, ValueError) as failure:
        error = f"{type(failure).__name__}: {failure}"[:ERROR_MAX]
        _rows(notices).update(error=error)
        return 0
    return _rows(notices).update(sent_at=now, due_at=None, error="") and 1


def _rows(notices: Sequence[Notice]) -> QuerySet[Notice]:
    return Notice.objects.filter(pk__in=[notice.pk for notice in notices])
