"""The program that a simulated request walks: one creation site's solved graph, with the source beside it.

In: what the analysis knows about one creation site (see `adapter`), or JSON. Out: a frozen `Program` that the
engine, the terminal player and the page all read; `to_json` and `from_json` are each other's inverse.

A *solved* graph has one node for each pair of operation and ownership state, so that a walk needs no
evaluation of guards: at every node the walker takes an `error` edge when the failure model says so, and
otherwise one of the `normal` and `branch` edges by weight. Not handled here: how often things fail
(`engine`) and what another cleanup would look like (`strategies`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Resource(StrEnum):
    """What the creation site makes."""

    FILE = "file"
    DIRECTORY = "directory"
    DESCRIPTOR = "descriptor"


class Kind(StrEnum):
    """What a node does to the file, or where the walk ends."""

    START = "start"
    CREATE = "create"
    RISKY = "risky"
    STEP = "step"
    RELEASE = "release"
    HANDOVER = "handover"
    EXIT_OK = "exit-ok"
    EXIT_ERROR = "exit-error"


class Way(StrEnum):
    """How an edge is taken."""

    NORMAL = "normal"
    ERROR = "error"
    BRANCH = "branch"


EXITS = frozenset({Kind.EXIT_OK, Kind.EXIT_ERROR})


class BadProgram(ValueError):
    """The graph can't be walked; the message says where."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line of the function as the user wrote it; `number` counts from 1 in the user's file."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Node:
    """One operation in one ownership state.

    `line` is the row in the user's file (0 where there is none), `label` a short text such as
    `process(path)`. `holds` says whether the file is owned by this function after the node; on an exit that
    means left behind.
    """

    id: int
    line: int
    label: str
    kind: Kind
    holds: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """From one node to the next; among several of the same kind `weight` says how often each is taken."""

    source: int
    target: int
    kind: Way = Way.NORMAL
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Program:
    """One creation site, ready to be walked.

    `title` names it for a reader (`upload.py:12`), `code` is the rule (empty for a clean site), `function`
    the enclosing function's name. `nodes[i].id == i`; the walk begins at the only `start` node.
    """

    title: str
    code: str
    function: str
    resource: Resource
    source: tuple[SourceLine, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    @property
    def start(self) -> int:
        return next(node.id for node in self.nodes if node.kind is Kind.START)

    def leaving(self, node: int) -> tuple[Edge, ...]:
        """The edges that leave `node`, in their written order."""
        return tuple(edge for edge in self.edges if edge.source == node)

    def check(self) -> None:
        """Raise `BadProgram` unless every walk is well defined and can end."""
        for problem in _problems(self):
            raise BadProgram(f"{self.title}: {problem}")

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`; what has its default value is left out."""
        return {
            "title": self.title,
            "code": self.code,
            "function": self.function,
            "resource": self.resource.value,
            "source": [{"number": line.number, "text": line.text} for line in self.source],
            "nodes": [_node_to_json(node) for node in self.nodes],
            "edges": [_edge_to_json(edge) for edge in self.edges],
        }


def from_json(data: Mapping[str, Any]) -> Program:
    """The program that `to_json` wrote; `BadProgram` when it can't be walked."""
    try:
        program = Program(
            title=data["title"],
            code=data["code"],
            function=data["function"],
            resource=Resource(data["resource"]),
            source=tuple(SourceLine(row["number"], row["text"]) for row in data["source"]),
            nodes=tuple(
                Node(row["id"], row["line"], row["label"], Kind(row["kind"]), row.get("holds", False))
                for row in data["nodes"]
            ),
            edges=tuple(
                Edge(row["from"], row["to"], Way(row.get("kind", "normal")), row.get("weight", 1))
                for row in data["edges"]
            ),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadProgram(f"not a program: {error!r}") from error
    program.check()
    return program


def states_after(program: Program) -> dict[int, frozenset[bool]]:
    """For each node that a walk can reach: is the file held after it? Both answers where walks disagree.

    In the graph of a solved site every set has one member, equal to the node's `holds`.
    """
    after: dict[int, frozenset[bool]] = {}
    leaving: dict[int, list[Edge]] = {node.id: [] for node in program.nodes}
    for edge in program.edges:
        leaving[edge.source].append(edge)
    waiting = [(program.start, False)]
    seen: set[tuple[int, bool]] = set()
    while waiting:
        number, before = waiting.pop()
        if (number, before) in seen:
            continue
        seen.add((number, before))
        kind = program.nodes[number].kind
        done = _EFFECT.get(kind, before)
        after[number] = after.get(number, frozenset()) | {done}
        for edge in leaving[number]:
            # A creation that fails made nothing; a deletion that fails counts as done.
            failed_creation = kind is Kind.CREATE and edge.kind is Way.ERROR
            waiting.append((edge.target, before if failed_creation else done))
    return after


_EFFECT: dict[Kind, bool] = {Kind.CREATE: True, Kind.RELEASE: False, Kind.HANDOVER: False}


def _problems(program: Program) -> list[str]:
    problems = []
    if [node.id for node in program.nodes] != list(range(len(program.nodes))):
        return ["node ids must count from 0"]
    starts = sum(node.kind is Kind.START for node in program.nodes)
    if starts != 1:
        problems.append(f"{starts} start nodes, one is needed")
    known = range(len(program.nodes))
    for edge in program.edges:
        if edge.source not in known or edge.target not in known:
            return [f"edge {edge.source} -> {edge.target} names a node that isn't there"]
        if not 1 <= edge.weight <= 1_000:
            problems.append(f"edge {edge.source} -> {edge.target}: weight must lie between 1 and 1,000")
    left = {edge.source for edge in program.edges}
    for node in program.nodes:
        if node.kind in EXITS and node.id in left:
            problems.append(f"an edge leaves the exit {node.id}")
    if not problems:
        way_out = distances_to_exit(program)
        reached = states_after(program)
        problems += [f"no way out of node {n}" for n in sorted(reached) if way_out[n] is None]
    return problems


def distances_to_exit(program: Program) -> tuple[int | None, ...]:
    """For each node the fewest edges to an exit, of any kind; None where none is reachable."""
    entering: dict[int, list[int]] = {node.id: [] for node in program.nodes}
    for edge in program.edges:
        entering[edge.target].append(edge.source)
    distance: list[int | None] = [None] * len(program.nodes)
    layer = [node.id for node in program.nodes if node.kind in EXITS]
    steps = 0
    while layer:
        following = []
        for number in layer:
            if distance[number] is None:
                distance[number] = steps
                following += entering[number]
        layer = following
        steps += 1
    return tuple(distance)


def _node_to_json(node: Node) -> dict[str, Any]:
    row: dict[str, Any] = {"id": node.id, "line": node.line, "label": node.label, "kind": node.kind.value}
    if node.holds:
        row["holds"] = True
    return row


def _edge_to_json(edge: Edge) -> dict[str, Any]:
    row: dict[str, Any] = {"from": edge.source, "to": edge.target}
    if edge.kind is not Way.NORMAL:
        row["kind"] = edge.kind.value
    if edge.weight != 1:
        row["weight"] = edge.weight
    return row
