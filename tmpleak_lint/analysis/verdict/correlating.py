"""Which conditions of a body are worth remembering: those whose answer says something of what is asked elsewhere.

Comes in: what a walk has found. Goes out: conditions for the next walk of the same body, `MAX_ATOMS` at most; each of
them doubles the states that are told apart.
"""

from __future__ import annotations

from collections.abc import Sequence

from tmpleak_lint.analysis.domain import symbols
from tmpleak_lint.analysis.domain.values import Ref, Value
from tmpleak_lint.analysis.explore.explorer import Result
from tmpleak_lint.analysis.semantics.implied import implied, subject_of
from tmpleak_lint.bounds import MAX_ATOMS, MOST_TELLING
from tmpleak_lint.flow.dataflow import EVERY, reached
from tmpleak_lint.flow.graph import Code


def atoms_of(code: Code, result: Result) -> frozenset[Value]:
    """Conditions that are tested in two places, or decide another one further on: only they can correlate."""
    twice = [
        value
        for value, spans in result.tested.items()
        if len(spans) > 1 and not _asks_for_another_file(value)
    ]
    about: dict[Value, list[Value]] = {}  # the conditions that are about each value
    for value in result.asked:
        if (subject := subject_of(value)) is not None:
            about.setdefault(subject, []).append(value)
    # Of a long chain of them each would be compared with each, in every walk.
    groups = sorted((each for each in about.values() if 1 < len(each) <= MOST_TELLING), key=len)
    several = [value for each in groups for value in each]
    telling = [
        value
        for value in several[:MOST_TELLING]
        if _decides_another(code, result, value, about[subject_of(value)])  # type: ignore[index]
    ]
    ranked = dict.fromkeys([*sorted(twice, key=repr), *sorted(telling, key=repr)])
    return frozenset(list(ranked)[:MAX_ATOMS])


def _decides_another(code: Code, result: Result, condition: Value, about: Sequence[Value]) -> bool:
    """Whether an answer to a condition decides another one of those about the same value that is tested behind it:
    `mode == "w"`, and then `mode == "r"`."""
    others = [each for each in about if each != condition]
    for answer in (True, False):
        decided = {
            index
            for each in others
            if implied(each, {condition: answer}) is not None
            for index, _ in result.asked[each]
        }
        sides = [
            node.next if answer is onward else node.alt
            for index, onward in result.asked[condition]
            for node in (code.nodes[index],)
        ]
        if decided and not decided.isdisjoint(reached(code.nodes, sides, EVERY)):
            return True
    return False


def _asks_for_another_file(condition: Value) -> bool:
    """Whether a condition asks whether another file of the body exists."""
    match condition:
        case symbols.Existence(of=Ref(obj=obj)):
            return obj > 0
    return False
