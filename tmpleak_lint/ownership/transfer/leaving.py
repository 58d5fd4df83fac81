"""Raising, catching, waiting, yielding and the exits of the body."""

from __future__ import annotations

from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Node
from tmpleak_lint.knowledge.exceptions import CANCELLED
from tmpleak_lint.ownership import values as v
from tmpleak_lint.ownership.catching import exception_names, matching
from tmpleak_lint.ownership.exceptions import ANY, Match
from tmpleak_lint.ownership.state import State, alive
from tmpleak_lint.ownership.transfer.running import is_future, result_of
from tmpleak_lint.ownership.values import UNKNOWN, Flight
from tmpleak_lint.ownership.walk import DEAD, End, Walker


def on_raise(walk: Walker, node: Node, op: g.Raise, state: State) -> int:
    value = state.get(op.src, UNKNOWN)
    if isinstance(value, Flight):
        flight = value
    else:
        names = exception_names(walk, value)
        flight = Flight(names[0]) if names[0] != "?" else ANY
    walk.fail(node, state, flight)
    return DEAD


def on_reraise(walk: Walker, node: Node, op: g.Reraise, state: State) -> int:
    flight = state.get(op.error, ANY)
    walk.fail(node, state, flight if isinstance(flight, Flight) else ANY)
    return DEAD


def on_caught(walk: Walker, node: Node, op: g.Caught, state: State) -> int:
    state[op.dest] = state.flight or ANY
    state.flight = None
    return node.next


def on_catches(walk: Walker, node: Node, op: g.Catches, state: State) -> int:
    flight = state.get(op.error, ANY)
    if op.types is None or not isinstance(flight, Flight):
        return node.next
    match, narrowed = matching(walk, exception_names(walk, state.get(op.types, UNKNOWN)), flight)
    if match is Match.NO:
        return node.alt
    if match is Match.MAYBE:
        walk.push(node.alt, state.fork(), node, "alt")
    state[op.error] = narrowed
    return node.next


def on_await(walk: Walker, node: Node, op: g.Await, state: State) -> int:
    value = state.get(op.src, UNKNOWN)
    # A coroutine of the project fails where its body does, what runs elsewhere where nothing was made.
    if op.src not in walk.coroutines and not is_future(value):
        walk.fail(node, state)
        walk.fail(node, state, Flight(CANCELLED))
    state[op.dest] = result_of(value)
    return node.next


def on_yield(walk: Walker, node: Node, op: g.Yield, state: State) -> int:
    """What happens there depends on who resumes the body: see `summaries.mode_of`."""
    value = state.get(op.src, UNKNOWN)
    state[op.dest] = UNKNOWN
    if walk.mode == "fixture":
        walk.result.lent.append(value)
        state.frame = state.frame._replace(tested=True)
        return node.next
    if not alive(state):
        return node.next
    if walk.mode == "manager":
        walk.result.lent.append(value)
        walk.fail(node, state)
        if walk.code.is_async:
            walk.fail(node, state, Flight(CANCELLED))
        return node.next
    if walk.mode == "coroutine":
        walk.fail(node, state)
        return node.next
    if walk.holds(value, state):
        # A plain generator that hands the file out: lent if it deletes it later, else given away.
        state.frame = state.frame._replace(lent=True)
    walk.fail(node, state, Flight("GeneratorExit"))
    return node.next


def on_jump(walk: Walker, node: Node, op: g.Jump | g.Return, state: State) -> int:
    """Return, break and continue mark a place; the edges lead the way."""
    return node.next


def on_exit(walk: Walker, node: Node, op: g.Exit, state: State) -> int:
    if alive(state) or walk.tracked is None:
        if not op.raised:
            state.result = state.get(walk.code.result, v.NONE)
        walk.result.ends.append(End(op.raised, state, walk.item))
    return DEAD
