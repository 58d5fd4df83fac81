"""Who holds the tracked file: does a value lead to it, is it a part of it, which files lie around it.

Comes in: a value and the state it is looked at in. Goes out: yes or no, or the values inside. Values that
nothing is known of hold nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from tmpleak_lint.analysis.domain import symbols
from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.heap import Arrived, Enclosing, Slot, Stored, depth_of, named_in
from tmpleak_lint.analysis.domain.state import State, alive, contents
from tmpleak_lint.analysis.domain.values import BESIDE, MANAGED, TRACKED, UNKNOWN, UNTRACKED, Ref, Role, Value
from tmpleak_lint.analysis.explore.explorer import Explorer
from tmpleak_lint.analysis.queries.sites import Obligation
from tmpleak_lint.bounds import HELD_DEPTH
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code, Node

_HOLDING_NOTHING = frozenset({v.Const, v.Dotted, v.Item, v.Test, v.Flight, type(None)})
_HOLDING = frozenset({Role.PATH, Role.HANDLE, Role.WRAP, Role.TEXT, Role.COMMAND})


class Seen:
    """The values that were looked into on the way to one, each with how deep it stood: what holds itself, or is held
    by several, isn't looked into again and again."""

    __slots__ = ("_at", "depth")

    def __init__(self) -> None:
        self._at: dict[object, int] = {}
        self.depth = 0

    def enter(self, value: object) -> bool:
        """Whether this is still to be looked into."""
        if self.depth > HELD_DEPTH or self._at.get(value, HELD_DEPTH + 1) <= self.depth:
            return False
        self._at[value] = self.depth
        return True


def holds(explorer: Explorer, value: object, state: State, seen: Seen | None = None) -> bool:
    """Whether whoever gets this value gets hold of the tracked file."""
    if isinstance(value, Ref):
        if value.obj != TRACKED and value.obj not in state.file.parents:
            return False
        if explorer.obligation is Obligation.DESCRIPTOR:
            return value.role is Role.FD and value.obj == TRACKED
        return value.role in _HOLDING or (value.obj == TRACKED and names_file(value, state))
    if type(value) in _HOLDING_NOTHING:
        return False
    parts = _held_by(value, state)
    if not parts:
        return False
    seen = seen if seen is not None else Seen()
    if not seen.enter(value):
        return False
    seen.depth += 1
    found = any(explorer.holds(each, state, seen) for each in parts)
    seen.depth -= 1
    return found


def _held_by(value: object, state: State) -> Sequence[Value | None]:
    """What stands in a value."""
    match value:
        case v.Seq(items=items):
            return items
        case v.Box() | v.Global() | v.Member():
            return [each for _, each in contents(value, state)]
        case v.Inst(klass=klass, ident=ident):
            return [*state.of_owner(ident), *_registered(value, state), *_captured(klass, state)]
        case v.Sym() if value is not UNKNOWN:
            return [*state.of_owner(value)]
        case v.Object(data=data):
            own = [each for each in data if isinstance(each, Value)]
            return [*own, *(each for _, each in contents(value, state))]
        case v.Partial(func=func, args=args, keywords=keywords):
            return [func, *args, *(each for _, each in keywords)]
        case v.Func(bound=bound, code=code, cells=cells):
            captured = sorted(loaded_names(code) - dict(cells).keys()) if code is not None else ()
            own = [each for _, each in cells]
            return [*((bound,) if bound is not None else ()), *own, *map(state.captured, captured)]
        case v.Klass():
            return [*_registered(value, state), *_captured(value, state)]
        case v.Iteration(source=source):
            return (source,)
    return ()


def is_only_said(explorer: Explorer, value: Value, state: State) -> bool:
    """Whether a value leads to the file by texts alone in which its name stands, as what an error says does."""
    work, seen = [value], Seen()
    said = False
    while work:
        each = work.pop()
        if isinstance(each, Ref):
            if each.role is not Role.TEXT and explorer.holds(each, state):
                return False
            said |= each.role is Role.TEXT
        elif seen.enter(each):
            work += [part for part in _held_by(each, state) if part is not None]
    return said


def _captured(klass: v.Klass, state: State) -> list[Value | None]:
    """What the methods of a class that stands in a body take from that body."""
    methods = klass.shape.methods.values() if klass.shape is not None else ()
    return [state.captured(name) for code in methods for name in sorted(loaded_names(code))]


def _registered(value: v.Inst | v.Klass, state: State) -> list[Value]:
    """What stands in the containers that an object or class has as attributes."""
    return [
        each
        for container, held in state.containers()
        if getattr(container, "base", None) == value
        for _, each in held
    ]


