"""Dataflow over one graph: facts at nodes, carried along edges until nothing changes any more.

Comes in: the nodes of a body, a `Problem` (which way facts flow, how those that meet become one, what passes
an edge) and the facts to begin with. Goes out: the fact at every node that any comes to. Facts have to grow
along a chain of finite length (sets of variables, yes and no): that is what ends it. Liveness, what can be
reached and what leads somewhere are problems of this kind; what reaches a node as an abstract state is the
business of the exploration (`analysis.explore.explorer`), which keeps ways apart that this here joins.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import or_
from typing import Generic, TypeVar

from tmpleak_lint.flow.graph import NO_EDGE, Node

Fact = TypeVar("Fact")


class Way(StrEnum):
    """The edges of a node, by their names there."""

    NEXT = "next"
    ALT = "alt"
    EXC = "exc"


EVERY = (Way.NEXT, Way.ALT, Way.EXC)
WELL = (Way.NEXT, Way.ALT)  # as long as nothing raises


@dataclass(frozen=True, slots=True)
class Problem(Generic[Fact]):
    """`along(node, way, fact)` is what passes the edge of a node: forward of the fact there, backward of the one
    at its target; None for nothing."""

    backward: bool
    join: Callable[[Fact, Fact], Fact]
    along: Callable[[Node, Way, Fact], Fact | None]


def edges(node: Node) -> list[tuple[Way, int]]:
    """The edges of a node that lead anywhere."""
    onward = ((Way.NEXT, node.next), (Way.ALT, node.alt), (Way.EXC, node.exc))
    return [edge for edge in onward if edge[1] != NO_EDGE]


def incoming(nodes: Sequence[Node]) -> list[list[tuple[Way, Node]]]:
    """For every node the edges that lead to it, by the nodes that they come from."""
    found: list[list[tuple[Way, Node]]] = [[] for _ in nodes]
    for node in nodes:
        for way, target in edges(node):
            found[target].append((way, node))
    return found


def solve(nodes: Sequence[Node], problem: Problem[Fact], start: Mapping[int, Fact]) -> dict[int, Fact]:
    """The least facts that hold what they start with and what flows in."""
    facts = dict(start)
    before = incoming(nodes) if problem.backward else []
    work = deque(facts)
    queued = set(work)
    along, join = problem.along, problem.join
    while work:
        index = work.popleft()
        queued.discard(index)
        fact = facts[index]
        flows: Iterable[tuple[int, Fact | None]]
        if problem.backward:
            flows = ((node.index, along(node, way, fact)) for way, node in before[index])
        else:
            flows = ((target, along(nodes[index], way, fact)) for way, target in edges(nodes[index]))
        for target, passed in flows:
            if passed is None:
                continue
            known = facts.get(target)
            joined = passed if known is None else join(known, passed)
            if known is None or joined != known:
                facts[target] = joined
                if target not in queued:
                    queued.add(target)
                    work.append(target)
    return facts


def reached(
    nodes: Sequence[Node],
    starts: Iterable[int],
    ways: Sequence[Way] | Callable[[Node], Sequence[Way]] = EVERY,
    *,
    without: Collection[int] = (),
) -> frozenset[int]:
    """The nodes that ways of some kind lead to from here (the starts are among them), none of them through
    `without`."""

    def along(node: Node, way: Way, fact: bool) -> bool | None:
        open_ways = ways(node) if callable(ways) else ways
        return fact if way in open_ways and node.index not in without else None

    starting = {index: True for index in starts if index != NO_EDGE}
    return frozenset(solve(nodes, Problem(backward=False, join=or_, along=along), starting)).difference(
        without
    )


def in_circles(nodes: Sequence[Node]) -> bytes:
    """For each node whether ways lead from it back to it: circles are found as Tarjan does, without recursion."""
    found = bytearray(len(nodes))
    number = [0] * len(nodes)  # in the order in which they are come to, from 1; 0 for not yet
    low = [0] * len(nodes)
    waiting: list[int] = []
    is_waiting = bytearray(len(nodes))
    count = 0
    for first in range(len(nodes)):
        work = [] if number[first] else [(first, 0)]
        while work:
            index, at = work.pop()
            if not at:
                count += 1
                number[index] = low[index] = count
                waiting.append(index)
                is_waiting[index] = True
            node = nodes[index]
            targets = (node.next, node.alt, node.exc)
            while at < len(targets):
                target = targets[at]
                at += 1
                if target == NO_EDGE:
                    continue
                if not number[target]:
                    work += ((index, at), (target, 0))
                    break
                if is_waiting[target]:
                    low[index] = min(low[index], low[target])
                    found[index] |= target == index
            else:
                if low[index] == number[index]:
                    in_circle = waiting[-1] != index
                    member = -1
                    while member != index:
                        member = waiting.pop()
                        is_waiting[member] = False
                        found[member] |= in_circle
                if work:
                    above = work[-1][0]
                    low[above] = min(low[above], low[index])
    return bytes(found)


@dataclass(frozen=True, slots=True)
class Sources:
    """For every node the first that has an edge to it, and those that have more with the others: most have one, and a
    list for each takes more than the graph."""

    first: list[int]
    others: dict[int, list[int]]


def sources(nodes: Sequence[Node]) -> Sources:
    """For every node those that have an edge to it."""
    first = [NO_EDGE] * len(nodes)
    others: dict[int, list[int]] = {}
    for node in nodes:
        for target in (node.next, node.alt, node.exc):
            if target == NO_EDGE:
                continue
            if first[target] == NO_EDGE:
                first[target] = node.index
            else:
                others.setdefault(target, []).append(node.index)
    return Sources(first, others)


def leading_to(before: Sources, targets: Iterable[int]) -> bytes:
    """For each node whether one of these can be reached from it; a last one for edges that lead nowhere."""
    first, others = before.first, before.others
    found = bytearray(len(first) + 1)
    work = [*targets]
    while work:
        index = work.pop()
        while index != NO_EDGE and not found[index]:
            found[index] = True
            if index in others:
                work += others[index]
            index = first[index]
    return bytes(found)
