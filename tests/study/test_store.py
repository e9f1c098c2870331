"""Folders of results are written whole, or not at all, and never over other people's files."""

import errno
import json

import pytest

from localcare.problems import BadInput
from localcare.study.store import MANIFEST, PROGRAM, check_target, is_results, replacing


def write_ours(folder, text):
    (folder / MANIFEST).write_text(json.dumps({"program": PROGRAM}))
    (folder / "data").write_text(text)


def test_a_new_folder_appears_with_everything_in_it(tmp_path):
    target = tmp_path / "deep" / "results"
    with replacing(target) as scratch:
        write_ours(scratch, "one")
        assert not target.exists()
    assert (target / "data").read_text() == "one"
    assert is_results(target)
    assert [each.name for each in target.parent.iterdir()] == ["results"]


def test_a_folder_of_ours_is_replaced_whole(tmp_path):
    target = tmp_path / "results"
    with replacing(target) as scratch:
        write_ours(scratch, "one")
        (scratch / "left over").write_text("")
    with replacing(target) as scratch:
        write_ours(scratch, "two")
    assert (target / "data").read_text() == "two"
    assert not (target / "left over").exists()
    assert [each.name for each in tmp_path.iterdir()] == ["results"]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError(errno.ENOSPC, "full"), ValueError])
def test_an_interrupted_write_leaves_what_was_there(tmp_path, stop):
    target = tmp_path / "results"
    with replacing(target) as scratch:
        write_ours(scratch, "one")

    def write_and_stop():
        with replacing(target) as scratch:
            write_ours(scratch, "two")
            raise stop

    with pytest.raises((KeyboardInterrupt, BadInput, ValueError)):
        write_and_stop()
    assert (target / "data").read_text() == "one"
    assert [each.name for each in tmp_path.iterdir()] == ["results"]


def test_a_full_disk_is_named(tmp_path):
    with (
        pytest.raises(BadInput, match="the disk is full; nothing was changed"),
        replacing(tmp_path / "results"),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_folder_with_other_files_is_refused(tmp_path):
    target = tmp_path / "thesis"
    target.mkdir()
    (target / "chapter.txt").write_text("precious")
    with pytest.raises(BadInput, match="holds no manifest of localcare"):
        check_target(target)
    assert (target / "chapter.txt").read_text() == "precious"


def test_a_manifest_of_another_program_is_not_ours(tmp_path):
    (tmp_path / MANIFEST).write_text('{"program": "other"}')
    with pytest.raises(BadInput, match="left alone"):
        check_target(tmp_path)


def test_an_empty_folder_is_used(tmp_path):
    target = tmp_path / "empty"
    target.mkdir()
    with replacing(target) as scratch:
        write_ours(scratch, "one")
    assert is_results(target)


def test_a_file_in_the_way_is_named(tmp_path):
    target = tmp_path / "file"
    target.write_text("x")
    with pytest.raises(BadInput, match="is a file, not a folder"):
        check_target(target)


def test_a_parent_that_is_a_file_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput, match="not a folder that can be written to"):
        check_target(tmp_path / "file" / "results")
