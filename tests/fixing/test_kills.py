"""A process that is killed while it writes leaves each file whole, and nothing else.

A program replaces two files and is killed, without any chance to clean up, at each of its steps in turn: Python tells
of every step that touches a file before it is taken. `python -m benchmarks.kills` does the same to the whole tool, at
each system call.
"""
# ruff: noqa: PTH208

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fixing.test_bytes import FIXED, LEAKING
from tmpleak_lint.cli import main
from tmpleak_lint.fixing import writing
from tmpleak_lint.fixing.leftovers import PREFIX, Sweeper, locked, sweep
from tmpleak_lint.fixing.writing import WriteError, replace_file, write_file

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and locks of POSIX")

PROGRAM = """
import os, signal, sys
from pathlib import Path
from tmpleak_lint.fixing import writing
from tmpleak_lint.fixing.leftovers import Sweeper

folder, at, nameless = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "True"
if not nameless:
    writing._NAMELESS = 0
steps = 0


def step(event, arguments):
    global steps
    if event.split(".")[0] in ("open", "os", "fcntl", "subprocess", "shutil"):
        steps += 1
        if steps == at:
            os.kill(os.getpid(), signal.SIGKILL)


real = os.fsync
os.fsync = lambda descriptor: (step("os.fsync", ()), real(descriptor), step("os.fsync", ()))
sys.addaudithook(step)
with Sweeper() as sweeper:
    for name in ("a.py", "b.py"):
        writing.replace_file(folder / name, b"old" * 9999, b"new" * 9999, sweeper)
print(steps)
"""


def run(folder: Path, at: int, *, nameless: bool) -> subprocess.CompletedProcess[bytes]:
    for name in ("a.py", "b.py"):
        (folder / name).write_bytes(b"old" * 9999)
    command = [sys.executable, "-P", "-c", PROGRAM, str(folder), str(at), str(nameless)]
    return subprocess.run(command, capture_output=True, timeout=60, check=False)


def names(folder: Path) -> list[str]:
    """What is in the folder, once who outlives a killed process has done its work."""
    until = time.monotonic() + 30
    while any(name.startswith(PREFIX) for name in os.listdir(folder)) and time.monotonic() < until:
        time.sleep(0.005)
    return sorted(os.listdir(folder))


@posix
@pytest.mark.parametrize("nameless", [True, False], ids=["without a name", "beside"])
def test_killed_at_any_step_it_leaves_whole_files_and_nothing_else(tmp_path: Path, nameless: bool) -> None:
    whole = run(tmp_path, 0, nameless=nameless)
    steps = int(whole.stdout)
    assert steps > 20, whole.stderr.decode()
    seen = set()
    for at in range(1, steps + 1):
        done = run(tmp_path, at, nameless=nameless)
        assert done.returncode == -signal.SIGKILL, (at, done.stderr.decode())
        assert names(tmp_path) == ["a.py", "b.py"], at
        contents = tuple((tmp_path / name).read_bytes() for name in ("a.py", "b.py"))
        assert set(contents) <= {b"old" * 9999, b"new" * 9999}, at
        seen.add(tuple(each[:1] for each in contents))
    assert seen >= {(b"o", b"o"), (b"n", b"o")}


@posix
def test_what_a_killed_group_left_is_removed_by_the_next_run(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text(LEAKING, encoding="utf-8")
    left = tmp_path / f"{PREFIX}0123456789abcdef"
    left.write_bytes(b"half of")
    kept = [
        tmp_path / name
        for name in (f"{PREFIX}notes", f"x{PREFIX}0123456789abcdef", f"{PREFIX}0123456789ABCDEF.py")
    ]
    for other in kept:
        other.write_bytes(b"")
    assert main(["--isolated", "--fix", str(file)]) == 0
    assert file.read_text(encoding="utf-8") == FIXED
    assert sorted(tmp_path.iterdir()) == sorted([file, *kept])


@posix
def test_what_another_run_is_writing_is_not_swept(tmp_path: Path) -> None:
    theirs = tmp_path / f"{PREFIX}{'0' * 16}"
    theirs.write_bytes(b"")
    with locked(theirs) as is_ours:
        assert is_ours
        sweep(tmp_path)
        assert theirs.exists()
    sweep(tmp_path)
    assert not theirs.exists()


@posix
def test_nothing_but_a_file_is_swept_and_no_link_is_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"")
    link, pipe, folder = (tmp_path / f"{PREFIX}{sign * 16}" for sign in "abc")
    link.symlink_to(precious)
    os.mkfifo(pipe)
    folder.mkdir()
    sweep(tmp_path)
    assert precious.exists() and link.is_symlink() and folder.is_dir()
    sweep(tmp_path / "nowhere")


