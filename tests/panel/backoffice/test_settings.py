"""Settings: the brand as visitors see it, and decisions that hold everywhere at once."""

import io
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from panel.backoffice.settings import logo
from panel.backoffice.settings.forms import GROUPS, OTHERS
from panel.models import AuditEntry, Page, Storefront, User
from tests import make
from tests.panel.backoffice.conftest import log_in, person

pytestmark = pytest.mark.django_db
SECRET = b"<script>alert(1)</script>"


def form(client):
    return client.get(reverse("staff_settings")).context["form"]


def save(client, **changes):
    """What a browser would send back, with ``changes``."""
    shown = {bound.name: bound.value() for bound in form(client)}
    sent = {name: value for name, value in shown.items() if value not in (None, False)}
    sent = {name: value for name, value in (sent | changes).items() if value is not None}
    return client.post(reverse("staff_settings"), sent, follow=True)


def picture(kind="PNG", size=(900, 300), **options):
    out = io.BytesIO()
    Image.new("RGB", size, "#4263eb").save(out, format=kind, **options)
    return out.getvalue()


def upload(data, name="logo.png"):
    return SimpleUploadedFile(name, data)


def bomb(side):
    """A PNG of a few bytes that says how large it would be."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def test_what_is_saved_is_what_visitors_see(as_owner):
    save(as_owner, name="Northwind", headline="Be seen", colour="teal", contact_email="a@b.com")

    home = Client().get("/").content.decode()
    entry = AuditEntry.objects.get()
    assert "Be seen" in home
    assert 'data-bs-theme-primary="teal"' in home
    assert (entry.action, entry.subject) == ("settings.edit", "settings")
    assert (entry.old["name"], entry.new["name"]) == ("Weir", "Northwind")
    assert set(entry.new) == {"name", "headline", "colour", "contact_email"}


def test_saving_without_a_change_leaves_no_trace(as_owner):
    save(as_owner)

    assert not AuditEntry.objects.exists()


def test_every_column_that_people_write_is_on_the_page(as_owner):
    columns = {
        field.name for field in Storefront._meta.get_fields() if getattr(field, "editable", False)
    } - {"id"}
    shown = form(as_owner)

    assert columns <= set(shown.fields)
    assert {bound.name for _title, fields in shown.groups() for bound in fields} == set(
        shown.fields
    )


def test_a_column_that_no_heading_names_is_shown_under_the_last_one(as_owner, monkeypatch):
    monkeypatch.setattr("panel.backoffice.settings.forms.GROUPS", GROUPS[:1])

    title, fields = list(form(as_owner).groups())[-1]

    assert title == OTHERS
    assert "currency" in {bound.name for bound in fields}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"colour": "black"}, "colour"),
        ({"currency": "€"}, "currency"),
        ({"contact_email": "nobody"}, "contact_email"),
        ({"languages": ["xx"]}, "languages"),
        ({"second_person_above": "-1"}, "second_person_above"),
    ],
)
def test_what_cannot_be_a_setting_is_told_beside_its_field(as_owner, changes, field):
    page = save(as_owner, **changes)

    assert field in page.context["form"].errors
    assert not AuditEntry.objects.exists()


def test_the_currency_is_chosen_until_the_book_begins_and_never_after(as_owner):
    save(as_owner, currency="eur")
    assert Storefront.current().currency == "EUR"
    make.customer(balance="1")

    page = save(as_owner, currency="GBP")

    assert Storefront.current().currency == "EUR"
    assert "written in it" in page.content.decode()


def test_settings_are_changed_only_by_someone_who_logged_in_lately(settings):
    settings.STAFF_FRESH_S = 0

    answer = log_in(person("owner")).post(reverse("staff_settings"), {"name": "Mine"})

    assert answer["Location"].startswith(reverse("account_reauthenticate"))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_s13_a_logo_is_drawn_anew_small_and_without_what_was_hidden_in_it(as_owner, kind):
    save(as_owner, new_logo=upload(picture(kind) + SECRET, "x.html"))

    answer = Client().get("/logo")
    kept = Image.open(io.BytesIO(answer.content))
    assert (answer["Content-Type"], kept.format) == ("image/png", "PNG")
    assert (kept.width <= logo.WIDTH_MAX, kept.height <= logo.HEIGHT_MAX) == (True, True)
    assert SECRET not in answer.content


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "neither PNG"),
        (b"GIF89a" + b"\0" * 50, "neither PNG"),
        (b"%PDF-1.4", "neither PNG"),
        (picture()[:60], "cannot be read"),
        (bomb(6_000), "too many pixels"),
        (bomb(30_000), "too many pixels"),
        (picture() + b"\0" * logo.FILE_MAX, "larger than 1 MiB"),
        (b"x", "neither PNG"),
    ],
)
def test_s13_what_is_no_picture_is_no_logo(as_owner, data, said):
    page = save(as_owner, new_logo=upload(data))

    assert said in page.context["form"].errors["new_logo"][0]
    assert not Storefront.current().logo_type


def test_a_logo_is_removed_again_and_the_trail_tells_one_from_another(as_owner):
    save(as_owner, new_logo=upload(picture()))

    save(as_owner, no_logo="on", new_logo=None)

    assert Client().get("/logo").status_code == 404
    first, second = AuditEntry.objects.order_by("pk")
    assert first.old["logo"] is None
    assert first.new["logo"] == second.old["logo"]
    assert second.new["logo"] is None


def test_the_brand_is_looked_at_before_it_is_kept(as_owner):
    sent = {"name": "<b>Soon</b>", "colour": "red", "headline": "Now"}

    seen = as_owner.post(reverse("staff_preview_settings"), sent).content.decode()
    other = as_owner.post(reverse("staff_preview_settings"), {"colour": '"><script>'})

    assert "&lt;b&gt;Soon" in seen
    assert 'data-bs-theme-primary="red"' in seen
    assert "<script>" not in other.content.decode()
    assert not Storefront.objects.exists()


# What the settings decide elsewhere


def test_only_offered_languages_are_spoken_and_offered(as_owner):
    save(as_owner, languages=["de", "ar"])

    german = Client(headers={"accept-language": "en"}).get("/")
    arabic = Client(headers={"accept-language": "ar"}).get("/").content.decode()

    assert '<html lang="de"' in german.content.decode()
    assert '<html lang="ar"' in arabic
    assert 'value="es"' not in arabic


def test_a_language_that_is_not_offered_cannot_be_chosen(as_owner):
    save(as_owner, languages=["en", "de"])
    client = Client()
    client.post(reverse("set_language"), {"language": "es", "next": "/"})

    assert "django_language" not in client.cookies
    assert '<html lang="en"' in client.get("/").content.decode()


def test_the_pulse_asks_nothing_about_languages(client, monkeypatch):
    monkeypatch.setattr(
        Storefront, "current", classmethod(lambda cls: pytest.fail("the brand was read"))
    )

    assert client.get("/healthz").status_code == 200


SIGN_UP = "/account/signup/"
NEW = {"email": "new@example.com", "password1": "correct horse battery"}


@pytest.fixture
def terms(db):
    Page.objects.update_or_create(slug="terms", defaults={"title": "Terms", "body": "Be kind."})
    Page.objects.filter(slug="privacy").delete()


def test_who_signs_up_agrees_to_the_terms_where_that_is_asked(as_owner, terms):
    save(as_owner, asks_consent="on")
    client = Client()

    page = client.get(SIGN_UP).content.decode()
    client.post(SIGN_UP, NEW)
    assert not User.objects.filter(email=NEW["email"]).exists()
    client.post(SIGN_UP, NEW | {"agrees": "on"})

    assert 'href="/pages/terms/"' in page
    assert page.index('name="password1"') < page.index('name="agrees"')
    assert User.objects.get(email=NEW["email"]).agreed_at is not None


def test_without_a_published_page_there_is_nothing_to_agree_to(as_owner, terms):
    Page.objects.update(is_published=False)
    save(as_owner, asks_consent="on")

    Client().post(SIGN_UP, NEW)

    assert User.objects.get(email=NEW["email"]).agreed_at is None


def test_an_amount_is_shown_to_be_edited_without_idle_zeros(as_owner):
    Storefront.objects.update_or_create(pk=1, defaults={"second_person_above": "500.5"})

    html = as_owner.get(reverse("staff_settings")).content.decode()

    assert 'value="500.5"' in html
