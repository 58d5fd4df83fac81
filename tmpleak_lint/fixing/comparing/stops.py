"""Where one of two versions of a body stands, and what it comes to next.

A `State` goes along with a version; a stop is something visible, a fork that only the run decides, or the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tmpleak_lint.fixing.comparing.terms import NONE, UNKNOWN, Term, swapped
from tmpleak_lint.model import Span

DESCRIPTOR = "its descriptor is open"
MAY_HAVE_IT = "may have it open"  # of what was only given it, for people


@dataclass(slots=True)
class State:
    """Where a version stands. `gone`: by what the file is deleted there; `due`: something is asked to delete it
    later, soon (when a block or test ends) or at the end of an object's or the process's life."""

    at: int
    names: dict[object, Term]
    made: bool = False
    gone: str = ""
    due: str = ""
    closed: Literal["open", "closed", "given"] = "open"  # the descriptor
    shut: bool = False  # the handle
    deletes_itself: bool = False
    flight: Term = NONE
    holders: frozenset[Term] = frozenset()
    lost: str = ""  # what was done with the descriptor that may harm somebody else's
    moved: bool = False  # the file has another name by now
    thrown: frozenset[Term] = frozenset()  # what was raised that may have the file
    shared: frozenset[tuple[Term, Term]] = frozenset()  # containers that somebody else has, too, and where
    opened: frozenset[Term] = frozenset()  # what has it, or a file in it, open
    refused: str = ""  # what had it open where it was deleted: Windows refuses that
    stuck: str = ""  # the same, where the deletion bears that: it stays on such a system
    due_on: Term = NONE  # who is asked to delete it
    due_above: frozenset[Term] = frozenset()  # what that one closes only after the deletion
    due_bears: bool = False  # whether what was registered bears that the system refuses it
    # What was called to delete which other file, since both stopped.
    beside: tuple[tuple[Term, Term], ...] = ()

    def term(self, name: object) -> Term:
        """What a name or temporary holds."""
        return self.names.get(name, UNKNOWN)

    def swap(self, known: Term, new: Term) -> None:
        """Let a term stand in the place of another."""
        if new == known:
            return
        names = {known: new}
        self.names = {
            swapped(key, names) if isinstance(key, tuple) else key: swapped(term, names)
            for key, term in self.names.items()
        }
        self.holders = frozenset(swapped(each, names) for each in self.holders)

    def copy(self) -> State:
        return State(
            self.at, dict(self.names), self.made, self.gone, self.due, self.closed, self.shut, self.deletes_itself,
            self.flight, self.holders, self.lost, self.moved, self.thrown, self.shared, self.opened, self.refused,
            self.stuck, self.due_on, self.due_above, self.due_bears, self.beside,
        )  # fmt: skip

    def key(self) -> tuple[object, ...]:
        return (
            self.at, frozenset(self.names.items()), self.made, self.gone, self.due, self.closed, self.shut,
            self.flight, self.holders, self.lost, self.moved, self.thrown, self.shared, self.opened, self.refused,
            self.stuck, self.due_on, self.due_above, self.due_bears, self.beside,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Visible:
    """Something that an outsider can see. `label` is equal in both versions when they do the same."""

    label: Term
    at: int
    span: Span
    creates: bool = False


@dataclass(frozen=True, slots=True)
class Fork:
    """A way parts: where `fact` holds it goes on at `yes`, else at `no`. `fresh`: it is decided anew each time."""

    fact: Term
    yes: int
    no: int
    at: int
    fresh: bool = False
    element: Term = NONE  # what `yes` binds


@dataclass(frozen=True, slots=True)
class End:
    raised: bool
    value: Term


Stop = Visible | Fork | End

Events = frozenset[
    tuple[str, Term, str]
]  # how the file was handed on, by which value that is known, the statement


@dataclass(slots=True)
class Pair:
    """Where both versions stand, what is known of conditions, and who was handed the file."""

    old: State
    new: State
    facts: dict[Term, bool]
    events: Events = frozenset()
    failing: bool = False
    guessed: bool = False  # a manager that isn't known may have swallowed what was raised, or may not

    def copy(self) -> Pair:
        return Pair(
            self.old.copy(), self.new.copy(), dict(self.facts), self.events, self.failing, self.guessed
        )
