"""File objects and path objects: opening, closing a descriptor, and their methods."""

from __future__ import annotations

from tmpleak_lint.analysis.domain import symbols
from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.state import Stands, State, alive
from tmpleak_lint.analysis.domain.values import (
    BESIDE,
    MANAGED,
    TRACKED,
    UNKNOWN,
    UNTRACKED,
    Flight,
    Ref,
    Role,
    Value,
)
from tmpleak_lint.analysis.explore.explorer import DEAD, Explorer
from tmpleak_lint.analysis.queries.by_name import says_delete, words_of
from tmpleak_lint.analysis.queries.records import Call
from tmpleak_lint.analysis.queries.sites import Obligation
from tmpleak_lint.analysis.semantics.conditions import names_path, new_unknown, said_of_path
from tmpleak_lint.analysis.semantics.containers import new_box
from tmpleak_lint.analysis.semantics.holding import elements
from tmpleak_lint.analysis.semantics.pathcalls import (
    MADE_FROM_NAME,
    asks_to_write,
    existence,
    is_free_name,
    is_link,
    made_by,
    note_made,
    parent_path,
    words_of_command,
)
from tmpleak_lint.analysis.semantics.raising import (
    opened_for,
    risk_call,
    risk_of_file,
    written_by_handle,
)
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge import frameworks
from tmpleak_lint.knowledge.model import (
    ANY,
    FILE,
    HANDLE,
    PATH,
    Asks,
    AsksForLink,
    Benign,
    Deletes,
    Derives,
    Ends,
    Makes,
    Model,
    Moves,
    Opens,
    Raises,
    Relation,
    Renders,
    Shape,
)
from tmpleak_lint.knowledge.words import WRITING_WORDS

_PATHS = frozenset({Role.PATH, Role.CHILD, *BESIDE})
_RETURN_TEXT = frozenset({"mkstemp", "mkdtemp"})


def open_file(explorer: Explorer, call: Call, state: State) -> int:
    """A file object. On the raw descriptor it takes over the closing; opening a path is risky."""
    first = call.args[0] if call.args else dict(call.keywords).get("file", UNKNOWN)
    if isinstance(first, Ref) and first.role is Role.FD and dict(call.keywords).get("closefd") != v.FALSE:
        if first.obj == TRACKED and explorer.obligation is Obligation.DESCRIPTOR and alive(state):
            return explorer.discharge("released", call.node, call.name)
        state[call.dest] = v.Object("file", explorer.ident(call.node), (first, opened_for(call, 1)))
        return call.node.next
    made = made_by(explorer.knowledge, call, state)
    opens = explorer.knowledge.effect(call.name, Opens)
    if opens is None or not opens.descriptor_only:
        risk_call(explorer, call, state)
    if made is not None:
        note_made(made, state)
    elif explorer.name_is_new and is_free_name(first) and state.file.stands is Stands.NAMED:
        note_made(first, state)  # what can be read is there: somebody who was told the name has made it
    plain = explorer.knowledge.effect(call.name, Raises) is not None or call.name == "os.fdopen"
    written = (opened_for(call, 1),) if plain else ()
    state[call.dest] = v.Object("file", explorer.ident(call.node), (*written, *_named(first)))
    return call.node.next


def _named(path: Value) -> tuple[Value, ...]:
    """What a file object knows of the path that it was opened by: it says it, and holds nothing that it would keep."""
    return (symbols.OpenedBy(path),) if isinstance(path, Ref) and path.role in _PATHS else ()


def name_of(file: v.Object) -> Value | None:
    """The path that a file object was opened by."""
    for known in file.data:
        match known:
            case symbols.OpenedBy(path=path):
                return path
    return None


def close_descriptor(explorer: Explorer, call: Call, state: State) -> int:
    """os.close: ends the descriptor's obligation; of one that is closed already it raises."""
    state[call.dest] = v.NONE
    first = call.args[0] if call.args else UNKNOWN
    if isinstance(first, Ref) and first.role is Role.FD:
        if first.obj in state.file.closed:
            explorer.fail(call.node, state, Flight("OSError"))
            return DEAD
        if first.obj == TRACKED and explorer.obligation is Obligation.DESCRIPTOR and alive(state):
            return explorer.discharge("released", call.node, call.name)
        if first.obj not in (MANAGED, UNTRACKED):  # numbers that many files share
            state.close_descriptor(first.obj)
    return call.node.next


