"""Where a body creates temp files: its own calls of creators, and calls of helpers that hand a file over.

Comes in: a body whose calls can be resolved. Goes out: its `Site`s in source order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from tmpleak_lint.analysis.domain.heap import Slot, Stored
from tmpleak_lint.analysis.domain.values import Value
from tmpleak_lint.analysis.queries.delete_option import deletes_itself
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.resolver import Called, Statics, readers_of
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge.model import SELF_DELETING_SHAPES, Creates, Moment, Shape
from tmpleak_lint.model import Span, Step


class Obligation(StrEnum):
    """What is owed: the deletion of the name, the closing of the descriptor, or of a self-deleting handle."""

    NAME = "name"
    DESCRIPTOR = "descriptor"
    HANDLE = "handle"


@dataclass(frozen=True, slots=True)
class Handed:
    """One way in which a helper hands a file over: what it returns, what it leaves on `self`, and where
    it was made."""

    value: Value
    heap: tuple[tuple[Slot, Stored], ...]
    created: tuple[Step, ...]
    shape: Shape
    creator: str
    sometimes_managed: bool = False
    coroutine: bool = False
    inside: str = ""  # the parameter, or the variable around it, that names the directory it was made in
    inside_at: int | None = None  # where it stands in the tuple that this is given
    in_temp_root: bool = False  # made where `tempfile` makes files that nobody names a directory for
    made_in: str = ""  # the function that creates it
    cells: tuple[tuple[str, Value], ...] = ()  # variables of the enclosing body that it is put in
    once: bool = False  # it asks them first whether there is one
    named: bool = False  # all that is handed over is a name, under which nothing lies yet
    at_times_named: bool = False  # the same on some of the ways

    @property
    def unwitnessed(self) -> Handed:
        """The same, wherever it was made."""
        return replace(self, created=(), made_in="")


@dataclass(frozen=True, slots=True)
class Site:
    """One creating call. The copies of a finally body make several nodes of one call."""

    number: int
    nodes: frozenset[int]
    span: Span
    creator: str
    shape: Shape
    owned: bool  # the deletion is owed (False for self-deleting handles)
    row: Creates | None = None
    handed: Handed | None = None
    dropped: bool = (
        False  # only the name of a self-deleting handle is kept: the file is gone or closed, the name is left
    )
    moment: Moment | None = None  # when it is made, if a runner was given the creator
    option: Value | None = None  # the creator, where the call may be one of another callable
    passed: bool = False  # the creator is what some caller in the module passes
    by_scope: bool = False  # its handle deletes it, unless the process ends before that

    @property
    def asks_tempfile(self) -> bool:
        """Whether it lies where `tempfile` says, if no directory is named."""
        if self.handed is not None:
            return self.handed.in_temp_root
        return self.row is not None and self.row.dir_position is not None


Helper = Callable[[Value], tuple[Handed, ...]]


def find_sites(statics: Statics, helper: Helper) -> tuple[Site, ...]:
    """All creation sites of a body, in source order."""
    by_span: dict[tuple[Span, str], list[int]] = {}
    found: dict[tuple[Span, str], tuple[Called, Handed | None, Value | None]] = {}
    for index, node in enumerate(statics.code.nodes):
        options = statics.each_called(node.op) if isinstance(node.op, g.Call) else ()
        for number, called in enumerate(options):
            which = f"{number}:" if number else ""
            creates = called.row.effect(Creates)
            if creates is not None:
                if _makes_one(statics, called, creates):
                    by_span.setdefault((node.span, which), []).append(index)
                    found[node.span, which] = (called, None, _option(statics, node.op, called))
                continue
            for position, given in enumerate(helper(called.target)):
                if any(name not in statics.code.local_names for name, _ in given.cells):
                    continue  # another body's variables
                key = (node.span, f"{which}{position}")
                by_span.setdefault(key, []).append(index)
                found[key] = (called, given, _option(statics, node.op, called))
    in_order = sorted(by_span.items(), key=lambda pair: pair[0])
    return tuple(
        _site(statics, _Made(number, key[0], frozenset(nodes), *found[key]))
        for number, (key, nodes) in enumerate(in_order, start=1)
    )


def _option(statics: Statics, op: g.Op, called: Called) -> Value | None:
    """What is called, where it is one of several callables."""
    return called.target if statics.is_choice(op) else None


class _Made(NamedTuple):
    """One creation of a body: where it stands, by which nodes, what is called, what that hands over; `option`: which of
    several callables is called there, where it is one of several."""

    number: int
    span: Span
    nodes: frozenset[int]
    called: Called
    handed: Handed | None
    option: Value | None


def _site(statics: Statics, made: _Made) -> Site:
    passed = any(statics.is_passed(statics.code.nodes[n].op) for n in made.nodes)
    if made.handed is not None:
        creator, shape, owned = made.handed.creator, made.handed.shape, True
        creates, dropped, by_scope = None, False, False
    else:
        creates = made.called.row.effect(Creates)
        assert creates is not None
        creator, shape, nodes = made.called.row.tail, creates.shape, sorted(made.nodes)
        owned = shape not in SELF_DELETING_SHAPES or not deletes_itself(
            statics, made.called, creates, _made_at(statics, nodes)
        )
        dropped = not owned and (
            _only_name_is_read(statics, nodes)
            or all(_is_closed_at_once(statics, each, shape) for each in nodes)
        )
        by_scope = not owned and not dropped and ends_process(statics.project, statics.code)
    return Site(
        made.number,
        made.nodes,
        made.span,
        creator,
        shape,
        owned or dropped or by_scope,
        creates,
        made.handed,
        dropped=dropped,
        by_scope=by_scope,
        moment=made.called.moment,
        option=made.option,
        passed=passed,
    )


@question()
def ends_process(project: Project, code: Code) -> bool:
    """Whether a body has a call that ends the process on the spot: no `with`, no `finally`, nothing registered runs."""
    ending = project.knowledge.ending_the_process
    return any(
        (isinstance(node.op, g.GetAttr) and node.op.attr in ending)
        or (isinstance(node.op, g.Load) and node.op.name in ending)
        for node in code.nodes
    )


def _makes_one(statics: Statics, called: Called, creates: Creates) -> bool:
    """Whether this call of a creator makes a file that somebody has to delete."""
    given = called.argument(*creates.unless_given) if creates.unless_given is not None else None
    if given is not None and given.literal is not None:
        return False
    if creates.unless_said and creates.unless_said in statics.module.source.text:
        return False
    first = called.given[0] if creates.unless_first and called.given else None
    return first is None or not statics.beginning(first).startswith(creates.unless_first)


def _only_name_is_read(statics: Statics, calls: list[int]) -> bool:
    """`NamedTemporaryFile().name`: nothing but the name of the handle is ever used."""
    made = _made_at(statics, calls)
    readers = [op for temp in made for op in readers_of(statics.project, statics.code, temp)]
    return bool(readers) and all(isinstance(op, g.GetAttr) and op.attr == "name" for op in readers)


def _is_closed_at_once(statics: Statics, call: int, shape: Shape) -> bool:
    """`f = NamedTemporaryFile()`, `f.close()`, or a `with` that only asks for the name: that is all that is left, for
    somebody else to write there. Until it is closed the name may be read, and nothing else may happen."""
    nodes = statics.code.nodes
    made = nodes[call].op
    assert isinstance(made, g.Call)
    holders: set[int | str] = {made.dest}  # temporaries and names that have the handle
    closers: set[int] = set()
    at, variable = nodes[call].next, False
    met: set[int] = set()  # a loop that never ends leads back here
    while at != g.NO_EDGE and at not in met:
        met.add(at)
        match nodes[at].op:
            case g.Store(name=name, src=src) if src in holders:
                holders.add(name)
                variable = True
            case g.Store(name=name):
                holders.discard(name)
            case g.Load(dest=dest, name=name) if name in holders:
                holders.add(dest)
            case g.Move(dest=dest, src=src) if src in holders:
                holders.add(dest)
            case g.Enter(dest=dest, manager=src, awaits=False) if src in holders and shape is Shape.HANDLE:
                holders.add(dest)  # that of a directory gives its path
            case g.Leave(manager=src, error=None, awaits=False) if src in holders:
                return variable
            case g.GetAttr(dest=dest, obj=obj, attr="close") if obj in holders:
                closers.add(dest)
            case g.Call(func=func, args=()) if func in closers:
                return variable
            case g.GetAttr(attr="name") | g.Load() | g.Move() | g.Jump():
                pass
            case _:
                return False
        at = nodes[at].next
    return False


def _made_at(statics: Statics, calls: list[int]) -> frozenset[int]:
    """The temporaries that these calls write."""
    return frozenset(op.dest for index in calls if isinstance(op := statics.code.nodes[index].op, g.Call))
