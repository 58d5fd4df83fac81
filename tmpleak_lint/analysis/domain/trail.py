"""Where a file's name goes in a body, without walking it: which values hold it, or a text with it.

Comes in: a body and the nodes that make the file. Goes out: the temporaries that may hold the file, a path of it or a
text that names it, and which operations read them. Ways don't count: what holds it on one way holds it here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.flow.liveness import uses
from tmpleak_lint.knowledge.model import Collects, Derives, Handling, Holds, Renders
from tmpleak_lint.knowledge.table import SHIPPED
from tmpleak_lint.knowledge.words import EXCEPTION_SUFFIXES

# What gives the same path, a path of it, or a text with it, by the last part of the name.
_DERIVING = (
    SHIPPED.tails_where(Derives, lambda derives: derives.opens or derives.quotes or derives.joins)
    | SHIPPED.tails(Collects, Renders)
    | {"joinpath"}
)
# What puts something into a container.
_KEEPING = SHIPPED.tails_where(Holds, lambda holds: holds.how is Handling.PUTS)
_CARRYING = (g.Text, g.Binary, g.Build, g.Unpack, g.GetItem, g.Move, g.Await, g.Enter, g.Iterate, g.Next)


@dataclass(frozen=True, slots=True)
class Trail:
    """`holding` are the temporaries, `names` the variables, `attributes` those of objects; `called` what a
    temporary means as a function, dots included as far as they are written."""

    holding: frozenset[int]
    names: frozenset[str]
    attributes: frozenset[str]
    called: dict[int, str]

    def reads(self, op: g.Op) -> bool:
        """Whether an operation reads something of the trail."""
        return any(temp in self.holding for temp in uses(op))

    def is_given(self, call: g.Call) -> bool:
        """Whether a call gets something of the trail as an argument."""
        return any(argument.value in self.holding for argument in call.args)


@lru_cache(maxsize=16)  # half a dozen facts ask for the trail of one file, one after the other
def trail_of(
    code: Code,
    made_at: frozenset[int],
    named: frozenset[str] = frozenset(),
    kept: frozenset[str] = frozenset(),
) -> Trail:
    """The trail of the file that is made at these nodes, or has these names, or is kept in these attributes."""
    called = _called(code)
    holding = {op.dest for index in made_at if isinstance(op := code.nodes[index].op, g.Call)}
    names: set[str] = set(named)
    attributes: set[str] = set(kept)
    size = -1
    while size != len(holding) + len(names) + len(attributes):
        size = len(holding) + len(names) + len(attributes)
        for node in code.nodes:
            _follow(node.op, holding, names, attributes, called)
    return Trail(frozenset(holding), frozenset(names), frozenset(attributes), called)


def _called(code: Code) -> dict[int, str]:
    called: dict[int, str] = {}
    for node in code.nodes:
        match node.op:
            case g.Load(dest=dest, name=name):
                called[dest] = name
            case g.GetAttr(dest=dest, obj=obj, attr=attr):
                called[dest] = f"{called.get(obj, '')}.{attr}"
            case g.Call(dest=dest, func=func) if func in called:
                called[dest] = f"{called[func]}()"
    return called


def _follow(
    op: g.Op, holding: set[int], names: set[str], attributes: set[str], called: dict[int, str]
) -> None:
    match op:
        case g.Store(name=name, src=src):
            if src in holding:
                names.add(name)
        case g.Load(dest=dest, name=name):
            if name in names:
                holding.add(dest)
        case g.SetAttr(attr=attr, src=src):
            if src in holding:
                attributes.add(attr)
        case g.GetAttr(dest=dest, obj=obj, attr=attr):
            if obj in holding or attr in attributes:
                holding.add(dest)
        case g.Add(container=container, item=item):
            if item in holding:
                holding.add(container)
        case g.SetItem(obj=obj, src=src):
            if src in holding and called.get(obj, "").isidentifier():
                names.add(called[obj])
        case g.Call(dest=dest, func=func, args=args):
            head, _, last = called.get(func, "").rpartition(".")
            if last in _KEEPING and head.isidentifier() and any(a.value in holding for a in args):
                names.add(head)
            given = func in holding or any(a.value in holding for a in args)
            if given and (last in _DERIVING or not last or last.endswith(EXCEPTION_SUFFIXES)):
                holding.add(dest)
        case _ if isinstance(op, _CARRYING):
            if any(temp in holding for temp in uses(op)):
                holding.update(op.dests if isinstance(op, g.Unpack) else (op.dest,))
