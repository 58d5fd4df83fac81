"""ExitStack and its like: what is entered or registered is managed once the stack itself is in a with."""

from __future__ import annotations

from tmpleak_lint.knowledge.model import STACK, Binds, Closing, Ends, Enters, Registers, Stack
from tmpleak_lint.ownership import values as v
from tmpleak_lint.ownership.holding import held_in
from tmpleak_lint.ownership.records import Call
from tmpleak_lint.ownership.sites import Obligation
from tmpleak_lint.ownership.state import State, alive, contents
from tmpleak_lint.ownership.transfer.files import close_file
from tmpleak_lint.ownership.transfer.managers import EXIT_STACK, entered_value, takes_out, would_be_left
from tmpleak_lint.ownership.transfer.registering import registers
from tmpleak_lint.ownership.transfer.running import future_method
from tmpleak_lint.ownership.values import TRACKED, UNKNOWN, Ref, Role, Value
from tmpleak_lint.ownership.walk import Walker


def make_stack(walk: Walker, call: Call, effect: Stack, state: State) -> int:
    stack = v.Object("stack", walk.ident(call.node))
    state.fill(stack, ())
    state.note_entered(stack, entered=False)
    state[call.dest] = stack
    return call.node.next


def make_closing(walk: Walker, call: Call, effect: Closing, state: State) -> int:
    state[call.dest] = v.Object("closing", walk.ident(call.node), call.args[:1])
    return call.node.next


def make_partial(walk: Walker, call: Call, effect: Binds, state: State) -> int:
    state[call.dest] = (
        v.Partial(call.args[0], call.args[1:], "partial", call.keywords) if call.args else UNKNOWN
    )
    return call.node.next


def enter_by_call(walk: Walker, call: Call, state: State) -> int:
    """stack.enter_context(handle): a self-deleting handle is managed from here on."""
    value = next((a for a in call.args if isinstance(a, Ref)), UNKNOWN)
    if isinstance(value, Ref) and value.obj == TRACKED and walk.obligation is Obligation.HANDLE:
        return walk.happen("managed", call.node, "enter_context")
    state[call.dest] = value
    return call.node.next


def object_method(walk: Walker, call: Call, base: v.Object, state: State) -> int:
    """A method of an object of the standard library that is followed."""
    state[call.dest] = UNKNOWN
    if base.kind == "stack":
        return stack_method(walk, call, base, state)
    if base.kind == "file":
        if call.name == "close":
            close_file(base, state)
            return call.node.next
        if call.name == "__enter__":
            state[call.dest] = base
            return call.node.next
        if call.name in walk.knowledge.harmless_methods:
            return call.node.next
    if base.kind == "future":
        return future_method(walk, call, base, state)
    return walk.opaque(call, state)


def stack_method(walk: Walker, call: Call, stack: v.Object, state: State) -> int:
    """enter_context, callback, close, pop_all."""
    everything = call.everything
    row = walk.knowledge.method(STACK, call.name)
    enters = row.effect(Enters) is not None
    if enters or row.effect(Registers) is not None:
        if enters and call.args and isinstance(call.args[0], Ref):
            if call.args[0].obj == TRACKED and walk.obligation is Obligation.HANDLE:
                return into_stack(walk, call, stack, call.args[0], state)
            state[call.dest] = call.args[0]
            return call.node.next
        if (
            enters
            and call.args
            and isinstance(call.args[0], v.Partial | v.Object | v.Inst)
            and walk.holds(call.args[0], state)
        ):
            released = would_be_left(walk, call.args[0], state)
            if released:
                return into_stack(walk, call, stack, call.args[0], state)
        known: frozenset[int] = state.file.managed
        if registers(walk, everything, state):
            held = next((a for a in everything if walk.holds(a, state)), UNKNOWN)
            return into_stack(walk, call, stack, held if held != UNKNOWN else Ref(TRACKED, Role.PATH), state)
        if takes_out(walk):  # what else is registered is managed only as long as the stack has it
            others = sorted(state.file.managed - known)
            state.fill(stack, (*contents(stack, state), *((None, Ref(n, Role.PATH)) for n in others)))
            state.manage(known)
        if enters and call.args and not isinstance(call.args[0], v.Object):
            walk.risk(call.node, state)
        state[call.dest] = call.args[0] if call.args and isinstance(call.args[0], v.Object) else UNKNOWN
        if enters and call.args:
            state[call.dest] = entered_value(walk, call.args[0]) or state[call.dest]
        return call.node.next
    if row.effect(Ends) is not None:
        if alive(state) and held_in(walk, contents(stack, state), state):
            return walk.happen("released", call.node, f"ExitStack.{call.name}")
        return call.node.next
    if call.name == "pop_all":
        if alive(state) and held_in(walk, contents(stack, state), state):
            fresh = v.Object("stack", walk.ident(call.node))
            state.fill(fresh, contents(stack, state))
            state.fill(stack, ())
            state[call.dest] = fresh
        return call.node.next
    return walk.opaque(call, state)


def into_stack(walk: Walker, call: Call, stack: v.Object, value: Value, state: State) -> int:
    """The stack deletes the file when it unwinds: managed if it has been entered, and nothing takes it out again."""
    if state.has_entered(stack) and not takes_out(walk):
        return walk.happen("managed", call.node, EXIT_STACK)
    state.fill(stack, (*contents(stack, state), (None, value)))
    state[call.dest] = value
    return call.node.next
