"""What a file system can hold and do: each odd thing costs itself, is told in a line, and the rest is reported."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tmpleak_lint import engine
from tmpleak_lint.cli import main
from tmpleak_lint.files import read_file

LEAK = "import tempfile\n\n\ndef f(use):\n    path = tempfile.mkdtemp()\n    use(path)\n"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes, devices, links and signals of POSIX")
full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")


def found(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, str]:
    """The messages of TML900, and the codes of everything else, by file."""
    main(["--isolated", "--no-cache", "--output-format", "json", *arguments])
    listed = json.loads(capsys.readouterr().out)
    return {
        Path(one["filename"]).name: one["message"] if one["code"] == "TML900" else one["code"]
        for one in listed
    }


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def bound(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(os.path.relpath(path))


ODD: dict[str, tuple[Callable[[Path], object], str]] = {
    "loop": (loop, "not analysed: Too many levels of symbolic links"),
    "dangling": (lambda path: path.symlink_to("nowhere"), ""),
    "pipe": (lambda path: os.mkfifo(path), "not analysed: it is a pipe that nobody writes into, not a file"),
    "socket": (bound, "not analysed: it is a socket, not a file"),
    "endless": (lambda path: path.symlink_to("/dev/zero"), "not analysed: it is a device, not a file"),
    "folder": (os.mkdir, ""),
}


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_text(LEAK)
    return tmp_path


@pytest.mark.parametrize("kind", ODD)
def test_odd_thing_among_files_costs_itself(
    tree: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    make, said = ODD[kind]
    make(tree / "odd.py")
    listed = found(capsys, ".")
    assert listed.pop("a.py") == "TML101"
    assert listed == ({"odd.py": said} if kind == "loop" else {})  # of the others a folder gives only files
    (tree / "uses.py").write_text(f"from odd import make\n{LEAK}    use(make())\n")
    assert found(capsys, "uses.py") == {"uses.py": "TML101"}


@pytest.mark.parametrize("kind", ["pipe", "socket", "endless"])
def test_odd_thing_that_is_named_is_told(tree: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    make, said = ODD[kind]
    make(tree / "odd.py")
    make(tree / "script")
    assert found(capsys, "odd.py", "script", "a.py") == {"odd.py": said, "script": said, "a.py": "TML101"}
    for command in ("explain", "simulate"):
        assert main([command, "odd.py:1"]) == 2
        assert "odd.py" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["loop", "dangling"])
def test_link_that_leads_nowhere_is_told_where_it_is_named(
    tree: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    ODD[kind][0](tree / "odd.py")
    assert main(["--isolated", "odd.py"]) == 2
    assert capsys.readouterr().err == "tmpleak-lint: error: odd.py: a link that leads nowhere\n"


@pytest.mark.parametrize(
    "name", ["pyproject.toml", ".gitignore", ".git", ".tmpleak_cache", "a.ipynb", "__init__.py"]
)
@pytest.mark.parametrize("kind", ODD)
def test_files_of_our_own_may_be_odd(
    tree: Path, capsys: pytest.CaptureFixture[str], kind: str, name: str
) -> None:
    ODD[kind][0](tree / name)
    assert main(["--output-format", "concise", "."]) == 1
    out, err = capsys.readouterr()
    assert "a.py:5:12: TML101" in out and "Traceback" not in err


def test_links_to_folders_lead_round_in_no_circle(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "in").mkdir()
    (tree / "in" / "up").symlink_to(tree)
    (tree / "in" / "b.py").write_text(LEAK)
    assert found(capsys, ".") == {"a.py": "TML101", "b.py": "TML101"}


@pytest.mark.skipif(sys.platform == "darwin", reason="no such names there")
def test_names_of_all_kinds_and_lengths(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deep = tree
    for _ in range(20):
        deep /= "d" * 100
        deep.mkdir()
    for name in (
        b"\xff\xfe.py",
        b"new\nline.py",
        b" .py",
        b"-x.py",
        b"n" * 250 + b".py",
        b"\xf0\x9f\x98\x80.py",
    ):
        Path(tree, os.fsdecode(name)).write_text(LEAK)
    (deep / "end.py").write_text(LEAK)
    assert len(found(capsys, ".")) == 8
    assert main(["--isolated", "--no-cache", "--fix", "--unsafe-fixes", "."]) == 0
    assert "with tempfile" in (deep / "end.py").read_text()


def test_what_vanishes_or_changes_on_the_way_costs_itself(
    tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("gone.py", "other.py"):
        (tree / name).write_text(LEAK)
    real = engine.read_bytes
    looks: list[str] = []

    def changing(path: str) -> bytes:
        looks.append(path)
        (tree / "gone.py").unlink(missing_ok=True)
        if looks.count(path) > 1 and path.endswith("other.py"):
            return b"def f(:\n"
        return real(path)

    monkeypatch.setattr(engine, "read_bytes", changing)
    listed = found(capsys, "--jobs", "1", ".")
    assert listed["a.py"] == "TML101"
    assert listed["gone.py"] == "not analysed: No such file or directory"


def without_rights() -> None:
    """What root may do and others may not is taken from this process and its children."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None)
        for right in (1, 2):  # to read and to write what its mode forbids
            libc.prctl(24, right, 0, 0, 0)


