"""A report as one web page that needs nothing else: styles, script and figures are inside.

In: a `Report` and the pictures of its figures as PNG bytes, by name. Out: HTML text.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING

from localcare.present.report.extras import needed

if TYPE_CHECKING:
    from localcare.present.report.parts import Report, Sheet

__all__ = ["web_page"]


def web_page(report: Report, pictures: Mapping[str, bytes]) -> str:
    """The page. Words are escaped: a scenario's name or title is never markup."""
    jinja2 = needed("jinja2")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True
    )
    environment.filters["numeric"] = _numeric
    text = files("localcare.present.report").joinpath("page.html").read_text(encoding="utf-8")
    images = {
        name: "data:image/png;base64," + base64.b64encode(data).decode("ascii")
        for name, data in pictures.items()
    }
    page: str = environment.from_string(text).render(report=report, images=images)
    return page


def _numeric(sheet: Sheet, column: int) -> bool:
    """Whether a column of a table holds numbers."""
    return any(column < len(row) and row[column].number is not None for row in sheet.rows)
