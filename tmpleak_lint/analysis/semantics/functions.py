"""Calls of functions and classes of the project, and of what nothing is known about."""

from __future__ import annotations

import re

from tmpleak_lint.analysis.domain import symbols
from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.state import State, alive
from tmpleak_lint.analysis.domain.values import TRACKED, Flight, Ref, Role, Value
from tmpleak_lint.analysis.explore.explorer import DEAD, Explorer
from tmpleak_lint.analysis.queries.by_syntax import is_plainly_risky
from tmpleak_lint.analysis.queries.called import as_method, region_text
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.records import Call
from tmpleak_lint.analysis.queries.sites import Obligation
from tmpleak_lint.analysis.queries.summaries import (
    always_ends_process,
    always_leaves,
    is_abstract,
    is_benign,
    is_manager,
    leaves_by,
    statics_of,
)
from tmpleak_lint.analysis.semantics.believing import believed, is_given_deletion, runs_deletion
from tmpleak_lint.analysis.semantics.catching import is_exception_name
from tmpleak_lint.analysis.semantics.conditions import is_same_again, new_unknown
from tmpleak_lint.analysis.semantics.consuming import consumed
from tmpleak_lint.analysis.semantics.deleting import deletes_somehow
from tmpleak_lint.analysis.semantics.ending import end_process
from tmpleak_lint.analysis.semantics.holding import arrival, held_in, is_around, is_tracked_or_parent, touches
from tmpleak_lint.analysis.semantics.inside import Inside, explore_inside
from tmpleak_lint.analysis.semantics.pathcalls import note_made, written_under
from tmpleak_lint.analysis.semantics.raising import kinds_here, risk_call
from tmpleak_lint.analysis.semantics.registering import registers
from tmpleak_lint.analysis.semantics.running import holds_future
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.flow.liveness import uses
from tmpleak_lint.knowledge.exceptions import CANCELLED
from tmpleak_lint.knowledge.model import ANY, Converts, RunsCommand
from tmpleak_lint.knowledge.words import ANSWERS, CONVERTER_WORDS, DELETING_WORDS

_RETURNED = re.compile(r"^[ \t]+return[ \t]+([^\n#]+?)[ \t]*(?:#.*)?$", re.MULTILINE)


def call_function(explorer: Explorer, call: Call, func: v.Func, state: State) -> int:
    """A function of the project: a generator is prepared, a body that the file concerns is walked in
    place."""
    everything = call.everything
    name = func.qualname.rpartition(".")[2]
    if is_abstract(explorer.project, func):
        return explorer.opaque(call.named(name), state)
    concerned = any(touches(a) for a in everything) or is_concerned(explorer, func, everything, state)
    if not concerned and is_plainly_risky(explorer.project, func):
        if registers(explorer, everything, state):
            return explorer.discharge("managed", call.node, name)
        explorer.risk(call.node, state, kinds_here(explorer, call.node, func))
        return give_result(explorer, call, func, state)
    if always_ends_process(explorer.project, func):
        end_process(explorer, call, state)
        if call.node.is_handled:
            explorer.risk(call.node, state, kinds_here(explorer, call.node, func))
        return DEAD
    code = explorer.project.code(func)
    if code is None:
        return explorer.opaque(call.named(name), state)
    if (code.is_generator and not code.is_async) or is_manager(code):
        state[call.dest] = v.Partial(
            func, call.args, "manager" if is_manager(code) else "generator", call.keywords
        )
        if registers(explorer, everything, state):
            return explorer.discharge("managed", call.node, name)
        return call.node.next
    if registers(explorer, everything, state):
        return explorer.discharge("managed", call.node, name)
    if code.is_async:
        by_block = isinstance(call.node.op, g.Enter | g.Leave) and call.node.op.awaits
        if not by_block and not is_read(explorer, call.dest):
            return call.node.next  # nobody waits for it: nothing of it runs
        explorer.coroutines.add(call.dest)
    if concerned or code.nonlocal_names:
        outcomes = explore_inside(explorer, func, call, state, quiet=explorer.is_quiet(call.node))
        if outcomes is not None:
            return take_outcomes(explorer, call, func, outcomes, state)
    if always_leaves(explorer.project, func):
        explorer.fail(call.node, state, leaves_by(explorer.project, func), "exit")
        return DEAD
    if not is_benign(explorer.project, func):
        explorer.risk(call.node, state, kinds_here(explorer, call.node, func))
        if code.is_async and not explorer.is_quiet(call.node):
            explorer.fail(call.node, state, Flight(CANCELLED))
    onward = give_result(explorer, call, func, state, _answer(explorer, call, func, code, state))
    # Walked in place, a body that calls itself gives what its other ways give.
    itself = explorer.depth == 0 and explorer.is_inside(code)
    if (
        itself
        and any(explorer.holds(a, state) for a in everything)
        and _gives_something(explorer.project, func)
    ):
        state[call.dest] = Ref(TRACKED, Role.WRAP)
    return onward


