"""Customers with their balances from a file: dry run, taken in once, taken back while unused."""

import csv
import io
import smtplib
import uuid
from decimal import Decimal
from functools import partial

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse

from orders import opening, proving
from orders.ledger import AlreadyBooked
from orders.models import Customer, LedgerEntry
from panel import tasks
from panel.backoffice import intake
from panel.backoffice.intake import drafting
from panel.backoffice.intake.reading import FILE_MAX
from panel.clock import database_now
from panel.models import AuditEntry, FundsRequest, Intake, IntakeLine, Storefront, User
from tests import make
from tests.orders.races import together
from tests.panel.backoffice.conftest import log_in, person

pytestmark = pytest.mark.django_db
State = Intake.State
THREE = (
    "E-mail,Name,Balance,Discount,Country,Group\n"
    "Ann@Example.com,Ann,12.50,5,de,Resellers\n"
    "bob@example.com,Bob,0.00000001,,,\n"
    "cyd@example.com,,,,,\n"
)


@pytest.fixture
def finance(db):
    return person("finance")


@pytest.fixture
def client(finance):
    return log_in(finance)


def upload(client, text, name="customers.csv"):
    content = text if isinstance(text, bytes) else text.encode()
    return client.post(
        reverse("staff_intake_upload"), {"file": SimpleUploadedFile(name, content)}, follow=True
    )


def uploaded(client, text=THREE):
    upload(client, text)
    return Intake.objects.latest("pk")


def send(client, deed, row, **sent):
    sent = {"reason": "We moved", "token": str(uuid.uuid4())} | sent
    return client.post(reverse(f"staff_intake_{deed}", args=[row.pk]), sent, follow=True)


def work(row):
    for _ in range(50):
        if not intake.work_slice(row.pk, now=database_now(), limit=2):
            break
    row.refresh_from_db()


def taken_in(client, text=THREE, **sent):
    row = uploaded(client, text)
    send(client, "start", row, **sent)
    work(row)
    return row


def said(answer):
    return " ".join(str(message) for message in answer.context["messages"])


def problems(row):
    return dict(row.lines.exclude(problem="").values_list("number", "problem"))


def balances():
    return dict(User.objects.exclude(customer=None).values_list("email", "customer__balance"))


def test_the_dry_run_shows_what_would_come_in_and_makes_nothing(client, finance):
    page = upload(client, THREE)

    row = Intake.objects.get()
    assert (row.state, row.lines_count, row.ready) == (State.DRAFT, 3, 3)
    assert row.total == Decimal("12.50000001")
    assert [line.email for line in page.context["lines"]] == [
        "ann@example.com", "bob@example.com", "cyd@example.com",
    ]  # fmt: skip
    assert not Customer.objects.exists()
    line = AuditEntry.objects.get()
    assert (line.action, line.user) == ("intake.upload", finance)


def test_every_bad_line_says_which_field_is_wrong(client):
    make.user(customer=make.customer(balance="0"), email="known@example.com")
    row = uploaded(
        client,
        "email,name,balance,discount,country\n"
        ",Nobody,1,,\n"
        "no address,X,1,,\n"
        "a@example.com,A,\"1,234.50\",,\n"
        "b@example.com,B,-5,,\n"
        "c@example.com,C,1e9,,\n"
        "d@example.com,D,0.123456789,,\n"
        "e@example.com,E,1,100,\n"
        "f@example.com,F,1,,Germany\n"
        "KNOWN@example.com,K,1,,\n"
        "g@example.com,G,1,,\n"
        "G@example.com,G again,1,,\n"
        f"h@example.com,{'x' * 201},1,,\n"
        "i@example.com,I,٣,,\n",
    )  # fmt: skip

    found = problems(row)
    assert sorted(found) == [2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14]
    assert found[2].startswith("E-mail address: it is missing")
    assert all(found[n].startswith("E-mail address:") for n in (3, 10, 12))
    assert all(found[n].startswith("Balance:") for n in (4, 5, 6, 7, 14))
    assert found[8].startswith("Discount in percent:")
    assert found[9].startswith("Country:")
    assert "somebody here" in found[10]
    assert "line 11" in found[12]
    assert found[13].startswith("Name:")
    assert (row.ready, row.total) == (1, 1)


