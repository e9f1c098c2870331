"""What model files written by others hold, and ours never did: each read as Vensim reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from localcare.engine import Batch, run
from localcare.model import ModelSpec, load
from localcare.problems import BadInput

CLOCK = """
INITIAL TIME = 0 ~~|
FINAL TIME = 4 ~~|
SAVEPER = 1 ~~|
TIME STEP = 1 ~~|
"""
Loaded = Callable[..., ModelSpec]


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    def read(text: str, after: str = "", **tables: str) -> ModelSpec:
        for name, cells in tables.items():
            (tmp_path / f"{name}.csv").write_text(cells, encoding="utf-8")
        path = tmp_path / "elsewhere.mdl"
        path.write_text("{UTF-8}" + text + CLOCK + after, encoding="utf-8")
        return load(path, cache=False)

    return read


def values(spec: ModelSpec, name: str) -> list[float]:
    found = [
        run(spec, Batch(1), engine=engine, method="euler", points=True).values[name][..., 0]
        for engine in ("numpy", "kernel")
    ]
    np.testing.assert_array_equal(*found)
    return list(found[0].tolist())


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("41 {first} + 1 {second}", 42),
        ("1 - 2 - 3", -4),
        ("- 2 +.5e1", 3),
        ("7 {a {remark {in} a} remark}", 7),
    ],
)
def test_a_sum_of_numbers_is_one_number(loaded: Loaded, written: str, meant: float) -> None:
    assert loaded(f"{{before {{it}} all}} x = {written} ~~|").by_identifier["x"].values == (meant,)


@pytest.mark.parametrize("written", ["5 6", "1, 2 3", "4 -", "1e"])
def test_numbers_that_are_none_are_refused(loaded: Loaded, written: str) -> None:
    with pytest.raises(BadInput, match="x: "):
        loaded(f"place: p, q ~~| x[place] = {written} ~~|")


@pytest.mark.parametrize("written", ["beds", "beds[place]", "beds :RAW:", '"beds (all)"'])
def test_a_name_alone_is_a_series_from_a_run_file(loaded: Loaded, written: str) -> None:
    with pytest.raises(BadInput, match=r"a series .*Vensim reads .*run file"):
        loaded(f"place: p, q ~~| {written} ~ bed ~|")


SETTINGS = """
\\\\\\---/// Sketch information - do not modify anything except names
///---\\\\\\
:L<%^E!@
30:?Beds=tagged.csv
4:Time
"""
READS = "beds = GET DIRECT CONSTANTS('?beds', ',', 'B2') ~~|"


def test_a_table_may_be_named_by_a_tag(loaded: Loaded) -> None:
    spec = loaded(READS, SETTINGS, tagged="name,beds\nall,90\n")
    assert spec.by_identifier["beds"].values == (90,)


def test_a_tag_without_settings_is_refused(loaded: Loaded) -> None:
    with pytest.raises(BadInput, match=r"do not say which table \?beds stands for"):
        loaded(READS, tagged="name,beds\nall,90\n")


def test_a_tag_cannot_lead_out_of_the_folder(loaded: Loaded) -> None:
    with pytest.raises(BadInput, match="outside the model's folder"):
        loaded(READS, SETTINGS.replace("tagged.csv", "../../secret.csv"))


def test_a_point_that_is_written_twice_counts_once(loaded: Loaded) -> None:
    spec = loaded("curve((0,0),(2,1),(2,1)) ~~| x = curve(Time) ~~|")
    assert values(spec, "x") == [0, 0.5, 1, 1, 1]


def test_keywords_that_mean_the_same_may_be_mixed(loaded: Loaded) -> None:
    spec = loaded(
        """place: p, q ~~|
        beds[p] = GET DIRECT DATA('beds.csv', ',', 'A', 'B2') ~~|
        beds[q] :INTERPOLATE: := GET DIRECT DATA('beds.csv', ',', 'A', 'C2') ~~|
        x = beds[p] + beds[q] ~~|""",
        beds="time,p,q\n0,1,10\n4,5,50\n",
    )
    assert values(spec, "x") == [11, 22, 33, 44, 55]


def test_the_time_of_a_fixed_delay_may_come_from_a_table(loaded: Loaded) -> None:
    spec = loaded(
        """wait = GET DIRECT CONSTANTS('waits.csv', ',', 'B1') ~~|
        x = DELAY FIXED(Time, wait, -1) ~~|""",
        waits="wait,2\n",
    )
    assert values(spec, "x") == [-1, -1, 0, 1, 2]
    assert "wait" in spec.structural
