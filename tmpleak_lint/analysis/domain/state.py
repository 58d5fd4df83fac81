"""The abstract state of an exploration at one point: what is known there, in named parts.

A `State` *is* its environment (names of the body and temporaries of the graph, each to a `Value`), and has
beside it:

- `heap`: what objects, containers, the module and enclosing bodies hold (`Heap`), shared between states
  until one of them writes to it;
- `file`: the typestate of the tracked file and of the files around it (`Typestate`);
- `flight` the exception in flight, `result` what the body returns, `frame` what else is this body's own;
- `assumed`: the path condition, as the side that branches took of the conditions worth remembering;
- `cursors`: how far the loops over known containers are.

A callee sees what `seen_by_callee` gives and nothing else: the typestate and the heap, of which `domain/reach.py` sets
aside what it can't come to. `key` is what two
states that tell nothing apart have in common. Not handled here: what operations mean (`transfer`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple, TypeVar

from tmpleak_lint.analysis.domain.heap import (
    Attribute,
    Contents,
    Enclosing,
    GlobalName,
    Heap,
    Held,
    Slot,
    Stored,
    both,
    named_in,
    with_names,
)
from tmpleak_lint.analysis.domain.values import Flight, Inst, Member, Value, names_followed, renamed
from tmpleak_lint.bounds import MOST_HELD, TOLD_APART

Args = tuple[Value, ...]
Keywords = tuple[tuple[str, Value], ...]
Note = TypeVar("Note")


class Stands(StrEnum):
    """How the tracked file stands, from its creation on."""

    NAMED = "named"  # a name without a file yet
    LIVE = "live"
    GONE = "gone"  # in explorations that go on after its deletion

    __hash__ = str.__hash__  # states are told apart by it again and again: the one of enumerations is slow


class Decider(StrEnum):
    """Whose word a cleanup followed on this way."""

    SETTING = "a setting of another object"
    OWN = "the object's own"
    PASSED = "an argument"

    __hash__ = str.__hash__  # states are told apart by it again and again: the one of enumerations is slow


class Typestate(NamedTuple):
    """How the tracked file stands (None before its creation), and what bears on who deletes it.

    `parents` are the numbers of the directories that it was made in, `inside` one that isn't numbered; it is
    `in_temp_root` where nobody named one for it, and `tempfile` chose;
    `managed` the numbers of other files that somebody deletes; `ended` that the file was made under its name
    with an ending. `deciders` and `passed_over` say what made cleanup leave it. Of other files: `closed`
    whose descriptors are, `gone` which are deleted (noted until the tracked one is made), `within` in which
    directory each lies. `notes` are what special explorations write down, one of a kind.
    """

    stands: Stands | None = None
    parents: tuple[int, ...] = ()
    inside: Value | None = None
    in_temp_root: bool = False
    managed: frozenset[int] = frozenset()
    ended: bool = False
    deciders: frozenset[Decider] = frozenset()
    passed_over: bool = False
    closed: frozenset[int] = frozenset()
    gone: frozenset[int] = frozenset()
    within: frozenset[tuple[int, int]] = frozenset()
    notes: frozenset[object] = frozenset()

    def directory_of(self, number: int) -> int | None:
        return next((upper for lower, upper in self.within if lower == number), None)


class Frame(NamedTuple):
    """What is one body's own: the node that overwrote the last name of the file, whether a generator has lent
    the file, whether a fixture has come back from its test."""

    lost: int | None = None
    lent: bool = False
    tested: bool = False


class Cursor(NamedTuple):
    """How far a loop is: the next position, whether the round with the file has been, whether a first round
    is certain, whether the next element is skipped because the container got shorter."""

    position: int = 0
    seen: bool = False
    first: bool = False
    skips: bool = False


_NO_HEAP = Heap({}, {}, set(), frozenset())
_START = Typestate()
_FRAME = Frame()
_CURSOR = Cursor()
_NOTHING_ASSUMED: Mapping[Value, bool] = {}
_NO_CURSORS: Mapping[int, Cursor] = {}


class State(dict[str | int, Value]):
    """What is known at one point; see the module."""

    __slots__ = ("_own", "assumed", "cursors", "file", "flight", "frame", "heap", "result")

    heap: Heap
    file: Typestate
    frame: Frame
    flight: Flight | None
    result: Value | None
    assumed: Mapping[Value, bool]  # replaced when written to, as `cursors`
    cursors: Mapping[int, Cursor]
    _own: bool  # whether no other state has this heap

    def __init__(
        self, environment: Mapping[str | int, Value] | None = None, file: Typestate = _START
    ) -> None:
        super().__init__(environment or ())
        self.heap = _NO_HEAP
        self._own = False
        self.file = file
        self.frame = _FRAME
        self.flight = self.result = None
        self.assumed = _NOTHING_ASSUMED
        self.cursors = _NO_CURSORS

    def fork(self) -> State:
        """Another state that is as this one, for ways that part here."""
        other = State.__new__(State)
        other.update(self)
        other.heap = self.heap
        other._own = self._own = False
        other.file = self.file
        other.frame = self.frame
        other.flight = self.flight
        other.result = self.result
        other.assumed = self.assumed
        other.cursors = self.cursors
        return other

    def fork_of(self, names: Iterable[str]) -> State:
        """As `fork`, with these names alone: what leaves the body has no use for the others."""
        other = State({name: self[name] for name in names if name in self}, self.file)
        self.give_heap(other)
        other.frame = self.frame
        other.flight = self.flight
        other.result = self.result
        other.assumed = self.assumed
        other.cursors = self.cursors
        return other

    def key(self) -> object:
        """Equal for states that are."""
        return (
            frozenset(self.items()),
            self.heap.key,
            self.file,
            self.frame,
            self.flight,
            self.result,
            frozenset(self.assumed.items()) if self.assumed else None,
            frozenset(self.cursors.items()) if self.cursors else None,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, State) and self.key() == other.key()

    __hash__ = None

    # -- what a callee sees, and what comes back from it -----------------------------------------------

    def seen_by_callee(self) -> State:
        """The state that a called body starts with: heap, typestate, what was assumed of the object itself."""
        other = State(file=self.file)
        self.give_heap(other)
        if self.assumed:
            other.assumed = {each: x for each, x in self.assumed.items() if is_about_self(each)}
        return other

    def given_back(self) -> tuple[Heap, Typestate]:
        """What a body leaves to its caller."""
        self._own = False
        return self.heap, self.file

    def share(self) -> None:
        """Whoever has this state's heap may keep it: what writes to it from here on writes to another."""
        self._own = False

    def give_heap(self, other: State) -> None:
        """Let another state have this one's heap, too."""
        other.heap = self.heap
        other._own = self._own = False

    def take_heap(self, heap: Heap | None, file: Typestate, aside: Heap | None = None) -> None:
        """Go on with what a call left: another heap, if it changed anything, and beside it what it couldn't come to.
        Names that both know are this body's."""
        self.file = file
        if heap is None:
            return
        self.heap, self._own = heap if aside is None else aside.beside(heap), aside is not None
        mine = [name for name in heap.enclosing if name in self]
        if mine:
            enclosing = self.changing().enclosing
            for name in mine:
                self[name] = enclosing.pop(name)

    def begin_with(self, seed: State) -> State:
        """This state with what a seed has besides: its names, its heap, its typestate."""
        self.update(seed)
        seed.give_heap(self)
        self.file = seed.file
        return self

    # -- the heap ------------------------------------------------------------------------------------

    def changing(self) -> Heap:
        """The heap, to be written to: this state's own from here on."""
        if not self._own:
            self.heap = self.heap.copy()
            self._own = True
        else:
            self.heap.touched()
        return self.heap

    def at(self, slot: Slot | Enclosing) -> Stored | None:
        """What stands in a slot of the heap."""
        if isinstance(slot, Enclosing):
            return self.heap.enclosing.get(slot.name)
        return self.heap.slots.get(slot)

    def put(self, slot: Slot, stored: Stored) -> None:
        self.changing().slots[slot] = stored

    def drop(self, slot: Slot) -> Stored | None:
        """Empty a slot; what stood there."""
        return self.changing().slots.pop(slot) if slot in self.heap.slots else None

    def attribute(self, owner: object, name: str) -> Value | None:
        # A plain pair equals an `Attribute`, and is made faster: this is asked at each step.
        found = self.heap.slots.get((owner, name))  # type: ignore[call-overload]
        return found if not isinstance(found, tuple) else None

    def rename(self, names: Mapping[object, object], *, joining: bool = False) -> None:
        """Give containers and objects other names, wherever they are; `joining`: what has such a name already is one
        with them from here on, else it is no more."""
        for key, value in self.items():
            self[key] = renamed(value, names)
        self.result = renamed(self.result, names)
        heap = self.changing()
        slots: dict[Slot, Stored] = {}
        replaced = frozenset() if joining else frozenset(names.values()) - names.keys()
        for slot, stored in heap.slots.items():
            if replaced and named_in(slot) in replaced:
                continue
            slot, stored = with_names(slot, stored, names)
            slots[slot] = both(slots[slot], stored) if slot in slots else stored
        heap.slots = slots
        heap.enclosing = {name: renamed(value, names) for name, value in heap.enclosing.items()}
        heap.open = {renamed(each, names) for each in heap.open}
        heap.entered = frozenset(renamed(each, names) for each in heap.entered)

    def of_owner(self, owner: object) -> Sequence[Value]:
        """The values of an object's attributes."""
        return self.heap.attributes_of(owner)

    def attributes(self) -> Iterator[tuple[Attribute, Value]]:
        for slot, value in self.heap.slots.items():
            if type(slot) is Attribute and not isinstance(value, tuple):
                yield slot, value

    def containers(self) -> Iterator[tuple[Value, Held]]:
        for slot, held in self.heap.slots.items():
            if type(slot) is Contents and isinstance(held, tuple):
                yield slot.container, held

    def globals(self) -> Iterator[tuple[str, Value]]:
        for slot, value in self.heap.slots.items():
            if type(slot) is GlobalName and not isinstance(value, tuple):
                yield slot.name, value

    def global_name(self, name: str) -> Value | None:
        found = self.heap.slots.get(GlobalName(name))
        return found if not isinstance(found, tuple) else None

    def captured(self, name: str) -> Value | None:
        """What a name of this body, or of one around it, holds."""
        return self.get(name, self.heap.enclosing.get(name))

    def fill(self, container: Value, held: Held) -> None:
        """Let a container hold just this, as far as known; of very much, what can have to do with the file."""
        if len(held) > TOLD_APART:
            held = tuple(dict.fromkeys(held))
        if len(held) > MOST_HELD:
            held = tuple(sorted(held, key=lambda pair: not names_followed(pair[1]))[:MOST_HELD])
            self.leave_open(container)
        self.put(Contents(container), held)

    def add(self, container: Value, held: Held, pair: tuple[object, Value]) -> None:
        """Let a container hold one thing more than these: what it holds isn't gone through once that is much."""
        if len(held) >= MOST_HELD and not names_followed(pair[1]):
            self.leave_open(container)
        elif pair not in held:
            if TOLD_APART < len(held) < MOST_HELD:  # told apart already
                self.put(Contents(container), (*held, pair))
            else:
                self.fill(container, (*held, pair))

    def known(self, container: Value) -> Held | None:
        """What a container is known to hold; None for one that nothing was put into."""
        held = self.heap.slots.get(Contents(container))
        return held if isinstance(held, tuple) else None

    def is_open(self, container: Value) -> bool:
        """Whether a container may hold more than is known."""
        return container in self.heap.open

    def leave_open(self, container: Value) -> None:
        if container not in self.heap.open:
            self.changing().open.add(container)

    def close_up(self, container: Value) -> None:
        """All that this container holds is known."""
        if container in self.heap.open:
            self.changing().open.discard(container)

    def has_entered(self, stack: Value) -> bool:
        return stack in self.heap.entered

    def note_entered(self, stack: Value, *, entered: bool = True) -> None:
        if (stack in self.heap.entered) is not entered:
            heap = self.changing()
            heap.entered = heap.entered | {stack} if entered else heap.entered - {stack}

    # -- the files -------------------------------------------------------------------------------------

    def become(self, stands: Stands) -> None:
        """The tracked file stands otherwise from here on."""
        self.file = self.file._replace(stands=stands)

    def let_go(self) -> None:
        """Nobody owes the deletion any more, as before the creation."""
        self.file = self.file._replace(stands=None, parents=(), inside=None)
        self.frame = self.frame._replace(lost=None, lent=False)

    def close_descriptor(self, number: int) -> None:
        self.file = self.file._replace(closed=self.file.closed | {number})

    def open_anew(self, number: int) -> None:
        """A new file under this number, with a new descriptor."""
        if number in self.file.closed or number in self.file.gone:
            self.file = self.file._replace(closed=self.file.closed - {number}, gone=self.file.gone - {number})

    def note_gone(self, number: int) -> None:
        self.file = self.file._replace(gone=self.file.gone | {number})

    def lay_within(self, number: int, upper: int) -> None:
        """File `number` lies in directory `upper`."""
        others = frozenset(pair for pair in self.file.within if pair[0] != number)
        self.file = self.file._replace(within=others | {(number, upper)})

    def manage(self, numbers: frozenset[int]) -> None:
        """Somebody deletes these, and no others."""
        self.file = self.file._replace(managed=numbers)

    def follow_word_of(self, decider: Decider) -> None:
        self.file = self.file._replace(deciders=self.file.deciders | {decider})

    def note(self, note: object) -> None:
        """Write down what a special exploration has to know later, in place of an earlier note of its kind."""
        kept = frozenset(each for each in self.file.notes if type(each) is not type(note))
        self.file = self.file._replace(notes=kept | {note})

    def noted(self, kind: type[Note]) -> Note | None:
        return next((each for each in self.file.notes if isinstance(each, kind)), None)

    # -- conditions and loops ----------------------------------------------------------------------------

    def assume(self, condition: Value, outcome: bool) -> None:
        self.assumed = {**self.assumed, condition: outcome}

    def cursor(self, iterator: int) -> Cursor:
        return self.cursors.get(iterator, _CURSOR)

    def advance(self, iterator: int, cursor: Cursor) -> None:
        """Let a loop be so far; at its start nothing is noted."""
        if cursor != _CURSOR:
            self.cursors = {**self.cursors, iterator: cursor}
        elif iterator in self.cursors:
            self.cursors = {each: known for each, known in self.cursors.items() if each != iterator}


