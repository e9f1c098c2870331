"""Libraries are imported while something else runs."""

import sys
import threading

from localcare.study.meanwhile import importing


def test_a_module_is_there_when_the_body_ends(tmp_path, monkeypatch):
    (tmp_path / "slow_library.py").write_text("import time\ntime.sleep(0.05)\n")
    monkeypatch.syspath_prepend(tmp_path)
    with importing("slow_library"):
        assert threading.active_count() > 1
    assert "slow_library" in sys.modules
    del sys.modules["slow_library"]


def test_one_that_cannot_be_imported_is_left_for_whoever_needs_it(tmp_path, monkeypatch):
    (tmp_path / "fast_library.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    with importing("no_such_library", "fast_library"):
        pass
    assert "fast_library" in sys.modules
    del sys.modules["fast_library"]
