"""The processor time of the compiled kernel is told apart from that of the command around it."""

import json
import subprocess
import sys
import time

from localcare.bench.within import timed_kernel
from localcare.engine import Batch, Overrides, run


def test_every_call_of_the_kernel_is_timed_and_nothing_else_and_no_bit_moves(wards):
    batch = Batch.of(wards.spec, [Overrides()] * 20)
    begun = time.process_time()
    with timed_kernel() as seconds:
        timed = run(wards.spec, batch, engine="kernel")
    whole = time.process_time() - begun
    assert len(seconds) == 3  # blocks of eight members
    assert 0 < sum(seconds) < whole
    plain = run(wards.spec, batch, engine="kernel")
    assert len(seconds) == 3
    for name, values in plain.values.items():
        assert timed.values[name].tobytes() == values.tobytes(), name


def test_a_command_ends_as_it_does_by_itself(tmp_path):
    told = tmp_path / "inside.json"
    command = [sys.executable, "-m", "localcare.bench.within", str(told), "nothing-of-ours"]
    ended = subprocess.run(command, capture_output=True, check=False)
    assert ended.returncode == 2
    assert json.loads(told.read_text(encoding="utf-8")) == 0
