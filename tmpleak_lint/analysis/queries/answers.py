"""What is asked about functions, classes and modules is answered once, and the same whoever asks first.

Comes in: a question (`questions.py`) and what it is about. Goes out: its answer, and the files that it
was read from. How that is done:

- **A question is about its key alone.** It sees neither who asks nor from where, so any order gives one answer.
- **Circles.** Functions call each other, modules import each other; so a question can come back while it is being
  worked out. It is then given a *provisional* answer, which is used and never remembered. The questions that hang on
  each other (a strongly connected component, found as Tarjan does) are answered together once their outermost one has
  been asked for all of them: from `first`, what is said as long as nothing is known, in rounds, each from what the
  round before it gave, until none changes. No order among them can show in that. Where more turn out to belong to them
  it is begun again; who is told what it was told in a round before isn't worked out anew, nor is a `piece` of its work.
- **No recursion.** An answer that is asked for in the middle of another is worked out right there, `NESTED` deep. From
  there on the work in hand is thrown away, the deeper question is answered first, and the others are put again: a
  chain of thousands takes no more of Python's stack than one of ten.

- **A price.** An answer comes with the steps that it took, whether it is worked out or known already: so what a
  question costs hangs on nothing else either. One that costs more than `limit` ends in `OverBudget`.

Not handled: an answer that never settles. It is taken back to `first` when it has changed `CHANGES` times, and those
in its circle come out `unsettled`. So do those of a circle that takes more than `CIRCLE_STEPS`: of the others in it
nothing is known, and each is worked out from that once.
"""

from __future__ import annotations

import contextlib
import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Set
from typing import Any, NamedTuple, TypeVar, cast

from tmpleak_lint.analysis.queries.questions import (
    NOTHING_READ,
    Asker,
    FileOverBudget,
    Known,
    OverBudget,
    Question,
    put_by,
)
from tmpleak_lint.bounds import BODY_STEPS, CHANGES, CIRCLE_STEPS, FILE_STEPS, LEAST_STEPS, NESTED

Answer = TypeVar("Answer")

_NOT_YET = object()


class _CircleOverBudget(Exception):
    """The questions of a circle take more steps together than they may."""


class _Later(BaseException):
    """Too deep: this question has to be answered before what is in hand is begun again."""

    def __init__(self, question: Question, asker: Asker, key: tuple[Any, ...]) -> None:
        super().__init__(question.name)
        self.asked = (question, asker, key)


class _Found(NamedTuple):
    """What came of working something out once: the answer, what it was told of questions that were open, the steps, the
    files that it was read from."""

    answer: Any
    told: dict[_Frame, Any]
    price: int
    reads: frozenset[str] = NOTHING_READ

    def holds(self) -> bool:
        """Whether the others say the same today, as far as it matters to who asks them."""
        return all(
            (now := other.told()) is then or other.question.seen(now) == other.question.seen(then)
            for other, then in self.told.items()
        )


class _Frame:
    """A question that is being worked out, or waits for the outermost of its circle.

    `index` and `low` are Tarjan's, `at` is its place on the stack; `asks` are the open questions that it asked, each
    with what it was told. `answer` is what others are told meanwhile: at first what is said as long as nothing is
    known. `found` is what came of working it out while all others said that as well; `before` what came of it in this
    round and that: a circle that grows is begun again, and most of it is told the same again.
    """

    __slots__ = (
        "answer",
        "asker",
        "asks",
        "at",
        "before",
        "changes",
        "found",
        "index",
        "is_whole",
        "key",
        "low",
        "price",
        "question",
        "reads",
    )

    def __init__(self, question: Question, asker: Asker, key: tuple[Any, ...], index: int, at: int) -> None:
        self.question = question
        self.asker = asker
        self.key = key
        self.index = self.low = index
        self.at = at
        self.answer: Any = _NOT_YET
        self.found: Any = _NOT_YET
        self.asks: dict[_Frame, Any] = {}
        self.before: list[_Found] = []
        self.is_whole = True  # what it asks was known or open before: its price is its own
        self.reads: set[str] = set()
        self.price = 0
        self.changes = 0

    def told(self) -> Any:
        """What others are told meanwhile."""
        if self.answer is _NOT_YET:
            self.answer = self.question.first(*self.key)
        return self.answer

    def begin_again(self) -> None:
        """As if it had not been asked yet."""
        self.answer, self.found, self.changes = _NOT_YET, _NOT_YET, 0

    def take(self, answer: Any) -> bool:
        """Take the answer of a round; whether the others see a change."""
        changed = bool(self.question.seen(answer) != self.question.seen(self.told()))
        self.answer = answer
        if changed:
            self.changes += 1
            if self.changes > CHANGES:
                self.answer = self.question.first(*self.key)
        return changed

    @property
    def is_final(self) -> bool:
        return self.changes > CHANGES or self.question.is_final(self.told())


