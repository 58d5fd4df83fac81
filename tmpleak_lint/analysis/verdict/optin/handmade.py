"""TML403: a path built by hand under a shared directory, which this code creates and never deletes.

Comes in: a body that builds such paths. Goes out: a finding for each of them that the body makes a file or
directory of, on the call that makes it. Silent when anything deletes it, on whatever way, and when somebody
else learns the path: the caller, an object, a variable of the module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.state import Stands, State, alive
from tmpleak_lint.analysis.domain.values import TRACKED, UNKNOWN, Func, Klass, Ref, Role
from tmpleak_lint.analysis.explore.explorer import End, Explorer, Transfer
from tmpleak_lint.analysis.explore.trace import Edge
from tmpleak_lint.analysis.queries.called import region_text
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.records import Body, Call, Task
from tmpleak_lint.analysis.queries.sites import Obligation, Site
from tmpleak_lint.analysis.semantics.keep import passes_keep_option
from tmpleak_lint.analysis.semantics.table import TRANSFER, FullExplorer
from tmpleak_lint.analysis.verdict.judge import Leak, Verdict
from tmpleak_lint.analysis.verdict.optin.building import Building, literal, of_module
from tmpleak_lint.analysis.verdict.optin.telling import Told, is_kept, is_returned, step, tell, walk_for
from tmpleak_lint.analysis.verdict.witness import snippet
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Node
from tmpleak_lint.knowledge.model import Deletes, TempRoot
from tmpleak_lint.knowledge.words import DELETING_WORDS, TEMP_ROOTS, TEMP_VARIABLES
from tmpleak_lint.model import Event, Finding
from tmpleak_lint.reading.regions import Unreadable


@dataclass(frozen=True, slots=True)
class Made:
    """A note: the node that made the file."""

    node: int


class PathExplorer(FullExplorer):
    """Follows a path from where it is built; the file is there once a call has made it."""

    transfer: ClassVar[Mapping[type, Transfer]]  # set below, with each operation as this exploration sees it
    name_is_new: ClassVar[bool] = False

    def push(self, target: int, state: State, via: Node, how: Edge) -> None:
        self.note_made(via, state)
        super().push(target, state, via, how)

    def note_made(self, node: Node, state: State) -> None:
        """Write down where the file came into being."""
        if not self.depth and state.file.stands is Stands.LIVE and state.noted(Made) is None:
            state.note(Made(node.index))

    def create(self, call: Call, site: Site, state: State) -> int:
        if self.depth:
            return super().create(call, site, state)
        return self.name(call.node, site, state)

    def name(self, node: Node, site: Site, state: State) -> int:
        """The path is built: from now on this value names it."""
        dest: int = node.op.dest  # type: ignore[union-attr]
        if site is not self.tracked:
            state[dest] = Ref(site.number, Role.PATH)
            return node.next
        for operand in self._operands(node.op):
            base = state.get(operand)
            if isinstance(base, Ref) and base.obj > 0 and base.role is Role.PATH:
                state.file = state.file._replace(parents=(base.obj,))
        if not alive(state):
            state.become(Stands.NAMED)
        state[dest] = Ref(TRACKED, Role.PATH)
        return node.next

    def _operands(self, op: g.Op) -> list[int]:
        match op:
            case g.Binary(left=left):
                return [left]
            case g.Text(parts=parts):
                return [p for p in parts[:1] if isinstance(p, int)]
            case g.Call(args=args):
                return [a.value for a in args[:1]]
        return []

    def open_file(self, call: Call, state: State) -> int:
        after = super().open_file(call, state)
        first = call.args[0] if call.args else dict(call.keywords).get("file", UNKNOWN)
        if isinstance(first, Ref) and first.role is Role.PATH:
            state[call.dest] = v.Object("file", self.ident(call.node), (first,))
        return after

    def attribute(self, call: Call, base: v.Value, state: State) -> int:
        if isinstance(base, v.Object) and base.kind == "file" and call.name == "name" and base.data:
            state[call.dest] = base.first(UNKNOWN)
            return call.node.next
        return super().attribute(call, base, state)


def _seen_by_path(transfer: Transfer) -> Transfer:
    """An operation that may be the one that builds the path, or that makes the file."""

    def perform(explorer: Explorer, node: Node, op: g.Op, state: State) -> int:
        assert isinstance(explorer, PathExplorer)
        site = explorer.site_at.get(node.index) if not explorer.depth else None
        if site is not None and not isinstance(op, g.Call):
            return explorer.name(node, site, state)
        onward = transfer(explorer, node, op, state)
        explorer.note_made(node, state)
        return onward

    return perform


PathExplorer.transfer = {op: _seen_by_path(transfer) for op, transfer in TRANSFER.items()}


def bodies_with_paths(project: Project, module: Module) -> Iterator[Body]:
    """The bodies whose text has what a path by hand begins with, nested ones included."""
    skeleton = module.source.skeleton
    hints = (*TEMP_ROOTS, *TEMP_VARIABLES, *project.knowledge.tails(TempRoot))
    constants = [name for name, value in skeleton.constants.items() if literal(value) is not None]
    constants += [name for name in skeleton.bindings if of_module(project, module, name) is not None]
    named = re.compile(rf"\b(?:{'|'.join(map(re.escape, constants))})\b") if constants else None
    for known in skeleton.ordered_defs():
        func = Func(module.key, known.qualname)
        text = region_text(project, func)
        if not any(hint in text for hint in hints) and (named is None or not named.search(text)):
            continue
        code = project.code(func)
        if code is not None:
            owner = Klass(module.key, known.owner) if known.owner is not None else None
            yield from Body(module, code, owner).with_nested()
    try:
        yield Body(module, module.source.module_body, None)
    except Unreadable:
        return


def made_by_hand(project: Project, body: Body) -> Iterator[Told]:
    """The files of a body that are made under a path built by hand and never deleted."""
    sites = Building(project, body).sites()
    for site in sites:
        if _is_deleted_elsewhere(project, body.module, site.creator):
            continue
        verdict = walk_for(PathExplorer, project, Task(body, sites, Obligation.NAME, site), _judge_end)
        if verdict.leaks and not verdict.escapes and not verdict.result.discharges:
            yield Told(_finding(verdict), verdict)


def _is_deleted_elsewhere(project: Project, module: Module, text: str) -> bool:
    """Whether some row of the module names the same path beside a word that deletes."""
    names = DELETING_WORDS | project.knowledge.tails(Deletes)
    words = re.compile("|".join(name if len(name) > 3 else rf"\b{name}\b" for name in names), re.IGNORECASE)
    return any(text in line and words.search(line.replace(text, "")) for line in module.source.lines)


def _judge_end(verdict: Verdict, owner: Klass | None, end: End) -> None:
    if end.state.file.stands is not Stands.LIVE or passes_keep_option(verdict.explorer, end):
        return
    if is_returned(verdict, end) or is_kept(verdict, owner, end) or end.state.frame.lent:
        verdict.escapes.append(end)
    else:
        verdict.leaks.append(Leak(end))


def _finding(verdict: Verdict) -> Finding:
    module, nodes = verdict.explorer.module, verdict.explorer.nodes
    made = verdict.leaks[0].end.state.noted(Made)
    span = nodes[made.node].span if made is not None and made.node >= 0 else verdict.site.span
    path = " ".join(verdict.site.creator.split())
    steps = (
        step(verdict, span, Event.CREATED, f"`{snippet(module, span)}` makes it here"),
        step(verdict, span, Event.LEFT_BEHIND, "nothing deletes it: it stays on disk"),
    )
    message = f"the file at `{path}` is made by hand in a shared directory and never deleted"
    return tell(verdict, "TML403", message, span, steps)
