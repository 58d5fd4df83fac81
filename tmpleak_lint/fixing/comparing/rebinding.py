"""Which names other functions may bind anew while a body runs, and from where on.

In: a body and the lines of its module. Out: for each node the names that stand for something else once foreign code has
run there: a function within says `nonlocal`, another one `global` or `nonlocal` of a name that isn't the body's own.
Whether what runs calls that function is not asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.dataflow import reached

_SAID = re.compile(r"\s*(?:global|nonlocal)\s+([^#]+)")


def rebound_at(code: g.Code, lines: Iterable[str]) -> dict[int, frozenset[str]]:
    """The names that may be bound anew by what runs at a node; nodes at which there are none are left out."""
    said = Counter(
        name.strip() for line in lines if (made := _SAID.match(line)) for name in made[1].split(",")
    )
    theirs = {name for name, times in said.items() if times > 1} & (code.global_names | code.nonlocal_names)
    if code.kind is g.Kind.MODULE:
        theirs = {*said}
    found = dict.fromkeys(range(len(code.nodes)), frozenset(theirs)) if theirs else {}
    for index, node in enumerate(code.nodes):
        if names := _rebound_by(node.op) & code.local_names:
            for at in reached(code.nodes, [index]) - {index}:
                found[at] = found.get(at, frozenset()) | names
    return found


def _rebound_by(op: g.Op) -> frozenset[str]:
    """The names of others that what is made here binds when it runs."""
    match op:
        case g.MakeFunction(code=code):
            return _declared(code)
        case g.MakeClass(shape=shape):
            return _declared_in(shape)
    return frozenset()


def _declared(code: g.Code) -> frozenset[str]:
    return code.nonlocal_names.union(*map(_declared, code.nested), *map(_declared_in, code.classes))


def _declared_in(shape: g.ClassShape) -> frozenset[str]:
    return frozenset[str]().union(*map(_declared, shape.methods.values()))
