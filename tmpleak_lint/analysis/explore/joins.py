"""Where ways meet: is a state new there, or was it walked on from before?

Comes in: the index of a join and a state. The state is thinned first: what is never read again is dropped,
what no live value refers to is swept away, and unknowns that differ between the ways become one. Goes out:
whether a state like this has been here. Bound: `STATES_PER_NODE` states a join, `STATES_BEFORE` before the file is
made; beyond them `bounded` is set and nothing is new.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from copy import copy

from tmpleak_lint.analysis.domain import symbols
from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.heap import GlobalName, Heap, Slot
from tmpleak_lint.analysis.domain.reach import LEAVES, is_of_walk, reached
from tmpleak_lint.analysis.domain.state import Cursor, State, alive
from tmpleak_lint.analysis.domain.values import Ref, Value
from tmpleak_lint.bounds import LARGE_STATE, STATES_BEFORE, STATES_PER_NODE
from tmpleak_lint.flow.graph import Code

_BLENDING = frozenset({*symbols.SYMBOLS, v.Member, v.Item, v.Test, v.Global})


class Joins:
    """The states that arrived at the joins of one body in one walk. `live` names what is read after each
    join, `inside` says that a caller goes on with what is left at the exits, `exists` that the file is there from
    the start."""

    def __init__(
        self,
        code: Code,
        live: Mapping[int, Container[str | int]],
        atoms: frozenset[Value],
        *,
        inside: bool,
        exists: bool,
    ) -> None:
        self.live = live
        self._exits = (code.exit_ok, code.exit_error)
        self._result = code.result
        self._atoms = atoms
        self._inside = inside
        self._exists = exists
        self._given: frozenset[object] = frozenset()
        self._seen: dict[int, set[object]] = {}
        self._unswept: dict[int, set[object]] = {}
        self._arrived: dict[int, dict[str | int, Value]] = {}
        self.bounded = False

    def copy(self) -> Joins:
        """Joins at which the same states have arrived."""
        other = copy(self)
        other._seen = {index: set(seen) for index, seen in self._seen.items()}
        other._unswept = {index: set(seen) for index, seen in self._unswept.items()}
        other._arrived = {index: dict(known) for index, known in self._arrived.items()}
        return other

    def let_go(self) -> None:
        """Forget the states: the walk is over."""
        for known in (self._seen, self._unswept, self._arrived):
            known.clear()

    def start(self, seed: State) -> None:
        """Take note of the objects and containers that were there before: they aren't this body's to sweep."""
        heap = seed.heap
        there = {slot[0] for slot in heap.slots if type(slot) is not GlobalName} | heap.open | heap.entered
        values = [*seed.values(), *heap.slots.values(), *heap.enclosing.values()]
        self._given = frozenset(there | reached([x for x in values if type(x) not in LEAVES], {}))

    def is_new(self, index: int, state: State, live: Container[str | int]) -> bool:
        """Forget what is never read again, and say whether this state is new at the join."""
        if index in self._exits:
            if self._inside and self._is_mortal(state):
                self._sweep(state, [x for name in (self._result,) if (x := state.get(name)) is not None])
            return True
        held = (v.TRACKED, *state.file.parents)
        # A name that holds the file counts until it is bound again: only then the file is lost.
        dead = [
            key
            for key, value in state.items()
            if key not in live and (type(value) is not Ref or value.obj not in held or type(key) is int)
        ]
        for key in dead:
            del state[key]
        unknown = [key for key, value in state.items() if type(value) in _BLENDING and key in live]
        if unknown:
            self._blend(index, state, unknown)
        seen = self._seen.setdefault(index, set())
        frozen = _key_of(state)
        if frozen in seen:
            return False
        if self._is_mortal(state):
            # Sweeping costs more than looking a state up; most states have been here as they are.
            unswept = self._unswept.setdefault(index, set())
            if frozen in unswept:
                return False
            unswept.add(frozen)
            if self.sweep(state):
                frozen = _key_of(state)
                if frozen in seen:
                    return False
        if len(seen) >= (STATES_PER_NODE if self._exists or alive(state) else STATES_BEFORE):
            self.bounded = True
            return False
        seen.add(frozen)
        return True

    def sweep(self, state: State) -> bool:
        """Drop what nothing refers to any more; whether there was any."""
        return self._sweep(state, [*state.values(), state.file.inside, state.flight, state.result])

    def _is_mortal(self, state: State) -> bool:
        """Whether anything of this body may have been left by the last that referred to it."""
        if state.cursors:
            return True
        heap = state.heap
        self._look_at(heap)
        return bool(heap.mortal) or heap.closing

    def _look_at(self, heap: Heap) -> None:
        """Find out what of a heap may go, unless that is known."""
        if heap.asked_by is not self:
            heap.asked_by = self
            heap.mortal = frozenset([slot for slot in heap.slots if self._may_go(slot)])
            heap.closing = any(map(self._may_close, heap.open)) or any(map(self._may_close, heap.entered))

    def _may_go(self, slot: Slot) -> bool:
        """Whether a slot hangs on a value of this body or of what it called; the object's own attributes and
        registries don't."""
        return is_of_walk(slot) and slot[0] not in self._given

    def _may_close(self, container: Value) -> bool:
        return isinstance(container, v.Box | v.Object) and container not in self._given

    def _sweep(self, state: State, roots: Iterable[object]) -> bool:
        """Drop what containers, objects and iterators hold that nothing refers to any more; whether any did."""
        parts: dict[object, list[object]] = {}  # what each object or container holds
        work = [x for x in roots if type(x) not in LEAVES]
        work += [x for x in state.heap.enclosing.values() if type(x) not in LEAVES]
        self._look_at(state.heap)
        mortal = state.heap.mortal
        for slot, x in state.heap.slots.items():
            if type(x) in LEAVES:
                continue
            if slot not in mortal:
                work.append(x)
            if type(slot) is not GlobalName:
                parts.setdefault(slot[0], []).append(x)
        near = reached(work, parts)
        gone = [slot for slot in state.heap.slots if slot in mortal and slot[0] not in near] if mortal else []
        unopened = [each for each in state.heap.open if self._may_close(each) and each not in near]
        unentered = [each for each in state.heap.entered if self._may_close(each) and each not in near]
        over = [each for each in state.cursors if each not in near and each not in self._given]
        if gone or unopened or unentered:
            heap = state.changing()
            for slot in gone:
                del heap.slots[slot]
            heap.open.difference_update(unopened)
            heap.entered = heap.entered.difference(unentered)
        for each in over:
            state.advance(each, Cursor())
        return bool(gone or unopened or unentered or over)

    def _blend(self, index: int, state: State, unknown: list[str | int]) -> None:
        """Unknowns that differ between the ways into a join become one unknown: they tell nothing apart."""
        known = self._arrived.setdefault(index, {})
        for key in unknown:
            value = state[key]
            if value in self._atoms:
                continue
            first = known.setdefault(key, value)
            if first is not value and first != value:
                state[key] = symbols.Met(index, key)


def _key_of(state: State) -> object:
    """What tells a state from others at its join. Of a very large one only the hash is kept, for each join of a long
    body would keep thousands of pairs: two that differ share it once in some 2**60 times, and a way is dropped then."""
    return state.key() if len(state) < LARGE_STATE else hash(state.key())
