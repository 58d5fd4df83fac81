"""What `explain` says of ways out agrees with what the analysis finds, on every example of the rule pages."""

from __future__ import annotations

import pytest

from tests.harness.pages import Example, examples_of
from tmpleak_lint import engine
from tmpleak_lint.explaining.account import Account, Outcome
from tmpleak_lint.explaining.compose import Judged, account_of
from tmpleak_lint.model import Event
from tmpleak_lint.ownership.report import reported_of, studies_of
from tmpleak_lint.rules import RULES
from tmpleak_lint.settings import Settings

EXAMPLES = [example for code in RULES for example in examples_of(code)]


def accounts(source: str) -> list[Account]:
    """The accounts of every obligation of a text, under the default rules."""
    project = engine.new_project(Settings(base="."))
    module = project.add(source.encode(), "app.py", None)
    found = {id(one.verdict): one for one in reported_of(project, module) if one.verdict is not None}
    judged = []
    for study in studies_of(project, module):
        for verdict in study.verdicts:
            one = found.get(id(verdict))
            told = (one.finding, one.diagnosis) if one is not None else (None, None)
            judged.append(Judged(verdict, study.owner, *told))
    return [account_of(one, str) for one in judged]


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.code != "TML900"], ids=str)
def test_a_way_leaves_something_behind_exactly_where_there_is_a_finding(example: Example) -> None:
    for account in accounts(example.source):
        left = any(way.outcome is Outcome.LEFT_BEHIND for way in account.ways)
        assert left == bool(account.code), account
        if account.code:
            assert account.path[-1].event is Event.LEFT_BEHIND
            assert account.symptoms
            assert account.stays


def test_examples_hold_both_kinds() -> None:
    found = [account for example in examples_of("TML103") for account in accounts(example.source)]
    assert {bool(account.code) for account in found} == {True, False}
