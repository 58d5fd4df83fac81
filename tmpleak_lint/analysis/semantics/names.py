"""Constants, names and definitions: what a name holds, and what binding it anew loses."""

from __future__ import annotations

from tmpleak_lint.analysis.domain import symbols
from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.heap import Enclosing, GlobalName, Slot, Stored
from tmpleak_lint.analysis.domain.state import State, alive
from tmpleak_lint.analysis.domain.values import MANAGED, UNKNOWN, Flight, Ref, Role, Value
from tmpleak_lint.analysis.explore.explorer import DEAD, Explorer
from tmpleak_lint.analysis.queries.testing import is_filled
from tmpleak_lint.analysis.semantics.conditions import mentions, new_unknown
from tmpleak_lint.analysis.semantics.holding import lose
from tmpleak_lint.analysis.semantics.late import note_bound_again
from tmpleak_lint.analysis.semantics.raising import refuse
from tmpleak_lint.analysis.semantics.texts import begins_deleting
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Kind, Node
from tmpleak_lint.knowledge.exceptions import NOT_IMPORTED
from tmpleak_lint.reading.skeleton import ImportedName


def on_const(explorer: Explorer, node: Node, op: g.Const, state: State) -> int:
    value = op.value
    if value is ...:
        state[op.dest] = UNKNOWN
    elif isinstance(value, type):
        state[op.dest] = v.Dotted(value.__name__)
    else:
        state[op.dest] = v.Const(value)
    return node.next


def on_load(explorer: Explorer, node: Node, op: g.Load, state: State) -> int:
    name = op.name
    if name in state:
        state[op.dest] = state[name]
        return node.next
    if name in explorer.code.local_names and explorer.code.kind in (Kind.FUNCTION, Kind.LAMBDA):
        if any(place.kind in ("finally", "handler") for place in node.places()):
            explorer.fail(node, state, Flight("UnboundLocalError"))
            return DEAD
        state[op.dest] = UNKNOWN
        return node.next
    outside = state.heap.enclosing.get(name) or state.global_name(name)
    if outside is None:
        outside = explorer.outside.get(name)
        if outside is None:
            outside = explorer.outside[name] = _outside(explorer, name)
    state[op.dest] = outside
    return node.next


def _outside(explorer: Explorer, name: str) -> Value:
    """What a name means that neither this body nor what was walked has bound."""
    around = explorer.project.enclosing(explorer.module, explorer.code, name)
    found = around or explorer.project.lookup(explorer.module, name)
    if isinstance(found, v.Sym) and explorer.code.kind is not Kind.MODULE:
        given = explorer.project.parameter_around(explorer.module, explorer.code, name)
        is_managed = given is not None and is_filled(explorer.module, *given)
        return Ref(MANAGED, Role.PATH) if is_managed else symbols.FreeName(name)
    return found


def on_store(explorer: Explorer, node: Node, op: g.Store, state: State) -> int:
    value = state.get(op.src, UNKNOWN)
    plain = value.value if isinstance(value, v.Const) else None
    if plain is not None and op.name not in explorer.code.tested and not begins_deleting(plain):
        value = UNKNOWN
    elif op.name in explorer.code.tested and mentions(value, UNKNOWN):
        value = new_unknown(explorer, node, state)  # one thing from here on, whatever it is
    key: str | Slot | Enclosing = op.name
    old: Stored | None
    if op.name in explorer.code.global_names:
        key = GlobalName(op.name)
        old = state.at(key)
        state.put(key, value)
    elif op.name in explorer.code.nonlocal_names:
        key = Enclosing(op.name)
        old = state.at(key)
        state.changing().enclosing[op.name] = value
    else:
        old = state.get(op.name)
        state[op.name] = value
    if state.file.notes:
        note_bound_again(state, op.name, node)
    if old is not None and old != value:
        lose(explorer, node, key, old, state)
    return node.next


def on_forget(explorer: Explorer, node: Node, op: g.Forget, state: State) -> int:
    state.pop(op.name, None)
    return node.next


def on_move(explorer: Explorer, node: Node, op: g.Move, state: State) -> int:
    state[op.dest] = state.get(op.src, UNKNOWN)
    return node.next


def on_make_function(explorer: Explorer, node: Node, op: g.MakeFunction, state: State) -> int:
    func = v.Func(explorer.module.key, op.code.qualname, op.code)
    given = tuple((name, state.get(temp, UNKNOWN)) for name, temp in op.defaults)
    held = tuple((name, value) for name, value in given if explorer.holds(value, state))
    state[op.dest] = v.Partial(func, (), "partial", held) if held else func
    return node.next


def on_make_class(explorer: Explorer, node: Node, op: g.MakeClass, state: State) -> int:
    state[op.dest] = v.Klass(explorer.module.key, op.shape.qualname, op.shape)
    return node.next


def on_import(explorer: Explorer, node: Node, op: g.Import, state: State) -> int:
    if not alive(state):
        explorer.fail(node, state, Flight("ImportError"))  # a handler for it may make the file
    else:
        refuse(explorer, node, state, NOT_IMPORTED)
    state[op.dest] = v.Dotted(explorer.module.absolute(ImportedName(op.module, op.attr, op.level)))
    return node.next
