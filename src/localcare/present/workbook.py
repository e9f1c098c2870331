"""A run or comparison as an Excel workbook: measures as real tables, inputs, evidence, charts.

In: the Dataset and manifest of a folder of results, and the model with its tables. Out: the bytes
of an .xlsx file, the same for the same results.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from localcare.measures.summary import ALL, HEADLINE, WHOLE, tidy
from localcare.model.evidence_table import COLUMNS, EvidenceRow, joined
from localcare.present.declared import known
from localcare.present.findings import names
from localcare.present.layouts.axes import in_words, scaled_number
from localcare.present.report.archive import dateless
from localcare.present.report.changes import Changed, changed_inputs
from localcare.present.report.extras import needed
from localcare.present.style import PALETTE
from localcare.problems import BadInput, Problem
from localcare.study.dataset import ATTRIBUTION

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from localcare.study.project import Project

__all__ = ["evidence_workbook", "results_workbook"]

_NOTHING = Changed("nothing is changed", "", "", "", "")
STYLE = "Table Style Light 9"
#: Characters of a line of the first sheet, and the height of a line in points.
READ_ME, LINE = 110, 15
#: Excel holds no more rows on a sheet.
MOST_ROWS = 1_048_575
SHEETS = (
    ("Read me", "what this workbook is, and which run it is of"),
    ("Scenarios", "what each scenario changed: the inputs"),
    ("Headline", "the main measures by year and scenario, with a chart each"),
    ("By year", "every measure by calendar year, for all of Kent and Medway"),
    ("By area", "every measure by calendar year and place or system"),
    ("By financial year", "every measure by financial year, April to March"),
    ("Assumptions", "every number of the model with its range, quality and source"),
    ("Manifest", "what ran, so that it can be run again"),
)


def results_workbook(dataset: xr.Dataset, manifest: Mapping[str, Any], project: Project) -> bytes:
    """The workbook of a run or comparison. Raises BadInput where the results hold no measure."""
    years, financial = tidy(dataset), tidy(dataset, financial=True)
    if years is None or financial is None:
        why = "hold none of the measures of the shipped model, so there is nothing to put down."
        raise BadInput(Problem(f"the results {why}", key="workbook"))
    with _Book() as book:
        sheets = {name: book.sheet(name) for name, _ in SHEETS}
        _read_me(book, sheets["Read me"], dataset, manifest)
        _scenarios(book, sheets["Scenarios"], manifest, project)
        _headline(book, sheets["Headline"], years, names(dataset))
        whole = years[(years["area"] == WHOLE) & (years["part"] == ALL)]
        book.frame(sheets["By year"], "by_year", whole.drop(columns=["area", "part"]))
        areas = years[(years["area"] != WHOLE) & (years["part"] == ALL)].drop(columns="part")
        book.frame(sheets["By area"], "by_area", areas)
        april = financial[(financial["area"] == WHOLE) & (financial["part"] == ALL)]
        april = april.drop(columns=["area", "part"]).rename(columns={"year": "year from April"})
        book.frame(sheets["By financial year"], "by_financial_year", april)
        _evidence(book, sheets["Assumptions"], _rows(project))
        _manifest(book, sheets["Manifest"], manifest)
    return book.data


def evidence_workbook(rows: Iterable[EvidenceRow]) -> bytes:
    """Rows of the joined table of evidence as a workbook of one table."""
    with _Book() as book:
        _evidence(book, book.sheet("Assumptions"), rows)
    return book.data


class _Book:
    """A workbook in memory, with the formats that its sheets share."""

    def __init__(self) -> None:
        self._stream = io.BytesIO()
        self.data = b""
        self._widths: dict[tuple[str, int], int] = {}

    def __enter__(self) -> _Book:
        xlsxwriter = needed("xlsxwriter")
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                   "nan_inf_to_errors": False}  # fmt: skip
        self.book: Any = xlsxwriter.Workbook(self._stream, options)
        epoch = dt.datetime(1980, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)
        self.book.set_properties({"title": "localcare results", "created": epoch})
        self.heading = self.book.add_format({"bold": True, "font_size": 14})
        self.wrapped = self.book.add_format({"text_wrap": True, "valign": "top"})
        self.number = self.book.add_format({"num_format": "#,##0.###"})
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.book.close()
            self.data = dateless(self._stream.getvalue())

    def sheet(self, name: str) -> Any:
        """A new sheet, which prints on pages as wide as it is."""
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        return sheet

    def frame(self, sheet: Any, name: str, table: pd.DataFrame) -> None:
        """A data frame as an Excel table from cell A1."""
        rows = [
            [None if isinstance(cell, float) and not math.isfinite(cell) else cell for cell in row]
            for row in table.itertuples(index=False)
        ]
        self.table(sheet, name, [str(column) for column in table.columns], rows)

    def table(
        self,
        sheet: Any,
        name: str,
        heads: Sequence[str],
        rows: Sequence[Sequence[Any]],
        top: int = 0,
    ) -> None:
        """An Excel table from the first cell of row `top`, its columns as wide as their words."""
        if len(rows) > MOST_ROWS:
            raise BadInput(Problem(f"{len(rows)} rows are more than Excel holds.", key=name))
        columns = [{"header": head, "format": self.number if _is_number(rows, at) else None}
                   for at, head in enumerate(heads)]  # fmt: skip
        last = top + max(len(rows), 1)
        told = {"name": name, "columns": columns, "data": rows, "style": STYLE}
        sheet.add_table(top, 0, last, len(heads) - 1, told)
        for at, head in enumerate(heads):
            longest = max([len(head) + 3, *(len(_shown(row[at])) for row in rows[:2000])])
            wide = max(min(longest + 1, 60), self._widths.get((sheet.name, at), 0))
            self._widths[sheet.name, at] = wide  # of all tables of a sheet the widest
            sheet.set_column(at, at, wide)
        if not top:
            sheet.freeze_panes(1, 1)


def _is_number(rows: Sequence[Sequence[Any]], at: int) -> bool:
    return any(isinstance(row[at], float) for row in rows[:50])


def _shown(cell: Any) -> str:
    return f"{cell:,.3f}" if isinstance(cell, float) else "" if cell is None else str(cell)


def _read_me(book: _Book, sheet: Any, dataset: xr.Dataset, manifest: Mapping[str, Any]) -> None:
    first, last = int(dataset["year"][0]), int(dataset["year"][-1])
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, READ_ME, book.wrapped)
    sheet.write(0, 0, "Health and care in Kent and Medway: modelled results", book.heading)
    lines = [
        ("made by", f"localcare {manifest['version']}, run {manifest['run']}"),
        ("model", f"{manifest['model_file']}, {manifest['model_hash'][:12]}"),
        ("period", f"{first} to {last}, calendar years unless said otherwise"),
        ("money", "real 2023/24 prices; discounted where a measure's title says so"),
        ("change from baseline", "empty where no baseline was run beside it"),
        ("", ATTRIBUTION),
        ("sheet", "what is on it"),
        *SHEETS,
    ]
    for row, (key, words) in enumerate(lines, 2):
        sheet.set_row(row, LINE * (1 + len(words) // READ_ME))
        sheet.write(row, 0, key)
        sheet.write(row, 1, words, book.wrapped)


def _scenarios(book: _Book, sheet: Any, manifest: Mapping[str, Any], project: Project) -> None:
    rows = [
        (name, each.get("title", ""), row.name, row.before, row.after, row.start, row.end)
        for name, each in manifest["scenarios"].items()
        for row in changed_inputs(project.spec, each["overrides"]) or [_NOTHING]
    ]
    heads = ("scenario", "title", "input", "from", "to", "from when", "until")
    book.table(sheet, "scenarios", heads, rows)


def _headline(book: _Book, sheet: Any, years: pd.DataFrame, scenarios: Sequence[str]) -> None:
    """A table a measure, years down and scenarios across, with a native line chart beside it."""
    top = 0
    whole = years[(years["area"] == WHOLE) & (years["part"] == ALL)]
    for name in HEADLINE:
        own = whole[whole["measure"] == name]
        if own.empty:
            continue
        measure = known(name)
        wide = own.pivot_table(index="year", columns="scenario", values="value").reset_index()
        sheet.write(top, 0, f"{measure.title}, {in_words(measure)}", book.heading)
        rows = [[int(row[0]), *(scaled_number(measure, float(each)) for each in row[1:])]
                for row in wide[["year", *scenarios]].itertuples(index=False)]  # fmt: skip
        book.table(sheet, f"headline_{name}", ("year", *scenarios), rows, top + 1)
        chart = book.book.add_chart({"type": "line"})
        first, last = top + 2, top + 1 + len(rows)
        for at, scenario in enumerate(scenarios, 1):
            chart.add_series(
                {
                    "name": scenario,
                    "categories": ["Headline", first, 0, last, 0],
                    "values": ["Headline", first, at, last, at],
                    "line": {"color": PALETTE[(at - 1) % len(PALETTE)], "width": 2,
                             "dash_type": ("solid", "dash")[(at - 1) // len(PALETTE) % 2]},
                }
            )  # fmt: skip
        chart.set_title({"name": measure.title})
        chart.set_y_axis({"name": in_words(measure), "num_format": "#,##0"})
        chart.set_x_axis({"name": "year"})
        chart.set_size({"width": 720, "height": 340})
        told = f"Line chart of {measure.title} by year and scenario; its numbers are to the left."
        sheet.insert_chart(top, len(scenarios) + 2, chart, {"description": told})
        top += max(len(rows) + 4, 19)
    sheet.freeze_panes(0, 1)


def _rows(project: Project) -> tuple[EvidenceRow, ...]:
    if project.assumptions is None or project.bibliography is None:
        return ()
    return joined(project.spec, project.assumptions, project.bibliography)


def _evidence(book: _Book, sheet: Any, rows: Iterable[EvidenceRow]) -> None:
    cells = [
        [row.variable, row.sector, row.units, row.value, row.low, row.high,
         *row.cells()[6:]]
        for row in rows
    ]  # fmt: skip
    book.table(sheet, "assumptions", COLUMNS, [list(map(_plain, each)) for each in cells])


def _plain(cell: Any) -> Any:
    if cell is None or isinstance(cell, (int, float)):
        return cell
    return str(cell)


def _manifest(book: _Book, sheet: Any, manifest: Mapping[str, Any]) -> None:
    rows = [
        (key, value if isinstance(value, str) else json.dumps(value))
        for key, value in manifest.items()
        if key != "scenarios"
    ]
    rows += [
        (f"scenario {name}", str(each.get("hash", "")))
        for name, each in manifest["scenarios"].items()
    ]
    book.table(sheet, "manifest", ("entry", "value"), rows)
