"""Requests walk programs in lanes, fail as asked, and leave behind what their cleanup misses.

In: programs, `Settings`, and a store that makes and removes things (`scratch.Scratch`, or `NoStore` for a
dry run). Out: an `Outcome`, and while it runs one `Frame` a tick for whoever draws it. The same inputs give
the same outcome on every machine; `page/engine.js` is this module again in JavaScript and must give the
same numbers.

One tick: the next request enters the first idle lane; each busy lane, in order, performs one node of its
program; then the reaper deletes what is older than its limit. A request's fate is drawn from its own
stream, so it is the same under every strategy: whether it fails (`failure_ppm`), and at which of the steps
that can raise on its way. The directory holds `slots` names (for descriptors: the table holds `slots`
entries); a creation that finds it full raises, and the request is rejected. What is handed over stays until
its request ends, then its receiver takes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import heappop, heappush
from typing import Protocol

from tmpleak_lint.simulation.program import EXITS, Edge, Kind, Program, Resource, Way, distances_to_exit
from tmpleak_lint.simulation.rng import Stream

LANES = 8
PATIENCE = 200  # steps after which a walk takes the shortest way out, so that every loop ends
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Settings:
    """What is asked of a run. `fail_at` are labels of steps; empty means any step that can raise.

    `failure_ppm`: failing requests in a million. `reaper_age`: ticks after which a file is deleted, 0 for
    never.
    """

    requests: int = 240
    slots: int = 12
    failure_ppm: int = 100_000
    seed: int = 1
    fail_at: tuple[str, ...] = ()
    file_size: int = 300_000
    reaper_age: int = 0
    lanes: int = LANES


class End(StrEnum):
    """How a request ended."""

    SERVED = "served"
    FAILED = "failed"
    REJECTED = "rejected"


class Hold(StrEnum):
    """What a slot of the directory shows."""

    USED = "used"
    DELIVERED = "delivered"
    ORPHAN = "orphan"


@dataclass(frozen=True, slots=True)
class Slot:
    """One name in the directory (or one entry of the descriptor table): whose it is and since when."""

    place: int
    request: int
    resource: Resource
    hold: Hold
    made: int


@dataclass(frozen=True, slots=True)
class Lane:
    """What a lane did in this tick: request `request` performed `node` of program `program`.

    `fault`: it raised there. `held`: the request owns a file after it. `end`: set in the request's last tick.
    """

    request: int
    program: int
    node: int
    fault: bool
    held: bool
    end: End | None


@dataclass(frozen=True, slots=True)
class Counts:
    """Requests and things so far.

    `orphans` and `descriptors` are left behind and still there, `orphaned` counts every one ever left behind.
    `faulted` requests met a fault.
    """

    served: int = 0
    failed: int = 0
    rejected: int = 0
    faults: int = 0
    faulted: int = 0
    orphaned_by_faulted: int = 0
    orphans: int = 0
    descriptors: int = 0
    orphaned: int = 0
    reaped: int = 0
    reaped_in_use: int = 0


@dataclass(frozen=True, slots=True)
class Frame:
    """One tick, drawn: the slots in use by place, the lanes (None when idle), the counts so far."""

    tick: int
    slots: tuple[Slot, ...]
    lanes: tuple[Lane | None, ...]
    counts: Counts


@dataclass(frozen=True, slots=True)
class Break:
    """The first time the directory was full: when, for which request, and how many orphans held it."""

    tick: int
    request: int
    orphans: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished run. `bytes` and `inodes` are those of the orphans, `by_program` counts orphans made, `ends` says
    how each request ended, in the order in which they came."""

    ticks: int
    counts: Counts
    peak: int
    bytes: int
    inodes: int
    broke: Break | None
    by_program: tuple[int, ...]
    ends: tuple[End, ...]


class Store(Protocol):
    """Where things are made; `scratch.Scratch` makes them for real."""

    def make(self, number: int, resource: Resource) -> None: ...

    def remove(self, number: int, resource: Resource) -> None: ...


class NoStore:
    """Makes nothing: for the sweeps that only need the numbers."""

    def make(self, number: int, resource: Resource) -> None:
        pass

    def remove(self, number: int, resource: Resource) -> None:
        pass


class Graph:
    """A program with its edges in the order the walk asks for them."""

    __slots__ = ("distance", "error", "onward", "program", "start")

    def __init__(self, program: Program) -> None:
        self.program = program
        self.start = program.start
        self.distance = distances_to_exit(program)
        self.onward: list[list[Edge]] = [[] for _ in program.nodes]
        self.error: list[list[Edge]] = [[] for _ in program.nodes]
        for edge in program.edges:
            (self.error if edge.kind is Way.ERROR else self.onward)[edge.source].append(edge)

    def can_fail(self, node: int, labels: Sequence[str]) -> bool:
        """May a fault be put on `node`? Deletions never fail, creations only when asked by label."""
        if not self.error[node] or not self.onward[node]:
            return False
        row = self.program.nodes[node]
        if labels:
            return row.label in labels
        return row.kind not in (Kind.CREATE, Kind.RELEASE)

    def misses(self, node: int) -> bool:
        """Would `node` raise if the file were gone? Deleting or using it would, making another would not."""
        return bool(self.error[node] and self.onward[node]) and (
            self.program.nodes[node].kind is not Kind.CREATE
        )

    def choose(self, node: int, failing: bool, stream: Stream, impatient: bool) -> int:
        """The node after `node`, which is no exit."""
        usual, other = (self.error, self.onward) if failing else (self.onward, self.error)
        edges = usual[node] or other[node]
        if impatient:
            return min(usual[node] + other[node], key=self._nearness).target
        if len(edges) == 1:
            return edges[0].target
        ticket = stream.below(sum(edge.weight for edge in edges))
        for edge in edges:
            ticket -= edge.weight
            if ticket < 0:
                return edge.target
        raise AssertionError("weights sum to the ticket's bound")

    def _nearness(self, edge: Edge) -> int:
        distance = self.distance[edge.target]
        return len(self.distance) if distance is None else distance


