"""Both versions of a body, carried out in step: every way that the old one has, and what the new one does there.

In: two sides. Out: a `Comparison`: what contradicts the rewrite (then it is no fix), and what can't be shown (then it
is unsafe, and is told). In step means: what one does in sight of others, the other does too, with the same values, and
whatever may happen then (it goes well, it raises, a condition holds) happens to both. What differs is told by its
statement. On the ways on which the file is newly deleted, nobody may have been given it for later: unless the old code
deletes on a way on which the same was done with it.
"""

from __future__ import annotations

import builtins
import re
from collections import deque
from dataclasses import dataclass, field

from tmpleak_lint.bounds import COMPARED_PAIRS
from tmpleak_lint.fixing.comparing.meaning import Handed, Meaning, is_outside
from tmpleak_lint.fixing.comparing.side import Side
from tmpleak_lint.fixing.comparing.stops import End, Fork, State, Stop, Visible
from tmpleak_lint.fixing.comparing.terms import (
    FD,
    HANDLE,
    NONE,
    PATH,
    Term,
    base_of,
    dotted,
    holds,
    is_derived,
    is_plainly,
    mentions,
    names_file,
    parts,
    tail,
)
from tmpleak_lint.fixing.comparing.trees import is_endless
from tmpleak_lint.knowledge.model import Asks, Life, Shape, Tells, Waits
from tmpleak_lint.knowledge.words import QUIET_WORDS
from tmpleak_lint.model import Span

_CHANGING = ("attr", "item", "global", "call")
DOUBT, SHOWN, NO = range(3)  # how much is held against a rewrite
_LINE = re.compile(r" \(line \d+\)\Z")
_PART = "part"  # something in the directory was deleted by the old code alone
_ORDER = "order"  # something was registered in only one version's order with the deletion
LIVES = (Life.PROCESS, Life.OBJECT)
TOO_LARGE = "too many ways to compare"


Events = frozenset[tuple[str, Term, str]]  # how, by which value it is known, the statement


@dataclass(slots=True)
class Comparison:
    """`contradicted`: why it is no fix; `unwanted`: why it is only shown, since somebody may want the file; `doubts`:
    why it is not a safe one; `ends_well`: whether it is newly deleted where all goes well."""

    contradicted: list[str] = field(default_factory=list)
    unwanted: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    ends_well: bool = False


@dataclass(slots=True)
class _Pair:
    old: State
    new: State
    facts: dict[Term, bool]
    events: Events = frozenset()
    failing: bool = False

    def copy(self) -> _Pair:
        return _Pair(self.old.copy(), self.new.copy(), dict(self.facts), self.events, self.failing)

    def key(self) -> tuple[object, ...]:
        return self.old.key(), self.new.key(), frozenset(self.facts.items()), self.events, self.failing


