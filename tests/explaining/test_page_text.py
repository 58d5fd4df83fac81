"""A rule's page on a terminal: everything that the page says, drawn; in a pipe the page itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tmpleak_lint.cli.explain import main
from tmpleak_lint.explaining.page_text import page_text
from tmpleak_lint.reporting import RenderContext
from tmpleak_lint.reporting.text import width
from tmpleak_lint.rules import RULES, page

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
WORD = re.compile(r"\w+")


def drawn(text: str, *, color: bool, columns: int = 72) -> str:
    context = RenderContext(
        color=color, links=False, width=columns, base=Path(), source=lambda filename, cell: None
    )
    return page_text(text, context)


@pytest.mark.parametrize("code", RULES)
def test_page_keeps_its_words_and_fits_the_terminal(code: str) -> None:
    for color in (False, True):
        text = ESCAPE.sub("", drawn(page(code), color=color))
        prose = re.sub(r"^```.*$", "", page(code), flags=re.MULTILINE)
        said = [word for word in WORD.findall(text) if word not in ("leaks", "holds", "fixed")]
        assert said == [word for word in WORD.findall(prose) if word not in ("leaks", "holds", "fixed")]
        assert "```" not in text
        outside = [line for line in text.splitlines() if not line.startswith("  |")]
        assert all(width(line) <= 72 or " " not in line.strip() for line in outside)


def test_code_that_goes_over_a_line_is_painted_on_both() -> None:
    text = drawn("word " * 12 + "`one two three`", color=True)
    first, second = text.rstrip("\n").split("\n")
    assert first.endswith(("\x1b[36mone two\x1b[0m", "\x1b[36mone\x1b[0m"))
    assert second.startswith("\x1b[36m") and "`" not in text


def test_pipe_gets_the_page_and_colour_draws_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["TML103"]) == 0
    assert capsys.readouterr().out == page("TML103")
    assert main(["TML103", "--color", "always"]) == 0
    out = capsys.readouterr().out
    assert "\x1b[1mTML103 deleted-on-last-line\x1b[0m" in out
    assert "\x1b[1;31m  leaks\x1b[0m" in out and "\x1b[1;32m  holds\x1b[0m" in out
