"""Walking one body: every way through its graph on which one file is alive.

Comes in: a `Code`, the creation site whose file is tracked (or a state in which it exists already), and what
its context answers. Goes out: a `Result`: the ends that are reached while somebody still owes the
deletion, and the events (released, managed, escaped) that ended the obligation on the other ways.

The walk follows *one* file, the tracked one: where the creation runs several times (a loop), some run makes
it and the others make untracked files. So what a name holds is known exactly, and `p = mkstemp()` in a loop really
loses a file. A way ends as soon as the obligation does. What the operations mean stands in `transfer`, not
here.

Bounds: `joins.STATES_PER_NODE` states are kept at a join and `STEPS` operations walked per call from
outside; beyond them further ways are dropped, which can miss a leak but never invents one: what is reported
is a way that was walked.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from tmpleak_lint.analysis.domain import symbols
from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.exceptions import ANY
from tmpleak_lint.analysis.domain.heap import Earlier, Heap, Ident, named_in
from tmpleak_lint.analysis.domain.state import State, Typestate, alive
from tmpleak_lint.analysis.domain.values import Flight, Ref, Value
from tmpleak_lint.analysis.explore.beginnings import Beginning, Beginnings, Passed
from tmpleak_lint.analysis.explore.joins import Joins
from tmpleak_lint.analysis.explore.trace import Edge, Segment, Trace
from tmpleak_lint.analysis.queries.answers import Answers
from tmpleak_lint.analysis.queries.context import Context
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.records import Call, Task
from tmpleak_lint.analysis.queries.sites import Site
from tmpleak_lint.bounds import INSIDE, MOST_WAITING, ROOMY_HEAP, STEPS, WALK_PRICE
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.dataflow import Sources, leading_to, sources
from tmpleak_lint.flow.graph import NO_EDGE, Code, Node
from tmpleak_lint.flow.liveness import Liveness, liveness
from tmpleak_lint.model import Span

DEAD = NO_EDGE  # what a transfer function gives in place of the next node where the way ends
_WELL = frozenset({"next", "alt"})
NOWHERE = -1  # a temporary that nobody reads

# (walk, node, operation, state) -> the next node. The table pairs each with the one type of its
# operation.
Transfer = Callable[["Explorer", Node, Any, State], int]


Ending = Literal["released", "managed", "escaped", "missed", "unfollowed", "refused"]


@dataclass(frozen=True, slots=True)
class Discharge:
    """What came of the obligation on some way, at the node `where` of this body: deleted, somebody's from there on, out
    of sight; or it stands: something else was deleted, or what is not followed, or the system refuses to."""

    kind: Ending
    where: int
    item: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class End:
    """An exit reached with the file alive: `raised` by exception, `state` what holds it there."""

    raised: bool
    state: State
    item: int


@dataclass(slots=True)
class Result:
    """What a walk found. `tested` has the places where each condition is tested, `asked` the nodes of its own body
    that do so, each with the answer on which it goes to `next`, `created` the item on which
    the tracked file was made at a node (any file where none is tracked), `lent` what a generator gave while the file
    was alive."""

    ends: list[End] = field(default_factory=list)
    discharges: list[Discharge] = field(default_factory=list)
    trace: Trace = field(default_factory=Trace)
    tested: dict[Value, set[Span]] = field(default_factory=dict)
    asked: dict[Value, set[tuple[int, bool]]] = field(default_factory=dict)
    created: dict[int, int] = field(default_factory=dict)
    lent: list[Value] = field(default_factory=list)
    lent_deleted: bool = False
    along: set[int] = field(default_factory=set)  # where it goes with the directory that it lies in


@question()
def _live(project: Project, code: Code) -> Liveness:
    return liveness(code)


_Step = tuple[Node, Transfer, "Container[str | int] | None", tuple[int, ...]]


@question()
def _planned(project: Project, code: Code, kind: type[Explorer]) -> list[_Step]:
    """Each operation with what carries it out in this kind of walk, what is live there if ways meet, and which
    temporaries it is the last to use."""
    live = _live(project, code)
    return [
        (node, kind.transfer[type(node.op)], live.at_joins.get(index), live.last_uses[index])
        for index, node in enumerate(code.nodes)
    ]


@question()
def _sources(project: Project, code: Code) -> Sources:
    return sources(code.nodes)


@question()
def _towards(project: Project, code: Code, nodes: frozenset[int]) -> bytes:
    """For each node whether one of these can be reached from it: a body may have as many of them as nodes. The last one
    is for edges that lead nowhere."""
    return leading_to(_sources(project, code), nodes)


class Explorer(ABC):
    """The walk over one body: what its task says. `depth` and `stack` are how many and which bodies are being
    walked around this one, `budget` how many operations are left."""

    transfer: ClassVar[Mapping[type, Transfer]]
    name_is_new: ClassVar[bool] = True  # nobody who wasn't told a name without a file makes the file

    def __init__(
        self,
        context: Context,
        task: Task,
        *,
        depth: int = 0,
        stack: tuple[Code, ...] = (),
        budget: list[int] | None = None,
    ) -> None:
        module, code, _ = task.body
        tracked, options = task.tracked, task.options
        self.context = context
        self.task = task
        self.project: Project = context.project
        self.knowledge = self.project.knowledge
        self.module = module
        self.code = code
        self.nodes = code.nodes
        self.tracked = tracked
        self.obligation = task.obligation
        self.options = options
        self.mode = task.mode
        self.depth = depth
        self.stack = (*stack, code)
        self.budget = budget if budget is not None else [STEPS]
        self.price = 0  # of all that is done in this walk, states that are copied included
        self.allowance = self.budget[0] * (1 if depth else INSIDE)  # steps of calls that are walked in place
        self.walked: set[object] = set()  # those calls that are paid for
        self.asked_about: set[Code] = set()  # bodies that would have been, had they not been begun already
        sites = task.sites if tracked is None else (*task.sites, tracked)
        self.site_at = {index: site for site in sites for index in site.nodes}
        live = _live(self.project, code)
        self.last_uses = live.last_uses
        self._plan = _planned(self.project, code, type(self))
        self.joins = Joins(code, live.at_joins, options.atoms, inside=depth > 0, exists=tracked is None)
        # Nodes from which the tracked file's creation can still be reached; None where it exists from the start.
        self.towards = _towards(self.project, code, tracked.nodes) if tracked is not None else None
        # The names that say something once an exception has left the body; None for all of them.
        self.outlive = live.captured if code.kind in (g.Kind.FUNCTION, g.Kind.LAMBDA) else None
        self.result = Result()
        self.queue: deque[tuple[int, State, int]] = deque()
        self.waiting: deque[tuple[int, State, int]] = deque()
        self.item = -1
        self._carried = 0  # names and temporaries of the states in both
        self.coroutines: set[int] = set()  # temporaries that hold a coroutine of the project
        self.outside: dict[str, Value] = {}  # what names mean that come from around the body
        # How exceptions left a body walked in place; the heaps, so that no other gets the number of one.
        self._left: dict[tuple[Flight, int, Typestate], Heap] = {}
        # Where walks for other files of the body begin; None where they have nothing in common with this one.
        self.beginnings: Beginnings | None = None
        self.passed: Passed | None = None  # until the file is made
        self._arrived: Beginning | None = None  # it is made next
        self.current = State()
        self._happened: set[tuple[str, int, str]] = set()
        self._roomy = ROOMY_HEAP
        # The temporaries that get a directory's handle; None where nobody has asked.
        self.directories: frozenset[int] | None = None
        # The edges that a keep option takes on which nothing is deleted; None where nobody has asked.
        self.keeping: frozenset[tuple[int, int]] | None = None

    @property
    def answers(self) -> Answers:
        return self.project.answers

    # -- what a special walk may see differently -----------------------------------------------------
    #
    # Everything else that operations mean are functions over the walk; these are looked up on it, so that a
    # walk with another question (is the handle still open? what else deletes it?) can answer some of them.

    @abstractmethod
    def holds(self, value: object, state: State, seen: Any = None) -> bool:
        """Whether whoever gets this value gets hold of the tracked file; `seen` is what was looked into already."""

    @abstractmethod
    def create(self, call: Call, site: Site, state: State) -> int:
        """A creating call."""

    @abstractmethod
    def external(self, call: Call, state: State) -> int | None:
        """A call by a dotted name that some table knows; None when none does."""

    @abstractmethod
    def invoke(self, call: Call, func: object, state: State) -> int:
        """A call of a value."""

    @abstractmethod
    def opaque(self, call: Call, state: State) -> int:
        """A call nothing is known about."""

    @abstractmethod
    def attribute(self, call: Call, base: Value, state: State) -> int:
        """What `base.attr` is."""

    @abstractmethod
    def delete(self, call: Call, value: object, state: State) -> int:
        """A deletion of what value names."""

    @abstractmethod
    def move_away(self, call: Call, source: object, state: State) -> int:
        """A consuming move."""

    @abstractmethod
    def open_file(self, call: Call, state: State) -> int:
        """A call that gives a file object."""

    @abstractmethod
    def file_method(self, call: Call, base: Ref, state: State) -> int:
        """A method of a path or handle."""

    @abstractmethod
    def enter(self, node: Node, op: g.Enter, state: State) -> int:
        """The start of a with block."""

    @abstractmethod
    def leave(self, node: Node, op: g.Leave, state: State) -> int:
        """The end of a with block."""

    # -- the search -------------------------------------------------------------------------------

    def run(self, seed: State) -> Result:
        """Walk every way from the entry with this state, breadth first, so that the shortest way is found first.

        Ways on which the file exists go before those that still lead to its creation: the budget is for them.
        """
        self._begin(seed)
        most = min(WALK_PRICE, self.answers.limit // 5)
        while (
            (ways := self.queue or self.waiting)
            and self.budget[0] > 0
            and self.allowance > 0
            and self.price < most
        ):
            index, state, self.item = ways.popleft()
            self._carried -= len(state)
            self._segment(index, state)
            if self._arrived is not None:
                self._go_on_from(self._arrived)
        # Whatever is on its way out with the file has been walked already.
        for index, state, item in tuple(self.queue):
            if self._leads_out(index):
                self.item = item
                self._segment(index, state)
        # Verdicts keep their walks, a body with many files many of them.
        self.joins.let_go()
        self._left.clear()
        self.walked.clear()
        self.answers.spend(self.price)
        return self.result

    def _begin(self, seed: State) -> None:
        """Begin at the entry, or where a walk for another file has come to."""
        begun = self.beginnings.get(self._hangs_on()) if self.beginnings is not None else None
        tracked, towards = self.tracked, self.towards
        if begun and tracked and towards is not None and begun.passed.serves(tracked.nodes, towards):
            self.joins = begun.joins.copy()
            self.result.trace = begun.trace.copy()
            self.result.tested = {each: set(spans) for each, spans in begun.tested.items()}
            self.result.asked = {each: set(nodes) for each, nodes in begun.asked.items()}
            self.coroutines, self.outside = set(begun.coroutines), dict(begun.outside)
            self.passed = begun.passed.copy()
            self._queue_up(begun.index, begun.state.fork(), begun.item)
            return
        self.passed = Passed() if self.beginnings is not None else None
        self.joins.start(seed)
        self._queue_up(0, seed.fork(), self.result.trace.begin(Segment(0, NO_EDGE, NO_EDGE, "entry")))

    def _hangs_on(self) -> object:
        """What a walk hangs on besides the file that it follows."""
        return type(self), self.code, self.obligation, self.options, self.mode

    def _queue_up(self, index: int, state: State, item: int) -> None:
        self._carried += len(state)
        (self.queue if alive(state) else self.waiting).append((index, state, item))

    def comes_to(self, index: int, state: State) -> bool:
        """Note that a file is made here, before that is looked at; whether the walk stops here, to be begun anew from
        there with the whole of its budget: what led there is the same for all files that are made behind it."""
        passed = self.passed
        if passed is None or self.tracked is None or self.beginnings is None or alive(state):
            return False
        if index not in self.tracked.nodes:
            passed.makers.add(index)
            return False
        self.passed = None
        if (
            self.pending
            or self._plan[index][2]
            is not None  # a join, which has seen the state by now: it isn't taken up twice
            or not passed.alone
            or self.joins.bounded
            or self.result.discharges
            or self.result.lent
        ):
            return False
        begun = Beginning(
            index, state.fork(), self.item, self.result.trace.copy(),
            {each: set(spans) for each, spans in self.result.tested.items()},
            {each: set(nodes) for each, nodes in self.result.asked.items()},
            self.joins.copy(), frozenset(self.coroutines), dict(self.outside), passed,
        )  # fmt: skip
        self._arrived = begun
        return True

    def _go_on_from(self, begun: Beginning) -> None:
        """Go on where the file is made, with the whole of the budget."""
        self._arrived = None
        self.answers.spend(self.price)
        self.price, self.budget[0], self.allowance = 0, STEPS, STEPS * INSIDE
        self.walked = set()
        if self.beginnings is not None:
            self.beginnings[self._hangs_on()] = begun
        self._queue_up(begun.index, begun.state.fork(), begun.item)

    @property
    def pending(self) -> int:
        """Number of ways not taken up yet."""
        return len(self.queue) + len(self.waiting)

    @property
    def is_cut(self) -> bool:
        """Whether ways were dropped at a bound: what was not met there may be met on them."""
        return self.pending > 0 or self.joins.bounded

    def push(self, target: int, state: State, via: Node, how: Edge) -> None:
        """Take up another way later, unless it can't lead to the file any more."""
        if self.towards is not None and not alive(state) and not self.towards[target]:
            if self.passed is not None:
                self.passed.left.add(target)
            return
        if self.passed is not None:
            self.passed.taken.add(target)
            self.passed.alone &= how in _WELL
        if how in _WELL:
            for temporary in self.last_uses[via.index]:
                state.pop(temporary, None)
        if target != NO_EDGE:
            if self._carried > MOST_WAITING:
                self.joins.bounded = True
                return
            self._carried += len(state)
            queue = self.queue if alive(state) else self.waiting
            queue.append((target, state, self.result.trace.begin(Segment(target, self.item, via.index, how))))

    def _segment(self, index: int, state: State) -> None:
        """Walk on until the way ends, or meets a state that was here before."""
        plan, is_new = self._plan, self.joins.is_new
        self.current = state
        self.price += (len(state) + len(state.heap.slots)) >> 3  # it was copied
        walked = 0
        while index != NO_EDGE:
            walked += 1
            if len(state.heap.slots) > self._roomy:
                # A long run of operations leaves much that nothing refers to any more, and each write copies all of it.
                self.joins.sweep(state)
                self._roomy = max(ROOMY_HEAP, 2 * len(state.heap.slots))
            node, transfer, live, last_uses = plan[index]
            if live is not None and not is_new(index, state, live):
                self.merged(index, state)
                break
            onward = transfer(self, node, node.op, state)
            if onward != node.next and onward == node.alt and onward != NO_EDGE:
                self.result.trace.turns.add((self.item, index))
            if NO_EDGE != onward <= index:
                self.go_round(node, onward)
            for temporary in last_uses:
                state.pop(temporary, None)  # a state is copied wherever ways part: carry what is read again
            index = onward
        self.budget[0] -= walked
        self.price += walked

    def go_round(self, node: Node, onward: int) -> None:
        """A loop goes round without a choice: the next round may turn off where the one before didn't."""
        how: Edge = "next" if onward == node.next else "alt"
        self.item = self.result.trace.begin(Segment(onward, self.item, node.index, how))

    def is_inside(self, code: Code) -> bool:
        """Whether a body is being walked already, around this one or as this one."""
        self.asked_about.add(code)
        return code in self.stack

    def merged(self, index: int, state: State) -> None:  # noqa: B027 (nobody has to observe)
        """The exploration ends at this join: another way came here in a state like this (for who observes it)."""

    # -- the tracked file -------------------------------------------------------------------------

    def discharge(self, kind: Ending, node: Node, detail: str = "", *, along: bool = False) -> int:
        """The obligation ends here on this way; `along`: with the directory that the file lies in."""
        if along:
            self.result.along.add(node.index)
        if self.current.frame.lent and kind == "released":
            self.result.lent_deleted = True
        key = (kind, node.index, detail)
        if key not in self._happened:
            self._happened.add(key)
            self.result.discharges.append(Discharge(kind, node.index, self.item, detail))
        return DEAD

    def ident(self, node: Node) -> Ident:
        """A name for what the operation makes, distinct between bodies."""
        return Ident(self.code.qualname, self.depth, node.index)

    def set_apart(self, name: object, state: State) -> Mapping[object, object]:
        """Where the file hangs on what has this name already (an earlier round of a loop made it), give that one
        another name, for what is made now is another container or object: the new names, of values in hand."""
        if not alive(state) or name not in state.heap.owners:
            return {}
        owned = [stored for slot, stored in state.heap.slots.items() if named_in(slot) == name]
        parts = [x for each in owned for x in ((i for _, i in each) if isinstance(each, tuple) else (each,))]
        if not any(self.holds(each, state) for each in parts):
            return {}
        names = {name: symbols.Before(name) if isinstance(name, v.Sym) else Earlier(name)}
        state.rename(names, joining=True)
        return names

    # -- raising ----------------------------------------------------------------------------------

    def fail(self, node: Node, state: State, flight: Flight = ANY, how: Edge = "raise") -> None:
        """The operation raises: the state before it goes on along the exceptional edge."""
        target = node.exc
        if target == NO_EDGE:
            return
        leaves = self._leads_out(target)
        if leaves and not alive(state) and self.depth == 0:
            return  # no file yet, and nobody catches: nothing to follow
        if leaves and self.outlive is not None:
            if self.depth and not self._leaves_otherwise(state, flight):
                return
            after = state.fork_of(self.outlive)
        else:
            after = state.fork()
        after.flight = flight
        self.push(target, after, node, how)

    def _leaves_otherwise(self, state: State, flight: Flight) -> bool:
        """Whether nothing has left this body yet with what a caller would be told of it: this exception, this heap."""
        left = (flight, id(state.heap), state.file)
        if left in self._left:
            return False
        state.share()  # it is not written to any more
        self._left[left] = state.heap
        return True

    def _leads_out(self, target: int) -> bool:
        while isinstance(self.nodes[target].op, g.Jump) and self.nodes[target].next != NO_EDGE:
            target = self.nodes[target].next
        return target == self.code.exit_error

    def risk(self, node: Node, state: State, kinds: tuple[str, ...] = ()) -> None:
        """A risky operation: it may raise anything, or one of these kinds, unless it stands in cleanup code."""
        if self.is_quiet(node):
            return
        if not kinds:
            self.fail(node, state)
        for kind in kinds:
            self.fail(node, state, Flight(kind, exact=False))

    def is_quiet(self, node: Node) -> bool:
        """Cleanup code, in which calls aren't expected to raise before the deletion."""
        if self.options.quiet or self.options.strict:
            return self.options.quiet
        return any(place.kind == "finally" and place.span not in self.options.loud for place in node.places())
