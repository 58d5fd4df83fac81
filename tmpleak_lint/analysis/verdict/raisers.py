"""How likely the operation that makes a way leave is to raise, and what is to be said of it.

Comes in: the verdict and a node of its body. Goes out: a `Raiser`. Asked only of ways that leak: what counts as
risky at all is decided by the walk.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from tmpleak_lint.analysis.domain.values import Dotted, Func, Klass, Value
from tmpleak_lint.analysis.queries.answers import question
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.resolver import Statics
from tmpleak_lint.analysis.verdict.judge import Verdict
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge import failures, likelihood
from tmpleak_lint.knowledge.model import ANY
from tmpleak_lint.knowledge.table import Knowledge


class Likelihood(IntEnum):
    """How often that happens out there; the greater the likelier."""

    SELDOM = 0
    POSSIBLE = 1
    LIKELY = 2


@dataclass(frozen=True, slots=True)
class Raiser:
    """One operation as a source of exceptions: `why` is a clause without a full stop."""

    likelihood: Likelihood
    why: str


# Need a full disk or a table without inodes and nothing else.
_SCARCE = frozenset({failures.NO_NAME})
_PLAIN = {
    g.Raise: Raiser(Likelihood.LIKELY, "the code itself raises there"),
    g.Await: Raiser(Likelihood.LIKELY, "what is awaited can fail or be cancelled"),
    g.Yield: Raiser(Likelihood.LIKELY, "whoever resumes it can raise or give up there"),
    g.Enter: Raiser(Likelihood.POSSIBLE, "entering that manager can fail"),
    g.Leave: Raiser(Likelihood.POSSIBLE, "leaving that manager can fail"),
    g.Iterate: Raiser(Likelihood.POSSIBLE, "iterating can fail"),
    g.Next: Raiser(Likelihood.POSSIBLE, "iterating can fail"),
}
_OTHER = Raiser(Likelihood.POSSIBLE, "the operation can fail")


def raiser_of(verdict: Verdict, index: int) -> Raiser:
    """What is to be expected of a node."""
    explorer = verdict.explorer
    return _raiser(explorer.project, explorer.module, explorer.code, index)


@question()
def _raiser(project: Project, module: Module, code: Code, index: int) -> Raiser:
    statics = _statics_of(project, module, code)
    node = code.nodes[index]
    match node.op:
        case g.Call() as call:
            return _of_call(statics, call)
        case g.Enter(manager=temp) | g.Leave(manager=temp):
            made = statics.made.get(temp)
            if isinstance(made, g.Call):
                found = _of_call(statics, made)
                return found if found.likelihood is not Likelihood.POSSIBLE else _PLAIN[type(node.op)]
    return _PLAIN.get(type(node.op), _OTHER)


def _of_call(statics: Statics, call: g.Call) -> Raiser:
    target = statics.resolve(call.func)
    if isinstance(target, Func | Klass):
        return Raiser(Likelihood.LIKELY, f"{_last(target.qualname)}() does things that can fail")
    name = _name(statics, call.func, target)
    last = _last(name)
    if _is_seldom(statics, call, last):
        return Raiser(Likelihood.SELDOM, f"{last}() hardly ever raises")
    found = _failures(statics.project.knowledge, name)
    if not found:
        shown = f"{last}()" if last else "what is called"
        return Raiser(Likelihood.POSSIBLE, f"{shown} isn't known, and may raise")
    if set(found) <= _SCARCE:
        return Raiser(Likelihood.POSSIBLE, f"{found[0].what}: that is rare")
    return Raiser(Likelihood.LIKELY, found[0].what)


def _failures(knowledge: Knowledge, name: str) -> tuple[failures.Failure, ...]:
    """What a call of this name can fail with, as far as the table knows."""
    last = _last(name)
    if last.startswith("assert"):
        return (failures.TEST_FAILS,)
    return (knowledge.failures(name) if name != f".{last}" else ()) or (
        knowledge.failures(f"{ANY}.{last}") if "." in name else ()
    )


def _is_seldom(statics: Statics, call: g.Call, last: str) -> bool:
    known = isinstance(statics.resolve(call.func), Dotted)
    if last in (likelihood.SELDOM if known else likelihood.SELDOM_METHODS) and not isinstance(
        statics.made.get(call.func), g.Load
    ):
        return True
    if last in likelihood.ENCODERS:
        return all(statics.literal(a.value) in likelihood.USUAL_ENCODINGS for a in call.args)
    return last in likelihood.SELDOM_OF_LITERALS and all(_is_literal(statics, a.value) for a in call.args)


def _is_literal(statics: Statics, temp: int) -> bool:
    made = statics.made.get(temp)
    if isinstance(made, g.Build):
        return all(_is_literal(statics, item) for item in (*made.items, *made.keys))
    return isinstance(made, g.Const)


def _name(statics: Statics, temp: int, target: Value | None) -> str:
    """The dotted name of what is called as far as it is known; of a method of something unknown `.name`."""
    if isinstance(target, Dotted):
        return target.name
    made = statics.made.get(temp)
    if isinstance(made, g.GetAttr):
        return f".{made.attr}"
    return made.name if isinstance(made, g.Load) else ""


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def outside_text(statics: Statics, temp: int) -> str:
    """The dotted text of a value that comes from outside the body: a parameter's, a global's, an attribute's."""
    made = statics.made.get(temp)
    if isinstance(made, g.GetAttr):
        base = statics.made.get(made.obj)
        head = outside_text(statics, made.obj) or (base.name if isinstance(base, g.Load) else "")
        return f"{head}.{made.attr}" if head else ""
    if isinstance(made, g.GetItem) and isinstance(key := statics.literal(made.index), str):
        head = outside_text(statics, made.obj)
        return f"{head}[{key!r}]" if head else ""
    if not isinstance(made, g.Load):
        return ""
    stored = any(isinstance(node.op, g.Store) and node.op.name == made.name for node in statics.code.nodes)
    return "" if stored else made.name


def statics_of_body(verdict: Verdict) -> Statics:
    """The names of a verdict's body, resolved once."""
    return _statics_of(verdict.explorer.project, verdict.explorer.module, verdict.explorer.code)


@question()
def _statics_of(project: Project, module: Module, code: Code) -> Statics:
    qualname = code.qualname.rpartition(".")[0]
    known = qualname in module.source.skeleton.classes
    return Statics(project, module, code, Klass(module.key, qualname) if known else None)
