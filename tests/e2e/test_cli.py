"""The program itself, as a process: start, interruption, standard streams."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment import MEASURING, without

BROKEN = b"import tempfile\nfd, path = tempfile.mkstemp()\nx = '\xff'\n"


@pytest.fixture(autouse=True)
def no_wishes_for_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the environment of the tests asks for."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tmpleak_lint", *arguments]


def test_run_on_files_that_cannot_matter_imports_neither_parser_nor_workers(tmp_path: Path) -> None:
    for number in range(50):
        (tmp_path / f"{number}.py").write_text("x = 1\n")
    program = (
        "import sys\nfrom tmpleak_lint.cli import main\n"
        f"assert main(['--no-cache', {str(tmp_path)!r}]) == 0\n"
        "heavy = {'libcst', 'multiprocessing', 'concurrent', 'json', 'tomllib', 'subprocess'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env=without(*MEASURING),
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_python_warns_of_in_the_code_is_not_told(tmp_path: Path, jobs: str) -> None:
    for number in range(8):  # enough for workers
        (tmp_path / f"{number}.py").write_text("import tempfile\np = tempfile.mkdtemp()\nx = 0if p else 1\n")
    done = subprocess.run(
        command("--jobs", jobs, str(tmp_path)), capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 1
    assert "Warning" not in done.stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_ctrl_c_prints_what_was_found_and_ends_all_processes(tmp_path: Path) -> None:
    for number in range(10):
        (tmp_path / f"{number}.py").write_bytes(BROKEN)
    os.mkfifo(tmp_path / "pipe.py")  # reading it waits for ever: the run is in the middle of its work
    names = [f"{number}.py" for number in range(10)]
    process = subprocess.Popen(
        command("--output-format", "json", "--jobs", "2", *names, "pipe.py"),
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    with open(tmp_path / "pipe.py", "wb"):  # opens when the program has opened it too
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    found = json.loads(out)
    assert {finding["code"] for finding in found} <= {"TML900"}
    assert "interrupted" in err
    assert "Traceback" not in err
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_summary_and_report_do_not_mix(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_bytes(BROKEN)
    done = subprocess.run(
        command("--output-format", "json", "."), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert len(json.loads(done.stdout)) == 1
    assert done.stderr == "Found 1 finding in 1 file (1 file checked).\n"


def test_output_that_the_terminal_cannot_write_is_escaped(tmp_path: Path) -> None:
    (tmp_path / "bäd.py").write_bytes(BROKEN)
    done = subprocess.run(
        command("--output-format", "concise", "."), cwd=tmp_path, capture_output=True, check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii:strict"},
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout.startswith(b"b\\xe4d.py:3:1: TML900")
    assert done.stderr.startswith(b"Found 1 finding")


@pytest.mark.parametrize("arguments", [("leak.py",), ("explain", "leak.py:7")], ids=["check", "explain"])
def test_path_is_drawn_in_ascii_where_the_encoding_has_no_lines(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "leak.py").write_text(
        "import os\nimport tempfile\n\n\ndef f():\n    # \u00e9\n"
        "    fd, path = tempfile.mkstemp()\n    os.close(fd)\n    work(path)\n    os.remove(path)\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        command(*arguments), cwd=tmp_path, capture_output=True, check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert b"| ,--     fd, path = tempfile.mkstemp()" in done.stdout
    assert b"| `->     os.remove(path)" in done.stdout
    assert b"\\u25" not in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    "arguments", [("a.py",), ("clean.py", "--output-format", "json"), ("--help",), ("explain", "TML103")]
)
def test_full_disk_is_a_message_and_no_bug_of_ours(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "a.py").write_text(LEAK)
    (tmp_path / "clean.py").write_text("x = 1\n")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            command(*arguments), cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 2
    assert done.stderr.endswith("tmpleak-lint: error: output: No space left on device\n")
    assert "Traceback" not in done.stderr and "ignored" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
@pytest.mark.parametrize(
    ("redirection", "status"),
    [("a.py >&-", 1), ("a.py 2>&- >out", 1), ("- <&-", 2), ("a.py <&- >&- 2>&-", 1)],
)
def test_closed_streams_are_no_bug_of_ours(tmp_path: Path, redirection: str, status: int) -> None:
    (tmp_path / "a.py").write_text(LEAK)
    line = f"{sys.executable} -m tmpleak_lint {redirection}"
    done = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there a folder in use stays")
def test_working_directory_that_is_gone_is_a_message(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    line = f"rmdir '{gone}'; {sys.executable} -m tmpleak_lint ."
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        ["sh", "-c", line], cwd=gone, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.endswith("tmpleak-lint: error: working directory: No such file or directory\n")


LEAK = """\
import shutil
import tempfile


