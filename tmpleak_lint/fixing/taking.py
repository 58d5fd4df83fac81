"""Who may have moved the file, deleted it or have it open when something fails.

Comes in: a subject, statements of its scope. Goes out: whether a call in them is given the file that is out of reach (a
method of an object of which nobody knows whose it is, a package that isn't Python's own), or a function of the project
that moves or deletes what it is given. A new deletion has to bear what that leaves.
"""

from __future__ import annotations

import ast
import sys

from tmpleak_lint.analysis.domain.values import Dotted, Func
from tmpleak_lint.analysis.queries.called import names_called, region_text
from tmpleak_lint.analysis.queries.classes import methods_of
from tmpleak_lint.analysis.queries.receivers import CONTAINER, names_of, origin_of
from tmpleak_lint.fixing.passing import PUTS, handed_names
from tmpleak_lint.fixing.source import Block
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.flow import graph
from tmpleak_lint.knowledge.model import Deletes, Moves


def may_be_taken_within(subject: Subject, block: Block, first: int, last: int) -> bool:
    """Whether a call in these statements may have taken the file."""
    return any(
        isinstance(node, ast.Call) and node is not subject.call and _may_have_taken(subject, node)
        for statement in block.statements[first : last + 1]
        for node in ast.walk(statement)
    )


def _may_have_taken(subject: Subject, call: ast.Call) -> bool:
    if subject.verdict is None or not _is_given_it(subject, call):
        return False
    explorer, span = subject.verdict.explorer, subject.source.span(call)
    statics = names_of(subject.project, explorer.module, explorer.code)
    for node in explorer.code.nodes:
        if not isinstance(node.op, graph.Call) or node.span != span:
            continue
        called = statics.called(node.op)
        target = called.target if called is not None else statics.resolve(node.op.func)
        if isinstance(target, Func):
            return _takes(subject, target)
        if isinstance(target, Dotted):
            return _is_foreign(target.name) and not subject.knowledge.model(target.name).effects
        method = statics.made.get(node.op.func)
        if not isinstance(method, graph.GetAttr):
            return False
        told = methods_of(subject.project, explorer.module, explorer.code, node.op.func)
        if told:
            return any(_takes(subject, each) for _, each in told)
        origin = origin_of(statics, method.obj)
        return not origin or _is_foreign(origin)
    return False


def _takes(subject: Subject, func: Func) -> bool:
    """Whether a function of the project calls, by its text, what deletes or moves files."""
    taking = subject.knowledge.tails(Deletes, Moves)
    text = region_text(subject.project, func).partition(":")[2]
    return any(name.rpartition(".")[2] in taking for name in names_called(text))


def _is_foreign(origin: str) -> bool:
    """Whether a dotted name is that of a package which isn't Python's own."""
    return origin != CONTAINER and origin.partition(".")[0] not in sys.stdlib_module_names


def _is_given_it(subject: Subject, call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if name in subject.knowledge.logging_methods | PUTS or not subject.may_take(call):
        return False
    given = (*call.args, *(k.value for k in call.keywords))
    return any(handed_names(each) & subject.aliases for each in given)
