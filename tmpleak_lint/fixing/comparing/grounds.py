"""What speaks against a rewrite: who was handed the file before the new code deletes it, and what was said about it.

In: what both versions do in step, as `comparing.lockstep` comes to it, and the ends of their ways. Out: a `Comparison`.
On the ways on which the file is newly deleted, nobody may have been given it for later: unless the old code deletes on
a way on which the same was done with it.
"""

from __future__ import annotations

import ast
import builtins
import re
from dataclasses import dataclass, field

from tmpleak_lint.analysis.semantics.functions import is_deleter
from tmpleak_lint.fixing.comparing.functions import Handed
from tmpleak_lint.fixing.comparing.meaning import LINKED, STACKED, Meaning, is_outside
from tmpleak_lint.fixing.comparing.stops import DESCRIPTOR, MAY_HAVE_IT, End, Pair, State
from tmpleak_lint.fixing.comparing.terms import (
    NONE,
    PATH,
    Term,
    base_of,
    dotted,
    holds,
    is_built,
    is_container,
    is_derived,
    is_lazy,
    is_plainly,
    mentions,
    parts,
    tail,
    value_of,
)
from tmpleak_lint.fixing.comparing.trees import text_at, words_in
from tmpleak_lint.fixing.comparing.working import ONE_BY_ONE, ROUND, Working, looped_over, over
from tmpleak_lint.knowledge.model import Asks, Awaits, Launches, Life, Waits
from tmpleak_lint.knowledge.words import FETCHING_WORDS, POINTING_WORDS, QUIET_WORDS, UNDOING, UNDOING_ALL
from tmpleak_lint.model import Span

DOUBT, SHOWN, NO = range(3)  # how much is held against a rewrite
_LINE = re.compile(r" \(line \d+\)\Z")
_LOG = re.compile(
    r"(?<![a-z])(?:logs?|logging|debug|trace)(?:_?(?:file|path|name|to))*(?![a-z])", re.IGNORECASE
)
_MOUNT = re.compile(r"(?:^|\s|/)(?:mount|sshfs|bindfs|mount[_.]\w+)(?=\s|\Z)")
_LIES_THERE = re.compile(
    r"\b(?:is|are|was|were|be|been|lies?|go(?:es)?) (?:now |still |there )?(?:in|at|under|to|on)\b"
)
PART = "part"  # something in the directory was deleted by the old code alone
FILLS = "fills"  # something was done in the directory
MOVED_IN = "moved in"  # something was moved into the directory
COPIED = "copied"  # something was copied into the directory, or to the file
COROUTINE = "coroutine"  # was made of a call, and runs when somebody awaits it
ALONE = "alone"  # and what it was copied from is gone
REFUSED = "where it is deleted: Windows refuses that, and what is raised then hides what went wrong"
STAYS_OPEN = "where it is deleted: Windows refuses that, and it stays there"
REFUSED_TO_MOVE = "where it is moved: Windows refuses that"
MOUNTS = "mounts"  # something may have been mounted on the directory
ORDER = "order"  # something was registered in only one version's order with the deletion
LIVES = (Life.PROCESS, Life.OBJECT)


@dataclass(slots=True)
class Comparison:
    """`contradicted`: why it is no fix; `unwanted`: why it is only shown, since somebody may want the file; `doubts`:
    why it is not a safe one; `ends_well`: whether it is newly deleted where all goes well; `apart`: the other
    files that the two don't delete at the same steps; `is_in_step`: whether it was shown that there are none;
    `improves`: whether it is deleted on a way on which it wasn't, as far as ways are gone."""

    contradicted: list[str] = field(default_factory=list)
    unwanted: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    ends_well: bool = False
    apart: frozenset[Term] = frozenset()
    is_in_step: bool = True
    improves: bool = False


