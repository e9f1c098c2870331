"""Fitting constants of a model to observed figures.

`declared` reads `<model>.calibration.yaml`, `parameters` turns what it names into numbers of a
batch, `fit` fits them by bounded least squares, `identifiability` says how well each is known,
`proposal` and `covariance` are the files that are kept, `applying` writes a proposal into a model.
"""

from __future__ import annotations

from localcare.study.calibration.covariance import (
    Covariance,
    read_covariance,
    write_covariance,
)
from localcare.study.calibration.declared import Calibration, read_calibration
from localcare.study.calibration.fit import Fit, Task, fit, set_up

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