@posix
def test_file_that_another_run_is_writing_is_left_to_it(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"old")
    with locked(file), pytest.raises(WriteError, match="is being written by another run"):
        replace_file(file, b"old", b"new")
    assert file.read_bytes() == b"old"
    replace_file(file, b"old", b"new")
    assert file.read_bytes() == b"new"


def no_process(*arguments: object, **named: object) -> None:
    raise OSError(errno.EAGAIN, "Resource temporarily unavailable")


def test_without_a_process_to_spare_files_are_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subprocess.Popen", no_process)
    (tmp_path / "a.py").write_bytes(b"old")
    replace_file(tmp_path / "a.py", b"old", b"new")
    assert (tmp_path / "a.py").read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["a.py"]


def test_killed_sweeper_is_no_failure(tmp_path: Path) -> None:
    with Sweeper() as sweeper:
        for number in range(3):
            file = tmp_path / f"{number}.py"
            file.write_bytes(b"old")
            replace_file(file, b"old", b"new", sweeper)
            process = sweeper._process
            assert process is not None
            process.kill()
            process.wait()
            assert file.read_bytes() == b"new"
    assert sorted(os.listdir(tmp_path)) == ["0.py", "1.py", "2.py"]


FAULTS: dict[str, tuple[str, int]] = {
    "full": ("fsync", errno.ENOSPC), "broken": ("fsync", errno.EIO), "no link": ("link", errno.EPERM),
    "no rename": ("replace", errno.EXDEV), "no time": ("utime", errno.EROFS), "no mode": ("chmod", errno.EPERM),
}  # fmt: skip


@posix
@pytest.mark.parametrize("nameless", [True, False], ids=["without a name", "beside"])
@pytest.mark.parametrize("fault", FAULTS)
def test_step_that_fails_leaves_the_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str, nameless: bool
) -> None:
    name, number = FAULTS[fault]
    if not nameless or not writing._NAMELESS:
        if name == "link":
            pytest.skip("no link is made there")
        monkeypatch.setattr(writing, "_NAMELESS", 0)

    def fails(*arguments: object, **named: object) -> None:
        raise OSError(number, os.strerror(number))

    file = tmp_path / "a.py"
    file.write_bytes(b"old")
    monkeypatch.setattr(os, name, fails)
    with pytest.raises(WriteError, match=os.strerror(number)):
        replace_file(file, b"old", b"new")
    assert (os.listdir(tmp_path), file.read_bytes()) == (["a.py"], b"old")
    with pytest.raises(WriteError, match="cannot be written"):
        write_file(file, b"new")
    assert (os.listdir(tmp_path), file.read_bytes()) == (["a.py"], b"old")


@posix
def test_runs_over_the_same_files_at_once_fix_each_file_once(tmp_path: Path) -> None:
    files = [tmp_path / f"a{number}.py" for number in range(4)]
    for file in files:
        file.write_text(LEAKING, encoding="utf-8")
    options = ("--isolated", "--no-cache", "--jobs", "1", "--fix")
    command = [sys.executable, "-P", "-m", "tmpleak_lint", *options, str(tmp_path)]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    for one in running:
        said = one.communicate(timeout=120)[1].decode()
        assert one.returncode in (0, 2), said
        assert one.returncode == 0 or "has changed since" in said or "another run" in said
    assert all(file.read_text(encoding="utf-8") == FIXED for file in files)
    assert sorted(tmp_path.iterdir()) == files
