"""A model written out as one file is the same model: its numbers, words and results."""

import warnings

import numpy as np
import pytest

from localcare.engine import Batch, run
from localcare.model import Kind, load
from localcare.model.export import self_contained
from localcare.paths import MODEL, models_folder
from localcare.problems import BadInput

TABLES = {
    "place.csv": "place,size,rate\nnorth,2,0.1\nsouth,7,1e-9\nthe Isle (east),-3.25,0\n",
    "kind.csv": "kind\nday\nnight\n",
    "grid.csv": "place,day,night\nnorth,0.1,0.2\nsouth,0.3,1234567.891\nthe Isle (east),5,6\n",
    "turned.csv": "kind,north,south,the Isle (east)\nday,1,2,3\nnight,4,5,6\n",
    "one.csv": "what,value\nit,0.30000000000000004\n",
    "supply.csv": "year,0,1,3,6,9\nnorth,5,9,2,4,4\nsouth,1,1,8,3,0\nthe Isle (east),2,1,2,1,7\n",
    "trend.csv": "year,level\n0,1\n2.5,1.75\n4,1.1\n",
    "curve.csv": "x,0,1,2\nday,0,3,4\nnight,1,1,7\n",
}
TEXT = """
********************************************************
    .lists
********************************************************~
        Where and when.
    |
place: GET DIRECT SUBSCRIPT('place.csv', ',', 'A2', 'A', '') ~ ~ Places. |
shift: GET DIRECT SUBSCRIPT('kind.csv', ',', 'A2', 'A', 'a ') -> kind ~ ~ Shifts. |
kind: day, night ~ ~ When. |
layer: upper, lower ~~|
********************************************************
    .numbers
********************************************************~
    |
size[place] = {of all} GET DIRECT CONSTANTS('place.csv', ',', 'B2*') ~ bed [?,10] ~ Beds. |
rate[place] = GET DIRECT CONSTANTS('place.csv', ',', 'C2*') ~ 1/Year ~|
grid[place, kind] = GET DIRECT CONSTANTS('grid.csv', ',', 'B2') ~ Dmnl ~ A grid. |
turned[place, kind] = GET DIRECT CONSTANTS('turned.csv', ',', 'B2*') ~ Dmnl ~|
stacked[upper, place, kind] = GET DIRECT CONSTANTS('grid.csv', ',', 'B2') ~~|
stacked[lower, place, kind] = GET DIRECT CONSTANTS('turned.csv', ',', 'B2*') ~ Dmnl ~ Both. |
between[place, upper] = GET DIRECT CONSTANTS('place.csv', ',', 'B2*') ~~|
between[place, lower] = 4 ~ Dmnl ~|
most[place] :EXCEPT: [south] = GET DIRECT CONSTANTS('place.csv', ',', 'B2*') ~~|
most[south] = 1 ~ Dmnl ~|
it = GET DIRECT CONSTANTS('one.csv', ',', 'B2') ~ Dmnl ~ One ~ :SUPPLEMENTARY |
supply[place] := GET DIRECT DATA('supply.csv', ',', '1', 'B2') ~ bed/Year ~ What comes. |
trend := GET DIRECT DATA('trend.csv', ',', 'A', 'B2') ~ Dmnl ~|
"a ""curve""[kind] = GET DIRECT LOOKUPS('curve.csv', ',', '1', 'B2') ~ Dmnl ~ Bent. |
stock[place, kind] = INTEG(supply[place] * grid[place, kind] - stock[place, kind] * rate[place],
    turned[place, kind] * between[place, lower]) ~ bed ~|
read[kind] = "a ""curve""[kind](Time) + PROD(turned[place!, kind] * trend) ~ Dmnl ~|
nested[place] = PROD(1 + SUM(grid[place!, kind!]) * stacked[layer!, place, day]) ~ Dmnl ~|
""".replace('"a ""curve""', '"a-curve"')


@pytest.fixture
def exported(model, tmp_path):
    """A function that loads a model, exports it, and loads what was written."""

    def write(text, tables, **options):
        before = model(text, tables, **options)
        written = self_contained(tmp_path / "small.mdl")
        for name in tables:
            (tmp_path / name).unlink()
        path = tmp_path / "alone" / "small.mdl"
        path.parent.mkdir()
        path.write_text(written, encoding="utf-8")
        return before, written, load(path, cache=False)

    return write


