"""Customers hear by e-mail of what they wished to hear of: once, and in their own language."""

from datetime import timedelta
from functools import partial
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test import Client

from orders import refilling
from orders.closing import close
from orders.lifecycle import Status
from orders.models import OrderEvent
from panel import notices
from panel.clock import database_now
from panel.models import Notice, NoticeMark, User
from panel.notices import finding, sending
from tests import make
from tests.orders.races import together

EVERYTHING = {
    "mail_completed": True,
    "mail_money_back": True,
    "mail_refilled": True,
    "mail_funds": True,
}
pytestmark = pytest.mark.django_db


class DeadServer(EmailBackend):
    """A mail server that hangs up."""

    def send_messages(self, messages):
        raise SMTPServerDisconnected("it hung up")


@pytest.fixture(autouse=True)
def mail_server(settings):
    settings.EMAIL_URL = "smtp://127.0.0.1:1"


@pytest.fixture
def reader():
    """A customer's user who wants every e-mail; what happened until now is not told."""
    made = make.user(customer=make.customer(), **EVERYTHING)
    notices.tell(now=database_now())
    return made


def ended(user, status=Status.COMPLETED, *, undelivered=None):
    order = make.placed(customer=user.customer)
    close(order.pk, status, undelivered=undelivered, now=database_now())
    return order


def subjects():
    return [message.subject for message in mail.outbox]


def test_c24_a_completed_order_is_told_once_however_often_the_clock_ticks(reader):
    order = ended(reader)

    for _ in range(3):
        notices.tell(now=database_now())

    assert subjects() == [f"Weir: Order {order.pk} is completed"]
    assert mail.outbox[0].to == [reader.email]
    assert order.link in mail.outbox[0].body
    assert Notice.objects.get().sent_at is not None


@pytest.mark.django_db(transaction=True)
def test_c24_clocks_that_tick_at_once_tell_it_once(reader):
    for _ in range(3):
        ended(reader)

    together([partial(notices.tell, now=database_now()) for _ in range(4)])
    notices.tell(now=database_now())

    assert len(subjects()) == len(set(subjects())) == 3


@pytest.mark.django_db(transaction=True)
def test_c24_a_notice_that_two_senders_see_is_sent_by_one(reader):
    ended(reader)
    now = database_now()
    finding.find(now=now)

    sent = together([partial(sending.send_due, now=now) for _ in range(4)])

    assert sorted(sent) == [0, 0, 0, 1]
    assert len(mail.outbox) == 1


def test_c24_what_becomes_visible_behind_younger_rows_is_told_all_the_same(reader):
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('orders_orderevent', 'id'))")
        (late_id,) = cursor.fetchone()
    ended(reader)
    notices.tell(now=database_now())
    late = make.placed(customer=reader.customer)
    OrderEvent.objects.create(pk=late_id, order=late, kind="completed", at=database_now())

    notices.tell(now=database_now())

    assert f"Weir: Order {late.pk} is completed" in subjects()


def test_the_mark_passes_what_is_settled(reader):
    ended(reader)

    finding.find(now=database_now() + finding.SETTLED * 2)

    latest = OrderEvent.objects.order_by("-pk").values_list("pk", flat=True)[0]
    assert NoticeMark.objects.get(pk="timeline").seen_id == latest


def test_money_back_is_told_with_its_amount_and_each_time_it_comes(reader):
    order = ended(reader, Status.PARTIAL, undelivered=250)
    notices.tell(now=database_now())
    close(order.pk, Status.CANCELED, now=database_now())

    notices.tell(now=database_now())

    assert subjects() == [
        f"Weir: $0.30 came back for order {order.pk}",
        f"Weir: $0.90 came back for order {order.pk}",
    ]
    assert "+$0.30" in mail.outbox[0].body


def test_added_funds_are_told(reader):
    make.top_up(reader.customer, "1234.5")

    notices.tell(now=database_now())

    assert subjects() == ["Weir: $1,234.50 was added to your balance"]


def test_a_finished_refill_is_told(reader):
    order = ended(reader)
    refill = order.refills.create()
    refilling.complete_refill(refill.pk, actor="Ada", now=database_now())

    notices.tell(now=database_now())

    assert f"Weir: Order {order.pk} was refilled" in subjects()


@pytest.mark.parametrize("wish", EVERYTHING)
def test_only_what_was_wished_is_told(wish, reader):
    User.objects.filter(pk=reader.pk).update(**dict.fromkeys(EVERYTHING, False) | {wish: True})
    make.top_up(reader.customer, "5")
    refill = ended(reader).refills.create()
    refilling.complete_refill(refill.pk, actor="Ada", now=database_now())
    ended(reader, Status.CANCELED)

    notices.tell(now=database_now())

    assert [notice.event for notice in Notice.objects.all()] == [wish.removeprefix("mail_")]
    assert len(mail.outbox) == 1


