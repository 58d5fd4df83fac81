"""Calls of os.path and pathlib: the same file, a child, a sibling, its parent; and whether it is there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeGuard

from tmpleak_lint.analysis.domain import symbols
from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.state import Args, Stands, State, alive
from tmpleak_lint.analysis.domain.values import BESIDE, TRACKED, UNKNOWN, Ref, Role, Value
from tmpleak_lint.analysis.explore.explorer import Explorer
from tmpleak_lint.analysis.queries.by_name import words_of
from tmpleak_lint.analysis.queries.records import Call
from tmpleak_lint.analysis.semantics.conditions import is_plain
from tmpleak_lint.analysis.semantics.containers import new_box
from tmpleak_lint.analysis.semantics.holding import elements, is_parent, names_file
from tmpleak_lint.knowledge.model import ANY, Derives, Launches, Makes, Relation, Shape
from tmpleak_lint.knowledge.table import Knowledge
from tmpleak_lint.knowledge.words import (
    COMMAND_WORDS,
    FORMATS,
    READING_WORDS,
    TARGET_PARAMETERS,
    TARGET_WORDS,
    WRITING_WORDS,
)

# A name from mktemp may get an ending before the file is made.
MADE_FROM_NAME = frozenset({Role.PATH, *BESIDE})
_INTO_FORMAT = re.compile(r"(?:to|from)_?(\w+)")


def derive(explorer: Explorer, call: Call, effect: Derives, state: State) -> int:
    """A path that is made from another one."""
    first = call.args[effect.at] if effect.at < len(call.args) else UNKNOWN
    state[call.dest] = UNKNOWN
    match effect.relation:
        case Relation.SAME if effect.words:
            state[call.dest] = words_of_command(first)
        case Relation.SAME if effect.joins and len(call.args) > 1:
            state[call.dest] = join_paths(call.args)
        case Relation.SAME:
            state[call.dest] = same_path(first, effect)
            if effect.quotes and isinstance(first, v.Box | v.Seq) and explorer.holds(first, state):
                state[call.dest] = Ref(TRACKED, Role.TEXT)
        case Relation.CHILD:
            state[call.dest] = _upwards(call.args, state) or join_paths(call.args)
        case Relation.PARENT:
            state[call.dest] = parent_path(first, state)
        case Relation.PARENT_AND_NAME:
            state[call.dest] = v.Seq((parent_path(first, state), _part(call, first)))
        case Relation.SIBLING:
            state[call.dest] = Ref(first.obj, Role.SIBLING) if isinstance(first, Ref) else UNKNOWN
        case Relation.STEM:
            state[call.dest] = Ref(first.obj, Role.STEM) if isinstance(first, Ref) else UNKNOWN
        case Relation.STEM_AND_ENDING:
            stem = Ref(first.obj, Role.STEM) if isinstance(first, Ref) else UNKNOWN
            state[call.dest] = v.Seq((stem, _part(call, first)))
        case Relation.CHILDREN:
            list_matching(explorer, call, first, state)
    return call.node.next


def _part(call: Call, path: Value) -> Value:
    """The last of what a path is taken apart into: of the same path it is the same."""
    return UNKNOWN if not is_plain(path) else symbols.Called(call.name, (path, "last"))


def words_of_command(text: Value) -> Value:
    """What a text is split into: the words of a command still delete what it does."""
    return text if isinstance(text, Ref) and text.role is Role.COMMAND else UNKNOWN


def same_path(first: Value, effect: Derives) -> Value:
    """A conversion that leaves the path what it is."""
    if effect.alike and not isinstance(first, Ref):
        return first
    if isinstance(first, Ref):
        if first.role is Role.HANDLE and not effect.quotes:
            return Ref(first.obj, Role.PATH)
        return first
    if isinstance(first, v.Const):
        return first if effect.opens and effect.quotes else UNKNOWN  # str() of a text is that text
    if isinstance(first, v.Member | v.Global | v.Item) or (isinstance(first, v.Sym) and first is not UNKNOWN):
        return first
    return UNKNOWN


def parent_path(first: Value, state: State) -> Value:
    """The directory that a path lies in: a temp directory where the file was made in one."""
    if isinstance(first, Ref) and first.role not in (Role.TEXT, Role.COMMAND):
        around = state.file.directory_of(first.obj) if first.role is Role.PATH else None
        if around is not None:
            return Ref(around, Role.PATH)
        return Ref(first.obj, Role.PATH if first.role is Role.CHILD else Role.PARENT)
    if isinstance(first, symbols.Below) and first.name is not None:
        return first.base
    return UNKNOWN


def _upwards(args: Args, state: State) -> Value | None:
    """What is joined of a path and nothing but `..`; None for anything else."""
    ups = (v.Const(".."), v.Dotted("os.pardir"), v.Dotted("os.path.pardir"))
    if len(args) < 2 or any(each not in ups for each in args[1:]):
        return None
    found = args[0]
    for _ in args[1:]:
        found = parent_path(found, state)
    return found


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
    return below(args[0], args[1:]) if args else UNKNOWN


def below(base: Value, names: Sequence[object]) -> Value:
    """A path below one that isn't followed; UNKNOWN where it isn't known at all, or a name leads elsewhere: it is
    absolute, or goes upwards."""
    if isinstance(base, v.Member | v.Global):
        return v.Item(base, "child")
    if not isinstance(base, v.Sym) or base is UNKNOWN:
        return UNKNOWN
    texts = [each.value if isinstance(each, v.Const) else each for each in names]
    known = all(isinstance(each, str) for each in texts)
    if any(isinstance(each, str) and _leads_elsewhere(each) for each in texts):
        return UNKNOWN
    return symbols.below(base, "/".join(map(str, texts)).strip("/\\") if known else None)


def _leads_elsewhere(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/")


def existence(explorer: Explorer, call: Call, value: object, state: State) -> Value:
    """Is it there? Known of what was made here and not deleted yet."""
    if isinstance(value, Ref) and alive(state) and is_parent(value, state):
        return v.TRUE
    if explorer.tracked is None and not alive(state) and isinstance(value, Ref) and value.role is Role.PATH:
        site = next((s for s in explorer.site_at.values() if s.number == value.obj), None)
        if (
            site is not None
            and site.shape is not Shape.NAME
            and _suits(call.name, site.shape is Shape.DIRECTORY)
        ):
            return v.Const(value.obj not in state.file.gone)
    mine = isinstance(value, Ref) and value.obj == TRACKED and _is_it(value, state)
    if mine and alive(state) and state.file.stands is not Stands.NAMED and is_of_kind(explorer, call.name):
        return v.Const(state.file.stands is not Stands.GONE)
    return symbols.Existence(value, explorer.ident(call.node) if not isinstance(value, Ref) else None)


def _is_it(value: Ref, state: State) -> bool:
    return value.role is Role.HANDLE or names_file(value, state)


def is_link(value: object, state: State, otherwise: Value) -> Value:
    """Is it a link or the like? What was made here isn't."""
    mine = isinstance(value, Ref) and value.obj == TRACKED and _is_it(value, state)
    return v.FALSE if mine and alive(state) else otherwise


