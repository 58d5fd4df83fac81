"""Deletions and consuming moves of the tracked file, by call or by command."""

from __future__ import annotations

import re
from typing import NamedTuple

from tmpleak_lint.analysis.domain import symbols
from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.exceptions import Match, ancestors, catches
from tmpleak_lint.analysis.domain.state import Args, State, alive
from tmpleak_lint.analysis.domain.values import BESIDE, TRACKED, UNKNOWN, Flight, Ref, Role
from tmpleak_lint.analysis.explore.explorer import DEAD, Explorer
from tmpleak_lint.analysis.queries.by_name import words_of
from tmpleak_lint.analysis.queries.records import Call
from tmpleak_lint.analysis.queries.sites import Obligation
from tmpleak_lint.analysis.semantics.holding import (
    elements,
    held_in,
    is_around,
    is_parent,
    is_tracked_or_parent,
    names_file,
    names_whole,
)
from tmpleak_lint.analysis.semantics.inside import Inside
from tmpleak_lint.analysis.semantics.texts import LINE_ENDS, program_of
from tmpleak_lint.flow.graph import Node, Place
from tmpleak_lint.knowledge.exceptions import CATCH_ALL
from tmpleak_lint.knowledge.model import Deletes, Shape
from tmpleak_lint.knowledge.table import deletes_empty_only
from tmpleak_lint.knowledge.words import DELETING_WORDS, SHELL_DELETERS, SHELLS

WRONG_KIND = "of the wrong kind"
_NOT_THERE = frozenset({"FileNotFoundError"})
_FILES = frozenset({Shape.FD_AND_PATH, Shape.HANDLE})


def delete(explorer: Explorer, call: Call, value: object, state: State) -> int:
    """A deletion of what value names."""
    deletes = explorer.knowledge.effect(call.name, Deletes)
    takes_all = deletes is not None and deletes.whole_tree
    if isinstance(value, Ref):
        note_gone(value, state)
        if is_parent(value, state) and value.role is Role.PATH and takes_all:
            return explorer.discharge("released", call.node, call.name, along=True)
        if value.obj == TRACKED and alive(state) and explorer.obligation is Obligation.NAME:
            if fails_on(explorer, call.name, value):
                explorer.discharge("missed", call.node, WRONG_KIND)
                if dict(call.keywords).get("ignore_errors") == v.TRUE or call.args[1:2] == (v.TRUE,):
                    return call.node.next  # and nobody hears of it
                explorer.fail(call.node, state, Flight("OSError"))
                return DEAD
            if value.role is Role.HANDLE or names_file(value, state):
                if (
                    explorer.options.strict
                    and deletes_empty_only(call.name)
                    and _may_be_filled(explorer, call.node, state)
                ):
                    explorer.fail(call.node, state, Flight("OSError"))  # it may have been filled
                return explorer.discharge("released", call.node, call.name)
            if value.role is Role.CHILD or value.role in BESIDE:
                explorer.discharge("missed", call.node, value.role.value)
            if value.role is Role.PARENT and takes_all:
                return explorer.discharge("released", call.node, call.name, along=True)
    elif alive(state) and explorer.obligation is Obligation.NAME:
        if isinstance(value, v.Partial | v.Inst) and explorer.holds(value, state):
            return explorer.discharge("released", call.node, call.name)
        if is_around(value, state) and takes_all:
            return explorer.discharge("released", call.node, call.name, along=True)
    if _is_made_here(value) or (not isinstance(value, Ref) and "dir_fd" in dict(call.keywords)):
        note_unfollowed(explorer, call)
    return call.node.next


def _is_made_here(value: object) -> bool:
    """Whether nothing is known of a value but that some call gave it."""
    while isinstance(value, v.Item | v.Iteration | symbols.Below | symbols.CalledOn):
        value = value.source if isinstance(value, v.Iteration) else value.base
    if isinstance(value, symbols.Called):
        return any(map(_is_made_here, value.given))
    return value is UNKNOWN or isinstance(value, symbols.Produced | symbols.Element)


