"""Closures bind late: one that is registered in a loop deletes what its variable holds when it is called.

Comes in: a callable that is registered, a variable that is bound again. Goes out: notes in the state: the deletion
hangs on a variable, and the variable holds another file by now. A default (`lambda path=path: ...`) binds at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.heap import Stored
from tmpleak_lint.analysis.domain.state import State, alive
from tmpleak_lint.analysis.explore.explorer import Explorer
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.sites import Obligation
from tmpleak_lint.analysis.semantics.holding import loaded_names
from tmpleak_lint.analysis.semantics.inside import free
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.dataflow import reached
from tmpleak_lint.flow.graph import Code, Node


class LateBound(NamedTuple):
    """What deletes the file, once it is called, reads this variable. `by`: the stack that calls it as it unwinds."""

    name: str
    by: object = None
    lost_at: int = g.NO_EDGE  # where another file got its name


def binds_late(explorer: Explorer, func: v.Value, state: State, by: object = None) -> bool:
    """Whether a callable that is registered in a loop deletes the file only as long as a variable holds it; a note is
    made of that."""
    if not isinstance(func, v.Func) or func.code is None or explorer.depth or not alive(state):
        return False
    if explorer.obligation is not Obligation.NAME or explorer.tracked is None:
        return False
    own = dict(func.cells)  # of a body that has ended: nobody binds them again
    names = [
        n for n in sorted(free(func.code) - own.keys()) if n in state and explorer.holds(state[n], state)
    ]
    if len(names) != 1 or not _is_made_again(explorer.project, explorer.code, min(explorer.tracked.nodes)):
        return False
    state.note(LateBound(names[0], by))
    return True


def is_called_in_time(state: State, by: object) -> bool:
    """Whether what is to call the deletion does so now, while the variable still holds the file."""
    late = state.noted(LateBound)
    return late is not None and late.by == by and late.lost_at == g.NO_EDGE


def close_over(explorer: Explorer, state: State) -> None:
    """A body ends: what functions it has made, and gives or leaves in containers and objects, keep of its variables."""
    state.result = with_cells(explorer, state.result, state) if state.result is not None else None
    for slot, stored in [*state.heap.slots.items()]:
        kept: Stored = (
            tuple((key, with_cells(explorer, item, state)) for key, item in stored)
            if isinstance(stored, tuple)
            else with_cells(explorer, stored, state)
        )
        if kept != stored:
            state.put(slot, kept)


def with_cells(
    explorer: Explorer, value: v.Value, state: State, within: frozenset[Code] = frozenset()
) -> v.Value:
    """A value whose functions have the variables of this body that lead to the file."""
    match value:
        case v.Func(code=Code() as code, cells=()) if code not in within:
            cells = tuple(
                (name, with_cells(explorer, state[name], state, within | {code}))
                for name in sorted(loaded_names(code))
                if name in state and explorer.holds(state[name], state)
            )
            return replace(value, cells=cells) if cells else value
        case v.Seq(items=items):
            return v.Seq(tuple(with_cells(explorer, each, state, within) for each in items))
        case v.Partial(func=func, args=args):
            bound = tuple(with_cells(explorer, each, state, within) for each in args)
            return replace(value, func=with_cells(explorer, func, state, within), args=bound)
    return value


def note_bound_again(state: State, name: str, node: Node) -> None:
    """Write down that the variable holds something else from here on."""
    late = state.noted(LateBound)
    if late is not None and late.name == name and late.lost_at == g.NO_EDGE:
        state.note(late._replace(lost_at=node.index))


def is_kept_by_closure(state: State) -> bool:
    """Whether a closure deletes the file in the end; where it deletes another one, the state says where it was lost."""
    late = state.noted(LateBound)
    if late is not None and late.lost_at != g.NO_EDGE:
        state.frame = state.frame._replace(lost=late.lost_at)
    return late is not None and late.lost_at == g.NO_EDGE


@question()
def _is_made_again(project: Project, code: Code, index: int) -> bool:
    """Whether a loop makes one file after the other there."""
    return index in reached(code.nodes, (code.nodes[index].next,))
