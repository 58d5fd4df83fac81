"""What a function of the project raises when it fails: anything, or just what the calls in it do.

Comes in: a function. Goes out: the kinds of exceptions, none for any. What the body catches itself counts all the same:
a kind too many costs nothing but a way that a handler doesn't take.
"""

from __future__ import annotations

from tmpleak_lint.analysis.domain.values import Dotted, Func, Value
from tmpleak_lint.analysis.queries.called import as_method, region_text
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.resolver import Statics
from tmpleak_lint.analysis.queries.summaries import is_benign_op, statics_of
from tmpleak_lint.bounds import LONG_TEXT
from tmpleak_lint.flow import graph as g
from tmpleak_lint.knowledge.model import FILE, Creates, Model, Opens, Raises

ANYTHING: tuple[str, ...] = ()


@question(lambda func: ANYTHING, about=as_method)
def kinds_raised(project: Project, func: Func) -> tuple[str, ...]:
    """The exceptions that a function raises when it fails; none where that may be any."""
    code = project.code(func) if len(region_text(project, func)) < LONG_TEXT else None
    if code is None or code.is_async or code.is_generator:
        return ANYTHING
    statics = statics_of(project, func, code)
    found: dict[str, None] = {}
    for node in code.nodes:
        if isinstance(node.op, g.Raise | g.Await | g.Yield):
            return ANYTHING
        if not isinstance(node.op, g.Call | g.Enter) or is_benign_op(project, statics, node.op):
            continue
        kinds = _of_call(project, statics, node.op) if isinstance(node.op, g.Call) else ANYTHING
        if not kinds:
            return ANYTHING
        found |= dict.fromkeys(kinds)
    return tuple(found)


def _of_call(project: Project, statics: Statics, call: g.Call) -> tuple[str, ...]:
    target: Value | None = statics.resolve(call.func)
    if isinstance(target, Dotted):
        row = project.knowledge.model(target.name)
        creates = row.effect(Creates)
        if creates is not None and not creates.awaited:
            return ("OSError",)
        elsewhere = project.find(statics.module, target.name) if not row.effects else None
        target = elsewhere if isinstance(elsewhere, Func) else target
        return kinds_raised(project, target) if isinstance(target, Func) else _kinds(row)
    if isinstance(target, Func):
        return kinds_raised(project, target)
    method = statics.made.get(call.func) if target is None else None
    return _of_file(project, statics, method) if isinstance(method, g.GetAttr) else ANYTHING


def _of_file(project: Project, statics: Statics, method: g.GetAttr) -> tuple[str, ...]:
    """A method of a file object that was opened in the body: what is read as text may be none, and what is written
    fits any usual encoding."""
    opened = _opened_by(project, statics, method.obj)
    effect = project.knowledge.effect(f"{FILE}.{method.attr}", Raises) if opened is not None else None
    if opened is None or effect is None:
        return ANYTHING
    encoding = any(given.keyword == "encoding" for given in opened.args)
    literals = [statics.literal(given.value) for given in opened.args[1:]]
    binary = any(isinstance(mode, str) and "b" in mode for mode in literals)
    converts = not binary and (encoding or not effect.encodes)
    return (*effect.kinds, "UnicodeError") if converts else effect.kinds


def _opened_by(project: Project, statics: Statics, temp: int) -> g.Call | None:
    """The one call that opened a file object."""
    match statics.origins(temp):
        case [g.Call(func=func) as call]:
            target = statics.resolve(func)
            opens = isinstance(target, Dotted) and project.knowledge.effect(target.name, Opens) is not None
            return call if opens else None
    return None


def _kinds(row: Model) -> tuple[str, ...]:
    effect = row.effect(Raises)
    if effect is None:
        return ANYTHING
    given = tuple(kind for _, kind in effect.given)
    return (*effect.kinds, *given, "UnicodeError") if effect.encodes else (*effect.kinds, *given)
