"""`--fix` on files: what can't be written stays as it was, and the run says why and goes on."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from tests.fixing.test_bytes import FIXED, LEAKING
from tmpleak_lint.cli import main

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes and links of POSIX")


def fix(path: Path) -> int:
    return main(["--isolated", "--fix", str(path)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "example.py"
    path.write_text(LEAKING, encoding="utf-8")
    return path


def test_fixed_file_replaces_the_old_one_and_leaves_nothing_beside(file: Path) -> None:
    assert fix(file) == 0
    assert file.read_text(encoding="utf-8") == FIXED
    assert [each.name for each in file.parent.iterdir()] == ["example.py"]


@posix
def test_mode_is_kept_and_a_link_followed(file: Path, tmp_path: Path) -> None:
    file.chmod(0o755)
    link = tmp_path / "link.py"
    link.symlink_to(file)
    assert fix(link) == 0
    assert link.is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o755
    assert file.read_text(encoding="utf-8") == FIXED


@posix
def test_read_only_file_is_an_error_that_names_it(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.chmod(0o444)
    assert fix(file) == 2
    assert "example.py: is read-only, nothing was written" in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == LEAKING


def test_other_files_of_the_run_are_fixed_all_the_same(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.py"
    other.write_text(LEAKING, encoding="utf-8")
    file.chmod(0o444)
    assert fix(tmp_path) == 2
    assert other.read_text(encoding="utf-8") == FIXED


def test_second_run_writes_nothing(file: Path) -> None:
    fix(file)
    before = file.stat().st_mtime_ns
    assert fix(file) == 0
    assert file.stat().st_mtime_ns == before
