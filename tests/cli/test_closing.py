"""What a run ends on: what can be fixed, and what to do next."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tmpleak_lint.cli import closing, main
from tmpleak_lint.reporting.diff import painted

LAST_LINE = (
    "import os\nimport tempfile\n\n\ndef f(job):\n    p = tempfile.mkdtemp()\n    job(p)\n    os.rmdir(p)\n"
)
NEVER = "import tempfile\n\n\ndef f(job):\n    p = tempfile.mkdtemp()\n    job(p)\n"
NAME_ONLY = "import tempfile\n\n\ndef f():\n    return tempfile.mktemp()\n"


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def ending(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    capsys.readouterr()
    main(["--isolated", *arguments])
    return capsys.readouterr().err.splitlines()


def test_run_says_what_can_be_fixed_and_how_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a b.py").write_text(LAST_LINE)
    (tmp_path / "c.py").write_text(NEVER)
    summary, *steps = ending(capsys, ".")
    assert (
        summary
        == "Found 2 findings in 2 files (2 files checked). 1 fixable with --fix (1 more with --unsafe-fixes)."
    )
    assert [re.sub(r"^.*: +", "", step) for step in steps] == [
        "tmpleak-lint explain 'a b.py:6' --isolated",
        "tmpleak-lint simulate 'a b.py:6' --isolated",
    ]
    for step in steps:
        _, *command = shlex.split(step.partition("tmpleak-lint")[2].join(["tmpleak-lint", ""]))
        assert main([*command, *(["--no-animation"] if command[0] == "simulate" else [])]) == 0
    assert "TML103" in capsys.readouterr().out


def test_what_is_shown_of_a_finding_does_not_hang_on_the_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.py").write_text(LAST_LINE)
    main(["--isolated", "."])
    few = capsys.readouterr()
    monkeypatch.setattr(closing, "MOST_COUNTED", 0)
    main(["--isolated", "."])
    many = capsys.readouterr()
    assert many.out == few.out
    assert many.err.splitlines()[:2] == [
        "Found 1 finding in 1 file (1 file checked).",
        "What can be fixed: --diff shows it, --fix does it.",
    ]


def test_finding_that_cannot_be_played_is_only_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.py").write_text(NAME_ONLY)
    assert ending(capsys, "a.py")[1:] == ["Why it stays:     tmpleak-lint explain a.py:5 --isolated"]
    (tmp_path / "b.py").write_text(NEVER)
    assert all("b.py:5" in line for line in ending(capsys, ".")[1:])


@pytest.mark.parametrize(
    "arguments", [["--quiet"], ["--output-format", "concise"], ["--output-format", "json"], ["--statistics"]]
)
def test_programs_and_the_quiet_get_no_advice(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.py").write_text(LAST_LINE)
    assert "tmpleak-lint explain" not in "\n".join(ending(capsys, "a.py", *arguments))


def test_clean_run_ends_on_its_sum(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    assert ending(capsys, ".") == ["No findings (1 file checked)."]


def test_difference_is_coloured_where_colours_are_wanted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.py").write_text(LAST_LINE)
    main(["--isolated", "--diff", "--color", "never", "a.py"])
    plain = capsys.readouterr().out
    main(["--isolated", "--diff", "--color", "always", "a.py"])
    coloured = capsys.readouterr().out
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[\d*m", "", coloured) == plain
    assert "\x1b[32m+    try:\x1b[0m\n" in coloured
    assert "\x1b[31m-    job(p)\x1b[0m\n" in coloured


def test_colours_leave_line_ends_alone() -> None:
    assert painted("--- a\r\n+x\r\n y\x0cz\n") == "\x1b[1m--- a\x1b[0m\r\n\x1b[32m+x\x1b[0m\r\n y\x0cz\n"


@pytest.mark.parametrize(
    ("typed", "meant"), [("chek", "check"), ("explian", "explain"), ("simulat", "simulate")]
)
def test_mistyped_command_is_told(typed: str, meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([typed, "."]) == 2
    assert f"{typed}: no such file, folder or command; did you mean {meant!r}?" in capsys.readouterr().err
    assert main([".", typed]) == 2
    assert capsys.readouterr().err == f"tmpleak-lint: error: {typed}: no such file or folder\n"


def test_file_with_the_name_of_a_mistyped_command_is_read(tmp_path: Path) -> None:
    (tmp_path / "chek").write_text("x = 1\n")
    assert main(["chek", "-q"]) == 0