def note_unfollowed(explorer: Explorer, call: Call) -> None:
    """Write down that something is deleted that can't be followed: who calls this body, and gives it the file, may go
    by what it is called."""
    if explorer.depth:
        explorer.discharge("unfollowed", call.node, call.name)


def deletes_somehow(explorer: Explorer, name: str, args: Args, found: Inside, state: State) -> bool:
    """Whether a function of the project, named after deleting and given the path, deletes something in a way that isn't
    followed (by a descriptor of the directory, by another system's calls): then it is believed."""
    by = [detail for kind, detail in found.endings if kind == "unfollowed"]
    return (
        explorer.obligation is Obligation.NAME
        and alive(state)
        and bool(by)
        and not found.ended("missed")
        and bool(words_of(name) & DELETING_WORDS)
        and bool(args)
        and isinstance(args[0], Ref)
        and names_whole(explorer, args[0], state)
        and (_is_file(explorer, args[0]) or any(not _of_files_only(explorer, each) for each in by))
    )


def _is_file(explorer: Explorer, value: Ref) -> bool:
    """Whether it is a file, and no directory, for all that is known in this body."""
    site = explorer.tracked
    return site is not None and value.obj == TRACKED and site.shape is not Shape.DIRECTORY


def _of_files_only(explorer: Explorer, name: str) -> bool:
    deletes = explorer.knowledge.effect(name, Deletes)
    return deletes is not None and deletes.files_only


class _Used(NamedTuple):
    """The first call after the creation that could put something into the tracked directory."""

    node: int


def note_use(explorer: Explorer, call: Call, func: v.Value, state: State) -> None:
    """Write down that a call could put something into the tracked directory: it is given it, or can find it."""
    if not alive(state) or state.noted(_Used) is not None:
        return
    if any(explorer.holds(each, state) for each in (*call.everything, func)) or any(
        held_in(explorer, stored, state) for stored in state.heap.slots.values()
    ):
        state.note(_Used(call.node.index))


def _may_be_filled(explorer: Explorer, deletion: Node, state: State) -> bool:
    """Whether something may lie in the tracked directory; where it was made elsewhere, nobody knows."""
    first = state.noted(_Used)
    made_here = explorer.tracked is not None and explorer.depth == 0
    return not made_here or (first is not None and first.node != deletion.index)


def fails_on(explorer: Explorer, name: str, value: Ref) -> bool:
    """Whether a deletion is of the wrong kind: a function of paths that gets a file object, one of files that gets a
    directory, one of directories that gets a file."""
    if value.role is Role.HANDLE:
        return name.partition(".")[0] in ("os", "shutil", "posix", "nt")
    site, deletes = explorer.tracked, explorer.knowledge.effect(name, Deletes)
    if site is None or site.row is None or deletes is None or value.role is not Role.PATH:
        return False  # what lies in a directory may well be a file
    if deletes.files_only:
        return site.shape is Shape.DIRECTORY
    return (deletes.trees_only or deletes.empty_only) and site.shape in _FILES


def note_gone(value: object, state: State) -> None:
    """Another file is gone from its place: worth knowing as long as the tracked one isn't made."""
    if not alive(state) and isinstance(value, Ref) and value.obj > 0 and value.role is Role.PATH:
        state.note_gone(value.obj)


def move_away(explorer: Explorer, call: Call, source: object, state: State) -> int:
    """A consuming move: released even when it fails, unless the author reckons with failure there."""
    state[call.dest] = UNKNOWN
    note_gone(source, state)
    if isinstance(source, Ref) and (source.role is Role.HANDLE or names_file(source, state)):
        reckoned = oserror_is_handled(explorer, call.node)
        if reckoned:
            explorer.fail(call.node, state, Flight("OSError", exact=False))
        if is_tracked_or_parent(source, state) and alive(state) and explorer.obligation is Obligation.NAME:
            return explorer.discharge("released", call.node, call.name, along=source.obj != TRACKED)
        return call.node.next
    if (not isinstance(source, Ref) or source.role in (Role.CHILD, *BESIDE)) and not explorer.is_quiet(
        call.node
    ):
        explorer.fail(call.node, state, Flight("OSError", exact=False))
    return call.node.next


