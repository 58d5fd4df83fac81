"""Calls of os.path and pathlib: the same file, a child, a sibling, its parent; and whether it is there."""

from __future__ import annotations

from tmpleak_lint.knowledge import paths
from tmpleak_lint.knowledge.creators import Shape
from tmpleak_lint.ownership import values as v
from tmpleak_lint.ownership.holding import is_parent
from tmpleak_lint.ownership.records import Call
from tmpleak_lint.ownership.state import Args, Stands, State, alive
from tmpleak_lint.ownership.transfer.containers import new_box
from tmpleak_lint.ownership.values import TRACKED, UNKNOWN, Ref, Role, Value
from tmpleak_lint.ownership.walk import Walker

# A name from mktemp may get an ending before the file is made.
MADE_FROM_NAME = frozenset({Role.PATH, Role.SIBLING})


def same_path(walk: Walker, call: Call, state: State) -> int:
    """A conversion that leaves the path what it is."""
    first = call.args[0] if call.args else UNKNOWN
    if call.name == "typing.cast" and len(call.args) > 1:
        first = call.args[1]
    elif call.name in paths.PATH_CLASSES and len(call.args) > 1:
        state[call.dest] = join_paths(call.args)
        return call.node.next
    if isinstance(first, Ref):
        if first.role is Role.HANDLE and call.name != "typing.cast" and call.name not in ("str", "repr"):
            first = Ref(first.obj, Role.PATH)
        state[call.dest] = first
    elif isinstance(first, v.Const | v.Member | v.Global | v.Item) or (
        isinstance(first, v.Sym) and first.key
    ):
        state[call.dest] = first if not isinstance(first, v.Const) or call.name == "str" else UNKNOWN
    else:
        state[call.dest] = UNKNOWN
    return call.node.next


def join_paths(args: Args) -> Value:
    """What os.path.join gives."""
    for position, part in enumerate(args):
        if isinstance(part, Ref) and part.role in (Role.PATH, Role.CHILD, Role.PARENT):
            later = [a for a in args[position + 1 :] if a != v.Const("")]
            if any(isinstance(a, Ref) for a in later):
                continue
            return (
                Ref(part.obj, Role.CHILD if part.role is not Role.PARENT else Role.SIBLING) if later else part
            )
    if args and isinstance(args[0], v.Member | v.Global):
        return v.Item(args[0], "child")
    return UNKNOWN


def existence(walk: Walker, call: Call, value: object, state: State) -> Value:
    """Is it there? Known of what was made here and not deleted yet."""
    if isinstance(value, Ref) and alive(state) and is_parent(value, state):
        return v.TRUE
    if walk.tracked is None and not alive(state) and isinstance(value, Ref) and value.role is Role.PATH:
        site = next((s for s in walk.site_at.values() if s.number == value.obj), None)
        if (
            site is not None
            and site.shape is not Shape.NAME
            and _suits(call.name, site.shape is Shape.DIRECTORY)
        ):
            return v.Const(value.obj not in state.file.gone)
    mine = isinstance(value, Ref) and value.obj == TRACKED and value.role in (Role.PATH, Role.HANDLE)
    if mine and alive(state) and state.file.stands is not Stands.NAMED and is_of_kind(walk, call.name):
        return v.Const(state.file.stands is not Stands.GONE)
    return v.Sym(("exists", value, walk.ident(call.node) if not isinstance(value, Ref) else None))


def is_of_kind(walk: Walker, name: str) -> bool:
    """isfile of a directory says no, of course."""
    directory = walk.tracked is not None and walk.tracked.shape is Shape.DIRECTORY
    if walk.tracked is None or walk.tracked.shape is Shape.NAME:
        return True
    return _suits(name, directory)


def _suits(name: str, directory: bool) -> bool:
    last = name.rpartition(".")[2]
    if last in ("isfile", "is_file"):
        return not directory
    if last in ("isdir", "is_dir"):
        return directory
    return True


def note_made(target: Ref, state: State) -> None:
    """The name's file exists from here on; under an ending of its own if that is how it was made."""
    state.become(Stands.LIVE)
    if target.role is Role.SIBLING:
        state.file = state.file._replace(ended=True)


def made_by(name: str, args: Args, state: State) -> Ref | None:
    """For a name from mktemp: the path under which this call makes the file, None when it doesn't make it."""
    if state.file.stands is not Stands.NAMED or name not in paths.MAKERS:
        return None
    position = paths.MAKERS[name]
    target = args[position] if position < len(args) else UNKNOWN
    if not isinstance(target, Ref) or target.obj != TRACKED or target.role not in MADE_FROM_NAME:
        return None
    at = paths.MODE_POSITION.get(name)
    if at is not None:
        mode = args[at] if at < len(args) else v.Const("r")
        if isinstance(mode, v.Const) and not any(c in str(mode.value) for c in "wax+"):
            return None
    return target


def make_join(walk: Walker, call: Call, state: State) -> int:
    state[call.dest] = join_paths(call.args)
    return call.node.next


def make_parent(walk: Walker, call: Call, state: State) -> int:
    first = call.args[0] if call.args else UNKNOWN
    state[call.dest] = UNKNOWN
    if isinstance(first, Ref):
        state[call.dest] = Ref(first.obj, Role.PATH if first.role is Role.CHILD else Role.PARENT)
    if call.name in paths.SPLITTERS:
        state[call.dest] = v.Seq((state[call.dest], UNKNOWN))
    return call.node.next


def make_stem(walk: Walker, call: Call, state: State) -> int:
    first = call.args[0] if call.args else UNKNOWN
    stem = Ref(first.obj, Role.SIBLING) if isinstance(first, Ref) else UNKNOWN
    state[call.dest] = v.Seq((stem, UNKNOWN))
    return call.node.next


def list_matching(walk: Walker, call: Call, state: State) -> int:
    first = call.args[0] if call.args else UNKNOWN
    held: tuple[tuple[object, Value], ...] = ()
    if isinstance(first, Ref):
        role = Role.PATH if first.role is Role.SIBLING else Role.CHILD
        held = ((None, Ref(first.obj, role)),)
    box = new_box(walk, call.node, "list", held, state)
    state.leave_open(box)
    state[call.dest] = box
    return call.node.next
