"""How likely the operation that makes a way leave is to raise, and what is to be said of it.

Comes in: the verdict and a node of its body. Goes out: a `Raiser`. Asked only of ways that leak: what counts as
risky at all is decided by the walk.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from tmpleak_lint.analysis.domain.exceptions import Match, catches
from tmpleak_lint.analysis.domain.values import Dotted, Flight, Func, Klass, Value
from tmpleak_lint.analysis.queries.called import as_method, region_text
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.receivers import names_of
from tmpleak_lint.analysis.queries.resolver import Statics
from tmpleak_lint.analysis.queries.summaries import is_abstract, is_benign_op, statics_of
from tmpleak_lint.analysis.semantics.deleting import WRONG_KIND
from tmpleak_lint.analysis.verdict.arguments import left_by_arguments
from tmpleak_lint.analysis.verdict.judge import Leak, Verdict
from tmpleak_lint.analysis.verdict.naming import (
    last_part,
    name_of_call,
    statics_of_body,
    target_of,
    trail_in,
)
from tmpleak_lint.analysis.verdict.writing import is_scarce
from tmpleak_lint.bounds import LONG_TEXT
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge import failures, likelihood
from tmpleak_lint.knowledge.exceptions import CATCH_ALL
from tmpleak_lint.knowledge.model import ANY, Creates, Deletes, HandsOn, Makes, Opens, Shape, Share
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

    @property
    def is_unknown(self) -> bool:
        """Whether nothing is known to go wrong there, and nothing to go well."""
        return self.likelihood is Likelihood.POSSIBLE and self.why.endswith(_UNKNOWN)

    @property
    def is_scarce(self) -> bool:
        """Whether it takes a full disk, or another temp file that can't be made."""
        return self.likelihood is Likelihood.POSSIBLE and self.why.endswith(_RARE)

    @property
    def is_name(self) -> bool:
        """Whether it takes another temp file that can't be made."""
        return self.is_scarce and failures.NO_NAME.what in self.why


_CAUGHT = Raiser(Likelihood.SELDOM, "what is known to go wrong there is caught")
# The classes that a description of a failure names, and the words with which it names none.
_EXCEPTION = re.compile(r"\b[A-Z]\w*(?:Error|Exception|Exit|Expired|File|Timeout)\b")
_OF_SOMEBODY = re.compile(r"'s [Ee]rror|\bany Exception")
_USUAL = ("OSError", "ValueError", "TypeError")
_OPENS_ITS_OWN = Raiser(Likelihood.SELDOM, "the file is there, and opening it hardly ever fails")
_LEAVES_ITS_OWN = Raiser(Likelihood.SELDOM, "the file that was made is closed, which hardly ever fails")
_RARE = ": that is rare"
_DELETES_EMPTY = "deletes an empty directory only"
_SCARCE_THERE = Raiser(Likelihood.POSSIBLE, f"nothing but a full disk makes that fail{_RARE}")
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
_NARROWS = Raiser(Likelihood.SELDOM, "the assertion only says what is known to hold")
_OTHER_IN_CIRCLE = Raiser(Likelihood.SELDOM, "it only calls itself")
_OTHER = Raiser(Likelihood.POSSIBLE, "the operation can fail")

NOT_KNOWN = "isn't known, and may raise"
KNOWN_HARMLESS = "does nothing that is known to fail"
_UNKNOWN = (NOT_KNOWN, KNOWN_HARMLESS, "that manager can fail")


def of_wrong_kind(verdict: Verdict, index: int) -> failures.Failure | None:
    """How a deletion fails that is for something else than what was made, None where this is no such deletion."""
    if not any(h.where == index and h.detail == WRONG_KIND for h in verdict.discharged("missed")):
        return None
    if verdict.site.shape is Shape.DIRECTORY:
        return failures.NO_FILE
    statics, op = statics_of_body(verdict), verdict.explorer.nodes[index].op
    name = name_of_call(statics, op) if isinstance(op, g.Call) else ""
    deletes = verdict.explorer.knowledge.effect(name, Deletes)
    return failures.NO_TREE if deletes is not None and deletes.trees_only else failures.NO_PATH


def raiser_of(verdict: Verdict, index: int) -> Raiser:
    """What is to be expected of a node."""
    explorer = verdict.explorer
    if (wrong := of_wrong_kind(verdict, index)) is not None:
        return Raiser(Likelihood.POSSIBLE, wrong.what)
    found = _raiser(explorer.project, explorer.module, explorer.code, index)
    if found.likelihood is not Likelihood.LIKELY:
        return found
    if _opens_its_own(verdict, index):
        return _OPENS_ITS_OWN
    return _SCARCE_THERE if is_scarce(verdict, index) else found


