"""A consumer in reach: what a thread, a task or a queue's worker does with the file that it is handed.

Comes in: a call that hands what it is given to another part of the program (`HandsOn` in the model table). Goes out:
the end of the obligation where that part deletes the file, with a way on which the file stays where it may fail
before it does; None where no body is in reach, or none that deletes.
"""

from __future__ import annotations

from collections.abc import Iterable

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.state import Args, Keywords, State, alive, contents
from tmpleak_lint.analysis.domain.values import Value
from tmpleak_lint.analysis.explore.explorer import Explorer
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.records import Call, Passed
from tmpleak_lint.analysis.queries.sites import Obligation
from tmpleak_lint.analysis.semantics.inside import explore_inside
from tmpleak_lint.analysis.semantics.lending import is_dealt_with_later, is_deleted_on_failure_only
from tmpleak_lint.analysis.semantics.raising import risk_call
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.dataflow import EVERY, reached
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge.model import ANY, HandsOn, Launches, ReadsLater, Waits


def consumed(explorer: Explorer, call: Call, receiver: Value | None, state: State) -> int | None:
    """Hand the file to a consumer in reach; `receiver` is the object whose method is called: a task is one itself."""
    if not alive(state) or explorer.obligation is not Obligation.NAME or explorer.depth:
        return None
    row = explorer.knowledge.model(f"{ANY}.{call.name.rpartition('.')[2]}")
    launches = row.effect(Launches) is not None and row.effect(ReadsLater) is not None
    everything = call.everything
    if not launches and row.effect(HandsOn) is None:
        return None
    if not any(explorer.holds(value, state) for value in everything):
        return None
    if launches:
        return _handed_to_program(explorer, call, state)
    consumer = next((each for each in (*everything, receiver) if isinstance(each, v.Func)), None)
    given = Passed(given_to(everything), _named(everything, state))
    found = explore_inside(explorer, consumer, given, state) if consumer else None
    if found is None or not found.ended("released", "managed") or is_dealt_with_later(explorer, call.node):
        return None
    if not any(outcome.raised for outcome in found.outcomes):
        return explorer.discharge("managed", call.node, call.name)
    explorer.push(explorer.code.exit_error, state.fork(), call.node, "raise")
    return explorer.discharge("released", call.node, call.name)


def _handed_to_program(explorer: Explorer, call: Call, state: State) -> int | None:
    """A program is started, with the path, that goes on by itself: who deletes the file just where that fails leaves it
    to the program otherwise."""
    if _is_waited_for(explorer.project, explorer.code, call.node.index):
        return None
    if not is_deleted_on_failure_only(explorer, call.node):
        return None
    risk_call(explorer, call, state)
    return explorer.discharge("escaped", call.node, call.name)


@question()
def _is_waited_for(project: Project, code: Code, index: int) -> bool:
    """Whether a body has something that waits for a program below, or in a `with` of it."""
    waiting = project.knowledge.tails_where(Waits, lambda waits: waits.program)
    started = code.nodes[index].op
    below = (code.nodes[each].op for each in reached(code.nodes, [code.nodes[index].next], EVERY))
    return any(
        (isinstance(op, g.GetAttr) and op.attr in waiting)
        or (isinstance(op, g.Enter) and isinstance(started, g.Call) and op.manager == started.dest)
        for op in below
    )


def _named(everything: Iterable[Value], state: State) -> Keywords:
    """What a consumer will be called with by name: `kwargs={"path": path}`."""
    pairs = (
        pair for a in everything if isinstance(a, v.Box) and a.kind == "dict" for pair in contents(a, state)
    )
    return tuple((key, value) for key, value in pairs if isinstance(key, str))


def given_to(everything: Iterable[Value]) -> Args:
    """What a consumer will be called with."""
    rest = [
        a for a in everything if not isinstance(a, v.Func) and not (isinstance(a, v.Box) and a.kind == "dict")
    ]
    return tuple(x for a in rest for x in (a.items if isinstance(a, v.Seq) else (a,)))