class Lockstep:
    """The comparison under way."""

    def __init__(self, old: Side, new: Side) -> None:
        self.old, self.new = old, new
        self.found = Comparison()
        self._said: list[str] = []  # what raises with a message that names the file
        self._given: dict[tuple[str, str], frozenset[Term]] = {}  # what of the file each has got
        self._deletes = False  # whether the old code deletes it on any way
        self._borne: set[tuple[str, str]] = set()  # what happens on ways on which the old code deletes
        self._charged: dict[tuple[str, str], tuple[int, str]] = {}
        self._seen: set[tuple[object, ...]] = set()
        self._work: deque[_Pair] = deque()

    def run(self) -> Comparison:
        self._take(_Pair(self.old.start(), self.new.start(), {}))
        while self._work and not self.found.contradicted:
            if len(self._seen) > COMPARED_PAIRS:
                self.found.doubts.append(TOO_LARGE)
                break
            self._go_on(self._work.pop())
        for known, (weight, reason) in sorted(self._charged.items()):
            if known not in self._borne:
                {NO: self._no, SHOWN: self._shown, DOUBT: self._doubt}[weight](reason)
        for text in dict.fromkeys(self._said):
            if self._deletes and not self.found.ends_well:
                self._doubt(f"the message of {text} names it")
            else:
                self._no(f"the message of {text} names it, and nothing deletes it: people are to find it")
        return self.found

    def _take(self, pair: _Pair) -> None:
        key = pair.key()
        if key not in self._seen:
            self._seen.add(key)
            self._work.append(pair)

    def _no(self, reason: str) -> None:
        if reason not in self.found.contradicted:
            self.found.contradicted.append(reason)

    def _shown(self, reason: str) -> None:
        if reason not in self.found.unwanted:
            self.found.unwanted.append(reason)

    def _doubt(self, reason: str) -> None:
        if reason not in self.found.doubts:
            self.found.doubts.append(reason)

    # -- one step -----------------------------------------------------------------------------------

    def _go_on(self, pair: _Pair) -> None:
        one = self.old.advance(pair.old, pair.facts)
        other = self.new.advance(pair.new, pair.facts)
        if pair.new.lost and not pair.old.lost:
            self._no(pair.new.lost)
        elif isinstance(one, Fork) or isinstance(other, Fork):
            self._part(pair, one, other)
        elif isinstance(one, Visible) and isinstance(other, Visible) and self._alike(one, other):
            self._both(pair, one, other)
        elif isinstance(one, End) and isinstance(other, End) and one == other:
            self._ended(pair, one)
        else:
            self._differ(pair, one, other)

    def _alike(self, one: Visible, other: Visible) -> bool:
        return one.creates == other.creates and (one.creates or one.label == other.label)

    # -- ways that part -----------------------------------------------------------------------------

    def _part(self, pair: _Pair, one: Stop, other: Stop) -> None:
        if isinstance(one, Fork) and isinstance(other, Fork) and one.fact == other.fact:
            for holds in (True, False):
                after = pair.copy()
                self.old.turned(after.old, one.yes if holds else one.no, one.element if holds else None)
                self.new.turned(after.new, other.yes if holds else other.no, other.element if holds else None)
                if not one.fresh:
                    after.facts[one.fact] = holds
                match one.fact:
                    case ("call", tuple() as func, (tuple() as asked,)) if not holds and self._asks(func):
                        self._without(after, asked)
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

    def _both(self, pair: _Pair, one: Visible, other: Visible) -> None:
        text = self._told(one.span)
        if one.creates:
            failed = pair.copy()
            self._fail(failed, one, other)
            self.old.created(pair.old, one)
            self.new.created(pair.new, other)
            pair.events = frozenset()
            self._forget(pair, ("made", str(one.span)))
            self._take(pair)
            return
        if pair.new.gone and not pair.old.gone and _uses(one.label, self.old.meaning):
            self._no(f"{text} would find it deleted")
            return
        if (
            pair.new.closed == "closed"
            and pair.old.closed == "open"
            and any(each == FD for each in parts(one.label))
        ):
            self._no(f"{text} would find the descriptor closed")
            return
        if self._registers_out_of_order(pair, one.label):
            pair.events |= {(_ORDER, one.label, text)}
        kind = one.label[0]
        result: Term = ("made", f"{one.span.start.row}:{one.span.start.column}:{kind}", self._mark(one.label))
        if kind == "call" and self.old.meaning.exits(one.label[1]):  # type: ignore[arg-type]
            result = ("exit", result)
        if _waits_to_the_end(one.label):
            self._waited_for(pair, one.label)  # be it by an exception: what ran is over
        if kind == "call" and (gone := self.old.meaning.deleted(*one.label[1:])) is not None:  # type: ignore[arg-type]
            self._without(pair, gone)
        raised = pair.copy()
        if self._may_raise(one.label):
            self._fail(raised, one, other)
        if result[0] == "exit":
            return  # it doesn't come back
        self._note(pair, one.label, result, text)
        self._forget(pair, result)
        if kind == "next" or (kind == "leave" and one.label[-1] is True):
            turned = pair.copy()
            old_node, new_node = self.old.nodes[one.at], self.new.nodes[other.at]
            self.old.turned(turned.old, old_node.alt)
            self.new.turned(turned.new, new_node.alt)
            self._take(turned)
        self.old.passed(pair.old, one, result)
        self.new.passed(pair.new, other, result)
        self._take(pair)

    def _fail(self, pair: _Pair, one: Visible, other: Visible) -> None:
        flight: Term = ("made", f"{one.span.start.row}:{one.span.start.column}:raised", "")
        if one.label[0] == "call" and self.old.meaning.exits(one.label[1]):  # type: ignore[arg-type]
            flight = ("exit", flight)
            if is_derived(one.label):
                pair.events |= {(Handed.TELLS, flight, self._told(one.span))}
        if one.label[0] == "await":  # cancelled: what it waits for may go on
            pair.events = frozenset(
                (Handed.GOES_ON if (how, known) == (Handed.LATER, one.label[1]) else how, known, text)
                for how, known, text in pair.events
            )
        pair.failing = True
        old, new = self.old.failed(pair.old, one, flight), self.new.failed(pair.new, other, flight)
        if old and new:
            self._forget(pair, flight)
            self._take(pair)

    def _may_raise(self, label: Term) -> bool:
        if label[0] in ("close", "put", "store"):
            return False
        if label[0] == "call":
            func = label[1]
            assert isinstance(func, tuple)
            return not (self.old.meaning.does(func, Tells) or self.old.meaning.takes_descriptor(func))
        return True

    def _is_plain(self, label: Term) -> bool:
        return label[0] == "call" and self.old.meaning.is_plain(label[1]) and not is_derived(label)  # type: ignore[arg-type]

    def _mark(self, label: Term) -> str:
        """How what was given relates to the file."""
        if not is_derived(label) or self._is_plain(label):
            return ""
        match label:
            case ("call", tuple() as func, tuple() as args):
                built = self.old.meaning.is_class(func) or self.old.meaning.is_coroutine(func)
                return "built" if built and any(holds(each) for each in args) else "of it"
        return "of it"

    def _forget(self, pair: _Pair, result: Term) -> None:
        """What was found out about an earlier value of the same name, or of an object that may have changed."""
        pair.facts = {
            fact: held for fact, held in pair.facts.items()
            if not any(each == result or each[0] in _CHANGING for each in parts(fact))
        }  # fmt: skip

    def _registers_out_of_order(self, pair: _Pair, label: Term) -> bool:
        if label[0] != "call" or pair.old.due == pair.new.due:
            return False
        func = label[1]
        assert isinstance(func, tuple)
        return self.old.meaning.stacks(func)

    # -- whom the file is handed ----------------------------------------------------------------------

    def _note(self, pair: _Pair, label: Term, result: Term, text: str) -> None:
        """Remember who was handed the file, and forget those who are done with it."""
        match label:
            case ("call", tuple() as func, tuple() as args):
                base = base_of(func)
                if self.old.meaning.does(func, Waits):
                    self._waited_for(pair, label)
                if self.old.meaning.is_setting(func):
                    pair.events = frozenset(e for e in pair.events if e[1] != ("setting", dotted(func)))
                handed = self.old.meaning.handing(func, args, result)
                if pair.new.due and self.old.meaning.stacks(func):
                    handed = None  # what is registered later runs before the deletion
                given = any(is_derived(each) for each in args)
                if given and base is not None and base[:1] == ("made",) and str(base[1]).endswith("raised"):
                    pair.events |= {(Handed.CARRIES, base, text)}
                elif given and self.old.meaning.is_class(func) and handed in (None, (Handed.TELLS, result)):
                    several = len(args) > 1 or not _is_builtin(func)
                    carries = several and any(is_plainly(each) for each in args)
                    pair.events |= {(Handed.CARRIES if carries else Handed.SAYS, result, text)}
                elif handed is not None:
                    pair.events |= {(handed[0], handed[1], text)}
                    self._given[handed[0], text] = frozenset(filter(is_derived, map(_value, args)))
            case ("await", tuple() as awaited):
                pair.events = frozenset(e for e in pair.events if e[1] != awaited)
            case ("leave", tuple() as manager, _):
                pair.events = frozenset(
                    e for e in pair.events if not (e[0] == Handed.LATER and _is_of(e[1], {manager}))
                )
            case ("set", tuple() as obj, _, tuple() as value) | (
                "setitem",
                tuple() as obj,
                _,
                tuple() as value,
            ):
                if holds(value) and obj[:1] == ("made",) and str(obj[1]).endswith("raised"):
                    pair.events |= {(Handed.CARRIES, obj, text)}
                elif holds(value) and (is_outside(obj) or label[0] == "setitem"):
                    own = obj[:1] == ("param",) and obj[1] == "self"
                    pair.events |= {(Handed.OWN if own else Handed.KEEPS, obj, text)}
            case ("store", _, tuple() as value):
                if holds(value):
                    pair.events |= {(Handed.KEEPS, value, text)}
            case ("yield", tuple() as value):
                if mentions(value):
                    pair.events |= {("lends", value, text)}

    def _asks(self, func: Term) -> bool:
        return self.old.meaning.does(func, Asks)

    def _without(self, pair: _Pair, gone: Term) -> None:
        """A path in the directory is gone in both versions: who was given nothing but that has lost it anyway."""
        if mentions(gone) and not names_file(gone, frozenset()):
            pair.events = frozenset(
                e for e in pair.events if self._given.get((e[0], e[2])) != frozenset({gone})
            )

    def _waited_for(self, pair: _Pair, label: Term) -> None:
        """What has been waited for doesn't read the file any more."""
        over = {base_of(label[1]), *label[2]}  # type: ignore[arg-type, misc]
        pair.events = frozenset(e for e in pair.events if not (e[0] == Handed.LATER and _is_of(e[1], over)))

    # -- ends ---------------------------------------------------------------------------------------

    def _ended(self, pair: _Pair, end: End) -> None:
        old, new = pair.old, pair.new
        if not old.made:
            return
        if (old.gone or old.due) and not (new.gone or new.due):
            self._no("it would stay on a way on which it was deleted")
            return
        if "rmdir" in (old.gone, old.due) and "rmdir" not in (new.gone, new.due):
            self._no("a directory that isn't empty would be deleted, which the code refuses")
            return
        if self.old.about_descriptor:
            if old.closed == "closed" and new.closed == "open":
                self._no("the descriptor would stay open on a way on which it was closed")
            return
        for how, _, text in pair.events:
            if how == _PART and not (new.gone or new.due):
                self._no(f"{text} would not run any more")
        if old.gone or old.due:
            self._deletes = True
            for how, _, text in pair.events:
                if how == _ORDER:
                    self._no(f"what {text} registers would run before the deletion, not after it")
            self._borne |= {(how, _LINE.sub("", text)) for how, _, text in pair.events}
            return
        if not (new.gone or new.due):
            return
        exits = any(each[:1] == ("exit",) for each in parts(end.value)) if end.raised else False
        for how, _, text in sorted(pair.events, key=lambda event: (event[0], event[2])):
            if how == Handed.LATER:
                self._charge(how, text, NO, "may read it later, when it would be deleted")
            elif how == Handed.KEEPS and new.due not in LIVES:
                self._charge(how, text, NO, "keeps it, and would be left with what is deleted")
            elif how == Handed.OWN and not end.raised and new.due not in LIVES:
                self._charge(
                    how, text, NO, "keeps it for the object, which would be left with what is deleted"
                )
            elif how == Handed.MAYBE and new.due not in LIVES:
                self._charge(
                    how, text, DOUBT if end.raised else SHOWN, "may keep it, and would be left without it"
                )
            elif how == Handed.GOES_ON:
                self._charge(how, text, DOUBT, "may go on with it where the wait is cancelled")
            elif how == Handed.TELLS and not (end.raised and not exits and _is_quiet(text)):
                weight = NO if exits else DOUBT if end.raised else SHOWN
                self._charge(how, text, weight, "tells people of it, who would find it deleted")
        self.found.ends_well |= not end.raised or exits
        if end.raised and not exits:
            self._raised(pair, end.value)
        elif not end.raised and is_derived(end.value) and new.due not in LIVES:
            self._returned(end.value)

    def _charge(self, how: str, text: str, weight: int, reason: str) -> None:
        """Hold against the rewrite that a statement has handed the file on; the most that any way says counts."""
        known = how, _LINE.sub("", text)
        if weight >= self._charged.get(known, (DOUBT, ""))[0]:
            self._charged[known] = (weight, f"{text} {reason}")

    def _raised(self, pair: _Pair, value: Term) -> None:
        for how, known, text in pair.events:
            if known == value and how == Handed.CARRIES:
                self._no(f"{text} carries its path, for who catches it")
            elif known == value and how == Handed.SAYS:
                self._said.append(text)

    def _returned(self, value: Term) -> None:
        if mentions(value) and value[:1] != ("text",):
            self._no("it is returned, and the caller would get what is deleted")
        else:
            self._shown("what is returned was made from it, and may still need it")

    # -- what only one does -----------------------------------------------------------------------------

    def _differ(self, pair: _Pair, one: Stop, other: Stop) -> None:
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
            and pair.failing
        ):
            self.new.skip(new, other)
            self._take(pair)
            return
        if isinstance(one, Visible) and self._deletes_part(one) and not old.gone:
            text = self._told(one.span)
            pair.events |= {(_PART, one.label, text)}
            self._doubt(f"where {text} fails, nothing would be raised any more")
            self.old.skip(old, one)
            self._take(pair)
            return
        if isinstance(other, Visible) and other.label[0] == "enter" and self.new.own_stack(new, other):
            self._take(pair)
            return
        self._no(self._difference(pair, one, other))

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

    def _difference(self, pair: _Pair, one: Stop, other: Stop) -> str:
        way = " where something fails" if pair.failing else ""
        if isinstance(other, Visible) and other.label[0] == "unbound":
            return f"the name {other.label[1]} would not be bound{way}"
        if isinstance(one, Visible) and isinstance(other, Visible):
            return f"{self._told_new(other.span)} would run{way} in place of {self._told(one.span)}"
        if isinstance(other, Visible):
            return f"{self._told_new(other.span)} would run{way}, where it didn't"
        if isinstance(one, Visible):
            return f"{self._told(one.span)} would not run any more{way}"
        if isinstance(one, End) and isinstance(other, End):
            if one.raised != other.raised:
                return "an exception would be swallowed" if one.raised else "it would raise, where it didn't"
            return "another exception would be raised" if one.raised else "another value would be returned"
        return "the ways part"


