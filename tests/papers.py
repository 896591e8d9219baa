"""Reading back what stands on a paper: the text of each page of a PDF, as we make them."""

import re
import zlib

_OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_STREAM = re.compile(rb"stream\n(.*)\nendstream", re.DOTALL)
_FONT = re.compile(rb"/F(\d+) (\d+) 0 R")
_SHOWN = re.compile(rb"/F(\d+) [\d.]+ Tf|\(((?:[^\\)]|\\.)*)\) Tj|(?<!\S)(BT|q|Q)(?!\S)", re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_NAMED = re.compile(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]{4,})>")


def pages(pdf: bytes) -> list[str]:
    """The text of each page, one line for each piece that was set on its own."""
    assert pdf.startswith(b"%PDF-")
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    letters = _letters(objects)
    contents = [_content(b) for b in objects.values() if b"/FlateDecode" in b]
    return [_text(content, letters) for content in contents if b" Tj" in content]


def _letters(objects: dict[int, bytes]) -> dict[int, dict[int, str]]:
    """Per font of the page: which letters its codes stand for."""
    resources = next(body for body in objects.values() if b"/Font <<" in body)
    found = {}
    for font, at in _FONT.findall(resources):
        table = re.search(rb"/ToUnicode (\d+) 0 R", objects[int(at)])
        assert table
        named = _NAMED.findall(objects[int(table[1])].partition(b"endcodespacerange")[2])
        found[int(font)] = {
            int(code, 16): bytes.fromhex(letter.decode()).decode("utf-16-be")
            for code, letter in named
        }
    return found


def _content(body: bytes) -> bytes:
    stream = _STREAM.search(body)
    assert stream
    return zlib.decompress(stream[1])


def _text(content: bytes, letters: dict[int, dict[int, str]]) -> str:
    fonts, lines = [0], [""]
    for shown in _SHOWN.finditer(content):
        font, text, word = shown.groups()
        if font:
            fonts[-1] = int(font)
        elif text is not None:
            lines[-1] += _decoded(text, letters[fonts[-1]])
        elif word == b"BT":
            lines.append("")
        else:  # q keeps the font for later, Q goes back to it
            fonts = [*fonts, fonts[-1]] if word == b"q" else fonts[:-1]
    return "\n".join(line for line in lines if line)


def _decoded(shown: bytes, letters: dict[int, str]) -> str:
    codes = _ESCAPED.sub(lambda m: {b"n": b"\n", b"r": b"\r"}.get(m[1], m[1]), shown)
    pairs = (codes[at : at + 2] for at in range(0, len(codes), 2))
    return "".join(letters.get(int.from_bytes(pair), "?") for pair in pairs)
