"""The exploded graph of one obligation, recorded by observing the exploration of its body.

In: a judged obligation (`judge.Verdict`) and the class its code belongs to. Out: an `ExplodedGraph` of
operations in the states that the exploration tells apart, so that a guard needs no evaluation any more: a way on
which a flag is set has its own nodes. Where the analysis ends because the obligation does (deleted, handed over),
this one goes on without it, to the function's end. What makes the file and can fail after that, as writing a text
does, is recorded twice: the making, and what raises with the file there. One file is followed at a time: where a loop
makes several, the first one, and after its deletion the next. It is recorded once for a verdict, when somebody first
asks: explanations and simulated requests read the same one, the verdict itself was drawn without it.

Not handled: what lies behind the bounds on operations.
"""

from __future__ import annotations

from tmpleak_lint.analysis.domain.exceptions import ANY
from tmpleak_lint.analysis.domain.state import Stands, State, alive
from tmpleak_lint.analysis.domain.values import TRACKED, UNKNOWN, Flight, Klass
from tmpleak_lint.analysis.explore.explorer import DEAD, Ending, Explorer, Result, Transfer
from tmpleak_lint.analysis.explore.trace import Edge, ExplodedGraph, Mark, Record
from tmpleak_lint.analysis.semantics.seeds import seed_of
from tmpleak_lint.analysis.semantics.table import TRANSFER, FullExplorer
from tmpleak_lint.analysis.verdict.judge import Verdict, judge_end
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import NO_EDGE, Node

_ONWARD = ("next", "alt")


def exploded_graph(verdict: Verdict, owner: Klass | None) -> ExplodedGraph:
    """The graph of a verdict."""
    if verdict.graph is None:
        verdict.graph = _record(verdict, owner)
    return verdict.graph


def _record(verdict: Verdict, owner: Klass | None) -> ExplodedGraph:
    """Explore the obligation's body once more, observed."""
    walked = verdict.explorer
    recorder = _Recorder(walked.context, walked.task)
    result = recorder.run(seed_of(walked.context, walked.task.body))
    again = Verdict(verdict.site, verdict.obligation, recorder, result)
    for number, end in enumerate(result.ends):
        known = len(again.leaks)
        if not end.state.frame.lent or result.lent_deleted:
            judge_end(walked.context, again, owner, end)
        record = recorder.records[recorder.ends[number]]
        record.alive, record.stays = True, len(again.leaks) > known
    return ExplodedGraph(recorder.records)


