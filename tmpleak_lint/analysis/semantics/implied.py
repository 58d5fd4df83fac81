"""What the answer to one condition says of others about the same value: `mode == "w"` leaves no room for `mode == "r"`.

Comes in: conditions, as values of the state, and what was assumed. Goes out: the answer where it is decided. Conditions
about one value are that value itself (is it true?) and its comparisons with constants, literal ones and those that go
by a name in capitals (`Mode.LOCAL`). Not handled: two values that are compared with each other, and what arithmetic
says.
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
        turned = condition.operator in ("==", "is") and _is_written_out(condition.left)
        return condition.right if turned else None
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


def _is_written_out(value: Value) -> bool:
    return _is_constant(value) or (isinstance(value, v.Seq) and all(map(_is_constant, value.items)))


def _is_constant(value: Value) -> bool:
    return isinstance(value, Const) or _name_of(value) is not None


def _name_of(value: Value) -> tuple[object, str] | None:
    """What has a constant under which name, by how it is written: `Mode.LOCAL`. None for anything else."""
    match value:
        case v.Member(base=base, attr=name) | v.Global(module=base, name=name):
            return (base, name) if name.isupper() else None
        case v.Dotted(name=dotted):
            holder, _, name = dotted.rpartition(".")
            return (holder, name) if holder and name.isupper() else None
    return None


def _named(condition: Value) -> tuple[Value, ...]:
    """The constants one of which the value is where the condition holds; none where it isn't held to some."""
    if not isinstance(condition, Test):
        return ()
    if condition.operator in ("==", "is"):
        return next(((side,) for side in (condition.right, condition.left) if _is_constant(side)), ())
    if condition.operator == "in" and isinstance(condition.right, v.Seq):
        return condition.right.items
    return ()


def _agrees(constant: Value, about: list[tuple[Value, bool]]) -> bool:
    """Whether the value may be this constant, by the answers that are known."""
    return all(_of(condition, constant) in (answer, None) for condition, answer in about)


def _of(condition: Value, constant: Value) -> bool | None:
    """The answer to a condition if its value is this constant; None where that can't be told."""
    if not isinstance(condition, Test):
        # Whether `x` is None is asked as whether it is true: of what is false and not None that says nothing.
        value = constant.value if isinstance(constant, Const) else ...
        return None if value is ... or (not value and value is not None) else bool(value)
    named = _named(condition)
    if named:
        answers = {_is_same(constant, each) for each in named}
        return True if True in answers else None if None in answers else False
    return in_order(condition.operator, constant, condition.right)


def _is_same(one: Value, other: Value) -> bool | None:
    """Whether two constants are one; None where it can't be told. Two names of one class or module are two."""
    if isinstance(one, Const) and isinstance(other, Const):
        return one.value == other.value
    first, second = _name_of(one), _name_of(other)
    if first is None or second is None or first[0] != second[0]:
        return None
    return first == second


def in_order(operator: str, left: Value, right: Value) -> bool | None:
    """Whether a number or text comes before or behind another, as the operator asks; None where it asks nothing of the
    kind, or they aren't two of one kind."""
    if operator not in _ORDER or not isinstance(left, Const) or not isinstance(right, Const):
        return None
    one, other = left.value, right.value
    if isinstance(one, int | float) and isinstance(other, int | float):
        return bool(_ORDER[operator](one, other))
    return bool(_ORDER[operator](one, other)) if isinstance(one, str) and isinstance(other, str) else None
