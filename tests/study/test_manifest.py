"""A manifest tells what ran, and the same run gives the same manifest."""

import json
import re

import numpy as np

from localcare.engine import Overrides, Path
from localcare.study.comparison import simulate
from localcare.study.manifest import to_json
from localcare.verbs.scenarios import find_scenarios


def told(manifest):
    """All but what changes when someone commits meanwhile."""
    return {key: each for key, each in manifest.items() if key not in {"run", "git_commit"}}


def test_the_same_run_gives_the_same_manifest_and_bits(project, comparison):
    names = ["baseline", "acute"]
    one = simulate(project, find_scenarios(names, project))
    two = simulate(project, find_scenarios(names, project))
    assert told(one.manifest) == told(two.manifest)
    for name in ("beds_needed", "population"):
        np.testing.assert_array_equal(one.dataset[name], two.dataset[name])
        np.testing.assert_array_equal(
            one.dataset[name], comparison.dataset[name].sel(scenario=names)
        )


def test_it_names_versions_hashes_engine_step_and_overrides(comparison, project):
    manifest = comparison.manifest
    assert manifest["model_hash"] == project.spec.hash
    assert manifest["engine"] in {"kernel", "numpy"}
    assert manifest["method"] == "rk4"
    assert manifest["step"] == project.spec.time.step
    assert set(manifest["input_hashes"]) == {
        "kent_medway.assumptions.csv",
        "kent_medway.levers.csv",
    }
    assert manifest["libraries"]["numpy"] == np.__version__
    assert manifest["scenarios"]["baseline"]["overrides"] == {"constants": {}, "paths": {}}
    assert "additional_core_beds" in manifest["scenarios"]["acute"]["overrides"]["paths"]


def test_a_run_can_be_repeated_from_its_manifest_alone(project, comparison):
    """The resolved overrides in the manifest are the run's inputs, to the bit."""
    from localcare.engine import Batch, run

    stored = json.loads(to_json(comparison.manifest))["scenarios"]["four-layers"]["overrides"]
    overrides = Overrides(
        {name: np.array(values) for name, values in stored["constants"].items()},
        {
            name: Path(np.array(path["times"]), np.array(path["values"]))
            for name, path in stored["paths"].items()
        },
    )
    again = run(project.spec, Batch.of(project.spec, [overrides]), engine="kernel")
    own = comparison.dataset["emergency_admissions"].sel(scenario="four-layers")
    np.testing.assert_array_equal(again.values["emergency_admissions"][..., 0], own)


def test_it_holds_no_date_and_no_path(comparison):
    text = to_json(comparison.manifest)
    assert not re.search(r"20\d\d-\d\d-\d\dT|/home|/tmp|/work|[A-Z]:\\\\", text)