class _Recorder(FullExplorer):
    """The walk that writes down what it walks.

    Bodies of helpers are walked inside it without being recorded.
    """

    def run(self, seed: State) -> Result:
        if self.depth == 0:
            self.towards = None  # requests also go where no file will be made
            self.outlive = None  # and are shown with all that is known
        self.records: list[Record] = []
        self.ends: list[int] = []
        self._at = self._walking = self._made = -1
        self._from = (-1, False)
        self._event: str | None = None
        self._came_from: dict[int, tuple[int, bool]] = {}
        self._recorded: dict[object, int] = {}
        result = super().run(seed)
        for _, _, item in (*self.queue, *self.waiting):  # the walk has ended before it came there
            self._link(self._came_from.get(item, (-1, False)), -1)
        return result

    def push(self, target: int, state: State, via: Node, how: Edge) -> None:
        if self.depth == 0 and target != NO_EDGE:
            record = self.records[self._at]
            if self._is_foreign(state, via.index, how):
                return
            if _is_live(state) and not self._was_live:
                if record.mark is Mark.NONE:
                    record.mark = Mark.CREATED  # a helper made it
                if how not in _ONWARD and self._made < 0:
                    self._made = self._record(via.index, (self._at, False))
                    self.records[self._made].state = state.fork()
            self._came_from[len(self.result.trace)] = (self._source(state), how not in _ONWARD)
        super().push(target, state, via, how)

    def _source(self, state: State) -> int:
        """The record that a way leaves from: of an operation that can fail with the file made, the second one."""
        return self._made if self._made >= 0 and _is_live(state) else self._at

    def fail(self, node: Node, state: State, flight: Flight = ANY, how: Edge = "raise") -> None:
        ways = len(self.result.trace)
        super().fail(node, state, flight, how)
        if self.depth == 0 and len(self.result.trace) == ways and node.exc != NO_EDGE:
            self._leave_without_a_file()

    def _leave_without_a_file(self) -> None:
        """The analysis doesn't follow a way out on which no file exists; a request does."""
        if "out" in self._recorded:
            self._link((self._at, True), self._recorded["out"])
        else:
            self._recorded["out"] = self._record(self.code.exit_error, (self._at, True), Mark.RAISED)

    def discharge(self, kind: Ending, node: Node, detail: str = "", *, along: bool = False) -> int:
        if kind != "missed":  # a deletion of something else changes nothing about this file
            self._event = kind
        return super().discharge(kind, node, detail, along=along)

    def merged(self, index: int, state: State) -> None:
        if self.depth == 0:
            # Beyond the bound of states it goes on as another way does on which the file stands alike.
            alike = self._recorded.get((index, _is_live(state)), -1)
            self._link(self._origin(), self._recorded.get((index, state.key()), alike))

    def go_round(self, node: Node, onward: int) -> None:
        super().go_round(node, onward)
        self._walking = self.item  # it goes on from where it is

    def _origin(self) -> tuple[int, bool]:
        """The operation that leads to the next one, and whether by raising."""
        if self.item != self._walking:
            self._walking, self._from = self.item, self._came_from.get(self.item, (-1, False))
        return self._from

    def perform(self, transfer: Transfer, node: Node, state: State) -> int:
        """Record an operation, and let the analysis perform it."""
        index = node.index
        here = self._record(index, self._origin())
        self.records[here].state = state.fork()
        if index in self.joins.live:
            self._recorded[index, state.key()] = here
            self._recorded.setdefault((index, _is_live(state)), here)
        onward = self._perform(here, transfer, node, state)
        self._from = (self._source(state), False)
        return onward

    def _perform(self, here: int, transfer: Transfer, node: Node, state: State) -> int:
        """Let the analysis perform one operation; note what it meant, and go on where it would stop."""
        index, record = node.index, self.records[here]
        self._at, self._event, self._was_live, self._made = here, None, _is_live(state), -1
        ends, ways = len(self.result.ends), self.pending
        if index in self.site_at:
            # The creation runs again: what was closed before is another descriptor.
            state.open_anew(self.site_at[index].number)
            if not self._was_live:
                state.open_anew(TRACKED)
        following = transfer(self, node, node.op, state)
        if self._made >= 0:
            for _, other, item in (*self.queue, *self.waiting):
                if self._came_from.get(item) == (here, False) and _is_live(other):
                    self._came_from[item] = (self._made, False)
        if isinstance(node.op, g.Exit):
            record.mark = Mark.RAISED if node.op.raised else Mark.ENDED
            self.ends += [here] * (len(self.result.ends) - ends)
            return DEAD
        created = _is_live(state) and not self._was_live
        if created:
            record.mark = Mark.CREATED
        if self._event is None:
            if following == DEAD and not record.raising and self.pending == ways:
                self._leave_without_a_file()  # a call that never returns
            return following
        mark = Mark.RELEASED if self._event == "released" else Mark.HANDED_OVER
        after = state.fork()
        after.let_go()
        dest = getattr(node.op, "dest", None)
        if dest is not None:
            after[dest] = UNKNOWN
        if following == DEAD and self.pending == ways and not record.raising and not created:
            record.mark = mark
        else:
            self._at = self._record(index, (here, False), mark)
        if following == DEAD and self.pending == ways:
            state.let_go()
            if dest is not None:
                state[dest] = UNKNOWN
            return node.next
        super().push(node.next, after, node, "next")
        self._came_from[len(self.result.trace) - 1] = (self._at, False)
        self._at = here
        return following

    def _is_foreign(self, state: State, via: int, how: Edge) -> bool:
        """In a loop the analysis also follows runs that make another file; a request makes its first."""
        made_here = self.tracked is not None and via in self.tracked.nodes
        return made_here and how in _ONWARD and not alive(state) and self._event is None

    def _record(self, op: int, origin: tuple[int, bool], mark: Mark = Mark.NONE) -> int:
        self.records.append(Record(op, mark))
        self._link(origin, len(self.records) - 1)
        return len(self.records) - 1

    def _link(self, origin: tuple[int, bool], target: int) -> None:
        source, raised = origin
        if source < 0:
            return
        if target < 0:
            self.records[source].cut = True
            return
        edges = self.records[source].raising if raised else self.records[source].onward
        if target not in edges:
            edges.append(target)


def _is_live(state: State) -> bool:
    return state.file.stands is Stands.LIVE


def _recorded(transfer: Transfer) -> Transfer:
    """An operation as it is recorded; inside of helpers it isn't."""

    def perform(explorer: Explorer, node: Node, op: g.Op, state: State) -> int:
        assert isinstance(explorer, _Recorder)
        return (
            transfer(explorer, node, op, state) if explorer.depth else explorer.perform(transfer, node, state)
        )

    return perform


_Recorder.transfer = {op: _recorded(transfer) for op, transfer in TRANSFER.items()}
