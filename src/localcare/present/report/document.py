"""A report as a Word document: real headings, real tables, figures with alt text.

In: a `Report` and the pictures of its figures as PNG bytes, by name. Out: bytes of a .docx file,
the same for the same report (`archive`).
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from localcare.present.report.archive import dateless
from localcare.present.report.extras import needed

if TYPE_CHECKING:
    from localcare.present.report.parts import Report, Section, Sheet

__all__ = ["word_document"]

#: Points of the type of a table with at most so many columns.
SIZES = ((6, 9.0), (8, 7.0), (99, 6.5))
#: Millimetres between the margins.
ACROSS = 170
#: Characters of a cell that its column is made wide for, and of room beside its longest word.
LONGEST, ROOM = 40, 3
#: Millimetres that a bold character is wide, by the points of its type.
WIDTH = 0.21
#: Twentieths of a point between the rule of a cell and its words.
PADDING = 40


def word_document(report: Report, pictures: Mapping[str, bytes]) -> bytes:
    """The document, A4 upright."""
    docx = needed("docx")
    document = docx.Document()
    _page(docx, document, report)
    document.add_heading(report.title, 0)
    document.add_paragraph(report.finding, style="Intense Quote")
    document.add_paragraph(report.subtitle)
    for section in report.sections:
        _section(docx, document, section, report, pictures)
    document.add_paragraph(report.attribution)
    stream = io.BytesIO()
    document.save(stream)
    return dateless(stream.getvalue())


def _page(docx: Any, document: Any, report: Report) -> None:
    page = document.sections[0]
    page.page_width, page.page_height = docx.shared.Mm(210), docx.shared.Mm(297)
    page.left_margin = page.right_margin = docx.shared.Mm(20)
    page.top_margin = page.bottom_margin = docx.shared.Mm(20)
    document.styles["Normal"].font.name = "Calibri"
    document.styles["Normal"].font.size = docx.shared.Pt(10.5)
    properties = document.core_properties
    properties.title, properties.author = report.title, "localcare"
    properties.language, properties.comments = "en-GB", report.subtitle


def _section(
    docx: Any, document: Any, section: Section, report: Report, pictures: Mapping[str, bytes]
) -> None:
    document.add_heading(section.heading, 1)
    for words in section.words:
        if words != report.finding:
            document.add_paragraph(words)
    for point in section.points:
        document.add_paragraph(point.words, style="List Bullet")
        for each in point.below:
            document.add_paragraph(each, style="List Bullet 2")
    if section.key == "manifest":
        document.add_paragraph(report.repeat).runs[0].font.name = "Consolas"
    for sheet in section.tables:
        _table(docx, document, sheet)
    for picture in section.pictures:
        document.add_heading(picture.title, 2)
        shown = document.add_picture(io.BytesIO(pictures[picture.name]))
        ratio = min(1.0, docx.shared.Mm(170) / shown.width, docx.shared.Mm(215) / shown.height)
        shown.width, shown.height = int(shown.width * ratio), int(shown.height * ratio)
        told = shown._inline.docPr  # noqa: SLF001 (the library has no other way to alt text)
        told.set("descr", picture.alt)
        told.set("title", picture.title)
        document.paragraphs[-1].paragraph_format.keep_with_next = True
        caption = document.add_paragraph(picture.caption, style="Caption")
        caption.paragraph_format.keep_together = True


def _table(docx: Any, document: Any, sheet: Sheet) -> None:
    if sheet.caption:
        caption = document.add_paragraph(sheet.caption, style="Caption")
        caption.paragraph_format.keep_with_next = True
    table = document.add_table(rows=1, cols=len(sheet.heads), style="Light Grid Accent 1")
    points = next(size for most, size in SIZES if len(sheet.heads) <= most)
    size = docx.shared.Pt(points)
    margins = docx.oxml.OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = docx.oxml.OxmlElement(f"w:{side}")
        margin.set(docx.oxml.ns.qn("w:w"), str(PADDING))
        margin.set(docx.oxml.ns.qn("w:type"), "dxa")
        margins.append(margin)
    # Before the table's look, which the order of the format wants last.
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook")  # noqa: SLF001
    for cell, head in zip(table.rows[0].cells, sheet.heads, strict=True):
        cell.text = head
    # A head that is repeated on every page, which screen readers take for one.
    properties = table.rows[0]._tr.get_or_add_trPr()  # noqa: SLF001
    mark = docx.oxml.OxmlElement("w:tblHeader")
    mark.set(docx.oxml.ns.qn("w:val"), "true")
    properties.append(mark)
    right = docx.enum.text.WD_ALIGN_PARAGRAPH.RIGHT
    for row in sheet.rows:
        for cell, own in zip(table.add_row().cells, row, strict=True):
            cell.text = own.text
            if own.number is not None:
                cell.paragraphs[0].alignment = right
    widths = _widths(sheet, points)
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = docx.shared.Mm(width)
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = docx.shared.Mm(width)
            for run in cell.paragraphs[0].runs:
                run.font.size = size
    document.add_paragraph()


def _widths(sheet: Sheet, points: float) -> list[float]:
    """The columns' widths in millimetres for type of so many points: room for the longest word of
    each, so that none is broken, and what is left to those with more to say."""
    columns = list(
        zip(sheet.heads, *([cell.text for cell in row] for row in sheet.rows), strict=True)
    )
    least = [
        min(max(len(word) for text in column for word in re.split(r"[\s-]+", text)), LONGEST) + ROOM
        for column in columns
    ]
    wanted = [max(min(max(map(len, column)), LONGEST) - own, 0.0)
              for column, own in zip(columns, least, strict=True)]  # fmt: skip
    left = max(ACROSS / (points * WIDTH) - sum(least), 0.0)
    share = left / sum(wanted) if sum(wanted) else 0.0
    lengths = [own + share * more for own, more in zip(least, wanted, strict=True)]
    return [ACROSS * length / sum(lengths) for length in lengths]