def test_by_default_only_money_is_told():
    user = make.user(customer=make.customer(balance="0"))

    assert {name for name in EVERYTHING if getattr(user, name)} == {"mail_money_back", "mail_funds"}


def test_who_may_no_longer_log_in_is_told_nothing(reader):
    User.objects.filter(pk=reader.pk).update(is_active=False)
    ended(reader)

    notices.tell(now=database_now())

    assert mail.outbox == []


def test_the_reader_reads_their_language_their_money_and_their_time(reader):
    User.objects.filter(pk=reader.pk).update(language="de", time_zone="Asia/Tokyo")
    make.top_up(reader.customer, "1234.5")
    entry = reader.customer.entries.latest("number")

    notices.tell(now=database_now())

    assert "wurde Ihrem Guthaben gutgeschrieben" in subjects()[0]
    assert "1.234,50" in subjects()[0]
    tokyo = entry.created_at + timedelta(hours=9)
    assert f"{tokyo:%H:%M}" in mail.outbox[0].body


def test_more_than_five_of_one_kind_are_told_in_one_mail(reader):
    orders = [ended(reader) for _ in range(sending.DIGEST_FROM)]
    make.top_up(reader.customer, "5")

    notices.tell(now=database_now())

    assert len(mail.outbox) == 2
    digest = next(m for m in mail.outbox if "6 orders are completed" in m.subject)
    assert all(f"Order {order.pk} " in digest.body for order in orders)


def test_five_are_told_one_by_one(reader):
    for _ in range(sending.DIGEST_FROM - 1):
        ended(reader)

    notices.tell(now=database_now())

    assert len(mail.outbox) == sending.DIGEST_FROM - 1


def test_a_run_sends_no_more_than_its_most(reader, monkeypatch):
    monkeypatch.setattr(sending, "BATCH_MAX", 2)
    for _ in range(3):
        ended(reader)

    sent = [notices.tell(now=database_now()).sent for _ in range(3)]

    assert sent == [2, 1, 0]


def test_a_mail_server_that_is_away_is_tried_again_later(reader, settings):
    ended(reader)
    living = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.DeadServer"
    now = database_now()
    notices.tell(now=now)
    settings.EMAIL_BACKEND = living

    notices.tell(now=now + timedelta(seconds=sending.BACKOFF_S - 1))
    assert mail.outbox == [], "too early"
    notices.tell(now=now + timedelta(seconds=sending.BACKOFF_S))

    assert len(mail.outbox) == 1
    notice = Notice.objects.get()
    assert (notice.tries, notice.due_at, notice.error) == (2, None, "")


def test_a_mail_that_never_goes_out_is_given_up_and_says_why(reader, settings):
    ended(reader)
    settings.EMAIL_BACKEND = f"{__name__}.DeadServer"
    now = database_now()

    for hours in range(0, 80, 8):
        notices.tell(now=now + timedelta(hours=hours))

    notice = Notice.objects.get()
    assert (notice.tries, notice.due_at, notice.sent_at) == (sending.TRIES_MAX, None, None)
    assert notice.error == "SMTPServerDisconnected: it hung up"


def test_without_a_mail_server_nothing_is_sent_and_nothing_piles_up(reader, settings):
    ended(reader)
    finding.find(now=database_now())
    settings.EMAIL_URL = ""
    ended(reader)

    notices.tell(now=database_now())
    assert not Notice.objects.exists()
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    notices.tell(now=database_now())
    last = ended(reader)
    notices.tell(now=database_now())

    assert subjects() == [f"Weir: Order {last.pk} is completed"]


def test_old_notices_go_and_are_not_told_again(reader):
    ended(reader)
    notices.tell(now=database_now())

    notices.tell(now=database_now() + finding.KEPT * 2)
    notices.tell(now=database_now() + finding.KEPT * 2)

    assert not Notice.objects.exists()
    assert len(mail.outbox) == 1


def test_a_customer_chooses_the_mails_on_the_account_page(reader):
    client = Client()
    client.force_login(reader)

    client.post("/dashboard/account/", {"language": "en", "mail_completed": "on"})

    reader.refresh_from_db()
    assert [name for name in EVERYTHING if getattr(reader, name)] == ["mail_completed"]


def test_without_a_mail_server_nobody_is_asked_and_wishes_stay(reader, settings):
    settings.EMAIL_URL = ""
    client = Client()
    client.force_login(reader)

    page = client.get("/dashboard/account/").content.decode()
    client.post("/dashboard/account/", {"language": "en"})

    reader.refresh_from_db()
    assert "mail_completed" not in page
    assert all(getattr(reader, name) for name in EVERYTHING)
