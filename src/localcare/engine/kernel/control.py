"""What a caller hands to a compiled kernel, laid out in memory as the kernel reads it.

Every field is 8 bytes: a double, a whole number, or the address of an array. Times are in the
model's unit.
"""

from __future__ import annotations

import numpy as np

__all__ = ["CONTROL", "LIMITS", "NO_FAILURE", "RECORD", "SAVED", "SWING", "field_number", "type_of"]

REAL, WHOLE, ADDRESS = "f8", "i8", "u8"
_IR = {"f": "double", "i": "i64", "u": "ptr"}

#: An input that follows knots. Its arrays have the lane as last dimension: `from_time` and
#: `from_step` (knots, lanes) say from which time and which step on a knot is passed, `times`
#: (knots, lanes) and `values` (count, knots, lanes) what it holds, `used` (lanes) how many knots
#: a lane has. The kernel writes `cursor` (lanes), `fresh` (1 before the first use), `base` and
#: `rise` (count, lanes), `before` and `slack` (lanes).
RECORD = np.dtype(
    [
        ("slot", WHOLE),
        ("count", WHOLE),
        ("knots", WHOLE),
        ("fresh", WHOLE),
        ("from_time", ADDRESS),
        ("from_step", ADDRESS),
        ("times", ADDRESS),
        ("values", ADDRESS),
        ("used", ADDRESS),
        ("cursor", ADDRESS),
        ("base", ADDRESS),
        ("rise", ADDRESS),
        ("before", ADDRESS),
        ("slack", ADDRESS),
    ]
)

#: A variable to save: `count` elements in the slots from `slot` on, for changes also those from
#: `first` and `sum` on, and the address of the first member's number in the first row.
SAVED = np.dtype(
    [("slot", WHOLE), ("first", WHOLE), ("sum", WHOLE), ("count", WHOLE), ("address", ADDRESS)]
)

#: A stock: its first element among all stocks, how many it has, and its limits.
LIMITS = np.dtype([("first", WHOLE), ("count", WHOLE), ("low", REAL), ("high", REAL)])

#: The swing of one element of a stock: the slots of the stock, of the swing, of the share it keeps
#: and of how far it spreads; the key of its draws; the `pair` of draws that
#: `drawn` (2, lanes) holds, -1 for none.
SWING = np.dtype(
    [
        ("stock", WHOLE),
        ("value", WHOLE),
        ("kept", WHOLE),
        ("spread", WHOLE),
        ("first_key", WHOLE),
        ("second_key", WHOLE),
        ("pair", WHOLE),
        ("drawn", ADDRESS),
    ]
)

#: A run from step number `first_step` to the start of step number `steps`. `sixth` is a sixth of
#: the step; `weights` what the weights of an interval's stages add to, each counted 1 or 2
#: (Runge-Kutta) or 1 (Euler). `members` is the last dimension of the result arrays and `used` how
#: many lanes are members. Records and their numbers: `wide` inputs with a path for each lane,
#: `shared` series; `stocks`, `sums`, `changes` and `fixed` variables to save. `all_flags` and
#: `some_flags` say which constants to compute at the start and at each new time, `again` whether
#: there are any of the latter. `state`, unless null, is what a run that begins late goes on from:
#: the stocks, then their largest magnitudes, for all lanes, in the order of the workspace.
#: `swings` are moved by `swing_intervals` of their grid at the end of every `swing_steps` steps;
#: `numbers` (lanes) are those of the members. `failed` becomes the number of the step at whose end
#: a member failed, or -1 for the initial values. The run ends early once `cancelled` is not 0.
CONTROL = np.dtype(
    [
        ("initial", REAL),
        ("step", REAL),
        ("sixth", REAL),
        ("weights", REAL),
        ("per_interval", WHOLE),
        ("first_step", WHOLE),
        ("steps", WHOLE),
        ("runge_kutta", WHOLE),
        ("members", WHOLE),
        ("used", WHOLE),
        ("wide", ADDRESS),
        ("wide_count", WHOLE),
        ("shared", ADDRESS),
        ("shared_count", WHOLE),
        ("stocks", ADDRESS),
        ("stocks_count", WHOLE),
        ("sums", ADDRESS),
        ("sums_count", WHOLE),
        ("changes", ADDRESS),
        ("changes_count", WHOLE),
        ("fixed", ADDRESS),
        ("fixed_count", WHOLE),
        ("all_flags", ADDRESS),
        ("some_flags", ADDRESS),
        ("again", WHOLE),
        ("limits", ADDRESS),
        ("limits_count", WHOLE),
        ("state", ADDRESS),
        ("swings", ADDRESS),
        ("swings_count", WHOLE),
        ("swing_intervals", WHOLE),
        ("swing_steps", WHOLE),
        ("numbers", ADDRESS),
        ("failed", WHOLE),
        ("cancelled", WHOLE),
    ]
)
#: What `failed` holds where nothing did.
NO_FAILURE = -2


def field_number(layout: np.dtype[np.void], name: str) -> int:
    """The place of a field, counted in fields."""
    names = layout.names or ()
    return names.index(name)


def type_of(layout: np.dtype[np.void], name: str) -> str:
    """The LLVM type of a field."""
    return _IR[layout[name].kind]
