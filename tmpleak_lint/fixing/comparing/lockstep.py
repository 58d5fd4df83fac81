"""Both versions of a body, carried out in step: every way that the old one has, and what the new one does there.

In: two sides. Out: a `Comparison`: what contradicts the rewrite (then it is no fix), and what can't be shown (then it
is unsafe, and is told). In step means: what one does in sight of others, the other does too, with the same values, and
whatever may happen then (it goes well, it raises, a condition holds) happens to both. What differs is told by its
statement. What both do may be held against the rewrite: that is for `comparing.grounds` to say.
"""

from __future__ import annotations

from collections import deque

from tmpleak_lint.bounds import COMPARED_PAIRS
from tmpleak_lint.fixing.comparing.functions import Handed
from tmpleak_lint.fixing.comparing.grounds import FILLS, ORDER, PART, Comparison, Grounds
from tmpleak_lint.fixing.comparing.joining import Joins
from tmpleak_lint.fixing.comparing.meaning import Meaning, is_outside
from tmpleak_lint.fixing.comparing.opened import ENDING
from tmpleak_lint.fixing.comparing.reachable import kept_facts, roots
from tmpleak_lint.fixing.comparing.side import Side
from tmpleak_lint.fixing.comparing.stops import End, Events, Fork, Pair, Stop, Visible
from tmpleak_lint.fixing.comparing.terms import (
    DEFERRED,
    FD,
    HANDLE,
    NONE,
    PATH,
    Term,
    base_of,
    dotted,
    filled,
    holds,
    is_derived,
    is_lazy,
    is_plainly,
    is_rebound,
    mentions,
    names_file,
    parts,
    swapped,
    tail,
    value_of,
)
from tmpleak_lint.fixing.comparing.trees import is_endless
from tmpleak_lint.flow.graph import NO_EDGE
from tmpleak_lint.knowledge.model import Asks, Reads, Registers, Shape, Tells
from tmpleak_lint.knowledge.words import LAZY_CALLS
from tmpleak_lint.model import Span

_DIRECTORIES = (Shape.DIRECTORY, Shape.DIRECTORY_HANDLE)
WITHIN: Term = ("call", ("name", "os.path.join"), (PATH, NONE))
IN_IT: Term = ("made", "what a call gave that was given the directory", "of it")
_CHANGING = ("attr", "item", "global", "call")
_ASYNCIO = "asyncio."
TOO_LARGE = "too many ways to compare"
Taken = tuple[frozenset[tuple[Term, bool]], bool, bool, Events]  # what may differ between pairs at one place


