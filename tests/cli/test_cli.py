"""The command line: what is printed where, and the exit status."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tmpleak_lint import engine
from tmpleak_lint.cli import COMMANDS, HELP, main
from tmpleak_lint.cli.parser import check_parser
from tmpleak_lint.cli.reference import options_markdown
from tmpleak_lint.engine import Outcome
from tmpleak_lint.rules import RULES
from tmpleak_lint.settings import OPTIONS

BROKEN = b"import tempfile\nfd, path = tempfile.mkstemp()\nx = '\xff'\n"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    (tmp_path / "clean.py").write_text("x = 1\n")
    (tmp_path / "bad.py").write_bytes(BROKEN)
    return tmp_path


class Screen:
    """Runs a command and gives its status, stdout and stderr."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        out, err = self._capsys.readouterr()
        return status, out, err


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Screen:
    return Screen(capsys)


def test_exit_status_says_whether_anything_was_found(run: Screen) -> None:
    assert run("clean.py")[0] == 0
    assert run("bad.py")[0] == 1
    assert run("check", "bad.py")[0] == 1
    assert run("bad.py", "--exit-zero")[0] == 0


def test_findings_on_stdout_and_summary_on_stderr(run: Screen) -> None:
    assert run("bad.py", "--output-format", "concise") == (
        1,
        "bad.py:3:1: TML900 not analysed: line 3 is not valid utf-8\n",
        "Found 1 finding in 1 file (1 file checked).\n",
    )
    assert run(".")[1:] == (run("bad.py")[1], "Found 1 finding in 1 file (2 files checked).\n")
    assert run("clean.py") == (0, "", "No findings (1 file checked).\n")
    assert run("bad.py", "-q")[2] == ""


def test_nothing_read_is_said_aloud(run: Screen, project: Path) -> None:
    (project / "empty").mkdir()
    status, out, err = run("empty")
    assert (status, out) == (0, "")
    assert err.startswith("No findings (0 files checked).\nwarning: nothing was read")