def test_every_kind_of_table_is_written_into_the_file(exported):
    before, written, after = exported(TEXT, TABLES)
    assert "GET DIRECT" not in written
    for old in before.variables:
        new = after.by_identifier[old.identifier]
        assert (new.units, new.limits, new.doc, new.group, new.supplementary) == (
            (old.units, old.limits, old.doc, old.group, old.supplementary)
        )
        assert new.dimensions == old.dimensions
        if old.kind in (Kind.CONSTANT, Kind.LOOKUP):
            assert (new.kind, new.values, new.times) == (old.kind, old.values, old.times)
    assert after.dimensions == before.dimensions
    assert after.time == before.time
    assert "{of all}" in written


def test_results_are_the_same_to_the_bit_but_for_series(exported):
    before, _, after = exported(TEXT, TABLES)
    one, other = (run(spec, Batch(1), save=None).values for spec in (before, after))
    np.testing.assert_array_equal(other["nested"], one["nested"])
    for name, values in one.items():
        scale = np.abs(values).max()
        np.testing.assert_allclose(other[name], values, rtol=0, atol=1e-12 * scale, err_msg=name)
    assert np.ptp(one["read"]) > 1


def test_an_exported_file_is_its_own_export(exported, tmp_path):
    _, written, _ = exported(TEXT, TABLES)
    assert self_contained(tmp_path / "alone" / "small.mdl") == written


def test_products_can_be_written_out(exported, tmp_path):
    before, _, _ = exported(TEXT, TABLES)
    path = tmp_path / "alone" / "small.mdl"
    text = self_contained(path, products=False)
    assert "PROD" not in text
    path.write_text(text, encoding="utf-8")
    after = load(path, cache=False)
    one, other = (run(spec, Batch(1)).values["nested"] for spec in (before, after))
    np.testing.assert_array_equal(other, one)


def test_the_sketch_and_what_reads_no_table_stay_as_they_are(model, tmp_path):
    model("a = 1 ~ Dmnl ~ One. |\nb = a * 2 ~ Dmnl ~ {as written} |")
    path = tmp_path / "small.mdl"
    sketch = "\\\\\\---/// Sketch information\nV300\n*View 1\n"
    text = path.read_text(encoding="utf-8") + sketch
    path.write_text(text, encoding="utf-8")
    assert self_contained(path) == text


def test_computed_control_variables_become_numbers(exported):
    before, written, after = exported("a = 1 ~ Dmnl ~|", {}, step="1/8", saveper="TIME STEP * 2")
    assert after.time == before.time
    assert "TIME STEP =\n\t0.125 ~" in written


def test_large_tables_become_one_equation_a_row(exported):
    rows = [f"r{n}," + ",".join(str(n * 100 + k) for k in range(100)) for n in range(50)]
    heads = "row," + ",".join(f"c{k}" for k in range(100))
    names = {"rows": [f"r{n}" for n in range(50)], "columns": [f"c{k}" for k in range(100)]}
    lists = "\n".join(f"{name}: {', '.join(each)} ~~|" for name, each in names.items())
    text = f"{lists}\nx[rows, columns] = GET DIRECT CONSTANTS('t.csv', ',', 'B2') ~ Dmnl ~ Many. |"
    before, written, after = exported(text, {"t.csv": "\n".join([heads, *rows]) + "\n"})
    assert after.by_identifier["x"].values == before.by_identifier["x"].values
    assert max(map(len, written.split("|"))) < 20_000


def test_series_that_step_are_refused(model, tmp_path):
    model(
        "s :HOLD BACKWARD: := GET DIRECT DATA('s.csv', ',', 'A', 'B2') ~ Dmnl ~|",
        {"s.csv": "t,s\n0,1\n2,3\n"},
    )
    with pytest.raises(BadInput, match=r"small\.mdl:2: s: reads its series by :HOLD BACKWARD:"):
        self_contained(tmp_path / "small.mdl")


def test_what_is_wrong_with_a_model_is_said(tmp_path):
    with pytest.raises(BadInput, match="there is no such file"):
        self_contained(tmp_path / "none.mdl")


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """The shipped model and what its export loads as."""
    path = tmp_path_factory.mktemp("exported") / MODEL
    text = self_contained(models_folder() / MODEL)
    path.write_text(text, encoding="utf-8")
    return load(models_folder() / MODEL), path, load(path)