def run(*arguments: str, folder: Path, **more: object) -> tuple[int, str, str]:
    command = [sys.executable, "-P", "-m", "tmpleak_lint", *arguments]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, check=False, **more
    )  # type: ignore[call-overload]
    return done.returncode, done.stdout, done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="takes rights from root as Linux does")
def test_what_may_not_be_read_or_written_is_told(tree: Path) -> None:
    for name in ("secret.py", "closed/b.py", "fixed/c.py"):
        (tree / name).parent.mkdir(exist_ok=True)
        (tree / name).write_text(LEAK)
    (tree / "secret.py").chmod(0)
    (tree / "closed").chmod(0)
    (tree / "fixed").chmod(0o555)
    try:
        status, out, err = run(
            "--isolated",
            "--no-cache",
            "--output-format",
            "concise",
            ".",
            folder=tree,
            preexec_fn=without_rights,
        )
        assert (status, len(out.splitlines())) == (1, 4), err
        assert "secret.py:1:1: TML900 not analysed: Permission denied" in out
        assert "closed:1:1: TML900 not analysed: Permission denied" in out
        fixes = ("--isolated", "--no-cache", "--fix", "--unsafe-fixes", ".")
        status, _, err = run(*fixes, folder=tree, preexec_fn=without_rights)
        assert status == 2
        assert "fixed/c.py: cannot be written and is unchanged: Permission denied" in err
        assert "with tempfile" in (tree / "a.py").read_text()
        assert sorted(os.listdir(tree / "fixed")) == ["c.py"]  # noqa: PTH208
        for command in ("explain", "simulate"):
            status, _, err = run(command, "secret.py:5", folder=tree, preexec_fn=without_rights)
            assert (status, err) == (2, "tmpleak-lint: error: secret.py: Permission denied\n")
    finally:
        for name in ("closed", "fixed"):
            (tree / name).chmod(0o755)


# Where output goes


