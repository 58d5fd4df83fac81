"""TML404: a file that is deleted, moved or (a self-deleting one) opened again while its own handle is open.

Comes in: a body. Goes out: a finding for each file that Windows would refuse this for. A handle that nothing
refers to any more counts as closed, and a descriptor that was passed to an unknown call may be. Silent where
the descriptor's own leak is reported already, and in code that asks which system it runs on. Not handled:
handles entered into an ExitStack or `contextlib.closing`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.state import State, alive
from tmpleak_lint.analysis.domain.values import TRACKED, UNKNOWN, Klass, Ref, Role, Value
from tmpleak_lint.analysis.explore.explorer import DEAD, End, Ending
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.records import Body, Call, Task
from tmpleak_lint.analysis.queries.resolver import Statics
from tmpleak_lint.analysis.queries.sites import Obligation, Site
from tmpleak_lint.analysis.semantics.table import FullExplorer
from tmpleak_lint.analysis.verdict.judge import Verdict
from tmpleak_lint.analysis.verdict.optin.building import text_of
from tmpleak_lint.analysis.verdict.optin.telling import Told, dest_of, is_bound, step, tell, walk_for
from tmpleak_lint.analysis.verdict.project_context import ProjectContext
from tmpleak_lint.analysis.verdict.study import Study, study
from tmpleak_lint.analysis.verdict.witness import snippet, what
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code, Node
from tmpleak_lint.knowledge.model import HANDLE, PATH, Ends, OpensNamed, Shape
from tmpleak_lint.model import Event, Finding

REFUSED: Ending = "refused"
_SYSTEM = re.compile(r"\bos\.name\b|win32|platform|windows|is_?win|\bnt\b|posix", re.IGNORECASE)
_VERBS = {"open": "opened again", "move": "moved", "delete": "deleted"}


@dataclass(frozen=True, slots=True)
class Kept:
    """A note: a `with` holds the handle, or the file came with a descriptor, which nothing collects."""


class OpenExplorer(FullExplorer):
    """A way ends when the handle is closed or when the file is touched by name before that."""

    # -- is it open? ------------------------------------------------------------------------------

    def is_open(self, state: State) -> bool:
        if not alive(state) or TRACKED in state.file.closed:
            return False
        if state.noted(Kept) is not None:
            return True
        named = (value for name, value in state.items() if type(name) is not int)
        heap = state.heap
        return any(map(self._refers, (*named, *heap.slots.values(), *heap.enclosing.values(), state.result)))

    def _refers(self, value: object) -> bool:
        """Whether a value keeps the handle from being collected."""
        match value:
            case Ref(obj=obj, role=role):
                return obj == TRACKED and role in (Role.HANDLE, Role.WRAP)
            case v.Seq(items=items):
                return any(self._refers(i) for i in items)
            case v.Object(data=data):
                return any(self._refers(i) for i in data)
            case v.Member(base=base):
                return self._refers(base)
            case tuple():
                return any(self._refers(i) for i in value)
        return False

    def _touch(self, node: Node, how: str, value: object, state: State) -> int | None:
        """Something is done to the file by name; None when it isn't this file or the handle is closed."""
        mine = isinstance(value, Ref) and value.obj == TRACKED and value.role is Role.PATH
        return self.discharge(REFUSED, node, how) if mine and self.is_open(state) else None

    def create(self, call: Call, site: Site, state: State) -> int:
        before = alive(state)
        after = super().create(call, site, state)
        if alive(state) and not before and site.shape is Shape.FD_AND_PATH:
            state.note(Kept())  # called functions see it as well, where nothing is tracked
        return after

    # -- what touches it --------------------------------------------------------------------------

    def delete(self, call: Call, value: object, state: State) -> int:
        if self._touch(call.node, "delete", value, state) is not None:
            return DEAD
        if isinstance(value, Ref) and value.obj == TRACKED and value.role is Role.PATH:
            return DEAD  # gone after the handle was closed
        return call.node.next

    def move_away(self, call: Call, source: object, state: State) -> int:
        if self._touch(call.node, "move", source, state) is not None:
            return DEAD
        return super().move_away(call, source, state)

    def external(self, call: Call, state: State) -> int | None:
        opens = self.knowledge.effect(call.name, OpensNamed)
        target = call.args[opens.at] if opens is not None and opens.at < len(call.args) else UNKNOWN
        if self._locks() and self._touch(call.node, "open", target, state) is not None:
            return DEAD
        return super().external(call, state)

    def _locks(self) -> bool:
        """A handle that deletes its file lets nobody else open it."""
        return self.tracked is not None and (not self.tracked.owned or self.tracked.by_scope)

    # -- what closes it ---------------------------------------------------------------------------

    def file_method(self, call: Call, base: Ref, state: State) -> int:
        opens = self.knowledge.effect(f"{PATH}.{call.name}", OpensNamed) is not None and self._locks()
        if opens and self._touch(call.node, "open", base, state) is not None:
            return DEAD
        ends = self.knowledge.effect(f"{HANDLE}.{call.name}", Ends) is not None
        if ends and base == Ref(TRACKED, Role.PATH):
            return call.node.next
        return super().file_method(call, base, state)

    def enter(self, node: Node, op: g.Enter, state: State) -> int:
        manager = state.get(op.manager, UNKNOWN)
        if manager == Ref(TRACKED, Role.HANDLE):
            state.note(Kept())
            state[op.dest] = manager
            return node.next
        return super().enter(node, op, state)

    def leave(self, node: Node, op: g.Leave, state: State) -> int:
        if state.get(op.manager) == Ref(TRACKED, Role.HANDLE):
            return DEAD
        return super().leave(node, op, state)

    def open_file(self, call: Call, state: State) -> int:
        first = call.args[0] if call.args else dict(call.keywords).get("file", UNKNOWN)
        after = super().open_file(call, state)
        if first == Ref(TRACKED, Role.FD) and not is_bound(self.project, self.code, call.dest):
            state.close_descriptor(TRACKED)  # `os.fdopen(fd).read()`: the file object is collected at once
        return after

    def opaque(self, call: Call, state: State) -> int:
        after = super().opaque(call, state)
        if any(self._has_descriptor(a) for a in call.everything):
            state.close_descriptor(TRACKED)  # who gets a bare descriptor may close it
        return after

    def _has_descriptor(self, value: Value) -> bool:
        mine = Ref(TRACKED, Role.FD)
        return value == mine or (isinstance(value, v.Seq) and mine in value.items)


