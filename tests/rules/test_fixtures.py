"""The fixtures leak where their marks say, for the linter and when run; the holding ones don't."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.oracle.snippets import Run, describe, explore
from tests.rules.pages import marks_of
from tests.rules.test_examples_run import LEAVES, NOT_RUN, leaves_a_file
from tmpleak_lint.creations import losses_of
from tmpleak_lint.engine import check_source
from tmpleak_lint.rules import RULES
from tmpleak_lint.settings import Settings

FIXTURES = Path(__file__).parents[2] / "fixtures"
LEAKY = sorted((FIXTURES / "leaky").glob("*.py"))
HOLDING = sorted((FIXTURES / "holding").glob("*.py"))
EVERY_CODE = Settings(base=".", select=("TML",))


def functions_of(file: Path) -> dict[str, tuple[int, int]]:
    """The functions that a run can start with: public, at the module's level, with their rows."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {
        node.name: (node.lineno, node.end_lineno or node.lineno)
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def leaky_functions() -> list[tuple[Path, str, str]]:
    """(file, function, code) for every mark inside a function of the module."""
    found = []
    for file in LEAKY:
        marks = marks_of(file.read_text(encoding="utf-8"))
        if any(code in NOT_RUN for _, code in marks):
            continue
        for name, (first, last) in functions_of(file).items():
            found += [(file, name, code) for row, code in marks if first <= row <= last]
    return found


def left_by(file: Path, entry: str, scratch: Path) -> list[Run]:
    return explore(file.read_text(encoding="utf-8"), scratch, entry)


def lost_in(source: str, settings: Settings | None = None) -> list[tuple[int, str]]:
    """Each place where a file is lost, with its code: one creation may be lost by several callers."""
    found = check_source(source, settings=settings).findings
    return sorted((loss.span.start.row, loss.code) for finding in found for loss in losses_of(finding))


@pytest.mark.parametrize("file", LEAKY, ids=lambda file: file.stem)
def test_leaky_fixture_is_reported_at_its_marks(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    assert lost_in(source, EVERY_CODE) == sorted(marks_of(source))


@pytest.mark.parametrize("file", LEAKY, ids=lambda file: file.stem)
def test_leaky_fixture_shows_default_codes_without_asking(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    expected = sorted(mark for mark in marks_of(source) if RULES[mark[1]].default_on)
    assert lost_in(source) == expected


@pytest.mark.parametrize("file", HOLDING, ids=lambda file: file.stem)
def test_holding_fixture_is_clean_of_every_code(file: Path) -> None:
    assert check_source(file.read_text(encoding="utf-8"), settings=EVERY_CODE).findings == ()


@pytest.mark.parametrize(
    ("file", "entry", "code"), leaky_functions(), ids=lambda part: getattr(part, "stem", part)
)
def test_leaky_fixture_really_leaks(file: Path, entry: str, code: str, tmp_path: Path) -> None:
    leaves = LEAVES.get(code, leaves_a_file)
    assert any(leaves(run) for run in left_by(file, entry, tmp_path))


@pytest.mark.parametrize("file", HOLDING, ids=lambda file: file.stem)
def test_holding_fixture_leaves_nothing_under_any_fault(file: Path, tmp_path: Path) -> None:
    entries = [name for name in functions_of(file) if name not in {"make_temp", "process", "resize"}]
    assert entries
    for entry in entries:
        runs = left_by(file, entry, tmp_path)
        assert any(run.fault for run in runs)
        assert all(run.clean and not run.crash for run in runs), f"{entry}: {describe(runs)}"


def test_every_leaky_program_has_its_holding_twin() -> None:
    assert {file.name for file in HOLDING} == {file.name for file in LEAKY} - {"half_written.py"}
