"""Calls by a dotted name outside of the project: what the tables know of it, in the order of certainty."""

from __future__ import annotations

from tmpleak_lint.flow.graph import Node
from tmpleak_lint.knowledge import calls as known_calls
from tmpleak_lint.knowledge import paths, releases
from tmpleak_lint.ownership import values as v
from tmpleak_lint.ownership.catching import exception_names, is_exception_name
from tmpleak_lint.ownership.exceptions import ANY
from tmpleak_lint.ownership.holding import elements
from tmpleak_lint.ownership.sites import Obligation
from tmpleak_lint.ownership.state import Args, Keywords, State, alive
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


def external(
    walk: Walker, index: int, node: Node, name: str, args: Args, keywords: Keywords, dest: int, state: State
) -> int | None:
    """Carry out a call that some table knows; None when none does."""
    first = args[0] if args else UNKNOWN
    position = walk.knowledge.deleted_position(name)
    if position is not None:
        state[dest] = v.NONE
        target = (
            args[position]
            if position < len(args)
            else next((a for k, a in keywords if k != "onerror"), UNKNOWN)
        )
        return walk.delete(index, node, target, name, state)
    moved = walk.knowledge.moved_position(name)
    if moved is not None:
        source = args[moved] if moved < len(args) else dict(keywords).get("src", UNKNOWN)
        made = made_by(name, args, state)
        if made is not None:
            note_made(made, state)
        return walk.move_away(index, node, source, name, dest, state)
    handler = _BY_NAME.get(name)
    if handler is not None:
        return handler(walk, index, node, name, args, keywords, dest, state)
    if name in paths.SAME_PATH:
        return same_path(walk, index, node, name, args, dest, state)
    leaving = walk.knowledge.leaves_with(name)
    if leaving is not None:
        if leaving:
            walk.fail(index, state, ANY if leaving == "any" else Flight(leaving), "exit")
        return DEAD
    if name in known_calls.EXPECTERS:
        names = tuple(n for a in args[:1] for n in exception_names(walk, a))
        state[dest] = v.Object("expecter", walk.ident(index), names)
        return node.next
    if walk.knowledge.swallows(name):
        names = tuple(n for a in args for n in exception_names(walk, a))
        state[dest] = v.Object("suppress", walk.ident(index), names or ("BaseException",))
        return node.next
    if name == "isinstance" and args[1:] == (v.Dotted("str"),) and first in _OWN_PATHS:
        state[dest] = v.TRUE
        return node.next
    if name in paths.EXISTENCE:
        state[dest] = existence(walk, first, name, index, state)
        return node.next
    if is_exception_name(name):
        state[dest] = Flight(name)
        return node.next
    if name in releases.SHELL_RUNNERS:
        if alive(state) and walk.obligation is Obligation.NAME and shell_deletes(walk, args, state):
            return walk.happen("released", index, "rm")
        if is_deleting_command(first, state):
            state[dest] = UNKNOWN
            return node.next
        return walk.opaque(index, node, name, args, keywords, dest, state)
    if registers(walk, index, [*args, *(a for _, a in keywords)], state, name):
        return walk.happen("managed", index, name)
    if name in known_calls.FILE_OPENERS:
        return walk.open_file(index, node, name, args, keywords, dest, state)
    if walk.knowledge.takes(name) and any(walk.holds(a, state) for a in [*args, *(a for _, a in keywords)]):
        return walk.happen("escaped", index, name)
    made = made_by(name, args, state)
    if made is not None:
        walk.risk(index, state)
        note_made(made, state)
        state[dest] = UNKNOWN
        return node.next
    if walk.knowledge.is_benign(name):
        state[dest] = passed_through(walk, index, name, args, state)
        return node.next
    return None


def passed_through(walk: Walker, index: int, name: str, args: Args, state: State) -> Value:
    """What list(), sorted(), reversed(), enumerate(), iter() and the like give of a container that is
    followed."""
    holding = [a for a in args if isinstance(a, v.Seq | v.Box | v.Global | v.Member) and elements(a, state)]
    if holding and name in _RELISTING:
        source = holding[-1]
        if isinstance(source, v.Seq) and name == "tuple":
            return source
        held = tuple((None, i) for i in elements(source, state))
        box = new_box(walk, index, "list", held, state)
        if ("open", source) in state:
            state["open", box] = True
        return box
    if holding and name in ("enumerate", "zip"):
        pairs = tuple(
            (None, v.Seq((UNKNOWN, i) if name == "enumerate" else (i, i)))
            for i in elements(holding[0], state)
        )
        box = new_box(walk, index, "list", pairs, state)
        if ("open", holding[0]) in state:
            state["open", box] = True
        return box
    if name in _CONTAINERS:
        return new_box(walk, index, "dict" if name.endswith("ict") else "list", (), state)
    if name in ("locals", "vars", "dir") and not args:
        return v.Sym("locals")
    result = v.Sym(("call", name, *args)) if name in _STEADY else None
    if result is None:
        result = v.Sym(("op", walk.ident(index)))
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
