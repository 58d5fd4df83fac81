"""Which names and temporaries are still read later: a backward may-analysis over one graph.

Comes in: a `Code`. Goes out: for every node that several ways lead to (a join), the names and temporaries that are
live there; for every node the temporaries that nobody reads after it. Names that nested functions read count as live
everywhere, and so does the first parameter where the body asks for `super`, which reads it unsaid.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tmpleak_lint.bounds import PACKED_JOINS
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import NO_EDGE, Code

Variable = str | int


@dataclass(frozen=True, slots=True)
class Liveness:
    """`at_joins`: what is live in front of each node that several ways lead to (the start counts as one).
    `last_uses`: by node, the temporaries that it reads or writes and that nothing reads once it went well. `captured`:
    the names that bodies nested in this one have from it."""

    at_joins: Mapping[int, Container[Variable]]
    last_uses: list[tuple[int, ...]]
    captured: frozenset[str]


class Packed:
    """Some of a body's variables, a bit each: its numbers are those of `numbers`."""

    __slots__ = ("_always", "_bits", "_numbers")

    def __init__(self, numbers: Mapping[Variable, int], mask: int, always: frozenset[Variable]) -> None:
        self._numbers = numbers
        self._bits = mask.to_bytes((mask.bit_length() + 7) >> 3, "little")
        self._always = always

    def __contains__(self, variable: object) -> bool:
        number = self._numbers.get(variable)  # type: ignore[call-overload]
        if (
            number is not None
            and number >> 3 < len(self._bits)
            and self._bits[number >> 3] >> (number & 7) & 1
        ):
            return True
        return variable in self._always


_USES: Mapping[type, Callable[[Any], Iterable[Variable]]] = {
    g.Load: lambda op: (op.name,),
    **dict.fromkeys(
        (g.Store, g.Move, g.Unpack, g.Iterate, g.Not, g.Await, g.Yield, g.Return),
        lambda op: (op.src,),
    ),
    g.Raise: lambda op: (op.src,) if op.said is None else (op.src, op.said),
    g.GetAttr: lambda op: (op.obj,),
    g.Remove: lambda op: (op.obj,),
    g.SetAttr: lambda op: (op.obj, op.src),
    g.GetItem: lambda op: (op.obj, op.index),
    g.SetItem: lambda op: (op.obj, op.index, op.src),
    g.Build: lambda op: (*op.items, *op.keys),
    g.Add: lambda op: (op.container, op.item),
    g.Text: lambda op: [part for part in op.parts if isinstance(part, int)],
    g.Binary: lambda op: (op.left, op.right),
    g.Compare: lambda op: (op.left, op.right),
    g.Call: lambda op: (op.func, *[each.value for each in op.args]),
    g.MakeFunction: lambda op: [temp for _, temp in op.defaults],
    g.Branch: lambda op: (op.cond,),
    g.Next: lambda op: (op.iterator,),
    g.Enter: lambda op: (op.manager,),
    g.Leave: lambda op: (op.manager,) if op.error is None else (op.manager, op.error),
    g.Reraise: lambda op: (op.error,),
    g.Catches: lambda op: (op.error,) if op.types is None else (op.error, op.types),
}


def uses(op: g.Op) -> Iterable[Variable]:
    """What an operation reads."""
    reads = _USES.get(op.__class__)
    return reads(op) if reads is not None else ()


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
            number = numbers.get(variable)
            if number is None:
                number = numbers[variable] = len(numbers)
            bits |= 1 << number
        return bits

    reads = [mask(uses(node.op)) for node in nodes]
    if code.exit_ok != NO_EDGE:
        reads[code.exit_ok] |= mask((code.result,))
    kept = [~mask(definition(node.op)) for node in nodes]

    live = _live_before(nodes, reads, kept)
    captured = free_names(code)
    asks_above = any(isinstance(node.op, g.Load) and node.op.name == "super" for node in nodes)
    always: frozenset[Variable] = captured | {param.name for param in code.params[:1] if asks_above}
    variables = list(numbers)
    joins = _joins(nodes)
    at_joins: dict[int, Container[Variable]] = {}
    for index in joins:
        if len(joins) * len(variables) > PACKED_JOINS:
            at_joins[index] = Packed(numbers, live[index], always)
        else:
            at_joins[index] = frozenset(variables[bit] for bit in _bits(live[index])) | always
    last_uses: list[tuple[int, ...]] = []
    for index, node in enumerate(nodes):
        after = live[node.next] | live[node.alt]
        done = (reads[index] | ~kept[index]) & ~after
        last_uses.append(
            tuple([t for bit in _bits(done) if isinstance(t := variables[bit], int)]) if done else ()
        )
    return Liveness(at_joins, last_uses, captured)


def _joins(nodes: Sequence[g.Node]) -> list[int]:
    """The nodes that several ways lead to, the start of the body being one."""
    ways = [1] + [0] * len(nodes)  # the last one is where an edge leads that leads nowhere
    for node in nodes:
        ways[node.next] += 1
        ways[node.alt] += 1
        ways[node.exc] += 1
    return [index for index in range(len(nodes)) if ways[index] > 1]


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
