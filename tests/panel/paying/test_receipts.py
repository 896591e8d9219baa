"""S13: what is let in as a receipt, and what of it is kept."""

import io

import pytest
from PIL import Image

from panel.models import PaymentReceipt
from panel.models.receipts import RECEIPT_MAX
from panel.paying import receipts
from panel.paying.receipts import ReceiptRefused
from tests import make
from tests.panel.paying import files, pay


def inspect(data):
    return receipts.inspect(io.BytesIO(data))


@pytest.mark.parametrize(
    ("name", "content_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")]
)
def test_a_picture_is_kept_as_what_it_is(name, content_type):
    clean = inspect(files.picture(name))

    assert clean.content_type == content_type
    with Image.open(io.BytesIO(clean.data)) as drawn:
        assert (drawn.format, drawn.size) == (name, (40, 30))


def test_a_pdf_is_kept_as_it_is():
    assert inspect(files.PDF) == receipts.Clean("application/pdf", files.PDF)


def test_s13_the_notes_in_a_photo_are_not_kept_but_it_stands_upright():
    photo = files.photo_with_place()
    assert files.PLACE.encode() in photo

    clean = inspect(photo)

    assert files.PLACE.encode() not in clean.data
    with Image.open(io.BytesIO(clean.data)) as drawn:
        assert drawn.size == (30, 40)
        assert not drawn.getexif()


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP"])
def test_s13_what_is_hidden_behind_a_picture_is_not_kept(name):
    clean = inspect(files.picture(name) + files.SCRIPT)

    assert files.SCRIPT not in clean.data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<!doctype html>" + files.SCRIPT,
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        b"GIF89a" + files.SCRIPT,
        b"PK\x03\x04 an archive",
        b"   %PDF-1.4 after blanks %%EOF",
        files.SCRIPT + files.PDF,
        b"\x89PNG\r\n\x1a\n" + files.SCRIPT,
        b"\xff\xd8\xff" + files.SCRIPT,
        b"RIFF1234WEBP" + files.SCRIPT,
        files.picture()[:60],
        files.PDF[:30],
        b"%PDF-1.4 /OpenAction << /S /JavaScript /JS (app.alert(1)) >> %%EOF",
        b"%PDF-1.4 /S /Launch /F (cmd.exe) %%EOF",
        b"%PDF-1.4 /OpenAction << /S /J#61va#53cript /JS (app.alert(1)) >> %%EOF",
        b"%PDF-1.4 /Type /EmbeddedFile %%EOF",
    ],
)
def test_s13_what_is_no_receipt_is_refused(data):
    with pytest.raises(ReceiptRefused):
        inspect(data)


def test_s13_a_picture_that_unpacks_to_gigabytes_is_refused_before_it_is_unpacked():
    bomb = files.huge_png(60_000)
    assert len(bomb) < 1_000

    with pytest.raises(ReceiptRefused, match="too many pixels"):
        inspect(bomb)


def test_s13_a_file_is_read_no_further_than_it_may_be_long():
    file = io.BytesIO(files.PDF + b"0" * (2 * RECEIPT_MAX))

    with pytest.raises(ReceiptRefused, match="5 MiB"):
        receipts.inspect(file)

    assert file.tell() == RECEIPT_MAX + 1


def test_a_large_photo_is_drawn_smaller():
    clean = inspect(files.picture("JPEG", (4_000, 2_000)))

    with Image.open(io.BytesIO(clean.data)) as drawn:
        assert drawn.size == (3_000, 1_500)


@pytest.mark.django_db
def test_a_payment_has_no_more_receipts_than_it_may():
    payment = pay.opened(make.customer(), pay.by_hand())

    kept = [receipts.keep(payment, io.BytesIO(files.PDF)) for _ in range(receipts.RECEIPTS_MAX)]

    with pytest.raises(ReceiptRefused):
        receipts.keep(payment, io.BytesIO(files.PDF))
    assert PaymentReceipt.objects.count() == len(kept)
    assert len({row.file_name for row in kept}) == len(kept)
