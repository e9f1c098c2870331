"""Scenarios: from YAML that planners write to validated, resolved changes of a model's inputs.

`load` reads a scenario by name or path, `Scenario.overrides` turns it into what the engine runs,
`difference` says what two of them change differently, `parse_setting` reads `--set NAME=VALUE`,
`list_scenarios` and `describe` show what there is. The format is told in `scenarios/README.md`;
its models are in `schema`.
"""

from localcare.scenario.catalogue import Catalogue, catalogue
from localcare.scenario.difference import Difference, difference, sentence
from localcare.scenario.listing import Listed, describe, list_scenarios
from localcare.scenario.load import SUFFIX, files_named, find, load, names
from localcare.scenario.moments import label
from localcare.scenario.scenario import Course, Scenario, Setting
from localcare.scenario.setting import parse_setting, parse_settings

__all__ = [
    "SUFFIX",
    "Catalogue",
    "Course",
    "Difference",
    "Listed",
    "Scenario",
    "Setting",
    "catalogue",
    "describe",
    "difference",
    "files_named",
    "find",
    "label",
    "list_scenarios",
    "load",
    "names",
    "parse_setting",
    "parse_settings",
    "sentence",
]
