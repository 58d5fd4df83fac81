"""The solver agrees with what its problems mean, worked out the long way on the graphs of random programs."""

from __future__ import annotations

import pytest

from tests.flow.lowering import lower
from tmpleak_lint.flow import liveness as flow_liveness
from tmpleak_lint.flow.dataflow import (
    EVERY,
    WELL,
    Problem,
    Way,
    edges,
    in_circles,
    leading_to,
    reached,
    solve,
    sources,
)
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.flow.liveness import definition, liveness, uses

PROGRAMS = {
    "a loop with a handler": """
def job(rows):
    last = None
    for row in rows:
        try:
            last = use(row)
        except ValueError:
            continue
        finally:
            tidy(row)
    return last
""",
    "loops in a loop, one behind it, one that never ends": """
def job(rows):
    while rows:
        for row in rows:
            if row:
                break
            use(row)
        while rows.more():
            rows = rows.rest
    for row in rows:
        return row
    while True:
        try:
            use(rows)
        finally:
            tidy(rows)
""",
    "branches": """
def job(a, b):
    if a:
        c = b
    else:
        c = make()
        raise c
    while c:
        c = c.next
    with c as d:
        return d
""",
}


@pytest.fixture(params=PROGRAMS, name="code")
def _code(request: pytest.FixtureRequest) -> Code:
    return lower(PROGRAMS[request.param])


def _paths_from(code: Code, start: int, ways: tuple[Way, ...], without: frozenset[int]) -> set[int]:
    """What can be reached, by one step more until nothing is added."""
    found = {start} - without
    while True:
        more = {t for i in found for way, t in edges(code.nodes[i]) if way in ways} - without
        if more <= found:
            return found
        found |= more


@pytest.mark.parametrize("ways", [EVERY, WELL, (Way.EXC,)])
def test_reached_is_what_steps_lead_to(code: Code, ways: tuple[Way, ...]) -> None:
    for start in range(len(code.nodes)):
        for without in (frozenset[int](), frozenset({len(code.nodes) // 2})):
            expected = _paths_from(code, start, ways, without)
            assert reached(code.nodes, [start], ways, without=without) == expected


def test_leading_to_is_reached_backwards(code: Code) -> None:
    for target in range(len(code.nodes)):
        expected = {i for i in range(len(code.nodes)) if target in reached(code.nodes, [i])}
        found = leading_to(sources(code.nodes), [target])
        assert {i for i, leads in enumerate(found) if leads} == expected


def test_in_circles_is_what_is_reached_from_itself(code: Code) -> None:
    expected = [
        index in reached(code.nodes, [target for _, target in edges(node)])
        for index, node in enumerate(code.nodes)
    ]
    assert [bool(each) for each in in_circles(code.nodes)] == expected


def test_what_is_live_in_a_long_body_is_the_same_packed(code: Code, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = liveness(code).at_joins
    monkeypatch.setattr(flow_liveness, "PACKED_JOINS", 0)
    packed = liveness(code).at_joins
    everything = {x for node in code.nodes for x in (*uses(node.op), *definition(node.op))} | {"no name", -7}
    assert plain.keys() == packed.keys()
    for index in plain:
        assert [x for x in everything if x in plain[index]] == [x for x in everything if x in packed[index]]


def test_live_is_what_some_way_reads_before_it_writes(code: Code) -> None:
    live = liveness(code).at_joins
    assert live
    for index, variables in live.items():
        for variable in {x for node in code.nodes for x in (*uses(node.op), *definition(node.op))}:
            # Not through an operation that writes it, unless that raises.
            def ways(node: object, variable: object = variable) -> tuple[Way, ...]:
                return (Way.EXC,) if variable in definition(node.op) else EVERY  # type: ignore[attr-defined]

            found = reached(code.nodes, [index], ways)
            read = any(variable in uses(code.nodes[each].op) for each in found)
            returned = variable == code.result and code.exit_ok in found
            assert (variable in variables) == (read or returned), (index, variable)


def test_facts_that_meet_are_joined() -> None:
    code = lower(PROGRAMS["branches"])
    problem: Problem[frozenset[int]] = Problem(
        backward=False, join=frozenset.union, along=lambda node, way, fact: fact | {node.index}
    )
    facts = solve(code.nodes, problem, {0: frozenset()})
    for index, fact in facts.items():
        assert fact == {
            i for i in facts if any(index in reached(code.nodes, [t]) for _, t in edges(code.nodes[i]))
        }
