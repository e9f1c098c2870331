"""Fitting constants of a model to observed figures.

`declared` reads `<model>.calibration.yaml`, `parameters` turns what it names into numbers of a
batch, `task` says what is fitted to what, `fit` fits it by bounded least squares,
`identifiability` says how well each number is known. `proposal` and `covariance` are the files that
are kept, `applying` writes a proposal into a model, `hold_out` forecasts figures it was not shown.
"""

from __future__ import annotations

from localcare.study.calibration.covariance import (
    Covariance,
    read_covariance,
    write_covariance,
)
from localcare.study.calibration.declared import Calibration, read_calibration
from localcare.study.calibration.fit import Fit, fit
from localcare.study.calibration.task import Task, set_up

__all__ = [
    "Calibration",
    "Covariance",
    "Fit",
    "Task",
    "fit",
    "read_calibration",
    "read_covariance",
    "set_up",
    "write_covariance",
]
