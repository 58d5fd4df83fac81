"""Where ways meet: is a state new there, or was it walked on from before?

Comes in: the index of a join and a state. The state is thinned first: what is never read again is dropped,
what no live value refers to is swept away, and unknowns that differ between the ways become one. Goes out:
whether a state like this has been here. Bound: `STATES_PER_NODE` states a join, `STATES_BEFORE` before the file is
made; beyond them `bounded` is set and nothing is new.
"""

from __future__ import annotations

from tmpleak_lint.flow.graph import Code
from tmpleak_lint.ownership import values as v
from tmpleak_lint.ownership.state import State, alive
from tmpleak_lint.ownership.values import Ref, Value

STATES_PER_NODE = 64
STATES_BEFORE = 12
_SWEPT = frozenset({"#", "@", "open", "entered", "i", "seen", "first", "skips"})
# Values that refer to nothing else.
_LEAVES = frozenset(
    {v.Sym, v.Const, Ref, v.Dotted, v.Global, v.Klass, v.Flight, v.Test, bool, int, str, type(None)}
)
_BLENDING = frozenset({v.Sym, v.Member, v.Item, v.Test, v.Global})


class Joins:
    """The states that arrived at the joins of one body in one walk. `live` names what is read after each
    join, `inside` says that a caller goes on with what is left at the exits, `exists` that the file is there from
    the start."""

    def __init__(
        self,
        code: Code,
        live: dict[int, frozenset[str | int]],
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
        self._seen: dict[int, set[frozenset[tuple[object, object]]]] = {}
        self._unswept: dict[int, set[frozenset[tuple[object, object]]]] = {}
        self._arrived: dict[int, dict[object, object]] = {}
        self.bounded = False

    def start(self, seed: State) -> None:
        """Take note of the objects and containers that were there before: they aren't this body's to sweep."""
        there = {key[1] for key in seed if isinstance(key, tuple) and key[0] in _SWEPT}
        self._given = frozenset(there | _reached([x for x in seed.values() if type(x) not in _LEAVES], {}))

    def is_new(self, index: int, state: State, live: frozenset[str | int]) -> bool:
        """Forget what is never read again, and say whether this state is new at the join."""
        if index in self._exits:
            if self._inside:
                self._clear_up(state)
            return True
        held = (v.TRACKED, *state.get("$parents", ()))
        dead: list[object] = []
        mortal: list[tuple[object, ...]] = []
        unknown: list[object] = []
        given = self._given
        for key, value in state.items():
            if type(key) is tuple:
                if key[0] in _SWEPT and key[1] not in given and not self._outlives(key):
                    mortal.append(key)
            elif key in live:
                if type(value) in _BLENDING:
                    unknown.append(key)
            # A name that holds the file counts until it is bound again: only then the file is lost.
            elif type(key) is not str or (
                key[0] != "$" and (type(value) is not Ref or value.obj not in held)
            ):
                dead.append(key)
        for key in dead:
            del state[key]
        if unknown:
            self._blend(index, state, unknown)
        seen = self._seen.setdefault(index, set())
        frozen = frozenset(state.items())
        if frozen in seen:
            return False
        if mortal:
            # Sweeping costs more than looking a state up; most states have been here as they are.
            unswept = self._unswept.setdefault(index, set())
            if frozen in unswept:
                return False
            unswept.add(frozen)
            self._sweep(state, mortal)
            frozen = frozenset(state.items())
            if frozen in seen:
                return False
        if len(seen) >= (STATES_PER_NODE if self._exists or alive(state) else STATES_BEFORE):
            self.bounded = True
            return False
        seen.add(frozen)
        return True

    def _clear_up(self, state: State) -> None:
        """At an exit only what is returned, and what was there before, still refers to anything."""
        mortal = [
            key
            for key in state
            if isinstance(key, tuple)
            and key[0] in _SWEPT
            and key[1] not in self._given
            and not self._outlives(key)
        ]
        if mortal:
            kept: State = {
                key: value for key, value in state.items() if isinstance(key, tuple) or key == self._result
            }
            self._sweep(kept, mortal)
            for key in mortal:
                if key not in kept:
                    del state[key]

    def _sweep(self, state: State, mortal: list[tuple[object, ...]]) -> None:
        """Drop what containers, objects and iterators hold that nothing refers to any more."""
        parts: dict[object, list[object]] = {}  # what each object or container holds
        work: list[object] = []
        candidates = set(mortal)
        for key, x in state.items():
            if type(x) in _LEAVES:
                continue
            if not isinstance(key, tuple):
                work.append(x)
                continue
            if key not in candidates:
                work.append(x)
            if key[0] in "#@":
                parts.setdefault(key[1], []).append(x)
        reached = _reached(work, parts)
        for key in mortal:
            if key[1] not in reached:
                del state[key]

    def _outlives(self, key: tuple[object, ...]) -> bool:
        """Entries that hang on no value of this body or of what it called: the object's own attributes, registries."""
        owner = key[1]
        if isinstance(owner, v.Box | v.Object):
            return False
        if key[0] == "@":
            return not (isinstance(owner, tuple) and len(owner) == 3)
        return key[0] not in ("i", "seen", "first", "skips")

    def _blend(self, index: int, state: State, unknown: list[object]) -> None:
        """Unknowns that differ between the ways into a join become one unknown: they tell nothing apart."""
        known = self._arrived.setdefault(index, {})
        for key in unknown:
            value = state[key]
            if value in self._atoms:
                continue
            first = known.setdefault(key, value)
            if first is not value and first != value:
                state[key] = v.Sym(("join", index, key))


def _reached(work: list[object], parts: dict[object, list[object]]) -> set[object]:
    """The objects, containers and iterators that values lead to; `parts` has what each of them holds."""
    reached: set[object] = set()
    while work:
        value = work.pop()
        kind = type(value)
        if kind in _LEAVES:
            continue
        if kind is v.Inst or kind is v.Box or kind is v.Object:
            ident = value.ident if isinstance(value, v.Inst) else value
            if ident in reached:
                continue
            reached.add(ident)
            work += parts.get(ident, ())
            if isinstance(value, v.Object):
                work += value.data
        elif isinstance(value, v.Iteration):
            reached.add(value.ident)
            work.append(value.source)
        elif isinstance(value, v.Seq):
            work += value.items
        elif isinstance(value, v.Partial):
            work += [value.func, *value.args, *(x for _, x in value.keywords)]
        elif isinstance(value, v.Func):
            if value.bound is not None:
                work.append(value.bound)
        elif isinstance(value, v.Member | v.Item):
            work.append(value.base)
        elif isinstance(value, tuple):
            work += [part for pair in value for part in (pair if isinstance(pair, tuple) else (pair,))]
    return reached
