"""Bands of draws: the middle 50, 80 and 95%, from the widest in, and the key that tells them.

In: quantiles over `quantile` and one more dimension. Out: fills on a panel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localcare.present.style import BLUE, tinted

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

__all__ = ["BANDS", "fan_key", "fill"]

#: The quantiles at the ends of a band, how dark it is, what it holds.
BANDS = (
    (0.025, 0.975, 0.22, "95%"),
    (0.1, 0.9, 0.45, "80%"),
    (0.25, 0.75, 0.75, "50% of draws"),
)


def fill(panel: Axes, across: Any, spread: xr.DataArray) -> None:
    """Fill the bands of one panel."""
    for low, high, dark, _ in BANDS:
        panel.fill_between(
            across, spread.sel(quantile=low), spread.sel(quantile=high), linewidth=0,
            color=tinted(BLUE, dark),
        )  # fmt: skip


def fan_key() -> list[dict[str, Any]]:
    """What the key says of the bands."""
    return [
        {"color": tinted(BLUE, dark), "linewidth": 7, "label": words}
        for _, _, dark, words in reversed(BANDS)
    ]
