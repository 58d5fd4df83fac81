"""Which of several refusals is told."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tmpleak_lint import fixing
from tmpleak_lint.fixing.refusals import Reason, Refusal, Telling, most_telling

OTHER = Reason("no loop makes it", Telling.OTHER_SHAPE)
LAST = Reason("no object keeps it", Telling.OTHER_SHAPE)
PLAIN = Reason("the deletion is guarded")
OFTEN = Reason("the descriptor has no name")
STAYS = Reason("it also stays elsewhere", Telling.STAYS)
FOUND = Reason("TML101 would be new", Telling.FOUND)


@pytest.mark.parametrize(
    ("reasons", "told"),
    [
        ([], "there is no rewrite for this rule"),
        ([OTHER, LAST], LAST.text),
        ([OTHER, PLAIN, LAST], PLAIN.text),
        ([PLAIN, OFTEN, OFTEN], OFTEN.text),
        ([PLAIN, PLAIN, STAYS, OTHER], STAYS.text),
        ([STAYS, FOUND], FOUND.text),
        ([FOUND, Reason("TML102 would be new", Telling.FOUND)], FOUND.text),
    ],
)
def test_most_telling_is_told(reasons: list[Reason], told: str) -> None:
    assert most_telling(reasons) == told


def test_refusal_carries_its_reason() -> None:
    assert Refusal("it is used").reason == Reason("it is used", Telling.PLAIN)
    assert str(Refusal("it is used", Telling.USED)) == "it is used"


def test_what_says_only_which_rewrite_it_is_not_is_told_last() -> None:
    """Such texts begin with "no": `no with makes it`."""
    said = [
        (file.name, call)
        for file in sorted((Path(fixing.__file__).parent).rglob("*.py"))
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("Unfit", "Reason", "Refusal")
        and isinstance(text := call.args[0], ast.Constant)
        and str(text.value).startswith("no ")
    ]
    assert len(said) > 10
    assert [
        (name, ast.unparse(call))
        for name, call in said
        if len(call.args) < 2 or ast.unparse(call.args[1]) != "Telling.OTHER_SHAPE"
    ] == []
