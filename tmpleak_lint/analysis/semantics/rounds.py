"""Loops over `range`: which conditions ask whether this round is the last one.

`for attempt in range(tries): … if attempt == tries - 1: raise` has another round wherever it goes on. Comes in: a body.
Goes out: for what its branches ask, the loop, and with which answer there is another round. Not handled: steps, and
loops over anything else.
"""

from __future__ import annotations

from collections.abc import Iterator

from tmpleak_lint.analysis.domain.state import State
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.bounds import WRAPPED
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code

# What is answered where there is another round.
_ANOTHER = {"==": False, ">=": False, "<": True, "!=": True}
# How it reads from the other side; what isn't asked from the first one stands for itself.
_TURNED = {">": "<", "<=": ">="}


def note_round(project: Project, code: Code, condition: int, yes: State, no: State) -> None:
    """A branch is taken either way: where it says that another round comes, the loop doesn't end before that."""
    asked = _asked_for_last(project, code).get(condition)
    if asked is not None:
        loop, answer = asked
        state = yes if answer else no
        state.advance(loop, state.cursor(loop)._replace(first=True))


def asks_for_last(project: Project, code: Code, loop: int) -> bool:
    """Whether a loop asks which round is the last: who counts tries like that tries once at least."""
    return any(begins == loop for begins, _ in _asked_for_last(project, code).values())


@question()
def _asked_for_last(project: Project, code: Code) -> dict[int, tuple[int, bool]]:
    """By the temporary that a branch asks: the node at which its loop begins, and the answer with another round."""
    if not any(isinstance(node.op, g.Load) and node.op.name == "range" for node in code.nodes):
        return {}
    made = {dest: node.op for node in code.nodes if (dest := getattr(node.op, "dest", None)) is not None}
    found = {}
    for loop, variable, stop in _counted(code, made):
        end, last = _reads(stop, made), _before(stop, made)
        for node in code.nodes:
            op = node.op
            if not isinstance(op, g.Compare) or op.operator not in (*_ANOTHER, *_TURNED) or not end:
                continue
            left, right, operator = _reads(op.left, made), _reads(op.right, made), op.operator
            if right == variable:
                left, right, operator = right, left, _TURNED.get(operator, operator)
            asks = (left == variable and right in last) or (left == f"({variable} Add 1)" and right == end)
            if asks and operator in _ANOTHER:
                found[op.dest] = (loop, _ANOTHER[operator])
    return found


def _counted(code: Code, made: dict[int, g.Op]) -> Iterator[tuple[int, str, int]]:
    """The loops over a range: where each begins, its variable, which nothing else fills, and the end of the range."""
    begins = {node.op.dest: index for index, node in enumerate(code.nodes) if isinstance(node.op, g.Iterate)}
    stores = [node.op for node in code.nodes if isinstance(node.op, g.Store)]
    for node in code.nodes:
        begun = made.get(node.op.iterator) if isinstance(node.op, g.Next) else None
        called = made.get(begun.src) if isinstance(begun, g.Iterate) else None
        if not isinstance(called, g.Call) or not isinstance(node.op, g.Next):
            continue
        func, given = made.get(called.func), called.args
        if not isinstance(func, g.Load) or func.name != "range" or not 1 <= len(given) <= 2:
            continue
        if any(each.keyword is not None or each.star for each in given):
            continue
        for variable in {store.name for store in stores if store.src == node.op.dest}:
            others = [store for store in stores if store.name == variable]
            if all(isinstance(made.get(store.src), g.Next) for store in others):
                yield begins[node.op.iterator], variable, given[-1].value


def _before(temp: int, made: dict[int, g.Op]) -> tuple[str, ...]:
    """How one less may read."""
    op = made.get(temp)
    if isinstance(op, g.Const):
        return (str(op.value - 1),) if isinstance(op.value, int) else ()
    found = [f"({_reads(temp, made)} Subtract 1)"]
    if isinstance(op, g.Binary) and op.operator == "Add":
        sides = {_reads(op.left, made), _reads(op.right, made)}
        found += sides - {"1"} if "1" in sides else ()
    return tuple(each for each in found if each)


def _reads(temp: int, made: dict[int, g.Op], levels: int = WRAPPED) -> str:
    """How an expression of names, attributes, numbers and calls reads; "" for any other."""
    op = made.get(temp) if levels else None
    match op:
        case g.Const(value=int() as value):
            return str(value)
        case g.Load(name=name):
            return name
        case g.GetAttr(obj=obj, attr=attr):
            base = _reads(obj, made, levels - 1)
            return f"{base}.{attr}" if base else ""
        case g.Binary(operator=operator, left=left, right=right):
            sides = [_reads(side, made, levels - 1) for side in (left, right)]
            return f"({sides[0]} {operator} {sides[1]})" if all(sides) else ""
        case g.Call(func=func, args=(only,)) if only.keyword is None and not only.star:
            parts = [_reads(part, made, levels - 1) for part in (func, only.value)]
            return f"{parts[0]}({parts[1]})" if all(parts) else ""
    return ""