def raiser_on(verdict: Verdict, leak: Leak, index: int, way: Callable[[], Sequence[int]]) -> Raiser:
    """What is to be expected of a node, on this way: where its `try` catches all that is known to go wrong there, and
    the way passes the handlers by, it takes something that nobody knows of. `way` is walked only for that."""
    found = raiser_of(verdict, index)
    handled = _handled(verdict, leak, index)
    if handled is not None and (of_that := raiser_of(verdict, handled)).likelihood < found.likelihood:
        row = verdict.explorer.nodes[handled].span.start.row
        return Raiser(of_that.likelihood, f"the code raises there once line {row} has: {of_that.why}")
    if found.likelihood is Likelihood.SELDOM or not leak.end.raised:
        return found
    nodes = verdict.explorer.nodes
    around = [place for place in nodes[index].places() if place.kind == "try" and place.handlers]
    rows = {place.span for place in around}
    whole = way() if rows else ()
    after = whole[whole.index(index) + 1 :] if index in whole else ()
    if any(
        place.kind == "handler" and place.span.start >= min(rows).start
        for other in after
        for place in nodes[other].places()
        if any(span.start <= place.span.start <= span.end for span in rows)
    ):
        return found
    # What passes a handler for all of them by is none of those: a cancellation, a generator that is given up.
    caught = {name for place in around for name in place.handlers} - CATCH_ALL
    kinds = _kinds(verdict, index) if caught else ()
    left = [kind for kind in kinds if not _is_caught(kind, caught)]
    if kinds and not left:
        return _CAUGHT
    return Raiser(found.likelihood, left[0].what) if len(left) < len(kinds) else found


def hangs_on_way(verdict: Verdict, index: int) -> bool:
    """Whether `raiser_on` may tell something else of a node on another way."""
    node = verdict.explorer.nodes[index]
    raises = isinstance(node.op, g.Raise)
    return any(
        (place.kind == "try" and place.handlers) or (raises and place.kind == "handler")
        for place in node.places()
    )


def _handled(verdict: Verdict, leak: Leak, index: int) -> int | None:
    """What raised before, where the node is a raise in the handler of that; None where it isn't."""
    nodes = verdict.explorer.nodes
    if not isinstance(nodes[index].op, g.Raise):
        return None
    handlers = [place.span for place in nodes[index].places() if place.kind == "handler"]
    if not handlers:
        return None
    created = set(verdict.result.created.values())
    raised: list[int] = []  # since the file is there, the last first
    for item, step in verdict.result.trace.back(leak.end.item):
        if step.how == "raise" and step.via not in (index, g.NO_EDGE):
            raised.append(step.via)
        if item in created:
            break
    tried = next((via for via in raised if not isinstance(nodes[via].op, g.Reraise)), None)
    if tried is None:
        return None
    around = [place.span for place in nodes[tried].places() if place.kind == "try"]
    inside = any(span.start <= handler.start <= span.end for span in around for handler in handlers)
    return tried if inside else None


def _kinds(verdict: Verdict, index: int) -> tuple[failures.Failure, ...]:
    """What is known to go wrong at a node; `UNKNOWN` where nothing is."""
    explorer = verdict.explorer
    statics = statics_of_body(verdict)
    op = explorer.nodes[index].op
    if isinstance(op, g.Enter | g.Leave):
        made = statics.made.get(op.manager)
        op = made if made is not None else op
    if not isinstance(op, g.Call):
        return ()
    target = target_of(statics, op.func)
    if isinstance(target, Func | Klass):
        return (failures.UNKNOWN,)
    name = name_of_call(statics, op)
    found = left_by_arguments(_failures(explorer.project.knowledge, name), name, statics, op)
    return found or (failures.UNKNOWN,)


def _is_caught(failure: failures.Failure, caught: set[str]) -> bool:
    """Whether handlers for these classes catch a kind of failure."""
    raised = _EXCEPTION.findall(failure.raises)
    if not raised or _OF_SOMEBODY.search(failure.raises):
        raised = [*_USUAL]
    return all(
        any(
            handler.rpartition(".")[2] == name or catches(handler, Flight(name, exact=True)) is Match.YES
            for handler in caught
        )
        for name in raised
    )


def _opens_its_own(verdict: Verdict, index: int) -> bool:
    """Whether the file that was made is opened: it is there, and may be opened by who made it."""
    explorer = verdict.explorer
    op = explorer.nodes[index].op
    if not isinstance(op, g.Call):
        return False
    statics = statics_of_body(verdict)
    name = name_of_call(statics, op)
    if name not in likelihood.OPENS_ITS_OWN and name != ".open":
        return False
    trail = trail_in(explorer.project, explorer.code, verdict.site.nodes)
    return trail.is_given(op) or op.func in trail.holding