class Lockstep:
    """The comparison under way."""

    def __init__(self, old: Side, new: Side, *, closes: bool, joins: bool) -> None:
        self.old, self.new, self._closes_for_good = old, new, closes
        self._joins = Joins(old, new) if joins else None
        self.grounds = Grounds(
            old.meaning,
            about_descriptor=old.about_descriptor,
            is_directory=old.shape in _DIRECTORIES,
        )
        self._beside: set[Term] = set()  # other files that are deleted
        self._apart: set[Term] = set()  # those that aren't at the same steps
        self._taken: dict[tuple[object, ...], list[Taken]] = {}
        self._pairs = 0
        self._work: deque[Pair] = deque()

    def run(self) -> Comparison:
        self._take(Pair(self.old.start(), self.new.start(), {}))
        found = self.grounds.found
        while self._work and not found.contradicted:
            if self._pairs > COMPARED_PAIRS:
                # Where nothing is known to delete it, more is needed than that nothing was found against it.
                (found.doubts if self.grounds.deletes else found.unwanted).append(TOO_LARGE)
                self._apart = self._beside  # for all that is known
                found.is_in_step = False
                break
            self._go_on(self._work.pop())
        found.apart = frozenset(self._apart)
        found = self.grounds.settled()
        found.improves = self.grounds.improves or not self._is_changed()
        return found

    def _is_changed(self) -> bool:
        """Whether the two are different at all: what a rewrite adds may stand in another function."""
        one, other = (
            [(type(node.op), node.next, node.alt, node.exc) for node in side.nodes]
            for side in (self.old, self.new)
        )
        return one != other

    def _take(self, pair: Pair) -> None:
        self.old.arrive(pair.old)
        self.new.arrive(pair.new)
        if self._joins is not None:
            self._joins.join(pair)
        held = (*pair.old.names.values(), *pair.new.names.values(), pair.old.flight, pair.new.flight)
        pair.facts = kept_facts(pair.facts, held)
        if not self._is_covered(pair):
            self._pairs += 1
            self._work.append(pair)

    def _is_covered(self, pair: Pair) -> bool:
        """Whether nothing comes of a pair that doesn't come of those that were taken. One at the same place that knows
        no more of conditions goes every way that this one goes, and one that hasn't failed yet is excused for less.
        What was done with the file is held against the rewrite piece by piece, whatever else was done; only where
        something goes on at work with it can that be told from the way."""
        at_work = frozenset(event for event in pair.events if event[0] == Handed.LATER)
        taken = self._taken.setdefault((pair.old.key(), pair.new.key(), at_work), [])
        facts = pair.facts.items()
        left = pair.events
        for known, failing, guessed, events in taken:
            if failing <= pair.failing and guessed <= pair.guessed and known <= facts:
                left -= events
                if not left:
                    return True
        taken.append((frozenset(facts), pair.failing, pair.guessed, pair.events))
        return False

    # -- one step -----------------------------------------------------------------------------------

    def _go_on(self, pair: Pair) -> None:
        one = self.old.advance(pair.old, pair.facts)
        other = self.new.advance(pair.new, pair.facts)
        if pair.new.lost and not pair.old.lost:
            self.grounds.no(pair.new.lost)
        elif isinstance(one, Fork) or isinstance(other, Fork):
            self._part(pair, one, other)
        elif isinstance(one, Visible) and isinstance(other, Visible) and self._alike(one, other):
            self._both(pair, one, other)
        elif isinstance(one, End) and isinstance(other, End) and one == other:
            self._in_step(pair)
            given = set(parts(one.value))
            known = self.old.shape in _DIRECTORIES and given & self.old.inside
            hidden = known and not is_derived(one.value)
            self.grounds.ended(
                pair, End(one.raised, IN_IT) if hidden or one.value in self.old.inside else one
            )
        else:
            self._differ(pair, one, other)

    def _alike(self, one: Visible, other: Visible) -> bool:
        return one.creates == other.creates and (one.creates or one.label == other.label)

    def _in_step(self, pair: Pair) -> None:
        """Both have come to the same: have they deleted the same other files meanwhile?"""
        old, new = pair.old, pair.new
        files = {file for _, file in (*old.beside, *new.beside)}
        self._beside |= files
        if sorted(old.beside, key=str) != sorted(new.beside, key=str):
            self._apart |= files
        old.beside = new.beside = ()

    # -- ways that part -----------------------------------------------------------------------------

    def _part(self, pair: Pair, one: Stop, other: Stop) -> None:
        if isinstance(one, Fork) and isinstance(other, Fork) and one.fact == other.fact:
            self._in_step(pair)
            for holds in (True, False):
                after = pair.copy()
                self.old.turned(after.old, one.yes if holds else one.no, one.element if holds else None)
                self.new.turned(after.new, other.yes if holds else other.no, other.element if holds else None)
                if not one.fresh:
                    after.facts[one.fact] = holds
                match one.fact:
                    case ("more", ("iterator", tuple() as source)):
                        (self.grounds.goes_round if holds else self.grounds.exhausted)(after, source)
                    case ("call", tuple() as func, (tuple() as asked,)) if not holds and self.grounds.asks(
                        func
                    ):
                        self.grounds.without(after, asked)
                self._take(after)
            return
        # One asks and the other doesn't: whatever the answer, the other does the same.
        side, fork = (self.new, other) if isinstance(other, Fork) else (self.old, one)
        assert isinstance(fork, Fork)
        for holds in (True, False):
            after = pair.copy()
            state = after.new if side is self.new else after.old
            side.turned(state, fork.yes if holds else fork.no, fork.element if holds else None)
            if not fork.fresh:
                after.facts[fork.fact] = holds
            self._take(after)

    # -- what both do -------------------------------------------------------------------------------

    def _both(self, pair: Pair, one: Visible, other: Visible) -> None:
        self._in_step(pair)
        text = self._told(one.span)
        lends = one.label[0] == "yield" and pair.old.made and mentions(one.label)
        if lends and not pair.old.moved and self.old.meaning.is_taken_away:
            taken = pair.copy()
            taken.old.moved = taken.new.moved = True
            self._both(taken, one, other)
        if one.creates:
            self.grounds.is_reached = True
            failed = pair.copy()
            self._fail(failed, one, other)
            self.old.created(pair.old, one)
            self.new.created(pair.new, other)
            pair.events = frozenset()
            self._forget(pair, ("made", str(one.span)))
            self._take(pair)
            return
        seen = self._seen(pair, one.label, self.old.inside)
        # What a call gives that was given the directory may lie in it.
        in_it = seen if self.old.shape in _DIRECTORIES else self._seen(pair, one.label, set())
        if pair.new.gone and not pair.old.gone and _uses(in_it, self.old.meaning):
            self.grounds.no(f"{text} would find it deleted")
            return
        if (
            pair.new.closed == "closed"
            and pair.old.closed == "open"
            and any(each == FD for each in parts(one.label))
        ):
            self.grounds.no(f"{text} would find the descriptor closed")
            return
        if one.label[0] == "assert":
            self._fail(pair, one, other)
            return
        if self._registers_out_of_order(pair, one.label):
            pair.events |= {(ORDER, one.label, text)}
        kind = one.label[0]
        place = f"{one.span.start.row}:{one.span.start.column}{self.old.meaning.origin(one.label)}"
        result: Term = ("made", place, self._mark(in_it))
        if self._exits(one):
            if self.old.nodes[one.at].exc == NO_EDGE and is_derived(one.label):
                self.grounds.no(f"{text} tells people of it, and ends the program")
                return
            result = ("exit", result)
        if _waits_to_the_end(one.label) or kind == "leave":
            self.grounds.waited_for(pair, one.label)  # be it by an exception: what ran is over
        if kind == "call" and (gone := self.old.meaning.deleted(*one.label[1:])) is not None:  # type: ignore[arg-type]
            self.grounds.without(pair, gone)
        if self.old.shape is Shape.DIRECTORY and self._fills(one.label):
            pair.events |= {(FILLS, PATH, "")}
        raised = pair.copy()
        if kind == "call" and self.old.meaning.keeps_though_it_fails(*one.label[1:]):  # type: ignore[arg-type]
            raised.events |= {(Handed.KEEPS, result, text)}
        if self._maps(one):
            self.grounds.maps(raised, one.label[1], result, text)  # type: ignore[arg-type]
        if self._may_raise(one) and not self._is_at_work(pair, one.label):
            self._fail(raised, one, other)
        if result[0] == "exit":
            return  # it doesn't come back
        self.grounds.note(pair, seen, result, text, one.span, is_awaited=self.old.is_awaited(one.at))
        if self._maps_unseen(one):
            pair.events |= {(Handed.LATER, result, text)}
        elif self._maps(one):
            if self.old.is_gone_over(one.at):
                self.grounds.maps(pair, one.label[1], result, text)  # type: ignore[arg-type]
            else:  # who asks for all of it waits for that
                pair.events -= {(Handed.LATER, result, text)}
        self._forget(pair, result)
        swallows = kind == "leave" and one.label[-1] is True and self.old.meaning.may_swallow(one.label[1])  # type: ignore[arg-type]
        if kind == "next" or swallows:
            turned = pair.copy()
            turned.guessed |= swallows
            if kind == "next":
                self.grounds.exhausted(turned, one.label[1])  # type: ignore[arg-type]
            old_node, new_node = self.old.nodes[one.at], self.new.nodes[other.at]
            self.old.turned(turned.old, old_node.alt)
            self.new.turned(turned.new, new_node.alt)
            self._take(turned)
        self.old.passed(pair.old, one, result)
        self.new.passed(pair.new, other, result)
        self._take(pair)

    def _seen(self, pair: Pair, label: Term, inside: set[Term]) -> Term:
        """What both do, told by what it is to the file: what is made in the directory stands as a path within, an
        object that was given the file as one that has it, a container that somebody else has, too, as theirs."""
        names = dict.fromkeys(inside, WITHIN)
        for how, known, _ in pair.events:
            if how == Handed.CARRIES and known[:1] == ("made",) and not is_derived(known):
                names[known] = filled(known, PATH)
        seen = swapped(label, names) if names else label
        if pair.old.shared and isinstance(seen[1], tuple):
            seen = (seen[0], swapped(seen[1], dict(pair.old.shared)), *seen[2:])
        return seen

    def _fail(self, pair: Pair, one: Visible, other: Visible) -> None:
        flight = _newly_raised(pair)
        if self._exits(one):
            flight = ("exit", flight)
            if is_derived(one.label):
                pair.events |= {(Handed.TELLS, flight, self._told(one.span))}
        if one.label[0] == "await":  # cancelled: what it waits for may go on
            self.grounds.cancelled(pair, one.label[1])  # type: ignore[arg-type]
        self.grounds.note_raised(pair, one.label, flight, self._told(one.span))
        pair.failing = True
        old, new = self.old.failed(pair.old, one, flight), self.new.failed(pair.new, other, flight)
        if old and new:
            self._forget(pair, flight)
            self._take(pair)

    def _fills(self, label: Term) -> bool:
        """Whether a call is given the directory, or a path in it, so that something may be there from then on."""
        if label[0] != "call" or not isinstance(label[1], tuple) or not isinstance(label[2], tuple):
            return False
        looks = self.old.meaning.does(label[1], Asks, Reads, Tells)
        return any(mentions(each) and not (looks and is_plainly(each)) for each in label[2])

    def _exits(self, stop: Visible) -> bool:
        """Whether a call ends the program, be it by its name and its object's: `parser.error(...)`."""
        func = stop.label[1] if stop.label[0] == "call" else None
        if not isinstance(func, tuple):
            return False
        head, _, name = self.old.text(stop.span).partition("(")[0].rpartition(".")
        meaning, heads = self.old.meaning, (head, self.old.maker_of(base_of(func)))
        return meaning.exits(func) or any(meaning.ends_by_name(func, each, name) for each in heads)

    def _may_raise(self, stop: Visible) -> bool:
        if self._exits(stop):
            return True  # be it called `fatal`
        label = stop.label
        if label[0] in ("close", "put", "store"):
            return False
        if label[0] == "call":
            func = label[1]
            assert isinstance(func, tuple)
            meaning, begins = self.old.meaning, dotted(func).startswith(_ASYNCIO)
            if begins and meaning.gives_awaitable(func, is_awaited=False):
                return False
            return not (meaning.does(func, Tells) or meaning.takes_descriptor(func))
        return True

    def _maps(self, stop: Visible) -> bool:
        """Whether somebody's pool is given the file for several jobs, whose results are asked for."""
        match stop.label:
            case ("call", tuple() as func, tuple() as args):
                return self.old.meaning.is_map(func) and any(holds(each) for each in args)
        return False

    def _maps_unseen(self, stop: Visible) -> bool:
        """Whether somebody's pool is given the file by a `map` that nobody asks for results."""
        match stop.label:
            case ("call", tuple() as func, tuple() as args) if tail(func) == "map":
                base = base_of(func)
                given = base is not None and is_outside(base) and any(holds(each) for each in args)
                return given and self.old.stands_alone(stop.span)
        return False

    def _is_at_work(self, pair: Pair, label: Term) -> bool:
        """Whether a manager that is entered was set to work when it was made: entering it gives itself, and no more."""
        return label[0] == "enter" and any(
            how == Handed.LATER and known == label[1] for how, known, _ in pair.events
        )

    def _is_plain(self, label: Term) -> bool:
        if label[0] != "call":
            return False
        meaning, func = self.old.meaning, label[1]
        assert isinstance(func, tuple)
        return (meaning.is_plain(func) and not is_derived(label)) or meaning.gives_what_it_read(func)

    def _mark(self, label: Term) -> str:
        """How what was given relates to the file."""
        match label:
            case ("call", tuple() as func, tuple() as args) if dotted(func) and tail(func) in LAZY_CALLS:
                given = [value_of(each) for each in args]
                return DEFERRED if any(is_lazy(each) or is_derived(each) for each in given) else ""
            case ("call", tuple() as func, tuple() as args) if self.old.meaning.is_coroutine(func):
                if any(map(is_derived, (func, *args))):  # whatever it is called, it has read nothing yet
                    return "built" if any(map(holds, args)) else "of it"
        if not is_derived(label) or self._is_plain(label):
            return ""
        match label:
            case ("call", tuple() as func, _) if self.old.meaning.runs_command(func):
                return ""  # what a command says of itself
            case ("call", tuple() as func, _) if self.old.meaning.gives_plainly(func):
                return ""
            case ("call", tuple() as func, tuple() as args):
                built = self.old.meaning.is_class(func) and any(holds(each) for each in args)
                return "built" if built else "of it"
        return "of it"

    def _forget(self, pair: Pair, result: Term) -> None:
        """What was found out about an earlier value of the same name, or of an object that may have changed."""
        pair.facts = {
            fact: held for fact, held in pair.facts.items()
            if not any(each == result or each[0] in _CHANGING or is_rebound(each) for each in parts(fact))
        }  # fmt: skip

    def _registers_out_of_order(self, pair: Pair, label: Term) -> bool:
        if label[0] != "call" or pair.old.due == pair.new.due:
            return False
        func = label[1]
        assert isinstance(func, tuple)
        return self.old.meaning.stacks(func)

    # -- what only one does -----------------------------------------------------------------------------

    def _differ(self, pair: Pair, one: Stop, other: Stop) -> None:
        old, new = pair.old, pair.new
        if isinstance(other, Visible) and other.label[0] == "close":
            self.new.skip(new, other)  # closing it once more, or where it stayed open, harms nobody
            self._take(pair)
            return
        if isinstance(one, Visible) and one.label[0] == "close" and (new.shut or one.label[1] != HANDLE):
            self.old.skip(old, one)
            self._take(pair)
            return
        if (
            isinstance(other, Visible)
            and _closes_descriptor(other.label)
            and new.closed == "open"
            and (pair.failing or self._closes_for_good)
        ):
            self.new.skip(new, other)
            self._take(pair)
            return
        if self._closes_for_good and isinstance(other, Visible) and self._asks_to_close(other.label):
            self.new.skip(new, other)
            self._take(pair)
            return
        if isinstance(other, Visible) and self._closes_more(pair, one, other):
            return
        if isinstance(one, Visible) and one.label[0] == "unbound" and pair.failing:
            self.grounds.improves = True
            return  # cleaning up failed for want of a name, and hid what had gone wrong
        if isinstance(one, Visible) and self._deletes_part(one) and not old.gone:
            text = self._told(one.span)
            pair.events |= {(PART, one.label, text)}
            self.grounds.doubt(f"where {text} fails, nothing would be raised any more")
            self.old.skip(old, one)
            self._take(pair)
            return
        if isinstance(other, Visible) and other.label[0] == "enter" and self.new.own_stack(new, other):
            self._take(pair)
            return
        self.grounds.no(self._difference(pair, one, other))

    def _asks_to_close(self, label: Term) -> bool:
        """Whether somebody is asked to close the handle, before the file is deleted."""
        match label:
            case ("call", tuple() as func, (tuple() as asked,)):
                return self.new.meaning.does(func, Registers) and value_of(asked) == ("attr", HANDLE, "close")
        return False

    def _closes_more(self, pair: Pair, one: Stop, other: Visible) -> bool:
        """Whether the new code only enters, or closes on one more way, what it has opened of the file; it has then."""
        old, new = pair.old, pair.new
        match other.label:
            case ("enter", tuple() as opened) if opened in self.new.opening:
                self.new.passed(new, other, opened)
            case ("leave", tuple() as opened, False) if opened in self.new.opening and _closes(one, opened):
                assert isinstance(one, Visible)
                failed = pair.copy()
                self._fail(failed, one, other)
                self.old.passed(old, one, NONE)
                self.new.passed(new, other, NONE)
            case ("leave", tuple() as opened, True) if opened in self.new.opening:
                self.new.skip(new, other)
            case ("call", ("attr", tuple() as opened, str(method)), ()) if (
                opened in self.new.opening and method in ENDING and pair.failing
            ):
                self.new.skip(new, other)
            case _:
                return False
        self._take(pair)
        return True

    def _deletes_part(self, stop: Visible) -> bool:
        """Whether the old code deletes something in the directory here, and does nothing else."""
        if stop.label[0] != "call" or self.old.shape is not Shape.DIRECTORY:
            return False
        gone = self.old.meaning.deleted(*stop.label[1:])  # type: ignore[arg-type]
        return gone is not None and mentions(gone) and not names_file(gone, frozenset())

    def _told(self, span: Span) -> str:
        """A piece of the old code for people, with its line."""
        return f"`{self.old.text(span)}` (line {span.start.row})"

    def _told_new(self, span: Span) -> str:
        """The same for a piece of the new code, which the old one has somewhere else, if it has it."""
        text = self.new.text(span)
        rows = [node.span.start.row for node in self.old.nodes if self.old.text(node.span) == text]
        return f"`{text}` (line {rows[0]})" if rows else f"`{text}`"

    def _difference(self, pair: Pair, one: Stop, other: Stop) -> str:
        way = " where something fails" if pair.failing else ""
        if isinstance(other, Visible) and other.label[0] == "unbound":
            return f"the name {other.label[1]} would not be bound{way}"
        if isinstance(one, Visible) and isinstance(other, Visible):
            return f"{self._told_new(other.span)} would run{way} in place of {self._told(one.span)}"
        if isinstance(other, Visible):
            rebound = any(map(is_rebound, parts(other.label)))
            by_then = ", and what it names may be something else by then" * rebound
            return f"{self._told_new(other.span)} would run{way}, where it didn't{by_then}"
        if isinstance(one, Visible):
            return f"{self._told(one.span)} would not run any more{way}"
        if isinstance(one, End) and isinstance(other, End):
            if one.raised != other.raised:
                return "an exception would be swallowed" if one.raised else "it would raise, where it didn't"
            return "another exception would be raised" if one.raised else "another value would be returned"
        return "the ways part"