@question(lambda func: False, about=as_method)
def _gives_something(project: Project, func: v.Func) -> bool:
    """Whether a body returns something else than what it gives when it calls itself, by its text."""
    own = re.compile(rf"(?:await )?(?:self\.|cls\.)?{re.escape(func.qualname.rpartition('.')[2])}\(|None$")
    return any(not own.match(given) for given in _RETURNED.findall(region_text(project, func)))


def is_read(explorer: Explorer, temp: int) -> bool:
    """Whether anything in a body reads what a call gives."""
    return temp in _all_read(explorer.project, explorer.code)


@question()
def _all_read(project: Project, code: Code) -> frozenset[str | int]:
    return frozenset((code.result, *(used for node in code.nodes for used in uses(node.op))))


def is_concerned(explorer: Explorer, func: v.Func, everything: list[Value], state: State) -> bool:
    """Whether the call can see the tracked file: it is given it, or reaches it through its object or a global."""
    return alive(state) and (
        any(explorer.holds(a, state) or may_reach(a, state) for a in everything)
        or explorer.holds(func, state)
        or reaches_globals(explorer, state)
    )


# What a body does that only asks: it binds no variable and changes nothing.
_ASKING = (
    g.Const, g.Text, g.Load, g.Move, g.GetAttr, g.GetItem, g.Binary, g.Compare, g.Not, g.Call,
    g.Branch, g.Return, g.Exit,
)  # fmt: skip


@question()
def _only_asks(project: Project, code: Code) -> bool:
    """Whether a body is one `return` of something that it asks for."""
    ops = [node.op for node in code.nodes]
    return all(isinstance(op, _ASKING) for op in ops) and sum(isinstance(op, g.Return) for op in ops) == 1


def _answer(explorer: Explorer, call: Call, func: v.Func, code: Code, state: State) -> Value | None:
    """What a body gives that only asks, where that is the same when it is called again: `return bool(self.given)`."""
    if not is_read(explorer, call.dest) or not _only_asks(explorer.project, code):
        return None
    found = explore_inside(explorer, func, call, state, quiet=True)
    if found is None:
        return None
    given = {outcome.value for outcome in found.outcomes if not outcome.raised}
    if not all(map(is_same_again, given)):
        return None
    if len(given) == 1:
        return given.pop()
    settled = {span for condition, span in found.tested if is_same_again(condition)}
    asked = {node.span for node in code.nodes if isinstance(node.op, g.Branch)}
    passed = (*call.args, *call.keywords)
    if not asked <= settled or not is_same_again(passed):
        return None
    # One of several, by what its object has: named after all that it reads there.
    read = {node.op.attr: None for node in code.nodes if isinstance(node.op, g.GetAttr)}
    has = tuple(v.Member(func.bound, attr) for attr in read) if func.bound is not None else ()
    return symbols.Called(f"{func.module}.{func.qualname}", (*passed, *has))


def give_result(
    explorer: Explorer, call: Call, func: v.Func, state: State, answer: Value | None = None
) -> int:
    """What a call that isn't walked in place returns; whoever doesn't read it doesn't have that found out."""
    result = answer or new_unknown(explorer, call.node, state)
    managed = explorer.context.returns_managed(func) if is_read(explorer, call.dest) else None
    state[call.dest] = managed or result
    if isinstance(func.bound, v.Klass) and any(explorer.holds(a, state) for a in call.everything):
        state[call.dest] = Ref(TRACKED, Role.WRAP)  # a class method that makes an instance from the path
    return call.node.next


def may_reach(value: object, state: State) -> bool:
    """A child path, a directory the file lies in: not holding it, but deleting it matters."""
    if isinstance(value, Ref):
        return is_tracked_or_parent(value, state)
    return is_around(value, state)


def reaches_globals(explorer: Explorer, state: State) -> bool:
    """Whether a variable of the module, or a registry in it, holds the file: every function can reach
    those."""
    return any(explorer.holds(value, state) for _, value in state.globals()) or any(
        is_shared(container) and held_in(explorer, held, state) for container, held in state.containers()
    )


