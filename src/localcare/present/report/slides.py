"""A report as slides: one finding, its figure and its source on each.

In: a `Report` and the pictures of its figures as PNG bytes, by name. Out: bytes of a .pptx file,
the same for the same report (`archive`).
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from localcare.present.report.archive import dateless
from localcare.present.report.extras import needed

if TYPE_CHECKING:
    from localcare.present.report.parts import Picture, Report

__all__ = ["slide_deck"]

#: The page, 16 to 9, in millimetres.
WIDTH, HEIGHT = 338.7, 190.5
MARGIN = 12.0
TITLE_ONLY, TITLE_PAGE = 5, 0
#: Characters that a title has room for.
LONGEST_HEADING = 70


def slide_deck(report: Report, pictures: Mapping[str, bytes]) -> bytes:
    """The slides: the finding, one for each figure, what was assumed, and how to repeat it."""
    pptx = needed("pptx")
    deck = pptx.Presentation()
    deck.slide_width, deck.slide_height = pptx.util.Mm(WIDTH), pptx.util.Mm(HEIGHT)
    deck.core_properties.title, deck.core_properties.author = report.title, "localcare"
    first = deck.slides.add_slide(deck.slide_layouts[TITLE_PAGE])
    _place(pptx, first.shapes.title, 35.0, 60.0)
    _words(pptx, first.shapes.title, report.finding, 30)
    _place(pptx, first.placeholders[1], 110.0, 40.0)
    _words(pptx, first.placeholders[1], f"{report.title}\n{report.subtitle}", 16)
    for section in report.sections:
        for picture in section.pictures:
            _figure(pptx, deck, picture, pictures[picture.name])
    by_key = {section.key: section for section in report.sections}
    for key in ("findings", "uncertainty", "validation"):
        told = [words for words in by_key[key].words if words != report.finding]
        if told:
            _text(pptx, deck, by_key[key].heading, told)
        for point in by_key[key].points:
            _text(pptx, deck, point.words, list(point.below), by_key[key].heading)
    last = by_key["manifest"]
    told = [report.repeat, *last.words, report.subtitle, report.attribution]
    _text(pptx, deck, last.heading, told)
    stream = io.BytesIO()
    deck.save(stream)
    return dateless(stream.getvalue())


def _figure(pptx: Any, deck: Any, picture: Picture, data: bytes) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY])
    _place(pptx, slide.shapes.title, 6.0, 18.0)
    _words(pptx, slide.shapes.title, picture.title, 22)
    shown = slide.shapes.add_picture(io.BytesIO(data), 0, 0)
    room = (pptx.util.Mm(WIDTH - 2 * MARGIN), pptx.util.Mm(HEIGHT - 44))
    ratio = min(room[0] / shown.width, room[1] / shown.height)
    shown.width, shown.height = int(shown.width * ratio), int(shown.height * ratio)
    shown.left = int((pptx.util.Mm(WIDTH) - shown.width) / 2)
    shown.top = pptx.util.Mm(26)
    told = shown._element._nvXxPr.cNvPr  # noqa: SLF001 (the library has no other way to alt text)
    told.set("descr", picture.alt)
    source = slide.shapes.add_textbox(0, 0, 0, 0)
    _place(pptx, source, HEIGHT - 16, 12.0)
    _words(pptx, source, picture.caption, 10)


def _text(pptx: Any, deck: Any, heading: str, lines: list[str], above: str = "") -> None:
    """A slide of words; `above` names the section that it belongs to. A heading that is a sentence
    stands among the words where a title has no room for it."""
    if len(heading) > LONGEST_HEADING:
        heading, lines = above or heading, [heading, *lines]
    slide = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY])
    _place(pptx, slide.shapes.title, 6.0, 18.0)
    title = f"{above}: {heading}" if above and above != heading else heading
    _words(pptx, slide.shapes.title, title, 24)
    box = slide.shapes.add_textbox(0, 0, 0, 0)
    _place(pptx, box, 30.0, HEIGHT - 40)
    longest = sum(map(len, lines))
    _words(pptx, box, "\n\n".join(lines), 16 if longest < 900 else 12)


def _place(pptx: Any, shape: Any, top: float, height: float) -> None:
    """Set a shape across the page, in millimetres from its top."""
    shape.left, shape.width = pptx.util.Mm(MARGIN), pptx.util.Mm(WIDTH - 2 * MARGIN)
    shape.top, shape.height = pptx.util.Mm(top), pptx.util.Mm(height)


def _words(pptx: Any, shape: Any, text: str, size: float) -> None:
    frame = shape.text_frame
    frame.word_wrap = True
    frame.text = text
    for paragraph in frame.paragraphs:
        paragraph.alignment = pptx.enum.text.PP_ALIGN.LEFT
        for run in paragraph.runs:
            run.font.size = pptx.util.Pt(size)
