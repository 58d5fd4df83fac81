"""ExitStack and its like: what is entered or registered is managed once the stack itself is in a with."""

from __future__ import annotations

from tmpleak_lint.flow.graph import Node
from tmpleak_lint.knowledge import calls as known_calls
from tmpleak_lint.knowledge import releases
from tmpleak_lint.ownership import values as v
from tmpleak_lint.ownership.holding import held_in
from tmpleak_lint.ownership.sites import Obligation
from tmpleak_lint.ownership.state import Args, Keywords, State, alive, contents
from tmpleak_lint.ownership.transfer.files import close_file
from tmpleak_lint.ownership.transfer.managers import EXIT_STACK, entered_value, takes_out, would_be_left
from tmpleak_lint.ownership.transfer.registering import registers
from tmpleak_lint.ownership.values import TRACKED, UNKNOWN, Ref, Role, Value
from tmpleak_lint.ownership.walk import Walker


def make_stack(
    walk: Walker, index: int, node: Node, name: str, args: Args, keywords: Keywords, dest: int, state: State
) -> int:
    stack = v.Object("stack", walk.ident(index))
    state["#", stack] = ()
    state.pop(("entered", stack), None)
    state[dest] = stack
    return node.next


def make_closing(
    walk: Walker, index: int, node: Node, name: str, args: Args, keywords: Keywords, dest: int, state: State
) -> int:
    state[dest] = v.Object("closing", walk.ident(index), args[:1])
    return node.next


def make_partial(
    walk: Walker, index: int, node: Node, name: str, args: Args, keywords: Keywords, dest: int, state: State
) -> int:
    state[dest] = v.Partial(args[0], args[1:], "partial", keywords) if args else UNKNOWN
    return node.next


def enter_by_call(walk: Walker, index: int, node: Node, args: Args, dest: int, state: State) -> int:
    """stack.enter_context(handle): a self-deleting handle is managed from here on."""
    value = next((a for a in args if isinstance(a, Ref)), UNKNOWN)
    if isinstance(value, Ref) and value.obj == TRACKED and walk.obligation is Obligation.HANDLE:
        return walk.happen("managed", index, "enter_context")
    state[dest] = value
    return node.next


def object_method(
    walk: Walker,
    index: int,
    node: Node,
    base: v.Object,
    attr: str,
    args: Args,
    keywords: Keywords,
    dest: int,
    state: State,
) -> int:
    """A method of an object of the standard library that is followed."""
    state[dest] = UNKNOWN
    if base.kind == "stack":
        return stack_method(walk, index, node, base, attr, args, keywords, dest, state)
    if base.kind == "file":
        if attr == "close":
            close_file(base, state)
            return node.next
        if attr == "__enter__":
            state[dest] = base
            return node.next
        if attr in known_calls.BENIGN_METHODS:
            return node.next
    return walk.opaque(index, node, attr, args, keywords, dest, state)


def stack_method(
    walk: Walker,
    index: int,
    node: Node,
    stack: v.Object,
    attr: str,
    args: Args,
    keywords: Keywords,
    dest: int,
    state: State,
) -> int:
    """enter_context, callback, close, pop_all."""
    everything = [*args, *(a for _, a in keywords)]
    if attr in releases.REGISTRARS | releases.ENTERERS:
        enters = attr in releases.ENTERERS
        if enters and args and isinstance(args[0], Ref):
            if args[0].obj == TRACKED and walk.obligation is Obligation.HANDLE:
                return into_stack(walk, index, node, stack, args[0], dest, state)
            state[dest] = args[0]
            return node.next
        if (
            enters
            and args
            and isinstance(args[0], v.Partial | v.Object | v.Inst)
            and walk.holds(args[0], state)
        ):
            released = would_be_left(walk, args[0], state)
            if released:
                return into_stack(walk, index, node, stack, args[0], dest, state)
        known: frozenset[int] = state.get("$managed", frozenset())
        if registers(walk, index, everything, state, attr):
            held = next((a for a in everything if walk.holds(a, state)), UNKNOWN)
            return into_stack(
                walk, index, node, stack, held if held != UNKNOWN else Ref(TRACKED, Role.PATH), dest, state
            )
        if takes_out(walk):  # what else is registered is managed only as long as the stack has it
            others = sorted(state.pop("$managed", known) - known)
            state["#", stack] = (*contents(stack, state), *((None, Ref(n, Role.PATH)) for n in others))
            if known:
                state["$managed"] = known
        if enters and args and not isinstance(args[0], v.Object):
            walk.risk(index, state)
        state[dest] = args[0] if args and isinstance(args[0], v.Object) else UNKNOWN
        if enters and args:
            state[dest] = entered_value(walk, args[0]) or state[dest]
        return node.next
    if attr in ("close", "aclose", "__exit__"):
        if alive(state) and held_in(walk, contents(stack, state), state):
            return walk.happen("released", index, f"ExitStack.{attr}")
        return node.next
    if attr == "pop_all":
        if alive(state) and held_in(walk, contents(stack, state), state):
            fresh = v.Object("stack", walk.ident(index))
            state["#", fresh] = state.pop(("#", stack))
            state["#", stack] = ()
            state[dest] = fresh
        return node.next
    return walk.opaque(index, node, attr, args, keywords, dest, state)


def into_stack(
    walk: Walker, index: int, node: Node, stack: v.Object, value: Value, dest: int, state: State
) -> int:
    """The stack deletes the file when it unwinds: managed if it has been entered, and nothing takes it out again."""
    if ("entered", stack) in state and not takes_out(walk):
        return walk.happen("managed", index, EXIT_STACK)
    state["#", stack] = (*contents(stack, state), (None, value))
    state[dest] = value
    return node.next
