"""What a context manager of the project does with an exception that leaves its block: swallow it, or let it go on.

Comes in: the manager's function or class and what is in flight. Goes out: YES where it is swallowed on every way,
NO where it goes on, MAYBE where both can be. An exception that the manager itself runs into isn't looked at.
"""

from __future__ import annotations

from collections.abc import Sequence

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.exceptions import Match
from tmpleak_lint.analysis.domain.values import Flight
from tmpleak_lint.analysis.explore.explorer import Explorer
from tmpleak_lint.analysis.queries.project import Module
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.resolver import Statics
from tmpleak_lint.analysis.queries.summaries import statics_of
from tmpleak_lint.analysis.semantics.catching import exception_names, matching
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.dataflow import WELL, Way, reached
from tmpleak_lint.flow.graph import NO_EDGE, Code


def swallowed_by_generator(explorer: Explorer, func: v.Func, flight: Flight) -> Match:
    """What becomes of an exception that is raised at the yield of a contextmanager function."""
    code = explorer.project.code(func)
    if code is None:
        return Match.NO
    return _after_yields(
        explorer, explorer.module, v.Func(func.module, func.qualname, func.code), code, flight
    )


@question()
def _after_yields(explorer: Explorer, module: Module, func: v.Func, code: Code, flight: Flight) -> Match:
    """`module` is that of the walk, in which names are looked up."""
    statics = statics_of(explorer.project, func, code)

    def ways(node: g.Node) -> Sequence[Way]:
        match node.op:
            case g.Raise() | g.Reraise():
                return (Way.EXC,)
            case g.Catches(types=types) if types is not None:
                match_, _ = matching(explorer, _names(explorer, statics, types), flight)
                return {Match.YES: (Way.NEXT,), Match.NO: (Way.ALT,)}.get(match_, WELL)
        return WELL

    starts = [node.exc for node in code.nodes if isinstance(node.op, g.Yield)]
    found = reached(code.nodes, starts, ways)
    goes_on = NO_EDGE in starts or code.exit_error in found
    ends = any(isinstance(code.nodes[index].op, g.Exit) for index in found if index != code.exit_error)
    if not ends:
        return Match.NO
    return Match.MAYBE if goes_on else Match.YES


def _names(explorer: Explorer, statics: Statics, types: int) -> list[str]:
    made = statics.made.get(types)
    if isinstance(made, g.Build):
        return [name for item in made.items for name in _names(explorer, statics, item)]
    return exception_names(explorer, statics.resolve(types))


def swallowed_by_exit(explorer: Explorer, exit_: v.Func) -> Match:
    """YES for an `__exit__` that returns True whatever happened. What any other returns isn't looked at."""
    code = explorer.project.code(exit_)
    if code is None or code.is_generator:
        return Match.NO
    statics = statics_of(explorer.project, exit_, code)
    last = [node.op for node in code.nodes if node.next == code.exit_ok]
    returned = [
        node.op.src for node in code.nodes if isinstance(node.op, g.Move) and node.op.dest == code.result
    ]
    always = (
        returned
        and all(isinstance(op, g.Return) for op in last)
        and all(statics.literal(src) is True for src in returned)
    )
    return Match.YES if always else Match.NO