def test_columns_and_decimal_mark_can_be_read_in_another_way(client):
    row = uploaded(client, "who;worth\nann@example.com;1,50\n")
    before = (row.ready, problems(row)[2])

    send(client, "again", row, email="0", balance="1", mark=",")

    row.refresh_from_db()
    assert before[0] == 0
    assert before[1].startswith("E-mail address: it is missing")
    assert (row.ready, row.total) == (1, Decimal("1.5"))


@pytest.mark.parametrize("wrong", [{"email": ""}, {"email": "9"}, {"mark": "x"}, {"name": "-1"}])
def test_a_column_that_is_not_there_is_refused(client, wrong):
    row = uploaded(client)

    page = send(client, "again", row, **({"email": "0", "mark": "."} | wrong))

    assert page.context["columns_form"].errors


@pytest.mark.parametrize("content", [b"", b"\x89PNG\0", b"x" * (FILE_MAX + 1)])
def test_a_file_that_is_none_gets_a_sentence_beside_its_field(client, content):
    page = upload(client, content)

    assert page.context["form"].errors["file"]
    assert not Intake.objects.exists()


def test_customers_come_in_with_opening_entries_and_set_their_own_password(client, finance):
    row = taken_in(client)

    assert row.state == State.DONE
    assert balances() == {
        "ann@example.com": Decimal("12.5"),
        "bob@example.com": Decimal("0.00000001"),
        "cyd@example.com": 0,
    }
    ann = Customer.objects.get(user__email="ann@example.com")
    assert (ann.name, ann.discount, ann.country, ann.group) == (
        "Ann",
        Decimal(5),
        "DE",
        "Resellers",
    )
    assert Customer.objects.get(user__email="cyd@example.com").name == "cyd@example.com"
    entry = LedgerEntry.objects.get(customer=ann)
    assert (entry.kind, entry.actor) == ("opening", finance.email)
    assert entry.cause == f"opening:{row.pk}:2"
    assert not ann.user.has_usable_password()
    line = AuditEntry.objects.latest("pk")
    assert (line.action, line.reason, line.new["total"]) == (
        "intake.start", "We moved", "12.50000001",
    )  # fmt: skip
    assert proving.prove().is_sound


def test_lines_with_problems_are_left_out_and_can_be_taken_away_as_a_file(client):
    row = taken_in(client, "email,balance,name\nann@example.com,5,Ann\nbad,5,=cmd()\n")

    answer = client.get(reverse("staff_intake_problems_csv", args=[row.pk]))

    assert list(balances()) == ["ann@example.com"]
    head, line = csv.reader(io.StringIO(b"".join(answer).decode()))
    assert head == ["Line", "Problem", "email", "balance", "name"]
    assert (line[0], line[2], line[4]) == ("3", "bad", "'=cmd()")


def test_a_slice_that_is_lost_goes_on_where_it_was_and_books_nothing_twice(client):
    row = uploaded(client)
    send(client, "start", row)
    intake.work_slice(row.pk, now=database_now(), limit=1)
    Intake.objects.update(claimed_until=database_now() + intake.working.LEASE)
    held = intake.work_slice(row.pk, now=database_now(), limit=5)
    later = database_now() + 2 * intake.working.LEASE
    while intake.work_slice(row.pk, now=later, limit=1):
        pass

    assert held == 0
    assert LedgerEntry.objects.count() == 2
    assert Customer.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_e8_people_who_start_the_same_file_at_once_start_it_once(client):
    row = uploaded(client)
    people = [client, log_in(person("owner"))] * 4

    answers = together([partial(send, who, "start", row) for who in people])

    assert [answer.status_code for answer in answers] == [200] * len(people)
    work(row)
    assert row.state == State.DONE
    assert FundsRequest.objects.count() == 1
    assert LedgerEntry.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_one_file_take_each_line_in_once(client):
    text = "email,balance\n" + "".join(f"p{n}@example.com,1\n" for n in range(12))
    row = uploaded(client, text)
    send(client, "start", row)
    lines = list(row.lines.values_list("pk", flat=True))
    row.refresh_from_db()

    results = together([lambda: [intake.working._open(row, line) for line in lines]] * 4)

    assert results == [[None] * 12] * 4, "Nobody was refused by the book: each waited."
    assert Customer.objects.count() == 12
    assert LedgerEntry.objects.filter(kind="opening").count() == 12
    assert proving.prove().is_sound


