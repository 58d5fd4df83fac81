"""TML401: a self-deleting handle in a local variable that no `with` and no `close()` ends on every way.

Comes in: a body. Goes out: a finding for each such handle. One that is returned, stored on an object, put in
somebody else's container, or made in the argument list of a call belongs to whoever got it: no finding.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.state import State, alive
from tmpleak_lint.analysis.domain.values import TRACKED, Klass, Ref, Role
from tmpleak_lint.analysis.explore.explorer import End
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.records import Body, Call, Task
from tmpleak_lint.analysis.queries.resolver import readers_of
from tmpleak_lint.analysis.queries.sites import Obligation, Site
from tmpleak_lint.analysis.semantics.keep import passes_keep_option
from tmpleak_lint.analysis.semantics.table import FullExplorer
from tmpleak_lint.analysis.verdict.callers import only_setups_run
from tmpleak_lint.analysis.verdict.classify import Diagnosis, diagnose
from tmpleak_lint.analysis.verdict.judge import Leak, Verdict
from tmpleak_lint.analysis.verdict.optin.telling import (
    Told,
    dest_of,
    is_kept,
    is_returned,
    step,
    tell,
    walk_for,
)
from tmpleak_lint.analysis.verdict.project_context import ProjectContext
from tmpleak_lint.analysis.verdict.witness import snippet, what
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge.model import ANY, SELF_DELETING_SHAPES, Shape, Wraps
from tmpleak_lint.knowledge.words import ANSWERS
from tmpleak_lint.model import Event, Finding


class HandleExplorer(FullExplorer):
    """Follows the handle itself: its name alone keeps nothing alive."""

    def holds(self, value: object, state: State, seen: Any = None) -> bool:
        if isinstance(value, Ref):
            return value.obj == TRACKED and value.role in (Role.HANDLE, Role.WRAP)
        return super().holds(value, state, seen)

    def opaque(self, call: Call, state: State) -> int:
        everything = call.everything
        if alive(state) and any(
            isinstance(a, v.Func | v.Partial) and self.holds(a, state) for a in everything
        ):
            # A callback that may run when this body has ended.
            return self.discharge("escaped", call.node, call.name)
        after = super().opaque(call, state)
        tail = call.name.rpartition(".")[2]
        # A server closes what an answer was made of.
        wraps = tail in ANSWERS or self.knowledge.effect(f"{ANY}.{tail}", Wraps) is not None
        if wraps and any(self.holds(a, state) for a in everything):
            state[call.dest] = Ref(TRACKED, Role.WRAP)
        return after


def left_to_collector(project: Project, body: Body) -> Iterator[Told]:
    """The handles of a body that only the garbage collector ends on some way."""
    sites = ProjectContext(project).sites_of(body)
    for site in sites:
        if (
            (site.owned and not site.dropped and not site.by_scope)
            or site.handed is not None
            or site.shape not in SELF_DELETING_SHAPES
        ):
            continue
        if _is_argument(project, site, body.code):
            continue
        verdict = walk_for(HandleExplorer, project, Task(body, sites, Obligation.HANDLE, site), _judge_end)
        if verdict.escapes or verdict.discharged("escaped"):
            continue
        diagnosis = diagnose(verdict)
        if diagnosis is not None:
            yield Told(_finding(verdict, diagnosis), verdict, diagnosis)


def _is_argument(project: Project, site: Site, code: Code) -> bool:
    """`take(TemporaryFile())`: whoever is called has the only reference. Or nobody uses it at all."""
    return all(isinstance(op, g.Call) for op in readers_of(project, code, dest_of(site, code)))


def _judge_end(verdict: Verdict, owner: Klass | None, end: End) -> None:
    explorer = verdict.explorer
    given = end.state.frame.lent and not verdict.result.lent_deleted
    if given or is_returned(verdict, end) or is_kept(verdict, owner, end):
        verdict.escapes.append(end)
    elif end.raised and (
        explorer.mode == "fixture" or only_setups_run(explorer.project, explorer.module, explorer.code, owner)
    ):
        return  # a set-up that fails breaks the whole test run
    elif not passes_keep_option(explorer, end):
        verdict.leaks.append(Leak(end))


def _finding(verdict: Verdict, diagnosis: Diagnosis) -> Finding:
    module, nodes, site = verdict.explorer.module, verdict.explorer.nodes, verdict.site
    closing = "cleanup()" if site.shape is Shape.DIRECTORY_HANDLE else "close()"
    steps = [step(verdict, site.span, Event.CREATED, f"{site.creator}() creates it here")]
    message = f"{what(site)} is left to the garbage collector: "
    where = site.span
    if diagnosis.skipped is None:
        message += f"nothing calls its {closing}"
    else:
        message += f"{closing} is skipped on some way out"
    if diagnosis.cause is not None:
        where = nodes[diagnosis.cause].span
        text = snippet(module, where)
        event = Event.RISKY if diagnosis.raised else Event.LEAVES
        verb = "can raise" if diagnosis.raised else "leaves"
        steps.append(step(verdict, where, event, f"`{text}` {verb} here"))
        if diagnosis.skipped is not None:
            place = f"`{text}` (line {where.start.row})"
            message = f"{what(site)} is left to the garbage collector when {place} {verb}"
    elif diagnosis.leak.end.item >= 0:
        where = nodes[verdict.explorer.code.exit_ok].span
        where = where if where.end.row <= len(module.source.lines) else site.span
    steps.append(step(verdict, where, Event.LEFT_BEHIND, "it stays until the handle is collected"))
    return tell(verdict, "TML401", message, site.span, tuple(steps))
