"""The examples of the rule pages do what the pages say, when run for real under injected faults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.oracle.snippets import Run, describe, explore
from tests.rules.pages import Example, all_examples

# TML501 is about a race and TML900 about files that can't be read: their pages say that nothing runs.
NOT_RUN = frozenset({"TML501", "TML900"})

# What an example of the rule must be seen to leave, in at least one run.
LEAVES: dict[str, Callable[[Run], bool]] = {
    "TML301": lambda run: bool(run.descriptors),
    "TML302": lambda run: bool(run.descriptors),
    "TML401": lambda run: bool(run.left_at_exit) and not run.left,
    "TML402": lambda run: bool(run.left_at_exit) and not run.left,
    "TML404": lambda run: bool(run.refused),
}
# Rules about ordinary ways out: no fault is needed. For the second set a fault is.
LEAK_WITHOUT_FAULT = frozenset(
    {"TML101", "TML104", "TML105", "TML106", "TML108", "TML109", "TML205", "TML301", "TML402", "TML403"}
)
LEAK_ONLY_UNDER_FAULT = frozenset(
    {"TML102", "TML103", "TML107", "TML201", "TML202", "TML203", "TML302", "TML401"}
)

RUN = [example for example in all_examples() if example.code not in NOT_RUN]
LEAKING = [example for example in RUN if example.kind == "leaking"]
TIGHT = [example for example in RUN if example.kind != "leaking"]


def leaves_a_file(run: Run) -> bool:
    return bool(run.left)


@pytest.mark.parametrize("example", LEAKING, ids=str)
def test_leaking_example_leaves_what_its_rule_is_about(example: Example, tmp_path: Path) -> None:
    leaves = LEAVES.get(example.code, leaves_a_file)
    runs = explore(example.source, tmp_path, example.entry)
    without_fault = [run for run in runs if run.fault is None]
    assert any(leaves(run) for run in runs), f"{example} leaves nothing in {len(runs)} runs"
    if example.code in LEAK_WITHOUT_FAULT:
        assert any(leaves(run) for run in without_fault)
    if example.code in LEAK_ONLY_UNDER_FAULT:
        assert not any(leaves(run) for run in without_fault), describe(without_fault)
    if example.code != "TML204":  # a finally that trips over itself needs no injected fault
        assert not any(run.crash for run in runs), describe(runs)


@pytest.mark.parametrize("example", [e for e in LEAKING if e.code == "TML202"], ids=str)
def test_narrow_except_example_leaks_under_some_exceptions_only(example: Example, tmp_path: Path) -> None:
    runs = [run for run in explore(example.source, tmp_path, example.entry) if run.fault]
    leaking = {run.fault.error for run in runs if run.fault and run.left}
    tight = {run.fault.error for run in runs if run.fault and run.fault.index > 0 and not run.left}
    assert leaking
    assert tight - leaking


@pytest.mark.parametrize("example", TIGHT, ids=str)
def test_holding_and_fixed_examples_leave_nothing_under_any_fault(example: Example, tmp_path: Path) -> None:
    runs = explore(example.source, tmp_path, example.entry)
    assert any(run.fault for run in runs)
    assert all(run.clean and not run.crash for run in runs), describe(runs)
    if example.code == "TML401":
        assert not any(run.left_at_exit for run in runs), "left to the garbage collector after all"
    if example.code == "TML402" and example.kind == "fixed":
        assert not any(run.left_at_exit for run in runs), "left to atexit after all"
    if example.code == "TML404":
        assert not any(run.refused for run in runs), "Windows would refuse"
