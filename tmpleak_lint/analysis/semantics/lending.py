"""Given away, or only lent: who deletes the file further down has kept it.

Comes in: the operation that puts the file somewhere, or gives it to somebody. Goes out: whether something below it in
the same body is named after deleting, or moves it, and gets the file.
"""

from __future__ import annotations

from tmpleak_lint.analysis.domain.trail import Trail, trail_of
from tmpleak_lint.analysis.explore.explorer import Explorer
from tmpleak_lint.analysis.queries.by_name import words_of
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.semantics.holding import loaded_names
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.dataflow import WELL, reached
from tmpleak_lint.flow.graph import Code, Node
from tmpleak_lint.knowledge.model import Moves
from tmpleak_lint.knowledge.words import DELETING_WORDS

_MAY_RAISE = (g.Call, g.Await, g.Enter, g.Leave, g.Next, g.Yield, g.Raise)


def is_dealt_with_later(explorer: Explorer, node: Node, *, refused: bool = False) -> bool:
    """Whether something further down in the body is named after deleting, or moves, and gets the same file. Who deletes
    it where it could not be given away hasn't kept it, unless `refused` counts as well: what may only copy it."""
    if explorer.tracked is None:
        return False
    return _deletes_below(explorer.project, explorer.code, node.index, explorer.tracked.nodes, refused)


def is_deleted_on_failure_only(explorer: Explorer, node: Node) -> bool:
    """Whether what deletes or moves the file, by its name, comes where the operation fails, and nowhere that ways lead
    to from it on which all goes well."""
    if explorer.tracked is None:
        return False
    return _deletes_on_failure_only(explorer.project, explorer.code, node.index, explorer.tracked.nodes)


@question()
def _deletes_on_failure_only(project: Project, code: Code, at: int, made_at: frozenset[int]) -> bool:
    trail = trail_of(code, made_at)
    ends = {
        node.index for node in code.nodes if _may_delete(trail, node.op) or _moves(project, trail, node.op)
    }
    failed = code.nodes[at].exc
    well = reached(code.nodes, [code.nodes[at].next], WELL, without=made_at)
    return (
        failed != g.NO_EDGE
        and ends.isdisjoint(well)
        and not ends.isdisjoint(reached(code.nodes, [failed], WELL))
    )


@question()
def _deletes_below(project: Project, code: Code, at: int, made_at: frozenset[int], refused: bool) -> bool:
    trail = trail_of(code, made_at)
    seen: set[int] = set()
    work = [code.nodes[at].next, code.nodes[at].exc] if refused else [code.nodes[at].next]
    while work:
        index = work.pop()
        if index == g.NO_EDGE or index in seen or index in made_at:
            continue
        seen.add(index)
        node = code.nodes[index]
        work += (
            [node.next, node.alt, node.exc]
            if refused or isinstance(node.op, _MAY_RAISE)
            else [node.next, node.alt]
        )
        if _may_delete(trail, node.op) or _moves(project, trail, node.op):
            return True
    return False


def _moves(project: Project, trail: Trail, op: g.Op) -> bool:
    """Whether an operation moves the file to its place."""
    return (
        isinstance(op, g.Call)
        and trail.is_given(op)
        and project.knowledge.effect(trail.called.get(op.func, ""), Moves) is not None
    )


def _may_delete(trail: Trail, op: g.Op) -> bool:
    """Whether an operation gives the file to something named after deleting, or makes a function that does so."""
    match op:
        case g.Call(func=func, args=args):
            names = [trail.called.get(func, ""), *(trail.called.get(a.value, "") for a in args)]
            return trail.reads(op) and any(words_of(name) & DELETING_WORDS for name in names)
        case g.MakeFunction(code=code) if loaded_names(code) & trail.names:
            return any(
                words_of(inner.op.attr if isinstance(inner.op, g.GetAttr) else inner.op.name) & DELETING_WORDS
                for inner in code.nodes
                if isinstance(inner.op, g.GetAttr | g.Load)
            )
    return False
