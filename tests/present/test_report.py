"""What a report says is computed from the numbers, and every format sets the same content."""

import dataclasses
import io
import re
import zipfile
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import docx
import numpy as np
import pandas as pd
import pptx
import pytest
from matplotlib.figure import Figure

from localcare.measures.catalogue import find, yearly
from localcare.measures.unfilled import unfilled
from localcare.present.figures import find_figure
from localcare.present.report.certainty import uncertainty
from localcare.present.report.changes import changed_inputs
from localcare.present.report.content import compose
from localcare.present.report.document import word_document
from localcare.present.report.found import findings, share_of
from localcare.present.report.page import web_page
from localcare.present.report.parts import Influence, Material, Section
from localcare.present.report.record import command, validation
from localcare.present.report.slides import slide_deck
from localcare.present.style import Drawing, picture
from localcare.study.comparison import Outcome
from localcare.study.validation import PartResult, RowResult, Validated

YEAR = 2030


@pytest.fixture(scope="session")
def material(comparison, project):
    kept = ["baseline", "acute", "neighbourhood"]
    manifest = {
        **comparison.manifest,
        "scenarios": {name: comparison.manifest["scenarios"][name] for name in kept},
    }
    return Material(comparison.dataset.sel(scenario=kept), manifest, project, None, None)


@pytest.fixture(scope="session")
def report(material):
    return compose(material)


@pytest.fixture(scope="session")
def pictures(report):
    """A small picture in the place of each figure, whose drawing other tests hold."""
    stream = io.BytesIO()
    Figure(figsize=(2, 1)).savefig(stream, format="png", dpi=20)
    return {each.name: stream.getvalue() for each in _pictures(report)}


def _pictures(report):
    return [each for section in report.sections for each in section.pictures]


def _section(report, key):
    return next(section for section in report.sections if section.key == key)