def test_json_is_one_array_and_nothing_else(run: Screen, project: Path) -> None:
    status, out, _ = run(".", "--output-format", "json", "--statistics")
    (finding,) = json.loads(out)
    assert status == 1
    assert finding["filename"] == str(project / "bad.py")
    assert json.loads(run("clean.py", "--output-format", "json")[1]) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "no path is named"),
        (("nowhere.py",), "nowhere.py: no such file or folder"),
        (("--slect", "TML1", "."), "unrecognized arguments: --slect; did you mean '--select'?"),
        (("explain", "--jsn", "TML101"), "did you mean '--json'?"),
        (("-q", "check", "."), "check: no such file or folder (a command stands before its options)"),
        (("--", "--qiet"), "--qiet: no such file or folder"),
        (("--select", "E501", "."), "--select: 'E501' is not a code or prefix"),
        (("--select", "TML777", "."), "no code begins with 'TML777'"),
        (("--output-format", "jsn", "."), "did you mean 'json'?"),
        (("--output", "json", "."), "'json' is not FORMAT=FILE"),
        (("--conventions", "ansibel", "."), "'ansibel' is not one of ansible; did you mean 'ansible'?"),
        (("--isolated", "--config", "pyproject.toml", "."), "--isolated reads no configuration file"),
        (("--add-noqa", "--output", "json=x.json", "."), "--add-noqa writes comments and no report"),
        (("--jobs", "0", "."), "--jobs: expected a whole number from 1"),
        (("--config", "none.toml", "."), "none.toml: No such file or directory"),
        (("--update-baseline", "."), "--update-baseline needs the file"),
        (("--baseline", "none.json", "."), "none.json: cannot be read"),
        (("-", "bad.py"), "goes with no other path"),
        (("explain", "TML999"), "no rule is called 'TML999'"),
        (("--since", "HEAD", "."), "--since HEAD"),
        (("--add-noqa=a\nb", "."), "one line of printable text"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(
    run: Screen, project: Path, arguments: tuple[str, ...], message: str
) -> None:
    if not arguments:
        arguments = ("check",)
    try:
        status, out, err = run(*arguments)
    except SystemExit as left:  # argparse leaves by itself
        captured = run._capsys.readouterr()
        status, out, err = int(left.code or 0), captured.out, captured.err
    assert (status, out) == (2, "")
    assert err.startswith("tmpleak-lint: error: ")
    assert message in err


def test_mistake_in_the_configuration_of_any_folder_is_exit_2(run: Screen, project: Path) -> None:
    (project / "deep").mkdir()
    (project / "deep/pyproject.toml").write_text('[tool.tmpleak-lint]\nselct = ["TML1"]\n')
    (project / "deep/a.py").write_text("")
    status, _, err = run(".")
    assert status == 2
    assert "deep/pyproject.toml: [tool.tmpleak-lint] has no option 'selct'; did you mean 'select'?" in err
    assert run(".", "--isolated")[0] == 1


def test_name_with_control_characters_cannot_forge_a_line(run: Screen) -> None:
    status, _, err = run("no\x1b[2J\nsuch.py")
    assert status == 2
    assert "\x1b" not in err
    assert err.count("\n") == 1


def test_bare_command_shows_the_help(run: Screen) -> None:
    assert run() == (2, HELP, "")
    assert run("--help") == (0, HELP, "")


def test_help_fits_a_screen_and_names_what_people_need() -> None:
    lines = HELP.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    for command in ("tmpleak-lint PATH", "tmpleak-lint explain", "tmpleak-lint simulate"):
        assert command in HELP
    flags = {flag for action in check_parser()._actions for flag in action.option_strings}
    named = {word.strip("[],.):(") for word in HELP.split() if word.startswith(("--", "[--"))}
    assert {word.partition("[")[0].partition("=")[0] for word in named} <= flags | {"--version"}


def test_every_setting_has_a_flag_of_the_same_name() -> None:
    flags = {flag for action in check_parser()._actions for flag in action.option_strings}
    assert {f"--{option.key}" for option in OPTIONS} <= flags


def test_help_of_each_command_can_be_printed(run: Screen) -> None:
    for command in COMMANDS:
        with pytest.raises(SystemExit) as left:
            main([command, "--help"])
        assert left.value.code == 0
        assert "usage:" in run._capsys.readouterr().out


def test_version(run: Screen) -> None:
    status, out, _ = run("--version")
    assert status == 0
    assert out.startswith("tmpleak-lint 0.")


def test_rules_lists_every_code(run: Screen) -> None:
    lines = run("rules")[1].splitlines()
    assert [line.split()[0] for line in lines] == list(RULES)
    assert [rule["code"] for rule in json.loads(run("rules", "--output-format", "json")[1])] == list(RULES)


def test_explain_shows_the_page_by_code_or_name(run: Screen) -> None:
    status, out, _ = run("explain", "TML103")
    assert status == 0
    assert "deleted-on-last-line" in out
    assert run("explain", "tml103")[1] == run("explain", "deleted-on-last-line")[1] == out


def test_settings_in_force_are_shown(run: Screen, project: Path) -> None:
    (project / "pyproject.toml").write_text('[tool.tmpleak-lint]\nignore = ["TML2"]\n')
    status, out, _ = run("--show-settings", "--select", "TML1")
    assert status == 0
    assert 'ignore = ["TML2"]' in out
    assert 'select = ["TML1"]' in out
    assert str(project / "pyproject.toml") in out


def test_reports_go_into_files_beside_the_screen(run: Screen, project: Path) -> None:
    status, out, _ = run("bad.py", "--output", "json=a.json", "--output", "junit=b.xml")
    assert status == 1
    assert "TML900" in out
    assert json.loads((project / "a.json").read_text())[0]["code"] == "TML900"
    assert (project / "b.xml").read_text().startswith("<?xml")


def test_statistics_take_the_place_of_findings(run: Screen) -> None:
    status, out, _ = run(".", "--statistics")
    assert status == 1
    assert out == "1  TML900  unanalysable (1 high; in 1 file)\n"


def test_standard_input_has_the_settings_of_the_name_it_is_given(
    run: Screen, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "pyproject.toml").write_text('[tool.tmpleak-lint]\nextend-exclude = ["gen"]\n')

    def feed() -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BROKEN)))

    feed()
    assert run("-")[1].startswith("-:3:1: TML900")
    feed()
    assert run("--stdin-filename", "src/a.py")[1].startswith("src/a.py:3:1: TML900")
    feed()
    assert run("-", "--stdin-filename", "gen/a.py")[1].startswith("gen/a.py:3:1: TML900")
    feed()
    assert run("-", "--stdin-filename", "gen/a.py", "--force-exclude") == (
        0,
        "",
        "No findings (0 files checked).\nwarning: nothing was read: is it excluded, or ignored by git?\n",
    )


