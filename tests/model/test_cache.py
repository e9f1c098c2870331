"""A parsed model is kept on disk: equal to a fresh one, quick to read, and never in the way."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from localcare.model import cache, load

TEXT = """
place: north, south ~~|
beds[place] = GET DIRECT CONSTANTS('beds.csv', ',', 'A1') ~ bed ~ |
effect((0,1),(2,3)) ~ Dmnl ~ |
later[place] = DELAY3(beds[place] * effect(Time), 2) ~ bed ~ |
total = SUM(later[place!]) + IF THEN ELSE(Time > 1, 1, 0) ~ bed ~ |
people = INTEG(total, 100) ~ person [0,?] ~ |
history :HOLD BACKWARD: := GET DIRECT DATA('history.csv', ',', 'A', 'B1') ~ bed ~ |
used = history + number[north] ~ bed ~ |
number[place] = place ~ Dmnl ~ |
"""
TABLES = {"beds.csv": "5,6\n", "history.csv": "0,1\n4,2\n"}


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    """The cache folder of these tests."""
    where = tmp_path / "cache" / "localcare" / "models"
    monkeypatch.setattr(cache, "folder", lambda: where)
    return where


@pytest.fixture
def parses(monkeypatch):
    """How often a model was parsed."""
    counted = []
    from localcare.model import build

    real = build.build
    monkeypatch.setattr(build, "build", lambda *given: counted.append(1) or real(*given))
    return counted


def test_a_stored_model_is_equal_to_a_parsed_one(model, parses):
    fresh = model(TEXT, TABLES, cache=False)
    first = model(TEXT, TABLES, cache=True)
    stored = model(TEXT, TABLES, cache=True)
    assert fresh == first == stored
    assert type(stored.variables[0].values) is tuple
    assert len(parses) == 2


def test_every_kind_of_node_survives_json(model):
    spec = model(TEXT, TABLES)
    assert cache.decode(json.dumps(cache.encode(spec))) == spec


def test_a_changed_table_is_read_again(model, parses):
    model(TEXT, TABLES, cache=True)
    changed = model(TEXT, {**TABLES, "beds.csv": "7,8\n"}, cache=True)
    assert changed.by_identifier["beds"].values == (7, 8)
    assert len(parses) == 2


def test_a_copy_under_another_name_has_that_name(model, tmp_path, parses):
    model(TEXT, TABLES, cache=True)
    copy = tmp_path / "copy.mdl"
    copy.write_bytes((tmp_path / "small.mdl").read_bytes())
    assert (load(copy).name, load(copy).file) == ("copy", "copy.mdl")
    assert len(parses) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b"5.0", b"9.0"),
        lambda data: b"\x00" * len(data),
        lambda data: b"{}",
        lambda data: b"\n" + data,
    ],
)
def test_a_spoilt_entry_is_ignored_and_replaced(model, store, spoil, parses):
    good = model(TEXT, TABLES, cache=True)
    (entry,) = store.glob("*.json")
    whole = entry.read_bytes()
    entry.write_bytes(spoil(whole))
    assert model(TEXT, TABLES, cache=True) == good
    assert len(parses) == 2
    assert entry.read_bytes() == whole


def test_a_cache_that_cannot_be_written_is_no_trouble(model, store):
    store.parent.parent.mkdir(parents=True)
    store.parent.write_text("a file where the folder should be")
    assert model(TEXT, TABLES, cache=True).variables


def test_the_folder_is_the_users_own(model, store):
    model(TEXT, TABLES, cache=True)
    if sys.platform != "win32":
        assert store.stat().st_mode & 0o777 == 0o700
    assert not list(store.glob("*.part"))


def test_only_the_latest_entries_are_kept(model, store):
    spec = model("a = 1 ~ Dmnl ~ |")
    for number in range(40):
        cache.store(str(number).encode(), spec, {})
    assert len(list(store.glob("*.json"))) == 32


def test_many_writers_leave_one_good_entry(model, tmp_path, store):
    fresh = model(TEXT, TABLES)
    data = (tmp_path / "small.mdl").read_bytes()
    tables = {}
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: cache.store(data, fresh, tables), range(24)))
    assert cache.load(tmp_path / "small.mdl", data) == fresh
    assert len(list(store.glob("*.json"))) == 1


def test_a_stored_table_cannot_lead_out_of_the_folder(model, tmp_path):
    fresh = model(TEXT, TABLES)
    data = (tmp_path / "small.mdl").read_bytes()
    cache.store(data, fresh, {"../secret.csv": "0" * 64})
    assert cache.load(tmp_path / "small.mdl", data) is None


def test_a_warm_load_imports_none_of_the_heavy_packages(model, tmp_path):
    program = """
import sys
from pathlib import Path
from localcare.model import cache, load
cache.folder = lambda: Path(sys.argv[2])
spec = load(sys.argv[1])
heavy = {"pysd", "pandas", "scipy", "matplotlib", "xarray", "numpy", "parsimonious"}
print(len(spec.variables), *sorted(heavy & set(sys.modules)))
"""
    model(TEXT, TABLES)
    command = [sys.executable, "-c", program, str(tmp_path / "small.mdl"), str(tmp_path / "kept")]
    cold, warm = (
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        for _ in range(2)
    )
    assert "pysd" in cold
    assert warm == [cold[0]]


def test_the_shipped_cache_folder_lies_in_the_users_cache(monkeypatch):
    import platformdirs

    monkeypatch.undo()
    assert cache.folder() == Path(platformdirs.user_cache_dir("localcare", appauthor=False)) / (
        "models"
    )