@question(lambda module, code, index: _OTHER_IN_CIRCLE)
def _raiser(project: Project, module: Module, code: Code, index: int) -> Raiser:
    statics = names_of(project, module, code)
    node = code.nodes[index]
    match node.op:
        case g.Call() as call:
            return _of_call(statics, call)
        case g.Raise(cause="assert") if _tells_a_type(statics, code, index):
            return _NARROWS
        case g.Enter(manager=temp) | g.Leave(manager=temp) as op:
            made = statics.made.get(temp)
            if isinstance(made, g.Call):
                found = _of_call(statics, made)
                # What may go wrong when something is asked for doesn't when it is let go.
                made_it = isinstance(op, g.Enter) or _is_ours(statics, made) or _opens(statics, made)
                if isinstance(op, g.Leave) and found.is_name:
                    return _LEAVES_ITS_OWN
                if found.likelihood is Likelihood.SELDOM or (
                    found.likelihood is Likelihood.LIKELY and made_it
                ):
                    return found
    return _PLAIN.get(type(node.op), _OTHER)


def _is_ours(statics: Statics, call: g.Call) -> bool:
    """Whether what is called stands in the project."""
    return isinstance(target_of(statics, call.func), Func | Klass)


def _opens(statics: Statics, call: g.Call) -> bool:
    """Whether a call opens a file: leaving it writes what is left."""
    name = name_of_call(statics, call)
    return any(statics.project.knowledge.effect(name, kind) is not None for kind in (Opens, Creates, Makes))


def _tells_a_type(statics: Statics, code: Code, index: int) -> bool:
    """Whether an assertion says that something isn't None, or of some class: it is for who checks types."""
    row = code.nodes[index].span.start.row
    for tested in _tested_in_rows(statics.project, code).get(row, ()):
        match statics.made.get(tested):
            case g.Compare(operator="is not", right=right) if statics.literal(right) is None:
                return True
            case g.Call(func=func) if statics.resolve(func) == Dotted("isinstance"):
                return True
    return False


@question()
def _tested_in_rows(project: Project, code: Code) -> dict[int, list[g.Temp]]:
    """What the branches decide by that begin in each row."""
    found: dict[int, list[g.Temp]] = {}
    for node in code.nodes:
        if isinstance(node.op, g.Branch):
            found.setdefault(node.span.start.row, []).append(node.op.cond)
    return found


def _of_call(statics: Statics, call: g.Call) -> Raiser:
    name = name_of_call(statics, call)
    last = last_part(name)
    seldom = last in likelihood.PATH_CLASSES or _is_seldom(statics, call, last)
    target = statics.resolve(call.func)
    # What another module has by such a name (a copy of `click`, its own logger) does what the name says.
    if isinstance(target, Func | Klass) or not seldom:
        target = target_of(statics, call.func)
    if isinstance(target, Func | Klass):
        return _of_project(statics.project, target)
    if _gives_task(statics, call):
        return Raiser(Likelihood.SELDOM, "it only makes what a task runs")
    if seldom:
        return Raiser(Likelihood.SELDOM, f"{last}() hardly ever raises")
    found = left_by_arguments(_failures(statics.project.knowledge, name), name, statics, call)
    if not found or found == (failures.UNKNOWN,):
        shown = f"{last}()" if last else "what is called"
        return Raiser(Likelihood.POSSIBLE, f"{shown} {NOT_KNOWN}")
    if found == (failures.NOT_EMPTY,):
        return Raiser(Likelihood.POSSIBLE, f"{last}() {_DELETES_EMPTY}")
    if set(found) <= _SCARCE:
        return Raiser(Likelihood.POSSIBLE, f"{found[0].what}{_RARE}")
    return Raiser(Likelihood.LIKELY, found[0].what)


def _gives_task(statics: Statics, call: g.Call) -> bool:
    """Whether a call makes a coroutine, that is given to a task at once."""
    return any(
        (hands := statics.project.knowledge.effect(f"{ANY}.{_tail(statics, taker.func)}", HandsOn))
        is not None
        and hands.what is Share.COROUTINE
        for taker in _takers(statics.project, statics.code).get(call.dest, ())
    )


@question()
def _takers(project: Project, code: Code) -> dict[int, list[g.Call]]:
    """The calls that a value is given to, by its temporary: looked up for each call of a body."""
    found: dict[int, list[g.Call]] = {}
    for node in code.nodes:
        if isinstance(node.op, g.Call):
            for argument in node.op.args:
                found.setdefault(argument.value, []).append(node.op)
    return found


def _tail(statics: Statics, temp: int) -> str:
    """The last part of the name of what is called, as it is written."""
    made = statics.made.get(temp)
    return made.attr if isinstance(made, g.GetAttr) else made.name if isinstance(made, g.Load) else ""


