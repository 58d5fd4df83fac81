"""What `explain` says of ways out agrees with what the analysis finds, on every example of the rule pages."""

from __future__ import annotations

import pytest

from tests.rules.pages import Example, examples_of
from tmpleak_lint.analysis.queries.sites import Obligation
from tmpleak_lint.explaining.account import Account, Outcome
from tmpleak_lint.explaining.compose import account_of
from tmpleak_lint.model import Event
from tmpleak_lint.rules import RULES
from tmpleak_lint.session import Session

EXAMPLES = [example for code in RULES for example in examples_of(code)]


def accounts(source: str) -> list[Account]:
    """The accounts of every obligation of a text, under the default rules."""
    analysis = Session().analyse(source.encode(), "app.py", on_disk=False)
    owed = (one for one in analysis.judged if one.verdict and one.verdict.obligation is not Obligation.HANDLE)
    return [account_of(one, str) for one in owed]


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
