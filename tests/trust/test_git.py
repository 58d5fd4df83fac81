"""`--since` asks git: what the user types is never an option of git, and what a repository names is not run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tmpleak_lint.cli import main

pytestmark = pytest.mark.skipif(
    shutil.which("git") is None or sys.platform == "win32", reason="needs git, and scripts that it could run"
)
LEAK = "import tempfile\n\n\ndef f(use):\n    path = tempfile.mkdtemp()\n    use(path)\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    top = tmp_path / "top"
    top.mkdir()
    monkeypatch.chdir(top)
    git("init", "-q")
    (top / "a.py").write_text(LEAK)
    git("add", "-A")
    git("-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "first")
    (top / "a.py").write_text(LEAK.replace("use(path)", "use(path, 1)"))
    return top


def git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True, capture_output=True)


@pytest.mark.parametrize(
    "ref",
    [
        "--output=made", "-Omade", "--ext-diff", "--upload-pack=touch made", "--exec=touch made", "--help",
        "-", "",         "HEAD; touch made", "$(touch made)", "`touch made`", "HEAD\ntouch made", "HEAD --output=made",
        "@{upstream}", "...",         "--all...", ":/first --output=made",
    ],
)  # fmt: skip
def test_reference_is_never_an_option_and_never_a_command(
    repository: Path, capsys: pytest.CaptureFixture[str], ref: str
) -> None:
    assert main(["--isolated", f"--since={ref}", "."]) == 2
    assert capsys.readouterr().err.startswith("tmpleak-lint: error: --since ")
    assert sorted(each.name for each in repository.iterdir()) == [".git", "a.py"]


def test_two_dashes_are_no_reference(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--isolated", "--since=--", "."])
    assert ended.value.code == 2
    assert "--since=--: -- is no value" in capsys.readouterr().err


def test_what_the_repository_names_is_not_run(repository: Path, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/made\n")
    script.chmod(0o755)
    for name in (
        "core.fsmonitor",
        "diff.external",
        "diff.x.textconv",
        "diff.x.command",
        "core.pager",
        "pager.diff",
    ):
        git("config", name, str(script))
    for name in ("post-index-change", "fsmonitor-watchman", "post-checkout"):
        shutil.copy(script, repository / ".git" / "hooks" / name)
    (repository / ".gitattributes").write_text("*.py diff=x\n")
    assert main(["--isolated", "--since", "HEAD", "."]) == 1
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("attribute", ["-diff", "binary", "-text", "diff=x"])
def test_a_file_that_the_repository_calls_no_text_counts_where_it_changed(
    repository: Path, capsys: pytest.CaptureFixture[str], attribute: str
) -> None:
    (repository / ".gitattributes").write_text(f"* {attribute}\n")
    git("config", "diff.x.binary", "true")
    assert main(["--isolated", "--since", "HEAD", "--output-format", "concise", "."]) == 1
    assert "a.py:5:12: TML101" in capsys.readouterr().out


def test_without_since_no_program_is_started(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **named: object) -> None:
        raise AssertionError(f"started: {arguments}")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    for arguments in (
        ["."],
        ["--diff", "--unsafe-fixes", "."],
        ["explain", "a.py:5"],
        ["simulate", "a.py:5"],
    ):
        assert main([*arguments, "--isolated"]) in (0, 1)