class Page(HTMLParser):
    """What stands on a web page: tags with attributes, and rows of tables."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def test_the_finding_and_its_amounts_are_those_of_the_dataset(material, report):
    beds = yearly(find("beds_needed"), material.dataset, ()).sel(year=YEAR)
    change = beds - beds.sel(scenario="baseline")
    best = str(change["scenario"].to_numpy()[int(np.argmin(change.to_numpy()))])
    assert f"{best} lowers beds needed most: by {-float(change.min()):.3g} of" in report.finding
    doubled = material.dataset.copy()
    doubled["beds_needed"] = doubled["beds_needed"] * 2
    other = findings(dataclasses.replace(material, dataset=doubled), YEAR)
    assert f"by {-2 * float(change.min()):.3g} of" in other.words[0]


def test_what_a_policy_makes_worse_or_leaves_is_told_as_what_it_makes_better(material):
    points = {point.words: point.below for point in findings(material, YEAR).points}
    acute = points["Acute"]
    assert [words.split(":")[0] for words in acute] == ["Better", "Worse", "No change"]
    admissions = yearly(find("emergency_admissions"), material.dataset, ()).sel(year=YEAR)
    change = admissions.sel(scenario="acute") / admissions.sel(scenario="baseline") - 1
    assert float(change) > 0
    assert "Emergency admissions +" in acute[1]


def test_a_policy_that_changes_nothing_is_said_to_change_nothing(material):
    same = material.dataset.sel(scenario=["baseline", "baseline"])
    same = same.assign_coords(scenario=["baseline", "idle"])
    found = findings(dataclasses.replace(material, dataset=same), YEAR)
    assert "no policy lowers the beds needed" in found.words[0]
    (idle,) = found.points
    assert len(idle.below) == 1
    assert idle.below[0].startswith("No change: ")


def test_tables_of_layers_hold_the_measures_at_full_precision_for_sorting(material, report):
    sheet = _section(report, "acute-care").tables[0]
    assert sheet.heads == ("measure", "baseline", "acute", "neighbourhood")
    row = next(row for row in sheet.rows if row[0].text.startswith(find("beds_needed").title))
    beds = yearly(find("beds_needed"), material.dataset, ()).sel(year=YEAR)
    assert [cell.number for cell in row[1:]] == [
        float(beds.sel(scenario=name)) for name in sheet.heads[1:]
    ]


def test_each_layer_has_a_section_with_its_cost_and_its_staff_alone(material, report):
    headings = [section.heading for section in report.sections if section.pictures]
    assert headings == ["All layers together", "Primary care", "Neighbourhood care",
                        "Intermediate care", "Acute care", "Workforce"]  # fmt: skip
    costs = yearly(find("running_cost"), material.dataset, ("layer",)).sel(year=YEAR)
    for layer in ("primary", "neighbourhood", "intermediate", "acute"):
        rows = _section(report, f"{layer}-care").tables[0].rows
        own = next(row for row in rows if row[0].text.startswith("Running cost of health and care,")
                   and f"{layer} care alone" in row[0].text)  # fmt: skip
        assert own[1].number == float(costs.sel(layer=layer, scenario="baseline"))
        assert any(row[0].text.startswith(f"Staff needed, {layer} care alone") for row in rows)


def test_figures_beyond_the_dataset_stand_where_they_are_told(material):
    names = ("fans", "certainty", "drivers", "observed_waiting_list", "beds")
    drawings = tuple(
        Drawing(name, Figure(), pd.DataFrame(), f"alt of {name}", f"{name} found", "a caption")
        for name in names
    )
    bands = pd.DataFrame(columns=["year", "area", "part", "scenario", "measure"])
    found = Validated((), (), (), ())
    whole = compose(dataclasses.replace(
        material, drawings=drawings, bands=bands, validated=found))  # fmt: skip
    shown = {section.key: [each.name for each in section.pictures] for section in whole.sections}
    assert shown["uncertainty"] == ["certainty", "fans"]
    assert "drivers" in shown["all-layers-together"]
    assert shown["validation"] == ["observed_waiting_list"]
    (beds,) = [each for each in _section(whole, "acute-care").pictures if each.name == "beds"]
    assert beds.title == "beds found"


def test_a_cost_that_falls_as_posts_stay_empty_is_no_gain(material):
    lacking = material.dataset.copy(deep=True)
    at = {"scenario": "acute"}
    for name in ("gross_policy_spend_discounted", "policy_cost_by_layer"):
        lacking[name].loc[at] = lacking[name].sel(scenario="baseline")
    lacking["staffing_gap"].loc[at] = lacking["staffing_gap"].sel(scenario="baseline") + 10
    lacking["running_cost_by_layer"].loc[at] = 0.9 * lacking["running_cost_by_layer"].sel(
        scenario="baseline"
    )
    assert list(unfilled(lacking)) == ["acute"]
    assert unfilled(material.dataset) == {}
    points = {point.words: point.below for point in
              findings(dataclasses.replace(material, dataset=lacking), YEAR).points}  # fmt: skip
    assert not any("Running cost of health" in words for words in points["Acute"][:-1])
    assert (
        "more posts stay empty, and no saving: Running cost of health and care"
        in (points["Acute"][-1])
    )
    assert "no saving" in find_figure("money").caption(lacking)
    assert "no saving" not in find_figure("money").caption(material.dataset)


def test_a_run_without_draws_says_that_it_says_nothing_of_chance(material, report):
    (words,) = _section(report, "uncertainty").words
    assert "nothing here says how likely a difference is" in words


def test_bands_and_chances_are_told_as_they_stand_in_the_summary(material):
    row = {
        "scenario": "acute", "measure": "beds_needed", "area": "Kent and Medway", "part": "all",
        "year": YEAR, "change_q025": -200.0, "change_q50": -150.0, "change_q975": 10.0,
        "chance_better": 0.96,
    }  # fmt: skip
    told = {**material.manifest, "ensemble": {"draws": "512", "covers": "parameters"}}
    banded = dataclasses.replace(material, bands=pd.DataFrame([row]), manifest=told)
    section = uncertainty(banded, YEAR)
    assert "over 512 draws" in section.words[0]
    texts = [cell.text for cell in section.tables[0].rows[0]]
    assert texts == ["acute: Beds needed at 92%", "\N{MINUS SIGN}200", "\N{MINUS SIGN}150",
                     "+10.0", "96%"]  # fmt: skip
    assert section.points[0].below == ("96% of futures: " + find("beds_needed").title,)


def test_a_row_of_validation_that_fails_is_told_first_with_its_reason(material):
    parts = (PartResult("East Kent", "under 5%", "13%", passed=False),
             PartResult("West Kent", "under 5%", "2%", passed=True))  # fmt: skip
    found = Validated((RowResult("beds", "validated", parts, "no count exists."),), (), (), ())
    section = validation(dataclasses.replace(material, validated=found))
    assert section.words[0].startswith("0 of 1 rows pass.")
    (point,) = section.points
    assert point.words == "beds fails: no count exists."
    assert point.below == ("East Kent: 13%; wanted under 5%.",)
    assert [row[-1].text for row in section.tables[1].rows] == ["FAIL", "pass"]


def test_assumptions_stand_by_influence_where_a_sensitivity_was_given(material, report):
    by_quality = _section(report, "assumptions").tables[-1]
    widths = [row[-1].number for row in by_quality.rows]
    assert "experts judged" in by_quality.caption
    assert widths == sorted(widths, reverse=True)
    indices = pd.DataFrame(
        {"scenario": "baseline", "year": YEAR, "parameter": ["a", "b", "c"],
         "ST": [0.1, 0.7, 0.0], "ST_conf": 0.02}
    )  # fmt: skip
    tornado = Drawing("tornado", Figure(), indices, "alt", "a finding", "a caption")
    influence = Influence("Beds needed", indices, ("Acute fails in none of 16 draws.",), tornado)
    section = _section(compose(dataclasses.replace(material, influence=influence)), "assumptions")
    assert [row[0].text for row in section.tables[-1].rows] == ["b", "a"]
    assert section.points[0].words == "Acute fails in none of 16 draws."


def test_what_a_scenario_changed_is_what_its_overrides_hold(project, comparison):
    overrides = comparison.manifest["scenarios"]["acute"]["overrides"]
    rows = changed_inputs(project.spec, overrides)
    names = {project.spec.by_identifier[each].name for part in overrides.values() for each in part}
    assert {row.name.split(" (")[0] for row in rows} == names
    assert all(row.before != row.after and row.start and row.end for row in rows)
    assert changed_inputs(project.spec, comparison.manifest["scenarios"]["baseline"]["overrides"]
                          ) == []  # fmt: skip


def test_a_constant_set_for_one_place_is_told_with_its_value_before_and_after(wards):
    rows = changed_inputs(wards.spec, {"constants": {"demand": [400, 450, 100]}, "paths": {}})
    assert [(row.name, row.before, row.after) for row in rows] == [
        ("demand (south)", "300 person/Year", "450 person/Year")
    ]


def test_markup_in_the_name_of_a_scenario_stays_words(material, pictures):
    name = "<script>alert('x')</script>"
    evil = material.dataset.assign_coords(scenario=["baseline", "acute", name])
    scenarios = dict(material.manifest["scenarios"])
    scenarios[name] = {**scenarios.pop("neighbourhood"), "title": "<b>bold</b>"}
    manifest = {**material.manifest, "scenarios": scenarios}
    text = web_page(compose(dataclasses.replace(material, dataset=evil, manifest=manifest)),
                    pictures)  # fmt: skip
    assert "<script>alert" not in text
    assert "<b>bold" not in text
    assert "&lt;script&gt;alert" in text
    assert command(dataclasses.replace(material, manifest=manifest)).endswith(
        "'<script>alert('\"'\"'x'\"'\"')</script>'"
    )


def test_the_page_needs_nothing_from_elsewhere(report, pictures):
    text = web_page(report, pictures)
    page = Page(text)
    assert not page.all("link")
    assert all("src" not in each for each in page.all("script"))
    assert all(each["src"].startswith("data:image/png;base64,") for each in page.all("img"))
    assert all(each["href"].startswith("#") for each in page.all("a"))
    assert not re.search(r"(?:url\(|@import|https?://)", text.partition("</style>")[0])


def test_every_figure_has_its_alt_text_in_every_format(report, pictures):
    alts = [each.alt for each in _pictures(report)]
    assert len(alts) > 5
    assert all(len(alt) > 40 for alt in alts)
    page = Page(web_page(report, pictures))
    assert [each["alt"] for each in page.all("img")] == alts
    document = docx.Document(io.BytesIO(word_document(report, pictures)))
    assert [each._inline.docPr.get("descr") for each in document.inline_shapes] == alts
    deck = pptx.Presentation(io.BytesIO(slide_deck(report, pictures)))
    shown = [shape._element._nvXxPr.cNvPr.get("descr") for slide in deck.slides
             for shape in slide.shapes if shape.shape_type == 13]  # fmt: skip
    assert shown == alts


def test_headings_of_the_document_are_headings_in_order(report, pictures):
    document = docx.Document(io.BytesIO(word_document(report, pictures)))
    first = [each.text for each in document.paragraphs if each.style.name == "Heading 1"]
    second = [each.text for each in document.paragraphs if each.style.name == "Heading 2"]
    assert first == [section.heading for section in report.sections]
    assert second == [each.title for each in _pictures(report)]
    assert all(table.rows[0]._tr.trPr.find(docx.oxml.ns.qn("w:tblHeader")) is not None
               for table in document.tables)  # fmt: skip


def test_a_slide_holds_one_finding_one_figure_and_its_source(report, pictures):
    deck = pptx.Presentation(io.BytesIO(slide_deck(report, pictures)))
    slides = list(deck.slides)
    assert slides[0].shapes.title.text == report.finding
    figures = [slide for slide in slides if any(shape.shape_type == 13 for shape in slide.shapes)]
    for slide, each in zip(figures, _pictures(report), strict=True):
        words = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
        assert words == [each.title, each.caption]
    assert all(slide.shapes.title.text for slide in slides)


@pytest.mark.parametrize("write", [word_document, slide_deck])
def test_a_document_has_the_same_bytes_twice_and_no_date(write, report, pictures):
    data = write(report, pictures)
    assert write(report, pictures) == data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {member.date_time[0] for member in archive.infolist()} == {1980}
        core = ET.fromstring(archive.read("docProps/core.xml"))
    dated = [each.text for each in core if each.tag.endswith(("created", "modified"))]
    assert dated
    assert set(dated) == {"1980-01-01T00:00:00Z"}


def test_the_page_has_the_same_text_twice(report, material, pictures):
    assert web_page(compose(material), pictures) == web_page(report, pictures)


def test_the_picture_of_a_figure_is_a_png_with_its_bytes_twice(material, report):
    figure = next(each for each in _pictures(report) if each.name == "waiting_list")
    data = picture(figure.draw())
    assert data.startswith(b"\x89PNG")
    assert picture(figure.draw()) == data


def test_a_picture_leaves_title_and_caption_to_the_page_that_carries_it(report):
    drawing = next(each for each in _pictures(report) if each.name == "waiting_list").draw()
    before = drawing.figure.get_size_inches()
    assert drawing.figure.get_suptitle().split() == drawing.title.split()
    picture(drawing, dpi=20)
    assert not drawing.figure.get_suptitle().strip()
    assert not drawing.figure.get_supxlabel()
    assert drawing.figure.get_size_inches()[1] < before[1]


def test_a_run_of_the_baseline_alone_has_a_report(comparison, project):
    alone = Outcome(comparison.dataset.sel(scenario=["baseline"]), comparison.manifest)
    one = {**alone.manifest, "scenarios": {"baseline": alone.manifest["scenarios"]["baseline"]}}
    report = compose(Material(alone.dataset, one, project, None, None))
    assert report.finding.startswith("By 2030 the baseline needs ")
    assert report.repeat == "localcare run baseline"
    assert report.sections[0].points == ()


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({}, ""),
        ({"settings": ["growth=1.1"]}, " --set growth=1.1"),
        ({"method": "sri2", "seed": 4}, " --method sri2 --seed 4"),
        ({"step": 0.0078125}, " --step 0.0078125"),
        (
            {"ensemble": {"draws": "64", "draw_seed": "3", "covers": "parameters",
                          "retained": "20"}},
            " --draws 64 --seed 3 --no-noise",
        ),
        (
            {"ensemble": {"draws": "64", "draw_seed": "3", "covers": "parameters and noise"}},
            " --draws 64 --seed 3 --no-history",
        ),
    ],
)  # fmt: skip
def test_the_command_to_repeat_holds_what_was_asked_for(material, told, words):
    manifest = {**material.manifest, **told}
    said = command(dataclasses.replace(material, manifest=manifest))
    assert said == f"localcare compare baseline acute neighbourhood{words}"


def test_the_command_to_repeat_a_grid_holds_the_grid_and_not_the_scenarios_it_made(material):
    grid = {"scenarios": ["acute"], "axes": ["additional core beds=0,50"], "start": "2027-04-01"}
    said = command(dataclasses.replace(material, manifest={**material.manifest, "grid": grid}))
    assert said == ("localcare compare acute --grid 'additional core beds=0,50' --start 2027-04-01")


def test_every_section_is_set(report, pictures):
    assert all(isinstance(section, Section) and section.heading for section in report.sections)
    keys = [section.key for section in report.sections]
    assert len(set(keys)) == len(keys)
    ids = [each["id"] for _, each in Page(web_page(report, pictures)).tags if "id" in each]
    assert ids == keys


def test_columns_of_a_document_hold_the_longest_word_of_each(report, pictures):
    document = docx.Document(io.BytesIO(word_document(report, pictures)))
    sheets = [sheet for section in report.sections for sheet in section.tables]
    for table, sheet in zip(document.tables, sheets, strict=True):
        points = table.rows[0].cells[0].paragraphs[0].runs[0].font.size.pt
        texts = zip(sheet.heads, *([cell.text for cell in row] for row in sheet.rows), strict=True)
        for column, cells in zip(table.columns, texts, strict=True):
            longest = max(len(word) for text in cells for word in re.split(r"[\s-]+", text))
            assert column.width.mm >= min(longest, 30) * 0.19 * points
        assert sum(column.width.mm for column in table.columns) == pytest.approx(170, abs=1)


def test_less_of_what_is_below_nothing_is_told_with_a_minus():
    avoided = find("admissions_avoided_by_care_function")
    assert share_of(-2.0, -100.0, avoided) == "\N{MINUS SIGN}2.0%"
    assert share_of(2.0, -100.0, avoided) == "+2.0%"