def test_color_only_when_wanted(run: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" not in run("bad.py")[1]
    assert "\x1b" in run("bad.py", "--color", "always")[1]
    assert "\x1b" not in run("bad.py", "--color", "always", "--output-format", "json")[1]
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" in run("bad.py")[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in run("bad.py")[1]


def test_baseline_is_made_then_only_shrinks(run: Screen, project: Path) -> None:
    (project / "other.py").write_bytes(BROKEN)
    flags = (".", "--baseline", "known.json")
    assert run(*flags)[0] == 2
    status, out, err = run(*flags, "--update-baseline")
    assert (status, out) == (0, "")
    assert "2 in the baseline" in err
    assert run(*flags)[0] == 0
    first = (project / "known.json").read_text()
    (project / "new.py").write_bytes(BROKEN)
    assert run(*flags, "--update-baseline")[0] == 1
    assert (project / "known.json").read_text() == first
    (project / "other.py").write_text("")
    status, out, _ = run(*flags)
    assert "stale baseline entry" in out
    run(*flags, "--update-baseline")
    assert len(json.loads((project / "known.json").read_text())["entries"]) == 1
    assert "stale" not in run(*flags)[1]


def test_baseline_of_the_configuration_stands_beside_it(run: Screen, project: Path) -> None:
    (project / "sub").mkdir()
    (project / "sub/pyproject.toml").write_text('[tool.tmpleak-lint]\nbaseline = "known.json"\n')
    (project / "sub/bad.py").write_bytes(BROKEN)
    assert run("sub", "--update-baseline")[0] == 0
    assert (project / "sub/known.json").exists()
    assert run("sub/bad.py")[0] == 0


def test_entries_of_files_not_looked_at_are_not_stale(run: Screen, project: Path) -> None:
    run("bad.py", "--baseline", "known.json", "--update-baseline")
    assert run("clean.py", "--baseline", "known.json") == (0, "", "No findings (1 file checked).\n")


def test_interrupted_run_reports_what_was_found_so_far(run: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    def check_files(*arguments: Any, **keywords: Any) -> Iterator[Outcome]:
        yield Outcome(engine.check_source(BROKEN, "bad.py"))
        raise KeyboardInterrupt

    monkeypatch.setattr("tmpleak_lint.cli.check.check_files", check_files)
    status, out, err = run(".")
    assert status == 130
    assert "bad.py:3:1: TML900" in out
    assert "interrupted" in err


def test_bug_of_ours_is_not_taken_for_a_finding(run: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    def check_files(*arguments: Any, **keywords: Any) -> Iterator[Outcome]:
        raise KeyError("x")
        yield

    monkeypatch.setattr("tmpleak_lint.cli.check.check_files", check_files)
    status, out, err = run(".")
    assert (status, out) == (2, "")
    assert "KeyError: 'x'" in err
    assert "this is a bug of tmpleak-lint" in err


def test_reader_that_has_seen_enough_is_no_error(project: Path) -> None:
    for number in range(400):
        (project / f"{number}.py").write_bytes(BROKEN)
    done = subprocess.run(
        f"{sys.executable} -m tmpleak_lint . --output-format json 2>err | head -c 1; echo ${{PIPESTATUS[0]}}",
        shell=True, executable="/bin/bash", capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(Path(engine.__file__).parent.parent), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert done.stdout.split("\n")[0] in ("[141", "[")
    assert "Traceback" not in (project / "err").read_text()


SOURCE = "import tempfile\n\n\ndef f():\n    path = tempfile.mktemp()\n    return path\n"


def test_add_noqa_changes_nothing_but_comments_and_silences(
    run: Screen, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "bad.py").unlink()
    path = project / "a.py"
    path.write_bytes(b"\xef\xbb\xbf" + SOURCE.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    status, out, err = run("a.py", "--add-noqa=seen in 2026")
    assert (status, out) == (0, "")
    assert err == "Silenced 1 finding by comments in 1 file.\n"
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbfimport tempfile\r\n")
    assert b"    path = tempfile.mktemp()  # noqa: TML501 seen in 2026\r\n    return" in data
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(entry.name for entry in project.iterdir()) == ["a.py", "clean.py"]
    assert run("a.py")[0] == 0
    again = data
    run("a.py", "--add-noqa")
    assert path.read_bytes() == again


def test_add_noqa_says_what_it_could_not_silence(run: Screen, project: Path) -> None:
    status, out, err = run("bad.py", "--add-noqa")
    assert (status, out) == (1, "")
    assert "bad.py:3: TML900: no comment could be placed" in err
    assert (project / "bad.py").read_bytes() == BROKEN


def test_bare_add_noqa_takes_no_path_for_its_reason(run: Screen, project: Path) -> None:
    assert run("--add-noqa", "clean.py")[2] == "Silenced 0 findings by comments in 0 files.\n"


def test_reference_has_an_entry_for_every_option() -> None:
    reference = options_markdown()
    entries = {line.split("`")[1] for line in reference.splitlines() if line.startswith("### ")}
    assert entries == {option.key for option in OPTIONS}
    assert "- Default: `{}`" in reference
    assert '- Default: `"full"`' in reference


def test_since_reports_only_what_concerns_changed_lines(run: Screen, project: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=project, check=True, capture_output=True)

    git("init", "-q")
    git("add", "-A")
    git("commit", "-q", "-m", "first")
    assert run(".")[0] == 1
    assert run(".", "--since", "HEAD")[:2] == (0, "")
    (project / "bad.py").write_bytes(BROKEN.replace(b"x =", b"y ="))
    assert run(".", "--since", "HEAD")[0] == 1
    status, _, err = run(".", "--since", "nothing")
    assert status == 2
    assert "git knows no such revision" in err


def test_notebook_is_reported_by_cell_and_line(run: Screen, project: Path) -> None:
    cells = ["import tempfile\nfd, path = tempfile.mkstemp()", "# fine", "x = 1\ndef f(:\n  pass"]
    made = [{"cell_type": "code", "source": cell} for cell in cells]
    (project / "book.ipynb").write_text(json.dumps({"cells": made, "metadata": {}, "nbformat": 4}))
    status, out, _ = run("book.ipynb", "--output-format", "json", "--select", "TML9")
    assert status == 1
    (finding,) = json.loads(out)
    assert (finding["code"], finding["cell"], finding["location"]["row"]) == ("TML900", 3, 2)
    assert "cell 3" in run("book.ipynb", "--select", "TML9")[1]


def test_since_counts_a_changed_notebook_as_a_whole(run: Screen, project: Path) -> None:
    def book(text: str) -> None:
        cells = [
            {"cell_type": "code", "source": cell} for cell in ("import tempfile\ntempfile.mktemp()", text)
        ]
        (project / "book.ipynb").write_text(json.dumps({"cells": cells, "metadata": {}}, indent=1))

    book("x = 1")
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    subprocess.run(["git", "add", "-A"], cwd=project, check=True)
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *identity, "commit", "-q", "-m", "first"], cwd=project, check=True)
    assert run("book.ipynb")[0] == 1
    assert run("book.ipynb", "--since", "HEAD")[0] == 0
    book("x = 2")
    assert run("book.ipynb", "--since", "HEAD")[0] == 1


def test_comments_silence_an_unanalysed_file_only_where_they_can_be_read(run: Screen, project: Path) -> None:
    (project / "bad.py").write_bytes(b"# flake8: noqa\n" + BROKEN)
    assert run("bad.py")[0] == 1
    assert run("bad.py", "--per-file-ignores", "bad.py:TML900")[0] == 0
    syntax = "import tempfile\ntempfile.mkstemp(){}\ndef f(:{}\n"
    for comments in ("", ""), ("  # noqa", ""), ("", "  # noqa: TML900"):
        (project / "syntax.py").write_text(syntax.format(*comments))
        assert run("syntax.py")[0] == (0 if comments[1] else 1)
    (project / "syntax.py").write_text("# flake8: noqa\n" + syntax.format("", ""))
    assert run("syntax.py")[0] == 0
