"""Keep options: the user asked for the file to stay.

Comes in: an end of a walk. Goes out: whether the way there took that side of a branch on a keep option (a
parameter, setting or variable of the environment named like keep, debug, cleanup:
`knowledge.words.KEEP_WORDS`) on which nothing is deleted, while the other side deletes.
"""

from __future__ import annotations

import re
from itertools import accumulate, pairwise

from tmpleak_lint.analysis.explore.explorer import End, Explorer
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.dataflow import WELL, reached
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge.words import KEEP_WORDS
from tmpleak_lint.model import Span

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]*|[a-z]+")


def passes_keep_option(explorer: Explorer, end: End) -> bool:
    """Whether the way to this end took the side of a keep option's branch on which nothing is deleted."""
    options = _keep_options(explorer.project, explorer.module, explorer.code)
    if options and explorer.keeping is None:
        explorer.keeping = _keeping_sides(explorer, options)  # the walk is over: it is so at each of its ends
    keeping = explorer.keeping
    if not keeping:
        return False
    way = explorer.result.trace.way_to(end.item, explorer.nodes)
    explorer.answers.spend(len(way) >> 4)
    # Also where what was known decided: a local flag that was set above.
    return any(step in keeping for step in pairwise(way))


def _keeping_sides(explorer: Explorer, options: frozenset[int]) -> frozenset[tuple[int, int]]:
    """The edges (from, to) of keep options' branches on which nothing is deleted, while the other side deletes."""
    releasing = {h.where for h in explorer.result.discharges if h.kind in ("released", "managed")}
    # Where its directory goes on both sides all the same, what counts is who deletes the file itself.
    by_itself = releasing - explorer.result.along
    found: set[tuple[int, int]] = set()
    created = explorer.tracked.nodes if explorer.tracked is not None else frozenset()
    in_loop = _in_loop(explorer.project, explorer.code)
    options -= _making(explorer.project, explorer.code, created)
    for ending in (releasing, by_itself):
        leading = _leading(explorer.project, explorer.code, frozenset(ending), created)
        for index in options:
            node = explorer.nodes[index]
            if in_loop[index]:  # what comes after the next test of the option is that one's business
                sides = [side for side in (node.next, node.alt) if not _reach(explorer, side, index) & ending]
            else:
                sides = [side for side in (node.next, node.alt) if not leading[side]]
            if len(sides) == 1:
                found.add((index, sides[0]))
    return frozenset(found)


@question()
def _leading(project: Project, code: Code, ending: frozenset[int], without: frozenset[int]) -> bytes:
    """For each node whether a normal way leads from it to one of these, none through `without`; the last one is for
    edges that lead nowhere."""
    before: dict[int, list[int]] = {}
    for node in code.nodes:
        for target in (node.next, node.alt) if node.index not in without else ():
            before.setdefault(target, []).append(node.index)
    found = bytearray(len(code.nodes) + 1)
    work = [index for index in ending if index not in without]
    while work:
        index = work.pop()
        if not found[index]:
            found[index] = True
            work += before.get(index, ())
    return bytes(found)


@question()
def _making(project: Project, code: Code, created: frozenset[int]) -> frozenset[int]:
    """The branches that say whether the file is made at all, in front of its first creation: they say nothing of
    whether it stays."""
    leading = _leading(project, code, created, frozenset())
    before = reached(code.nodes, [0], WELL, without=created)
    return frozenset(
        index for index in before if leading[code.nodes[index].next] != leading[code.nodes[index].alt]
    )


@question()
def _in_loop(project: Project, code: Code) -> bytes:
    """For each node whether a normal way may lead from it back to it: it stands between the ends of an edge that leads
    back."""
    changes = [0] * (len(code.nodes) + 1)
    for node in code.nodes:
        for target in (node.next, node.alt):
            if g.NO_EDGE < target <= node.index:
                changes[target] += 1
                changes[node.index + 1] -= 1
    return bytes(depth > 0 for depth in accumulate(changes))


@question()
def _keep_options(project: Project, module: Module, code: Code) -> frozenset[int]:
    """The branches of a body that hang on a keep option."""
    branches = [node for node in code.nodes if isinstance(node.op, g.Branch)]
    # `a < b < c` is one condition with a branch for each part.
    named = {span for span in {node.span for node in branches} if _names_keep_option(module, span)}
    return frozenset(node.index for node in branches if node.span in named)


def _names_keep_option(module: Module, span: Span) -> bool:
    """Whether the text of a condition has an identifier made of one of the words."""
    lines = module.source.lines
    line = lines[span.start.row - 1] if span.start.row <= len(lines) else ""
    text = line[span.start.column - 1 : span.end.column - 1 if span.end.row == span.start.row else None]
    for identifier in _IDENTIFIER.findall(text):
        words = {w.lower() for w in _WORDS.findall(identifier)}
        if words & KEEP_WORDS:
            return True
    return False


def _reach(explorer: Explorer, start: int, without: int) -> frozenset[int]:
    """Nodes on normal ways from start, not through `without` again, nor on to the next file of a loop."""
    created = explorer.tracked.nodes if explorer.tracked is not None else frozenset()
    explorer.answers.spend(len(explorer.nodes) >> 4)
    return _reached(explorer.project, explorer.code, start, created | {without})


@question()
def _reached(project: Project, code: Code, start: int, without: frozenset[int]) -> frozenset[int]:
    return reached(code.nodes, [start], WELL, without=without)
