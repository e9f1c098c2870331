"""Every way in which a model file can be wrong has its own message.

`tests/broken/models` holds one bad model for each; the table says what its message must name: the
line, the variable, and words of the reason and of the cure.
"""

from pathlib import Path

import pytest

from localcare.model import load
from localcare.problems import BadInput

BROKEN = Path(__file__).parents[1] / "broken" / "models"

# file: (line, key, reason, cure), each exactly as it should be found in the one problem.
ONE = {
    "a_function_of": (7, "beds", "not written yet", "Write it"),
    "alias_unknown": (2, "area", "plce, which is not defined", 'mean "place"'),
    "bad_limits": (2, "beds", "`bed [low,?]`", "`person [0,?]`"),
    "binary": (None, "", "zero bytes", "not .vmf"),
    "blank": (None, "", "is empty", ".mdl"),
    "circular": (2, "beds", "beds -> visits -> staff -> beds", "INTEG"),
    "circular_elements": (
        17,
        "people",
        "people[mild] -> people[severe] -> people[fit] -> people[mild]",
        "INTEG",
    ),
    "circular_initial": (2, "beds", "initial value depends on itself, beds -> staff -> beds", ""),
    "circular_itself": (2, "beds", "beds -> beds", "stock"),
    "deep_nesting": (2, "beds", "nested more than 49 deep", "Split"),
    "defined_twice": (2, "beds", "twice (lines 2 and 7)", "Keep one"),
    "delay_in_sum": (12, "total", "delay or smooth stands inside SUM", "equation of its own"),
    "delay_order": (7, "later", "order of a delay must be a whole number", "number"),
    "delay_order_zero": (7, "later", "order of a delay is 0", "lower order"),
    "different_numbers": (12, "people", "different numbers of subscripts", "same number"),
    "element_out_of_range": (17, "all", '"recovering" at [fit]', "subrange"),
    "element_twice": (7, "beds", "[Dover] is defined twice (lines 7 and 12)", ":EXCEPT:"),
    "empty": (None, "", "is empty", ".mdl"),
    "endless_steps": (14, "TIME STEP", "over 100,000,000 steps", "Correct"),
    "except_count": (12, "people", "has 1 subscripts, not 2", "left-hand side"),
    "final_before_initial": (9, "FINAL TIME", "2018, not after INITIAL TIME 2019", "Correct"),
    "inside_expression": (2, "beds", "INTEG stands inside an expression", "equation of its own"),
    "limits_reversed": (2, "beds", "`bed [10,0]`", "`person [0,?]`"),
    "long_chain": (2, "beds", "more than 200 operations", "Split"),
    "long_equation": (2, "beds", "60,008 characters", "table"),
    "long_name": (2, "b" * 80, "10,001 characters", "shorter"),
    "lookup_extrapolate_needs_lookup": (7, "beds", '"stay" is to be read as a lookup', "Name one"),
    "lookup_points": (2, "effect", "cannot be read from `two))`", "missing"),
    "lookup_repeats": (2, "effect", "two points at x = 1", "Keep one"),
    "lookup_without_argument": (7, "beds", '"effect" without an argument', "effect(x)"),
    "macro": (2, "TWICE", "macro without an equation for its output y", "Add one"),
    "mapping_count": (2, "place", "mapped to 1 elements of system but has 2", "one for each"),
    "mapping_stranger": (2, "place", "North, which is not in system", "elements of system"),
    "mapping_unknown": (2, "place", "sytem, which is no subscript range", 'mean "system"'),
    "mark_on_element": (12, "total", "[dover!] is an element", "subscript range"),
    "mark_outside_sum": (12, "total", "[place!] stands outside SUM", "Leave out"),
    "missing_bar": (2, "beds", "has 5 fields", "`|` missing"),
    "missing_bracket": (2, "beds", "ends too early", "missing bracket"),
    "missing_operator": (7, "beds", "cannot be read from ` * (2 3)`", "operator"),
    "misspelt_function": (2, "beds", "function MAXX", 'mean "max"'),
    "negative_step": (14, "TIME STEP", "not above 0", "Correct"),
    "no_equation": (2, "beds", "`beds` is no equation", "name = expression"),
    "no_equations": (None, "", "holds no equations", "name = expression"),
    "no_final_time": (None, "", "FINAL TIME is not defined", "cut off"),
    "no_range_holds": (12, "people", "no subscript range holds", "Define a range"),
    "not_a_lookup": (7, "beds", '"stay" is used as a function', "operator missing"),
    "not_all_elements": (
        12,
        "people",
        "not defined for [Ashford, mild], [Ashford, severe], [Dover, severe] and 2 more",
        "subrange",
    ),
    "not_text": (None, "", "is not text", "UTF-8"),
    "number_too_large": (2, "beds", "`1e999` is too large", "smaller"),
    "ragged": (12, "people", "rows of different lengths", "each row"),
    "range_bad_element": (2, "place", "`Dover = 5` is no element", "name = expression"),
    "range_backwards": (2, "ward", "(ward9-ward2) counts backwards", "lower number first"),
    "range_empty": (2, "place", "has an empty element", "age: young, old"),
    "range_repeats_element": (2, "place", "lists the element dover twice", "Keep one"),
    "range_too_long": (2, "ward", "over 100,000 elements", "fewer"),
    "range_twice": (7, "place", "defined twice (first in line 2)", "Keep one"),
    "saveper_zero": (19, "SAVEPER", "not above 0", "Correct"),
    "series_above_one": (
        7,
        "beds",
        "years_above_one.csv: row 4, column C holds 8, above 1",
        "limi",
    ),
    "series_blank_year": (7, "beds", "tables/blank_year.csv: row 3, column A is empty", "numbers"),
    "series_keyword": (7, "beds", ":GUESS:", ":INTERPOLATE:"),
    "series_no_years": (7, "beds", "tables/no_years.csv: nothing stands along A", "Fill"),
    "series_repeats_year": (7, "beds", "tables/years.csv: 2019 stands twice", "Keep one"),
    "series_row_or_column": (7, "beds", "`1A` is no row or column", "column like A"),
    "series_without_values": (2, "beds", "series without values", "GET DIRECT DATA"),
    "step_divided_by_zero": (14, "TIME STEP", "must be a number", "1/120"),
    "step_from_stock": (17, "TIME STEP", "must be a number", "1/120"),
    "subscript_not_on_left": (17, "beds", "[frailty] on the right is not among", "SUM"),
    "subscript_table_arguments": (2, "place", "has 2 arguments, not 5", "'A2'"),
    "subscript_table_missing": (2, "place", "no table tables/places.csv", "beds.csv"),
    "subscript_table_nothing": (2, "place", "tables/beds.csv: no elements from A9", "a row"),
    "subscript_twice": (7, "share", "[place] stands twice", "<-> place"),
    "subscripts_missing": (12, "total", '"beds" with 0 subscripts; it has 1', "beds[place]"),
    "subscripts_too_many": (17, "more", '"beds" with 2 subscripts; it has 1', "beds[place]"),
    "sum_too_large": (22, "total", "16,000,000 combinations", "two steps"),
    "sum_without_mark": (12, "total", "SUM runs over no subscript", "SUM(x[age!])"),
    "table_above_one": (7, "beds", "above_one.csv: row 3, column B holds 1.4, above 1", "limits"),
    "table_absolute": (7, "beds", "/beds.csv lies outside the model's folder", "beside the model"),
    "table_binary": (7, "beds", "tables/binary.csv is not text", "CSV"),
    "table_cell": (7, "beds", "`2B` is no cell", "B2"),
    "table_empty": (7, "beds", "tables/empty.csv is empty", "Fill"),
    "table_gap": (7, "beds", "tables/gap.csv: row 3, column B is empty", "plain numbers"),
    "table_head": (12, "people", 'row 1, column C says "severe" where "mild" belongs', "order"),
    "table_missing": (7, "beds", "no table tables/bed.csv", 'mean "beds.csv"'),
    "table_negative": (7, "beds", "negative.csv: row 3, column B holds -200, below 0", "limits"),
    "table_order": (7, "beds", 'column A, row 3 says "Swale" where "Dover" belongs', "order"),
    "table_outside": (7, "beds", "outside the model's folder", "beside the model"),
    "table_separator": (7, "beds", "`::` is no separator", "','"),
    "table_short": (7, "beds", 'tables/short.csv: column A, row 4 says ""', "order"),
    "table_text": (7, "beds", "row 3, column B holds `about 200`", "thousands separators"),
    "table_three_directions": (17, "people", "over 3 subscripts at once", "one equation for each"),
    "table_unquoted": (7, "beds", "cell without quotes", "single quotes"),
    "table_workbook": (7, "beds", "there is no table tables/beds.xlsx", "beds.csv"),
    "text_value": (2, "beds", "text in quotes", "equation of its own"),
    "time_defined": (2, "Time", "not a variable to define", "another name"),
    "too_few_arguments": (2, "beds", "MAX takes 2 arguments, not 1", "comma"),
    "too_many_arguments": (2, "beds", "too many or too few arguments", "Count"),
    "too_many_elements": (12, "beds", "16,000,000 elements", "fewer"),
    "truncated": (7, "occupancy", "file ends in the middle", "cut off"),
    "two_kinds": (7, "beds", "a constant and a stock and an auxiliary", "different names"),
    "unclosed_quote": (7, '"A&E visits', "never closed", "cut off"),
    "undefined_variable": (7, "occupancy", '"ocupied beds"', 'mean "occupied beds"'),
    "unknown_element": (12, "ours", "[Dovr] is no subscript", 'mean "Dover"'),
    "unknown_subscript": (7, "beds", "[plaec] is no subscript", 'mean "place"'),
    "unsupported_delay": (2, "beds", "DELAY CONVEYOR is not supported", "equations"),
    "unsupported_function": (2, "beds", "RANDOM GAMMA is not supported", "random"),
    "wrong_count": (7, "beds", "2 numbers for 3 elements", "one number for each"),
    "zero_step": (14, "TIME STEP", "is 0, which is not above 0", "Correct"),
}
# file: the lines and keys of all its problems, in the order they are reported.
SEVERAL = {
    "range_in_itself": [(2, "north"), (7, "south")],
    "several": [
        (7, "beds"),
        (7, "beds"),
        (7, "beds"),
        (12, "staff"),
        (17, "visits"),
        (17, "visits"),
        (22, "cost"),
        (27, "total"),
    ],
}


def refused(name):
    path = BROKEN / f"{name}.mdl"
    with pytest.raises(BadInput) as caught:
        load(path, cache=False)
    assert all(problem.file == path for problem in caught.value.problems)
    return caught.value.problems


def test_every_broken_model_is_in_the_tables():
    assert {path.stem for path in BROKEN.glob("*.mdl")} == set(ONE) | set(SEVERAL)


@pytest.mark.parametrize("name", sorted(ONE))
def test_the_message_names_file_line_variable_reason_and_cure(name):
    line, key, reason, cure = ONE[name]
    (problem,) = refused(name)
    assert (problem.line, problem.key) == (line, key)
    assert reason in problem.why
    assert cure in problem.cure
    assert f"{name}.mdl" in str(problem)
    assert "Structure" not in str(problem)
    assert "Error" not in str(problem)


@pytest.mark.parametrize("name", sorted(SEVERAL))
def test_all_problems_of_a_file_are_reported_at_once(name):
    assert [(problem.line, problem.key) for problem in refused(name)] == SEVERAL[name]


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(BadInput, match="no such file"):
        load(tmp_path / "none.mdl")
    with pytest.raises(BadInput, match=r"is a folder.*\.mdl file inside"):
        load(tmp_path)
