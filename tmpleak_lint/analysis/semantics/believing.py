"""What the name of an unknown callee says: it deletes what it is given, or carries it away to somebody else.

Comes in: a call of which nothing else is known. Goes out: what the call does to the tracked file, None where its name
says nothing. Names are believed only of calls that are given exactly the path.
"""

from __future__ import annotations

import sys

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.state import Args, State, alive
from tmpleak_lint.analysis.domain.trail import Trail, trail_of
from tmpleak_lint.analysis.domain.values import Ref, Role, Value
from tmpleak_lint.analysis.explore.explorer import Explorer
from tmpleak_lint.analysis.queries.answers import question
from tmpleak_lint.analysis.queries.by_name import says_delete, words_of
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.records import Call
from tmpleak_lint.analysis.queries.sites import Obligation
from tmpleak_lint.analysis.semantics.holding import is_tracked_or_parent, loaded_names, names_whole
from tmpleak_lint.analysis.semantics.registering import would_release
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge.model import ANY, HandsOn
from tmpleak_lint.knowledge.words import DELETING_WORDS


def believed(explorer: Explorer, call: Call, receiver: Value | None, state: State) -> int | None:
    """Carry out a call by what its name says; `receiver` is the object whose method it is, if it is one."""
    if not alive(state) or explorer.obligation is not Obligation.NAME:
        return None
    if call.name.partition(".")[0] in sys.stdlib_module_names and "." in call.name:
        return None  # the tables speak for it
    called = None if receiver is None else v.text_of(receiver)
    if says_delete(call.name, called) and is_given_just_that(explorer, call.args, state):
        state[call.dest] = v.NONE
        return explorer.discharge("released", call.node, call.name)
    if _carries_away(explorer, call, state):
        return explorer.discharge("escaped", call.node, call.name)
    return None


def is_given_just_that(explorer: Explorer, args: Args, state: State) -> bool:
    """Whether the first argument is the path, and no other one is anything but a setting."""
    if not args or not all(isinstance(a, v.Const | v.Sym) for a in args[1:]):
        return False
    first = args[0]
    if not isinstance(first, Ref):
        return names_whole(explorer, first, state) if isinstance(first, v.Box | v.Seq) else False
    return is_tracked_or_parent(first, state) and first.role in (Role.PATH, Role.HANDLE)


def _carries_away(explorer: Explorer, call: Call, state: State) -> bool:
    """Whether the file goes to a part of the program that works on it later, and that isn't seen here.

    Who deletes the file himself further down has only lent it; a consumer whose body is at hand is judged by it.
    """
    last = call.name.rpartition(".")[2]
    if explorer.knowledge.effect(f"{ANY}.{last}", HandsOn) is None:
        return False
    everything = call.everything
    if not any(explorer.holds(a, state) for a in everything):
        return False
    for consumer in everything:
        if isinstance(consumer, v.Func) and not would_release(explorer, consumer, _given(everything), state):
            return False
    return not _is_dealt_with_later(explorer, call)


def _given(everything: list[Value]) -> Args:
    """What a consumer will be called with."""
    rest = [a for a in everything if not isinstance(a, v.Func)]
    return tuple(x for a in rest for x in (a.items if isinstance(a, v.Seq) else (a,)))


def _is_dealt_with_later(explorer: Explorer, call: Call) -> bool:
    """Whether something further down in the body is named after deleting and gets the same file."""
    if explorer.tracked is None:
        return False
    return _deletes_below(explorer.project, explorer.code, call.node.index, explorer.tracked.nodes)


@question()
def _deletes_below(project: Project, code: Code, at: int, made_at: frozenset[int]) -> bool:
    trail = trail_of(code, made_at)
    seen: set[int] = set()
    work = [code.nodes[at].next, code.nodes[at].exc]
    while work:
        index = work.pop()
        if index == g.NO_EDGE or index in seen or index in made_at:
            continue
        seen.add(index)
        node = code.nodes[index]
        work += [node.next, node.alt, node.exc]
        if _may_delete(trail, node.op):
            return True
    return False


def _may_delete(trail: Trail, op: g.Op) -> bool:
    """Whether an operation gives the file to something named after deleting, or makes a function that does so."""
    match op:
        case g.Call(func=func, args=args):
            names = [trail.called.get(func, ""), *(trail.called.get(a.value, "") for a in args)]
            return trail.reads(op) and any(words_of(name) & DELETING_WORDS for name in names)
        case g.MakeFunction(code=code) if loaded_names(code) & trail.names:
            return any(
                words_of(inner.op.attr if isinstance(inner.op, g.GetAttr) else inner.op.name) & DELETING_WORDS
                for inner in code.nodes
                if isinstance(inner.op, g.GetAttr | g.Load)
            )
    return False
