"""The wheel carries the models and scenarios and works outside the clone, without a network."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

CLONE = Path(__file__).parents[2]


@pytest.mark.long
def test_the_wheel_runs_the_shipped_comparison_outside_the_clone(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path]
    subprocess.run(build, cwd=CLONE, check=True, capture_output=True)
    wheel = next(tmp_path.glob("localcare-*.whl"))
    names = zipfile.ZipFile(wheel).namelist()
    for part in ("models/kent_medway.mdl", "models/references.bib", "scenarios/baseline.yaml"):
        assert f"localcare/_shipped/{part}" in names
    assert "localcare/present/report/page.html" in names

    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    # what localcare depends on is taken from the test environment, localcare itself is not
    (Path(site) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [python, "-m", "pip", "install", "--no-index", "--no-deps", wheel]
    subprocess.run(pip, check=True, capture_output=True)

    nowhere = {"HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = subprocess.run(
        [tmp_path / "venv" / "bin" / "localcare", "compare"],
        cwd=elsewhere,
        env={**os.environ, **nowhere},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "four-layers" in done.stdout
    assert (elsewhere / "results" / "comparison" / "figures" / "beds.png").exists()
    where = subprocess.run(
        [python, "-c", "import localcare.paths as p; print(p.models_folder())"],
        check=True, capture_output=True, text=True, cwd=elsewhere,
    ).stdout  # fmt: skip
    assert str(tmp_path) in where
