"""The linter reports what the rule pages mark: that code, on that line, and nothing besides."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracle.snippets import explore
from tests.rules.pages import Example, all_examples
from tmpleak_lint.engine import check_source
from tmpleak_lint.model import Event, Finding
from tmpleak_lint.rules import RULES
from tmpleak_lint.settings import Settings

EXAMPLES = all_examples()
LEAKING = [example for example in EXAMPLES if example.kind == "leaking"]
OPT_IN = [example for example in EXAMPLES if not RULES[example.code].default_on]
# The fault sits in the snippet itself, so the witness can be held against the runs that really leak.
FAULT_IN_SNIPPET = frozenset({"TML102", "TML103", "TML201", "TML202", "TML203", "TML302"})


def findings_in(example: Example, select: tuple[str, ...] = ()) -> list[Finding]:
    settings = Settings(base=".", select=select) if select else None
    return list(check_source(example.source, settings=settings).findings)


def places(findings: list[Finding]) -> list[tuple[int, str]]:
    return sorted((finding.span.start.row, finding.code) for finding in findings)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_default_run_reports_the_marks_and_nothing_else(example: Example) -> None:
    expected = sorted(mark for mark in example.marks if RULES[mark[1]].default_on)
    assert places(findings_in(example)) == expected


@pytest.mark.parametrize("example", OPT_IN, ids=str)
def test_opt_in_code_reports_the_marks_when_selected(example: Example) -> None:
    assert places(findings_in(example, (example.code,))) == sorted(example.marks)


@pytest.mark.parametrize("example", [e for e in LEAKING if e.code not in {"TML501", "TML900"}], ids=str)
def test_witness_goes_from_the_creation_to_what_is_left_behind(example: Example) -> None:
    select = () if RULES[example.code].default_on else (example.code,)
    for finding in findings_in(example, select):
        assert finding.steps[0].event is Event.CREATED
        assert finding.steps[-1].event is Event.LEFT_BEHIND
        assert all(step.message for step in finding.steps)
        assert finding.function
        assert finding.tier == RULES[example.code].tier
        assert finding.name == RULES[example.code].name


@pytest.mark.parametrize("example", [e for e in LEAKING if e.code in FAULT_IN_SNIPPET], ids=str)
def test_witness_is_a_path_on_which_the_example_really_leaks(example: Example, tmp_path: Path) -> None:
    runs = explore(example.source, tmp_path, example.entry)
    leaking_rows = {run.fault.row for run in runs if run.fault and not run.clean}
    findings = findings_in(example)
    assert findings
    for finding in findings:
        risky_rows = [step.span.start.row for step in finding.steps if step.event is Event.RISKY]
        assert risky_rows
        assert risky_rows[-1] in leaking_rows
