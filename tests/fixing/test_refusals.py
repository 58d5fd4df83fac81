"""Which of several refusals is told."""

from __future__ import annotations

import pytest

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