@pytest.mark.parametrize("method", ["euler", "rk4"])
def test_the_shipped_model_exported_gives_the_same_results(shipped, method):
    before, path, after = shipped
    assert "GET DIRECT" not in path.read_text(encoding="utf-8")
    one, other = (run(spec, Batch(1), engine="kernel", method=method) for spec in (before, after))
    for name, values in one.values.items():
        scale = np.abs(values).max()
        np.testing.assert_allclose(
            other.values[name], values, rtol=0, atol=1e-12 * scale, err_msg=name
        )


def test_the_shipped_model_exported_keeps_its_words(shipped):
    before, _, after = shipped
    for old in before.variables:
        if not old.hidden:
            new = after.by_identifier[old.identifier]
            assert (new.units, new.limits, new.doc, new.group) == (
                (old.units, old.limits, old.doc, old.group)
            )


@pytest.fixture
def alone(shipped, tmp_path):
    """A copy of the exported file with nothing beside it, and our own Euler run of the model: by
    element, `beds needed` at the saving times."""
    before, path, _ = shipped
    ours = run(before, Batch(1), method="euler", points=True, save=["beds_needed"])
    elements = before.by_dimension["system"].elements
    return path, {name: ours.values["beds_needed"][:, k, 0] for k, name in enumerate(elements)}


@pytest.mark.long
def test_pysd_reads_the_exported_file(alone, tmp_path):
    path, ours = alone
    copy = tmp_path / "alone.mdl"  # PySD writes beside what it reads
    copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pysd

        model = pysd.read_vensim(str(copy))
        table = model.run(final_time=2019.25, return_columns=["beds needed"], flatten_output=True)
    for name, values in ours.items():
        np.testing.assert_allclose(table[f"beds needed[{name}]"], values[:4], rtol=1e-9)


@pytest.mark.long
def test_simlin_reads_the_exported_file(alone, tmp_path):
    import simlin

    _, ours = alone
    copy = tmp_path / "alone.mdl"
    copy.write_text(self_contained(models_folder() / MODEL, products=False), encoding="utf-8")
    simulation = simlin.open(copy).simulate()
    simulation.run_to_end()
    for name, values in ours.items():
        element = "_".join(name.lower().split())
        found = simulation.get_series(f"beds_needed[{element}]")
        np.testing.assert_allclose(found, values, rtol=1e-9)


def test_a_model_with_macros_is_the_same_model_written_out(tmp_path):
    """Macros are written out as they stand; only tables move into the file."""
    (tmp_path / "one.csv").write_text("what,value\nit,0.3\n", encoding="utf-8")
    text = """{UTF-8}
:MACRO: FILL(inflow, start)
FILL = INTEG(inflow - loss, start) ~ bed ~ A stock for each use. |
loss = FILL*share ~ bed ~|
share = 0.5 ~ 1/Year ~|
:END OF MACRO:
it = GET DIRECT CONSTANTS('one.csv', ',', 'B2') ~ Dmnl ~ One. |
beds = 1 + FILL(2 * it, 6) ~ bed ~|
people = FILL(it, 0)*FILL(beds, 1) ~ bed ~|
INITIAL TIME = 0 ~ Year ~|
FINAL TIME = 4 ~ Year ~|
TIME STEP = 0.5 ~ Year ~|
SAVEPER = 1 ~ Year ~|
"""
    source = tmp_path / "macro.mdl"
    source.write_text(text, encoding="utf-8")
    alone = tmp_path / "elsewhere" / "macro.mdl"
    alone.parent.mkdir()
    alone.write_text(self_contained(source), encoding="utf-8")
    assert "GET DIRECT" not in alone.read_text(encoding="utf-8")
    before, after = (load(path, cache=False) for path in (source, alone))
    assert [v.identifier for v in before.variables] == [v.identifier for v in after.variables]
    one, other = (run(spec, Batch(1), save=["beds", "people"]) for spec in (before, after))
    for name, values in one.values.items():
        np.testing.assert_array_equal(other.values[name], values)
    assert one.values["people"].max() > 0
