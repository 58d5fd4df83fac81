"""Running the graph of a random program does, step by step, what CPython does with the program."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from tests.flow.interpreter import Interpreter, finish
from tests.flow.lowering import lower
from tests.flow.programs import Stage, some_choices, write_program
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow import leaving
from tmpleak_lint.flow.graph import NO_EDGE, Code
from tmpleak_lint.flow.printing import print_graph

KINDS = ("plain", "generator", "async")


def _outcome(stage: Stage, run: Callable[[], Any]) -> tuple[object, ...]:
    """How the run ended; a generator is driven with what its consumer chooses: a value, a raise, an end."""
    try:
        result = run()
        if inspect.iscoroutine(result):
            result = finish(result)
        elif inspect.isgenerator(result):
            result = _drive(stage, result)
        return ("returned", result)
    except NameError:  # which one it is depends on the scope that owns the name
        return ("raised", "NameError")
    except Exception as error:
        return ("raised", type(error).__name__)


def _drive(stage: Stage, generator: Any) -> object:
    try:
        stage.trace.append(("yielded", next(generator)))
        for turn in range(30):
            try:
                sent: object = stage.step(1000 + turn)
            except Exception as error:
                stage.trace.append(("yielded", generator.throw(error)))
            else:
                stage.trace.append(("yielded", generator.send(sent)))
        generator.close()
        return "closed"
    except StopIteration as stop:
        return stop.value


def _really(source: str, choices: Sequence[int]) -> Stage:
    stage = Stage(choices)
    names = stage.names()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a `return` in a finally and the like are wanted here
        exec(compile(source, "program", "exec"), names)
    stage.trace.append(_outcome(stage, names["f"]))
    return stage


def _assert_same(source: str, code: Code, choices: Sequence[int]) -> tuple[int, set[tuple[str, int, str]]]:
    """How many choices were asked for, and the edges of the graph that were taken."""
    stage = Stage(choices)
    interpreter = Interpreter(stage.names())
    stage.trace.append(_outcome(stage, interpreter.function(code)))
    expected = _really(source, choices).trace
    assert stage.trace == expected, f"{source}\nchoices {list(choices)}\n{print_graph(code)}"
    return stage.asked, interpreter.taken


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("chunk", range(4))
def test_graph_does_step_by_step_what_cpython_does(kind: str, chunk: int) -> None:
    for seed in range(chunk * 25, chunk * 25 + 25):
        source = write_program(seed, kind)
        code = lower(source)
        for choices in some_choices(source, 12):
            _assert_same(source, code, choices)


@pytest.mark.parametrize("nesting", [0, 1])
@pytest.mark.parametrize("kind", KINDS)
def test_a_finally_shared_by_its_ways_of_leaving_does_the_same(
    monkeypatch: pytest.MonkeyPatch, kind: str, nesting: int
) -> None:
    monkeypatch.setattr(leaving, "FINALLY_NESTING", nesting)
    for seed in range(500, 550):
        source = write_program(seed, kind)
        code = lower(source)
        for choices in some_choices(source, 12):
            _assert_same(source, code, choices)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("chunk", range(3))
def test_every_edge_of_the_graph_is_taken_by_some_run(kind: str, chunk: int) -> None:
    for seed in range(chunk * 10, chunk * 10 + 10):
        source = write_program(seed, kind, budget=6, every_way=True)
        code = lower(source)
        missing = set(_edges(code)) - _all_taken(source, code)
        assert not missing, f"{sorted(missing)}\n{source}\n{print_graph(code)}"


def _all_taken(source: str, code: Code) -> set[tuple[str, int, str]]:
    """Edges taken when, from each run that took a new one, each further choice is made in each other way."""
    taken: set[tuple[str, int, str]] = set()
    waiting: list[list[int]] = [[]]
    while waiting:
        choices = waiting.pop()
        asked, now = _assert_same(source, code, choices)
        if not now <= taken:
            taken |= now
            for position in range(len(choices), min(asked, 40)):
                padded = choices + [0] * (position - len(choices))
                waiting += [[*padded, other] for other in range(1, 5)]
    return taken


def _edges(code: Code) -> Iterator[tuple[str, int, str]]:
    """All edges but the exceptional ones of operations that don't raise in these programs."""
    steps = {node.op.dest for node in code.nodes if isinstance(node.op, g.Load) and node.op.name == "step"}
    for index, node in enumerate(code.nodes):
        op = node.op
        if node.next != NO_EDGE:
            yield code.qualname, index, "next"
        if node.alt != NO_EDGE:
            yield code.qualname, index, "alt"
        if isinstance(op, g.Enter | g.Leave | g.Raise) or (isinstance(op, g.Call) and op.func in steps):
            yield code.qualname, index, "exc"
