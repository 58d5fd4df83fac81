"""The terminal's picture: no line is wider than the terminal, or the next frame would not cover it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.simulation.programs import happy_path
from tmpleak_lint.reporting.text import width
from tmpleak_lint.simulation.engine import NoStore, Run, Settings
from tmpleak_lint.simulation.player import Screen
from tmpleak_lint.simulation.program import SourceLine
from tmpleak_lint.simulation.text import cut

WIDE = "日本語テキスト" * 20


@pytest.mark.parametrize("columns", [40, 61, 120])
def test_no_line_is_wider_than_the_terminal_whatever_its_script(columns: int) -> None:
    program = happy_path()
    program = replace(
        program,
        source=tuple(SourceLine(line.number, f"    x = '{WIDE}'") for line in program.source),
        nodes=tuple(replace(node, label=f"{WIDE}()") for node in program.nodes),
    )
    settings = Settings(requests=10, failure_ppm=500_000)
    screen = Screen([program], settings, "as written", (columns, 60), color=False)
    frames = [screen.draw(frame) for frame in Run([program], settings, NoStore()).frames()]
    assert max(width(line) for lines in frames for line in lines) < columns
    assert len({len(lines) for lines in frames}) == 1
    assert columns == 40 or any(line.endswith(", 1 orphan") for lines in frames for line in lines)


def test_cut_counts_cells() -> None:
    assert cut("abc", 2) == "ab"
    assert cut("日本", 3) == "日"
    assert cut("e\u0301e\u0301", 1) == "e\u0301"
    assert cut("short", 80) == "short"
