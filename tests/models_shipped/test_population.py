"""The population of the shipped model against what was published, and in extreme conditions.

One batch, Euler at the model's own step: what is tested here does not turn on the method.
"""

from __future__ import annotations

import csv
from pathlib import Path as FilePath

import numpy as np
import pytest

from localcare.engine import Batch, Overrides, Path, run
from localcare.model import load

HERE = FilePath(__file__).parent
MODEL = HERE.parents[1] / "models" / "kent_medway.mdl"
PUBLISHED = HERE / "published"
MONTHS = 12
MEMBERS = (
    "baseline", "lower frailty", "rebased population", "no births", "no deaths", "everyone leaves",
    "everyone severe",
)  # fmt: skip
STATES = ("fit", "mild", "moderate", "severe")
SAVED = (
    "population", "births", "deaths", "deaths_by_place", "net_migration_by_place",
    "population_by_place", "people_by_age", "people_by_frailty", "people_by_place_and_frailty",
    "new_progressions", "initial_population", "local_progression_ratio", "deprivation_ratio",
    "progression", "recovery",
)  # fmt: skip


def published(name, columns):
    """Years and values (years, columns) of a table, its columns in the order asked for."""
    with (PUBLISHED / name).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert set(rows[0]) == {"mid_year", *columns}
    years = np.array([int(row["mid_year"]) for row in rows])
    return years, np.array([[float(row[column]) for column in columns] for row in rows])


def changed(spec, name, value):
    shape = spec.shape(name)
    return np.full(shape, value) if shape else np.array(value)


@pytest.fixture(scope="module")
def spec():
    return load(MODEL)


@pytest.fixture(scope="module")
def shipped(spec):
    leave = Path(np.array([2019.0]), changed(spec, "net_migration_planned", -1e6)[..., np.newaxis])
    severe = changed(spec, "recorded_frailty_mix", 0.0)
    severe[:, STATES.index("severe")] = 1.0
    by_member = {
        "baseline": Overrides(),
        "lower frailty": Overrides({"lower_frailty_variant": np.array(1.0)}),
        "rebased population": Overrides({"rebased_population_variant": np.array(1.0)}),
        "no births": Overrides({"birth_rate": changed(spec, "birth_rate", 0.0)}),
        "no deaths": Overrides({"death_rate": changed(spec, "death_rate", 0.0)}),
        "everyone leaves": Overrides(paths={"net_migration_planned": leave}),
        "everyone severe": Overrides({"recorded_frailty_mix": severe}),
    }
    batch = Batch.of(spec, [by_member[name] for name in MEMBERS])
    return run(spec, batch, method="euler", save=SAVED, engine="kernel")


@pytest.fixture(scope="module")
def of(shipped):
    """Values of one variable in one member, (time, *dimensions)."""
    return lambda name, member="baseline": shipped.values[name][..., MEMBERS.index(member)]