def deleted_while_open(project: Project, body: Body) -> Iterator[Told]:
    """The files of a body that are deleted, moved or opened again under an open handle."""
    code = body.code
    if _asks_for_system(project, body.module, code):
        return
    context = ProjectContext(project)
    sites = context.sites_of(body)
    statics: Statics | None = None
    for site in sites:
        if site.handed is not None or site.shape not in (Shape.HANDLE, Shape.FD_AND_PATH):
            continue
        if site.shape is Shape.HANDLE and not is_bound(project, code, dest_of(site, code)):
            continue
        statics = statics or Statics(project, *body)
        if _may_be_reopened(site, code, statics):
            continue
        verdict = walk_for(OpenExplorer, project, Task(body, sites, Obligation.HANDLE, site), _judge_end)
        known = study(context, body)
        if verdict.discharged(REFUSED) and not _descriptor_leaks(known, site):
            yield Told(_finding(verdict), verdict)


def _asks_for_system(project: Project, module: Module, code: Code) -> bool:
    """Whether a condition in the body, a decorator or an `if` around it is about the operating system."""
    spans = {
        node.span: None for node in code.nodes if isinstance(node.op, g.Branch)
    }  # one for all of a chain
    conditions = [text_of(module, span) for span in spans]
    row = code.span.start.row
    around = _conditions_around(project, module)[row - 1 : row]
    texts = (*conditions, *_decorators(module.source.lines, row), *(text for each in around for text in each))
    return any(_SYSTEM.search(text) for text in texts)


def _decorators(lines: list[str], row: int) -> Iterator[str]:
    """The decorators right above the def in this row."""
    for at in range(row - 2, -1, -1):
        if not lines[at].lstrip().startswith("@"):
            return
        yield lines[at]


@question()
def _conditions_around(project: Project, module: Module) -> list[tuple[str, ...]]:
    """For each line of a module the heads of the ifs that it stands in; for an `else` those of its `if`s."""
    found: list[tuple[str, ...]] = []
    inside: list[
        tuple[int, tuple[str, ...], tuple[str, ...]]
    ] = []  # indentation, heads there, those around them
    for line in module.source.lines:
        text = line.strip()
        if not text or text.startswith("#"):
            found.append(())
            continue
        indent = _indent(line)
        while inside and inside[-1][0] > indent:
            inside.pop()
        heads: tuple[str, ...] = ()
        if inside and inside[-1][0] == indent:
            before = inside.pop()[1]
            if text.startswith(("elif ", "else:")):
                heads = before
        around = inside[-1][1] + inside[-1][2] if inside else ()
        if text.startswith(("if ", "elif ")):
            heads = (*heads, text)
        inside.append((indent, heads, around))
        found.append(around)
    return found


def _indent(row: str) -> int:
    return len(row) - len(row.lstrip())


def _descriptor_leaks(found: Study, site: Site) -> bool:
    """One mistake, one finding: a descriptor that stays open is reported as such."""
    return any(
        verdict.leaks and verdict.site is site and verdict.obligation is Obligation.DESCRIPTOR
        for verdict in found.verdicts
    )


def _may_be_reopened(site: Site, code: Code, statics: Statics) -> bool:
    """`delete_on_close=False`: made to be closed, or opened again, before its `with` ends."""
    op = code.nodes[min(site.nodes)].op
    assert isinstance(op, g.Call)
    return any(a.keyword == "delete_on_close" and statics.literal(a.value) is not True for a in op.args)


def _judge_end(verdict: Verdict, owner: Klass | None, end: End) -> None:
    """Which way a body ends makes no difference: what counts happened before."""


def _finding(verdict: Verdict) -> Finding:
    module, nodes, site = verdict.explorer.module, verdict.explorer.nodes, verdict.site
    first = min(verdict.discharged(REFUSED), key=lambda h: nodes[h.where].span)
    span = nodes[first.where].span
    text = snippet(module, span)
    verb = _VERBS[first.detail]
    steps = (
        step(verdict, site.span, Event.CREATED, f"{site.creator}() creates and opens it here"),
        step(verdict, span, Event.RISKY, f"`{text}`: the handle is still open"),
        step(verdict, span, Event.LEFT_BEHIND, "Windows refuses that with PermissionError"),
    )
    message = f"{what(site)} is {verb} while it is open: Windows refuses `{text}` (line {span.start.row})"
    return tell(verdict, "TML404", message, site.span, steps)
