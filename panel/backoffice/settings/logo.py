"""A logo that was sent: judged by its content, and drawn anew from its pixels.

Nothing that was hidden beside the pixels (scripts, places, another file) survives. Drawings with
code in them (SVG) are no pictures here.
"""

import io
import warnings
from typing import IO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

LOGO_TYPE = "image/png"
FORMATS = ("PNG", "JPEG", "WEBP")
FILE_MAX = 1024 * 1024  # bytes
PIXELS_MAX = 16_000_000
WIDTH_MAX, HEIGHT_MAX = 480, 160  # pixels; shown at a third of that and less


class LogoRefused(Exception):
    """This file is no logo; the text says why."""


def drawn_anew(file: IO[bytes]) -> bytes:
    """The picture as a PNG of at most WIDTH_MAX by HEIGHT_MAX. Raises LogoRefused."""
    data = file.read(FILE_MAX + 1)
    if len(data) > FILE_MAX:
        raise LogoRefused(_("The file is larger than 1 MiB."))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _drawn(data)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise LogoRefused(_("This picture has too many pixels.")) from error
    except UnidentifiedImageError as error:
        raise LogoRefused(_("This is neither PNG, JPEG nor WebP.")) from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise LogoRefused(_("This picture cannot be read.")) from error


def _drawn(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data), formats=FORMATS) as found:
        if found.width * found.height > PIXELS_MAX:  # known from the head, before any is unpacked
            raise Image.DecompressionBombError
        picture = ImageOps.exif_transpose(found).convert("RGBA")
    picture.thumbnail((WIDTH_MAX, HEIGHT_MAX))
    bare = Image.new("RGBA", picture.size)
    bare.paste(picture)
    out = io.BytesIO()
    bare.save(out, format="PNG", optimize=True)
    return out.getvalue()