def test_one_cause_opens_one_account():
    def opened():
        return opening.open_account(
            name="Ann", balance=Decimal(5), cause="opening:1:2", actor="somebody"
        )

    opened()

    with pytest.raises(AlreadyBooked):
        opened()

    assert Customer.objects.count() == 1


def test_who_signed_up_meanwhile_keeps_their_account(client):
    row = uploaded(client)
    send(client, "start", row)
    make.user(customer=make.customer(balance="3"), email="bob@example.com")

    work(row)

    assert row.state == State.DONE
    assert balances()["bob@example.com"] == 3
    assert list(problems(row)) == [3]
    assert Customer.objects.count() == 3


def test_a_file_is_taken_in_once(client):
    row = taken_in(client)

    page = send(client, "start", row)
    work(row)

    assert "already" in said(page)
    assert LedgerEntry.objects.count() == 2


def test_the_clock_works_files_off(client, monkeypatch):
    row = uploaded(client)
    send(client, "start", row)
    monkeypatch.setattr(
        tasks.take_file_in, "apply_async", lambda args, **_: tasks.take_file_in.apply(args)
    )

    tasks.take_customers_in.apply(throw=True)

    row.refresh_from_db()
    assert row.state == State.DONE


def test_a_page_shows_how_far_it_is_and_asks_for_more(client):
    row = uploaded(client)
    send(client, "start", row)
    intake.work_slice(row.pk, now=database_now(), limit=2)

    page = client.get(reverse("staff_intake_file", args=[row.pk]), {"part": "1"})

    assert (page.context["done"], page.context["of"]) == (2, 3)
    assert b"every 1s" in page.content


@pytest.fixture
def limit(db):
    Storefront.objects.update_or_create(pk=1, defaults={"second_person_above": Decimal(10)})


def test_much_money_together_wants_a_second_person(client, limit):
    row = uploaded(client)

    send(client, "start", row)
    work(row)
    again = send(client, "again", row, email="0", mark=".")
    send(client, "start", row)

    asked = FundsRequest.objects.get()
    assert (asked.state, asked.amount, row.state) == ("waiting", row.total, State.DRAFT)
    assert "second person" in said(again)
    log_in(person("owner")).post(reverse("staff_approval_confirm", args=[asked.pk]))
    work(row)
    assert row.state == State.DONE
    assert sum(balances().values()) == row.total


def test_a_second_person_confirms_only_the_total_that_was_asked_for(client, limit):
    row = uploaded(client)
    send(client, "start", row)
    drafting.try_again(row.pk, {"email": 0}, mark=".")

    asked = FundsRequest.objects.get()
    page = log_in(person("owner")).post(
        reverse("staff_approval_confirm", args=[asked.pk]), follow=True
    )

    row.refresh_from_db()
    assert "another way" in said(page)
    assert row.state == State.DRAFT


def test_small_files_of_one_person_count_together(client, limit):
    for n in range(3):
        send(client, "start", uploaded(client, f"email,balance\np{n}@example.com,4\n"))

    assert list(FundsRequest.objects.order_by("pk").values_list("state", flat=True)) == [
        "booked", "booked", "waiting",
    ]  # fmt: skip


def test_a_file_without_money_wants_nobody_else(client, limit):
    row = taken_in(client, "email\nann@example.com\n")

    assert row.state == State.DONE
    assert not FundsRequest.objects.exists()


def test_it_is_taken_back_while_nobody_used_it(client, finance):
    row = taken_in(client)

    send(client, "back", row, reason="Wrong file")
    work(row)

    assert row.state == State.BACK
    assert not User.objects.exclude(customer=None).exists()
    assert set(Customer.objects.values_list("balance", "status")) == {(Decimal(0), "suspended")}
    entry = LedgerEntry.objects.latest("pk")
    assert (entry.kind, entry.amount < 0, entry.reason) == ("opening", True, "Wrong file")
    assert AuditEntry.objects.latest("pk").action == "intake.back"
    assert proving.prove().is_sound
    assert uploaded(client).ready == 3, "The same file can come again, mended."


