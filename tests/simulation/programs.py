"""Small programs written by hand, and random ones, for the simulation's tests."""

from __future__ import annotations

import random
from functools import cache

from tmpleak_lint.cli.simulated import find
from tmpleak_lint.simulation.compare import Case
from tmpleak_lint.simulation.program import Edge, Kind, Node, Program, Resource, SourceLine, Way

HANDLER = """\
def handler(request):
    path = make_temp()
    process(request, path)
    os.remove(path)
    return render(request)"""


def program(
    nodes: list[tuple[int, str, Kind, bool]],
    edges: list[tuple[int, int, Way]],
    source: str = HANDLER,
    resource: Resource = Resource.FILE,
    title: str = "handler.py:2",
    code: str = "TML102",
) -> Program:
    """A program from short rows; `holds` is the last member of a node's row."""
    made = Program(
        title=title,
        code=code,
        function="handler",
        resource=resource,
        source=tuple(SourceLine(number, text) for number, text in enumerate(source.splitlines(), 1)),
        nodes=tuple(Node(number, *row) for number, row in enumerate(nodes)),
        edges=tuple(Edge(*row) for row in edges),
    )
    made.check()
    return made


@cache
def example(code: str) -> Case:
    """The case of a rule's own example, with its other cleanups."""
    return find(code, isolated=True)[0].case


def happy_path(resource: Resource = Resource.FILE) -> Program:
    """Created, processed (may raise), deleted: the deletion holds on the happy path only."""
    return program(
        [
            (1, "handler(request)", Kind.START, False),
            (2, "make_temp()", Kind.CREATE, True),
            (3, "process(request, path)", Kind.RISKY, True),
            (4, "os.remove(path)", Kind.RELEASE, False),
            (5, "return", Kind.EXIT_OK, False),
            (0, "exception", Kind.EXIT_ERROR, True),
            (0, "exception", Kind.EXIT_ERROR, False),
        ],
        [
            (0, 1, Way.NORMAL),
            (1, 2, Way.NORMAL),
            (1, 6, Way.ERROR),
            (2, 3, Way.NORMAL),
            (2, 5, Way.ERROR),
            (3, 4, Way.NORMAL),
            (3, 6, Way.ERROR),  # a deletion that fails counts as done
        ],
        resource=resource,
    )


def early_return() -> Program:
    """A branch returns before the deletion."""
    return program(
        [
            (1, "handler(request)", Kind.START, False),
            (2, "make_temp()", Kind.CREATE, True),
            (3, "request.cached", Kind.STEP, True),
            (3, "return None", Kind.STEP, True),
            (4, "os.remove(path)", Kind.RELEASE, False),
            (4, "return", Kind.EXIT_OK, False),
            (3, "return None", Kind.EXIT_OK, True),
            (0, "exception", Kind.EXIT_ERROR, False),
        ],
        [
            (0, 1, Way.NORMAL),
            (1, 2, Way.NORMAL),
            (1, 7, Way.ERROR),
            (2, 3, Way.BRANCH),
            (2, 4, Way.BRANCH),
            (3, 6, Way.NORMAL),
            (4, 5, Way.NORMAL),
        ],
        source="def handler(request):\n    path = make_temp()\n    if request.cached: return None\n"
        "    os.remove(path)",
        code="TML104",
    )


def loop_rebinds() -> Program:
    """A loop that makes a file in each turn; only the last one is deleted."""
    return program(
        [
            (1, "handler(requests)", Kind.START, False),
            (2, "for request in requests", Kind.STEP, False),
            (3, "make_temp()", Kind.CREATE, True),
            (4, "process(request, path)", Kind.RISKY, True),
            (2, "for request in requests", Kind.STEP, True),
            (5, "os.remove(path)", Kind.RELEASE, False),
            (5, "return", Kind.EXIT_OK, False),
            (0, "exception", Kind.EXIT_ERROR, True),
            (0, "exception", Kind.EXIT_ERROR, False),
        ],
        [
            (0, 1, Way.NORMAL),
            (1, 2, Way.BRANCH),
            (1, 6, Way.BRANCH),
            (2, 3, Way.NORMAL),
            (2, 8, Way.ERROR),
            (3, 4, Way.NORMAL),
            (3, 7, Way.ERROR),
            (4, 2, Way.BRANCH),
            (4, 5, Way.BRANCH),
            (5, 6, Way.NORMAL),
        ],
        source="def handler(requests):\n    for request in requests:\n        path = make_temp()\n"
        "        process(request, path)\n    os.remove(path)",
        code="TML106",
    )


def handed_over() -> Program:
    """Written, then returned: a raising write loses it."""
    return program(
        [
            (1, "export(rows)", Kind.START, False),
            (2, "tempfile.mkstemp()", Kind.CREATE, True),
            (3, "write(rows)", Kind.RISKY, True),
            (4, "return path", Kind.HANDOVER, False),
            (4, "return", Kind.EXIT_OK, False),
            (0, "exception", Kind.EXIT_ERROR, True),
        ],
        [
            (0, 1, Way.NORMAL),
            (1, 2, Way.NORMAL),
            (2, 3, Way.NORMAL),
            (2, 5, Way.ERROR),
            (3, 4, Way.NORMAL),
        ],
        source="def export(rows):\n    fd, path = tempfile.mkstemp()\n    write(rows)\n    return path",
        code="TML203",
    )


def random_program(chance: random.Random, title: str = "random.py:1") -> Program:
    """Any graph that `check` lets pass: loops, several exits, weights, every kind of node."""
    size = chance.randint(3, 12)
    kinds = [Kind.CREATE, Kind.RISKY, Kind.RISKY, Kind.STEP, Kind.RELEASE, Kind.HANDOVER]
    nodes = [Node(0, 1, "start", Kind.START), Node(1, 2, "make()", Kind.CREATE)]
    nodes += [Node(n, n, f"step {n % 5}", chance.choice(kinds)) for n in range(2, size)]
    nodes += [Node(size, size, "return", Kind.EXIT_OK), Node(size + 1, 0, "exception", Kind.EXIT_ERROR)]
    edges = []
    for number in range(size):
        edges.append(Edge(number, number + 1, Way.NORMAL, chance.randint(1, 5)))
        if number and chance.random() < 0.5:
            edges.append(Edge(number, chance.randint(1, size), Way.BRANCH, chance.randint(1, 3)))
        for _ in range(chance.randint(0, 2) if number else 0):
            edges.append(Edge(number, chance.randint(2, size + 1), Way.ERROR, chance.randint(1, 3)))
    made = Program(title, "TML102", "f", chance.choice(list(Resource)), (), tuple(nodes), tuple(edges))
    made.check()
    return made