def f():
    path = tempfile.mkdtemp()
    work(path)
    shutil.rmtree(path)
"""


@pytest.mark.parametrize("excluded", [(), ("--extend-exclude", "gen", "--force-exclude")])
def test_text_from_standard_input_is_handed_back_fixed_or_as_it_was(
    tmp_path: Path, excluded: tuple[str, ...]
) -> None:
    done = subprocess.run(
        command("-", "--stdin-filename", "gen/a.py", "--fix", *excluded),
        cwd=tmp_path, input=LEAK, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert (done.stdout == LEAK) is bool(excluded)
    assert ("TemporaryDirectory()" in done.stdout) is not bool(excluded)


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
@pytest.mark.parametrize(
    "name",
    [
        "plain.py",
        "sp ace.py",
        "a\nb.py",
        "esc\x1b[31m.py",
        'quo"te\\.py',
        "\u202ertl.py",
        "é.py",
        "sur\udcff.py",
    ],
)
def test_difference_is_one_that_git_takes_whatever_the_file_is_called(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(
        LEAK.replace("    work", "\f    work") + "    # \u2028 \x1b[2J\n", encoding="utf-8"
    )
    done = subprocess.run(command("--diff", name), cwd=tmp_path, capture_output=True, check=False)
    headers = [line for line in done.stdout.split(b"\n") if line.startswith((b"---", b"+++"))]
    assert len(headers) == 2
    assert b"\x1b" not in b"".join(headers)
    subprocess.run(
        ["git", "apply", "-p0", "-"], cwd=tmp_path, input=done.stdout, check=True, capture_output=True
    )
    assert subprocess.run(command(name), cwd=tmp_path, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(("flag", "left"), [("--diff", 1), ("--fix-only", 0), ("--fix", 0)])
def test_reports_are_written_whatever_is_done_with_fixes(tmp_path: Path, flag: str, left: int) -> None:
    (tmp_path / "a.py").write_text(LEAK)
    subprocess.run(
        command(flag, "--output", "json=out.json", "a.py"), cwd=tmp_path, capture_output=True, check=False
    )
    assert len(json.loads((tmp_path / "out.json").read_text())) == left


def on_terminal(folder: Path, *arguments: str) -> tuple[int, bytes]:
    """The exit status of a run on a pseudo-terminal, and everything that it shows there."""
    import pty

    ours, theirs = pty.openpty()
    process = subprocess.Popen(command(*arguments), cwd=folder, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:  # the other end is closed: everything has been read
        pass
    finally:
        os.close(ours)
    return process.wait(timeout=60), shown


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_difference_moves_no_cursor_of_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(LEAK.replace("work(path)", 'work(path, "\x1b[2J")'), encoding="utf-8")
    status, shown = on_terminal(tmp_path, "--diff", "a.py")
    assert status == 1
    assert '+        work(path, "␛[2J")'.encode() in shown
    assert b"\x1b[2J" not in shown
    piped = subprocess.run(command("--diff", "a.py"), cwd=tmp_path, capture_output=True, check=False)
    assert b"\x1b[2J" in piped.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_terminal_gets_colour_and_a_pipe_does_not(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_bytes(BROKEN)
    status, shown = on_terminal(tmp_path, ".")
    assert status == 1
    assert b"\x1b[" in shown
    assert b"Found 1 finding" in shown
    piped = subprocess.run(command("."), cwd=tmp_path, capture_output=True, check=False)
    assert b"\x1b" not in piped.stdout
