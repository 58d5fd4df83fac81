"""ExitStack and its like: what is entered or registered is managed once the stack itself is in a with."""

from __future__ import annotations

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.state import State, alive, contents
from tmpleak_lint.analysis.domain.values import TRACKED, UNKNOWN, Ref, Role, Value
from tmpleak_lint.analysis.explore.explorer import Explorer
from tmpleak_lint.analysis.queries.records import Call
from tmpleak_lint.analysis.queries.sites import Obligation, ends_process
from tmpleak_lint.analysis.semantics.files import close_file
from tmpleak_lint.analysis.semantics.holding import held_in
from tmpleak_lint.analysis.semantics.late import is_called_in_time
from tmpleak_lint.analysis.semantics.managers import (
    EXIT_STACK,
    entered_value,
    enters_well,
    given_by_entry,
    lent_when_well,
    takes_out,
    would_be_left,
)
from tmpleak_lint.analysis.semantics.raising import CONTENTS, risk_of_file
from tmpleak_lint.analysis.semantics.registering import registers
from tmpleak_lint.analysis.semantics.running import future_method
from tmpleak_lint.flow import graph as g
from tmpleak_lint.knowledge.model import FILE, STACK, Binds, Closing, Ends, Enters, Raises, Registers, Stack


def make_stack(explorer: Explorer, call: Call, effect: Stack, state: State) -> int:
    stack = v.Object("stack", explorer.ident(call.node))
    state.fill(stack, ())
    state.note_entered(stack, entered=False)
    state[call.dest] = stack
    return call.node.next


def make_closing(explorer: Explorer, call: Call, effect: Closing, state: State) -> int:
    state[call.dest] = v.Object("closing", explorer.ident(call.node), call.args[:1])
    return call.node.next


def make_partial(explorer: Explorer, call: Call, effect: Binds, state: State) -> int:
    state[call.dest] = (
        v.bound(call.args[0], call.args[1:], call.keywords, effect.runner) if call.args else UNKNOWN
    )
    return call.node.next


def enter_by_call(explorer: Explorer, call: Call, state: State) -> int:
    """stack.enter_context(handle): a self-deleting handle is managed from here on."""
    value = next((a for a in call.args if isinstance(a, Ref)), UNKNOWN)
    if isinstance(value, Ref) and value.obj == TRACKED and explorer.obligation is Obligation.HANDLE:
        return explorer.discharge("managed", call.node, "enter_context")
    state[call.dest] = given_by_entry(explorer, value, _first_temp(call)) if isinstance(value, Ref) else value
    return call.node.next


def _first_temp(call: Call) -> int:
    """The temporary that a call is given first."""
    op = call.node.op
    return op.args[0].value if isinstance(op, g.Call) and op.args else g.NO_EDGE


def object_method(explorer: Explorer, call: Call, base: v.Object, state: State) -> int:
    """A method of an object of the standard library that is followed."""
    state[call.dest] = UNKNOWN
    if base.kind == "stack":
        return stack_method(explorer, call, base, state)
    if base.kind == "file":
        if call.name == "close":
            close_file(base, state)
            return call.node.next
        if call.name == "__enter__":
            state[call.dest] = base
            return call.node.next
        if call.name in explorer.knowledge.harmless_methods:
            return call.node.next
        if explorer.knowledge.effect(f"{FILE}.{call.name}", Raises) is not None and not any(
            explorer.holds(a, state) for a in call.everything
        ):
            written = next((each for each in base.data if each in CONTENTS), None)
            risk_of_file(explorer, call, written, state)
            return call.node.next
    if base.kind == "future":
        return future_method(explorer, call, base, state)
    return explorer.opaque(call, state)


def stack_method(explorer: Explorer, call: Call, stack: v.Object, state: State) -> int:
    """enter_context, callback, close, pop_all."""
    everything = call.everything
    row = explorer.knowledge.method(STACK, call.name)
    enters = row.effect(Enters) is not None
    if enters or row.effect(Registers) is not None:
        if enters and call.args and isinstance(call.args[0], Ref):
            if call.args[0].obj == TRACKED and explorer.obligation is Obligation.HANDLE:
                return into_stack(explorer, call, stack, call.args[0], state)
            state[call.dest] = given_by_entry(explorer, call.args[0], _first_temp(call))
            return call.node.next
        if (
            enters
            and call.args
            and isinstance(call.args[0], v.Partial | v.Object | v.Inst)
            and explorer.holds(call.args[0], state)
        ):
            released = would_be_left(explorer, call.args[0], state)
            if released:
                return into_stack(explorer, call, stack, call.args[0], state)
        known: frozenset[int] = state.file.managed
        if registers(explorer, everything, state, stack.ident):
            held = next((a for a in everything if explorer.holds(a, state)), UNKNOWN)
            return into_stack(
                explorer, call, stack, held if held != UNKNOWN else Ref(TRACKED, Role.PATH), state
            )
        if takes_out(explorer):  # what else is registered is managed only as long as the stack has it
            others = sorted(state.file.managed - known)
            state.fill(stack, (*contents(stack, state), *((None, Ref(n, Role.PATH)) for n in others)))
            state.manage(known)
        if (
            enters
            and call.args
            and not (isinstance(call.args[0], v.Object) or enters_well(explorer, call.args[0]))
        ):
            explorer.risk(call.node, state)
        state[call.dest] = call.args[0] if call.args and isinstance(call.args[0], v.Object) else UNKNOWN
        if enters and call.args and isinstance(inner := call.args[0], v.Object) and inner.kind == "stack":
            state.fill(stack, (*contents(stack, state), (None, inner)))
            state.note_entered(inner, entered=state.has_entered(stack))  # and unwinds with it
        if enters and call.args:
            lent = lent_when_well(explorer, call.args[0], call.dest)
            state[call.dest] = entered_value(explorer, call.args[0]) or lent or state[call.dest]
            if lent is not None:
                state.fill(stack, (*contents(stack, state), (None, lent)))
        return call.node.next
    if row.effect(Ends) is not None:
        if alive(state) and (
            held_in(explorer, contents(stack, state), state) or is_called_in_time(state, stack.ident)
        ):
            return explorer.discharge("released", call.node, f"ExitStack.{call.name}")
        return call.node.next
    if call.name == "pop_all":
        if alive(state) and held_in(explorer, contents(stack, state), state):
            fresh = v.Object("stack", explorer.ident(call.node))
            state.fill(fresh, contents(stack, state))
            state.fill(stack, ())
            state[call.dest] = fresh
        return call.node.next
    return explorer.opaque(call, state)


def into_stack(explorer: Explorer, call: Call, stack: v.Object, value: Value, state: State) -> int:
    """The stack deletes the file when it unwinds: managed if it has been entered, nothing takes it out again, and the
    process doesn't end before that."""
    unwinds = state.has_entered(stack) and not ends_process(explorer.project, explorer.code)
    if unwinds and not takes_out(explorer):
        return explorer.discharge("managed", call.node, EXIT_STACK)
    state.fill(stack, (*contents(stack, state), (None, value)))
    state[call.dest] = value
    return call.node.next