def mid_year(values, years):
    """Stocks at month bounds, read at the middle of each year."""
    return values[[(year - 2019) * MONTHS + MONTHS // 2 for year in years]]


def elements(spec, dimension):
    return spec.by_dimension[dimension].elements


def mixes(population):
    """Share of each state in each age band of Kent and Medway, (time, age, frailty)."""
    people = population.sum(1)
    return people / people.sum(-1, keepdims=True)


def test_every_age_band_follows_the_2018_based_projection_within_1_percent(spec, of):
    years, projected = published("projection_by_age.csv", elements(spec, "age"))
    assert list(years) == list(range(2019, 2031))
    modelled = mid_year(of("population"), years).sum((1, 3))
    np.testing.assert_allclose(modelled, projected, rtol=0.01)


def test_every_place_follows_the_2018_based_projection_within_3_percent(spec, of):
    years, projected = published("projection_by_place.csv", elements(spec, "place"))
    modelled = mid_year(of("population"), years).sum((2, 3))
    np.testing.assert_allclose(modelled, projected, rtol=0.03)


def test_the_rebased_variant_meets_the_census_based_estimate_within_1_percent(spec, of):
    years, estimated = published("census_based_mid_2021_by_age.csv", elements(spec, "age"))
    modelled = mid_year(of("population", "rebased population"), years).sum((1, 3))
    np.testing.assert_allclose(modelled, estimated, rtol=0.01)
    apart = mid_year(of("population"), years).sum((1, 3))
    assert abs(apart / estimated - 1).max() > 0.01, "the variants should differ in 2021"


@pytest.mark.parametrize(("flow", "counted"), [("births", 20218), ("deaths_by_place", 17407)])
def test_births_and_deaths_start_at_the_level_of_the_year_to_mid_2019(of, flow, counted):
    first_half_year = of(flow)[: MONTHS // 2].sum(1).mean()
    assert first_half_year == pytest.approx(counted, rel=0.03)


@pytest.mark.parametrize("member", MEMBERS)
def test_the_people_of_a_place_change_by_births_deaths_and_migration_alone(shipped, of, member):
    people = of("population", member).sum((2, 3))
    net = (
        of("births", member)
        - of("deaths", member).sum((2, 3))
        + of("net_migration_by_place", member)
    )
    gained = np.cumsum(net * np.diff(shipped.bounds)[:, np.newaxis], axis=0)
    np.testing.assert_allclose(people[1:], people[0] + gained, rtol=0, atol=1e-9 * people[0].sum())


def test_the_stocks_start_where_the_constants_say(of):
    np.testing.assert_array_equal(of("population")[0], of("initial_population")[0])


def test_relative_rates_of_places_have_a_mean_of_one(of):
    people = of("population")[0]
    deprivation, progression = of("deprivation_ratio")[0], of("local_progression_ratio")[0]
    older = people[:, 2:].sum((1, 2))
    assert np.average(deprivation, weights=people.sum((1, 2))) == pytest.approx(1)
    assert np.average(progression, weights=older) == pytest.approx(1)


@pytest.mark.parametrize(("member", "share"), [("baseline", 0.389), ("lower frailty", 0.272)])
def test_each_frailty_variant_starts_at_its_published_anchor(of, member, share):
    older = of("population", member)[0][:, 2:]
    assert 1 - older[..., 0].sum() / older.sum() == pytest.approx(share, abs=0.003)


@pytest.mark.parametrize("member", ["baseline", "lower frailty"])
def test_at_fixed_ages_frailty_stays_within_a_point_over_twelve_years(of, member):
    mix = mixes(of("population", member))
    assert abs(mix - mix[0]).max() < 0.01


def test_ageing_alone_makes_the_population_frailer(of):
    people = of("people_by_frailty")
    assert people[-1, 2:].sum() > 1.2 * people[0, 2:].sum()


def test_deprived_places_are_frailer_at_every_age(spec, of):
    place = elements(spec, "place").index
    mix = of("population")[0]
    mix = mix / mix.sum(-1, keepdims=True)
    for age in range(1, 6):
        assert mix[place("Thanet"), age, 0] < mix[place("Tunbridge Wells"), age, 0]


def test_sums_of_people_agree(of):
    people, last = of("population"), -1
    everyone = people[last].sum()
    # Auxiliaries are means over a month (its start, in Euler), stocks are points.
    mean = (people[-2].sum() + everyone) / 2
    for name in ("population_by_place", "people_by_age", "people_by_frailty"):
        assert of(name)[last].sum() == pytest.approx(mean, rel=1e-4)
    assert of("new_progressions")[last].sum() == pytest.approx(of("progression")[last].sum())


def test_without_births_the_youngest_band_empties_and_nobody_goes_negative(of):
    people = of("population", "no births")
    assert of("births", "no births").max() == 0
    assert people[-1, :, 0].sum() < 0.7 * people[0, :, 0].sum()
    assert people.min() >= 0


def test_without_deaths_nobody_dies_and_the_oldest_grow(of):
    assert of("deaths", "no deaths").max() == 0
    assert of("population", "no deaths")[-1, :, 5].sum() > 2 * of("population")[-1, :, 5].sum()


def test_no_outflow_takes_more_people_than_there_are(of):
    people = of("population", "everyone leaves")
    assert np.isfinite(people).all()
    assert people.min() >= 0
    assert people[-1].sum() < 0.01 * people[0].sum()


def test_when_everyone_starts_severe_people_recover_and_stay_finite(of):
    people = of("population", "everyone severe")
    assert people[0, ..., :3].sum() == 0
    assert people[-1, ..., 2].sum() > 0
    assert np.isfinite(people).all()
    assert people.min() >= 0
