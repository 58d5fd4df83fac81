"""`--watch` as it is used: it goes on, shows what a change makes of the findings, and ends with Ctrl-C."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

pytest.importorskip("watchfiles", reason="needs the extra `watch`")

from tmpleak_lint.cli import main, watch
from tmpleak_lint.cli.parser import parse
from tmpleak_lint.model import FileReport

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="sends Ctrl-C as POSIX does, and opens a terminal"
)
PATIENCE = 60
HELPER = "import tempfile\n\n\ndef scratch():\n    return tempfile.mkdtemp()\n"
HARMLESS = "def scratch():\n    return '/var/lib/scratch'\n"
CALLER = "from helper import scratch\n\n\ndef work(job):\n    job.run(scratch())\n"
LEAK = "import tempfile\nuse(tempfile.mkdtemp())\n"
COMMAND = [
    sys.executable,
    "-m",
    "tmpleak_lint",
    "--watch",
    "--isolated",
    "--output-format",
    "concise",
    "--quiet",
]


class Watching:
    """A program that watches a folder, and what it says."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()
        assert process.stdout is not None
        threading.Thread(target=self._read, args=(process.stdout,), daemon=True).start()

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self._lines.put(line.rstrip("\n"))

    def says(self, *parts: str) -> list[str]:
        """Its next lines, one for each part, which is in it."""
        lines = [self._lines.get(timeout=PATIENCE) for _ in parts]
        for line, part in zip(lines, parts, strict=True):
            assert part in line, lines
        return lines

    def stop(self) -> tuple[int, str]:
        """Ctrl-C; the exit status, and what is on standard error."""
        self.process.send_signal(signal.SIGINT)
        _, error = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, error


@contextmanager
def watching(folder: Path, *arguments: str) -> Iterator[Watching]:
    process = subprocess.Popen(
        [*COMMAND, *arguments, "."], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        bufsize=1,
    )  # fmt: skip
    try:
        yield Watching(process)
    finally:
        process.kill()
        process.communicate()


def replaced(file: Path, text: str) -> None:
    """Save a file as editors do: another one takes its place."""
    beside = file.with_name(f".{file.name}.swp")
    beside.write_text(text)
    beside.replace(file)


def test_changes_are_checked_as_they_are_saved_until_ctrl_c(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(LEAK)
    with watching(tmp_path) as program:
        program.says("app.py:2:5: TML101")
        (tmp_path / "package").mkdir()
        (tmp_path / "package" / "other.py").write_text("\n" + LEAK)
        program.says("app.py:2:5: TML101", "package/other.py:3:5: TML101")
        replaced(tmp_path / "app.py", "\n\n" + LEAK)
        program.says("app.py:4:5: TML101", "package/other.py:3:5: TML101")
        (tmp_path / "app.py").unlink()
        program.says("package/other.py:3:5: TML101")
        assert program.stop() == (130, "")


def test_change_of_a_helper_renews_what_is_said_of_its_caller(tmp_path: Path) -> None:
    helper = tmp_path / "helper.py"
    helper.write_text(HARMLESS)
    (tmp_path / "caller.py").write_text(CALLER)
    (tmp_path / "z.py").write_text(LEAK)
    with watching(tmp_path) as program:
        program.says("z.py:2:5")
        helper.write_text(HELPER)
        program.says("caller.py:5:13: TML101", "z.py:2:5")
        helper.write_text(HARMLESS)
        program.says("z.py:2:5")


def test_mistake_in_the_configuration_is_told_and_mending_it_helps(tmp_path: Path) -> None:
    configuration = tmp_path / "pyproject.toml"
    configuration.write_text("[tool.tmpleak-lint]\n")
    (tmp_path / "app.py").write_text(LEAK)
    command = [word for word in COMMAND if word != "--isolated"]
    process = subprocess.Popen(
        [*command, "."], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
    )
    try:
        program = Watching(process)
        program.says("app.py:2:5: TML101")
        configuration.write_text('[tool.tmpleak-lint]\nignor = ["TML1"]\n')
        program.says("no option 'ignor'; did you mean 'ignore'?")
        configuration.write_text('[tool.tmpleak-lint]\nignore = ["TML2"]\n')
        program.says("app.py:2:5: TML101")
    finally:
        process.kill()
        process.communicate()


def test_terminal_is_cleared_before_what_is_new_is_shown(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(LEAK)
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [*COMMAND, "."], cwd=tmp_path, stdin=theirs, stdout=theirs, stderr=theirs,
        env={**os.environ, "NO_COLOR": "1", "TERM": "xterm"},
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    try:
        for times in (1, 2):
            deadline = time.monotonic() + PATIENCE
            while shown.count(b"TML101") < times and time.monotonic() < deadline:
                shown += os.read(ours, 4096)
            (tmp_path / "app.py").write_text("\n" * times + LEAK)
        clear = watch.CLEAR.encode()
        first, second = (shown.index(place) for place in (b"app.py:2:5", b"app.py:3:5"))
        assert shown.index(clear) < first < shown.rindex(clear) < second
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def test_only_what_may_be_otherwise_is_analysed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in {
        "helper.py": HELPER,
        "caller.py": CALLER,
        "app.py": LEAK,
        "quiet.py": "x = 1\n",
    }.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    analysed: list[str] = []
    examine = watch.examine_traced

    def noted(file: watch.SourceFile, session: object, most: int = 0) -> object:
        analysed.append(file.filename)
        return examine(file, session, most)  # type: ignore[arg-type]

    monkeypatch.setattr(watch, "examine_traced", noted)
    watched = watch._Watched(parse([*COMMAND[4:], "."]), [])
    old = time.time() - 10
    for file in tmp_path.iterdir():
        os.utime(file, (old, old))  # what is as young as the look at it counts as changed the next time
    watched.look()
    assert sorted(analysed) == ["app.py", "caller.py", "helper.py"]
    analysed.clear()
    watched.look()
    assert analysed == []
    (tmp_path / "helper.py").write_text(HARMLESS)
    watched.look()
    assert "helper.py" not in analysed  # nothing in it makes a file any more
    assert "app.py" not in analysed
    assert [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()] == [
        "app.py",
        "caller.py",
        "app.py",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fix", "."], "--watch looks and changes nothing"),
        (["--add-noqa=why", "."], "--watch looks and changes nothing"),
        (["-"], "--watch watches files: standard input is read once"),
        (["--results", "r.jsonl", "."], "--watch keeps its results to itself"),
        (["nowhere"], "nowhere"),
    ],
)
def test_what_does_not_go_with_watching_is_refused(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--watch", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_outcome_says_what_it_hangs_on(tmp_path: Path) -> None:
    from tmpleak_lint.configuration import SettingsFinder
    from tmpleak_lint.fixes import examine_traced
    from tmpleak_lint.reading.discovery import discover
    from tmpleak_lint.session import Session

    (tmp_path / "helper.py").write_text(HELPER)
    (tmp_path / "caller.py").write_text(CALLER)
    (file,) = discover([str(tmp_path / "caller.py")], SettingsFinder(isolated=True)).files
    outcome = examine_traced(file, Session())
    assert outcome.reads is not None
    assert {str(tmp_path / "caller.py"), str(tmp_path / "helper.py")} <= set(outcome.reads)
    assert outcome.report != FileReport(file.filename)