def is_of_kind(explorer: Explorer, name: str) -> bool:
    """isfile of a directory says no, of course."""
    directory = explorer.tracked is not None and explorer.tracked.shape is Shape.DIRECTORY
    if explorer.tracked is None or explorer.tracked.shape is Shape.NAME:
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
    if target.role in BESIDE:
        state.file = state.file._replace(ended=True)


def made_by(knowledge: Knowledge, call: Call, state: State) -> Ref | None:
    """For a name without a file: the path under which this call makes one, None when it doesn't make it."""
    if state.file.stands is not Stands.NAMED:
        return None
    makes = knowledge.effect(call.name, Makes)
    if makes is None:
        return None
    keywords = dict(call.keywords)
    named = next((keywords[key] for key in TARGET_PARAMETERS if key in keywords), UNKNOWN)
    target = call.args[makes.at] if makes.at < len(call.args) else named
    if makes.directory and call.name.endswith("makedirs") and isinstance(target, Ref):
        target = Ref(target.obj, Role.PATH) if target.role is Role.CHILD else target
    if not is_free_name(target):
        return None
    return target if asks_to_write(makes, call) else None


def written_under(knowledge: Knowledge, call: Call, state: State) -> Ref | None:
    """For a name without a file: the path under which a call that isn't in reach makes one, as far as its words say.

    Where nothing lies yet there is nothing to read: a program that is told the name, a function that is called after
    writing, or whose parameter is, makes the file; one that is called after reading has found what somebody made. An
    object that is made with the name is no file yet.
    """
    tail = call.name.rpartition(".")[2]
    if state.file.stands is not Stands.NAMED or tail[:1].isupper():
        return None
    if knowledge.effect(call.name, Makes) is not None:
        return None  # `open(name)`: the table says when that makes a file
    if (made := made_by(knowledge, call.named(f"{ANY}.{tail}"), state)) is not None:
        return made
    words = words_of(tail)
    runs = knowledge.effect(f"{ANY}.{tail}", Launches) is not None or bool(words & COMMAND_WORDS)
    if runs:
        for given in call.everything:
            for word in elements(given, state):
                if is_free_name(word):
                    return word
            if isinstance(given, Ref) and given.obj == TRACKED and given.role is Role.TEXT:
                return Ref(TRACKED, Role.PATH)
    writes = bool(words & (WRITING_WORDS | READING_WORDS)) or is_of_format(tail)
    told = [
        *(call.args if writes else ()),
        *(value for key, value in call.keywords if writes or words_of(key) & TARGET_WORDS),
    ]
    return next((value for value in told if is_free_name(value)), None)