class Grounds:
    """What has been found so far."""

    def __init__(self, meaning: Meaning, *, about_descriptor: bool, is_directory: bool) -> None:
        self.meaning = meaning
        self.about_descriptor, self.is_directory = about_descriptor, is_directory
        self.found = Comparison()
        self.is_reached = False  # whether any way leads to where the file is made
        self._made: dict[
            Term, tuple[str, frozenset[Term]]
        ] = {}  # what was made of it, by whom, of what of it
        self._said: list[str] = []  # what raises with a message that names the file
        self._complaints: set[str] = set()  # those that say in words what went wrong, and send nobody there
        self._goes_on = False  # whether the code ends well on some way, with the file there in both versions
        self._given: dict[tuple[str, str], frozenset[Term]] = {}  # what of the file each has got
        self.improves = (
            False  # whether the new code deletes it on a way on which the old one doesn't, or fails
        )
        self.deletes = False  # whether the old code deletes it on any way
        self._borne: set[tuple[str, str]] = set()  # what happens on ways on which the old code deletes
        self._returns: set[Term] = set()  # what is made from the file, and returned where it is newly deleted
        self._returns_anyway: set[Term] = set()  # and where the old code has deleted it
        self._charged: dict[tuple[str, str], tuple[int, str]] = {}
        self._refused: list[str] = []  # what has it open where it is newly deleted
        self._stuck: list[str] = []  # the same, where the deletion bears that
        self._refused_anyway = False  # whether the old code deletes what is open
        self._taken_for_closed = (
            False  # whether it deletes what something may have open that was only given it
        )
        self._descriptor_is_closed = False  # whether the old code closes the descriptor on some way
        self._working = Working()

    def settled(self) -> Comparison:
        """What remains of it, once every way has been gone."""
        if not self.is_reached and not self.found.contradicted:
            self.no("no way is known that leads to where it is made, so nothing could be compared")
        for known, (weight, reason) in sorted(self._charged.items()):
            if known not in self._borne or known[0] == Handed.DETACHED:
                {NO: self.no, SHOWN: self.shown, DOUBT: self.doubt}[weight](reason)
        if self._returns - self._returns_anyway:
            self.shown("what is returned was made from it, and may still need it")
        for who in [] if self._refused_anyway else sorted(self._refusing(self._refused))[:1]:
            self.doubt(f"where something fails, {who} {REFUSED}")
        for who in [] if self._refused_anyway else sorted(self._refusing(self._stuck))[:1]:
            self.shown(f"where something fails, {who} {STAYS_OPEN}")
        for text in dict.fromkeys(self._said):
            # Where all goes well the file goes on to somebody: what fails complains of it, and that is the end of it.
            mild = self.deletes or (self._goes_on and text in self._complaints)
            if (mild and not self.found.ends_well) or not self._has_it(Handed.SAYS, text):
                self.doubt(f"the message of {text} names it")
            else:
                self.no(f"the message of {text} names it, and nothing deletes it: people are to find it")
        return self.found

    def no(self, reason: str) -> None:
        if reason not in self.found.contradicted:
            self.found.contradicted.append(reason)

    def shown(self, reason: str) -> None:
        if reason not in self.found.unwanted:
            self.found.unwanted.append(reason)

    def doubt(self, reason: str) -> None:
        if reason not in self.found.doubts:
            self.found.doubts.append(reason)

    # -- whom the file is handed ----------------------------------------------------------------------

    def note(
        self, pair: Pair, label: Term, result: Term, text: str, span: Span, *, is_awaited: bool = False
    ) -> None:
        """Remember who was handed the file, and forget those who are done with it. `is_awaited`: what a call gives is
        what is waited for."""
        match label:
            case ("call", tuple() as func, tuple() as args):
                base = base_of(func)
                self._working.made(result, tail(func))
                self._note_waiting(pair, label, result, is_awaited=is_awaited)
                if self.meaning.is_setting(func):
                    pair.events = frozenset(e for e in pair.events if e[1] != ("setting", dotted(func)))
                if base is not None and self.meaning.reads_up(func):
                    self._over(pair, {base}, by=tail(func) != "close")
                if tail(func) == "pop" and args:
                    taken_from = base or ("name", dotted(func).removesuffix(".pop"))
                    self._given_up(pair, ("place", taken_from, args[0]))
                self._taken_back(pair, func, args)
                self._note_originals(pair, func, args, text)
                if self.is_directory and any(map(mentions, args)) and _mounts(func, args):
                    pair.events |= {(MOUNTS, result, text)}
                handed = self.meaning.handing(func, args, result)
                if self.meaning.is_coroutine(func) and any(map(is_derived, (func, *args))):
                    pair.events |= {(COROUTINE, result, text)}
                elif self._lets_go_on(pair, func, args) or (
                    self._gets_coroutine(pair, args) and not self.meaning.does(func, Awaits, Waits)
                ):
                    handed = Handed.LATER, result
                if pair.new.due and self.meaning.stacks(func):
                    handed = None  # what is registered later runs before the deletion
                given = any(is_derived(each) for each in args)
                if given:
                    self._made[result] = text, frozenset(filter(is_derived, map(value_of, args)))
                if given and base is not None and _is_raised(base):
                    pair.events |= {(Handed.CARRIES, base, text)}
                elif given and self.meaning.is_class(func) and handed in (None, (Handed.TELLS, result)):
                    several = len(args) > 1 or not _is_builtin(func)
                    carries = several and any(is_plainly(each) for each in args)
                    carries |= any(_is_around(value_of(each)) for each in args)
                    how = Handed.CARRIES if carries else Handed.SAYS
                    pair.events |= {(how, result, text)}
                    self._given[how, text] = frozenset(filter(is_derived, map(value_of, args)))
                    if _complains(text_at(self.meaning.module, span)):
                        self._complaints.add(text)
                elif handed is not None:
                    told = handed == (Handed.LATER, result) and self.meaning.is_told(func)
                    if handed[1][:1] != (STACKED,):
                        self._working.begun(handed[1], base, is_told=told)
                    pair.events |= {(handed[0], handed[1], text)}
                    self._given[handed[0], text] = frozenset(filter(is_derived, map(value_of, args)))
            case ("iterate", tuple() as source):
                self._working.goes_by(result, self._working.among(pair.events, [source]))
            case ("enter", tuple() as manager):
                self._working.entered(manager, result)
            case ("await", tuple() as awaited):
                self._awaited(pair, awaited, result)
            case ("set", tuple() as obj, _, tuple() as value) | (
                "setitem",
                tuple() as obj,
                _,
                tuple() as value,
            ):
                obj = _owner(obj)
                if (
                    holds(value) and obj[:1] == ("made",) and not is_outside(obj)
                ):  # it may be raised, or returned
                    pair.events |= {(Handed.CARRIES, obj, text)}
                elif holds(value) and (is_outside(obj) or label[0] == "setitem"):
                    own = obj[:1] == ("param",) and obj[1] == "self"
                    attribute = str(label[2]) if label[0] == "set" else ""
                    how = Handed.OWN if own else self.meaning.keeping_in(obj, attribute)
                    pair.events |= {(how, _place_of(label), text)}
                elif is_derived(value) and is_outside(obj):
                    pair.events |= {(Handed.MAYBE, value, text)}  # what was made from it may need it still
                else:
                    self._given_up(pair, _place_of(label))
            case ("del", tuple(), _):
                self._given_up(pair, _place_of(label))
            case ("store", str(name), tuple() as value):
                if holds(value):
                    pair.events |= {(self.meaning.keeping_in(None, name), value, text)}

    def note_raised(self, pair: Pair, label: Term, flight: Term, text: str) -> None:
        """Remember what is raised here with the file, or with a message that names it."""
        match label:
            case ("assert", tuple() as message):
                how, given = Handed.SAYS, frozenset({message})
            case ("call", tuple() as func, tuple() as args):
                raised = self.meaning.raises_with(func, args)
                if raised is None:
                    return
                how, given = raised, frozenset(filter(is_derived, map(value_of, args)))
            case _:
                return
        pair.events |= {(how, flight, text)}
        self._given[how, text] = given

    def _taken_back(self, pair: Pair, func: Term, args: tuple[Term, ...]) -> None:
        """What was set before the file is deleted stands no more: on ways on which it isn't taken back, it does."""
        base, name = base_of(func), tail(func)
        over: set[Term] = set()
        if name in UNDOING:
            over = {known for _, known, _ in pair.events if known in args or self._is_patch(known, base)}
        elif name in UNDOING_ALL:
            over = {known for _, known, _ in pair.events if self._is_patch(known, known)}
        elif (gone := self.meaning.deleted(func, args)) is not None:
            links = {known for _, known, _ in pair.events if known[:1] == (LINKED,)}
            over = {each for each in links if {*parts(each[1])} & {*parts(gone)}}
        if over:
            pair.events = frozenset(e for e in pair.events if e[1] not in over)

    def _is_patch(self, known: Term, base: Term | None) -> bool:
        """Whether this is an object by which something was set that it also sets back: `mock.patch("a.PATH", path)`."""
        return known == base and "patch" in self._made.get(known, ("",))[0].partition("(")[0]

    def _lets_go_on(self, pair: Pair, func: Term, args: tuple[Term, ...]) -> bool:
        """Whether a call is given what it lets go on though the wait for that fails: a coroutine, as it seems."""
        given = [value_of(each) for each in args]
        return (
            self.meaning.lets_go_on(func, args)
            and any(map(is_derived, given))
            and not self._working.among(pair.events, given)
        )

    def _gets_coroutine(self, pair: Pair, args: tuple[Term, ...]) -> bool:
        """Whether a call is given a coroutine that has the file: nothing of it has run yet."""
        coroutines = {known for how, known, _ in pair.events if how == COROUTINE}
        return any(part in coroutines for each in args for part in parts(value_of(each)))

    # -- who is at work with it -----------------------------------------------------------------------

    def _note_waiting(self, pair: Pair, label: Term, result: Term, *, is_awaited: bool) -> None:
        """A call that may wait for works, or gives what is to be awaited."""
        func, args = label[1:]
        assert isinstance(func, tuple)
        assert isinstance(args, tuple)
        meaning, base = self.meaning, base_of(func)
        given = self._working.among(pair.events, map(value_of, args))
        if meaning.gives_awaitable(func, is_awaited=is_awaited):
            of = [base] if base is not None else []
            of_it = frozenset().union(*(self._working.of(pair.events, each) for each in of))
            self._working.goes_by(result, given | self._working.among(pair.events, of) | of_it)
        elif meaning.does(func, Waits):
            self.waited_for(pair, label)
        elif given:
            self._working.goes_by(result, given)
        if not is_awaited and meaning.is_answer(func, args):
            self._answered(pair)

    def _answered(self, pair: Pair) -> None:
        """Something was waited for, or came: who was told of the file is done with it."""
        told = {e[1] for e in pair.events if e[0] == Handed.LATER and self._working.is_told(e[1])}
        self._end(pair, frozenset(told))

    def _awaited(self, pair: Pair, awaited: Term, result: Term) -> None:
        launched = self.meaning.knowledge.method_tails(Launches)
        if self._working.called(awaited) in launched:  # it runs: that was all that was waited for
            running = {e for e in pair.events if e[0] == Handed.LATER and e[1] == awaited}
            pair.events = (pair.events - running) | {(how, result, text) for how, _, text in running}
            return
        pair.events = frozenset(e for e in pair.events if e[1] != awaited or e[0] == Handed.LATER)
        if not self._one_by_one(pair, awaited):
            self._end(pair, self._working.among(pair.events, [awaited]))

    def _one_by_one(self, pair: Pair, value: Term) -> bool:
        """Whether a value is one of several works, in a loop over them: whose end ends them all."""
        source = looped_over(value)
        if source is None or not self._working.among(pair.events, [source]):
            return False
        pair.events |= {(ONE_BY_ONE, source, "")}
        return True

    def goes_round(self, pair: Pair, source: Term) -> None:
        """A loop over a container has another round."""
        if self._working.among(pair.events, [source]):
            pair.events |= {(ROUND, source, "")}

    def exhausted(self, pair: Pair, source: Term) -> None:
        """A loop is over: what it has waited for one by one, and what was in a container that has nothing."""
        known = {how for how, of, _ in pair.events if of == source}
        if ONE_BY_ONE in known or ROUND not in known:
            self._end(pair, self._working.among(pair.events, [source]))

    def cancelled(self, pair: Pair, awaited: Term) -> None:
        """An await has failed: what it waited for may go on."""
        works = self._working.among(pair.events, [awaited])
        pair.events = frozenset(
            (Handed.GOES_ON if how == Handed.LATER and known in works else how, known, text)
            for how, known, text in pair.events
        )

    def maps(self, pair: Pair, func: Term, result: Term, text: str) -> Pair:
        """A pool was given the file by a `map`, and one of its jobs fails: others go on with it."""
        base = base_of(func)
        if base is not None and not self.meaning.maps_to_the_end(self._working.called(base)):
            self._working.begun(result, base)
            pair.events |= {(Handed.LATER, result, text)}
        return pair

    def _end(self, pair: Pair, works: frozenset[Term]) -> None:
        """Works are over, in time if the file is there."""
        if not pair.new.gone or pair.old.gone:
            pair.events = over(pair.events, works)

    def _note_originals(self, pair: Pair, func: Term, args: tuple[Term, ...], text: str) -> None:
        """Remember what lies in the file, or in the directory, and nowhere else by now."""
        given = [value_of(each) for each in args]
        moved = self.meaning.moved(func, args)
        if len(given) > 1 and not is_derived(given[0]) and mentions(given[1]):
            if moved is not None and not is_derived(moved):
                pair.events |= {(MOVED_IN, given[1], text)}
            elif tail(func).startswith("copy"):
                pair.events |= {(COPIED, given[0], text)}
        if len(given) > 1 and any(map(mentions, given)) and words_in(tail(func)) & FETCHING_WORDS:
            pair.events |= {(COPIED, each, text) for each in given if not is_derived(each)}
        gone = moved or self.meaning.deleted(func, args)
        if gone is None and len(given) > 0 and is_deleter(tail(func)):
            gone = given[0]
        if gone is None and self.meaning.writes_anew(func, args):
            gone = given[0] if given else base_of(func)
        if gone is not None:
            pair.events |= {(ALONE, *e[1:]) for e in pair.events if e[0] == COPIED and e[1] == gone}

    def asks(self, func: Term) -> bool:
        return self.meaning.does(func, Asks)

    def without(self, pair: Pair, gone: Term) -> None:
        """A path in the directory is gone in both versions: who was given nothing but that has lost it anyway."""
        pair.events = frozenset(e for e in pair.events if self._given.get((e[0], e[2])) != frozenset({gone}))

    def waited_for(self, pair: Pair, label: Term) -> None:
        """What has been waited for, be it by leaving its `with`, doesn't read the file any more."""
        match label:
            case ("leave", tuple() as manager, _):
                those: set[Term | None] = {manager}
                if self.meaning.is_stack(manager):  # what was put on it has been carried out
                    for text in sorted(text for _, known, text in pair.events if known[:1] == (STACKED,)):
                        if pair.new.gone and not pair.old.gone:
                            self.no(f"what {text} asks for would find it deleted")
                    pair.events = frozenset(e for e in pair.events if e[1][:1] != (STACKED,))
            case (_, tuple() as func, tuple() as args):
                those = {base_of(func), *args}
            case _:
                return
        self._over(pair, those)

    def _over(self, pair: Pair, those: set[Term | None], *, by: bool = True) -> None:
        """What any of these has started, stands for, or does if that counts (`by`), is over."""
        if pair.new.gone and not pair.old.gone:
            return  # too late
        one = {each for each in those if each is not None and self._one_by_one(pair, each)}
        equal = {each for each in one if any(e[1] == each for e in pair.events)}
        known = those - one | equal
        later = (Handed.LATER, Handed.MAYBE)
        pair.events = frozenset(e for e in pair.events if not (e[0] in later and _is_of(e[1], known)))
        for each in known if by else ():
            if each is not None:
                self._end(pair, self._working.of(pair.events, each))

    def _given_up(self, pair: Pair, place: Term) -> None:
        """Something else, or nothing, stands where the file was kept, or may where it isn't told which element goes."""
        kept = [
            e
            for e in pair.events
            if e[0] in (Handed.KEEPS, Handed.CACHES, Handed.OWN, Handed.MAYBE)
            and e[1][:1] == ("place",)
            and e[1][1] == place[1]
        ]
        gone = {e for e in kept if place[2] in ("", e[1][2])}
        pair.events -= gone
        if place[2] == "":
            pair.events |= {(Handed.MAYBE, known, text) for _, known, text in gone}

    # -- ends ---------------------------------------------------------------------------------------

    def ended(self, pair: Pair, end: End) -> None:
        old, new = pair.old, pair.new
        if not old.made:
            return
        if worse := _worse(old, new):
            self.no(worse)
            return
        self._goes_on |= not (end.raised or old.gone or old.due or new.gone or new.due)
        if self.about_descriptor:
            if old.closed == "closed" and new.closed == "open":
                self.no("the descriptor would stay open on a way on which it was closed")
            elif new.refused and not old.refused:
                self.no(f"{new.refused} {REFUSED_TO_MOVE}")
            return
        self._note_refused(old, new)
        for how, _, text in sorted(pair.events, key=_by_text):
            if how == PART and not (new.gone or new.due):
                self.no(f"{text} would not run any more")
        if old.gone or old.due:
            for how, _, text in sorted(pair.events, key=_by_text):
                if how == ORDER:
                    self.no(f"what {text} registers would run before the deletion, not after it")
            if pair.guessed:
                return  # nobody knows that the code ever deletes after that
            self.deletes = True
            if not end.raised:
                self._returns_anyway.add(end.value)
            self._borne |= {(how, _LINE.sub("", text)) for how, _, text in pair.events}
            return
        if not (new.gone or new.due):
            return
        if new.gone == "rmdir" and any(how == FILLS for how, _, _ in pair.events):
            self.no(
                "the directory may not be empty there, and what is raised then would hide what went wrong"
            )
            return
        self.improves = True
        for how, _, text in sorted(pair.events, key=_by_text):
            if how == ALONE and end.raised:
                self.no(f"{text} made the only copy that is left, which would go where something fails")
            elif how == MOVED_IN and end.raised:
                self.doubt(f"what {text} put there is nowhere else, and would go where something fails")
        exits = any(each[:1] == ("exit",) for each in parts(end.value)) if end.raised else False
        self._charge_all(pair, end, exits=exits)
        self.found.ends_well |= not end.raised or exits
        if end.raised and not exits:
            self._raised(pair, end.value)
        elif not end.raised and new.due not in LIVES:
            self._returned(end.value)

    def _refusing(self, those: list[str]) -> set[str]:
        """What has the file open where it is newly deleted. A descriptor that is closed on some way is the business of
        another finding."""
        those = [who for who in those if not (self._taken_for_closed and who.endswith(MAY_HAVE_IT))]
        return {who for who in those if not (who == DESCRIPTOR and self._descriptor_is_closed)}

    def _note_refused(self, old: State, new: State) -> None:
        """Whether the file is open where it is deleted."""
        for who in filter(None, (old.refused, old.stuck)):
            self._taken_for_closed |= who.endswith(MAY_HAVE_IT)
            self._refused_anyway |= not who.endswith(MAY_HAVE_IT)
        self._descriptor_is_closed |= old.closed != "open"
        if new.stuck and not (old.gone or old.due):
            self._stuck.append(new.stuck)
        if new.refused and not (old.gone or old.due):
            self._refused.append(new.refused)
        elif new.refused not in ("", DESCRIPTOR) and (
            not old.refused or (old.refused.endswith(MAY_HAVE_IT) and not new.refused.endswith(MAY_HAVE_IT))
        ):
            self.no(f"{new.refused} {REFUSED}")

    def _charge_all(self, pair: Pair, end: End, *, exits: bool) -> None:
        """Whom the file was handed to that may still want it, at an end where it is newly deleted; `exits`: the program
        ends there."""
        old, new = pair.old, pair.new
        for how, known, text in sorted(pair.events, key=_by_text):
            if how == Handed.LATER:
                self._charge(how, text, NO, "may read it later, when it would be deleted")
            elif how == Handed.DETACHED:  # nobody knows how long the code takes on the good way
                weight = DOUBT if end.raised else NO
                self._charge(how, text, weight, "leaves it to what may go on when the call is over")
            elif how == MOUNTS and "deleted" in (new.gone, new.due) and "rmdir" not in (new.gone, new.due):
                self._charge(
                    how, text, NO, "may have mounted something there, which would be deleted with it"
                )
            elif how == Handed.CACHES and new.due != Life.PROCESS:
                self._charge(how, text, NO, "keeps it for whoever asks next, who would find it deleted")
            elif how == Handed.KEEPS and new.due not in LIVES:
                self._charge(how, text, NO, "keeps it, and would be left with what is deleted")
            elif how == Handed.OWN and new.due not in LIVES and not (end.raised and self.meaning.is_unowned):
                weight = DOUBT if end.raised else NO
                self._charge(
                    how, text, weight, "keeps it for the object, which would be left with what is deleted"
                )
            elif how == Handed.MAYBE and new.due not in LIVES:
                self._charge(
                    how, text, DOUBT if end.raised else SHOWN, "may keep it, and would be left without it"
                )
            elif how in (Handed.KEEPS, Handed.MAYBE) and self._is_told_to_log(text):
                self._charge(how, text, SHOWN, f"lets somebody log to it, who {MAY_HAVE_IT} {STAYS_OPEN}")
            elif how == Handed.MOVES and not end.raised:
                self._charge(how, text, SHOWN, "may have moved it to where it is wanted")
            elif how == Handed.CARRIES and not end.raised and _was_raised(known, old):
                self._charge(how, text, NO, "carries its path, for who catches it")
            elif (
                how == Handed.CARRIES
                and not end.raised
                and known in parts(end.value)
                and not is_derived(known)
            ):
                self._charge(how, text, NO, "keeps it, and would be left with what is deleted")
            elif how == Handed.GOES_ON:
                self._charge(how, text, DOUBT, "may go on with it where the wait is cancelled")
            elif how == Handed.TELLS and not (end.raised and not exits and _is_quiet(text)):
                mild = end.raised or ".debug(" in text or not self._has_it(how, text)
                weight = NO if exits else DOUBT if mild else SHOWN
                self._charge(how, text, weight, "tells people of it, who would find it deleted")

    def _is_told_to_log(self, text: str) -> bool:
        """Whether a setting that has the file is, by its name, that of a log: who opens that keeps it open."""
        return not self.is_directory and is_log(text)

    def _has_it(self, how: str, text: str) -> bool:
        """Whether somebody got the path, or what was built around it: not only what some call has made of it."""
        given = self._given.get((how, text))
        return given is None or any(holds(each) for each in given)

    def _charge(self, how: str, text: str, weight: int, reason: str) -> None:
        """Hold against the rewrite that a statement has handed the file on; the most that any way says counts."""
        known = how, _LINE.sub("", text)
        if weight >= self._charged.get(known, (DOUBT, ""))[0]:
            self._charged[known] = (weight, f"{text} {reason}")

    def _raised(self, pair: Pair, value: Term) -> None:
        for how, known, text in sorted(pair.events, key=_by_text):
            if known == value and how == Handed.CARRIES:
                self.no(f"{text} carries its path, for who catches it")
            elif known == value and how == Handed.SAYS:
                self._said.append(text)
        if value in self._made and is_derived(value) and all(known != value for _, known, _ in pair.events):
            text, self._given[Handed.SAYS, text] = self._made[value]
            self._said.append(text)

    def _returned(self, value: Term) -> None:
        if is_lazy(value):
            self.no("what is returned reads it when it is asked for more")
        elif not is_derived(value):
            return
        elif mentions(value) and value[:1] != ("text",):
            self.no("it is returned, and the caller would get what is deleted")
        else:
            self._returns.add(value)


