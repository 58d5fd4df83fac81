"""Does a way lead through what runs on another system than POSIX alone?

Comes in: a body and a way through it, or where it makes a file. Goes out: the row of the condition that is true only
on Windows, None without one. What `delete=` is told by such a condition is asked elsewhere (`queries.delete_option`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.dataflow import reached
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge.words import OTHER_SYSTEMS

_IS, _IS_NOT = frozenset({"==", "is", "in"}), frozenset({"!=", "is not", "not in"})


@question()
def names_other_system(project: Project, code: Code) -> bool:
    """Whether a body asks for another system at all."""
    return any(
        isinstance(node.op, g.Const)
        and isinstance(node.op.value, str)
        and node.op.value.lower() in OTHER_SYSTEMS
        for node in code.nodes
    )


def asked_for_other_system(code: Code, way: Sequence[int]) -> int | None:
    """The row on which the way takes the branch of another system."""
    made = {dest: node.op for node in code.nodes if (dest := getattr(node.op, "dest", None)) is not None}
    for index, after in pairwise(way):
        node = code.nodes[index]
        if not isinstance(node.op, g.Branch):
            continue
        says = _says_other(made, node.op.cond)
        if says is not None and after == (node.next if says else node.alt) and node.next != node.alt:
            return node.span.start.row
    return None


@question()
def made_on_other_system(project: Project, code: Code, made_at: frozenset[int]) -> int | None:
    """The row of a condition without whose branch for another system these nodes aren't reached."""
    made = {dest: node.op for node in code.nodes if (dest := getattr(node.op, "dest", None)) is not None}
    for node in code.nodes:
        says = _says_other(made, node.op.cond) if isinstance(node.op, g.Branch) else None
        if says is None or node.next == node.alt:
            continue
        if not made_at & reached(code.nodes, (node.alt if says else node.next,)) and made_at & reached(
            code.nodes, (node.next if says else node.alt,)
        ):
            return node.span.start.row
    return None


def _says_other(made: dict[int, g.Op], cond: int) -> bool | None:
    """Which outcome of a condition means another system, None where neither does."""
    match made.get(cond):
        case g.Not(src=src):
            inner = _says_other(made, src)
            return None if inner is None else not inner
        case g.Compare(operator=operator, left=left, right=right):
            if not any(_names_other(made, temp) for temp in (left, right)):
                return None
            return True if operator in _IS else False if operator in _IS_NOT else None
        case g.Call(func=func, args=args):
            method = made.get(func)
            asks = isinstance(method, g.GetAttr) and method.attr == "startswith"
            return True if asks and any(_names_other(made, a.value) for a in args) else None
    return None


def _names_other(made: dict[int, g.Op], temp: int) -> bool:
    match made.get(temp):
        case g.Const(value=value):
            return isinstance(value, str) and value.lower() in OTHER_SYSTEMS
        case g.Build(items=items):
            return bool(items) and all(_names_other(made, item) for item in items)
    return False