class Snapshot:
    """A state that stays as it is, as part of a question: its entries in an order of their own, so that the
    answer hangs on nothing else."""

    __slots__ = ("key", "state")

    def __init__(self, state: State) -> None:
        self.state = state.fork()
        self.state.clear()
        self.state.update((name, state[name]) for name in sorted(state, key=str))
        self.state.heap = state.heap.in_order()
        self.key = state.key()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Snapshot) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


def seed(slots: Mapping[Slot, Stored], file: Typestate = Typestate(Stands.LIVE)) -> State:  # noqa: B008 (immutable)
    """A state in which the file exists and stands in these slots."""
    state = State(file=file)
    state.changing().slots.update(slots)
    return state


def alive(state: State) -> bool:
    """Whether the tracked file has been made (or named) and somebody still owes its deletion."""
    return state.file.stands is not None


def contents(container: object, state: State) -> Held:
    """What a container, registry or exit stack is known to hold, as pairs of key and value; an object's `__dict__`, its
    attributes by their names."""
    held = state.heap.slots.get((container,))  # type: ignore[call-overload]
    found: Held = held if isinstance(held, tuple) else ()
    if is_attributes(container):
        own = container.base.ident  # type: ignore[attr-defined]
        return (*found, *((slot.name, value) for slot, value in state.attributes() if slot.owner == own))
    return found


def is_attributes(container: object) -> bool:
    """Whether it is the mapping in which an object that is followed has its attributes: `self.__dict__`,
    `vars(self)`."""
    return type(container) is Member and container.attr == "__dict__" and type(container.base) is Inst


def is_about_self(condition: Value) -> bool:
    """Whether a condition asks for an attribute of `self`: its other methods can ask the same."""
    return (
        isinstance(condition, Member) and isinstance(condition.base, Inst) and condition.base.ident == "self"
    )
