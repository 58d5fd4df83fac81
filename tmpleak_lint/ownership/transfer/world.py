"""Calls by a dotted name outside of the project: what the tables know of it, in the order of certainty."""

from __future__ import annotations

from tmpleak_lint.knowledge import calls as known_calls
from tmpleak_lint.knowledge import paths, releases
from tmpleak_lint.ownership import values as v
from tmpleak_lint.ownership.catching import exception_names, is_exception_name
from tmpleak_lint.ownership.exceptions import ANY
from tmpleak_lint.ownership.holding import elements
from tmpleak_lint.ownership.records import Call
from tmpleak_lint.ownership.sites import Obligation
from tmpleak_lint.ownership.state import State, alive
from tmpleak_lint.ownership.transfer.conditions import forget_about
from tmpleak_lint.ownership.transfer.containers import new_box
from tmpleak_lint.ownership.transfer.deleting import is_deleting_command, shell_deletes
from tmpleak_lint.ownership.transfer.files import close_descriptor
from tmpleak_lint.ownership.transfer.pathcalls import (
    existence,
    list_matching,
    made_by,
    make_join,
    make_parent,
    make_stem,
    note_made,
    same_path,
)
from tmpleak_lint.ownership.transfer.registering import registers
from tmpleak_lint.ownership.transfer.stacks import make_closing, make_partial, make_stack
from tmpleak_lint.ownership.values import MANAGED, TRACKED, UNKNOWN, Flight, Ref, Role, Value
from tmpleak_lint.ownership.walk import DEAD, Walker

# Asked again with the same arguments they answer the same.
_STEADY = frozenset({
    "isinstance", "hasattr", "callable", "os.getpid", "os.getppid", "os.getuid", "os.geteuid",
    "threading.get_ident", "platform.system", "os.environ.get", "os.getenv",
})  # fmt: skip
_CONTAINERS = frozenset({"list", "set", "dict", "collections.deque", "collections.OrderedDict"})
_RELISTING = frozenset({"list", "tuple", "set", "sorted", "reversed", "iter", "frozenset", "filter"})


def external(walk: Walker, call: Call, state: State) -> int | None:
    """Carry out a call that some table knows; None when none does."""
    first = call.args[0] if call.args else UNKNOWN
    position = walk.knowledge.deleted_position(call.name)
    if position is not None:
        state[call.dest] = v.NONE
        target = (
            call.args[position]
            if position < len(call.args)
            else next((a for k, a in call.keywords if k != "onerror"), UNKNOWN)
        )
        return walk.delete(call, target, state)
    moved = walk.knowledge.moved_position(call.name)
    if moved is not None:
        source = call.args[moved] if moved < len(call.args) else dict(call.keywords).get("src", UNKNOWN)
        made = made_by(call.name, call.args, state)
        if made is not None:
            note_made(made, state)
        return walk.move_away(call, source, state)
    handler = _BY_NAME.get(call.name)
    if handler is not None:
        return handler(walk, call, state)
    if call.name in paths.SAME_PATH:
        return same_path(walk, call, state)
    leaving = walk.knowledge.leaves_with(call.name)
    if leaving is not None:
        if leaving:
            walk.fail(call.node, state, ANY if leaving == "any" else Flight(leaving), "exit")
        return DEAD
    if call.name in known_calls.EXPECTERS:
        names = tuple(n for a in call.args[:1] for n in exception_names(walk, a))
        state[call.dest] = v.Object("expecter", walk.ident(call.node), names)
        return call.node.next
    if walk.knowledge.swallows(call.name):
        names = tuple(n for a in call.args for n in exception_names(walk, a))
        state[call.dest] = v.Object("suppress", walk.ident(call.node), names or ("BaseException",))
        return call.node.next
    if call.name == "isinstance" and call.args[1:] == (v.Dotted("str"),) and first in _OWN_PATHS:
        state[call.dest] = v.TRUE
        return call.node.next
    if call.name in paths.EXISTENCE:
        state[call.dest] = existence(walk, call, first, state)
        return call.node.next
    if is_exception_name(call.name):
        state[call.dest] = Flight(call.name)
        return call.node.next
    if call.name in releases.SHELL_RUNNERS:
        if alive(state) and walk.obligation is Obligation.NAME and shell_deletes(walk, call.args, state):
            return walk.happen("released", call.node, "rm")
        if is_deleting_command(first, state):
            state[call.dest] = UNKNOWN
            return call.node.next
        return walk.opaque(call, state)
    if registers(walk, call.everything, state):
        return walk.happen("managed", call.node, call.name)
    if call.name in known_calls.FILE_OPENERS:
        return walk.open_file(call, state)
    if walk.knowledge.takes(call.name) and any(walk.holds(a, state) for a in call.everything):
        return walk.happen("escaped", call.node, call.name)
    made = made_by(call.name, call.args, state)
    if made is not None:
        walk.risk(call.node, state)
        note_made(made, state)
        state[call.dest] = UNKNOWN
        return call.node.next
    if walk.knowledge.is_benign(call.name):
        state[call.dest] = passed_through(walk, call, state)
        return call.node.next
    return None


def passed_through(walk: Walker, call: Call, state: State) -> Value:
    """What list(), sorted(), reversed(), enumerate(), iter() and the like give of a container that is
    followed."""
    holding = [
        a for a in call.args if isinstance(a, v.Seq | v.Box | v.Global | v.Member) and elements(a, state)
    ]
    if holding and call.name in _RELISTING:
        source = holding[-1]
        if isinstance(source, v.Seq) and call.name == "tuple":
            return source
        held = tuple((None, i) for i in elements(source, state))
        box = new_box(walk, call.node, "list", held, state)
        if state.is_open(source):
            state.leave_open(box)
        return box
    if holding and call.name in ("enumerate", "zip"):
        pairs = tuple(
            (None, v.Seq((UNKNOWN, i) if call.name == "enumerate" else (i, i)))
            for i in elements(holding[0], state)
        )
        box = new_box(walk, call.node, "list", pairs, state)
        if state.is_open(holding[0]):
            state.leave_open(box)
        return box
    if call.name in _CONTAINERS:
        return new_box(walk, call.node, "dict" if call.name.endswith("ict") else "list", (), state)
    if call.name in ("locals", "vars", "dir") and not call.args:
        return v.Sym("locals")
    result = v.Sym(("call", call.name, *call.args)) if call.name in _STEADY else None
    if result is None:
        result = v.Sym(("op", walk.ident(call.node)))
        forget_about(result, state)
    return result


_OWN_PATHS = tuple(Ref(number, Role.PATH) for number in (MANAGED, TRACKED))  # creators return strings
_BY_NAME = {
    "os.close": close_descriptor,
    "contextlib.ExitStack": make_stack,
    "contextlib.AsyncExitStack": make_stack,
    "contextlib.closing": make_closing,
    "contextlib.aclosing": make_closing,
    "contextlib.nullcontext": make_closing,
    "functools.partial": make_partial,
    "os.path.join": make_join,
    "posixpath.join": make_join,
    "os.path.dirname": make_parent,
    "os.path.split": make_parent,
    "os.path.splitext": make_stem,
    "glob.glob": list_matching,
    "glob.iglob": list_matching,
}
