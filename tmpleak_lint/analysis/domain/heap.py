"""What a callee can change: objects, containers, the module's variables, the names around a body.

Comes in: the names of what operations make (`Ident`, and what becomes of them as calls return and loops go round).
Goes out: `Heap`, slot by slot. Who shares a heap, and when it is copied, is the state's business (`domain/state.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tmpleak_lint.analysis.domain.values import Value, names_followed, renamed

Held = tuple[tuple[object, Value], ...]


class Ident(NamedTuple):
    """A name for what an operation makes, distinct between bodies."""

    qualname: str
    depth: int
    number: int


class Arrived(NamedTuple):
    """A name for what a called body has made and handed over: another one for each call that does."""

    call: Ident
    number: int


class Earlier(NamedTuple):
    """A name for what the same operation made in an earlier round of a loop, when the file came to hang on it."""

    name: object


def depth_of(name: object) -> int:
    """How deep among calls that are walked in place the body is that has made what has this name; -1 for what isn't
    named after an operation."""
    while isinstance(name, Earlier):
        name = name.name
    if isinstance(name, Arrived):
        return name.call.depth
    return name.depth if isinstance(name, Ident) else -1


class Attribute(NamedTuple):
    """An attribute: of an instance by its ident, of a class, of a value that isn't followed."""

    owner: object
    name: str


class Contents(NamedTuple):
    """What a container, registry or exit stack holds."""

    container: Value


class GlobalName(NamedTuple):
    """A variable of the body's module."""

    name: str


class Enclosing(NamedTuple):
    """A name of an enclosing body."""

    name: str


Slot = Attribute | Contents | GlobalName
Stored = Value | Held


def with_names(slot: Slot, stored: Stored, names: Mapping[object, object]) -> tuple[Slot, Stored]:
    """A slot and what stands in it, with other names for the containers and objects."""
    match slot:
        case Attribute(owner=owner):
            slot = slot._replace(owner=names[owner] if owner in names else renamed(owner, names))
        case Contents(container=container):
            slot = Contents(renamed(container, names))
    if isinstance(stored, tuple):  # pairs of what a container holds
        return slot, tuple((key, renamed(item, names)) for key, item in stored)
    return slot, renamed(stored, names)


def both(first: Stored, other: Stored) -> Stored:
    """What stands in a slot that is one for two objects: what leads to the file, where one does."""
    if isinstance(first, tuple) and isinstance(other, tuple):
        return tuple(dict.fromkeys((*first, *other)))
    return first if names_followed(first) else other


def named_in(slot: Slot) -> object:
    """The name of the object or container that a slot belongs to; None for the module's variables."""
    owner = slot[0]
    return getattr(owner, "ident", None) if type(slot) is Contents else owner


class Heap:
    """What a callee can change. `slots` has values, under `Contents` pairs of key and value; `open` are the
    containers that may hold more than is known, `entered` the exit stacks that a with has entered.

    `mortal` are the slots, and `closing` says whether there are other things, that `asked_by` (the joins of one
    exploration) has found since the last write to be such as may go.
    """

    __slots__ = (
        "_attributes",
        "_key",
        "_owners",
        "asked_by",
        "closing",
        "enclosing",
        "entered",
        "mortal",
        "open",
        "slots",
    )

    def __init__(
        self,
        slots: dict[Slot, Stored],
        enclosing: dict[str, Value],
        open_: set[Value],
        entered: frozenset[Value],
    ) -> None:
        self.slots = slots
        self.enclosing = enclosing
        self.open = open_
        self.entered = entered
        self._key: object = None
        self._attributes: dict[object, list[Value]] | None = None
        self._owners: frozenset[object] | None = None
        self.asked_by: object = None
        self.mortal: frozenset[Slot] = frozenset()
        self.closing = False

    def copy(self) -> Heap:
        return Heap(self.slots.copy(), self.enclosing.copy(), self.open.copy(), self.entered)

    def in_order(self) -> Heap:
        """The same, its slots in an order that doesn't hang on when they were written."""
        if len(self.slots) < 2 and len(self.enclosing) < 2:
            return self
        other = self.copy()
        other.slots = {slot: self.slots[slot] for slot in sorted(self.slots, key=repr)}
        other.enclosing = {name: self.enclosing[name] for name in sorted(self.enclosing)}
        return other

    def beside(self, other: Heap) -> Heap:
        """This heap and another that has nothing in common with it."""
        return Heap(
            self.slots | other.slots,
            self.enclosing | other.enclosing,
            self.open | other.open,
            self.entered | other.entered,
        )

    def touched(self) -> None:
        self._key = self._attributes = self._owners = self.asked_by = None

    def attributes_of(self, owner: object) -> Sequence[Value]:
        """The values of an object's attributes; put in order once between two writes."""
        if self._attributes is None:
            self._attributes = {}
            for slot, value in self.slots.items():
                if type(slot) is Attribute and not isinstance(value, tuple):
                    self._attributes.setdefault(slot.owner, []).append(value)
        return self._attributes.get(owner, ())

    @property
    def owners(self) -> frozenset[object]:
        """The names of the objects and containers that slots belong to; put together once between two writes."""
        if self._owners is None:
            self._owners = frozenset([named_in(slot) for slot in self.slots])
        return self._owners

    @property
    def key(self) -> object:
        """What equal heaps have in common; made once between two writes."""
        if self._key is None:
            self._key = (
                frozenset(self.slots.items()),
                frozenset(self.enclosing.items()),
                frozenset(self.open),
                self.entered,
            )
        return self._key
