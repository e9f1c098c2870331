"""Hostile models are refused before memory or time is spent on them."""

import contextlib
import os
import time

import pytest

from localcare.model import load
from localcare.problems import BadInput


def refusal_of(path):
    """(what the refusal says, seconds of processor time it took)."""
    started = time.process_time()
    with pytest.raises(BadInput) as caught:
        load(path, cache=False)
    return str(caught.value), time.process_time() - started


def test_a_file_of_ten_megabytes_is_refused_unread(tmp_path):
    path = tmp_path / "large.mdl"
    with path.open("wb") as file:
        file.truncate(10_000_000)
    why, seconds = refusal_of(path)
    assert "10 MB" in why
    assert seconds < 5


def test_more_equations_than_any_model_has_are_refused(tmp_path):
    path = tmp_path / "many.mdl"
    path.write_text("".join(f"x{number}=1~~|\n" for number in range(25_000)))
    why, seconds = refusal_of(path)
    assert "20,000 equations" in why
    assert seconds < 5


def test_a_table_of_ten_megabytes_is_refused_unread(tmp_path):
    with (tmp_path / "beds.csv").open("wb") as file:
        file.truncate(10_000_000)
    path = tmp_path / "small.mdl"
    path.write_text("beds = GET DIRECT CONSTANTS('beds.csv', ',', 'A1') ~ bed ~ |\n")
    why, _ = refusal_of(path)
    assert "beds.csv has over 10 MB" in why


@pytest.mark.parametrize("depth", [49, 50])
def test_brackets_nest_at_most_49_deep(model, depth):
    text = f"beds = {'(' * depth}Time{')' * depth} ~ bed ~ |"
    if depth < 50:
        assert model(text).by_identifier["beds"].components
    else:
        with pytest.raises(BadInput, match="nested more than 49 deep"):
            model(text)


@pytest.mark.parametrize("letter", ["n", "e", "E"])  # a number may hold an e
def test_no_name_of_ten_thousand_characters_is_read(model, letter):
    long = letter * 10_000
    for text in (
        f"{long} = 1 ~~|",
        f"beds = {long} ~~|",
        f"place: {long} ~~|",
        f'"{long}" = 1 ~~|',
    ):
        with pytest.raises(BadInput, match=r"10,0.. characters; up to 1,000 are read"):
            model(text)


def test_a_link_cannot_lead_a_table_out_of_the_model_folder(tmp_path):
    (tmp_path / "secret.csv").write_text("5\n")
    inside = tmp_path / "models"
    inside.mkdir()
    try:
        (inside / "beds.csv").symlink_to(tmp_path / "secret.csv")
    except OSError:
        pytest.skip("this system makes no links")
    (inside / "small.mdl").write_text("beds = GET DIRECT CONSTANTS('beds.csv', ',', 'A1') ~~|\n")
    why, _ = refusal_of(inside / "small.mdl")
    assert "outside the model's folder" in why


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "beds.csv")
    (tmp_path / "small.mdl").write_text("beds = GET DIRECT CONSTANTS('beds.csv', ',', 'A1') ~~|\n")
    assert "the table beds.csv is no file" in refusal_of(tmp_path / "small.mdl")[0]
    os.mkfifo(tmp_path / "pipe.mdl")
    assert "is no file" in refusal_of(tmp_path / "pipe.mdl")[0]


@pytest.mark.parametrize(
    "text",
    [
        "effect([EVIL],(0,0),(1,1)) ~ Dmnl ~ |",
        "effect(\\[EVIL],(0,0),(1,1)) ~ Dmnl ~ |",
        "effect = WITH LOOKUP(Time, ([EVIL],(0,0),(1,1))) ~ Dmnl ~ |",
        "effect = MAX('\"', WITH LOOKUP(Time, ([EVIL],(0,0),(1,1)))) + MAX('\"', 1) ~ Dmnl ~ |",
        'effect = "a\\\\" " + WITH LOOKUP(Time, ([EVIL],(0,0),(1,1))) ~ Dmnl ~ |',
        "effect = 'EVIL' ~ Dmnl ~ |",
        "effect = EVIL ~ Dmnl ~ |",
        "effect = A FUNCTION OF(EVIL) ~ Dmnl ~ |",
    ],
)
def test_nothing_in_a_model_is_executed(model, tmp_path, text):
    mark = tmp_path / "mark"
    evil = f"open(r'{mark}','w')"
    with contextlib.suppress(BadInput):
        model(text.replace("EVIL", evil))
    assert not mark.exists()


def test_nothing_is_written_beside_the_model(model, tmp_path):
    model("beds = INTEG(1, 5) ~ bed ~ |\nlater = DELAY3(beds, 2) ~ bed ~ |")
    assert [path.name for path in tmp_path.iterdir()] == ["small.mdl"]
