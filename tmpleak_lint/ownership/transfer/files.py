"""File objects and path objects: opening, closing a descriptor, and their methods."""

from __future__ import annotations

from tmpleak_lint.knowledge import calls as known_calls
from tmpleak_lint.knowledge import paths, releases
from tmpleak_lint.ownership import values as v
from tmpleak_lint.ownership.records import Call
from tmpleak_lint.ownership.sites import Obligation
from tmpleak_lint.ownership.state import Args, Stands, State, alive
from tmpleak_lint.ownership.transfer.containers import new_box
from tmpleak_lint.ownership.transfer.pathcalls import MADE_FROM_NAME, existence, made_by, note_made
from tmpleak_lint.ownership.values import MANAGED, TRACKED, UNKNOWN, Flight, Ref, Role
from tmpleak_lint.ownership.walk import DEAD, Walker


def open_file(walk: Walker, call: Call, state: State) -> int:
    """A file object. On the raw descriptor it takes over the closing; opening a path is risky."""
    first = call.args[0] if call.args else dict(call.keywords).get("file", UNKNOWN)
    if isinstance(first, Ref) and first.role is Role.FD:
        if first.obj == TRACKED and walk.obligation is Obligation.DESCRIPTOR and alive(state):
            return walk.happen("released", call.node, call.name)
        state[call.dest] = v.Object("file", walk.ident(call.node), (first,))
        return call.node.next
    mode = dict(call.keywords).get("mode", UNKNOWN)
    made = made_by(call.name, call.args if mode == UNKNOWN else (*call.args[:1], mode), state)
    if call.name != "os.fdopen":
        walk.risk(call.node, state)
    if made is not None:
        note_made(made, state)
    state[call.dest] = v.Object("file", walk.ident(call.node))
    return call.node.next


def close_descriptor(walk: Walker, call: Call, state: State) -> int:
    """os.close: ends the descriptor's obligation; of one that is closed already it raises."""
    state[call.dest] = v.NONE
    first = call.args[0] if call.args else UNKNOWN
    if isinstance(first, Ref) and first.role is Role.FD:
        if first.obj in state.file.closed:
            walk.fail(call.node, state, Flight("OSError"))
            return DEAD
        if first.obj == TRACKED and walk.obligation is Obligation.DESCRIPTOR and alive(state):
            return walk.happen("released", call.node, call.name)
        if first.obj != MANAGED:  # a number that many files share
            state.close_descriptor(first.obj)
    return call.node.next


def close_file(file: v.Object, state: State) -> None:
    """Closing a file object closes the descriptor that it was made from."""
    for owned in file.data:
        if isinstance(owned, Ref) and owned.obj != MANAGED:
            state.close_descriptor(owned.obj)


def file_method(walk: Walker, call: Call, base: Ref, state: State) -> int:
    """A method of a path, of a handle or of a path's text."""
    state[call.dest] = UNKNOWN
    if walk.obligation is Obligation.HANDLE and base.obj == TRACKED and call.name in releases.CLOSERS:
        return walk.happen("released", call.node, call.name)
    if base.role is Role.HANDLE:
        if (
            call.name in releases.CLOSERS
            or call.name in known_calls.BENIGN_METHODS
            or call.name == "__enter__"
        ):
            if call.name == "__enter__":
                state[call.dest] = base
            return call.node.next
        if call.name == "unlink":
            return walk.delete(call._replace(name="unlink"), base, state)
        return walk.opaque(call, state)
    if call.name in releases.DELETER_METHODS and not (call.name == "remove" and call.args):
        name = (
            "shutil.rmtree" if "rmtree" in call.name or call.name == "remove" else f"pathlib.Path.{call.name}"
        )
        return walk.delete(call._replace(name=name), base, state)
    if call.name in releases.MOVER_METHODS and len(call.args) == 1:
        return walk.move_away(call._replace(name=f"pathlib.Path.{call.name}"), base, state)
    if call.name == "replace":  # str.replace
        state[call.dest] = Ref(base.obj, Role.SIBLING)
        return call.node.next
    if call.name in paths.EXISTENCE_METHODS:
        state[call.dest] = existence(walk, call, base, state)
        return call.node.next
    if call.name in paths.SAME_METHODS:
        state[call.dest] = base
        return call.node.next
    if call.name in paths.CHILD_METHODS:
        state[call.dest] = Ref(base.obj, Role.CHILD)
        return call.node.next
    if call.name in paths.SIBLING_METHODS:
        state[call.dest] = Ref(base.obj, Role.SIBLING)
        return call.node.next
    if call.name in paths.CHILD_LISTERS:
        box = new_box(walk, call.node, "list", ((None, Ref(base.obj, Role.CHILD)),), state)
        state.leave_open(box)
        state[call.dest] = box
        return call.node.next
    if call.name in paths.MAKER_METHODS or call.name == "open":
        walk.risk(call.node, state)
        if writes_named(base, call.name, call.args, state):
            note_made(base, state)
            if call.name in paths.FILLER_METHODS:
                walk.risk(call.node, state)  # half of it may have been written
        state[call.dest] = v.Object("file", walk.ident(call.node)) if call.name == "open" else UNKNOWN
        return call.node.next
    if base.obj == MANAGED and call.name in ("mktemp", "getbasetemp", "mkdir", "ensure", "makepyfile"):
        walk.risk(call.node, state)
        state[call.dest] = Ref(MANAGED, Role.PATH)
        return call.node.next
    if call.name in known_calls.BENIGN_METHODS:
        return call.node.next
    return walk.opaque(call, state)


def writes_named(base: Ref, attr: str, args: Args, state: State) -> bool:
    """For a path from mktemp: does this method make the file?"""
    if state.file.stands is not Stands.NAMED or base.obj != TRACKED or base.role not in MADE_FROM_NAME:
        return False
    if attr != "open":
        return True
    mode = args[0] if args else v.Const("r")
    return not isinstance(mode, v.Const) or any(c in str(mode.value) for c in "wax+")
