"""Why the statement at which a leak begins can raise: its operation looked up in the table of failures.

In: a verdict and its diagnosis. Out: a `Cause`. A function of the project is looked into, one level deep:
what it calls first says more than its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tmpleak_lint.explaining.account import Cause
from tmpleak_lint.explaining.failures import of_call, of_operation
from tmpleak_lint.explaining.possible import handlers_on, likeliest_first, on_the_way, with_arguments
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge.failures import ARCHIVE, MISSING, NO_NAME, OWN_CODE, UNKNOWN, Failure
from tmpleak_lint.model import Span
from tmpleak_lint.ownership.classify import Diagnosis
from tmpleak_lint.ownership.judge import Verdict
from tmpleak_lint.ownership.project import Module
from tmpleak_lint.ownership.values import Dotted, Func, Klass, Value
from tmpleak_lint.ownership.witness import snippet

MOST = 4
_OF_READING = (ARCHIVE, MISSING)
_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_ARGUMENTS = re.compile(r"\([^()]*\)")
_WRITING = re.compile(r"""["'][rbt]*[wax+][rbt+]*["']""")
_LAST_PART = re.compile(r"\.([^\W\d]\w*)$")


def cause_told(verdict: Verdict, diagnosis: Diagnosis, walked: Sequence[int]) -> Cause | None:
    """What makes the path leave; None where it simply comes to its end. `walked`: the operations of that path."""
    if diagnosis.cause is None:
        return None
    walker = verdict.walker
    node = walker.nodes[diagnosis.cause]
    failures = _failures(verdict, node) if diagnosis.raised else ()
    behind = walked[walked.index(diagnosis.cause) :] if diagnosis.cause in walked else ()
    failures = on_the_way(failures, walker, handlers_on(walker, behind))
    text = snippet(walker.module, node.span)
    more = max(len(failures) - MOST, 0)
    return Cause(node.span.start.row, text, diagnosis.raised, failures[:MOST], more=more)


def _failures(verdict: Verdict, node: g.Node) -> tuple[Failure, ...]:
    walker = verdict.walker
    match node.op:
        case g.Raise(cause="assert"):
            return of_operation("Assert")
        case g.Yield():
            return of_operation("ManagerYield" if walker.mode != "plain" else "Yield")
        case g.Call():
            name, target = _called(verdict, walker.code, walker.module, node)
            if isinstance(target, Func):
                return tuple(likeliest_first(_inside(verdict, target))) or (OWN_CODE,)
            failures = of_call(walker.knowledge, name, own=isinstance(target, Klass))
            return _as_written(failures, name, source_of(walker.module, node.span))
        case g.Enter() | g.Leave():
            name, _ = _called(verdict, walker.code, walker.module, node)
            found = _as_written(of_call(walker.knowledge, name), name, source_of(walker.module, node.span))
            return of_operation(type(node.op).__name__) if found == (UNKNOWN,) else found
    return of_operation(type(node.op).__name__)


def _as_written(failures: tuple[Failure, ...], name: str, text: str) -> tuple[Failure, ...]:
    return with_arguments(_by_mode(failures, text), name, text)


def _by_mode(failures: tuple[Failure, ...], text: str) -> tuple[Failure, ...]:
    """What is opened for writing is not read."""
    if _WRITING.search(text) is None:
        return failures
    return tuple(failure for failure in failures if failure not in _OF_READING) or (NO_NAME,)


def _called(verdict: Verdict, code: Code, module: Module, node: g.Node) -> tuple[str, Value | None]:
    """The dotted name of what is called, and what the name means where that is known."""
    text = source_of(module, node.span)
    found = _DOTTED.match(text)
    if found is None:
        return text, None
    written = found[0]
    project = verdict.walker.project
    head, _, rest = written.partition(".")
    if head in ("self", "cls") and rest.isidentifier():
        return written, _method(verdict, rest)
    if head in code.local_names or any(head == param.name for param in code.params):
        return _with_method(written, text), None
    target = project.resolve_text(module, written)
    name = target.name if isinstance(target, Dotted) else written
    if of_call(project.knowledge, name) == (UNKNOWN,) and _with_method(written, text) != written:
        return _with_method(name, text), None
    return name, target if isinstance(target, Func | Klass) else None


def _with_method(written: str, text: str) -> str:
    """`csv.writer(f).writerows(x)` as `csv.writer().writerows`: the method that is called last."""
    rest = text[text.index("(") :] if "(" in text else ""
    while (shorter := _ARGUMENTS.sub("", rest)) != rest:
        rest = shorter
    chained = _LAST_PART.search(rest)
    return f"{written}().{chained[1]}" if chained else written


def _method(verdict: Verdict, name: str) -> Func | None:
    """A method of the class that the body's first parameter is an instance of, by the body's qualified
    name."""
    walker = verdict.walker
    owner, _, _ = walker.code.qualname.rpartition(".")
    if owner not in walker.module.source.skeleton.classes:
        return None
    return walker.project.method(Klass(walker.module.key, owner), name)


def _inside(verdict: Verdict, func: Func) -> Iterator[Failure]:
    """What calls in a function of the project can fail with, the first of each kind."""
    project = verdict.walker.project
    code = func.code or project.code(func)
    if code is None:
        return
    module = project.module(func.module)
    kinds: set[str] = set()
    for node in code.nodes:
        if isinstance(node.op, g.Call):
            name, target = _called(verdict, code, module, node)
            failures = of_call(project.knowledge, name, own=target is not None)
            failures = _as_written(failures, name, source_of(module, node.span))
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