def is_of_format(name: str) -> bool:
    """Whether a function is named after what it turns into a format, or makes of one.

    >>> [name for name in ("to_csv", "toxlsx", "fromJSON", "total", "to_thread") if is_of_format(name)]
    ['to_csv', 'toxlsx', 'fromJSON']
    """
    found = _INTO_FORMAT.fullmatch(name)
    return found is not None and found.group(1).lower() in FORMATS


def is_free_name(value: object) -> TypeGuard[Ref]:
    """Whether it is the name that is followed, or that with an ending."""
    return isinstance(value, Ref) and value.obj == TRACKED and value.role in MADE_FROM_NAME


def asks_to_write(makes: Makes, call: Call) -> bool:
    """Whether a call that may make the file it is given the name of is asked to."""
    keywords = dict(call.keywords)
    if makes.mode_at is not None:
        mode = (
            call.args[makes.mode_at] if makes.mode_at < len(call.args) else keywords.get("mode", v.Const("r"))
        )
        return not isinstance(mode, v.Const) or any(letter in str(mode.value) for letter in "wax+")
    if makes.flags_at is not None:
        given = (
            call.args[makes.flags_at] if makes.flags_at < len(call.args) else keywords.get("flags", UNKNOWN)
        )
        return any(name.endswith("O_CREAT") for name in flags_in(given))
    return True


def flags_in(value: Value) -> tuple[str, ...]:
    """The names of the flags that are joined by `|`."""
    match value:
        case v.Dotted(name=name):
            return (name,)
        case symbols.Flags(names=names):
            return names
    return ()


def list_matching(explorer: Explorer, call: Call, first: Value, state: State) -> None:
    """What lies in a directory, or fits a pattern made from a path."""
    held: tuple[tuple[object, Value], ...] = ()
    if isinstance(first, Ref):
        role = Role.PATH if first.role in BESIDE else Role.CHILD
        held = ((None, Ref(first.obj, role)),)
    box = new_box(explorer, call.node, "list", held, state)
    state.leave_open(box)
    state[call.dest] = box
