"""The example of README runs as it stands."""

import re
import subprocess
import sys
from pathlib import Path

README = (Path(__file__).parents[2] / "README.md").read_text()
MODEL = """{UTF-8}
population = INTEG(population * (birth rate - death rate), 1000)
\t~\tperson\t~\tPeople.\t|
birth rate = 0.03
\t~\t1/Year\t~\tOf people.\t|
death rate = 0.01
\t~\t1/Year\t~\tOf people.\t|
INITIAL TIME = 2020
\t~\tYear\t~\t|
FINAL TIME = 2040
\t~\tYear\t~\t|
TIME STEP = 0.25
\t~\tYear\t~\t|
SAVEPER = 1
\t~\tYear\t~\t|
"""


def test_the_example_runs_a_thousand_members_in_five_lines(tmp_path):
    section = README[README.index("### As a library") :]
    (install,) = re.findall(r"```sh\n(.*?)```", section.split("### Words")[0], re.DOTALL)
    (example,) = re.findall(r"```python\n(.*?)```", section.split("### Words")[0], re.DOTALL)
    assert len((install + example).strip().splitlines()) <= 5
    (tmp_path / "model.mdl").write_text(MODEL)
    check = "\nassert results.sizes['member'] == 1000 and results['population'].notnull().all()"
    done = subprocess.run(
        [sys.executable, "-c", example + check],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    numbers = re.findall(r"array\(\[(.*?)\]\)", done.stdout)[0]
    low, middle, high = map(float, numbers.split(","))
    assert low < middle < high
    assert 1400 < middle < 1550  # 1000 exp(20 * 0.02)