class Answers:
    """What has been answered so far, and what is being worked out.

    `reads` are the files that the work in hand was read from: whoever reads one puts it there. `spent` are the steps
    that it took, `worked` those that were really taken for a file; `limit` is how many one question may take,
    fewer where the bodies of a file share. Then `needed` are those of the bodies that got along with it, `cut` is the
    number of the others.
    """

    def __init__(self) -> None:
        self.known: defaultdict[Question, dict[tuple[Any, ...], Known]] = defaultdict(dict)
        self.reads: set[str] = set()
        self.spent = 0
        self.worked = 0
        self.limit = BODY_STEPS
        self.is_sharing = False
        self.needed = self.cut = 0
        self._pieces: dict[Hashable, _Found] = {}
        # Those that hang on what open questions say meanwhile.
        self._in_circle: defaultdict[Hashable, list[_Found]] = defaultdict(list)
        self._paid: set[object] = set()  # what the work in hand has paid for
        self._has_budget = self._counts = False
        self._failed: dict[tuple[Question, tuple[Any, ...]], Exception] = {}
        self._shared: dict[frozenset[str], frozenset[str]] = {}
        self._open: dict[tuple[Question, tuple[Any, ...]], _Frame] = {}
        self._stack: list[_Frame] = []  # Tarjan's: open questions in the order in which they were first asked
        self._path: list[_Frame] = []  # those being worked out, outermost first
        self._frame: _Frame | None = None  # the one in hand
        self._nested = 0
        self._provisional = 0  # provisional answers given so far
        self._count = 0

    def known_to(self, asked: object) -> Mapping[tuple[Any, ...], Known]:
        """What is known of a question, by key; `asked` is the function that puts it."""
        return self.known[put_by(asked)]

    def work_out(self, question: Question, asker: Asker, key: tuple[Any, ...]) -> Any:
        """The answer to a question that isn't known yet, a provisional one if it is being worked out."""
        frame = self._open.get((question, key))
        if frame is not None:
            assert self._frame is not None
            self._provisional += 1
            self._path[-1].low = min(self._path[-1].low, frame.index)
            return self._frame.asks.setdefault(frame, frame.told())
        if self._frame is None:
            return self._drive(self._begin(question, asker, key))
        if self._failed and (question, key) in self._failed:
            raise self._failed.pop((question, key))
        if self._nested >= NESTED:
            raise _Later(question, asker, key)
        return self._nest(self._begin(question, asker, key))

    @contextlib.contextmanager
    def for_file(self) -> Iterator[None]:
        """What is asked meanwhile is asked for another file, and ends in `FileOverBudget` where that is too much."""
        self.spent = self.worked = 0
        self._paid.clear()
        self._counts = True
        try:
            yield
        finally:
            self._counts = False

    def share(self, steps: int) -> None:
        """A file takes too many steps: each of its bodies gets so many of them."""
        self.is_sharing = True
        self.limit = max(steps, LEAST_STEPS)

    def spend(self, steps: int) -> None:
        """Steps were taken for the work in hand."""
        self.spent += steps
        self.worked += steps
        if self._counts and self.worked > FILE_STEPS and not self.is_sharing:
            raise FileOverBudget
        is_used_up = self.is_sharing and self.worked > FILE_STEPS
        self._check(LEAST_STEPS if is_used_up else self.limit)

    def _check(self, most: int) -> None:
        """Whether the question in hand, or the body that has a budget of its own, takes too much."""
        if self.spent > most and (self._frame is not None or self._has_budget):
            raise OverBudget

    def pay(self, question: Question, key: object, price: int) -> None:
        """The work in hand uses an answer that is known: it costs it what it costs, once."""
        if question.is_apart or (question, key) in self._paid:
            return
        self._paid.add((question, key))
        self.spent += price
        self._check(self.limit)

    def watched(self, work: Callable[[], Answer]) -> tuple[Answer, frozenset[str] | None, int]:
        """What a piece of work gives, the files that it read, and the steps that it took: whoever has it done pays for
        them. None for the files where it was given a provisional answer, so that its own isn't one to remember."""
        outer, before, spent, paid = self.reads, self._provisional, self.spent, self._paid
        self.reads, self.spent, self._paid = set(), 0, set()
        try:
            done = work()
        finally:
            inner, self.reads = self.reads, outer
            outer |= inner
            price, self.spent, self._paid = self.spent, spent, paid
        return done, self._share(inner) if self._provisional == before else None, price

    def piece(self, key: Hashable, work: Callable[[], Answer]) -> Answer:
        """What a piece of the work in hand gives. Unlike a question it is nothing that others can be told of: in a
        circle it is as new as what it is told. It is done once for all that ask for it as long as that is the same; it
        costs whoever asks what it costs."""
        frame = self._frame
        found = self._pieces.get(key)
        if found is None:
            found = next((each for each in self._in_circle[key] if self._holds(each)), None)
        if found is None:
            asks, is_whole = ({}, True) if frame is None else (frame.asks, frame.is_whole)
            if frame is not None:
                frame.asks, frame.is_whole = {}, True
            reads, self.reads = self.reads, set()
            try:
                answer, _, price = self.watched(work)
            finally:
                inner, self.reads = self.reads, reads
                reads |= inner
                told, is_new = ({}, True) if frame is None else (frame.asks, frame.is_whole)
                if frame is not None:
                    frame.asks, frame.is_whole = asks | told, is_whole and is_new
            found = _Found(answer, told, price, self._share(inner))
            if not told:
                self._pieces[key] = found
            elif is_new:
                self._in_circle[key].append(found)
        elif frame is not None:
            self._told(frame, found)
        self.reads |= found.reads
        self.spent += found.price
        self._check(self.limit)
        return cast("Answer", found.answer)

    def _told(self, frame: _Frame, found: _Found) -> None:
        """The work on a question is told what was told before."""
        for other, said in found.told.items():
            frame.asks.setdefault(other, said)
            self._provisional += 1
            self._path[-1].low = min(self._path[-1].low, other.index)

    def _holds(self, found: _Found) -> bool:
        """Whether it would come to the same today."""
        return found.holds() and all(
            self._open.get((frame.question, frame.key)) is frame for frame in found.told
        )

    @contextlib.contextmanager
    def own_budget(self) -> Iterator[None]:
        """What is done meanwhile is done for another body, and nobody's question."""
        outer = self.spent, self._paid, self._has_budget
        self.spent, self._paid, self._has_budget = 0, set(), True
        try:
            yield
        finally:
            self.spent, self._paid, self._has_budget = outer

    def forget(self, lost: Set[str]) -> None:
        """Forget all that was read from these files."""
        for question, table in self.known.items():
            self.known[question] = {key: one for key, one in table.items() if one.reads.isdisjoint(lost)}
        self._pieces = {key: one for key, one in self._pieces.items() if one.reads.isdisjoint(lost)}

    def forget_all(self) -> None:
        """Forget everything."""
        self.known.clear()
        self._pieces.clear()

    def copy(self) -> Answers:
        """The same answers, to go on from."""
        answers = Answers()
        answers.known.update({question: dict(table) for question, table in self.known.items()})
        answers._pieces.update(self._pieces)
        return answers

    def _share(self, reads: set[str]) -> frozenset[str]:
        if not reads:
            return NOTHING_READ
        frozen = frozenset(reads)
        return self._shared.setdefault(frozen, frozen)

    # -- one question -----------------------------------------------------------------------------

    def _begin(self, question: Question, asker: Asker, key: tuple[Any, ...]) -> _Frame:
        frame = _Frame(question, asker, key, self._count, len(self._stack))
        self._count += 1
        self._open[question, key] = frame
        self._stack.append(frame)
        self._path.append(frame)
        return frame

    def _drive(self, outermost: _Frame) -> Any:
        """Answer a question that nobody is waiting for, without recursion: what is too deep goes first."""
        reads, spent, paid = self.reads, self.spent, self._paid
        try:
            while self._path:
                frame = self._path[-1]
                self._nested = 1
                try:
                    self._run(frame)
                except _Later as later:
                    self._begin(*later.asked)
                except Exception as error:
                    if frame is outermost:
                        raise
                    self._failed[frame.question, frame.key] = (
                        error  # whoever asked is told when it asks again
                    )
        finally:
            self._path.clear()
            self._stack.clear()
            self._open.clear()
            self._failed.clear()
            self._in_circle.clear()
            self._frame, self._nested, self.reads = None, 0, reads
            self.spent, self._paid = spent, paid
        reads |= outermost.reads
        if outermost.price:
            self.pay(outermost.question, outermost.key, outermost.price)
        return outermost.answer

    def _nest(self, frame: _Frame) -> Any:
        """Answer a question in the middle of another."""
        asking, reads, spent, paid = self._frame, self.reads, self.spent, self._paid
        assert asking is not None
        self._nested += 1
        try:
            self._run(frame)
        finally:
            self._nested -= 1
            self._frame, self.reads, self.spent, self._paid = asking, reads, spent, paid
        reads |= frame.reads
        if frame.price:
            self.pay(frame.question, frame.key, frame.price)
        if (frame.question, frame.key) in self._open:
            self._provisional += 1
            asking.is_whole = False
            return asking.asks.setdefault(frame, frame.told())
        return frame.answer

    def _run(self, frame: _Frame) -> None:
        """Work the innermost question of the path out; with its circle, where it is the outermost one of that."""
        try:
            frame.found = self._asked_for(frame)
            if frame.low == frame.index:
                self._settle(frame)
        except Exception:
            self._drop(frame)
            raise
        self._path.pop()
        if self._path:
            self._path[-1].low = min(self._path[-1].low, frame.low)

    def _asked_for(self, frame: _Frame) -> Any:
        self._frame, self.reads, self.spent, self._paid = frame, frame.reads, 0, set()
        frame.asks, frame.is_whole = {}, True
        try:
            answer = frame.question.work_out(frame.asker, *frame.key)
        except OverBudget:  # nothing is known of it; whoever asks pays too much for that as well
            if not frame.question.may_hang_on_itself:
                raise
            answer = frame.question.first(*frame.key)
        frame.price = self.spent
        return answer

    def _asked_again(self, frame: _Frame) -> Any:
        """As `_asked_for`, of a question of a circle: what it is told may be what it was told before."""
        known = next((each for each in frame.before if self._holds(each)), None)
        if known is None:
            answer = self._asked_for(frame)
            if frame.is_whole:
                frame.before.append(_Found(answer, frame.asks, frame.price))
            return answer
        frame.asks, frame.price = {}, known.price
        self._told(frame, known)
        return known.answer

    def _drop(self, frame: _Frame) -> None:
        """Forget a question that failed, and all that were asked after it and aren't answered."""
        for each in self._stack[frame.at :]:
            del self._open[each.question, each.key]
        del self._stack[frame.at :]
        del self._path[self._path.index(frame) :]

    # -- a circle ---------------------------------------------------------------------------------

    def _settle(self, head: _Frame) -> None:
        """Answer all that hang on each other, and remember it; not if they turn out to hang on one further out."""
        why: str | None = ""
        while True:
            if len(self._stack) == head.at + 1 and head not in head.asks:  # so it is of nearly all
                head.answer = head.found
                del self._stack[head.at], self._open[head.question, head.key]
                self.known[head.question][head.key] = Known(head.answer, self._share(head.reads), head.price)
                return
            members = self._stack[head.at :]
            try:
                why = None
                why = self._rounds(head, members)
            finally:
                if why is None:
                    for each in self._stack[head.at :]:
                        each.begin_again()
            if why is not None:
                break
            if head.low < head.index:
                return
        del self._stack[head.at :]
        reads = self._share(set().union(*(member.reads for member in members)))
        for member in members:
            del self._open[member.question, member.key]
            if why and member.question.unsettled is not None:
                member.answer = member.question.unsettled(member.answer, why)
            self.known[member.question][member.key] = Known(member.answer, reads, member.price)

    def _rounds(self, head: _Frame, members: list[_Frame]) -> str | None:
        """Ask all members in rounds until nothing changes; the first round is what was found while all of them were
        told what is said as long as nothing is known. "", or why their answers aren't to be relied on; None as soon as
        more questions belong to the circle."""
        left: float = CIRCLE_STEPS
        due = members
        while due:
            try:
                changed = self._round(head, members, due, left)
            except _CircleOverBudget:
                return self._apart(head, members)
            if changed is None:
                return None
            left -= sum(member.price for member in due)
            due = [m for m in members if not m.is_final and not changed.isdisjoint(m.asks)]
        never = any(member.changes > CHANGES for member in members)
        return f"give other answers in each of {CHANGES} rounds" if never else ""

    def _apart(self, head: _Frame, members: list[_Frame]) -> str | None:
        """They take too much together: nothing is known of what is judged as long as the others are asked; then what is
        judged is, once. Where the others take too much as well, nothing is known of them, either."""
        judged = [member for member in members if member.question.unsettled is not None]
        due = others = [member for member in members if member.question.unsettled is None]
        left = CIRCLE_STEPS if judged else -1  # else it is they that took too much
        for member in members:
            member.begin_again()
        while due:
            try:
                changed = self._round(head, members, due, left)
            except _CircleOverBudget:
                for member in others:
                    member.begin_again()
                    member.told()
                    member.price = BODY_STEPS + 1  # whoever hangs on it says that this was too much
                break
            if changed is None:
                return None
            left -= sum(member.price for member in due)
            due = [m for m in others if not m.is_final and not changed.isdisjoint(m.asks)]
        if self._round(head, members, judged) is None:
            return None
        return f"take more than {CIRCLE_STEPS:,} steps together"

    def _round(
        self, head: _Frame, members: list[_Frame], due: list[_Frame], most: float = math.inf
    ) -> set[_Frame] | None:
        """Ask some members, each from what the round before gave: those whose answers changed. None if more questions
        belong to the circle: all of them that this round comes to, for with one more at a time a large circle would be
        begun again as often as it has members. Raises `_CircleOverBudget` if they take more than `most` steps."""
        given = []
        grows = False
        for member in due:
            given.append(self._asked_again(member) if member.found is _NOT_YET else member.found)
            if head.low < head.index:
                return None
            grows = grows or len(self._stack) > head.at + len(members)
            most -= member.price
            if most < 0:
                if grows:
                    return None
                raise _CircleOverBudget
        if grows:
            return None
        for member in due:
            member.found = _NOT_YET
        return {member for member, answer in zip(due, given, strict=True) if member.take(answer)}