def is_shared(container: object) -> bool:
    """A registry of the module or of a class."""
    return isinstance(container, v.Global) or (
        isinstance(container, v.Member) and isinstance(container.base, v.Klass)
    )


def take_outcomes(explorer: Explorer, call: Call, func: v.Func, found: Inside, state: State) -> int:
    """Go on after a call that was walked in place, once for every way it ends."""
    own_name = func.qualname.rpartition(".")[2]
    runs_it = explorer.obligation is Obligation.NAME and (
        runs_deletion(explorer, call.named(own_name), state)
        or (is_given_deletion(explorer, call, state) and _starts_process(explorer.project, func))
    )
    if (alive(state) and runs_it) or deletes_somehow(explorer, own_name, call.args, found, state):
        return explorer.discharge("released", call.node, own_name)
    for kind, detail in found.endings:
        explorer.discharge(kind, call.node, detail or own_name)
    onward: dict[object, State] = {}
    named = [o for o in found.outcomes if not o.raised and touches(o.value)]
    # In cleanup code only what stands there itself counts, not what its helpers may run into; and
    # converting a path doesn't fail. A helper that is called after deleting, and does, is a deletion.
    deletes = found.ended("released") and is_deleter(func.qualname)
    harmless = explorer.is_quiet(call.node) or deletes or (bool(named) and is_converter(func.qualname))
    for outcome in found.outcomes:
        if named and not outcome.raised and isinstance(outcome.value, v.Sym | v.Item | v.Member):
            continue  # a converter of paths gives something unknown only when it was given no path
        after = state.fork()
        after.take_heap(outcome.heap, outcome.file, found.aside)
        slots = outcome.heap.slots.items() if outcome.heap is not None else ()
        come = arrival(explorer, call.node, outcome.value, slots, after, below=explorer.depth)
        if come.names:
            after.rename(come.names)
        if outcome.raised and harmless:
            continue
        if outcome.raised:
            explorer.fail(call.node, after, outcome.flight)
            continue
        after[call.dest] = come.value(outcome.value)
        onward.setdefault(after.key(), after)
    for after in onward.values():
        explorer.push(call.node.next, after, call.node, "next")
    return DEAD


@question(lambda func: False, about=as_method)
def _starts_process(project: Project, func: v.Func) -> bool:
    """Whether a body runs a command: given a text that is one, it runs that, whatever it puts before."""
    code = project.code(func)
    if code is None:
        return False
    statics = statics_of(project, func, code)
    called = (statics.resolve(node.op.func) for node in code.nodes if isinstance(node.op, g.Call))
    return any(
        isinstance(target, v.Dotted) and project.knowledge.effect(target.name, RunsCommand) is not None
        for target in called
    )


def is_deleter(name: str) -> bool:
    """Whether a function is named after deleting."""
    return bool(set(re.findall(r"[a-z]+", name.rpartition(".")[2].lower())) & DELETING_WORDS)


def is_converter(name: str) -> bool:
    """A function that turns a path into another kind of string or path, by the words in its name."""
    words = set(re.findall(r"[a-z]+", name.rpartition(".")[2].lower()))
    return bool(words & CONVERTER_WORDS)


def opaque(explorer: Explorer, call: Call, state: State) -> int:
    """A call nothing is known about: it borrows what it gets, and may raise."""
    everything = call.everything
    if (handed := consumed(explorer, call, None, state)) is not None:
        return handed
    if alive(state) and registers(explorer, everything, state):
        return explorer.discharge("managed", call.node, call.name)
    said = believed(explorer, call, None, state)
    if said is not None:
        return said
    tail = call.name.rpartition(".")[2]
    if (
        len(everything) >= 1
        and isinstance(call.args[0] if call.args else None, Ref)
        and explorer.knowledge.effect(f"{ANY}.{tail}", Converts) is not None
    ):
        state[call.dest] = call.args[0]
        return call.node.next
    if alive(state) and any(holds_future(explorer, a, state) for a in everything):
        return explorer.discharge("escaped", call.node, call.name)  # whoever waits for it gets the file
    risk_call(explorer, call, state)
    made = written_under(explorer.knowledge, call, state)
    if made is not None:
        note_made(made, state)  # a picture, a table: whoever is told the name writes it
    if tail[:1].isupper() and tail not in ANSWERS and any(explorer.holds(a, state) for a in everything):
        state[call.dest] = Ref(TRACKED, Role.WRAP)
        return call.node.next
    if is_exception_name(tail):
        state[call.dest] = Flight(call.name)
        return call.node.next
    state[call.dest] = new_unknown(explorer, call.node, state)
    return call.node.next
