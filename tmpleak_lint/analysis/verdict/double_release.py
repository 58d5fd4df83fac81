"""Deleting what is gone: which deletions of a body find their file deleted already, and fail.

Comes in: the name of a function. Goes out: what the ways on which that happens begin with (the text of what raised
first), for every file that the function makes, handles that delete themselves included. Not a finding: what a fixer
compares before and after.
Not followed: who is lent the file over a `yield`, and objects that outlive the function.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.heap import GlobalName
from tmpleak_lint.analysis.domain.state import Keywords, Stands, State, seed
from tmpleak_lint.analysis.domain.values import TRACKED, Flight, Klass, Ref, Role
from tmpleak_lint.analysis.explore.explorer import DEAD, End, Ending, Explorer, Transfer
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.records import Body, Call, Options, Task
from tmpleak_lint.analysis.queries.sites import Obligation, Site
from tmpleak_lint.analysis.queries.summaries import mode_of
from tmpleak_lint.analysis.semantics.holding import names_file
from tmpleak_lint.analysis.semantics.leaving import on_catches
from tmpleak_lint.analysis.semantics.seeds import seed_of
from tmpleak_lint.analysis.semantics.table import TRANSFER, FullExplorer
from tmpleak_lint.analysis.verdict.correlating import atoms_of
from tmpleak_lint.analysis.verdict.holders import Lasting, holders
from tmpleak_lint.analysis.verdict.owners import Kept, who_deletes_global
from tmpleak_lint.analysis.verdict.project_context import ProjectContext
from tmpleak_lint.analysis.verdict.witness import snippet
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code, Node
from tmpleak_lint.knowledge.model import Enters, Shape
from tmpleak_lint.knowledge.words import BEARING_PARAMETERS
from tmpleak_lint.model import Location

MODULE = "<module>"
_MISSING = Flight("FileNotFoundError")
_OURS = frozenset({Role.PATH, Role.HANDLE, Role.CHILD})


@dataclasses.dataclass(frozen=True, slots=True)
class Again:
    """A note: a second deletion is in flight."""


@dataclasses.dataclass(frozen=True, slots=True)
class Caught:
    """A note: a handler met the second deletion."""


@dataclasses.dataclass(frozen=True, slots=True)
class Due:
    """A note: a deletion is registered; whether it fails if the file is gone by then."""

    fails: bool


def double_releases(
    project: Project, module: Module, function: str, is_asked: Callable[[Location], bool] | None = None
) -> frozenset[str]:
    """The ways of a function on which a file is deleted that is gone, and that isn't borne, by what they begin with.
    `is_asked`: for which files, by the place where they are made."""
    found: set[str] = set()
    for body in bodies_named(project, module, function):
        context = ProjectContext(project)
        for site in context.sites_of(body):
            if is_asked is None or is_asked(site.span.start):
                found |= _of_site(context, body, site)
    return frozenset(found)


def bodies_named(project: Project, module: Module, function: str) -> Iterator[Body]:
    """The bodies of a qualified name, nested ones included; that of the module by its own name."""
    known = function
    while known and known not in module.source.skeleton.defs:
        known = known.rpartition(".")[0]
    func = v.Func(module.key, known)
    code = project.code(func) if known else None
    work: list[tuple[Code | None, Klass | None]] = (
        [(code, project.owner_of(func))] if code is not None else []
    )
    if function in module.source.skeleton.classes:
        work.append((module.source.class_body(function), Klass(module.key, function)))
    if function == MODULE:
        work.append((module.source.module_body, None))
    while work:
        body, owner = work.pop()
        if body is None:
            continue
        if body.qualname == function:
            yield Body(module, body, owner)
        work += [(inner, None) for inner in body.nested]
        for shape in body.classes:
            klass = Klass(module.key, shape.qualname, shape)
            work += [(method, klass) for method in shape.methods.values()]


def _of_site(context: ProjectContext, body: Body, site: Site) -> set[str]:
    """The ways on which a deletion of one file comes too late; walked once more with the conditions that correlate."""
    tracked = dataclasses.replace(site, owned=True)
    sites = tuple(tracked if each is site else each for each in context.sites_of(body))
    options = Options()
    while True:
        inner = DoubleReleaseExplorer(
            context, Task(body, sites, Obligation.NAME, tracked, options, mode_of(body.code))
        )
        inner.deletes_itself = not site.owned or site.by_scope
        result = inner.run(seed_of(context, body))
        found = {_beginning(inner, end) for end in result.ends if _comes_too_late(inner, body.owner, end)}
        atoms = atoms_of(body.code, result)
        if not found or not atoms or options.atoms:
            return found
        options = Options(atoms=atoms)


def _comes_too_late(inner: Explorer, owner: Klass | None, end: End) -> bool:
    """Whether something was deleted twice on the way to this end, or will be by who still has the name."""
    state = end.state
    gone, due = state.file.stands is Stands.GONE, state.noted(Due)
    if not gone and due is None:
        return False
    if state.noted(Caught) is not None or (gone and due is not None and due.fails):
        return True
    if end.raised and state.noted(Again) is not None and state.flight == _MISSING:
        return True
    held: Lasting = {
        slot: x for slot, x in holders(inner, state, owner).items() if isinstance(slot, GlobalName)
    }
    return (
        bool(held)
        and who_deletes_global(inner.context, inner.module, seed(held), Obligation.NAME) is not Kept.NOBODY
    )


def _beginning(inner: Explorer, end: End) -> str:
    """The text of what raised first on the way to an end, "" where nothing did."""
    created = set(inner.result.created.values())
    found = ""
    for item, step in inner.result.trace.back(end.item):
        if item in created:
            break
        if step.how in ("raise", "exit") and step.via >= 0:
            found = snippet(inner.module, inner.nodes[step.via].span)
    return found


def _note_caught(explorer: Explorer, node: Node, op: g.Catches, state: State) -> int:
    """A handler that meets the failure of a second deletion does what it wasn't written for."""
    is_ours = state.noted(Again) is not None and state.get(op.error) == _MISSING
    onward = on_catches(explorer, node, op, state)
    if is_ours and onward == node.next:
        state.note(Caught())
    return onward


