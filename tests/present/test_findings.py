"""Numbers in sentences and tables: as many digits as are meant, and a true minus sign."""

import pytest

from localcare.present.findings import signed, thousands


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (54.98, "+55.0"),
        (49.168, "+49.2"),
        (-9.556, "\N{MINUS SIGN}9.56"),
        (99.96, "+100"),
        (-4173.0, "\N{MINUS SIGN}4,170"),
        (0.0, "0"),
        (-0.0, "0"),
    ],
)
def test_a_change_shows_three_digits_always(value, text):
    assert signed(value) == text


def test_a_level_shows_the_digits_asked_for():
    assert thousands(3422.8, 5) == "3,422.8"
    assert thousands(242809.1, 5) == "242,810"
