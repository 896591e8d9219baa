"""News, questions, pages and e-mails: written, looked at, sorted, shown to those who read them."""

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.closing import close
from orders.lifecycle import Status
from panel import notices
from panel.clock import database_now
from panel.models import AuditEntry, News, NoticeText, Page, Question
from panel.notices import wording
from tests import make

pytestmark = pytest.mark.django_db
CANARY = "<script>alert(1)</script><b onclick=x>bold</b>"


def post(client, name, *args, **sent):
    return client.post(reverse(name, args=args), sent, follow=True)


def filled(**changes):
    return {
        "title": "Terms of Ann",
        "slug": "ann",
        "body": "Be kind.",
        "is_published": "on",
    } | changes


@pytest.fixture
def blank():
    """Without the texts that every panel begins with."""
    for model in (News, Page, Question):
        model.objects.all().delete()


def test_a_page_that_was_written_is_read_and_written_down(as_support, blank):
    post(as_support, "staff_new_text", "pages", **filled())

    page = Client().get("/pages/ann/").content.decode()
    entry = AuditEntry.objects.get()
    assert "Be kind." in page
    assert (entry.action, entry.new["title"]) == ("pages.add", "Terms of Ann")


def test_what_is_no_published_page_is_read_by_nobody(as_support, blank):
    post(as_support, "staff_new_text", "pages", **filled(is_published=""))

    assert Client().get("/pages/ann/").status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"slug": "Not a slug!"}, "slug"),
        ({"slug": "taken"}, "slug"),
        ({"body": "x" * 50_001}, "body"),
    ],
)
def test_what_is_no_page_is_told_beside_its_field(as_owner, blank, changes, field):
    Page.objects.create(slug="taken", title="Taken", body="Taken")

    page = post(as_owner, "staff_new_text", "pages", **filled(**changes))

    assert list(page.context["form"].errors) == [field]
    assert Page.objects.count() == 1


def test_s3_the_preview_is_cleaned_as_the_page_is(as_owner, blank):
    seen = post(as_owner, "staff_preview_text", "pages", title=CANARY, body=f"<p>{CANARY}</p>")
    kept = post(as_owner, "staff_new_text", "pages", **filled(body=f"<p>{CANARY}</p>"))
    read = Client().get("/pages/ann/").content.decode()

    for html in (seen.content.decode(), read):
        assert "<script>alert" not in html
        assert "onclick" not in html.replace("&lt;b onclick", "")
        assert "<b>bold</b>" in html
    assert kept.status_code == 200


def test_looking_keeps_nothing(as_owner, blank):
    page = post(as_owner, "staff_new_text", "news", title="Soon", body="**", look="1")

    assert page.context["heading"] == "Soon"
    assert not News.objects.exists()


def test_a_change_keeps_both_values_and_no_change_leaves_no_trace(as_owner, blank):
    row = Question.objects.create(question="Why?", answer="Because.")
    same = {"question": "Why?", "answer": "Because.", "is_published": "on"}

    post(as_owner, "staff_text", "questions", row.pk, **same)
    post(as_owner, "staff_text", "questions", row.pk, **same | {"answer": "So."})

    entry = AuditEntry.objects.get()
    assert (entry.old, entry.new) == ({"answer": "Because."}, {"answer": "So."})


def test_hidden_news_are_new_when_they_are_published(as_owner, blank):
    old = database_now().replace(year=2020)
    row = News.objects.create(title="Soon", body="x", is_published=False, published_at=old)

    post(as_owner, "staff_switch_text", "news", row.pk, to="on")

    row.refresh_from_db()
    assert (row.is_published, row.published_at.year > 2020) == (True, True)


def test_questions_are_read_in_the_order_that_staff_gave_them(as_owner, blank):
    first, second, third = (
        Question.objects.create(question=name, answer="x") for name in ("one", "two", "three")
    )

    post(as_owner, "staff_move_text", "questions", third.pk, before=first.pk)
    post(as_owner, "staff_move_text", "questions", first.pk, before="")

    assert list(Question.objects.all()) == [third, second, first]
    assert [e.action for e in AuditEntry.objects.all()] == ["questions.move"] * 2