class DoubleReleaseExplorer(FullExplorer):
    """Walks on after the deletion: the file is gone then, and deleting it once more raises."""

    transfer: ClassVar[Mapping[type, Transfer]] = {**TRANSFER, g.Catches: _note_caught}
    deletes_itself = False  # the tracked file goes with its handle
    _forgiving = False

    def discharge(self, kind: Ending, node: Node, detail: str = "", *, along: bool = False) -> int:
        super().discharge(kind, node, detail, along=along)
        node = self.nodes[node.index]
        registered = kind == "managed" and isinstance(node.op, g.Call) and node.index not in self.site_at
        if self.current.file.stands is Stands.GONE or (kind != "released" and not registered):
            return DEAD
        if registered:
            rows = self.module.source.lines[node.span.start.row - 1 : node.span.end.row]
            words = (*BEARING_PARAMETERS, *self.knowledge.tails(Enters))
            self.current.note(Due(not any(word in row for row in rows for word in words)))
        else:
            self.current.become(Stands.GONE)
        dest = getattr(node.op, "dest", None)
        if dest is not None:
            self.current.setdefault(dest, v.UNKNOWN)
        return node.next

    def external(self, call: Call, state: State) -> int | None:
        self._forgiving = _bears_it(call.keywords) or (
            call.name == "shutil.rmtree" and len(call.args) > 1 and call.args[1] != v.FALSE
        )
        return super().external(call, state)

    def file_method(self, call: Call, base: Ref, state: State) -> int:
        self._forgiving = _bears_it(call.keywords) or bool(call.args)
        return super().file_method(call, base, state)

    def delete(self, call: Call, value: object, state: State) -> int:
        if state.file.stands is not Stands.GONE:
            return super().delete(call, value, state)
        if self._forgiving or not self._is_ours(value, state):
            return call.node.next
        return self._fail_again(call.node, state)

    def move_away(self, call: Call, source: object, state: State) -> int:
        if state.file.stands is Stands.GONE and self._is_ours(source, state):
            return self._fail_again(call.node, state)
        return super().move_away(call, source, state)

    def leave(self, node: Node, op: g.Leave, state: State) -> int:
        manager = state.get(op.manager)
        if not self.deletes_itself or not isinstance(manager, Ref) or manager.obj != TRACKED:
            return super().leave(node, op, state)
        if (
            state.file.stands is Stands.GONE
            and self.tracked is not None
            and self.tracked.shape is not Shape.DIRECTORY_HANDLE
        ):
            return self._fail_again(node, state)
        state.become(Stands.GONE)
        return node.next

    def _is_ours(self, value: object, state: State) -> bool:
        if not isinstance(value, Ref) or value.obj != TRACKED:
            return False
        return value.role in _OURS or names_file(value, state)

    def _fail_again(self, node: Node, state: State) -> int:
        state.note(Again())
        self.fail(node, state, _MISSING)
        return DEAD


def _bears_it(keywords: Keywords) -> bool:
    return any(name in BEARING_PARAMETERS and value != v.FALSE for name, value in keywords)
