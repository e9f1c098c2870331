"""What the catalogue of measures says of the model is what the model says."""

import pytest

from localcare.measures.catalogue import find
from localcare.paths import MODEL, models_folder


@pytest.mark.parametrize("name", ["running_cost", "capital_cost"])
def test_costs_name_the_price_year_of_the_models_money_sector(name):
    text = (models_folder() / MODEL).read_text()
    assert "Costs at 2023/24 prices, real" in text
    assert "2023/24" in find(name).formula
