"""Files that people may send as receipts, good and evil."""

import io
import struct
import zlib
from typing import Any

from PIL import Image

PLACE = "somewhere at 52.5 north"
SCRIPT = b"<script>alert(document.domain)</script>"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def picture(name: str = "PNG", size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, format=name, **options)
    return out.getvalue()


def photo_with_place() -> bytes:
    """A JPEG as a phone writes it: lying on its side, with a place in its notes."""
    notes = Image.Exif()
    notes[0x0112] = 6  # orientation
    notes[0x010E] = PLACE  # description
    return picture("JPEG", exif=notes)


def huge_png(side: int) -> bytes:
    """A few hundred bytes that say they are ``side`` × ``side`` pixels."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(b"\0" * 99))


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check
