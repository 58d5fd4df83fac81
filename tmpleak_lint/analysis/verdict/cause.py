"""What made a way leave with the file still there: the operation that raised, the statement that left early.

Comes in: a `Verdict` and one of its leaks. Goes out: nodes of the body, read off the trace.
"""

from __future__ import annotations

from tmpleak_lint.analysis.domain.trail import trail_of
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.verdict.judge import Leak, Verdict
from tmpleak_lint.analysis.verdict.systems import (
    asked_for_other_system,
    made_on_other_system,
    names_other_system,
)
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.dataflow import WELL, reached
from tmpleak_lint.flow.graph import Code, Place
from tmpleak_lint.knowledge.model import Expects


def elsewhere_at(verdict: Verdict, leak: Leak) -> int | None:
    """The row on which the way turns to what runs on another system than POSIX, None where it doesn't."""
    project, code = verdict.explorer.project, verdict.explorer.code
    if not names_other_system(project, code):
        return None
    row = made_on_other_system(project, code, verdict.site.nodes)
    return row if row is not None else asked_for_other_system(code, way(verdict, leak))


def length_of(verdict: Verdict, leak: Leak) -> int:
    return verdict.result.trace.lengths[leak.end.item]


def cause_of(verdict: Verdict, leak: Leak) -> tuple[int | None, bool]:
    """The operation after creation that raised (the last one that counts), or the statement that left
    early. What a test expects to be raised, and goes on after, is no exception to it."""
    created = set(verdict.result.created.values())
    nodes = verdict.explorer.nodes
    for item, step in verdict.result.trace.back(leak.end.item):
        raises = step.how in ("raise", "exit") and step.via >= 0
        if (
            raises
            and not isinstance(nodes[step.via].op, g.Reraise)
            and (leak.end.raised or not _is_expected(verdict, step.via))
        ):
            return step.via, True
        if item in created:
            break
    return _left_at(verdict, leak), False


def _is_expected(verdict: Verdict, index: int) -> bool:
    """Whether an operation stands in a `with` that expects an exception: `pytest.raises(ValueError)`."""
    explorer = verdict.explorer
    expecting = _expecting(explorer.project, explorer.code)
    return bool(expecting) and any(
        place.kind == "with" and (place.outer, place.span.start.row) in expecting
        for place in explorer.nodes[index].places()
    )


@question()
def _expecting(project: Project, code: Code) -> frozenset[tuple[Place | None, int]]:
    """Where the `with` statements stand that expect an exception, and their first rows."""
    expecters = project.knowledge.tails(Expects)
    called = trail_of(code, frozenset()).called
    made = {
        node.op.dest
        for node in code.nodes
        if isinstance(node.op, g.Call) and called.get(node.op.func, "").rpartition(".")[2] in expecters
    }
    return frozenset(
        (node.place, place.span.start.row)
        for node in code.nodes
        if isinstance(node.op, g.Enter) and node.op.manager in made
        for place in _withs(code)
        if place.is_of(node)
    )


def _withs(code: Code) -> set[Place]:
    return {place for node in code.nodes for place in node.places() if place.kind == "with"}


def _left_at(verdict: Verdict, leak: Leak) -> int | None:
    """The return, break or continue that the way went through: the first behind which no deletion comes any more,
    else the last one."""
    nodes = verdict.explorer.nodes
    leaving = [
        index
        for index in way(verdict, leak)
        if isinstance(op := nodes[index].op, g.Return)
        or (isinstance(op, g.Jump) and op.what in ("break", "continue"))
    ]
    ending = {h.where for h in verdict.discharged("released", "managed")}
    for index in leaving[:-1]:
        if ending and not _onward(verdict, index) & ending:
            return index
    return leaving[-1] if leaving else None


def _onward(verdict: Verdict, start: int) -> frozenset[int]:
    """The nodes that normal ways lead to from here, as long as no other file is made."""
    nodes = verdict.explorer.nodes
    return reached(nodes, [nodes[start].next], WELL, without=verdict.site.nodes)


def way(verdict: Verdict, leak: Leak) -> list[int]:
    """Node numbers on the way from the creation to the end, in order."""
    walked = verdict.result.trace.way_to(leak.end.item, verdict.explorer.nodes)
    for position in range(len(walked) - 1, -1, -1):
        if walked[position] in verdict.site.nodes:
            return walked[position:]
    return walked