def names_file(ref: Ref, state: State) -> bool:
    """Whether this is the file's own path. A file made under a name from mktemp with an ending has that path, and not
    the name."""
    return ref.role in BESIDE if state.file.ended else ref.role is Role.PATH


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


def is_empty(value: Value, state: State) -> bool:
    """Whether a container holds nothing for sure."""
    return value == v.Seq(()) or (
        isinstance(value, v.Box) and not contents(value, state) and not state.is_open(value)
    )


def worth_holding(item: object) -> bool:
    """Whether a container keeps note of the item: only these can lead to a file."""
    return isinstance(
        item, Ref | v.Seq | v.Box | v.Inst | v.Func | v.Partial | v.Object | v.Dotted | v.Klass | v.OneOf
    )


def loaded_names(code: Code) -> frozenset[str]:
    """Names that a nested body takes from outside."""
    names: set[str] = set()
    work = [(code, code.local_names)]
    while work:
        body, bound = work.pop()
        names.update(n.op.name for n in body.nodes if isinstance(n.op, g.Load) and n.op.name not in bound)
        work += [(inner, bound | inner.local_names) for inner in body.nested]
    return frozenset(names)


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
    return is_around(value, state) or explorer.holds(value, state)


def is_around(value: object, state: State) -> bool:
    """Whether the file was made in a directory that isn't followed, or somewhere below it, and this is that."""
    place: Value | None = state.file.inside
    while place is not None:
        if place == value and not (isinstance(place, symbols.Below) and place.name is None):
            return True
        place = place.base if isinstance(place, symbols.Below) else None
    return False


_MADE = (v.Box, v.Inst, v.Object, v.Seq, v.Partial, v.Member, v.Item, v.Func, tuple)


class Arrival(NamedTuple):
    """What a called body has made and left: under other names, for two calls of it leave two of each, and a body that
    calls itself gets another than its own. `apart` are the new names of what an earlier round of a loop got here."""

    names: Mapping[object, object]
    apart: Mapping[object, object]

    def value(self, given: Any) -> Any:
        """What it gave, under these names."""
        return v.renamed(v.renamed(given, self.apart), self.names) if self.names else given


_NOTHING_ARRIVED = Arrival({}, {})


def arrival(
    explorer: Explorer,
    node: Node,
    given: object,
    slots: Iterable[tuple[Slot, Stored]],
    state: State,
    *,
    below: int = -1,
) -> Arrival:
    """How what a call gives and leaves in these slots is named here; `below`: what bodies at this depth and above have
    made is theirs, and keeps its name. In the state, what stands in the way is set apart."""
    found: dict[object, None] = dict.fromkeys(v.idents_in(given)) if isinstance(given, _MADE) else {}
    for slot, stored in slots:
        found[named_in(slot)] = None
        for each in (item for _, item in stored) if isinstance(stored, tuple) else (stored,):
            if isinstance(each, _MADE):
                found |= dict.fromkeys(v.idents_in(each))
    made = [name for name in found if depth_of(name) > below]
    if not made:
        return _NOTHING_ARRIVED
    call = explorer.ident(node)
    apart: dict[object, object] = {}
    for number in range(len(made)):
        apart |= explorer.set_apart(Arrived(call, number), state)
    return Arrival({name: Arrived(call, number) for number, name in enumerate(made)}, apart)


def untracked(value: Value) -> Value:
    """The same kind of value, naming another file from the same site."""
    match value:
        case Ref(role=role):
            return Ref(UNTRACKED, role)
        case v.Seq(items=items):
            return v.Seq(tuple(untracked(i) for i in items))
    return UNKNOWN


def renumbered(value: Value, number: int) -> Value:
    """A handed-over value, naming the file under another number. Other files of who hands it over have none here."""
    match value:
        case Ref(obj=obj, role=role):
            return value if obj == MANAGED else Ref(number if obj == TRACKED else UNTRACKED + obj, role)
        case v.Seq(items=items):
            return v.Seq(tuple(renumbered(i, number) for i in items))
        case v.Object(kind=kind, ident=ident, data=data):
            return v.Object(
                kind, ident, tuple(renumbered(d, number) if isinstance(d, Ref) else d for d in data)
            )
        case v.Func(cells=(_, *_) as cells):
            return replace(value, cells=tuple((name, renumbered(each, number)) for name, each in cells))
    return value


def untracked_of(value: Value) -> Value:
    """The same kind of value, naming another file from the same site."""
    return renumbered(value, UNTRACKED)


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
