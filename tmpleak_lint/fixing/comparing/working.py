"""Who is at work with the file, and when that is over: threads, tasks, programs, who is at the other end of a queue.

In: what both versions do in step, as `comparing.grounds` notes it. Out: which of the works that are known a term stands
for: by what began it gave, by what was made of that (`asyncio.wait_for(job, 5)`, a list of jobs, the loop over one), by
who does it (a pool, whose `with` waits for all). What is known holds on all ways: a term stands for one place.
"""

from __future__ import annotations

from collections.abc import Iterable

from tmpleak_lint.fixing.comparing.functions import Handed
from tmpleak_lint.fixing.comparing.stops import Events
from tmpleak_lint.fixing.comparing.terms import Term, parts

ROUND = "round"  # a loop over works has had one
ONE_BY_ONE = "one by one"  # each of several works is waited for in such a loop


class Working:
    """What is known of works so far."""

    def __init__(self) -> None:
        self._made_of: dict[Term, frozenset[Term]] = {}  # the works that what was made of them stands for
        self._done_by: dict[Term, Term] = {}
        self._made: dict[Term, Term] = {}  # what entering a manager has given, and the manager
        self._told: set[Term] = set()  # those that nobody can wait for
        self._called: dict[Term, str] = {}  # by what function an object was made

    def made(self, result: Term, function: str) -> None:
        self._called[result] = function

    def called(self, result: Term) -> str:
        """By what function an object was made, or the manager that gave it."""
        return self._called.get(self._made.get(result, result), "")

    def entered(self, manager: Term, result: Term) -> None:
        self._made[result] = manager

    def begun(self, work: Term, by: Term | None, *, is_told: bool = False) -> None:
        if by is not None:
            self._done_by[work] = by
        if is_told:
            self._told.add(work)

    def is_told(self, work: Term) -> bool:
        """Whether somebody was told of the file, and nothing tells when he is done with it."""
        return work in self._told

    def goes_by(self, result: Term, works: Iterable[Term]) -> None:
        """A value stands for works from now on: who waits for it waits for them."""
        if found := frozenset(works):
            self._made_of[result] = self._made_of.get(result, frozenset()) | found

    def among(self, events: Events, terms: Iterable[Term]) -> frozenset[Term]:
        """The works going on that values are, hold or stand for."""
        known = {part for each in terms for part in parts(each)}
        known = known.union(*(self._made_of.get(each, ()) for each in known))
        return frozenset(work for how, work, _ in events if how == Handed.LATER and work in known)

    def of(self, events: Events, who: Term) -> frozenset[Term]:
        """The works going on that an object does, or that were begun by what entering it has given."""
        return frozenset(
            work
            for how, work, _ in events
            if how == Handed.LATER
            and (by := self._done_by.get(work)) is not None
            and who in (by, self._made.get(by))
        )


def looped_over(value: Term) -> Term | None:
    """What a loop goes over that a value is an element of, or of an element."""
    return next(
        (source for part in parts(value) if part[:1] == ("elem",) and isinstance(source := part[1], tuple)),
        None,
    )


def over(events: Events, works: frozenset[Term]) -> Events:
    """What remains once works are over."""
    if not works:
        return events
    return frozenset(each for each in events if not (each[0] == Handed.LATER and each[1] in works))
