"""Raising, catching, waiting, yielding and the exits of the body."""

from __future__ import annotations

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.exceptions import ANY, Match
from tmpleak_lint.analysis.domain.state import State, alive
from tmpleak_lint.analysis.domain.values import UNKNOWN, Flight
from tmpleak_lint.analysis.explore.explorer import DEAD, End, Explorer
from tmpleak_lint.analysis.semantics.catching import exception_names, matching
from tmpleak_lint.analysis.semantics.late import close_over
from tmpleak_lint.analysis.semantics.running import is_future, result_of
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Node
from tmpleak_lint.knowledge.exceptions import CANCELLED


def on_raise(explorer: Explorer, node: Node, op: g.Raise, state: State) -> int:
    value = state.get(op.src, UNKNOWN)
    if isinstance(value, Flight):
        flight = value
    else:
        names = exception_names(explorer, value)
        flight = Flight(names[0]) if names[0] != "?" else ANY
    explorer.fail(node, state, flight)
    return DEAD


def on_reraise(explorer: Explorer, node: Node, op: g.Reraise, state: State) -> int:
    flight = state.get(op.error, ANY)
    explorer.fail(node, state, flight if isinstance(flight, Flight) else ANY)
    return DEAD


def on_caught(explorer: Explorer, node: Node, op: g.Caught, state: State) -> int:
    state[op.dest] = state.flight or ANY
    state.flight = None
    return node.next


def on_catches(explorer: Explorer, node: Node, op: g.Catches, state: State) -> int:
    flight = state.get(op.error, ANY)
    if op.types is None or not isinstance(flight, Flight):
        return node.next
    match, narrowed = matching(explorer, exception_names(explorer, state.get(op.types, UNKNOWN)), flight)
    if match is Match.NO:
        return node.alt
    if match is Match.MAYBE:
        explorer.push(node.alt, state.fork(), node, "alt")
    state[op.error] = narrowed
    return node.next


def on_await(explorer: Explorer, node: Node, op: g.Await, state: State) -> int:
    value = state.get(op.src, UNKNOWN)
    # A coroutine of the project fails where its body does, what runs elsewhere where nothing was made.
    if op.src not in explorer.coroutines and not is_future(value):
        explorer.fail(node, state)
        explorer.fail(node, state, Flight(CANCELLED))
    state[op.dest] = result_of(value)
    return node.next


def on_yield(explorer: Explorer, node: Node, op: g.Yield, state: State) -> int:
    """What happens there depends on who resumes the body: see `summaries.mode_of`."""
    value = state.get(op.src, UNKNOWN)
    state[op.dest] = UNKNOWN
    if explorer.mode == "fixture":
        explorer.result.lent.append(value)
        state.frame = state.frame._replace(tested=True)
        return node.next
    if not alive(state):
        return node.next
    if explorer.mode == "manager":
        explorer.result.lent.append(value)
        explorer.fail(node, state)
        if explorer.code.is_async:
            explorer.fail(node, state, Flight(CANCELLED))
        return node.next
    if explorer.mode == "coroutine":
        explorer.fail(node, state)
        return node.next
    holds = explorer.holds(value, state)
    if explorer.mode == "service" and not holds:
        return node.next
    if holds:
        # A plain generator that hands the file out: lent if it deletes it later, else given away.
        state.frame = state.frame._replace(lent=True)
    explorer.fail(node, state, Flight("GeneratorExit"))
    return node.next


def on_jump(explorer: Explorer, node: Node, op: g.Jump | g.Return, state: State) -> int:
    """Return, break and continue mark a place; the edges lead the way."""
    return node.next


def on_exit(explorer: Explorer, node: Node, op: g.Exit, state: State) -> int:
    if alive(state) or explorer.tracked is None:
        if not op.raised:
            state.result = state.get(explorer.code.result, v.NONE)
        if explorer.code.nested:
            close_over(explorer, state)
        explorer.result.ends.append(End(op.raised, state, explorer.item))
    return DEAD
