"""Every page in the reader's language; the protocol always in English."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.utils import formats, translation

from orders.models import Payment
from panel.api import keys
from panel.models import User
from panel.templatetags.weir import balance, money, movement, number
from tests import make
from tests.panel.paying import pay

PAGES = ["/", "/services/", "/api/", "/questions/", "/news/", "/account/login/"]
CUSTOMER_PAGES = [
    "/dashboard/",
    "/dashboard/mass/",
    "/dashboard/orders/",
    "/dashboard/funds/",
    "/dashboard/statement/",
    "/dashboard/updates/",
    "/dashboard/keys/",
    "/dashboard/account/",
]
LANGUAGES = [code for code, _ in settings.LANGUAGES]


@pytest.fixture
def ann(db):
    return make.user(customer=make.customer(balance="1234.5"), email="ann@example.com")


@pytest.fixture
def as_ann(ann):
    client = Client()
    client.force_login(ann)
    return client


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_public_pages_say_their_language_and_direction(client, language, path):
    page = client.get(path, headers={"accept-language": language}).content.decode()

    direction = "rtl" if language == "ar" else "ltr"
    assert f'<html lang="{language}"' in page
    assert f'dir="{direction}"' in page
    assert ("tabler.rtl.min.css" in page) == (language == "ar")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", CUSTOMER_PAGES)
def test_customers_read_their_pages_in_the_language_they_chose(as_ann, ann, language, path):
    User.objects.filter(pk=ann.pk).update(language=language)

    page = as_ann.get(path)

    assert page.status_code == 200
    assert f'<html lang="{language}"' in page.content.decode()


def test_headings_are_translated(as_ann, ann):
    headings = {}
    for language in LANGUAGES:
        User.objects.filter(pk=ann.pk).update(language=language)
        page = as_ann.get("/dashboard/statement/").content.decode()
        headings[language] = page.split('<h1 class="page-title">')[1].split("</h1>")[0]

    assert headings == {
        "en": "Statement",
        "de": "Kontoauszug",
        "es": "Extracto",
        "ar": "كشف الحساب",
    }


@pytest.mark.django_db
def test_a_visitor_switches_the_language_and_stays_on_the_page(client):
    answer = client.post("/language/", {"language": "de", "next": "/services/?q=views"})

    assert (answer.status_code, answer["Location"]) == (302, "/services/?q=views")
    assert '<html lang="de"' in client.get("/services/").content.decode()


def test_a_customers_switch_is_kept_as_their_preference(as_ann, ann):
    as_ann.post("/language/", {"language": "ar", "next": "/dashboard/"})

    ann.refresh_from_db()
    assert ann.language == "ar"
    assert 'dir="rtl"' in as_ann.get("/dashboard/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["", "xx", "de\r\nSet-Cookie: a=b", "../de"])
def test_an_unknown_language_changes_nothing(client, language):
    answer = client.post("/language/", {"language": language, "next": "/"})

    assert not answer.cookies
    assert '<html lang="en"' in client.get("/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("origin", ["https://evil.example/", "//evil.example/", "javascript:x", ""])
def test_the_switch_leads_to_no_other_site(client, origin):
    answer = client.post("/language/", {"language": "de", "next": origin})

    assert answer["Location"] == "/"


@pytest.mark.django_db
def test_the_switch_needs_its_form():
    client = Client(enforce_csrf_checks=True)

    assert client.get("/language/").status_code == 405
    assert client.post("/language/", {"language": "de"}).status_code == 403


@pytest.mark.django_db
def test_the_preferences_form_offers_the_language_that_is_being_read(as_ann):
    as_ann.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"

    page = as_ann.get("/dashboard/account/").content.decode()

    assert '<option value="es" selected>' in page


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ("$1,234.50", "−$0.00201", "+$250.00", "5,000")),
        ("de", ("1.234,50\xa0$", "−0,00201\xa0$", "+250,00\xa0$", "5.000")),
        ("es", ("1\xa0234,50\xa0$", "−0,00201\xa0$", "+250,00\xa0$", "5\xa0000")),
        ("ar", ("\u2066$1,234.50\u2069", "\u2066−$0.00201\u2069", "\u2066+$250.00\u2069", "5,000")),
    ],
)
def test_money_and_numbers_are_written_the_readers_way(language, expected):
    with translation.override(language):
        written = (
            balance(Decimal("1234.509"), "USD"),
            money(Decimal("-0.00201"), "USD"),
            movement(Decimal(250), "USD"),
            number(5000),
        )

    assert written == expected


def test_a_currency_without_a_symbol_keeps_its_code_beside_the_amount():
    with translation.override("ar"):
        assert money(Decimal("1.5"), "AED") == "\u20661.50\xa0AED\u2069"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_date_with_its_time_never_mixes_two_orders_of_day_and_month(language):
    with translation.override(language):
        day, moment = (
            formats.get_format(name) for name in ("SHORT_DATE_FORMAT", "SHORT_DATETIME_FORMAT")
        )

    assert moment.startswith(day)


def test_an_amount_may_be_typed_with_the_readers_comma(as_ann, ann, settings):
    settings.DEMO_PAYMENTS = True
    User.objects.filter(pk=ann.pk).update(language="de")
    form = {"method": pay.method().pk, "amount": "12,50", "token": uuid4()}

    as_ann.post("/dashboard/funds/", form)

    assert Payment.objects.latest("pk").amount == Decimal("12.5")


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"key": "wrong", "action": "balance"},
        {"action": "add", "service": "999999"},
        {"action": "add", "quantity": "1"},
        {"action": "status", "order": "1"},
        {"action": "status", "orders": "1,2"},
        {"action": "refill", "order": "1"},
        {"action": "cancel", "orders": "1"},
        {"action": "balance"},
        {"action": "services"},
        {"action": "nonsense"},
    ],
)
def test_the_protocol_answers_the_same_bytes_in_every_language(client, language, asked):
    make.service()
    customer = make.customer(balance="0")
    with_key = {"key": keys.issue_key(customer.pk, name="Tests").text} | asked
    english = client.post("/api/v2", with_key).content

    headers = {"accept-language": language}
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    translated = client.post("/api/v2", with_key, headers=headers)

    assert translated.content == english
    assert "Content-Language" not in translated


@pytest.mark.django_db
@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_a_page_in_another_language_leaves_the_protocol_of_its_thread_english(client, language):
    service = make.service(min=10, max=100)
    customer = make.customer(balance="0")
    key = keys.issue_key(customer.pk, name="Tests").text
    order = {"key": key, "action": "add", "service": service.pk, "link": "https://example.com/a"}
    translation.activate(language)  # what a page before it left behind in this thread

    few = client.post("/api/v2", order | {"quantity": "1"}).json()
    poor = client.post("/api/v2", order | {"quantity": "50"}).json()
    rate = client.post("/api/v2", {"key": key, "action": "services"}).json()[0]["rate"]

    assert few == {"error": "Quantity less than minimal 10"}
    assert poor == {"error": "Not enough funds on balance"}
    assert "," not in rate
