"""TML402: a file made anew by each call whose only cleanup is an `atexit` handler, or the end of an object that lives
as long as the process.

Comes in: a body. Goes out: a finding for each such file. Silent at module level, in functions that plainly
run once (entry points, cached functions, those only called at module level), and for a file that an object or
a module's variable keeps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.state import Stands, State
from tmpleak_lint.analysis.domain.values import UNKNOWN, Func, Klass
from tmpleak_lint.analysis.explore.explorer import End
from tmpleak_lint.analysis.queries.called import region_text
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.records import Body, Call, Task
from tmpleak_lint.analysis.queries.sites import Obligation
from tmpleak_lint.analysis.queries.summaries import statics_of
from tmpleak_lint.analysis.semantics.keep import passes_keep_option
from tmpleak_lint.analysis.semantics.registering import registers
from tmpleak_lint.analysis.semantics.table import FullExplorer
from tmpleak_lint.analysis.verdict.judge import Leak, Verdict
from tmpleak_lint.analysis.verdict.optin.telling import Told, is_kept, step, tell, walk_for
from tmpleak_lint.analysis.verdict.project_context import ProjectContext
from tmpleak_lint.analysis.verdict.study import study
from tmpleak_lint.analysis.verdict.witness import snippet, what
from tmpleak_lint.bounds import CALLER_DEPTH
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code, Kind
from tmpleak_lint.knowledge.model import Life, Registers
from tmpleak_lint.knowledge.opt_in import CACHING_DECORATORS, ENTRY_POINTS
from tmpleak_lint.model import Event, Finding, Span
from tmpleak_lint.reading.regions import Unreadable


@dataclass(frozen=True, slots=True)
class Registered:
    """A note: where a deletion was given to atexit, perhaps in a helper, and that in another file. `with_object`: it
    waits for the end of an object."""

    filename: str
    span: Span
    with_object: bool


class ExitExplorer(FullExplorer):
    """Walks on after `atexit.register`: what else deletes the file?"""

    def external(self, call: Call, state: State) -> int | None:
        registrar = self.knowledge.effect(call.name, Registers)
        if (
            registrar is not None
            and _waits_for_exit(registrar, call)
            and registers(self, call.everything, state)
        ):
            with_object = registrar.until is Life.OBJECT
            state.note(Registered(self.module.filename, call.node.span, with_object))
            state[call.dest] = UNKNOWN
            return call.node.next
        return super().external(call, state)


# What the module, or another one, has for as long as the process lives; `None` is no object at all.
_LIVES_ON = (v.Global, v.Klass, v.Func, v.Dotted)


def _waits_for_exit(registrar: Registers, call: Call) -> bool:
    """Whether what is registered waits for the end of the process, by itself or for an object that lives as long: what
    waits for any other goes with that."""
    if registrar.until is not Life.OBJECT:
        return registrar.at_exit
    first = call.args[0] if call.args else UNKNOWN
    return isinstance(first, _LIVES_ON) or first == v.NONE


def left_to_atexit(project: Project, body: Body) -> Iterator[Told]:
    """The files of a body that nothing but `atexit` deletes."""
    if body.code.kind not in (Kind.FUNCTION, Kind.LAMBDA):
        return
    context = ProjectContext(project)
    sites = context.sites_of(body)
    managed = {
        verdict.site.number
        for verdict in study(context, body).verdicts
        if verdict.obligation is Obligation.NAME and verdict.discharged("managed")
    }
    for site in sites:
        # What is registered anywhere was so for the default codes, too.
        if not site.owned or site.handed is not None or site.number not in managed:
            continue
        verdict = walk_for(ExitExplorer, project, Task(body, sites, Obligation.NAME, site), _judge_end)
        if not verdict.leaks or verdict.escapes or verdict.discharged("released", "managed", "escaped"):
            continue
        if _runs_once(project, body):
            return
        registered = verdict.leaks[0].end.state.noted(Registered)
        assert registered is not None
        yield Told(_finding(verdict, registered), verdict)


def _judge_end(verdict: Verdict, owner: Klass | None, end: End) -> None:
    if end.state.file.stands is Stands.NAMED or passes_keep_option(verdict.explorer, end):
        return
    if is_kept(verdict, owner, end):
        verdict.escapes.append(end)
    elif not verdict.leaks and end.state.noted(Registered) is not None:  # one says it: each has all its state
        verdict.leaks.append(Leak(end))


def _finding(verdict: Verdict, registered: Registered) -> Finding:
    module, site = verdict.explorer.module, verdict.site
    last = site.span
    steps = [step(verdict, site.span, Event.CREATED, f"{site.creator}() creates it here, in each call")]
    row = ""
    if registered.filename == module.filename:
        last = registered.span
        row = f" (line {last.start.row})"
        lives_on = ", as long as which the object lives" if registered.with_object else ""
        message = f"`{snippet(module, last)}` leaves the deletion to the end of the process{lives_on}"
        steps.append(step(verdict, last, Event.HANDED_OVER, message))
    steps.append(step(verdict, last, Event.LEFT_BEHIND, "it stays until the process ends, one for each call"))
    by = "with an object of the module" if registered.with_object else "by atexit"
    message = f"{what(site)} is made by each call and deleted only {by}{row}"
    return tell(verdict, "TML402", message, site.span, tuple(steps))


# -- functions that run once -----------------------------------------------------------------------


class _Called(Enum):
    ONCE = "at module level"
    BY_FUNCTION = "in a function of the module, outside of loops"
    OFTEN = "in a loop or a method"


def _runs_once(project: Project, body: Body, depth: int = 0) -> bool:
    """Whether a process plainly enters this body once."""
    module, code, owner = body
    if code.name in ENTRY_POINTS or {d.rpartition(".")[2] for d in code.decorators} & CACHING_DECORATORS:
        return True
    if depth > CALLER_DEPTH or owner is not None or code.qualname != code.name:
        return False
    calls = list(_calls_of(project, module, code.name))
    return bool(calls) and all(
        how is _Called.ONCE
        or (how is _Called.BY_FUNCTION and _runs_once(project, Body(module, caller, None), depth + 1))
        for caller, how in calls
    )


def _calls_of(project: Project, module: Module, name: str) -> Iterator[tuple[Code, _Called]]:
    """The bodies of the module that call a function of it."""
    called = re.compile(rf"\b{re.escape(name)}\(")
    for func in _bodies(module):
        text = re.sub(rf"\bdef {re.escape(name)}\(", "", region_text(project, func))
        body = project.code(func) if called.search(text) else None
        if body is None:
            continue
        statics = statics_of(project, func, body)
        for node in body.nodes:
            if not isinstance(node.op, g.Call) or statics.resolve(node.op.func) != Func(module.key, name):
                continue
            if _in_loop(node) or project.owner_of(func) is not None:
                yield body, _Called.OFTEN
            else:
                yield body, _Called.ONCE if body.kind is Kind.MODULE else _Called.BY_FUNCTION


def _bodies(module: Module) -> Iterator[Func]:
    for known in module.source.skeleton.ordered_defs():
        yield Func(module.key, known.qualname)
    try:
        yield Func(module.key, "", module.source.module_body)
    except Unreadable:
        return


def _in_loop(node: g.Node) -> bool:
    return any(place.kind == "loop" for place in node.places())
