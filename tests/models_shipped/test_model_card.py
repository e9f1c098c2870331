"""The model card counts the evidence as the assumptions table does."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from localcare.model.assumptions import Quality, read

MODELS = Path(__file__).parents[2] / "models"


def test_the_card_counts_the_rows_of_each_quality():
    rows = read(MODELS / "kent_medway.assumptions.csv").rows
    counted = Counter(row.quality for row in rows)
    total = re.search(r"^\| all \|(.+)\|$", (MODELS / "README.md").read_text("utf-8"), re.MULTILINE)
    assert total is not None
    stated = [int(cell) for cell in total[1].split("|")]
    assert stated == [*(counted[quality] for quality in Quality), len(rows)]


def test_every_reference_of_the_card_to_a_table_exists():
    card = (MODELS / "README.md").read_text("utf-8")
    for name in re.findall(r"`(\w[\w*]*\.csv)`", card):
        assert list((MODELS / "kent_medway").glob(name)), name
