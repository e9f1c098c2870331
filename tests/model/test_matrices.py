"""INVERT MATRIX, held to what numpy makes of the same matrices, in both engines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from localcare.engine import Batch, SimulationError, run
from localcare.model import load
from localcare.problems import BadInput

#: Its pivots lie below the diagonal, and change as the model runs.
MATRIX = np.array([[0.0, 2, 1, -1], [1, 0, 3, 0.5], [4, -2, 0, 1], [1, 1, 1, 1]])
SHIFT = np.array([[0.0, 0, 0, 0], [3, 0, 0, 0], [0, 9, 0, 0], [0, 0, 0, 0]])
HEAD = """{UTF-8}
ward: w1, w2, w3, w4 ~~|
to: (to1-to4) ~~|
other <-> ward ~~|
few: w2, w4 ~~|
many: to1, to3 ~~|
team: a, b ~~|
by[ward, to] = 0, 2, 1, -1; 1, 0, 3, 0.5; 4, -2, 0, 1; 1, 1, 1, 1; ~~|
shift[ward, to] = 0, 0, 0, 0; 3, 0, 0, 0; 0, 9, 0, 0; 0, 0, 0, 0; ~~|
pair[team, few, many] = team*by[few, many] + 1 ~~|
moved[ward, to] = by[ward, to] + Time*shift[ward, to] ~~|
INITIAL TIME = 0 ~~|
FINAL TIME = 3 ~~|
SAVEPER = 1 ~~|
TIME STEP = 1 ~~|
"""


@pytest.fixture
def results(tmp_path: Path):
    def read(text: str, engine: str) -> dict[str, np.ndarray]:
        path = tmp_path / "matrices.mdl"
        path.write_text(HEAD + text, encoding="utf-8")
        spec = load(path, cache=False)
        found = run(spec, Batch(1), engine=engine, method="euler", points=True).values
        return {name: values[..., 0] for name, values in found.items()}

    return read


@pytest.mark.parametrize("engine", ["numpy", "kernel"])
def test_it_is_the_inverse(results, engine) -> None:
    found = results(
        """
        back[ward, to] = 2*INVERT MATRIX(by[ward, to], 4) ~~|
        moved back[ward, to] = INVERT MATRIX(moved[ward, to], ELMCOUNT(ward)) ~~|
        square[ward, other] = by[ward, to1]*ward + IF THEN ELSE(ward = other, other, 1) ~~|
        square back[ward, other] = INVERT MATRIX(square[ward, ward], 4) ~~|
        pair back[team, few, many] = INVERT MATRIX(pair[team, few, many], 2) ~~|
        """,
        engine,
    )
    for time in range(4):
        moved = np.linalg.inv(MATRIX + time * SHIFT)
        np.testing.assert_allclose(found["moved_back"][time], moved, rtol=0, atol=2e-15)
        np.testing.assert_allclose(found["back"][time], 2 * np.linalg.inv(MATRIX), atol=2e-15)
    square = MATRIX[:, :1] * np.arange(1, 5)[:, np.newaxis] + np.ones((4, 4))
    square[np.diag_indices(4)] += np.arange(4)
    np.testing.assert_allclose(found["square_back"][0], np.linalg.inv(square), atol=2e-14)
    corners = MATRIX[np.ix_([1, 3], [0, 2])]
    for team in (0, 1):
        wanted = np.linalg.inv((team + 1) * corners + 1)
        np.testing.assert_allclose(found["pair_back"][0, team], wanted, rtol=1e-14)


@pytest.mark.parametrize("engine", ["numpy", "kernel"])
def test_a_matrix_without_an_inverse_stops_a_run(results, engine) -> None:
    flat = (
        "flat[ward, to] = ward + Time*0 ~~| back[ward, to] = INVERT MATRIX(flat[ward, to], 4) ~~|"
    )
    with pytest.raises(SimulationError, match="back"):
        results(flat, engine)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("INVERT MATRIX(by[ward, to], 3)", "not told the size of its matrix, 4,"),
        ("INVERT MATRIX(by[ward, to], 4 + Time)", "not told the size"),
        ("INVERT MATRIX(by[ward, to])", "takes 2 arguments, not 1"),
        ("INVERT MATRIX(by[ward, to] + 1, 4)", "given an expression"),
        ("INVERT MATRIX(by[w1, to], 4)", "other subscripts than those on the left"),
        ("INVERT MATRIX(INITIAL TIME, 4)", "given an expression"),
        ("SUM(INVERT MATRIX(by[ward!, to!], 4))", "other subscripts than those on the left"),
    ],
)
def test_what_is_no_square_matrix_is_refused(results, text, said) -> None:
    with pytest.raises(BadInput, match=said):
        results(f"back[ward, to] = {text} ~~|", "numpy")


def test_a_matrix_that_is_not_square_is_refused(results) -> None:
    text = "oblong[ward, many] = 1 ~~| b[ward, many] = INVERT MATRIX(oblong[ward, many], 4) ~~|"
    with pytest.raises(BadInput, match="4 rows and 2 columns"):
        results(text, "numpy")