def test_only_hidden_texts_are_removed_and_the_trail_keeps_their_words(as_owner, blank):
    row = Page.objects.create(slug="ann", title="Ann", body="Be kind.")

    post(as_owner, "staff_remove_text", "pages", row.pk)
    assert Page.objects.exists()
    post(as_owner, "staff_switch_text", "pages", row.pk, to="off")
    post(as_owner, "staff_remove_text", "pages", row.pk)

    assert not Page.objects.exists()
    assert AuditEntry.objects.get(action="pages.remove").old["body"] == "Be kind."


def test_a_kind_that_does_not_exist_is_not_found(as_owner):
    assert as_owner.get(reverse("staff_texts", args=["secrets"])).status_code == 404
    assert as_owner.get(reverse("staff_letter", args=["completed", "xx"])).status_code == 404


def test_lists_ask_the_database_as_often_for_many_texts_as_for_few(as_owner):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            as_owner.get(reverse("staff_texts", args=["news"]))
        return len(asked)

    few = queries()
    for number in range(30):
        News.objects.create(title=f"News {number}", body="x")

    assert queries() == few


# E-mails


def told(event="completed", language="en", **sent):
    NoticeText.objects.create(event=event, language=language, **sent)


def completed(settings, language=""):
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    user = make.user(customer=make.customer(), mail_completed=True, language=language)
    notices.tell(now=database_now())
    order = make.placed(customer=user.customer)
    close(order.pk, Status.COMPLETED, now=database_now())
    notices.tell(now=database_now())
    return order, mail.outbox[-1]


def test_the_operators_words_are_sent_with_the_facts_filled_in(settings):
    told(subject="{number} is done", body="{service} for {link} is done. {brand} thanks you.")

    order, message = completed(settings)

    assert message.subject == f"Weir: {order.pk} is done"
    opening = f"{order.service.name} for {order.link} is done. Weir thanks you."
    assert message.body.startswith(opening)
    assert order.link in message.body.removeprefix(opening)


def test_other_languages_keep_the_built_in_words(settings):
    told(language="de", subject="Fertig", body="Fertig.")

    order, message = completed(settings, language="en")

    assert message.subject == f"Weir: Order {order.pk} is completed"


def test_what_a_fact_says_is_not_read_as_a_placeholder():
    assert wording.filled("{link} {x}", {"link": "{brand}", "brand": "no"}) == "{brand} {x}"


def test_words_are_written_only_with_placeholders_that_are_filled_in(as_support):
    address = ("staff_letter", "funds", "en")

    refused = post(as_support, *address, subject="{amount} for {number}", body="{amount.real}")
    assert list(refused.context["form"].errors) == ["subject", "body"]
    post(as_support, *address, subject="{amount} came", body="Thank you.")

    text = NoticeText.objects.get()
    entry = AuditEntry.objects.get()
    assert (text.event, text.language, text.subject) == ("funds", "en", "{amount} came")
    assert (entry.action, entry.new["body"]) == ("letter.funds.en", "Thank you.")


def test_the_built_in_words_come_back(as_owner):
    told(subject="a", body="b")

    post(as_owner, "staff_letter", "completed", "en", drop="1")

    assert not NoticeText.objects.exists()
    assert AuditEntry.objects.get().old == {"subject": "a", "body": "b"}


def test_a_letter_is_looked_at_with_an_example_before_it_is_kept(as_owner):
    page = post(
        as_owner, "staff_letter", "money_back", "en", subject="{amount}", body="{link}", look="1"
    )

    assert page.context["shown_subject"] == "$12.50"
    assert page.context["shown_body"] == "https://example.com/page"
    assert not NoticeText.objects.exists()


def test_every_event_shows_its_words_in_every_language(as_owner):
    for event in ("completed", "money_back", "refilled", "funds"):
        for language in ("en", "de", "es", "ar"):
            page = as_owner.get(reverse("staff_letter", args=[event, language]))
            assert page.context["usual"]


def test_the_database_refuses_an_empty_letter():
    with pytest.raises(IntegrityError, match="says_something"), transaction.atomic():
        told(subject="", body="x")
