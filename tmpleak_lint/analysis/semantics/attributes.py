"""Attributes: of objects that are followed, of paths and handles, of modules and classes; properties are
called."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tmpleak_lint.analysis.domain import symbols
from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.heap import Attribute
from tmpleak_lint.analysis.domain.state import State, alive, contents
from tmpleak_lint.analysis.domain.values import UNKNOWN, UNTRACKED, Ref, Role, Value
from tmpleak_lint.analysis.explore.explorer import Explorer
from tmpleak_lint.analysis.queries.by_name import says_delete
from tmpleak_lint.analysis.queries.prefilter import may_affect, may_be_handed
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.records import Call
from tmpleak_lint.analysis.queries.resolver import class_member, given_by, is_property
from tmpleak_lint.analysis.queries.summaries import is_benign, made_and_given
from tmpleak_lint.analysis.semantics.conditions import forget_about
from tmpleak_lint.analysis.semantics.files import name_of
from tmpleak_lint.analysis.semantics.functions import call_function
from tmpleak_lint.analysis.semantics.holding import lose
from tmpleak_lint.analysis.semantics.objects import attribute_above
from tmpleak_lint.analysis.semantics.pathcalls import parent_path
from tmpleak_lint.analysis.semantics.raising import kinds_here
from tmpleak_lint.analysis.semantics.registering import registers
from tmpleak_lint.analysis.semantics.temproot import set_attribute
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.dataflow import edges, reached
from tmpleak_lint.flow.graph import Code, Node
from tmpleak_lint.knowledge import frameworks
from tmpleak_lint.knowledge.model import PATH, Deletes, Derives, Shape

_ROLES = {
    Shape.DIRECTORY: Role.PATH,
    Shape.NAME: Role.PATH,
    Shape.HANDLE: Role.HANDLE,
    Shape.DIRECTORY_HANDLE: Role.HANDLE,
}


def on_get_attr(explorer: Explorer, node: Node, op: g.GetAttr, state: State) -> int:
    return explorer.attribute(Call(node, op.dest, name=op.attr), state.get(op.obj, UNKNOWN), state)


def attribute(explorer: Explorer, call: Call, base: Value, state: State) -> int:
    """What `base.attr` is."""
    match base:
        case v.Dotted(name=name):
            state[call.dest] = state.attribute(base, call.name) or v.Dotted(f"{name}.{call.name}")
        case Ref():
            state[call.dest] = file_attribute(explorer, base, call.name, state)
        case v.Inst(klass=klass) if call.name == "__class__":
            state[call.dest] = klass
        case v.Inst(klass=klass, ident=ident):
            own = state.attribute(ident, call.name)
            if own is not None:
                state[call.dest] = own
                return call.node.next
            shared = class_attribute(explorer, klass, call.name, state)
            if shared is not None:
                state[call.dest] = shared
                return call.node.next
            method = explorer.project.method(klass, call.name)
            if method is None:
                state[call.dest] = class_member(explorer.project, klass, call.name) or v.Member(
                    base, call.name
                )
                return call.node.next
            bound = v.Func(method.module, method.qualname, method.code, base)
            if is_property(explorer.project, bound):
                given = given_by(explorer.project, method)
                if given is not None:
                    state[call.dest] = given
                    return call.node.next
                if explorer.options.quiet and explorer.tracked is None and alive(state):
                    # Nothing is made here any more that this could be the place of: nobody asks who deletes it.
                    other = _makes_another(explorer, bound)
                    if other is not None:
                        state[call.dest] = other
                        return call.node.next
                managed = may_be_handed(explorer.project, method) and explorer.context.is_managed_place(
                    explorer.module, v.Member(base, call.name)
                )
                if managed:
                    state[call.dest] = Ref(v.MANAGED, Role.PATH)
                    return call.node.next
                if alive(state) and (other := _makes_another(explorer, bound)) is not None:
                    if not is_benign(explorer.project, bound):
                        explorer.risk(call.node, state, kinds_here(explorer, call.node, bound))
                    state[call.dest] = other
                    return call.node.next
                return call_function(explorer, call._replace(args=(), keywords=()), bound, state)
            state[call.dest] = bound
        case v.Klass():
            known = state.attribute(base, call.name)
            method = explorer.project.method(base, call.name)
            if method is not None and "classmethod" in explorer.project.decorators(method):
                method = v.Func(method.module, method.qualname, method.code, base)
            state[call.dest] = (
                known
                or method
                or class_member(explorer.project, base, call.name)
                or v.Member(base, call.name)
            )
        case v.Object(kind="above"):
            state[call.dest] = attribute_above(explorer, base, call.name)
        case symbols.Below() if call.name == "parent":
            state[call.dest] = parent_path(base, state)
        case v.Object(kind="file") if call.name == "name" and (path := name_of(base)) is not None:
            state[call.dest] = path
        case _:
            state[call.dest] = state.attribute(base, call.name) or v.Member(base, call.name)
    return call.node.next


def _makes_another(explorer: Explorer, bound: v.Func) -> Ref | None:
    """What a property gives that makes a file of its own and does nothing else to the one that is followed: each of n
    that read each other would be walked anew for every attribute that may have the file."""
    shape = made_and_given(explorer.project, bound)
    if shape is None or shape not in _ROLES or may_affect(explorer.project, bound):
        return None
    return Ref(UNTRACKED, _ROLES[shape])


def class_attribute(explorer: Explorer, klass: v.Klass, attr: str, state: State) -> Value | None:
    """What the class of an object, or one of its bases, has under a name."""
    if not any(type(slot) is Attribute and slot.name == attr for slot in state.heap.slots):
        return None  # classes have many bases, and states few attributes
    for each in (klass, *explorer.project.bases(klass)[0]):
        value: Value | None = state.attribute(each, attr)
        if value is not None:
            return value
    return None


def file_attribute(explorer: Explorer, base: Ref, attr: str, state: State) -> Value:
    """An attribute of a path or handle: another view of the same file, or something that was put there."""
    known: Value | None = state.attribute(base, attr)
    if known is not None:
        return known
    if base.role is Role.HANDLE and attr == "name":
        return Ref(base.obj, Role.PATH)
    if attr == "parent" and base.role in (Role.CHILD, Role.PATH):
        return parent_path(base, state)
    if base.role in (Role.PATH, Role.CHILD) and attr in ("name", "stem", "suffix"):
        return UNKNOWN
    derives = explorer.knowledge.effect(f"{PATH}.{attr}", Derives)
    if derives is not None and derives.attribute:
        return base
    return v.Member(base, attr)


def on_set_attr(explorer: Explorer, node: Node, op: g.SetAttr, state: State) -> int:
    base, value = state.get(op.obj, UNKNOWN), state.get(op.src, UNKNOWN)
    own = isinstance(base, v.Inst) and base.ident == "self"
    closes = isinstance(value, v.Func | v.Partial) and not own and is_close_like(op.attr) and alive(state)
    if closes and registers(explorer, (value,), state):
        return explorer.discharge("managed", node, op.attr)  # how that object is closed from here on
    match base:
        case v.Inst(ident=ident):
            slot = Attribute(ident, op.attr)
            is_emptied = own and isinstance(value, v.Const) and not value.value and explorer.options.owned
            if is_emptied and _is_filled_on(explorer.project, explorer.code, node.index):
                return node.next
        case v.Klass():
            slot = Attribute(base, op.attr)
        case Ref():
            slot = Attribute(base, op.attr)
        case _:
            forget_about(v.Member(base, op.attr), state)
            return set_on_another(explorer, node, base, op.attr, value, state)
    forget_about(v.Member(base, op.attr), state)
    old = state.at(slot)
    state.put(slot, value)
    if old is not None and old != value:
        lose(explorer, node, slot, old, state)
    return node.next


@question()
def _is_filled_on(project: Project, code: Code, index: int) -> bool:
    """Whether something is called behind where an attribute is emptied, and the attribute read behind that, where
    nothing in the body has filled it: what is called does. `self.path = None`, then `self.run()`, which sets it, then
    `remove(self.path)`."""
    emptied = code.nodes[index]
    assert isinstance(emptied.op, g.SetAttr)
    attr = emptied.op.attr
    filled = {n.index for n in code.nodes if isinstance(n.op, g.SetAttr) and n.op.attr == attr}
    behind = reached(code.nodes, [emptied.next], without=filled)
    called = [i for i in behind if isinstance(code.nodes[i].op, g.Call)]
    after = reached(code.nodes, [to for i in called for _, to in edges(code.nodes[i])], without=filled)
    return any(isinstance(op := code.nodes[i].op, g.GetAttr) and op.attr == attr for i in after)


def set_on_another(explorer: Explorer, node: Node, base: Value, attr: str, value: Value, state: State) -> int:
    """An attribute of an object that isn't followed: read back in this body, it is what was put there."""
    state.drop(Attribute(base, attr))
    set_attribute(base, attr, value, state)
    if not explorer.holds(value, state):
        return node.next
    made_here = object_made_here(base)
    if made_here is not None:
        state.put(Attribute(made_here, attr), value)
    elif alive(state) and deleted_elsewhere(explorer, attr) and not deleted_here(explorer, attr):
        return explorer.discharge("escaped", node, attr)
    if base != UNKNOWN:
        state.put(Attribute(base, attr), value)
    return node.next


