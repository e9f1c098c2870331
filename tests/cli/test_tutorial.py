"""The tutorial of `scenarios/README.md` holds: every command, in order, in an empty folder."""

import re
from pathlib import Path

from localcare.measures.summary import HEADLINE
from localcare.present.results import open_results

README = (Path(__file__).parents[2] / "scenarios" / "README.md").read_text(encoding="utf-8")
TUTORIAL = README.split("\n## From a question to a board paper")[1].split("\n## ")[0]
#: A command, or a change to my-policy.yaml.
STEPS = re.compile(
    r"^    localcare (?P<words>[^\n]+)$|^```diff\n(?P<edit>.*?)^```$", re.MULTILINE | re.DOTALL
)


def edited(text, change):
    """The text after a change: its lines with - stand in it once, and give way to those with +."""
    lines = change.splitlines()
    before = "".join(f"{line[1:]}\n" for line in lines if line.startswith("-"))
    after = "".join(f"{line[1:]}\n" for line in lines if line.startswith("+"))
    assert text.count(before) == 1, before
    return text.replace(before, after)


def words_of(command):
    return [a or b for a, b in re.findall(r'"([^"]*)"|(\S+)', command)]


def test_every_command_of_the_tutorial_works_in_order_in_an_empty_folder(say, tmp_path):
    steps = list(STEPS.finditer(TUTORIAL))
    assert len(steps) == TUTORIAL.count("\n    localcare ") + TUTORIAL.count("\n```diff\n") == 11
    said = {}
    for step in steps:
        if step["edit"] is not None:
            path = tmp_path / "my-policy.yaml"
            path.write_text(edited(path.read_text(encoding="utf-8"), step["edit"]))
            continue
        command = step["words"]
        # three comparisons are drawn elsewhere; the one whose figure goes into the paper is here
        words = words_of(command) + (["--no-figures"] if command.count("--out results/") else [])
        if "results/board" in command:
            words.remove("--no-figures")
        said[command] = say(*words)
        assert said[command].status == 0, said[command].err

    inputs = said["diff neighbourhood my-policy"].out.split("Outputs")[0]
    assert inputs.count("additional home based places: 0 to 20 place") == 1
    assert len(inputs.strip().splitlines()) == 2
    board = tmp_path / "results" / "board"
    for name in ("comparison.png", "comparison.svg", "comparison.txt", "comparison.csv"):
        assert (board / "figures" / name).stat().st_size > 0
    for name in ("summary.csv", "manifest.json"):
        assert (board / name).is_file()
    drawn = (board / "figures" / "comparison.csv").read_text(encoding="utf-8")
    assert all(f"my-policy,{measure}," in drawn for measure in HEADLINE)

    sizes = open_results(tmp_path / "results" / "how-many")
    names = [f"my-policy additional home based places={n}" for n in (0, 20, 40, 60)]
    assert list(sizes["scenario"].to_numpy()) == ["baseline", *names]
    # 20 places, with the ramp of the file, is the policy itself
    one = open_results(board)["beds_needed"].sel(scenario="my-policy")
    assert one.equals(
        sizes["beds_needed"].sel(scenario=names[1]).assign_coords(scenario="my-policy")
    )
    plans = open_results(tmp_path / "results" / "plans")
    assert list(plans["scenario"].to_numpy()) == ["baseline", "beds", "teams"]
