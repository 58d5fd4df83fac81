"""A program survives JSON, and one that can't be walked is refused with the reason."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest

from tests.simulation.programs import happy_path, loop_rebinds, random_program
from tmpleak_lint.simulation.program import BadProgram, Edge, Kind, Node, Program, from_json, states_after


def test_json_and_back_is_the_same_program() -> None:
    chance = random.Random(1)
    for program in [happy_path(), loop_rebinds(), *(random_program(chance) for _ in range(20))]:
        assert from_json(json.loads(json.dumps(program.to_json()))) == program


def test_solved_graph_holds_what_a_walk_holds() -> None:
    program = happy_path()
    assert states_after(program) == {node.id: frozenset({node.holds}) for node in program.nodes}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda p: replace(p, edges=(*p.edges, Edge(0, 99))), "names a node that isn't there"),
        (lambda p: replace(p, edges=p.edges[1:]), "no way out of node 0"),
        (lambda p: replace(p, edges=(*p.edges, Edge(4, 0))), "an edge leaves the exit 4"),
        (lambda p: replace(p, nodes=(*p.nodes, Node(7, 0, "", Kind.START))), "2 start nodes"),
        (lambda p: replace(p, edges=(replace(p.edges[0], weight=0), *p.edges[1:])), "weight must lie"),
        (lambda p: replace(p, nodes=p.nodes[::-1]), "count from 0"),
    ],
)
def test_unwalkable_programs_are_refused(change: object, reason: str) -> None:
    broken: Program = change(happy_path())  # type: ignore[operator]
    with pytest.raises(BadProgram, match=reason):
        broken.check()


def test_foreign_json_is_refused() -> None:
    with pytest.raises(BadProgram, match="not a program"):
        from_json({"title": "x"})
