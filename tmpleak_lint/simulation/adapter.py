"""From the analysis to programs: what the requests walk for a creation site.

In: a judged obligation. Out: a `Program`: the recorded graph with its dull operations dropped, one step for
each line at least, the source beside it. The code is never run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from tmpleak_lint.analysis.domain.values import Klass
from tmpleak_lint.analysis.explore.explorer import Explorer
from tmpleak_lint.analysis.explore.trace import ExplodedGraph, Mark, Record
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.sites import Obligation, Site
from tmpleak_lint.analysis.verdict.exploded import exploded_graph
from tmpleak_lint.analysis.verdict.judge import Strictly, Verdict, examine
from tmpleak_lint.analysis.verdict.project_context import ProjectContext
from tmpleak_lint.analysis.verdict.report import studies_of
from tmpleak_lint.analysis.verdict.study import Study
from tmpleak_lint.analysis.verdict.witness import snippet
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.flow.graph import Kind as BodyKind
from tmpleak_lint.knowledge.model import Shape
from tmpleak_lint.simulation.program import (
    EXITS,
    BadProgram,
    Edge,
    Kind,
    Node,
    Program,
    Resource,
    SourceLine,
    Way,
    states_after,
)

AROUND = 3  # lines shown above and below what is walked, where the body is long
LONG_BODY = 60
LEADING = 19  # to 1: before the creation, the side of a branch that leads to it

_KINDS = {
    Mark.CREATED: Kind.CREATE,
    Mark.RELEASED: Kind.RELEASE,
    Mark.HANDED_OVER: Kind.HANDOVER,
    Mark.ENDED: Kind.EXIT_OK,
    Mark.RAISED: Kind.EXIT_ERROR,
}
_PASSING = (g.Reraise, g.Caught)  # what an exception in flight passes unseen
_STATEMENTS = (g.Return, g.Store, g.Jump, g.Branch, g.Choice, g.Iterate, g.Next, g.Catches, g.Raise)
_SHOWN = (*_STATEMENTS, g.Call, g.Await, g.Yield, g.Enter, g.Leave)
_LABEL = 48  # as long as a snippet
_LABELS = {Kind.EXIT_OK: "returns", Kind.EXIT_ERROR: "an exception leaves"}
_DIRECTORIES = frozenset({Shape.DIRECTORY, Shape.DIRECTORY_HANDLE})


def program_of(verdict: Verdict, owner: Klass | None, title: str, code: str) -> Program:
    """The program of one obligation; `BadProgram` when its graph has no way to an end."""
    explorer = verdict.explorer
    graph = _Graph(explorer, exploded_graph(verdict, owner))
    graph.hand_over_what_does_not_stay()
    graph.drop_dead_ends()
    graph.drop_dull_steps()
    graph.merge_what_looks_alike()
    graph.drop_dull_steps()
    nodes, edges = graph.numbered()
    program = Program(
        title=title,
        code=code,
        function=explorer.code.name if explorer.code.kind is not BodyKind.MODULE else "module",
        resource=_resource(verdict),
        source=_source(explorer.module, explorer.code, nodes),
        nodes=nodes,
        edges=edges,
    )
    program.check()
    after = states_after(program)
    held = tuple(replace(node, holds=True in after.get(node.id, frozenset())) for node in nodes)
    return replace(program, nodes=held)


def verdict_after(project: Project, module: Module, before: Verdict) -> tuple[Verdict, Study] | None:
    """What is to be said of a site in a changed source: the one that stands where it stood among its like.

    Rows are of no use there, a fix moves them. It is read as strictly as before. None where the function makes no such
    thing any more.
    """
    was = before.explorer
    for study in studies_of(project, module):
        if study.code.qualname != was.code.qualname:
            continue
        ago = was.context.sites_of(was.task.body)
        now = ProjectContext(project).sites_of(study.body)
        alike = [[one for one in sites if one.creator == before.site.creator] for sites in (ago, now)]
        then, after = alike if len(alike[0]) == len(alike[1]) else (list(ago), list(now))
        position = [one.number for one in _in_order(then)].index(before.site.number)
        if after:
            there = _in_order(after)[min(position, len(after) - 1)]
            # A creation that deletes itself owes no deletion: it is walked for its handle.
            owed = before.obligation if there.owned else Obligation.HANDLE
            strictly = Strictly.OF_ALL if before.doubtful else Strictly.NOT
            return examine(ProjectContext(project), study.body, there, owed, strictly=strictly), study
    return None


def _in_order(sites: Iterable[Site]) -> list[Site]:
    return sorted(sites, key=lambda site: (site.span.start, site.number))


def shorten(text: str) -> str:
    """The text, cut to a label's length."""
    return text if len(text) <= _LABEL else text[: _LABEL - 3] + "..."


def _resource(verdict: Verdict) -> Resource:
    if verdict.obligation is Obligation.DESCRIPTOR:
        return Resource.DESCRIPTOR
    return Resource.DIRECTORY if verdict.site.shape in _DIRECTORIES else Resource.FILE


