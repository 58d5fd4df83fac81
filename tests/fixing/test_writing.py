"""Files are written whole or not at all, and stay what they were in every other way."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

import pytest

from tmpleak_lint.fixing import writing
from tmpleak_lint.fixing.writing import WriteError, replace_file, write_file

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes and links of POSIX")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "a.py"
    path.write_bytes(b"old")
    return path


def assert_untouched(path: Path, content: bytes = b"old") -> None:
    assert path.read_bytes() == content
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_content_is_replaced_and_nothing_else_is_left(file):
    replace_file(file, b"old", b"new")
    assert_untouched(file, b"new")


@posix
def test_mode_is_kept(file):
    file.chmod(0o751)
    replace_file(file, b"old", b"new")
    assert stat.S_IMODE(file.stat().st_mode) == 0o751


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_owner_is_kept(file):
    os.chown(file, 1234, 2345)
    replace_file(file, b"old", b"new")
    assert (file.stat().st_uid, file.stat().st_gid) == (1234, 2345)


@posix
def test_owner_that_cannot_be_kept_is_an_error(file, monkeypatch):
    def refuse(*arguments):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    before = file.stat()
    monkeypatch.setattr(writing.os, "chown", refuse)
    monkeypatch.setattr(writing, "_owner", lambda found: (found.st_ino, 0))
    with pytest.raises(WriteError, match="Operation not permitted"):
        replace_file(file, b"old", b"new")
    assert_untouched(file)
    assert file.stat().st_ino == before.st_ino


@posix
def test_link_stays_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    real = tmp_path / "real" / "a.py"
    real.write_bytes(b"old")
    link = tmp_path / "link.py"
    link.symlink_to(real)
    replace_file(link, b"old", b"new")
    assert link.is_symlink()
    assert_untouched(real, b"new")


@posix
def test_link_that_leads_round_in_a_circle_is_an_error(tmp_path):
    link = tmp_path / "a.py"
    link.symlink_to(link)
    with pytest.raises(WriteError, match="is unchanged: Too many levels of symbolic links"):
        replace_file(link, b"", b"new")


def test_file_that_changed_since_is_left_alone(file):
    with pytest.raises(WriteError, match=r"a\.py: has changed since it was read"):
        replace_file(file, b"older", b"new")
    assert_untouched(file)


def test_change_while_the_new_content_is_written_is_noticed(file, monkeypatch):
    synced = os.fsync

    def another_program_saves(descriptor):
        synced(descriptor)
        file.write_bytes(b"their edit")

    monkeypatch.setattr(writing.os, "fsync", another_program_saves)
    with pytest.raises(WriteError, match="has changed since"):
        replace_file(file, b"old", b"new")
    assert_untouched(file, b"their edit")


def test_read_only_file_is_left_alone(file):
    file.chmod(0o444)
    with pytest.raises(WriteError, match="is read-only"):
        replace_file(file, b"old", b"new")
    assert_untouched(file)


def test_full_disk_leaves_the_file_and_no_rest(file, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writing.os, "fsync", full)
    with pytest.raises(WriteError, match=r"a\.py: cannot be written and is unchanged: No space left"):
        replace_file(file, b"old", b"new")
    assert_untouched(file)


def test_interrupt_leaves_the_file_and_no_rest(file, monkeypatch):
    def interrupt(descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(writing.os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        replace_file(file, b"old", b"new")
    assert_untouched(file)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_device_that_is_full_is_an_error():
    with pytest.raises(WriteError, match="/dev/full: cannot be written: No space left"):
        write_file(Path("/dev/full"), b"x")


def test_missing_file_and_folder_are_errors(tmp_path):
    with pytest.raises(WriteError, match=r"none\.py: cannot be written and is unchanged: No such file"):
        replace_file(tmp_path / "none.py", b"", b"new")
    with pytest.raises(WriteError, match="is not a regular file"):
        replace_file(tmp_path, b"", b"new")
    with pytest.raises(WriteError, match="cannot be written: No such file"):
        write_file(tmp_path / "no" / "report.json", b"x")


@posix
def test_new_file_gets_the_mode_of_any_new_file(tmp_path):
    previous = os.umask(0o027)
    try:
        write_file(tmp_path / "report.json", b"x")
    finally:
        os.umask(previous)
    assert stat.S_IMODE((tmp_path / "report.json").stat().st_mode) == 0o640
    assert_untouched(tmp_path / "report.json", b"x")


def test_write_replaces_whatever_was_there(file):
    write_file(file, b"new")
    assert_untouched(file, b"new")
