"""Measures worked out together are what each is by itself, to the bit."""

from dataclasses import replace

import numpy as np
import xarray as xr

from localcare.measures.banded import kept
from localcare.measures.catalogue import find
from localcare.measures.together import wanted


def same_bits(asked, dataset):
    """Each measure made together, held to what it is by itself."""
    together = asked[0].together(asked, dataset)
    for each in asked:
        alone = each.compute(dataset)
        found = together[each.name].transpose(*alone.dims)
        assert found.shape == alone.shape, each.name
        assert found.to_numpy().tobytes() == alone.to_numpy().tobytes(), each.name
        assert found.attrs == alone.attrs, each.name
        if "year" in alone.dims:
            assert together["year"].to_numpy().tolist() == alone["year"].to_numpy().tolist()


def test_all_that_is_kept_of_the_shipped_model(comparison):
    """Every measure, whole and by area, by year and by month."""
    asked = kept(comparison.dataset)
    assert {each.by_month for each in asked} == {True, False}
    assert len({each.measure for each in asked}) > 60
    same_bits(asked, comparison.dataset)


def test_it_is_the_same_whatever_else_is_asked_for(comparison):
    asked = [
        each for each in kept(comparison.dataset) if each.name in ("reach", "occupancy__system")
    ]
    some = asked[0].together(asked, comparison.dataset)
    every = asked[0].together(kept(comparison.dataset), comparison.dataset)
    for each in asked:
        assert some[each.name].identical(every[each.name])


def test_what_is_divided_by_nothing_is_left_out():
    """A trust without beds has no occupancy; the others have."""
    months = (np.datetime64("2019-01", "M") + np.arange(25)).astype("datetime64[ns]")
    years = months[:-1].astype("datetime64[Y]").astype(int) + 1970
    open_ = np.full((2, 24, 2), 100.0)
    open_[:, :13, 1] = 0.0
    dims = ("scenario", "time", "system")
    beds = xr.Dataset(
        {"beds_occupied": (dims, np.full((2, 24, 2), 91.0)), "beds_open": (dims, open_)},
        {
            "scenario": ["baseline", "policy"],
            "time": months[:-1],
            "time_bound": months,
            "year": ("time", years),
            "system": ["north", "south"],
        },
    )
    asked = [
        wanted(f"{name} {by}", find(name), beds, by, by_month=by_month)
        for name in ("occupancy", "days_over_92_percent")
        for by in ((), ("system",))
        for by_month in (True, False)
    ]
    same_bits([replace(each, name=f"{each.name} {each.by_month}") for each in asked], beds)