def deleted_elsewhere(explorer: Explorer, attr: str, *, of_another: bool = False) -> bool:
    """Whether another function of the module deletes what an object has under this attribute; `of_another`: not one
    that a method has of its own object."""
    return _is_deleted_in(explorer, attr, False, of_another)


def deleted_here(explorer: Explorer, attr: str) -> bool:
    """Whether the body itself deletes what an object has under this attribute."""
    return _is_deleted_in(explorer, attr, True, False)


def _is_deleted_in(explorer: Explorer, attr: str, here: bool, of_another: bool) -> bool:
    span = explorer.code.span
    return any(
        (span.start.row <= row <= span.end.row) is here and not (of_another and of_own)
        for row, of_own in _deletions(explorer.project, explorer.module).get(attr, ())
    )


@question()
def _deleting_calls(project: Project) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Calls of what deletes, and methods of what is made a path for that, with what they are given first; methods that
    delete, with the attribute (behind a dot) or variable whose they are."""

    def any_of(names: Iterable[str]) -> str:
        return "|".join(sorted(map(re.escape, names)))

    by_call, by_method = project.knowledge.tails(Deletes), project.knowledge.method_tails(Deletes)
    methods = any_of(by_method)
    return (
        re.compile(rf"\b(?:{any_of(by_call)})\(([\w.]+)"),
        re.compile(rf"\bPath\(([\w.]+)\)\.(?:{methods})\("),
        re.compile(rf"(\.?\b\w+)\.(?:{methods})\("),
    )


def is_close_like(name: str) -> bool:
    """Whether a method is named after closing or cleaning up."""
    return name in frameworks.ENDING or any(word in name.lower() for word in frameworks.CLOSE_WORDS)


# A variable, and the attribute that it is read from, or taken out of the object by its name: `path = job.path`,
# `path = g.pop("path", None)`, `if path := getattr(job, "path", None):`.
_READ = re.compile(
    r"\b(\w+)[ \t]*:?=[ \t]*"
    r"(?:([\w.]+)\.(\w+)[ \t]*$|getattr\([ \t]*([\w.]+),[ \t]*[\"'](\w+)[\"']|([\w.]+)\.pop\([ \t]*[\"'](\w+)[\"'])"
)

# What is given to a call first, by itself or first in a list: `cleanup_paths([job.folder])`.
_GIVEN = re.compile(r"(?<!def )\b(\w+)\(\s*[\[(]?([\w.]+\.\w+)\b(?!\()")


@question()
def _deletions(project: Project, module: Module) -> dict[str, list[tuple[int, bool]]]:
    """Where a module deletes, by its text, what objects have under an attribute: for each name the rows, and whether it
    is a method's own object."""
    found: dict[str, list[tuple[int, bool]]] = {}
    called, as_path, own_method = _deleting_calls(project)
    read: dict[str, tuple[str, bool]] = {}  # by the variable, as it was read last
    for row, line in enumerate(module.source.lines, 1):
        if line.lstrip().startswith(("def ", "async def ")):
            read = {}
        for name, *where in _READ.findall(line):
            whose, attr = (each for each in where if each)
            read[name] = attr, whose in ("self", "cls")
        by_name = [named for name, named in _GIVEN.findall(line) if says_delete(name)]
        for named in (*called.findall(line), *as_path.findall(line), *by_name):
            first, *attributes = named.split(".")
            for at, attr in enumerate(attributes):
                found.setdefault(attr, []).append((row, at == 0 and first in ("self", "cls")))
            if not attributes and first in read:
                found.setdefault(read[first][0], []).append((row, read[first][1]))
        for named in own_method.findall(line):
            if named.startswith("."):
                found.setdefault(named[1:], []).append((row, False))
            elif named in read:
                found.setdefault(read[named][0], []).append((row, read[named][1]))
    return found


def object_made_here(base: Value) -> symbols.Produced | None:
    """The unknown object that an attribute belongs to, where a call of this body made it: who gets the object
    gets what was put on it."""
    while isinstance(base, v.Member):
        base = base.base
    return base if isinstance(base, symbols.Produced) else None


def on_remove(explorer: Explorer, node: Node, op: g.Remove, state: State) -> int:
    base = state.get(op.obj, UNKNOWN)
    if op.attr is not None and isinstance(base, v.Inst):
        state.drop(Attribute(base.ident, op.attr))
    if op.attr is None and isinstance(base, v.Sym | v.Item) and contents(base, state):
        state.fill(base, ())  # by whatever key
    return node.next
