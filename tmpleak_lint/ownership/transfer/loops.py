"""`for`: what the rounds of a loop give, and how many there are.

A container that holds the tracked file gives it in some round and strangers in the others; one that is shortened
while it is iterated over may pass over it.
"""

from __future__ import annotations

from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Node
from tmpleak_lint.knowledge.exceptions import CANCELLED
from tmpleak_lint.ownership import values as v
from tmpleak_lint.ownership.holding import elements, stranger
from tmpleak_lint.ownership.state import State, alive
from tmpleak_lint.ownership.transfer.conditions import forget_about
from tmpleak_lint.ownership.values import UNKNOWN, Flight
from tmpleak_lint.ownership.walk import DEAD, Walker


def on_iterate(walk: Walker, index: int, node: Node, op: g.Iterate, state: State) -> int:
    src = state.get(op.src, UNKNOWN)
    if isinstance(src, v.Iteration):
        src = src.source
    state[op.dest] = v.Iteration(src, index)
    state.pop(("i", index), None)
    state.pop(("seen", index), None)
    state.pop(("skips", index), None)
    if op.nonempty:
        state["first", index] = True
    else:
        state.pop(("first", index), None)
    # Iterating over a name is benign; over what a call just gave (a generator, a cursor, a file) it isn't.
    if op.awaits or isinstance(src, v.Partial):
        walk.risk(index, state)
    return node.next


def on_next(walk: Walker, index: int, node: Node, op: g.Next, state: State) -> int:
    iterator = state.get(op.iterator, UNKNOWN)
    if op.awaits and not walk.is_quiet(node):
        walk.fail(index, state)
        walk.fail(index, state, Flight(CANCELLED))
    if isinstance(iterator, v.Iteration):
        if isinstance(iterator.source, v.Partial) and not op.awaits:
            walk.risk(index, state)
        if isinstance(iterator.source, v.Seq):
            return next_of_known(walk, index, node, op, iterator, state)
        if isinstance(iterator.source, v.Box) and ("open", iterator.source) not in state:
            known = elements(iterator.source, state)
            if known:
                listed = v.Iteration(v.Seq(tuple(known)), iterator.ident)
                return next_of_known(walk, index, node, op, listed, state)
        if alive(state) and any(walk.holds(i, state) for i in elements(iterator.source, state)):
            return next_of_holder(walk, index, node, op, iterator, state)
    first = state.pop(("first", iterator.ident if isinstance(iterator, v.Iteration) else -1), None)
    if not first:
        walk.push(node.alt, dict(state), index, "alt")
    element = v.Sym(("element", walk.ident(index)))
    forget_about(element, state)
    state[op.dest] = element
    return node.next


def next_of_known(
    walk: Walker, index: int, node: Node, op: g.Next, iterator: v.Iteration, state: State
) -> int:
    assert isinstance(iterator.source, v.Seq)
    position = state.get(("i", iterator.ident), 0)
    assert isinstance(position, int)
    if position >= len(iterator.source.items):
        state.pop(("i", iterator.ident), None)
        return node.alt
    state["i", iterator.ident] = position + 1
    state[op.dest] = iterator.source.items[position]
    return node.next


def next_of_holder(
    walk: Walker, index: int, node: Node, op: g.Next, iterator: v.Iteration, state: State
) -> int:
    """The container holds the tracked file: some round gives it, the others give strangers."""
    if ("seen", iterator.ident) in state:
        after = dict(state)
        after.pop(("seen", iterator.ident))
        walk.push(node.alt, after, index, "alt")
    else:
        if state.pop(("skips", iterator.ident), None):
            passed_over = dict(state)
            passed_over["$skipped"] = True
            walk.push(node.alt, passed_over, index, "alt")
        mine = dict(state)
        mine["seen", iterator.ident] = True
        held = next(i for i in elements(iterator.source, state) if walk.holds(i, state))
        mine[op.dest] = held
        walk.push(node.next, mine, index, "next")
    state[op.dest] = stranger(
        next((i for i in elements(iterator.source, state) if walk.holds(i, state)), UNKNOWN)
    )
    walk.push(node.next, state, index, "next")
    return DEAD