def close_file(file: v.Object, state: State) -> None:
    """Closing a file object closes the descriptor that it was made from."""
    for owned in file.data:
        if isinstance(owned, Ref) and owned.obj not in (MANAGED, UNTRACKED):
            state.close_descriptor(owned.obj)


def file_method(explorer: Explorer, call: Call, base: Ref, state: State) -> int:
    """A method of a path, of a handle or of a path's text."""
    state[call.dest] = UNKNOWN
    ends = explorer.knowledge.effect(f"{HANDLE}.{call.name}", Ends) is not None
    ends_it = explorer.obligation is Obligation.HANDLE or is_by_scope(explorer)
    if ends and ends_it and base.obj == TRACKED and alive(state):
        return explorer.discharge("released", call.node, call.name)
    by_role = _handle_method if base.role is Role.HANDLE else _path_method
    return by_role(explorer, call, base, state)


def _handle_method(explorer: Explorer, call: Call, base: Ref, state: State) -> int:
    if call.name == "__enter__":
        state[call.dest] = base
        return call.node.next
    if call.name == "cleanup" and explorer.obligation is Obligation.NAME:
        return explorer.delete(call, base, state)
    state[call.dest] = new_unknown(explorer, call.node, state)
    if _is_benign(explorer, call) or explorer.knowledge.effect(f"{HANDLE}.{call.name}", Ends) is not None:
        return call.node.next
    if explorer.knowledge.effect(f"{FILE}.{call.name}", Raises) is not None:
        risk_of_file(explorer, call, written_by_handle(explorer, base), state)
        return call.node.next
    if base.obj == TRACKED and says_delete(call.name) and _is_of_tempfile(explorer):
        explorer.risk(call.node, state)  # a file object has no such method
        return call.node.next
    return explorer.opaque(call, state)


def _path_method(explorer: Explorer, call: Call, base: Ref, state: State) -> int:
    row = explorer.knowledge.model(f"{PATH}.{call.name}")
    deletes = row.effect(Deletes)
    if deletes is not None and not (call.name == "remove" and call.args):  # of a list
        if is_text(explorer, base):
            explorer.risk(call.node, state)  # a text has no such method
            return call.node.next
        name = "shutil.rmtree" if deletes.whole_tree else f"pathlib.Path.{call.name}"
        return explorer.delete(call.named(name), base, state)
    if row.effect(Moves) is not None and (len(call.args) == 1 or call.name != "replace"):
        return explorer.move_away(call.named(f"pathlib.Path.{call.name}"), base, state)
    if call.name == "replace":  # str.replace
        if _replaces_nothing(call):
            state[call.dest] = base
            return call.node.next
        cut = call.args[1:2] == (v.Const(""),) and base.role is Role.PATH
        state[call.dest] = (
            base if base.role is Role.TEXT else Ref(base.obj, Role.STEM if cut else Role.SIBLING)
        )
        return call.node.next
    if row.effect(Asks) is not None:
        state[call.dest] = existence(explorer, call, base, state)
        return call.node.next
    if row.effect(AsksForLink) is not None:
        state[call.dest] = is_link(base, state, symbols.CalledOn(base, call.name))
        return call.node.next
    derives = row.effect(Derives)
    if derives is not None and not derives.attribute:
        return _derive(explorer, call, base, derives, state)
    if row.effect(Renders) is not None:
        state[call.dest] = Ref(base.obj, Role.CHILD if base.role is Role.CHILD else Role.TEXT)
        return call.node.next
    if row.effect(Makes) is not None:
        return _making_method(explorer, call, base, row, state)
    if base.obj == MANAGED and call.name in frameworks.FACTORY_METHODS:
        explorer.risk(call.node, state)
        state[call.dest] = Ref(MANAGED, Role.PATH)
        return call.node.next
    if _is_benign(explorer, call):
        if call.name in ("startswith", "endswith") and call.args and names_path(base):
            texts = tuple(elements(call.args[0], state)) or call.args[:1]
            state[call.dest] = said_of_path(explorer, call.name, base, texts)
        return call.node.next
    free = base.obj == TRACKED and state.file.stands is Stands.NAMED
    if free and base.role is Role.WRAP and words_of(call.name) & WRITING_WORDS:
        onward = explorer.opaque(call, state)
        note_made(Ref(TRACKED, Role.PATH), state)  # an object that was made with a name, and writes there
        return onward
    return explorer.opaque(call, state)