def _mounts(func: Term, args: tuple[Term, ...]) -> bool:
    """Whether a call, by its name or by the command that it is given, mounts a file system."""
    said = [each[2] for given in args for each in parts(given) if each[:2] == ("const", "str")]
    return "mount" in words_in(tail(func)) or any(_MOUNT.search(str(each).strip("'\"")) for each in said)


def _complains(code: str) -> bool:
    """Whether an exception is made with a sentence that points to nothing that would have to be there still."""
    try:
        tree = ast.parse(code.strip(), mode="eval")
    except SyntaxError:  # newer than the Python that runs this
        return False
    said = [each.value for each in ast.walk(tree) if isinstance(each, ast.Constant)]
    texts = [each for each in said if isinstance(each, str)]
    return any(len(each.split()) > 2 for each in texts) and not any(
        words_in(each) & POINTING_WORDS or _LIES_THERE.search(each) for each in texts
    )


def is_log(text: str) -> bool:
    """Whether something names a log: `LIB_DEBUG`, `config.log_file`."""
    return _LOG.search(text) is not None


def _owner(obj: Term) -> Term:
    """The object whose attributes a mapping is."""
    match obj:
        case ("attr", tuple() as base, "__dict__"):
            return base
    return obj


def _place_of(label: Term) -> Term:
    """What is written to, or removed: an attribute or element of an object."""
    return ("place", label[1], label[2])


