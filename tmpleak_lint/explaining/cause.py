"""Why the statement at which a leak begins can raise: its operation looked up in the table of failures.

In: a verdict and its diagnosis. Out: a `Cause`. A function of the project is looked into, one level deep:
what it calls first says more than its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tmpleak_lint.analysis.domain.values import Dotted, Func, Klass, Value
from tmpleak_lint.analysis.queries.project import Module
from tmpleak_lint.analysis.queries.resolver import Statics
from tmpleak_lint.analysis.verdict.arguments import left_by_arguments
from tmpleak_lint.analysis.verdict.classify import Diagnosis
from tmpleak_lint.analysis.verdict.judge import Verdict
from tmpleak_lint.analysis.verdict.raisers import of_wrong_kind
from tmpleak_lint.analysis.verdict.witness import snippet
from tmpleak_lint.explaining.account import Cause
from tmpleak_lint.explaining.failures import of_call, of_operation
from tmpleak_lint.explaining.possible import handlers_on, likeliest_first, on_the_way
from tmpleak_lint.flow import graph as g
from tmpleak_lint.knowledge.failures import (
    ARCHIVE,
    MISSING,
    NO_NAME,
    OWN_CODE,
    TARRED,
    UNKNOWN,
    ZIPPED,
    Failure,
)
from tmpleak_lint.model import Span

MOST = 4
_OF_READING = (ARCHIVE, TARRED, ZIPPED, MISSING)
_WRITING = re.compile(r"""["'][rbt]*[wax+][rbt+]*["']""")


def cause_told(verdict: Verdict, diagnosis: Diagnosis, walked: Sequence[int]) -> Cause | None:
    """What makes the path leave; None where it simply comes to its end. `walked`: the operations of that path."""
    if diagnosis.cause is None:
        return None
    explorer = verdict.explorer
    node = explorer.nodes[diagnosis.cause]
    failures = _failures(verdict, node) if diagnosis.raised else ()
    behind = walked[walked.index(diagnosis.cause) :] if diagnosis.cause in walked else ()
    failures = on_the_way(failures, explorer, handlers_on(explorer, behind))
    text = " ".join(source_of(explorer.module, node.span).split())
    more = max(len(failures) - MOST, 0)
    return Cause(node.span.start.row, text, diagnosis.raised, failures[:MOST], more=more)


def _failures(verdict: Verdict, node: g.Node) -> tuple[Failure, ...]:
    explorer = verdict.explorer
    if (wrong := of_wrong_kind(verdict, node.index)) is not None:
        return (wrong,)
    match node.op:
        case g.Raise(cause="assert"):
            return of_operation("Assert")
        case g.Yield():
            return of_operation("ManagerYield" if explorer.mode != "plain" else "Yield")
        case g.Call():
            statics = _statics(verdict)
            name, target = _called(statics, node.op)
            if isinstance(target, Func):
                return tuple(likeliest_first(_inside(verdict, target))) or (OWN_CODE,)
            failures = of_call(explorer.knowledge, name, own=isinstance(target, Klass))
            failures = _by_mode(failures, source_of(explorer.module, node.span))
            return left_by_arguments(failures, name, statics, node.op)
        case g.Enter() | g.Leave():
            statics = _statics(verdict)
            made = statics.made.get(node.op.manager)
            name = _called(statics, made)[0] if isinstance(made, g.Call) else statics.text(node.op.manager)
            found = _by_mode(of_call(explorer.knowledge, name), source_of(explorer.module, node.span))
            if isinstance(made, g.Call):
                found = left_by_arguments(found, name, statics, made)
            return of_operation(type(node.op).__name__) if found == (UNKNOWN,) else found
    return of_operation(type(node.op).__name__)


def _by_mode(failures: tuple[Failure, ...], text: str) -> tuple[Failure, ...]:
    """What is opened for writing is not read."""
    if _WRITING.search(text) is None:
        return failures
    return tuple(failure for failure in failures if failure not in _OF_READING) or (NO_NAME,)


def _called(statics: Statics, call: g.Call) -> tuple[str, Value | None]:
    """The dotted name of what a call comes to, and the function or class of the project that it is, if it is one."""
    called = statics.called(call)
    if called is None:
        return statics.text(call.func), None
    if isinstance(called.target, Dotted):
        return called.target.name, None
    return statics.text(call.func), called.target


def _statics(verdict: Verdict) -> Statics:
    """The names of the body that the verdict is about."""
    explorer = verdict.explorer
    owner, _, _ = explorer.code.qualname.rpartition(".")
    known = owner in explorer.module.source.skeleton.classes
    klass = Klass(explorer.module.key, owner) if known else None
    return Statics(explorer.project, explorer.module, explorer.code, klass)


def _inside(verdict: Verdict, func: Func) -> Iterator[Failure]:
    """What calls in a function of the project can fail with, the first of each kind."""
    project = verdict.explorer.project
    code = func.code or project.code(func)
    if code is None:
        return
    module = project.module(func.module)
    statics = Statics(project, module, code, project.owner_of(func))
    kinds: set[str] = set()
    for node in code.nodes:
        if isinstance(node.op, g.Call):
            name, target = _called(statics, node.op)
            failures = of_call(project.knowledge, name, own=target is not None)
            failures = _by_mode(failures, source_of(module, node.span))
            failures = left_by_arguments(failures, name, statics, node.op)
        elif isinstance(node.op, g.Raise):
            failures = of_operation("Assert" if node.op.cause == "assert" else "Raise")
        elif isinstance(node.op, g.Await):
            failures = of_operation("Await")
        else:
            continue
        for failure in failures:
            if failure not in (UNKNOWN, OWN_CODE) and failure.kind not in kinds:
                kinds.add(failure.kind)
                where = f"`{snippet(module, node.span)}`, line {node.span.start.row} of {code.name}(): "
                yield Failure(failure.kind, where + failure.what, failure.raises)


def source_of(module: Module, span: Span) -> str:
    """The source of a span on one line, not cut."""
    start, end = span.start, span.end
    rows = [line.rstrip("\r\n") for line in module.source.lines[start.row - 1 : end.row]]
    if not rows:
        return ""
    rows[-1] = rows[-1][: end.column - 1]
    rows[0] = rows[0][start.column - 1 :]
    return "".join(row.strip() for row in rows)