def _closes_descriptor(label: Term) -> bool:
    return label[0] == "call" and label[2] == (FD,) and dotted(label[1]) == "os.close"  # type: ignore[arg-type]


def _waits_to_the_end(label: Term) -> bool:
    """Whether a call comes back, or raises, only when what it waits for is over: it has no limit of time."""
    if label[0] != "call" or not isinstance(label[1], tuple) or base_of(label[1]) is None:
        return False
    given = label[2] if isinstance(label[2], tuple) else ()
    named = {each[1] for each in given if isinstance(each, tuple) and each[:1] == ("kw",)}
    return "timeout" not in named and is_endless(tail(label[1]), len(given) - len(named))


def _is_quiet(text: str) -> bool:
    """Whether a message is one for those who look for errors, not for whoever uses the program."""
    text = _LINE.sub("", text).strip("`")
    return (
        text.rpartition("(")[0].endswith(tuple(sorted(QUIET_WORDS))) or ".debug(" in text or ".info(" in text
    )


def _value(argument: Term) -> Term:
    return argument[2] if argument[:1] == ("kw",) else argument  # type: ignore[return-value]


def _is_builtin(func: Term) -> bool:
    return func[:1] == ("name",) and hasattr(builtins, str(func[1]))


def _uses(label: Term, meaning: Meaning) -> bool:
    """Whether something needs the file to be there: it is given its name, and does more than take note of it."""
    if label[0] == "call" and isinstance(label[1], tuple) and isinstance(label[2], tuple):
        if meaning.does(label[1], Tells) or tail(label[1]) == "close":
            return False
        given = [base_of(label[1]) or NONE, *map(_value, label[2])]
        return any(is_derived(each) for each in given) or is_derived(label)
    if not is_derived(label):
        return False
    return label[0] in ("enter", "iterate", "next", "await", "yield")