@full
@pytest.mark.parametrize("form", ["full", "concise", "json", "sarif", "github", "gitlab", "junit"])
def test_report_that_cannot_be_written_is_told_and_the_others_are_shown(
    tree: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    outputs = (
        "--output",
        f"{form}=/dev/full",
        "--output",
        f"{form}=kept",
        "--output",
        f"{form}=no/such/place",
    )
    assert main(["--isolated", "--output-format", "concise", *outputs, "a.py"]) == 2
    out, err = capsys.readouterr()
    assert out.startswith("a.py:5:12: TML101")
    assert "/dev/full: cannot be written: No space left on device; no/such/place: cannot be written" in err
    assert "TML101" in (tree / "kept").read_text()


@full
@pytest.mark.parametrize(
    "arguments",
    [
        ("a.py",), ("--output-format", "json", "a.py"), ("--diff", "--unsafe-fixes", "a.py"), ("--statistics", "a.py"),
        ("explain", "a.py:5"), ("explain", "TML101"), ("simulate", "a.py:5"), ("rules",), ("completions", "bash"),
        ("--help",), ("--show-settings", "a.py"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_screen_that_is_full_is_told(tree: Path, arguments: tuple[str, ...]) -> None:
    with open("/dev/full", "wb") as screen:
        command = [sys.executable, "-P", "-m", "tmpleak_lint", *arguments]
        done = subprocess.run(command, stdout=screen, stderr=subprocess.PIPE, cwd=tree, check=False)
    assert done.returncode == 2
    assert done.stderr.decode().endswith("tmpleak-lint: error: output: No space left on device\n")


@full
@pytest.mark.parametrize(
    "arguments",
    [
        ("--results", "/dev/full", "a.py"), ("--results", "/dev/zero", "a.py"), ("--cache-dir", "/dev/full", "a.py"),
        ("--baseline", "/dev/zero", "a.py"), ("--config", "/dev/zero", "a.py"),
        ("simulate", "a.py:5", "--html", "/dev/full"),
        ("--baseline", "no/such/place", "--update-baseline", "a.py"), ("/dev/null/x.py",), ("\x00.py",),
        ("explain", "a.py:" + "9" * 5000), ("simulate", "a.py:" + "9" * 5000), ("--jobs", "9" * 5000, "a.py"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_odd_targets_are_errors_that_name_them(
    tree: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert main(list(arguments)) == 2
    err = capsys.readouterr().err
    assert err.startswith("tmpleak-lint: error: ") and "Traceback" not in err and err.count("\n") == 1


@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-", "2>&-", "<&-"])
def test_closed_streams_change_no_status(tree: Path, closed: str) -> None:
    shell = f"exec '{sys.executable}' -P -m tmpleak_lint --isolated a.py {closed}"
    done = subprocess.run(["sh", "-c", shell], cwd=tree, capture_output=True, check=False)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr


def test_folder_that_is_gone_is_told(tree: Path) -> None:
    gone = tree / "gone"
    gone.mkdir()
    shell = f"cd {gone} && rmdir {gone} && exec '{sys.executable}' -P -m tmpleak_lint ."
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "tmpleak-lint: error: working directory: No such file or directory\n"


# Signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "terminated"])
@pytest.mark.parametrize("whole_group", [True, False], ids=["all", "one"])
def test_run_that_is_stopped_says_what_it_found_and_leaves_no_process(
    tree: Path, number: signal.Signals, whole_group: bool
) -> None:
    for at in range(120):
        (tree / f"a{at}.py").write_text(
            LEAK + "".join(LEAK[16:].replace("f(", f"f{more}(") for more in range(20))
        )
    command = [sys.executable, "-P", "-m", "tmpleak_lint", "--isolated", "--no-cache", "--jobs", "2", "."]
    started = subprocess.Popen(
        command, cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    children = Path(f"/proc/{started.pid}/task/{started.pid}/children")
    until = time.monotonic() + 60
    while children.exists() and len(children.read_text().split()) < 2 and time.monotonic() < until:
        time.sleep(0.01)  # the workers have started: the run is in the middle of it
    if not children.exists():
        time.sleep(1.5)
    os.killpg(started.pid, number) if whole_group else started.send_signal(number)
    _, err = started.communicate(timeout=60)
    assert started.returncode == 128 + number, err.decode()
    assert b"interrupted" in err and b"Traceback" not in err
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            os.killpg(started.pid, 0)
        except ProcessLookupError:
            break
        time.sleep(0.01)
    else:
        pytest.fail("a process of the run is left")


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the workers as Linux shows them")
def test_worker_that_is_killed_costs_one_file(tree: Path) -> None:
    for at in range(40):
        (tree / f"a{at}.py").write_text(LEAK)
    command = [sys.executable, "-P", "-m", "tmpleak_lint", "--isolated", "--no-cache", "--jobs", "2"]
    started = subprocess.Popen(
        [*command, "--output-format", "json", "."], cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    children = Path(f"/proc/{started.pid}/task/{started.pid}/children")
    until = time.monotonic() + 60
    while not (workers := children.read_text().split()) and time.monotonic() < until:
        time.sleep(0.005)
    os.kill(int(workers[0]), signal.SIGKILL)
    out, err = started.communicate(timeout=120)
    assert started.returncode == 1, err.decode()
    codes = [one["code"] for one in json.loads(out)]
    assert len(codes) == 41 and codes.count("TML900") <= 1


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the workers as Linux shows them")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP], ids=["killed", "hung up"])
def test_workers_end_with_the_run_that_started_them(tree: Path, number: signal.Signals) -> None:
    for at in range(40):
        (tree / f"a{at}.py").write_text(LEAK)
    command = [sys.executable, "-P", "-m", "tmpleak_lint", "--isolated", "--no-cache", "--jobs", "3", "."]
    started = subprocess.Popen(
        command, cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    children = Path(f"/proc/{started.pid}/task/{started.pid}/children")
    until = time.monotonic() + 60
    while len(children.read_text().split()) < 3 and time.monotonic() < until:
        time.sleep(0.005)
    started.send_signal(number)
    started.communicate(timeout=60)  # the stream ends when nobody has it any more
    assert started.returncode == -number
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            os.killpg(started.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)
    pytest.fail("a process of the run is left")


def test_reading_a_pipe_waits_for_its_writer(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = subprocess.Popen(["sh", "-c", f"sleep 0.2; printf 'import tempfile\\n' > {pipe}"])
    assert read_file(pipe) == b"import tempfile\n"
    assert writer.wait(timeout=30) == 0
    shutil.rmtree(tmp_path)
