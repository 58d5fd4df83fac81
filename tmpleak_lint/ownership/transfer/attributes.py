"""Attributes: of objects that are followed, of paths and handles, of modules and classes; properties are
called."""

from __future__ import annotations

import re

from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Node
from tmpleak_lint.ownership import values as v
from tmpleak_lint.ownership.holding import lose
from tmpleak_lint.ownership.state import State, alive
from tmpleak_lint.ownership.transfer.conditions import forget_about
from tmpleak_lint.ownership.transfer.functions import call_function
from tmpleak_lint.ownership.values import UNKNOWN, Ref, Role, Value
from tmpleak_lint.ownership.walk import Walker

_PROPERTIES = frozenset({"property", "cached_property", "lazy_property", "cachedproperty"})


def on_get_attr(walk: Walker, index: int, node: Node, op: g.GetAttr, state: State) -> int:
    return walk.attribute(index, node, state.get(op.obj, UNKNOWN), op.attr, op.dest, state)


def attribute(walk: Walker, index: int, node: Node, base: Value, attr: str, dest: int, state: State) -> int:
    """What `base.attr` is."""
    match base:
        case v.Dotted(name=name):
            state[dest] = state.get(("@", base, attr)) or v.Dotted(f"{name}.{attr}")
        case Ref():
            state[dest] = file_attribute(base, attr, state)
        case v.Inst(klass=klass, ident=ident):
            if ("@", ident, attr) in state:
                state[dest] = state["@", ident, attr]
                return node.next
            shared = class_attribute(walk, klass, attr, state)
            if shared is not None:
                state[dest] = shared
                return node.next
            method = walk.project.method(klass, attr)
            if method is None:
                state[dest] = class_alias(walk, klass, attr) or v.Member(base, attr)
                return node.next
            bound = v.Func(method.module, method.qualname, method.code, base)
            if any(d.split(".")[-1] in _PROPERTIES for d in walk.project.decorators(bound)):
                return call_function(walk, index, node, bound, (), (), dest, state)
            state[dest] = bound
        case v.Klass():
            key = ("@", ("class", base), attr)
            method = walk.project.method(base, attr)
            if method is not None and "classmethod" in walk.project.decorators(method):
                method = v.Func(method.module, method.qualname, method.code, base)
            state[dest] = state.get(key) or method or class_alias(walk, base, attr) or v.Member(base, attr)
        case _:
            state[dest] = state.get(("@", base, attr)) or v.Member(base, attr)
    return node.next


def class_attribute(walk: Walker, klass: v.Klass, attr: str, state: State) -> Value | None:
    """What the class of an object, or one of its bases, has under a name."""
    for each in (klass, *walk.project.bases(klass)[0]):
        value: Value | None = state.get(("@", ("class", each), attr))
        if value is not None:
            return value
    return None


def class_alias(walk: Walker, klass: v.Klass, attr: str) -> Value | None:
    """The function that a class keeps under a name of its own, as in `unlink = os.unlink`."""
    for each in [klass, *walk.project.bases(klass)[0]]:
        module = walk.project.module(each.module)
        known = module.source.skeleton.classes.get(each.qualname) if each.shape is None else None
        if known is not None and attr in known.attributes:
            text = known.aliases.get(attr)
            found = walk.project.resolve_text(module, text) if text else None
            return found if isinstance(found, v.Dotted) and "." in found.name else None
    return None


def file_attribute(base: Ref, attr: str, state: State) -> Value:
    """An attribute of a path or handle: another view of the same file, or something that was put there."""
    known: Value | None = state.get(("@", base, attr))
    if known is not None:
        return known
    if base.role is Role.HANDLE and attr == "name":
        return Ref(base.obj, Role.PATH)
    if attr == "parent":
        if base.role is Role.CHILD:
            return Ref(base.obj, Role.PATH)
        if base.role is Role.PATH:
            return Ref(base.obj, Role.PARENT)
    if base.role in (Role.PATH, Role.CHILD) and attr in ("name", "stem", "suffix"):
        return UNKNOWN
    return v.Member(base, attr)


def on_set_attr(walk: Walker, index: int, node: Node, op: g.SetAttr, state: State) -> int:
    base, value = state.get(op.obj, UNKNOWN), state.get(op.src, UNKNOWN)
    match base:
        case v.Inst(ident=ident):
            key: object = ("@", ident, op.attr)
        case v.Klass():
            key = ("@", ("class", base), op.attr)
        case Ref():
            key = ("@", base, op.attr)
        case _:
            forget_about(v.Member(base, op.attr), state)
            return set_on_another(walk, index, node, base, op.attr, value, state)
    forget_about(v.Member(base, op.attr), state)
    old = state.get(key)
    state[key] = value
    if old is not None and old != value:
        lose(walk, key, old, state, index)
    return node.next


def set_on_another(
    walk: Walker, index: int, node: Node, base: Value, attr: str, value: Value, state: State
) -> int:
    """An attribute of an object that isn't followed: read back in this body, it is what was put there."""
    state.pop(("@", base, attr), None)
    if not walk.holds(value, state):
        return node.next
    made_here = object_made_here(base)
    if made_here is not None:
        state["@", made_here, attr] = value
    elif alive(state) and deleted_elsewhere(walk, attr) and not deleted_here(walk, attr):
        return walk.happen("escaped", index, attr)
    if base != UNKNOWN:
        state["@", base, attr] = value
    return node.next


def deleted_elsewhere(walk: Walker, attr: str) -> bool:
    """Whether another function of the module deletes what an object has under this attribute."""
    lines, own = walk.module.source.lines, walk.code.span
    return _is_deleted_in(walk, attr, "elsewhere", [*lines[: own.start.row - 1], *lines[own.end.row :]])


def deleted_here(walk: Walker, attr: str) -> bool:
    """Whether the body itself deletes what an object has under this attribute."""
    own = walk.code.span
    return _is_deleted_in(walk, attr, "here", walk.module.source.lines[own.start.row - 1 : own.end.row])


def _is_deleted_in(walk: Walker, attr: str, where: str, lines: list[str]) -> bool:
    key = ("attribute deleted", where, walk.module.key, walk.code, attr)
    if key not in walk.project.memo:
        name = re.escape(attr)
        deletion = rf"(?:rmtree|remove|unlink|rmdir)\([\w.]+\.{name}\b|\.{name}\.unlink\("
        walk.project.memo[key] = re.search(deletion, "\n".join(lines)) is not None
    return bool(walk.project.memo[key])


def object_made_here(base: Value) -> v.Sym | None:
    """The unknown object that an attribute belongs to, where a call of this body made it: who gets the object
    gets what was put on it."""
    while isinstance(base, v.Member):
        base = base.base
    return base if isinstance(base, v.Sym) and type(base.key) is tuple and base.key[0] == "op" else None


def on_remove(walk: Walker, index: int, node: Node, op: g.Remove, state: State) -> int:
    base = state.get(op.obj, UNKNOWN)
    if op.attr is not None and isinstance(base, v.Inst):
        state.pop(("@", base.ident, op.attr), None)
    return node.next
