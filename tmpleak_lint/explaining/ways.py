"""Every way out of a body from the creation on, and what becomes of the file there.

In: a judged obligation and the class its code belongs to. Out: `WayOut`s, ways with equal fate put
together; and the operations of the way that a finding is about. Both are read off the walk of the analysis
repeated (`analysis.verdict.exploded`): what is said of a clean site is why the analysis is silent, and of a leaking
one which ways hold already.
Not handled: two failures on one way are not told apart from one.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable
from dataclasses import dataclass

from tmpleak_lint.analysis.domain.values import Klass
from tmpleak_lint.analysis.explore.trace import Mark, Record
from tmpleak_lint.analysis.queries.sites import Obligation
from tmpleak_lint.analysis.verdict.exploded import exploded_graph
from tmpleak_lint.analysis.verdict.judge import KEPT_AND_RETURNED, Verdict
from tmpleak_lint.analysis.verdict.witness import snippet
from tmpleak_lint.explaining.account import Leaving, Outcome, WayOut
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Kind
from tmpleak_lint.knowledge.model import Moves, Opens
from tmpleak_lint.knowledge.table import deletes_empty_only

_ENDING = (Mark.RELEASED, Mark.HANDED_OVER, Mark.ENDED, Mark.RAISED)
_PASSING = g.Reraise | g.Leave | g.Raise  # what an exception in flight passes
_DETOUR = 1000  # an exception that isn't the finding's own costs as much as so many operations
HELD = "it stays for now: a keep option was set, or a failing set-up ends the test run anyway"
_DONE = {
    Obligation.NAME: "deletes it",
    Obligation.DESCRIPTOR: "closes it",
    Obligation.HANDLE: "closes it, which deletes it",
}
_MOVED = {Obligation.NAME: "moves it away"}
_TAKEN = {Obligation.DESCRIPTOR: "takes it over: closing the file object closes it"}
_STAYS = {
    Obligation.NAME: "it stays",
    Obligation.DESCRIPTOR: "it stays open",
    Obligation.HANDLE: "it isn't closed here; where nobody else closes it, the collector does, in its own time",
}
_WORDS = re.compile(r"\w+")
_KEEPER = "`{}` keeps it, and what ends that object deletes it"
_KEEPERS = {KEPT_AND_RETURNED: "it is returned, and kept where something deletes it later"}
_PLACES = {"finally": ", in a finally", "handler": ", in an except", "with": "", "try": "", "else": ""}
_ORDER = (Leaving.RETURNS, Leaving.ENDS, Leaving.RAISES)
_Fate = tuple[Outcome, int, str, str]


@dataclass(frozen=True, slots=True, order=True)
class _End:
    """Where a way comes to its end, the statement that left (a return), the excepts that did (not) match."""

    number: int
    left_by: int = -1
    unmatched: int = -1
    matched: int = -1


class Ways:
    """The recorded walk of one obligation, asked about its ends."""

    def __init__(self, verdict: Verdict, owner: Klass | None) -> None:
        self._verdict = verdict
        self._walker = verdict.explorer
        self._records = exploded_graph(verdict, owner).records
        self._happened = {(h.where, h.kind): h.detail for h in verdict.result.discharges}
        made = [number for number, record in enumerate(self._records) if record.mark is Mark.CREATED]
        self._after = [target for number in made for target in self._records[number].onward]

    def out(self) -> tuple[WayOut, ...]:
        """The ways out, those without an exception first."""
        merged: dict[tuple[Leaving, _Fate], dict[int, str]] = {}
        for end in self._ends(self._after, in_flight=False):
            leaving = Leaving.RETURNS if end.left_by >= 0 else Leaving.ENDS
            ops = [end.left_by] if end.left_by >= 0 else []
            merged.setdefault((leaving, self._fate(end)), {}).update(self._told(ops))
        for number in self._live():
            record = self._records[number]
            if record.raising and not isinstance(self._walker.nodes[record.op].op, g.Reraise):
                filled = deletes_empty_only(self._happened.get((record.op, "released"), ""))
                for end in self._ends(record.raising, in_flight=True):
                    fate = self._fate(end)
                    if filled and fate[0] is Outcome.LEFT_BEHIND:
                        fate = (*fate[:3], f"it isn't empty: {fate[3]}")
                    merged.setdefault((Leaving.RAISES, fate), {}).update(self._told([record.op]))
        ways = [
            WayOut(leaving, tuple(sorted(lines)), tuple(lines[row] for row in sorted(lines)), *fate)
            for (leaving, fate), lines in merged.items()
        ]
        return tuple(
            sorted(ways, key=lambda way: (_ORDER.index(way.leaving), way.rows, way.row, way.outcome))
        )

    def to_leak(self, cause: int | None, raised: bool) -> list[int]:
        """The operations of the shortest way from the creation to an end where the file stays.

        It goes through `cause`, by an exception where `raised`. Empty where no such way was recorded.
        """
        waiting: list[tuple[int, int, bool, tuple[int, ...]]] = [
            (0, number, cause is None, (number,)) for number in self._after
        ]
        done: set[tuple[int, bool]] = set()
        while waiting:
            cost, number, turned, walked = heapq.heappop(waiting)
            if (number, turned) in done:
                continue
            done.add((number, turned))
            record = self._records[number]
            if record.mark in _ENDING:
                if turned and record.stays:
                    return [self._records[one].op for one in walked]
                continue
            here = record.op == cause
            for target in record.onward:
                passed = turned or (here and not raised)
                heapq.heappush(waiting, (cost + 1, target, passed, (*walked, target)))
            for target in record.raising:
                own = here or isinstance(self._walker.nodes[record.op].op, _PASSING)
                way = (cost + (1 if own else _DETOUR), target, turned or here, (*walked, target))
                heapq.heappush(waiting, way)
        return []

    def _ends(self, starts: Iterable[int], *, in_flight: bool) -> list[_End]:
        """The ends of ways that begin here and on which no other operation raises.

        An exception that is `in_flight` already may be raised again, by a handler or at the end of a block.
        """
        waiting = [_End(number) for number in starts]
        seen: set[_End] = set()
        ends: set[_End] = set()
        while waiting:
            at = waiting.pop()
            record = self._records[at.number]
            if at in seen:
                continue
            seen.add(at)
            if record.mark in _ENDING:
                ends.add(at)
                continue
            node = self._walker.nodes[record.op]
            left_by = record.op if isinstance(node.op, g.Return) else at.left_by
            onward = list(record.onward)
            if in_flight and isinstance(node.op, _PASSING) and not onward:
                onward = record.raising
            for target in onward:
                unmatched, matched = at.unmatched, at.matched
                if isinstance(node.op, g.Catches):
                    if self._records[target].op == node.alt:
                        unmatched = record.op
                    else:
                        matched = record.op
                waiting.append(_End(target, left_by, unmatched, matched))
        return sorted(ends)

    def _live(self) -> list[int]:
        """Every operation at which the file is there, the ways of exceptions included."""
        waiting, seen = list(self._after), set()
        while waiting:
            number = waiting.pop()
            record = self._records[number]
            if number not in seen and record.mark not in _ENDING:
                seen.add(number)
                waiting += [*record.onward, *record.raising]
        return sorted(seen)

    def _told(self, ops: Iterable[int]) -> dict[int, str]:
        nodes, module = self._walker.nodes, self._walker.module
        return {nodes[op].span.start.row: snippet(module, nodes[op].span) for op in ops}

    # What becomes of it

    def _fate(self, end: _End) -> _Fate:
        record = self._records[end.number]
        node = self._walker.nodes[record.op]
        row, text = node.span.start.row, snippet(self._walker.module, node.span)
        obligation = self._verdict.obligation
        if record.mark is Mark.RELEASED:
            by = self._happened.get((record.op, "released"), "")
            if deletes_empty_only(by):
                return Outcome.DELETED, row, text, f"deletes it if it is empty{_place_of(node)}"
            done = self._done_by(by.rpartition(".")[2]).get(obligation, _DONE[obligation])
            return Outcome.DELETED, row, text, f"{done}{_place_of(node)}"
        if record.mark is Mark.HANDED_OVER:
            return self._taken(record, row, text)
        if not record.alive:
            return Outcome.DELETED, 0, "", "nothing is left by then"
        if record.stays:
            return Outcome.LEFT_BEHIND, 0, "", _STAYS[obligation] + self._handling(end)
        outcome, row, text, words = self._kept(record)
        return outcome, row, text, words + self._caught(end)

    def _done_by(self, tail: str) -> dict[Obligation, str]:
        """What a call does, by the last part of its name, where that says more."""
        knowledge = self._walker.knowledge
        if tail in knowledge.tails(Opens):
            return _TAKEN
        return _MOVED if tail in knowledge.tails(Moves) else {}

    def _handling(self, end: _End) -> str:
        """What the excepts on the way had to do with it, where the file stays."""
        nodes = self._walker.nodes
        raised = self._records[end.number].mark is Mark.RAISED
        if raised and end.unmatched >= 0 > end.matched:
            row = nodes[end.unmatched].span.start.row
            # What passes `except Exception` is none: around an await, that the task is cancelled.
            broad = "Exception" in _WORDS.findall(snippet(self._walker.module, nodes[end.unmatched].span))
            what = "a cancellation" if broad else "that"
            return f" (line {row} does not catch {what})"
        if not raised and end.matched >= 0:
            done = "closes" if self._verdict.obligation is Obligation.DESCRIPTOR else "deletes"
            return f"{self._caught(end)[:-1]}, and nothing after it {done} it)"
        return ""

    def _caught(self, end: _End) -> str:
        """Which except the way went through before it ended well."""
        if self._records[end.number].mark is Mark.RAISED or end.matched < 0:
            return ""
        return f" (line {self._walker.nodes[end.matched].span.start.row} catches that)"

    def _taken(self, record: Record, row: int, text: str) -> _Fate:
        managed = self._happened.get((record.op, "managed"))
        if managed is None:
            escaped = self._happened.get((record.op, "escaped"), "")
            return Outcome.HANDED_OVER, row, text, f"takes it over{f' ({escaped})' if escaped else ''}"
        if isinstance(self._walker.nodes[record.op].op, g.Enter):
            done = "closes" if self._verdict.obligation is Obligation.DESCRIPTOR else "closes and deletes"
            return Outcome.MANAGED, row, "", f"the with statement {done} it, whatever its block does"
        return Outcome.MANAGED, row, text, f"looks after it from there on ({managed or 'registered'})"

    def _kept(self, record: Record) -> _Fate:
        """An end at which the file is there, and is no leak: somebody else has it."""
        code = self._walker.code
        keeper = self._happened.get((code.exit_ok, "managed"), "")
        if keeper:
            return Outcome.MANAGED, 0, "", _KEEPERS.get(keeper, _KEEPER.format(keeper))
        if record.mark is Mark.RAISED:
            return Outcome.HELD, 0, "", HELD
        if any(not end.raised for end in self._verdict.escapes):
            whom = "whoever imports this module" if code.kind is Kind.MODULE else "the caller"
            return Outcome.HANDED_OVER, 0, "", f"handed to {whom}, who has to delete it"
        return Outcome.HELD, 0, "", HELD


def _place_of(node: g.Node) -> str:
    """Where a deletion stands: " in a finally", so that it is plain why it runs."""
    return next((_PLACES[place.kind] for place in node.places() if place.kind in _PLACES), "")
