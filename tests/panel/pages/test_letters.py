"""Papers in any script: shown where a font has the letters, said clearly where none has."""

import logging

import pytest
from django.urls import reverse
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from orders import invoicing
from orders.models import Invoice
from panel.papers import letters
from panel.papers.letters import fonts_for, lacking, printable
from tests import make, papers

pytestmark = pytest.mark.django_db
JAPANESE, THAI = "株式会社", "สวัสดี"
NOTE = "letters that cannot be printed here"


def made_font(path, text):
    """A font that has these letters, all as one square."""
    names = {ord(sign): f"uni{ord(sign):04X}" for sign in dict.fromkeys(text)}
    glyphs = [".notdef", *names.values()]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(glyphs)
    builder.setupCharacterMap(names)
    pen = TTGlyphPen(None)
    for at, step in enumerate([(100, 0), (100, 700), (800, 700), (800, 0)]):
        (pen.lineTo if at else pen.moveTo)(step)
    pen.closePath()
    builder.setupGlyf(dict.fromkeys(glyphs, pen.glyph()))
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (900, 100)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Made", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=800, usWinAscent=800, usWinDescent=200)
    builder.setupPost()
    builder.save(path)


@pytest.fixture
def with_fonts(settings, tmp_path):
    """The operator's folder: fonts for Japanese and for Thai, and what is none."""
    made_font(tmp_path / "a.ttf", JAPANESE)
    made_font(tmp_path / "b.TTF", THAI)
    (tmp_path / "broken.otf").write_bytes(b"no font")
    (tmp_path / "README").write_text("not a font either")
    settings.PAPER_FONTS = str(tmp_path)


@pytest.fixture
def paper_of(as_ann, ann):
    """The text of an invoice that is made out to a company."""

    def made(company, seller="Weir Ltd."):
        invoicing.edit_seller(
            name=seller, address="London", tax_number="", email="", note="", invoices_from=make.NOW
        )
        billing = invoicing.Billing(name="", company=company, address="", country="", tax_number="")
        invoicing.edit_billing(ann.pk, billing)
        invoicing.write_due(now=make.NOW)
        address = reverse("invoice_pdf", args=[Invoice.objects.get(customer=ann).pk])
        return "\n".join(papers.pages(b"".join(as_ann.get(address))))

    return made


def test_letters_that_no_font_has_are_said_to_be_missing_and_leave_no_blank_box(paper_of, caplog):
    with caplog.at_level(logging.WARNING, logger="fpdf"):
        text = paper_of(f"ABC {JAPANESE} GmbH")

    assert "ABC ???? GmbH" in text
    assert NOTE in text
    assert "missing" not in caplog.text


def test_the_issuers_letters_at_the_foot_of_the_page_are_counted_as_well(paper_of):
    text = paper_of("ABC", seller=f"Weir {THAI}")

    assert text.count("Weir ??????") == 2
    assert NOTE in text


def test_a_paper_whose_letters_are_all_there_says_nothing(paper_of):
    assert NOTE not in paper_of("Čeština, Ελληνικά, Кириллица, Tiếng Việt, العربية")


def test_with_the_operators_fonts_every_letter_is_shown(with_fonts, paper_of, caplog):
    with caplog.at_level(logging.WARNING, logger="fpdf"):
        text = paper_of(f"ABC {JAPANESE} {THAI}")

    assert f"ABC {JAPANESE} {THAI}" in text
    assert NOTE not in text
    assert "missing" not in caplog.text


def test_only_the_fonts_that_are_needed_are_opened_and_what_is_none_does_no_harm(with_fonts):
    assert [path.name for path in fonts_for(f"ABC {THAI}")] == ["b.TTF"]
    assert fonts_for("ABC") == []
    assert lacking(f"A{JAPANESE}{THAI}한한") == "한"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("e\N{COMBINING ACUTE ACCENT}", "é"),
        ("a\N{VARIATION SELECTOR-16}\N{INVISIBLE TIMES}b\x01", "ab"),
        ("\N{LEFT-TO-RIGHT ISOLATE}$1\N{POP DIRECTIONAL ISOLATE}", "$1"),
        ("1\N{NARROW NO-BREAK SPACE}000\N{IDEOGRAPHIC SPACE}\tx", "1 000  x"),
        ("one\r\ntwo\u2028three", "one\ntwo\nthree"),
    ],
)
def test_signs_that_nobody_sees_are_not_missed(text, shown):
    assert printable(text).replace("\N{NARROW NO-BREAK SPACE}", " ") == shown
    assert lacking(text) == ""


def test_a_customer_hears_when_the_paper_will_lack_letters(as_ann, ann):
    given = {"name": "Ann", "company": JAPANESE, "address": f"{THAI} 1", "country": ""}

    told = as_ann.post(reverse("billing"), given, follow=True).content.decode()
    again = as_ann.post(reverse("billing"), given | {"company": "", "address": ""}, follow=True)

    assert f"These letters cannot be printed on the PDF: {JAPANESE}" in told
    assert "cannot be printed" not in again.content.decode()


def test_every_letter_of_our_languages_can_be_printed():
    for text in ("Übergröße ß ẞ €", "¿Qué? ñ Ñ", "مرحبا ١٢٣ ، ؟", "–—…“”„«»−·•"):
        assert letters.lacking(text) == ""
