"""What travels, as JSON and back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tmpleak_lint.engine import Outcome
from tmpleak_lint.model import FileReport, Finding, Location, Span
from tmpleak_lint.run.plain import from_plain, to_plain
from tmpleak_lint.suppression.noqa import UnusedNoqa

outcomes = st.builds(
    Outcome,
    report=st.builds(FileReport, findings=st.lists(st.builds(Finding), max_size=2).map(tuple)),
    unused_noqa=st.lists(st.builds(UnusedNoqa), max_size=2).map(tuple),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(outcomes)
def test_outcome_comes_back_as_it_was(outcome: Outcome) -> None:
    text = json.dumps(to_plain(outcome))
    assert from_plain(Outcome, json.loads(text)) == outcome


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        {"start": {"row": 1, "column": 1}},
        {"start": {"row": "1", "column": 1}, "end": {"row": 1, "column": 2}},
        {"start": {"row": 1, "column": 1}, "end": {"row": 1, "column": 2}, "more": 3},
        {"start": {"row": True, "column": 1}, "end": {"row": 1, "column": 2}},
    ],
)
def test_what_does_not_fit_is_refused(raw: Any) -> None:
    with pytest.raises(ValueError, match=r"expected|not a"):
        from_plain(Span, raw)


def test_default_values_are_left_out() -> None:
    assert to_plain(Outcome(FileReport("a.py"))) == {"report": {"filename": "a.py"}}
    assert to_plain(Location(1, 2)) == {"row": 1, "column": 2}