def _is_of(known: Term, over: set[Term | None]) -> bool:
    """Whether something that was started is among what is waited for."""
    return any(each is not None and any(part == known for part in parts(each)) for each in over) or any(
        each is not None and any(part == each for part in parts(known))
        for each in over
        if each not in (NONE, PATH)
    )


def ends_of(side: Side, given: dict[str, Term]) -> set[Term] | None:
    """What one version alone may return; None where there are too many ways to tell."""
    first = side.start()
    first.names.update(given)
    found: set[Term] = set()
    seen: set[tuple[object, ...]] = set()
    work: list[tuple[State, dict[Term, bool]]] = [(first, {})]
    while work:
        state, facts = work.pop()
        stop = side.advance(state, facts)
        key = (state.key(), frozenset(facts.items()))
        if key in seen:
            continue
        seen.add(key)
        if len(seen) > COMPARED_PAIRS:
            return None
        if isinstance(stop, End):
            if not stop.raised:
                found.add(stop.value)
        elif isinstance(stop, Fork):
            for holds in (True, False):
                after = state.copy()
                side.turned(after, stop.yes if holds else stop.no, stop.element if holds else None)
                work.append((after, facts if stop.fresh else {**facts, stop.fact: holds}))
        else:
            failed = state.copy()
            if side.failed(failed, stop, ("made", str(stop.span), "")):
                work.append((failed, facts))
            after = state.copy()
            if stop.creates:
                side.created(after, stop)
            else:
                mark = "of it" if is_derived(stop.label) else ""
                side.passed(after, stop, ("made", str(stop.span), mark))
            work.append((after, {}))
            alt = side.nodes[stop.at].alt
            if stop.label[0] in ("next", "leave") and alt >= 0:
                side.turned(state, alt)
                work.append((state, facts))
    return found


def compare(old: Side, new: Side) -> Comparison:
    """What speaks against taking the new version for the old one."""
    return Lockstep(old, new).run()
