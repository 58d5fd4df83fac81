"""Values that have nothing to do with the file, taken together where ways meet: of code with very many ways fewer are
left to be gone then.

In: a pair of places, with what was held when others came to them. Out: the same pair, where variables that hold one
value in both versions, and another one on another way, hold one that nothing is known of, and conditions that were
found out about on very many ways are forgotten. Such a value is taken for somebody else's, which allows least. What is
shown for it is shown for each of the values; what isn't may hold for them all the same.
"""

from __future__ import annotations

from collections import Counter

from tmpleak_lint.bounds import COMPARED_ARRIVALS
from tmpleak_lint.fixing.comparing.functions import Handed
from tmpleak_lint.fixing.comparing.grounds import COROUTINE
from tmpleak_lint.fixing.comparing.reachable import roots
from tmpleak_lint.fixing.comparing.side import Side
from tmpleak_lint.fixing.comparing.stops import Pair, State
from tmpleak_lint.fixing.comparing.terms import (
    Term,
    base_of,
    called_by,
    dotted,
    is_container,
    is_derived,
    mentions,
    parts,
)

_PLAIN = frozenset({"const", "param", "made", "attr", "item", "op", "text"})
_ASKED = frozenset({"NoneType", "bool"})  # constants that say which way was gone


class Joins:
    """What variables have held at each pair of places."""

    def __init__(self, old: Side, new: Side) -> None:
        self._sides = old, new
        self._held: dict[tuple[int, int, object], Term | None] = {}  # None: more than one value
        self._arrived: Counter[tuple[int, int]] = Counter()

    def join(self, pair: Pair) -> None:
        """Let variables of the pair hold what is taken for all their values."""
        old, new = pair.old.names, pair.new.names
        here = pair.old.at, pair.new.at
        self._arrived[here] += 1
        if self._arrived[here] > COMPARED_ARRIVALS:
            pair.facts = {}
            _forget_stored(pair)
        if any(how in (Handed.LATER, COROUTINE) for how, _, _ in pair.events):
            return  # who is at work with the file, and what is waited for, is told by what variables hold
        shared = [name for name, term in old.items() if isinstance(name, str) and new.get(name) == term]
        kept: set[Term] | None = None
        for name in sorted(shared):
            term, place = old[name], (pair.old.at, pair.new.at, name)
            if not _is_plain(term):
                continue
            joined: Term = ("param", f"{name}, joined")
            known = self._held.setdefault(place, term)
            if term in (known, joined):
                continue
            kept = self._kept(pair) if kept is None else kept
            if roots([term, joined]) & kept or any(
                joined in roots([other]) for key, other in (*old.items(), *new.items()) if key != name
            ):
                continue  # it has a part in what becomes of the file, or another variable has held the same
            self._held[place] = None
            old[name] = new[name] = joined
            # What was found out about it, was about an earlier value.
            pair.facts = {fact: holds for fact, holds in pair.facts.items() if joined not in parts(fact)}

    def _kept(self, pair: Pair) -> set[Term]:
        """The values that something is known by which may lead to the file, or be done with it."""
        found = roots(known for _, known, _ in pair.events)
        for side, state in zip(self._sides, (pair.old, pair.new), strict=True):
            found |= _led_to(state)
            found |= roots(
                [*side.inside, *side.opening, *side.left_with, *side.staying, *side.entered.values()]
            )
            found |= roots(each for closed in side.left_with.values() for each in closed)
        return found


def _forget_stored(pair: Pair) -> None:
    """Forget what attributes and elements hold, where both versions have put the same there, and nothing that has to do
    with the file: they hold what is read of them."""
    old, new = pair.old.names, pair.new.names
    for key in [key for key, term in old.items() if isinstance(key, tuple) and new.get(key) == term]:
        if _is_plain(old[key]):
            del old[key], new[key]


def _is_plain(term: Term) -> bool:
    if term[0] == "const":
        return term[1] not in _ASKED
    if is_derived(term) or mentions(term) or is_container(term):
        return False
    # Of calls only those of methods and of path work: others may give a manager, or something that deletes.
    is_text = term[0] == "call" and (
        base_of(called_by(term)) or dotted(called_by(term)).startswith("os.path.")
    )
    return term[0] in _PLAIN or bool(is_text)


def _led_to(state: State) -> set[Term]:
    """What is known of a version beside what its variables hold."""
    stored = [each for key, term in state.names.items() if not isinstance(key, str) for each in (key, term)]
    return roots(
        [
            *(each for each in stored if isinstance(each, tuple)),
            *(part for each in (*state.shared, *state.beside) for part in each),
            *state.holders,
            *state.thrown,
            *state.opened,
            *state.due_above,
            state.flight,
            state.due_on,
        ]
    )