@dataclass(slots=True, eq=False)
class _Thing:
    number: int
    place: int
    request: int
    program: int
    resource: Resource
    made: int
    hold: Hold = Hold.USED
    there: bool = True


@dataclass(slots=True)
class _Walker:
    """A request on its way."""

    request: int
    program: int
    graph: Graph
    stream: Stream
    node: int
    fault_at: int
    passed: int = 0
    steps: int = 0
    held: _Thing | None = None
    delivered: list[_Thing] = field(default_factory=list)
    rejected: bool = False
    faulted: bool = False
    end: End | None = None


class Run:
    """One strategy's run; `frames()` plays it, `outcome()` is there when the frames are used up."""

    def __init__(self, programs: Sequence[Program], settings: Settings, store: Store) -> None:
        self._graphs = [Graph(program) for program in programs]
        self._settings = settings
        self._store = store
        # Two tables of places: the directory's names, and the process's descriptors.
        self._tables: dict[bool, list[_Thing | None]] = {
            False: [None] * settings.slots,
            True: [None] * settings.slots,
        }
        # Heaps: what is made takes the first place that is free.
        self._free = {table: list(range(settings.slots)) for table in (False, True)}
        self._made = 0
        self._tick = 0
        self._peak = 0
        self._broke: Break | None = None
        self._counts = dict.fromkeys(Counts.__dataclass_fields__, 0)
        self._by_program = [0] * len(self._graphs)
        self._ends: dict[int, End] = {}

    def frames(self) -> Iterator[Frame]:
        """Play the run tick by tick."""
        for lanes in self._ticks(_drawn):
            yield Frame(self._tick, self._slots(), tuple(lanes), Counts(**self._counts))

    def play(self) -> Outcome:
        """Play the run to its end, for nobody to look at."""
        for _ in self._ticks(lambda explorer, node, fault: None):
            pass
        return self.outcome()

    def _ticks(self, draw: Callable[[_Walker, int, bool], Lane | None]) -> Iterator[list[Lane | None]]:
        settings = self._settings
        lanes: list[_Walker | None] = [None] * settings.lanes
        arrived = 0
        while arrived < settings.requests or any(lane is not None for lane in lanes):
            self._tick += 1
            if arrived < settings.requests and None in lanes:
                lanes[lanes.index(None)] = self._arrive(arrived)
                arrived += 1
            drawn: list[Lane | None] = [None] * settings.lanes
            for index, explorer in enumerate(lanes):
                if explorer is not None:
                    node = explorer.node
                    drawn[index] = draw(explorer, node, self._step(explorer))
                    if explorer.end is not None:
                        lanes[index] = None
            self._reap()
            yield drawn

    def outcome(self) -> Outcome:
        """What the run came to."""
        orphans = [thing for thing in self._things() if thing.hold is Hold.ORPHAN]
        names = [thing for thing in orphans if thing.resource is not Resource.DESCRIPTOR]
        folders = sum(thing.resource is Resource.DIRECTORY for thing in names)
        return Outcome(
            ticks=self._tick,
            counts=Counts(**self._counts),
            peak=self._peak,
            bytes=len(names) * self._settings.file_size,
            inodes=len(names) + folders,
            broke=self._broke,
            by_program=tuple(self._by_program),
            ends=tuple(end for _, end in sorted(self._ends.items())),
        )

    def _arrive(self, number: int) -> _Walker:
        program = number % len(self._graphs)
        graph = self._graphs[program]
        stream = Stream(self._settings.seed, number)
        doomed = stream.below(MILLION) < self._settings.failure_ppm
        share = stream.below(MILLION)
        fault_at = -1
        if doomed:
            # A dry walk over the same branches counts the steps that can raise; one of them is chosen.
            chances = self._chances(graph, number)
            fault_at = share * chances // MILLION if chances else -1
        return _Walker(number, program, graph, stream, graph.start, fault_at)

    def _chances(self, graph: Graph, number: int) -> int:
        stream = Stream(self._settings.seed, number)
        stream.draw()
        stream.draw()
        node = graph.start
        steps = chances = 0
        while graph.program.nodes[node].kind not in EXITS:
            steps += 1
            chances += graph.can_fail(node, self._settings.fail_at)
            node = graph.choose(node, False, stream, steps > PATIENCE)
        return chances

    def _step(self, explorer: _Walker) -> bool:
        """Perform the node that the request stands at, and go on; did a fault strike there?"""
        graph = explorer.graph
        number = explorer.node
        node = graph.program.nodes[number]
        explorer.steps += 1
        failing = self._fails(explorer, number)
        if node.kind in EXITS:
            self._finish(explorer, End.SERVED if node.kind is Kind.EXIT_OK else End.FAILED)
            return False
        refused = False
        if node.kind is Kind.CREATE and not failing:
            refused = not self._create(explorer, graph.program.resource)
        elif node.kind is Kind.RELEASE and explorer.held is not None:
            self._remove(explorer.held)
            explorer.held = None
        elif node.kind is Kind.HANDOVER and not failing and explorer.held is not None:
            explorer.held.hold = Hold.DELIVERED
            explorer.delivered.append(explorer.held)
            explorer.held = None
        impatient = explorer.steps > PATIENCE
        if refused and (impatient or not graph.error[number]):
            self._finish(explorer, End.FAILED)
        else:
            explorer.node = graph.choose(number, failing or refused, explorer.stream, impatient)
        return failing or refused

    def _fails(self, explorer: _Walker, node: int) -> bool:
        """Does a fault strike here: the drawn one, or the loss of a file that the reaper took too early?"""
        if explorer.steps > PATIENCE:
            return False  # on the shortest way out nothing strikes any more, so that every walk ends
        if explorer.held is not None and not explorer.held.there and explorer.graph.misses(node):
            explorer.held = None
            self._strike(explorer)
            return True
        if not explorer.graph.can_fail(node, self._settings.fail_at):
            return False
        explorer.passed += 1
        if explorer.passed - 1 != explorer.fault_at:
            return False
        self._strike(explorer)
        return True

    def _strike(self, explorer: _Walker) -> None:
        self._counts["faults"] += 1
        self._counts["faulted"] += not explorer.faulted
        explorer.faulted = True

    def _create(self, explorer: _Walker, resource: Resource) -> bool:
        is_descriptor = resource is Resource.DESCRIPTOR
        table, free = self._tables[is_descriptor], self._free[is_descriptor]
        if not free:
            explorer.rejected = True
            if self._broke is None:
                orphans = sum(thing is not None and thing.hold is Hold.ORPHAN for thing in table)
                self._broke = Break(self._tick, explorer.request, orphans)
            return False
        if explorer.held is not None:
            self._orphan(explorer)  # the name is bound to the new file: nobody knows the old one any more
        place = heappop(free)
        thing = _Thing(self._made, place, explorer.request, explorer.program, resource, self._tick)
        self._store.make(thing.number, resource)
        table[place] = thing
        self._made += 1
        self._peak = max(self._peak, len(table) - len(free))
        explorer.held = thing
        return True

    def _remove(self, thing: _Thing) -> None:
        if thing.there:
            thing.there = False
            self._store.remove(thing.number, thing.resource)
            descriptor = thing.resource is Resource.DESCRIPTOR
            self._tables[descriptor][thing.place] = None
            heappush(self._free[descriptor], thing.place)
            if thing.hold is Hold.ORPHAN:
                self._counts["orphans"] -= 1

    def _orphan(self, explorer: _Walker) -> None:
        thing = explorer.held
        explorer.held = None
        if thing is not None and thing.there:
            thing.hold = Hold.ORPHAN
            self._counts["orphaned"] += 1
            self._counts["orphaned_by_faulted"] += explorer.faulted
            self._counts["descriptors" if thing.resource is Resource.DESCRIPTOR else "orphans"] += 1
            self._by_program[explorer.program] += 1

    def _finish(self, explorer: _Walker, end: End) -> None:
        self._orphan(explorer)
        for thing in explorer.delivered:
            self._remove(thing)
        explorer.end = End.REJECTED if explorer.rejected else end
        self._counts[explorer.end.value] += 1
        self._ends[explorer.request] = explorer.end

    def _reap(self) -> None:
        """Delete old names, in use or not; descriptors of a living process are out of a reaper's reach."""
        age = self._settings.reaper_age
        if not age:
            return
        for thing in list(self._tables[False]):
            if thing is not None and self._tick - thing.made >= age:
                self._remove(thing)
                self._counts["reaped"] += 1
                self._counts["reaped_in_use"] += thing.hold is not Hold.ORPHAN

    def _things(self) -> list[_Thing]:
        return [thing for table in self._tables.values() for thing in table if thing is not None]

    def _slots(self) -> tuple[Slot, ...]:
        return tuple(Slot(t.place, t.request, t.resource, t.hold, t.made) for t in self._things())


def _drawn(explorer: _Walker, node: int, fault: bool) -> Lane:
    held = explorer.held is not None and explorer.held.there
    return Lane(explorer.request, explorer.program, node, fault, held, explorer.end)


def run(programs: Sequence[Program], settings: Settings, store: Store | None = None) -> Outcome:
    """Play to the end and return what came of it."""
    played = Run(programs, settings, store if store is not None else NoStore())
    return played.play()
