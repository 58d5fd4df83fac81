"""`for`: what the rounds of a loop give, and how many there are.

A container that holds the tracked file gives it in some round and untracked files in the others; one that is shortened
while it is iterated over may pass over it.
"""

from __future__ import annotations

from collections.abc import Sequence

from tmpleak_lint.analysis.domain import symbols
from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.state import Cursor, State, alive
from tmpleak_lint.analysis.domain.values import UNKNOWN, Flight, Value
from tmpleak_lint.analysis.explore.explorer import DEAD, Explorer
from tmpleak_lint.analysis.queries.by_name import words_of
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.semantics.conditions import forget_about
from tmpleak_lint.analysis.semantics.holding import elements, untracked
from tmpleak_lint.analysis.semantics.inside import explore_inside
from tmpleak_lint.analysis.semantics.rounds import asks_for_last
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code, Node
from tmpleak_lint.knowledge.exceptions import CANCELLED
from tmpleak_lint.knowledge.words import DELETING_WORDS


def on_iterate(explorer: Explorer, node: Node, op: g.Iterate, state: State) -> int:
    src = state.get(op.src, UNKNOWN)
    if isinstance(src, v.Iteration):
        src = src.source
    state[op.dest] = v.Iteration(src, node.index)
    tries = (
        explorer.depth
        and _deletes_by_name(explorer.code)
        and _counts(explorer.project, explorer.code, op.src)
    )
    tries = tries or asks_for_last(explorer.project, explorer.code, node.index)
    tries = tries or _has_positions(explorer, op.src, state)
    state.advance(node.index, Cursor(first=op.nonempty or bool(tries)))
    if isinstance(src, v.Partial) and src.kind == "generator":
        ended = _run_to_its_end(explorer, node, src, state)
        if ended is not None:
            return ended
    # Iterating over a name is benign; over what a call just gave (a generator, a cursor, a file) it isn't.
    if op.awaits or isinstance(src, v.Partial):
        explorer.risk(node, state)
    return node.next


def _run_to_its_end(explorer: Explorer, node: Node, generator: v.Partial, state: State) -> int | None:
    """Go on with a generator of the project that deletes the file: the loop runs it to its end, or lets it go, which
    closes it on the spot. None where it leaves the file to somebody else."""
    if not alive(state) or not isinstance(generator.func, v.Func) or not explorer.holds(generator, state):
        return None
    found = explore_inside(explorer, generator.func, generator, state)
    if found is None or not found.ended("released", "managed") or not all(o.raised for o in found.outcomes):
        return None
    if found.outcomes:
        explorer.risk(node, state)  # before its `try`, or where it has none
    return explorer.discharge("released", node, generator.func.qualname)


def _deletes_by_name(code: Code) -> bool:
    """Whether a function is named after deleting: one that tries so many times tries once."""
    return bool(words_of(code.qualname) & DELETING_WORDS)


@question()
def _counts(project: Project, code: Code, temp: int) -> bool:
    """Whether a temporary is what `range` gives."""
    called = {node.op.dest: node.op.name for node in code.nodes if isinstance(node.op, g.Load)}
    return any(
        isinstance(node.op, g.Call) and node.op.dest == temp and called.get(node.op.func) == "range"
        for node in code.nodes
    )


def _has_positions(explorer: Explorer, temp: int, state: State) -> bool:
    """Whether a loop goes over the positions of what holds the file, `range(len(paths))`: there is one at least."""
    if not alive(state):
        return False
    name = _measured(explorer.project, explorer.code, temp)
    held = elements(state.get(name, UNKNOWN), state) if name is not None else ()
    return any(explorer.holds(each, state) for each in held)


@question()
def _measured(project: Project, code: Code, temp: int) -> str | None:
    """The variable of which `range` gives the positions in a temporary."""
    made = {node.op.dest: node.op for node in code.nodes if isinstance(node.op, g.Load | g.Call)}
    for name in ("range", "len"):
        op = made.get(temp)
        func = made.get(op.func) if isinstance(op, g.Call) and len(op.args) == 1 else None
        if not isinstance(op, g.Call) or not isinstance(func, g.Load) or func.name != name:
            return None
        temp = op.args[0].value
    measured = made.get(temp)
    return measured.name if isinstance(measured, g.Load) else None


def on_next(explorer: Explorer, node: Node, op: g.Next, state: State) -> int:
    iterator = state.get(op.iterator, UNKNOWN)
    if op.awaits and not explorer.is_quiet(node):
        explorer.fail(node, state)
        explorer.fail(node, state, Flight(CANCELLED))
    if isinstance(iterator, v.Iteration):
        if isinstance(iterator.source, v.Partial) and not op.awaits:
            explorer.risk(node, state)
        if isinstance(iterator.source, v.Seq):
            return next_of_known(node, op, iterator.ident, iterator.source.items, state)
        if isinstance(iterator.source, v.Box) and not state.is_open(iterator.source):
            known = elements(iterator.source, state)
            if known:
                return next_of_known(node, op, iterator.ident, known, state)
        if alive(state) and any(explorer.holds(i, state) for i in elements(iterator.source, state)):
            return next_of_holder(explorer, node, op, iterator, state)
    loop = iterator.ident if isinstance(iterator, v.Iteration) else -1
    cursor = state.cursor(loop)
    state.advance(loop, cursor._replace(first=False))
    if not cursor.first:
        explorer.push(node.alt, state.fork(), node, "alt")
    element = symbols.Element(explorer.ident(node))
    forget_about(element, state)
    state[op.dest] = element
    return node.next


def next_of_known(node: Node, op: g.Next, loop: int, items: Sequence[Value], state: State) -> int:
    """The next of the elements that are known, all of them in their order."""
    cursor = state.cursor(loop)
    if cursor.position >= len(items):
        state.advance(loop, cursor._replace(position=0))
        return node.alt
    state.advance(loop, cursor._replace(position=cursor.position + 1))
    state[op.dest] = items[cursor.position]
    return node.next


def next_of_holder(explorer: Explorer, node: Node, op: g.Next, iterator: v.Iteration, state: State) -> int:
    """The container holds the tracked file: some round gives it, the others give untracked files."""
    cursor = state.cursor(iterator.ident)
    if cursor.seen:
        after = state.fork()
        after.advance(iterator.ident, cursor._replace(seen=False))
        explorer.push(node.alt, after, node, "alt")
    else:
        if cursor.skips:
            cursor = cursor._replace(skips=False)
            state.advance(iterator.ident, cursor)
            passed_over = state.fork()
            passed_over.file = passed_over.file._replace(passed_over=True)
            explorer.push(node.alt, passed_over, node, "alt")
        mine = state.fork()
        mine.advance(iterator.ident, cursor._replace(seen=True))
        held = next(i for i in elements(iterator.source, state) if explorer.holds(i, state))
        mine[op.dest] = held
        explorer.push(node.next, mine, node, "next")
    state[op.dest] = untracked(
        next((i for i in elements(iterator.source, state) if explorer.holds(i, state)), UNKNOWN)
    )
    explorer.push(node.next, state, node, "next")
    return DEAD
