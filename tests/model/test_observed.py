"""Tables of observed figures: what is read, and what is refused with file, line and cure."""

from datetime import date
from pathlib import Path

import pytest

from localcare.model.observed import Period, read, read_all
from localcare.problems import BadInput

BROKEN = Path(__file__).parents[1] / "broken" / "observed"
HEAD = "series,element,start,period,value,unit,publisher,published,note\n"


def written(tmp_path, *lines, name="table.csv"):
    path = tmp_path / name
    path.write_text(HEAD + "".join(f"{line}\n" for line in lines))
    return path


@pytest.mark.parametrize(
    ("table", "line", "words"),
    [
        ("gap", 4, "1 month of north missing before the month from 2019-04-01, from 2019-03-01 on"),
        ("twice", 4, "the month from 2019-02-01 of north is there already, on line 3"),
        ("misnamed", 1, "period: the column is missing"),
        ("misnamed", 1, "kind: no such column"),
        ("negative", 2, "-30 person cannot be"),
        ("date", 2, '"1 January 2019" is no date'),
        ("mid_month", 2, "a month does not begin on 2019-01-15"),
        ("quarter", 2, "no quarter begins on 2019-02-01"),
        ("period", 2, '"fortnight" is no period'),
        ("number", 2, '"many" is not a number'),
        ("publisher", 2, "there is no publisher"),
        ("units_mixed", 3, "is in case here, and in person on line 2"),
        ("periods_mixed", 4, "is by quarter here, and by month on line 2"),
        ("none", None, "holds no figures"),
    ],
)
def test_a_broken_table_is_refused_with_its_line(table, line, words):
    with pytest.raises(BadInput) as refused:
        read(BROKEN / f"{table}.csv")
    said = [problem for problem in refused.value.problems if words in str(problem)]
    assert said, refused.value
    assert said[0].line == line
    assert said[0].file == BROKEN / f"{table}.csv"


def test_figures_know_their_period(tmp_path):
    path = written(
        tmp_path,
        "beds,north,2019-10-01,quarter,10,bed,A board,2020,",
        "beds,north,2020-01-01,quarter,11,bed,A board,2020,",
    )
    first, second = read(path).of("Beds")
    assert (first.period, first.months, first.days) == (Period.QUARTER, 3, 92)
    assert (second.start, second.days, second.line) == (date(2020, 1, 1), 91, 3)


def test_days_may_lie_apart_but_not_twice(tmp_path):
    apart = ("people,,2019-07-01,day,5,person,A,2020,", "people,,2021-07-01,day,6,person,A,2022,")
    assert len(read(written(tmp_path, *apart)).rows) == 2
    with pytest.raises(BadInput, match="2019-07-01 is there already, on line 2"):
        read(written(tmp_path, apart[0], apart[0]))


def test_a_series_of_a_later_table_takes_the_place_of_the_earlier_one(tmp_path):
    one = written(
        tmp_path,
        "people,,2019-07-01,day,5,person,A,2020,",
        "beds,,2019-07-01,day,7,bed,A,2020,",
        name="one.csv",
    )
    two = written(tmp_path, "People,,2020-07-01,day,6,person,B,2021,", name="two.csv")
    found = read_all([one, two])
    assert [(row.value, row.publisher) for row in found.rows] == [(6.0, "B"), (7.0, "A")]
