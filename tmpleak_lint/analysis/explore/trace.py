"""The trace of an exploration: which segments it walked, and how it came to each.

Comes in: what the exploration reports as it goes (`begin`, `turn`). Goes out: the way back from any point to
the entry (`back`), and the operations on the way there (`way_to`). A segment is a run of operations without a
choice, none of them twice; where ways part, and where a loop goes round, others begin. `analysis.verdict.exploded`
has the graph of single operations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, NamedTuple

from tmpleak_lint.analysis.domain.state import State
from tmpleak_lint.flow.graph import NO_EDGE, Node

Edge = Literal["entry", "next", "alt", "raise", "exit"]


class Segment(NamedTuple):
    """It starts at `node`, came from segment `parent`, left there at `via` by the edge `how`."""

    node: int
    parent: int
    via: int
    how: Edge


class Trace:
    """The segments of one exploration, by number; `turns` are the operations (segment, node) that were left by
    their alt edge without a choice."""

    __slots__ = ("lengths", "segments", "turns")

    def __init__(self) -> None:
        self.segments: list[Segment] = []
        self.lengths: list[int] = []  # how many there are on the way from the entry to each, itself included
        self.turns: set[tuple[int, int]] = set()

    def __len__(self) -> int:
        return len(self.segments)

    def copy(self) -> Trace:
        """The same segments, to go on from."""
        other = Trace()
        other.segments, other.lengths, other.turns = [*self.segments], [*self.lengths], set(self.turns)
        return other

    def begin(self, segment: Segment) -> int:
        """Another segment; its number."""
        self.segments.append(segment)
        self.lengths.append(1 + self.lengths[segment.parent] if segment.parent >= 0 else 1)
        return len(self.segments) - 1

    def back(self, number: int) -> Iterator[tuple[int, Segment]]:
        """From a segment to the entry, itself first."""
        while number >= 0:
            segment = self.segments[number]
            yield number, segment
            number = segment.parent

    def way_to(self, number: int, nodes: Sequence[Node]) -> list[int]:
        """The operations from the entry to the end of a segment, in order."""
        chain = [*self.back(number)][::-1]
        stops = [*(segment.via for _, segment in chain[1:]), NO_EDGE]
        walked: list[int] = []
        for (each, segment), stop in zip(chain, stops, strict=True):
            index = segment.node
            seen: set[int] = set()
            while index >= 0 and index not in seen:
                walked.append(index)
                seen.add(index)
                if index == stop:
                    break
                index = nodes[index].alt if (each, index) in self.turns else nodes[index].next
        return walked


class Mark(StrEnum):
    """What a recorded operation did to the file."""

    NONE = ""
    CREATED = "created"
    RELEASED = "released"
    HANDED_OVER = "handed-over"
    ENDED = "ended"
    RAISED = "raised"


@dataclass(slots=True)
class Record:
    """One operation in one state: `op` is its number in the body, `state` what was known in front of it (None
    where only the way on is recorded: behind the obligation's end, and ways out on which no file exists).

    On an end, `alive` says that the file is still there and `stays` that nobody will delete it. `cut`: the walk's
    bounds end it here, what comes next is not known.
    """

    op: int
    mark: Mark = Mark.NONE
    state: State | None = None
    alive: bool = False
    stays: bool = False
    cut: bool = False
    onward: list[int] = field(default_factory=list)
    raising: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ExplodedGraph:
    """`records[0]` is the entry; edges are numbers of records."""

    records: list[Record]
