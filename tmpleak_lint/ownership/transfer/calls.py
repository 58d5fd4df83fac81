"""Calls: what is called decides who answers.

Comes in: a call operation with the values of its function and arguments. Goes out: the state afterwards,
further ways (it raises, it leaves several outcomes), or the end of the obligation. The order of the
questions is the order of certainty: does it create, does it release, is a releasing callable handed over,
can its body be walked, is it known to be benign or never to return; whatever is left borrows the file and
may raise.
"""

from __future__ import annotations

from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Node
from tmpleak_lint.ownership import values as v
from tmpleak_lint.ownership.holding import elements
from tmpleak_lint.ownership.state import Args, Keywords, State, contents
from tmpleak_lint.ownership.surroundings import Given
from tmpleak_lint.ownership.transfer.creating import given_this_time
from tmpleak_lint.ownership.transfer.functions import call_function, construct
from tmpleak_lint.ownership.transfer.methods import as_declared, method
from tmpleak_lint.ownership.values import UNKNOWN, Value
from tmpleak_lint.ownership.walk import Walker


def on_call(walk: Walker, index: int, node: Node, op: g.Call, state: State) -> int:
    args: list[Value] = []
    keywords: list[tuple[str, Value]] = []
    for argument in op.args:
        value = state.get(argument.value, UNKNOWN)
        if argument.keyword is not None:
            keywords.append((argument.keyword, value))
        elif argument.star == "*":
            args += elements(value, state) or [UNKNOWN]
        elif argument.star == "**":
            keywords += [(str(k), i) for k, i in contents(value, state)]
        else:
            args.append(value)
    site = walk.site_at.get(index)
    if (
        site is not None
        and site.handed is not None
        and given_this_time(walk, node, tuple(args), tuple(keywords), state) is Given.NOTHING
    ):
        site = None
    if site is not None:
        return walk.create(index, node, site, tuple(args), tuple(keywords), op.dest, state)
    func = state.get(op.func, UNKNOWN)
    return invoke(walk, index, node, func, tuple(args), tuple(keywords), op.dest, state)


def invoke(
    walk: Walker,
    index: int,
    node: Node,
    func: object,
    args: Args,
    keywords: Keywords,
    dest: int,
    state: State,
) -> int:
    """Call a value."""
    match func:
        case v.Dotted(name=name):
            known = walk.external(index, node, name, args, keywords, dest, state)
            if known is not None:
                return known
            found = walk.project.find(walk.module, name)
            if isinstance(found, v.Func | v.Klass) or (isinstance(found, v.Dotted) and found.name != name):
                return invoke(walk, index, node, found, args, keywords, dest, state)
            return walk.opaque(index, node, name, args, keywords, dest, state)
        case v.Func():
            # What the user says of a function holds, also where its body can be read.
            declared = as_declared(walk, index, node, func.qualname, args, keywords, dest, state)
            if declared is not None:
                return declared
            return call_function(walk, index, node, func, args, keywords, dest, state)
        case v.Klass():
            return construct(walk, index, node, func, args, keywords, dest, state)
        case v.Partial(func=inner, args=first, keywords=given, kind="partial"):
            return invoke(walk, index, node, inner, first + args, given + keywords, dest, state)
        case v.Member(base=base, attr=attr):
            done = method(walk, index, node, base, attr, args, keywords, dest, state)
            if isinstance(done, int):
                return done
            return invoke(walk, index, node, done, args, keywords, dest, state)
    return walk.opaque(index, node, "", args, keywords, dest, state)
