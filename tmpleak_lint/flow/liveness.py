"""Which names and temporaries are still read later: a backward may-analysis over one graph.

Comes in: a `Code`. Goes out: for every node that several ways lead to (a join), the names and temporaries that are
live there; for every node the temporaries that nobody reads after it. Names that nested functions read count as live
everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.dataflow import incoming
from tmpleak_lint.flow.graph import NO_EDGE, Code

Variable = str | int


@dataclass(frozen=True, slots=True)
class Liveness:
    """`at_joins`: what is live in front of each node that several ways lead to (the start counts as one).
    `last_uses`: by node, the temporaries that it reads or writes and that nothing reads once it went well. `captured`:
    the names that bodies nested in this one have from it."""

    at_joins: dict[int, frozenset[Variable]]
    last_uses: list[tuple[int, ...]]
    captured: frozenset[str]


def uses(op: g.Op) -> Iterator[Variable]:
    """What an operation reads."""
    match op:
        case g.Load(name=name):
            yield name
        case g.Store(src=src) | g.Move(src=src) | g.Unpack(src=src) | g.Iterate(src=src) | g.Not(src=src):
            yield src
        case g.Await(src=src) | g.Yield(src=src) | g.Return(src=src) | g.Raise(src=src):
            yield src
        case g.GetAttr(obj=obj) | g.Remove(obj=obj):
            yield obj
        case g.SetAttr(obj=obj, src=src):
            yield obj
            yield src
        case g.GetItem(obj=obj, index=index):
            yield obj
            yield index
        case g.SetItem(obj=obj, index=index, src=src):
            yield from (obj, index, src)
        case g.Build(items=items, keys=keys):
            yield from items
            yield from keys
        case g.Add(container=container, item=item):
            yield from (container, item)
        case g.Text(parts=parts):
            yield from (p for p in parts if isinstance(p, int))
        case g.Binary(left=left, right=right) | g.Compare(left=left, right=right):
            yield from (left, right)
        case g.Call(func=func, args=args):
            yield func
            yield from (a.value for a in args)
        case g.MakeFunction(defaults=defaults):
            yield from (temp for _, temp in defaults)
        case g.Branch(cond=cond):
            yield cond
        case g.Next(iterator=iterator):
            yield iterator
        case g.Enter(manager=manager):
            yield manager
        case g.Leave(manager=manager, error=error):
            yield manager
            if error is not None:
                yield error
        case g.Reraise(error=error):
            yield error
        case g.Catches(error=error, types=types):
            yield error
            if types is not None:
                yield types


def definition(op: g.Op) -> tuple[Variable, ...]:
    """What an operation overwrites."""
    if isinstance(op, g.Store | g.Forget):
        return (op.name,)
    if isinstance(op, g.Unpack):
        return op.dests
    dest = getattr(op, "dest", None)
    return (dest,) if dest is not None else ()


def free_names(code: Code) -> frozenset[str]:
    """Names that the bodies nested in code read or write and don't bind themselves."""
    found: set[str] = set()
    work = [
        (nested, nested.local_names) for nested in _within(code)
    ]  # lambdas may stand in each other by hundreds
    while work:
        body, bound = work.pop()
        found.update(
            n.op.name for n in body.nodes if isinstance(n.op, g.Load | g.Store) and n.op.name not in bound
        )
        work += [(nested, bound | nested.local_names) for nested in _within(body)]
    return frozenset(found)


def _within(code: Code) -> Iterator[Code]:
    """The bodies that stand in a body: functions, methods of classes, those classes' own."""
    yield from code.nested
    for shape in code.classes:
        yield from shape.methods.values()
        if shape.body is not None:
            yield shape.body


def liveness(code: Code) -> Liveness:
    """The live variables of a body."""
    nodes = code.nodes
    numbers: dict[Variable, int] = {}

    def mask(variables: Iterable[Variable]) -> int:
        """A set as the bits of an integer: a long literal has as many temporaries as it has elements."""
        bits = 0
        for variable in variables:
            bits |= 1 << numbers.setdefault(variable, len(numbers))
        return bits

    reads = [mask(uses(node.op)) for node in nodes]
    if code.exit_ok != NO_EDGE:
        reads[code.exit_ok] |= mask((code.result,))
    kept = [~mask(definition(node.op)) for node in nodes]

    live = _live_before(nodes, reads, kept)
    always = free_names(code)
    variables = list(numbers)
    at_joins = {
        index: frozenset(variables[bit] for bit in _bits(live[index])) | always
        for index, ways in enumerate(incoming(nodes))
        if len(ways) > (1 if index else 0)
    }
    last_uses: list[tuple[int, ...]] = []
    for index, node in enumerate(nodes):
        after = 0
        for target in (node.next, node.alt):
            if target != NO_EDGE:
                after |= live[target]
        done = (reads[index] | ~kept[index]) & ~after
        last_uses.append(tuple(t for bit in _bits(done) if isinstance(t := variables[bit], int)))
    return Liveness(at_joins, last_uses, always)


def _live_before(nodes: Sequence[g.Node], reads: list[int], kept: list[int]) -> list[int]:
    """What is live in front of each node, as bits. From the back, until nothing changes: most edges lead forward, so
    that takes as many rounds as loops stand in each other, and one."""
    live = [*reads, 0]  # the last one is where an edge leads that leads nowhere
    changes = True
    while changes:
        changes = False
        for index in range(len(nodes) - 1, -1, -1):
            node = nodes[index]
            # What raises writes nothing.
            here = reads[index] | ((live[node.next] | live[node.alt]) & kept[index]) | live[node.exc]
            if here != live[index]:
                live[index] = here
                changes = True
    return live


def _bits(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
