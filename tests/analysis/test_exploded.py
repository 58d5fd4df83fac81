"""Each golden file is a source, a line of dashes, and a table of what the analysis explored: operations in states.

A row of the table is one operation with what is known in front of it: how the file stands, what the names of the
body hold, what is assumed, what is in flight; behind it the rows that it leads to, and by raising (`!`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.state import State
from tmpleak_lint.analysis.explore.trace import ExplodedGraph, Mark, Record
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.verdict.exploded import exploded_graph
from tmpleak_lint.analysis.verdict.judge import Verdict
from tmpleak_lint.analysis.verdict.report import studies_of
from tmpleak_lint.analysis.verdict.study import Study
from tmpleak_lint.analysis.verdict.witness import snippet
from tmpleak_lint.flow import graph as g

GOLDEN = Path(__file__).parent / "golden"
RULER = "-" * 40 + "\n"
DULL = (
    g.Const,
    g.Load,
    g.Jump,
    g.Move,
    g.GetAttr,
    g.Caught,
    g.Not,
    g.Compare,
    g.Build,
    g.Text,
    g.MakeFunction,
)


@pytest.mark.parametrize("name", sorted(path.stem for path in GOLDEN.glob("*.txt")))
def test_exploration_is_the_table_in_the_golden_file(name: str, request: pytest.FixtureRequest) -> None:
    path = GOLDEN / f"{name}.txt"
    source, _, expected = path.read_text(encoding="utf-8").partition(RULER)
    printed = "".join(f"{line}\n" for line in tables(source))
    if request.config.getoption("--update"):
        path.write_text(source + RULER + printed, encoding="utf-8")
    else:
        assert printed == expected


def test_explanations_and_requests_read_the_graph_that_was_recorded_first() -> None:
    source = (GOLDEN / "guard.txt").read_text(encoding="utf-8").partition(RULER)[0]
    ((verdict, owner),) = ((each, study.owner) for study in judged(source) for each in study.verdicts)
    assert verdict.graph is None  # a verdict needs none
    assert exploded_graph(verdict, owner) is exploded_graph(verdict, owner) is verdict.graph


def judged(source: str) -> Iterable[Study]:
    project = Project()
    return studies_of(project, project.add(source.encode(), "app.py", None))


def tables(source: str) -> Iterator[str]:
    for study in judged(source):
        for verdict in study.verdicts:
            yield f"{study.code.qualname}: {verdict.site.creator}, {verdict.obligation}"
            yield from _rows(verdict, exploded_graph(verdict, study.owner))


def _rows(verdict: Verdict, graph: ExplodedGraph) -> Iterator[str]:
    nodes, module = verdict.explorer.nodes, verdict.explorer.module
    shown = [number for number, each in enumerate(graph.records) if not _is_dull(verdict, each)]
    names = {number: str(position) for position, number in enumerate(shown)}
    for number in shown:
        record = graph.records[number]
        node = nodes[record.op]
        what = (
            "exit" if isinstance(node.op, g.Exit) else f"{node.span.start.row} {snippet(module, node.span)}"
        )
        ways = [names[_target(verdict, graph, each)] for each in record.onward]
        ways += [f"!{names[_target(verdict, graph, each)]}" for each in record.raising]
        known = "; ".join(_known(record.state)) if record.state is not None else ""
        fate = record.mark + (", stays" if record.stays else "")
        row = f"{names[number]:>3} {what:<34} | {known} | {fate} | {' '.join(dict.fromkeys(ways))}"
        yield " ".join(row.replace("|  |", "| |").split("\n")).rstrip(" |")


def _is_dull(verdict: Verdict, record: Record) -> bool:
    dull = isinstance(verdict.explorer.nodes[record.op].op, DULL)
    return dull and record.mark is Mark.NONE and not record.raising and len(record.onward) == 1


def _target(verdict: Verdict, graph: ExplodedGraph, number: int) -> int:
    while _is_dull(verdict, graph.records[number]):
        number = graph.records[number].onward[0]
    return number


def _known(state: State) -> Iterator[str]:
    yield f"file {state.file.stands or 'not made'}"
    yield from (f"{name}={_text(x)}" for name, x in state.items() if isinstance(name, str))
    for slot, stored in state.heap.slots.items():
        held = [_text(x) for _, x in stored] if isinstance(stored, tuple) else _text(stored)
        yield f"{type(slot).__name__.lower()} {_text(slot[0])}{f'.{slot[1]}' if len(slot) > 1 else ''}={held}"
    yield from (f"closed {number or 'its descriptor'}" for number in sorted(state.file.closed))
    yield from (f"assumed {_text(each)}: {x}" for each, x in state.assumed.items())
    if state.flight is not None:
        yield f"in flight {state.flight.name}"


def _text(value: object) -> str:
    match value:
        case v.Ref(obj=0, role=role):
            return f"its {role}"
        case v.Ref(obj=number, role=role):
            return f"the {role} of {number}"
        case v.Const(value=constant):
            return repr(constant)
        case v.Seq(items=items):
            return f"({', '.join(map(_text, items))})"
        case v.Inst(klass=klass):
            return f"a {klass.qualname}"
        case str():
            return value
    return v.text_of(value) or type(value).__name__.lower()