def _of_project(project: Project, target: Func | Klass) -> Raiser:
    """A function of the project fails where the likeliest of what it does fails, a class where its constructor does."""
    name = last_part(target.qualname)
    if name in likelihood.MAKES_FOLDERS:
        return Raiser(Likelihood.SELDOM, f"{name}() hardly ever raises")
    func = target if isinstance(target, Func) else project.method(target, "__init__")
    if func is not None and is_abstract(project, func):
        return Raiser(Likelihood.POSSIBLE, f"{name}() {NOT_KNOWN}")
    inside = _likeliest(project, func) if func is not None else _of_bases(project, target)
    said = {
        Likelihood.LIKELY: "does things that can fail",
        Likelihood.POSSIBLE: KNOWN_HARMLESS,
        Likelihood.SELDOM: "hardly ever fails",
    }
    return Raiser(inside, f"{name}() {said[inside]}")


def _of_bases(project: Project, target: Func | Klass) -> Likelihood:
    """How likely it is that a class without a constructor raises: hardly ever, where it is one of paths."""
    if not isinstance(target, Klass) or project.method(target, "__new__") is not None:
        return Likelihood.POSSIBLE
    names = {last_part(name) for name in (target.qualname, *project.bases(target)[1])}
    return Likelihood.SELDOM if names & likelihood.PATH_CLASSES else Likelihood.POSSIBLE


@question(
    lambda func: Likelihood.SELDOM, about=as_method
)  # what it does when it calls itself, it does anyway
def _likeliest(project: Project, func: Func) -> Likelihood:
    """How likely it is that a function raises, by what stands in it."""
    code = project.code(func) if len(region_text(project, func)) < LONG_TEXT else None
    if code is None:
        return Likelihood.LIKELY
    module = project.module(func.module)
    statics = statics_of(project, func, code)
    found = Likelihood.SELDOM
    for node in code.nodes:
        if isinstance(node.op, g.Raise):
            return Likelihood.LIKELY
        if (
            isinstance(node.op, g.Call | g.Enter | g.Await | g.Next)
            and not is_benign_op(project, statics, node.op)
            and not _is_caught_inside(statics, node)
        ):
            found = max(found, _raiser(project, module, code, node.index).likelihood)
        if found is Likelihood.LIKELY:
            break
    return found


def _is_caught_inside(statics: Statics, node: g.Node) -> bool:
    """Whether a handler around an operation catches all that is known to go wrong there. What the handler does itself,
    it does elsewhere in the function."""
    caught = {name for place in node.places() if place.kind == "try" for name in place.handlers}
    if not caught:
        return False
    if caught & CATCH_ALL:
        return True
    if not isinstance(node.op, g.Call):
        return False
    target = target_of(statics, node.op.func)
    if isinstance(target, Func | Klass):
        return False
    name = name_of_call(statics, node.op)
    found = left_by_arguments(_failures(statics.project.knowledge, name), name, statics, node.op)
    return bool(found) and all(_is_caught(kind, caught) for kind in found)


def _failures(knowledge: Knowledge, name: str) -> tuple[failures.Failure, ...]:
    """What a call of this name can fail with, as far as the table knows."""
    last = last_part(name)
    if last.startswith("assert"):
        return (failures.TEST_FAILS,)
    return (knowledge.failures(name) if name != f".{last}" else ()) or (
        knowledge.failures(f"{ANY}.{last}") if "." in name else ()
    )


def _is_seldom(statics: Statics, call: g.Call, last: str) -> bool:
    target = statics.resolve(call.func)
    seldom = likelihood.SELDOM if isinstance(target, Dotted) else likelihood.SELDOM_METHODS
    if last in seldom and _means_that(statics, call, target):
        return True
    if last in likelihood.ENCODERS | likelihood.DECODERS and any(
        statics.literal(a.value) in likelihood.BEARING for a in call.args if a.keyword in (None, "errors")
    ):
        return True
    if last in likelihood.ENCODERS:
        return all(statics.literal(a.value) in likelihood.USUAL_ENCODINGS for a in call.args)
    return last in likelihood.SELDOM_OF_LITERALS and all(_is_literal(statics, a.value) for a in call.args)


def _means_that(statics: Statics, call: g.Call, target: Value | None) -> bool:
    """Whether the last part of a name says what is called: it is a method's or a module's. A bare name may be
    anybody's, unless it is imported from the standard library, or makes folders."""
    if not isinstance(statics.made.get(call.func), g.Load):
        return True
    module, _, last = target.name.rpartition(".") if isinstance(target, Dotted) else ("", "", "")
    return bool(module) and (
        module.partition(".")[0] in sys.stdlib_module_names or last in likelihood.MAKES_FOLDERS
    )


def _is_literal(statics: Statics, temp: int) -> bool:
    made = statics.made.get(temp)
    if isinstance(made, g.Build):
        return all(_is_literal(statics, item) for item in (*made.items, *made.keys))
    return isinstance(made, g.Const)
