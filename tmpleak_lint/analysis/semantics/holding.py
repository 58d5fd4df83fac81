"""Who holds the tracked file: does a value lead to it, is it a part of it, which files lie around it.

Comes in: a value and the state it is looked at in. Goes out: yes or no, or the values inside. Values that
nothing is known of hold nothing.
"""

from __future__ import annotations

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.state import Enclosing, State, alive, contents
from tmpleak_lint.analysis.domain.values import MANAGED, STRANGER, TRACKED, UNKNOWN, Ref, Role, Value
from tmpleak_lint.analysis.explore.explorer import Explorer
from tmpleak_lint.analysis.queries.sites import Obligation
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code, Node

_HOLDING = frozenset({Role.PATH, Role.HANDLE, Role.WRAP, Role.TEXT})


def holds(explorer: Explorer, value: object, state: State, depth: int = 0) -> bool:
    """Whether whoever gets this value gets hold of the tracked file."""
    if depth > 6:
        return False
    match value:
        case Ref(obj=obj, role=role):
            if obj != TRACKED and obj not in state.file.parents:
                return False
            if explorer.obligation is Obligation.DESCRIPTOR:
                return role is Role.FD and obj == TRACKED
            return role in _HOLDING or (obj == TRACKED and names_file(value, state))
        case v.Seq(items=items):
            return any(explorer.holds(i, state, depth + 1) for i in items)
        case v.Box() | v.Global() | v.Member():
            held = contents(value, state)
            return any(explorer.holds(i, state, depth + 1) for _, i in held)
        case v.Inst(ident=ident):
            return any(explorer.holds(other, state, depth + 1) for other in state.of_owner(ident)) or any(
                held_in(explorer, held, state)
                for container, held in state.containers()
                if getattr(container, "base", None) == value
            )
        case v.Sym(key=tuple()):
            return any(explorer.holds(other, state, depth + 1) for other in state.of_owner(value))
        case v.Object(data=data):
            held = contents(value, state)
            return any(explorer.holds(i, state, depth + 1) for i in data) or any(
                explorer.holds(i, state, depth + 1) for _, i in held
            )
        case v.Partial(func=func, args=args, keywords=keywords):
            return (
                explorer.holds(func, state, depth + 1)
                or any(explorer.holds(a, state, depth + 1) for a in args)
                or any(explorer.holds(a, state, depth + 1) for _, a in keywords)
            )
        case v.Func(bound=bound, code=code):
            if bound is not None and explorer.holds(bound, state, depth + 1):
                return True
            return code is not None and any(
                explorer.holds(state.captured(name), state, depth + 1) for name in loaded_names(code)
            )
        case v.Klass():
            return any(
                held_in(explorer, held, state)
                for container, held in state.containers()
                if getattr(container, "base", None) == value
            )
        case v.Member(base=base):
            return explorer.holds(base, state, depth + 1)
        case v.Iteration(source=source):
            return explorer.holds(source, state, depth + 1)
    return False


def names_file(ref: Ref, state: State) -> bool:
    """Whether this is the file's own path. A file made under a name from mktemp with an ending has that path."""
    return ref.role is Role.PATH or (ref.role is Role.SIBLING and state.file.ended)


def touches(value: object) -> bool:
    """Whether the value is, or directly contains, any temp file's name or handle."""
    match value:
        case Ref():
            return True
        case v.Seq(items=items):
            return any(touches(i) for i in items)
        case v.Partial(args=args):
            return any(touches(a) for a in args)
        case v.Object(data=data):
            return any(touches(a) for a in data)
    return False


def lose(explorer: Explorer, node: Node, key: object, old: object, state: State) -> None:
    """A binding was overwritten: when it was the last that held the file, note where it got lost."""
    if not alive(state) or not explorer.holds(old, state):
        return
    for name, value in state.items():
        if name != key and type(name) is not int and explorer.holds(value, state):
            return
    for slot, stored in state.heap.slots.items():
        if slot != key and held_in(explorer, stored, state):
            return
    for name, value in state.heap.enclosing.items():
        if key != Enclosing(name) and explorer.holds(value, state):
            return
    state.frame = state.frame._replace(lost=node.index)


def held_in(explorer: Explorer, value: object, state: State) -> bool:
    """Whether what a state has under a key, a value or pairs of what a container holds, leads to the file."""
    if isinstance(value, tuple):
        return any(explorer.holds(i, state) for _, i in value)
    return explorer.holds(value, state)


def elements(container: object, state: State) -> list[Value]:
    """What iterating over a container can give, as far as known."""
    match container:
        case v.Seq(items=items):
            return list(items)
        case v.Box() | v.Global() | v.Member() | v.Object():
            return [i for _, i in contents(container, state)]
        case v.Iteration(source=source):
            return elements(source, state)
    return []


def worth_holding(item: object) -> bool:
    """Whether a container keeps note of the item: only these can lead to a file."""
    return isinstance(item, Ref | v.Seq | v.Box | v.Inst | v.Func | v.Partial | v.Object)


def loaded_names(code: Code) -> frozenset[str]:
    """Names that a nested body takes from outside."""
    names = {n.op.name for n in code.nodes if isinstance(n.op, g.Load)}
    for inner in code.nested:
        names |= loaded_names(inner)
    return frozenset(names) - code.local_names


def is_tracked_or_parent(ref: Ref, state: State) -> bool:
    """Whether deleting this as a whole deletes the tracked file."""
    return ref.obj == TRACKED or is_parent(ref, state)


def is_parent(ref: Ref, state: State) -> bool:
    """Whether the file was made inside this one: deleting (or moving) that as a whole takes it along."""
    parents: tuple[int, ...] = state.file.parents
    return ref.obj in parents


def names_whole(explorer: Explorer, value: object, state: State) -> bool:
    """Whether the value is the file (or a container of it, or the directory that it lies in)."""
    if isinstance(value, Ref):
        return is_tracked_or_parent(value, state) and value.role in (Role.PATH, Role.HANDLE)
    if value == state.file.inside:
        return True
    return explorer.holds(value, state)


def stranger(value: Value) -> Value:
    """The same kind of value, naming another file from the same site."""
    match value:
        case Ref(role=role):
            return Ref(STRANGER, role)
        case v.Seq(items=items):
            return v.Seq(tuple(stranger(i) for i in items))
    return UNKNOWN


def renumbered(value: Value, number: int) -> Value:
    """A handed-over value, naming the file under another number."""
    match value:
        case Ref(role=role):
            return Ref(number, role)
        case v.Seq(items=items):
            return v.Seq(tuple(renumbered(i, number) for i in items))
        case v.Object(kind=kind, ident=ident, data=data):
            return v.Object(
                kind, ident, tuple(renumbered(d, number) if isinstance(d, Ref) else d for d in data)
            )
    return value


def stranger_of(value: Value) -> Value:
    """The same kind of value, naming another file from the same site."""
    return renumbered(value, STRANGER)


def settled(value: object, state: State) -> Value | None:
    """A value that names a file somebody else cleans up: as such, else None."""
    if isinstance(value, Ref):
        managed: frozenset[int] = state.file.managed
        if value.obj == MANAGED or value.obj in managed:
            return Ref(MANAGED, value.role)
    if isinstance(value, v.Seq):
        items = tuple(settled(i, state) or i for i in value.items)
        return v.Seq(items) if items != value.items else None
    return None
