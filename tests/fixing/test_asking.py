"""`--fix --ask`: each fix is asked for once, from the top of a file down, and only what is agreed to is written."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tmpleak_lint.cli import main

SOURCE = """\
import os
import tempfile


def first(job):
    a = tempfile.mkdtemp("a")
    job("a")
    os.rmdir(a)


def second(job):
    b = tempfile.mkdtemp("b")
    job("b")
    c = tempfile.mkdtemp("c")
    job("c")
    os.rmdir(c)
    os.rmdir(b)


def third(job):
    d = tempfile.mkdtemp("d")
    job("d")
    os.rmdir(d)
"""
Ask = Callable[..., tuple[list[str], str]]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Runs `--fix --ask` with an answer for each directory; gives them in the order of the questions, and what the
    file holds afterwards. The headline of a question names the statement that raises, and with it the directory."""
    file = tmp_path / "app.py"
    monkeypatch.chdir(tmp_path)

    def run(**answers: str) -> tuple[list[str], str]:
        file.write_text(SOURCE)
        asked: list[str] = []

        def answer(_question: str) -> str:
            headlines = re.findall(
                r"""^app\.py:\d+: TML\d+ .*`job\("(\w)"\)`""", capsys.readouterr().out, re.MULTILINE
            )
            asked.append(headlines[-1])
            return answers[headlines[-1]]

        monkeypatch.setattr("builtins.input", answer)
        main(["--fix", "--ask", "--isolated", "app.py"])
        return asked, file.read_text()

    return run


def is_fixed(text: str, name: str) -> bool:
    """Whether the deletion of this directory stands in a `finally` now."""
    return re.search(rf"^( *)finally:\n\1    os\.rmdir\({name}\)", text, re.MULTILINE) is not None


def test_questions_come_from_the_top_down_and_each_once(ask: Ask) -> None:
    asked, text = ask(a="n", b="n", c="n", d="n")
    assert asked == ["a", "b", "c", "d"]
    assert text == SOURCE


def test_what_was_declined_is_not_asked_again_after_a_fix_that_moves_it(ask: Ask) -> None:
    asked, text = ask(a="y", b="n", c="y", d="n")
    assert asked == ["a", "b", "c", "d"]
    assert [name for name in "abcd" if is_fixed(text, name)] == ["a", "c"]


def test_all_stands_for_every_later_question(ask: Ask) -> None:
    asked, text = ask(a="n", b="a")
    assert asked == ["a", "b"]
    assert [name for name in "abcd" if is_fixed(text, name)] == ["b", "c", "d"]


def test_quit_writes_what_was_agreed_to(ask: Ask) -> None:
    asked, text = ask(a="y", b="q")
    assert asked == ["a", "b"]
    assert [name for name in "abcd" if is_fixed(text, name)] == ["a"]