def _replaces_nothing(call: Call) -> bool:
    """Whether a text is replaced that a temp file's name hardly has on POSIX (backslashes, blanks, quotes), or a
    separator by the one that it is: `path.replace("\\", "/")`."""
    old, new = (*call.args, UNKNOWN, UNKNOWN)[:2]
    if isinstance(old, v.Const) and isinstance(old.value, str) and old.value:
        return old.value.strip("\\ \"'") == ""
    is_separator = isinstance(old, v.Dotted) and old.name in ("os.sep", "os.path.sep")
    return is_separator and new in (v.Const("/"), old)


def _making_method(explorer: Explorer, call: Call, base: Ref, row: Model, state: State) -> int:
    """A method of a path that makes its file, and may open it."""
    makes = row.effect(Makes)
    assert makes is not None
    risk_call(explorer, call, state, row.name)
    if writes_named(base, makes, call, state):
        note_made(base, state)
        if makes.fills:
            risk_call(explorer, call, state, row.name)  # half of it may have been written
    opened = v.Object("file", explorer.ident(call.node), (opened_for(call, 0), *_named(base)))
    state[call.dest] = opened if row.effect(Opens) is not None else UNKNOWN
    return call.node.next


def _is_benign(explorer: Explorer, call: Call) -> bool:
    return explorer.knowledge.effect(f"{ANY}.{call.name}", Benign) is not None


_ROLES = {Relation.CHILD: Role.CHILD, Relation.SIBLING: Role.SIBLING, Relation.STEM: Role.STEM}


def _derive(explorer: Explorer, call: Call, base: Ref, derives: Derives, state: State) -> int:
    """A path made from the one whose method is called."""
    if derives.words:
        state[call.dest] = words_of_command(base)
    elif derives.relation is Relation.SAME or base.role is Role.TEXT:
        state[call.dest] = base
    elif derives.relation is Relation.PARENT:
        state[call.dest] = parent_path(base, state)
    elif derives.relation is Relation.CHILDREN:
        box = new_box(explorer, call.node, "list", ((None, Ref(base.obj, Role.CHILD)),), state)
        state.leave_open(box)
        state[call.dest] = box
    elif derives.cuts and call.args == (v.Const(""),) and base.role is Role.PATH:
        state[call.dest] = Ref(base.obj, Role.STEM)
    else:
        state[call.dest] = Ref(base.obj, _ROLES[derives.relation])
    return call.node.next


def is_by_scope(explorer: Explorer) -> bool:
    """Whether the handle deletes the file that is followed, as long as the process gets that far."""
    return explorer.tracked is not None and explorer.tracked.by_scope


def _is_of_tempfile(explorer: Explorer) -> bool:
    """Whether the handle is what a creator of the library gives."""
    site = explorer.tracked
    return site is not None and site.row is not None and not site.row.deleted_by


def is_text(explorer: Explorer, base: Ref) -> bool:
    """Whether this is what `tempfile` returned, a str: nothing in the body makes a path object of anything."""
    if base.obj != TRACKED or base.role is not Role.PATH or explorer.tracked is None or explorer.depth:
        return False
    site = explorer.tracked
    if site.row is None or site.row.awaited or site.shape not in (Shape.FD_AND_PATH, Shape.DIRECTORY):
        return False
    return site.creator in _RETURN_TEXT and not _makes_paths(explorer.code)


def _makes_paths(code: Code) -> bool:
    """Whether something in the body is called, or is read of something, that is named after paths."""
    names = (
        node.op.name if isinstance(node.op, g.Load) else node.op.attr
        for node in code.nodes
        if isinstance(node.op, g.Load | g.GetAttr)
    )
    return any(("path" in name.lower() and name != "path") or name in ("local", "P") for name in names)


def writes_named(base: Ref, makes: Makes, call: Call, state: State) -> bool:
    """For a name without a file: does this method make one?"""
    if state.file.stands is not Stands.NAMED or base.obj != TRACKED or base.role not in MADE_FROM_NAME:
        return False
    return asks_to_write(makes, call)
