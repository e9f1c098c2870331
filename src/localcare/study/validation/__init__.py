"""What `localcare validate` holds a model to: rows declared in `<model>.validation.yaml`.

`declared` reads them, `settings` turns what they set into overrides, `against` holds a run to
observed figures, `inside` to shares, effects and checks of the model itself, `validate` runs all.
"""

from __future__ import annotations

from localcare.study.validation.declared import Validation, read_validation
from localcare.study.validation.result import PartResult, RowResult, SeriesFit, Validated
from localcare.study.validation.validate import observed_fits, validate

__all__ = [
    "PartResult",
    "RowResult",
    "SeriesFit",
    "Validated",
    "Validation",
    "observed_fits",
    "read_validation",
    "validate",
]
