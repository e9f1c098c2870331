"""The cache of machine code: used when it can be, never trusted, never in the way."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from building import Building, do

from localcare.engine import Batch, Overrides
from localcare.engine.kernel import KernelUnavailable, build, cache, machine, simulate
from localcare.engine.schedule import schedule
from localcare.model.spec import ModelSpec

KEPT = frozenset({"s"})


def growing(rate: float = 0.1) -> ModelSpec:
    model = Building()
    model.constant("rate", rate)
    model.stock("s", do("multiply", model.read("rate"), model.read("s")), 1.0)
    return model.spec()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    where = tmp_path / "localcare" / "kernels"
    monkeypatch.setattr(cache, "folder", lambda: where)
    yield where
    for path in (where, tmp_path):
        if path.exists():
            path.chmod(0o700)


def last(spec: ModelSpec) -> float:
    batch = Batch.of(spec, [Overrides()])
    return float(simulate(spec, batch, schedule(spec.time, "rk4"), ("s",))["s"][-1, 0])


def test_a_second_build_reads_what_the_first_compiled(folder: Path) -> None:
    assert build(growing(), KEPT, 1).compiled
    assert not build(growing(), KEPT, 1).compiled
    assert (folder.stat().st_mode & 0o777, folder.parent.stat().st_mode & 0o777) == (0o700, 0o700)


def test_what_the_code_follows_from_names_the_entry(folder: Path) -> None:
    """The model's numbers, what is kept, the lanes and the processor; two builds never mix."""
    target = machine.host()
    keys = {
        cache.key_of(growing(), KEPT, (1, False), (None, ()), target),
        cache.key_of(growing(0.2), KEPT, (1, False), (None, ()), target),
        cache.key_of(growing(), frozenset(), (1, False), (None, ()), target),
        cache.key_of(growing(), KEPT, (1, True), (None, ()), target),
        cache.key_of(growing(), KEPT, (8, False), (None, ()), target),
        cache.key_of(growing(), KEPT, (8, False), ((), ()), target),
        cache.key_of(growing(), KEPT, (8, False), (("rate",), ()), target),
        cache.key_of(growing(), KEPT, (8, False), ((), ("rate",)), target),
        cache.key_of(
            growing(), KEPT, (1, False), (None, ()), machine.Target("", "", "", "", wide=False)
        ),
    }
    assert len(keys) == 9
    assert last(growing()) != last(growing(0.2))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        lambda data: bytes([data[0] ^ 1]) + data[1:],
        lambda data: os.urandom(len(data)),
    ],
    ids=["empty", "cut", "last bit", "checksum", "noise"],
)
def test_a_corrupt_entry_is_compiled_again(folder: Path, spoil: object) -> None:
    expected = last(growing())
    (entry,) = folder.glob("*.kernel")
    entry.write_bytes(spoil(entry.read_bytes()))  # type: ignore[operator]
    assert build(growing(), KEPT, 1).compiled
    assert last(growing()) == expected
    assert not build(growing(), KEPT, 1).compiled


@pytest.mark.skipif(os.name == "nt", reason="no such modes on Windows")
def test_a_folder_that_others_can_write_to_is_not_read(folder: Path) -> None:
    build(growing(), KEPT, 1)
    folder.chmod(0o777)
    assert cache.load(cache.key_of(growing(), KEPT, (1, False), (None, ()), machine.host())) is None


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root writes anywhere")
def test_a_cache_that_cannot_be_written_does_not_stop_a_run(folder: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert build(growing(), KEPT, 1).compiled


def test_a_cache_whose_place_is_a_file_does_not_stop_a_run(folder: Path) -> None:
    folder.parent.write_text("in the way")
    assert build(growing(), KEPT, 1).compiled


def test_old_entries_make_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "KEPT", 2)
    for rate in (0.1, 0.2, 0.3):
        build(growing(rate), KEPT, 1)
    assert len(list(folder.glob("*.kernel"))) == 2
    assert not build(growing(0.3), KEPT, 1).compiled


def test_many_threads_at_once(folder: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: last(growing()), range(8)))
    assert len(set(found)) == 1
    assert len(list(folder.glob("*"))) <= 2  # the entry and the lock


def test_many_processes_at_once(folder: Path) -> None:
    """Each writes, none reads a half of what another wrote."""
    script = (
        "import sys; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path\n"
        "from localcare.engine.kernel import cache\n"
        "cache.folder = lambda: Path(sys.argv[1])\n"
        "from test_kernel_cache import growing, last\n"
        "print([last(growing(rate)) for rate in (0.1, 0.2, 0.1)])\n"
    )
    here = Path(__file__).parent
    command = [sys.executable, "-c", script, str(folder), str(here), str(here.parent)]
    writers = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(3)]
    said = {writer.communicate(timeout=60)[0] for writer in writers}
    assert len(said) == 1
    assert all(writer.returncode == 0 for writer in writers)
    assert len(list(folder.glob("*.kernel"))) == 2
    assert not list(folder.glob("*.part"))


def test_wrong_arithmetic_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that passes no self-test is not run, though its checksum be right."""
    from localcare.engine.kernel import self_test

    spoilt = tuple(tuple(word ^ 1 for word in row) for row in self_test.EXPECTED)
    monkeypatch.setattr(self_test, "EXPECTED", spoilt)
    with pytest.raises(KernelUnavailable, match="self-test"):
        build(growing(), KEPT, 1)
    assert not list(folder.glob("*.kernel"))
