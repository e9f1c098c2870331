"""Comparing from Python: the same numbers as the command line, measures and figures by name."""

import subprocess
import sys

import numpy as np
import pytest

import localcare
from localcare.paths import scenarios_folder


@pytest.fixture(scope="module")
def results():
    return localcare.compare(["acute"])


def test_compare_gives_the_scenarios_of_the_command_line_with_the_baseline_first(
    results, comparison
):
    assert results["scenario"].to_numpy().tolist() == ["baseline", "acute"]
    both = comparison.dataset.sel(scenario=["baseline", "acute"])
    np.testing.assert_array_equal(results["beds_needed"], both["beds_needed"])


def test_a_measure_is_found_by_name_or_title_and_put_together_as_asked(results):
    by_system = localcare.measure(results, "Beds needed at 92%")
    assert set(by_system.dims) == {"scenario", "year", "system"}
    whole = localcare.measure(results, "beds_needed", by=[])
    np.testing.assert_allclose(by_system.sum("system"), whole)
    assert localcare.measure(results, "beds_needed", monthly=True).sizes["time"] == 144
    years = localcare.measure(results, "beds_needed", financial=True)["year"].to_numpy()
    assert years.tolist() == list(range(2019, 2030))


def test_a_figure_comes_with_its_numbers_and_words_and_is_written_on_request(results, tmp_path):
    drawing = localcare.figure(results, "workforce_by_role")
    assert len(drawing.numbers)
    assert drawing.title
    assert results.attrs["run"] in drawing.caption
    written = localcare.draw(results, tmp_path, ["workforce_by_role"], formats=["svg"])
    assert {path.suffix for path in written} == {".svg", ".csv", ".txt"}


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda _: localcare.compare([]), "an empty list of scenarios"),
        (lambda _: localcare.compare(["acutes"]), 'Did you mean "acute"?'),
        (lambda each: localcare.measure(each, "beds_neded"), 'Did you mean "beds_needed"?'),
        (lambda each: localcare.figure(each, "bed"), 'Did you mean "beds"?'),
        (lambda each: localcare.figure(each.drop_vars("staff_needed"), "workforce_by_role"),
         "cannot be drawn: the results do not hold staff_needed"),
        (lambda each: localcare.measure(each.drop_vars("beds_needed"), "beds_needed"),
         "beds_needed, which these results do not hold"),
        (lambda _: localcare.open_results("nowhere"), "is not a folder of localcare's results"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_said_with_its_cure(results, call, words):
    with pytest.raises(localcare.BadInput) as caught:
        call(results)
    assert words in str(caught.value)


def test_the_example_runs_and_writes_its_figure(tmp_path):
    done = subprocess.run(
        [sys.executable, str(scenarios_folder() / "in_python.py"), "out"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Beds needed at 92%:" in done.stdout
    assert "Net cost to March 2030" in done.stdout
    assert (tmp_path / "out" / "trade_off.png").exists()