def _source(module: Module, code: Code, nodes: tuple[Node, ...]) -> tuple[SourceLine, ...]:
    """The body's lines; of a long body those around what is walked."""
    first, last = code.span.start.row, min(code.span.end.row, len(module.source.lines))
    rows = [node.line for node in nodes if node.line]
    if last - first > LONG_BODY and rows:
        first, last = max(first, min(rows) - AROUND), min(last, max(rows) + AROUND)
    texts = ((row, module.source.lines[row - 1].rstrip("\r\n\f")) for row in range(first, last + 1))
    lines = [SourceLine(row, text) for row, text in texts]
    while lines and not lines[-1].text.strip():
        lines.pop()
    return tuple(lines)


class _Graph:
    """The recorded graph while it is being cut down: nodes by number, ways on as lists."""

    def __init__(self, explorer: Explorer, recorded: ExplodedGraph) -> None:
        self._walker = explorer
        self._kinds: dict[int, Kind] = {}
        self._given: list[int] = []
        self._passing: set[int] = set()
        self._cut: set[int] = set()
        self._lines: dict[int, int] = {}
        self._labels: dict[int, str] = {}
        self._onward: dict[int, list[int]] = {}
        self._raising: dict[int, list[int]] = {}
        for number, record in enumerate(recorded.records):
            self._take(number, record)

    def hand_over_what_does_not_stay(self) -> None:
        """An end at which the file is somebody else's: a hand-over just before it."""
        for number in self._given:
            kind = self._kinds[number]
            last = max(self._kinds) + 1
            self._kinds[number] = Kind.HANDOVER
            self._labels[number] = "handed over"
            self._onward[number] = [last]
            self._add(last, kind, 0, _LABELS[kind])

    def drop_dead_ends(self) -> None:
        """Ways that the walk's bounds cut off lead to no end: drop them, and what leads there only."""
        lost = self._leading_to_cuts()
        if 0 in lost:
            raise BadProgram("no way through this function is known")
        before = self._before()
        for number in lost:
            self._remove(number, before[number])
        before = self._before()
        ending = [number for number, kind in self._kinds.items() if kind in EXITS]
        reaching: set[int] = set()
        while ending:
            number = ending.pop()
            if number not in reaching:
                reaching.add(number)
                ending += before[number]
        if 0 not in reaching:
            raise BadProgram("no way through this function is known")
        for number in [n for n in self._kinds if n not in reaching]:
            self._remove(number, before[number])

    def _leading_to_cuts(self) -> set[int]:
        """What has no way on but into a cut; an exception that it may raise is not its usual way."""
        before = self._before()
        waiting, lost = sorted(self._cut), set[int]()
        while waiting:
            number = waiting.pop()
            usual = self._onward[number] or self._raising[number]
            if number in lost or any(target not in lost for target in usual):
                continue
            lost.add(number)
            waiting += before[number]
        return lost

    def drop_dull_steps(self) -> None:
        """Operations that neither matter to the file nor can raise nor branch: one a line is kept."""
        before = self._before()
        for number in sorted(self._kinds):
            if self._kinds[number] is not Kind.STEP or number == 0:
                continue
            onward = [target for target in self._onward[number] if target != number]
            raising = self._raising[number]
            if len(onward) + len(raising) != 1:
                continue
            (target,) = onward + raising
            lines = {self._lines[target], *(self._lines[n] for n in before[number])}
            same_line = self._lines[number] in lines or not self._lines[number]
            if number in self._passing or (onward and (same_line or self._kinds[target] in EXITS)):
                self._bypass(number, target, before[number])
                before[target] = before[target] - {number} | before.pop(number) - {number}

    def merge_what_looks_alike(self) -> None:
        """States that the walk told apart but that act alike from here on become one (bisimulation)."""
        held = self._held()
        groups = self._numbered_groups(
            {
                n: (kind, self._lines[n], self._labels[n], n == 0, held.get(n))
                for n, kind in self._kinds.items()
            }
        )
        count = 0
        while count != len(set(groups.values())):
            count = len(set(groups.values()))
            groups = self._numbered_groups(
                {
                    n: (
                        group,
                        frozenset(groups[target] for target in self._onward[n]),
                        frozenset(groups[target] for target in self._raising[n]),
                    )
                    for n, group in groups.items()
                }
            )
        first: dict[int, int] = {}
        for number in sorted(self._kinds):
            first.setdefault(groups[number], number)
        kept = set(first.values())
        for number in list(self._kinds):
            if number not in kept:
                self._remove(number, set())
                continue
            for ways in (self._onward[number], self._raising[number]):
                ways[:] = list(dict.fromkeys(first[groups[target]] for target in ways))

    def _held(self) -> dict[int, frozenset[bool]]:
        """For each node whether the file is held after it."""
        order = {number: position for position, number in enumerate(self._kinds)}
        nodes = tuple(
            Node(order[n], 0, "", Kind.START if n == 0 else kind) for n, kind in self._kinds.items()
        )
        ways = ((self._onward, Way.NORMAL), (self._raising, Way.ERROR))
        edges = tuple(
            Edge(order[n], order[target], way) for table, way in ways for n in order for target in table[n]
        )
        bare = Program("", "", "", Resource.FILE, (), nodes, edges)
        after = states_after(bare)
        return {n: after[position] for n, position in order.items() if position in after}

    def _numbered_groups(self, signatures: dict[int, object]) -> dict[int, int]:
        numbers: dict[object, int] = {}
        return {n: numbers.setdefault(signature, len(numbers)) for n, signature in signatures.items()}

    def numbered(self) -> tuple[tuple[Node, ...], tuple[Edge, ...]]:
        """What is left, numbered from 0 in the order in which it is reached."""
        order: dict[int, int] = {}
        waiting = [0]
        while waiting:
            number = waiting.pop()
            if number not in order:
                order[number] = len(order)
                waiting += [*reversed(self._raising[number]), *reversed(self._onward[number])]
        nodes = tuple(
            Node(new, self._lines[old], self._labels[old], self._shown_kind(old))
            for old, new in order.items()
        )
        edges = []
        leading = self._leading()
        for old, new in order.items():
            way = Way.BRANCH if len(self._onward[old]) > 1 else Way.NORMAL
            for target in self._onward[old]:
                weight = LEADING if target in leading.get(old, ()) else 1
                edges.append(Edge(new, order[target], way, weight))
            edges += [Edge(new, order[target], Way.ERROR) for target in self._raising[old]]
        return nodes, tuple(edges)

    def _leading(self) -> dict[int, list[int]]:
        """At branches before the creation: the sides that lead to it, where others don't."""
        creating = {number for number, kind in self._kinds.items() if kind is Kind.CREATE}
        later = self._reached(creating, lambda number: [*self._onward[number], *self._raising[number]])
        before: dict[int, list[int]] = {number: [] for number in self._kinds}
        for number, targets in self._onward.items():
            for target in targets:
                before[target].append(number)
        towards = creating | self._reached(creating, lambda number: before[number])
        leading = {}
        for number, targets in self._onward.items():
            there = [target for target in targets if target in towards]
            if number not in later and len(there) < len(targets):
                leading[number] = there
        return leading

    def _reached(self, starts: set[int], ways: Callable[[int], list[int]]) -> set[int]:
        """What lies behind the starts; a start itself only where a loop leads back to it."""
        waiting, found = [target for start in starts for target in ways(start)], set()
        while waiting:
            number = waiting.pop()
            if number not in found:
                found.add(number)
                waiting += ways(number)
        return found

    def _shown_kind(self, number: int) -> Kind:
        kind = self._kinds[number]
        if number == 0:
            return Kind.START
        return Kind.RISKY if kind is Kind.STEP and self._raising[number] and self._onward[number] else kind

    def _take(self, number: int, record: Record) -> None:
        node = self._walker.nodes[record.op]
        kind = _KINDS.get(record.mark, Kind.STEP)
        line = 0 if kind in EXITS else node.span.start.row
        if number == 0:
            line = self._walker.code.span.start.row
        label = _LABELS.get(kind) or (self._entry() if number == 0 else self._label(node, line))
        self._add(number, kind, line, label)
        if record.cut:
            self._cut.add(number)
        if record.alive and not record.stays:
            self._given.append(number)
        if isinstance(node.op, _PASSING) or (not isinstance(node.op, _SHOWN) and not record.raising):
            self._passing.add(number)
        self._onward[number] = list(record.onward)
        self._raising[number] = list(record.raising)

    def _entry(self) -> str:
        code = self._walker.code
        return f"{code.name}()" if code.kind is not BodyKind.MODULE else "the module"

    def _label(self, node: g.Node, line: int) -> str:
        """A call as it is written; of a statement its line, without the comment."""
        if isinstance(node.op, g.Leave):
            return "end of with"
        lines = self._walker.module.source.lines
        if isinstance(node.op, _STATEMENTS) and 0 < line <= len(lines):
            return shorten(" ".join(lines[line - 1].partition("  #")[0].split()))
        return snippet(self._walker.module, node.span)

    def _add(self, number: int, kind: Kind, line: int, label: str) -> None:
        self._kinds[number], self._lines[number], self._labels[number] = kind, line, label
        self._onward[number], self._raising[number] = [], []

    def _before(self) -> dict[int, set[int]]:
        """For each node those that lead to it."""
        before: dict[int, set[int]] = {number: set() for number in self._kinds}
        for ways in (self._onward, self._raising):
            for number, targets in ways.items():
                for target in targets:
                    before[target].add(number)
        return before

    def _remove(self, number: int, before: set[int]) -> None:
        for table in (self._kinds, self._lines, self._labels, self._onward, self._raising):
            del table[number]
        for source in before & self._kinds.keys():
            for ways in (self._onward[source], self._raising[source]):
                if number in ways:
                    ways.remove(number)

    def _bypass(self, number: int, target: int, before: set[int]) -> None:
        for source in before:
            for ways in (self._onward[source], self._raising[source]):
                if number in ways:
                    ways[:] = list(dict.fromkeys(target if way == number else way for way in ways))
        self._remove(number, set())
