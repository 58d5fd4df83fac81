"""What the answer to one condition says of others about the same value: `mode == "w"` leaves no room for `mode == "r"`.

Comes in: conditions, as values of the state, and what was assumed. Goes out: the answer where it is decided. Conditions
about one value are that value itself (is it true?) and its comparisons with constants. Not handled: two values that
are compared with each other, and what arithmetic says.
"""

from __future__ import annotations

import operator as operators
from collections.abc import Mapping

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.values import Const, Sym, Test, Value

_ORDER = {"<": operators.lt, "<=": operators.le, ">": operators.gt, ">=": operators.ge}


def subject_of(condition: Value) -> Value | None:
    """The value that a condition is about; None where it isn't about one alone."""
    if isinstance(condition, Test):
        if _is_written_out(condition.right):
            return condition.left
        return (
            condition.right
            if condition.operator in ("==", "is") and _is_written_out(condition.left)
            else None
        )
    return condition if isinstance(condition, Sym | v.Member | v.Item | v.Global) else None


def implied(condition: Value, assumed: Mapping[Value, bool]) -> bool | None:
    """The answer to a condition that follows from others about the same value, None where none does."""
    subject = subject_of(condition)
    if subject is None:
        return None
    about = [(each, answer) for each, answer in assumed.items() if subject_of(each) == subject]
    if not about:
        return None
    possible = next((_named(each) for each, answer in about if answer and _named(each)), None)
    if possible is None:
        # Equal to what contradicts an answer is not what it is.
        named = _named(condition)
        return False if named and not any(_agrees(each, about) for each in named) else None
    answers = {_of(condition, each) for each in possible if _agrees(each, about)}
    return answers.pop() if len(answers) == 1 else None


def _is_written_out(value: object) -> bool:
    return isinstance(value, Const) or (
        isinstance(value, v.Seq) and all(isinstance(each, Const) for each in value.items)
    )


def _named(condition: Value) -> tuple[Const, ...]:
    """The constants one of which the value is where the condition holds; none where it isn't held to some."""
    if not isinstance(condition, Test):
        return ()
    for side in (condition.right, condition.left):
        if isinstance(side, Const) and condition.operator in ("==", "is"):
            return (side,)
        if isinstance(side, v.Seq) and condition.operator == "in":
            return tuple(each for each in side.items if isinstance(each, Const))
    return ()


def _agrees(constant: Const, about: list[tuple[Value, bool]]) -> bool:
    """Whether the value may be this constant, by the answers that are known."""
    return all(_of(condition, constant) in (answer, None) for condition, answer in about)


def _of(condition: Value, constant: Const) -> bool | None:
    """The answer to a condition if its value is this constant; None where that can't be told."""
    value = constant.value
    if not isinstance(condition, Test):
        # Whether `x` is None is asked as whether it is true: of what is false and not None that says nothing.
        return bool(value) if value or value is None else None
    named = _named(condition)
    if named:
        return any(each.value == value for each in named)
    if condition.operator in _ORDER and isinstance(condition.right, Const):
        return _compared(condition.operator, value, condition.right.value)
    return None


def _compared(name: str, one: object, other: object) -> bool | None:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return bool(_ORDER[name](one, other))
    return bool(_ORDER[name](one, other)) if isinstance(one, str) and isinstance(other, str) else None