def _newly_raised(pair: Pair) -> Term:
    """What stands for an exception that was raised just now: it is told from others that are known of, but not by
    which operation it was raised. So what cleans up after twenty calls is gone through once."""
    held: set[Term] = roots(known for _, known, _ in pair.events)
    for state in (pair.old, pair.new):
        held |= roots(state.names.values()) | roots(key for key in state.names if type(key) is tuple)
        held |= roots((*state.holders, *state.thrown, state.flight))
    number = 0
    while (raised := ("made", f"{number}:raised", "")) in held:
        number += 1
    return raised


def _closes(stop: Stop, opened: Term) -> bool:
    """Whether a version comes to a `close()` of what it has opened."""
    return isinstance(stop, Visible) and stop.label == ("call", ("attr", opened, "close"), ())


def _closes_descriptor(label: Term) -> bool:
    return label == ("call", ("name", "os.close"), (FD,))


def _waits_to_the_end(label: Term) -> bool:
    """Whether a call comes back, or raises, only when what it waits for is over: it has no limit of time."""
    if label[0] != "call" or not isinstance(label[1], tuple) or base_of(label[1]) is None:
        return False
    given = label[2] if isinstance(label[2], tuple) else ()
    named = {each[1] for each in given if isinstance(each, tuple) and each[:1] == ("kw",)}
    return "timeout" not in named and is_endless(tail(label[1]), len(given) - len(named))


def _uses(label: Term, meaning: Meaning) -> bool:
    """Whether something needs the file to be there: it is given its name, and does more than take note of it."""
    if label[0] == "call" and isinstance(label[1], tuple) and isinstance(label[2], tuple):
        if meaning.does(label[1], Tells) or tail(label[1]) == "close":
            return False
        given = [base_of(label[1]) or NONE, *map(value_of, label[2])]
        return any(is_derived(each) for each in given) or is_derived(label)
    return is_derived(label) and label[0] in ("enter", "iterate", "next", "await", "yield")


def compare(old: Side, new: Side, *, closes: bool = False, joins: bool = False) -> Comparison:
    """What speaks against taking the new version for the old one, which `closes` what the old one leaves open; `joins`:
    values that have nothing to do with the file are taken together where ways meet."""
    return Lockstep(old, new, closes=closes, joins=joins).run()