def _by_text(event: tuple[str, Term, str]) -> tuple[str, str]:
    """By what is told of it: sets have no order."""
    return event[0], event[2]


def _was_raised(known: Term, old: State) -> bool:
    return known in old.thrown or _is_raised(known)


def _is_around(value: Term) -> bool:
    """Whether it is an object that was built around the path, or a container of that or of the path itself."""
    items = value[1:] if is_container(value) else ()
    return is_built(value) or any(
        isinstance(each, tuple) and (is_plainly(each) or _is_around(each)) for each in items
    )


def _is_raised(value: Term) -> bool:
    """Whether it is what an operation has raised."""
    return value[:1] == ("made",) and str(value[1]).endswith("raised")


def _is_quiet(text: str) -> bool:
    """Whether a message is one for those who look for errors, not for whoever uses the program."""
    text = _LINE.sub("", text).strip("`")
    return (
        text.rpartition("(")[0].endswith(tuple(sorted(QUIET_WORDS))) or ".debug(" in text or ".info(" in text
    )


def _is_builtin(func: Term) -> bool:
    return func[:1] == ("name",) and hasattr(builtins, str(func[1]))


def _is_of(known: Term, over: set[Term | None]) -> bool:
    """Whether something that was started is among what is waited for."""
    return any(each is not None and any(part == known for part in parts(each)) for each in over) or any(
        each is not None and any(part == each for part in parts(known))
        for each in over
        if each not in (NONE, PATH)
    )


def _worse(old: State, new: State) -> str:
    """What the rewrite takes back of what the code does at an end, "" for nothing."""
    if (old.gone or old.due) and not (new.gone or new.due):
        return "it would stay on a way on which it was deleted"
    if "rmdir" in (old.gone, old.due) and "rmdir" not in (new.gone, new.due):
        return "a directory that isn't empty would be deleted, which the code refuses"
    if "rmdir" in (new.gone, new.due) and "deleted" in (old.gone, old.due):
        return "a directory that isn't empty would not be deleted any more"
    return ""
