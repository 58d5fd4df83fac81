"""What a method, or a function, has asked to be called later, over an attribute or variable that is filled after that.

Comes in: what an object owes, as `owners.py` has it, or what a module's variables hold. Goes out: whether a function
that is registered (a closure over the attribute or another name of it, one that is given it) deletes that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.heap import Attribute, Contents, GlobalName, Slot, Stored
from tmpleak_lint.analysis.domain.state import Snapshot, State, Typestate, contents, seed
from tmpleak_lint.analysis.queries.called import region_text
from tmpleak_lint.analysis.queries.context import Context
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.records import Body
from tmpleak_lint.analysis.queries.sites import Obligation
from tmpleak_lint.analysis.verdict.holders import captured_by
from tmpleak_lint.analysis.verdict.managed_places import value_ends
from tmpleak_lint.analysis.verdict.owners import Owned, held_names, ran
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge.model import Registers


def is_deleted_by_waiting(context: Context, owned: Owned) -> bool:
    """Whether what some method of the class registers deletes what the object's attributes hold."""
    project = context.project
    names = re.compile(rf"\b(?:{'|'.join(map(re.escape, held_names(owned.seed.state)))})\b")
    for func in _naming_registrars(project, owned.klass):
        code = project.code(func) if names.search(region_text(project, func)) is not None else None
        if code is not None:
            body = Body(project.module(func.module), code, project.owner_of(func))
            if is_deleted_by_waiting_of(context, body, owned.seed.state, owned.obligation):
                return True
    return False


@question(lambda klass: ())
def _naming_registrars(project: Project, klass: v.Klass) -> tuple[v.Func, ...]:
    """The methods of a class whose text names something that registers: few do, and it is asked for each way on which
    an object has a file."""
    registrars = re.compile(
        rf"\b(?:{'|'.join(map(re.escape, sorted(project.knowledge.tails(Registers))))})\b"
    )
    methods = project.methods(klass).values()
    return tuple(func for func in methods if registrars.search(region_text(project, func)) is not None)


@question()
def _registers_any(project: Project, code: Code) -> bool:
    """Whether a body, or a function in it, names something that registers what is to be called later."""
    registrars = project.knowledge.tails(Registers)
    names = {
        op.attr if isinstance(op, g.GetAttr) else op.name
        for node in code.nodes
        if isinstance(op := node.op, g.GetAttr | g.Load)
    }
    return not names.isdisjoint(registrars)


def is_deleted_by_waiting_of(context: Context, body: Body, held: State, obligation: Obligation) -> bool:
    """Whether what a body registers deletes what stands in these attributes and variables by the time it runs."""
    return _registers_any(context.project, body.code) and any(
        _deletes(context, each, _filled(held, end), held.file, captured_by([each], end), obligation)
        for end in value_ends(context, body)
        for _, each in contents(v.WAITING, end)
    )


def _deletes(
    context: Context,
    waiting: v.Value,
    slots: dict[Slot, Stored],
    file: Typestate,
    captured: Mapping[str, v.Value],
    obligation: Obligation,
) -> bool:
    """Whether a function that waits to be called deletes what stands in these slots, by names of the body around it."""
    func = waiting.func if isinstance(waiting, v.Partial) else waiting
    code = context.project.code(func) if isinstance(func, v.Func) else None
    if not isinstance(func, v.Func) or code is None:
        return False
    start = seed(slots, file)
    start.changing().enclosing.update(captured)
    given = waiting.args if isinstance(waiting, v.Partial) else ()
    start.update((param.name, value) for param, value in zip(code.params, given, strict=False))
    found = ran(context, func, Snapshot(start), obligation, True, None)
    return found is not None and found.deletes


def _filled(held: State, end: State) -> dict[Slot, Stored]:
    """What stands where at the end of a method, once the attributes have what they are to hold."""
    slots = dict(end.heap.slots)
    for slot, stored in held.heap.slots.items():
        match slot:
            case Contents(container=v.Member(base=v.Inst(ident=owner), attr=name)):
                known = slots.get(Attribute(owner, name))
                slots[Contents(known) if isinstance(known, v.Box) else slot] = stored
            case Contents(container=v.Global(name=name)):
                known = slots.get(GlobalName(name))
                slots[Contents(known) if isinstance(known, v.Box) else slot] = stored
            case _:
                slots[slot] = stored
    return slots