def risky(explorer: Explorer, node: Node, state: State) -> int:
    """Go on after something that may raise."""
    explorer.risk(node, state)
    return node.next


def oserror_is_handled(explorer: Explorer, node: Node) -> bool:
    """Whether the operation stands in a try with a handler that can match OSError; who asks for a file that isn't there
    reckons with somebody else who has taken it away."""
    left: Place | None = (
        None  # a clause: the try that it belongs to doesn't cover it, what is around that does
    )
    for place in node.places():
        if left is not None and place.kind == "try" and place.span == left.span:
            continue
        left = place if place.kind in ("handler", "finally", "else") else None
        if place.kind == "try":
            for name in place.handlers:
                if name in _NOT_THERE:
                    continue
                if catches(name, Flight("OSError", exact=False)) is not Match.NO and is_known_exception(name):
                    return True
    return False


def is_known_exception(name: str) -> bool:
    """Whether all bases of an exception class are known."""
    return name in CATCH_ALL or ancestors(name, lambda n: None) is not None


def is_deleting_command(command: object, state: State) -> bool:
    """Whether the command is `rm` and the like, whatever it deletes."""
    words = elements(command, state)
    if words:
        return _deleter_in(words) is not None
    return isinstance(command, Ref) and command.role is Role.COMMAND


def is_in_command(command: v.Value, state: State) -> bool:
    """Whether a command names the tracked file itself."""
    return any(
        isinstance(word, Ref) and word.obj == TRACKED for word in elements(command, state) or [command]
    )


def _deleter_in(words: list[v.Value]) -> int | None:
    """Where in a list of words the program stands, if it is `rm` or the like."""
    spoken = [str(w.value) if isinstance(w, v.Const) else "?" for w in words]
    program = program_of(spoken)
    return spoken.index(program) if program in SHELL_DELETERS else None


def shell_deletes(explorer: Explorer, args: Args, state: State) -> bool:
    """Whether the command that is run deletes the tracked file."""
    for value in args[:1]:
        words = elements(value, state)
        first = _deleter_in(words)
        if first is not None:
            return any(names_whole(explorer, w, state) for w in words[first + 1 :])
        shell = isinstance(words[0], v.Const) and words[0].value in SHELLS if words else False
        if shell and _script_deletes(explorer, words, state):
            return True
        for command in words[1:] if shell else [value]:
            if isinstance(command, Ref) and command.role is Role.COMMAND:
                return is_tracked_or_parent(command, state)
    return False


def _script_deletes(explorer: Explorer, words: list[v.Value], state: State) -> bool:
    """Whether a shell is given a text that deletes what is given behind it: `sh -c 'less "$0"; rm "$0"' path`."""
    texts = [each.value if isinstance(each, v.Const) else None for each in words]
    at = next((i for i, each in enumerate(texts) if isinstance(each, str) and _RUNS_TEXT.match(each)), None)
    if at is None or len(words) <= at + 2 or not isinstance(script := texts[at + 1], str):
        return False
    named: set[str] = set()
    for number, word in enumerate(words[at + 2 :]):
        if names_whole(explorer, word, state):
            named |= {f"${number}", f"${{{number}}}"} | ({"$@", "$*"} if number else set())
    commands = (command.split() for command in LINE_ENDS.split(script))
    return any(
        program_of(command) in SHELL_DELETERS and not named.isdisjoint(word.strip("\"'") for word in command)
        for command in commands
    )


_RUNS_TEXT = re.compile(r"-[a-z]*c$")
