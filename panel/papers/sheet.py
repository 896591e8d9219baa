"""A paper in the panel's manner: A4, own fonts, read in either direction, numbered pages."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from fpdf import FPDF, XPos, YPos
from fpdf.enums import Align

from panel.papers import letters
from panel.papers.letters import FONTS

WEIGHTS = (("", "Regular"), ("B", "SemiBold"))
MARGIN_MM = 15
BOTTOM_MM = 18
LINE_MM = 4.6
PADDING_MM = 0.9
FOOT_MM = 12
TITLE_PT, HEADING_PT, TEXT_PT, SMALL_PT = 18, 10.5, 9, 8
INK, FAINT, RULE = (24, 34, 48), (85, 96, 110), (214, 220, 228)
Colour = tuple[int, int, int]
Cells = list[list[str]]
PIECE_BYTES = 64 * 1024
# Hebrew, Arabic and their forms of presentation: letters that are set from the right.
RIGHT_TO_LEFT = ((0x0590, 0x08FF), (0xFB1D, 0xFDFF), (0xFE70, 0xFEFF))


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table; ``width`` in millimetres, numbers stand at its end."""

    title: str
    width: float
    is_number: bool = False


class Sheet(FPDF):
    """A paper that is being written from top to bottom, in the reader's language.

    In languages read from the right, columns and edges are mirrored.
    """

    def __init__(self, *, title: str, issuer: str, now: datetime) -> None:
        super().__init__(format="A4")
        self.lacks_letters = False
        self.is_rtl = get_language_bidi()
        self.set_title(title)
        self.set_creator(issuer)
        self.set_creation_date(now)
        self.set_lang(get_language() or "en")
        self.set_margins(MARGIN_MM, MARGIN_MM)
        self.set_auto_page_break(auto=True, margin=BOTTOM_MM)
        for style, weight in WEIGHTS:
            self.add_font("Inter", style, FONTS / f"Inter-{weight}.ttf")
            self.add_font("Arabic", style, FONTS / f"NotoSansArabic-{weight}.ttf")
        self._fallbacks = ["Arabic"]
        self.set_fallback_fonts(self._fallbacks)
        self.issuer = self.printable(issuer)
        self.write_in(TEXT_PT)
        self.add_page()

    def footer(self) -> None:
        """Who made it, and the page's number."""
        self.set_y(-FOOT_MM)
        self.write_in(SMALL_PT, colour=FAINT)
        page = _("Page %(page)d of %(pages)s") % {"page": self.page_no(), "pages": "{nb}"}
        half = self.epw / 2
        first, last = (page, self.issuer) if self.is_rtl else (self.issuer, page)
        self.put(half, first, align=Align.L)
        self.put(half, last, align=Align.R)

    def write_in(self, size: float, *, is_bold: bool = False, colour: Colour = INK) -> None:
        """Size in points, weight and colour of what is written next."""
        self.set_font("Inter", "B" if is_bold else "", size)
        self.set_text_color(*colour)

    def put(
        self,
        width: float,
        text: str,
        *,
        align: Align,
        height: float = LINE_MM,
        ends_line: bool = False,
    ) -> None:
        """One piece of text on the present line; letters are joined where their script joins."""
        self.set_text_shaping(_is_from_right(text))
        # A colour opens a scope of its own, in which a font that was named before is forgotten.
        self.current_font_is_set_on_page = False
        x, y = (XPos.LMARGIN, YPos.NEXT) if ends_line else (XPos.RIGHT, YPos.TOP)
        self.cell(width, height, text, align=align, new_x=x, new_y=y)

    def line_of(self, text: str, *, size: float = TEXT_PT, is_bold: bool = False) -> None:
        """A paragraph over the whole width."""
        self.write_in(size, is_bold=is_bold)
        for line in self.wrapped(text, self.epw):
            self.put(self.epw, line, align=self.start, ends_line=True)

    def heading(self, text: str, *, size: float = HEADING_PT) -> None:
        self.write_in(size, is_bold=True)
        self.put(self.epw, self.printable(text), align=self.start, height=size / 2, ends_line=True)
        self.ln(PADDING_MM)

    def facts(self, pairs: Iterable[tuple[str, str]], *, label_mm: float = 42) -> None:
        """Lines of a label and what it stands for; those without a value are left out."""
        self.write_in(TEXT_PT)
        columns = (Column("", label_mm), Column("", self.epw - label_mm))
        for pair in pairs:
            if pair[1]:
                self._row(columns, self._cells(columns, pair), colours=(FAINT, INK))

    def total(self, label: str, value: str, *, label_mm: float) -> None:
        """The line under a listing that counts most."""
        self.write_in(HEADING_PT, is_bold=True)
        columns = (Column("", label_mm), Column("", self.epw - label_mm, is_number=True))
        self._row(columns, self._cells(columns, (label, value)))

    def listing(self, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
        """Rows under a head that every page repeats. Long texts take several lines.

        Columns without titles have no head.
        """
        self._head(columns)
        for row in rows:
            cells = self._cells(columns, row)
            if self.get_y() + _height(cells) > self.page_break_trigger:
                self.add_page()
                self._head(columns)
            self._row(columns, cells)
            self._rule()

    @property
    def start(self) -> Align:
        """The edge at which reading begins."""
        return Align.R if self.is_rtl else Align.L

    @property
    def end(self) -> Align:
        return Align.L if self.is_rtl else Align.R

    def wrapped(self, text: str, width: float) -> list[str]:
        """The lines of a text within ``width`` millimetres; nothing is cut off."""
        lines = self.printable(text).splitlines() or [""]
        return [piece for line in lines for piece in self._broken(line, width)]

    def printable(self, text: str) -> str:
        """What can be shown of a text, and the fonts for it at hand; what cannot is noted."""
        if letters.is_plain(text):
            return text
        self.lacks_letters = self.lacks_letters or bool(letters.lacking(text))
        shown = letters.printable(text)
        for path in letters.fonts_for(shown):
            if path.name not in self._fallbacks:
                self._fallbacks.append(path.name)
                for style, _weight in WEIGHTS:
                    self.add_font(path.name, style, path)
                self.set_fallback_fonts(self._fallbacks)
        return shown

    def pieces(self) -> Iterator[bytes]:
        """The finished file, in portions for a download."""
        if self.lacks_letters:
            self.ln(LINE_MM)
            note = _("“%s” stands for letters that cannot be printed here. The page has them all.")
            self.line_of(note % letters.LACKING, size=SMALL_PT)
        whole = bytes(self.output())
        for start in range(0, len(whole), PIECE_BYTES):
            yield whole[start : start + PIECE_BYTES]

    def _broken(self, line: str, width: float) -> list[str]:
        self.set_text_shaping(_is_from_right(line))
        room = width - 2 * self.c_margin
        if self.get_string_width(line) <= room:
            return [line]
        broken = self.multi_cell(width, LINE_MM, line, dry_run=True, output="LINES")
        return cast(list[str], broken)

    def _head(self, columns: Sequence[Column]) -> None:
        if any(column.title for column in columns):
            self.write_in(SMALL_PT, is_bold=True)
            cells = self._cells(columns, [column.title for column in columns])
            self._row(columns, cells, colours=[FAINT] * len(columns))
            self._rule()
        self.write_in(SMALL_PT)

    def _cells(self, columns: Sequence[Column], row: Sequence[str]) -> Cells:
        return [self.wrapped(text, column.width) for column, text in zip(columns, row, strict=True)]

    def _row(
        self, columns: Sequence[Column], cells: Cells, *, colours: Sequence[Colour] = ()
    ) -> None:
        top, lines = self.get_y() + PADDING_MM, max(map(len, cells))
        across = list(zip(columns, cells, colours or [INK] * len(cells), strict=True))
        for at in range(lines):
            self.set_xy(MARGIN_MM, top + at * LINE_MM)
            for column, wrapped, colour in reversed(across) if self.is_rtl else across:
                self.set_text_color(*colour)
                align = self.end if column.is_number else self.start
                self.put(column.width, wrapped[at] if at < len(wrapped) else "", align=align)
        self.set_xy(MARGIN_MM, top + lines * LINE_MM + PADDING_MM)

    def _rule(self) -> None:
        self.set_draw_color(*RULE)
        self.set_line_width(0.15)
        self.line(MARGIN_MM, self.get_y(), self.w - MARGIN_MM, self.get_y())


def _height(cells: Cells) -> float:
    return max(map(len, cells)) * LINE_MM + 2 * PADDING_MM


def _is_from_right(text: str) -> bool:
    return any(low <= ord(letter) <= high for letter in text for low, high in RIGHT_TO_LEFT)
