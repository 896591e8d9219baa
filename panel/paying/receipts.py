"""Receipts that customers upload: what is let in, and what of it is kept.

A picture is drawn anew from its pixels: nothing that was hidden beside them (scripts, places,
a second file) survives. The name of a file is never used.
"""

import io
import re
import warnings
from dataclasses import dataclass
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from orders.models import Payment
from panel.models import PaymentReceipt
from panel.models.receipts import RECEIPT_MAX, ContentType

RECEIPTS_MAX = 5  # of one payment
PIXELS_MAX = 40_000_000
SIDE_MAX = 3_000  # pixels; larger pictures are drawn smaller
QUALITY_PERCENT = 85
PDF_HEAD, PDF_TAIL = b"%PDF-", b"%%EOF"
PDF_TAIL_WITHIN = 2_048  # bytes from the end
ACTIVE_PDF = re.compile(rb"/(JavaScript|Launch|EmbeddedFile|RichMedia|XFA)\b")
CODED_SIGN = re.compile(rb"#([0-9A-Fa-f]{2})")  # the names in a PDF may be written so
PICTURES = {"PNG": ContentType.PNG, "JPEG": ContentType.JPEG, "WEBP": ContentType.WEBP}
MAGIC = {
    "PNG": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "JPEG": re.compile(rb"\xff\xd8\xff"),
    "WEBP": re.compile(rb"RIFF....WEBP", re.DOTALL),
}


class ReceiptRefused(Exception):
    """This file is not kept; the text says why."""


@dataclass(frozen=True, slots=True)
class Clean:
    """What may be kept of a file."""

    content_type: str
    data: bytes


def keep(payment: Payment, file: IO[bytes]) -> PaymentReceipt:
    """Keep a file as a receipt of an open payment by hand, under a random name.

    Raises ReceiptRefused.
    """
    clean = inspect(file)
    with transaction.atomic():
        row = Payment.objects.select_for_update(of=("self",), no_key=True).get(pk=payment.pk)
        if not (row.is_open and row.method and row.method.is_manual):
            raise ReceiptRefused(_("This payment is not open any more."))
        if PaymentReceipt.objects.filter(payment=row).count() >= RECEIPTS_MAX:
            raise ReceiptRefused(_("There are as many receipts as one payment may have."))
        return PaymentReceipt.objects.create(
            payment=row, content_type=clean.content_type, data=clean.data
        )


def inspect(file: IO[bytes]) -> Clean:
    """Judge a file by its content and clean it. Raises ReceiptRefused."""
    data = file.read(RECEIPT_MAX + 1)
    if len(data) > RECEIPT_MAX:
        raise ReceiptRefused(_("The file is larger than 5 MiB."))
    if data.startswith(PDF_HEAD):
        return _pdf(data)
    for name, magic in MAGIC.items():
        if magic.match(data):
            return _picture(data, name)
    raise ReceiptRefused(_("Please send a PNG, JPEG, WebP or PDF file."))


def _pdf(data: bytes) -> Clean:
    if PDF_TAIL not in data[-PDF_TAIL_WITHIN:]:
        raise ReceiptRefused(_("This PDF is cut short."))
    if ACTIVE_PDF.search(CODED_SIGN.sub(lambda code: bytes([int(code[1], 16)]), data)):
        raise ReceiptRefused(_("This PDF carries a program or another file. Send a picture of it."))
    return Clean(ContentType.PDF, data)


def _picture(data: bytes, name: str) -> Clean:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return Clean(PICTURES[name], _drawn_anew(data, name))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ReceiptRefused(_("This picture has too many pixels.")) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise ReceiptRefused(_("This picture cannot be read.")) from error


def _drawn_anew(data: bytes, name: str) -> bytes:
    with Image.open(io.BytesIO(data), formats=[name]) as found:
        if found.width * found.height > PIXELS_MAX:  # known from the head, before any is unpacked
            raise Image.DecompressionBombError
        upright = ImageOps.exif_transpose(found)
        drawn = upright.convert("RGB" if name == "JPEG" or upright.mode != "RGBA" else "RGBA")
    drawn.thumbnail((SIDE_MAX, SIDE_MAX))
    out = io.BytesIO()
    bare: Image.Image = Image.new(drawn.mode, drawn.size)
    bare.paste(drawn)
    options: dict[str, Any] = {} if name == "PNG" else {"quality": QUALITY_PERCENT}
    bare.save(out, format=name, **options)
    if out.tell() > RECEIPT_MAX:
        raise ReceiptRefused(_("This picture has too many pixels."))
    return out.getvalue()
