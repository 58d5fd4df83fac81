"""What happened in a run, in words: which failure skipped which line, and that the directory is full.

In: the frames of a run, one after the other. Out: the last event as a sentence, as the page has it (`runs.js`).
"""

from __future__ import annotations

from collections.abc import Sequence

from tmpleak_lint.simulation.engine import End, Frame, Hold
from tmpleak_lint.simulation.program import Kind, Node, Program, Resource

_THINGS = {
    Resource.FILE: "its file stays",
    Resource.DIRECTORY: "its directory stays",
    Resource.DESCRIPTOR: "its descriptor stays open",
}


class Teller:
    """Watches a run; `said` is what there is to say, `orphans` and `full` the frames in which each first came."""

    def __init__(self, programs: Sequence[Program], slots: int) -> None:
        self._programs = programs
        self._slots = slots
        self._faults: dict[int, Node] = {}
        self._orphaned = 0
        self.said = ""
        self.first_orphan: int | None = None
        self.full: int | None = None

    def watch(self, frame: Frame) -> None:
        """Take in the next frame."""
        lost = {slot.request for slot in frame.slots if slot.hold is Hold.ORPHAN}
        for lane in frame.lanes:
            if lane is None:
                continue
            if lane.fault:
                self._faults[lane.request] = self._programs[lane.program].nodes[lane.node]
            if lane.end is None:
                continue
            if lane.end is End.REJECTED and self.full is None:
                self.full = frame.tick
                self.said = f"Full: request {lane.request + 1} finds no free slot and is turned away."
            elif lane.request in lost and frame.counts.orphaned > self._orphaned:
                if self.first_orphan is None:
                    self.first_orphan = frame.tick
                self.said = self._lost(lane.request, self._programs[lane.program], lane.end)
        self._orphaned = frame.counts.orphaned

    def _lost(self, request: int, program: Program, end: End) -> str:
        stays = _THINGS[program.resource]
        fault = self._faults.get(request)
        skipped = _skipped(program, fault)
        if fault is not None:
            where = f"Request {request + 1} failed at {fault.label}"
            where += f" in line {fault.line}" if fault.line else ""
            if skipped and skipped != fault.line:
                return f"{where}, so line {skipped} never ran: {stays}."
            return f"{where}: {stays}."
        if skipped:
            return f"Request {request + 1} left past line {skipped}, without a failure: {stays}."
        over = "served" if end is End.SERVED else "over"
        return f"Request {request + 1} is {over}, and nothing deletes what it made: {stays}."


def _skipped(program: Program, fault: Node | None) -> int:
    """The first deletion below a failure; without one, or with none below, the first there is; 0 for none."""
    rows = sorted({node.line for node in program.nodes if node.kind is Kind.RELEASE and node.line})
    below = [row for row in rows if fault is None or row >= fault.line]
    return (below or rows or [0])[0]