def test_who_spent_logged_in_or_was_paid_since_stays(client):
    text = "email,balance\n" + "".join(f"p{n}@example.com,100\n" for n in range(4))
    row = taken_in(client, text)
    people = [Customer.objects.get(user__email=f"p{n}@example.com") for n in range(3)]
    make.placed(customer=people[0], service=make.service(rate="1"))
    User.objects.filter(customer=people[1]).update(last_login=make.NOW)
    make.top_up(people[2], "5")

    send(client, "back", row, reason="Wrong file")
    work(row)

    left = balances()
    assert sorted(left) == ["p0@example.com", "p1@example.com", "p2@example.com"]
    assert (left["p0@example.com"], left["p1@example.com"]) == (99, 100)
    assert len(problems(row)) == 3
    page = client.get(reverse("staff_intake_file", args=[row.pk]))
    assert (page.context["taken_back"], page.context["kept"]) == (1, 3)
    assert proving.prove().is_sound


def test_much_money_is_not_taken_back_by_one_person(client, limit):
    Storefront.objects.update(second_person_above=None)
    row = taken_in(client)
    Storefront.objects.update(second_person_above=Decimal(10))

    send(client, "back", row)
    work(row)

    assert row.state == State.DONE
    assert FundsRequest.objects.get(state="waiting").amount == -row.total


def test_a_draft_cannot_be_taken_back(client):
    page = send(client, "back", uploaded(client))

    assert "once" in said(page)


def test_each_of_them_is_told_how_to_set_a_password(client, settings):
    settings.EMAIL_URL = "smtp://localhost"
    settings.PUBLIC_URL = "https://panel.example"
    row = taken_in(client, "email\nann@example.com\n", sends_mails="on")

    (letter,) = mail.outbox
    address = next(word for word in letter.body.split() if "/key/" in word)
    assert letter.to == ["ann@example.com"]
    assert address.startswith("https://panel.example/account/password/reset/key/")
    reader, path = Client(), address.removeprefix("https://panel.example")
    form = reader.get(path, follow=True)
    reader.post(
        form.redirect_chain[-1][0],
        {"password1": "a brand new one 1", "password2": "a brand new one 1"},
    )
    assert row.state == State.DONE
    assert reader.login(username="ann@example.com", password="a brand new one 1")


def test_without_a_mail_server_or_the_wish_nobody_is_written_to(client, settings):
    settings.EMAIL_URL = ""
    taken_in(client, "email\nann@example.com\n", sends_mails="on")
    settings.EMAIL_URL = "smtp://localhost"
    taken_in(client, "email\nbob@example.com\n")

    assert mail.outbox == []


def test_a_mail_server_that_is_away_stops_nothing(client, settings, monkeypatch):
    settings.EMAIL_URL = "smtp://localhost"

    def away(*args):
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr(EmailBackend, "send_messages", away)
    text = "email\n" + "".join(f"p{n}@example.com\n" for n in range(6))
    row = taken_in(client, text, sends_mails="on")

    assert row.state == State.DONE
    assert IntakeLine.objects.filter(mail_error__contains="gone").count() == 6
    page = client.get(reverse("staff_intake_file", args=[row.pk]))
    assert page.context["unmailed"] == 6


def test_twenty_thousand_lines_are_tried_within_one_request(client):
    text = "email,balance\n" + "".join(f"p{n}@example.com,1.25\n" for n in range(20_000))

    row = uploaded(client, text)

    assert (row.ready, row.total) == (20_000, 25_000)


def test_the_page_of_a_file_asks_no_more_of_the_database_when_there_is_more(
    client, django_assert_max_num_queries
):
    def page_of(lines):
        text = "email\n" + "".join(f"{lines}.{n}@example.com\nbad\n" for n in range(lines))
        return reverse("staff_intake_file", args=[taken_in(client, text).pk])

    few, many = page_of(1), page_of(30)
    with django_assert_max_num_queries(22) as asked:
        client.get(few)
    most = len(asked)
    with django_assert_max_num_queries(most):
        client.get(many)
