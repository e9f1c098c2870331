"""The kernel's tests build models as the engine's other tests do, and compile into a folder of
their own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcare.engine import kernel
from localcare.engine.kernel import cache

sys.path.insert(0, str(Path(__file__).parents[1]))


@pytest.fixture(scope="session", autouse=True)
def _cache_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("kernels")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "folder", lambda: folder / "localcare" / "kernels")
        yield folder


@pytest.fixture(autouse=True)
def _nothing_in_memory() -> None:
    """Each test starts with no kernel in memory, as a process does."""
    kernel._remembered.cache_clear()
