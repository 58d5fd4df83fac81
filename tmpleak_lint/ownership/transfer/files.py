"""File objects and path objects: opening, closing a descriptor, and their methods."""

from __future__ import annotations

from tmpleak_lint.flow.graph import Node
from tmpleak_lint.knowledge import calls as known_calls
from tmpleak_lint.knowledge import paths, releases
from tmpleak_lint.ownership import values as v
from tmpleak_lint.ownership.sites import Obligation
from tmpleak_lint.ownership.state import Args, Keywords, State, alive
from tmpleak_lint.ownership.transfer.containers import new_box
from tmpleak_lint.ownership.transfer.pathcalls import MADE_FROM_NAME, existence, made_by, note_made
from tmpleak_lint.ownership.values import MANAGED, TRACKED, UNKNOWN, Flight, Ref, Role
from tmpleak_lint.ownership.walk import DEAD, Walker


def open_file(
    walk: Walker, index: int, node: Node, name: str, args: Args, keywords: Keywords, dest: int, state: State
) -> int:
    """A file object. On the raw descriptor it takes over the closing; opening a path is risky."""
    first = args[0] if args else dict(keywords).get("file", UNKNOWN)
    if isinstance(first, Ref) and first.role is Role.FD:
        if first.obj == TRACKED and walk.obligation is Obligation.DESCRIPTOR and alive(state):
            return walk.happen("released", index, name)
        state[dest] = v.Object("file", walk.ident(index), (first,))
        return node.next
    mode = dict(keywords).get("mode", UNKNOWN)
    made = made_by(name, args if mode == UNKNOWN else (*args[:1], mode), state)
    if name != "os.fdopen":
        walk.risk(index, state)
    if made is not None:
        note_made(made, state)
    state[dest] = v.Object("file", walk.ident(index))
    return node.next


def close_descriptor(
    walk: Walker, index: int, node: Node, name: str, args: Args, keywords: Keywords, dest: int, state: State
) -> int:
    """os.close: ends the descriptor's obligation; of one that is closed already it raises."""
    state[dest] = v.NONE
    first = args[0] if args else UNKNOWN
    if isinstance(first, Ref) and first.role is Role.FD:
        if ("closed", first.obj) in state:
            walk.fail(index, state, Flight("OSError"))
            return DEAD
        if first.obj == TRACKED and walk.obligation is Obligation.DESCRIPTOR and alive(state):
            return walk.happen("released", index, name)
        if first.obj != MANAGED:  # a number that many files share
            state["closed", first.obj] = True
    return node.next


def close_file(file: v.Object, state: State) -> None:
    """Closing a file object closes the descriptor that it was made from."""
    for owned in file.data:
        if isinstance(owned, Ref) and owned.obj != MANAGED:
            state["closed", owned.obj] = True


def file_method(
    walk: Walker,
    index: int,
    node: Node,
    base: Ref,
    attr: str,
    args: Args,
    keywords: Keywords,
    dest: int,
    state: State,
) -> int:
    """A method of a path, of a handle or of a path's text."""
    state[dest] = UNKNOWN
    if walk.obligation is Obligation.HANDLE and base.obj == TRACKED and attr in releases.CLOSERS:
        return walk.happen("released", index, attr)
    if base.role is Role.HANDLE:
        if attr in releases.CLOSERS or attr in known_calls.BENIGN_METHODS or attr == "__enter__":
            if attr == "__enter__":
                state[dest] = base
            return node.next
        if attr == "unlink":
            return walk.delete(index, node, base, "unlink", state)
        return walk.opaque(index, node, attr, args, keywords, dest, state)
    if attr in releases.DELETER_METHODS and not (attr == "remove" and args):
        name = "shutil.rmtree" if "rmtree" in attr or attr == "remove" else f"pathlib.Path.{attr}"
        return walk.delete(index, node, base, name, state)
    if attr in releases.MOVER_METHODS and len(args) == 1:
        return walk.move_away(index, node, base, f"pathlib.Path.{attr}", dest, state)
    if attr == "replace":  # str.replace
        state[dest] = Ref(base.obj, Role.SIBLING)
        return node.next
    if attr in paths.EXISTENCE_METHODS:
        state[dest] = existence(walk, base, attr, index, state)
        return node.next
    if attr in paths.SAME_METHODS:
        state[dest] = base
        return node.next
    if attr in paths.CHILD_METHODS:
        state[dest] = Ref(base.obj, Role.CHILD)
        return node.next
    if attr in paths.SIBLING_METHODS:
        state[dest] = Ref(base.obj, Role.SIBLING)
        return node.next
    if attr in paths.CHILD_LISTERS:
        box = new_box(walk, index, "list", ((None, Ref(base.obj, Role.CHILD)),), state)
        state["open", box] = True
        state[dest] = box
        return node.next
    if attr in paths.MAKER_METHODS or attr == "open":
        walk.risk(index, state)
        if writes_named(base, attr, args, state):
            note_made(base, state)
            if attr in paths.FILLER_METHODS:
                walk.risk(index, state)  # half of it may have been written
        state[dest] = v.Object("file", walk.ident(index)) if attr == "open" else UNKNOWN
        return node.next
    if base.obj == MANAGED and attr in ("mktemp", "getbasetemp", "mkdir", "ensure", "makepyfile"):
        walk.risk(index, state)
        state[dest] = Ref(MANAGED, Role.PATH)
        return node.next
    if attr in known_calls.BENIGN_METHODS:
        return node.next
    return walk.opaque(index, node, attr, args, keywords, dest, state)


def writes_named(base: Ref, attr: str, args: Args, state: State) -> bool:
    """For a path from mktemp: does this method make the file?"""
    if state.get("$t") != "named" or base.obj != TRACKED or base.role not in MADE_FROM_NAME:
        return False
    if attr != "open":
        return True
    mode = args[0] if args else v.Const("r")
    return not isinstance(mode, v.Const) or any(c in str(mode.value) for c in "wax+")
