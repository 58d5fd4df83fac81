"""Calls that look like deletions, whatever the walk made of them.

Comes in: a `Verdict`. Goes out: nodes and rows, told by names alone: deletions that a cut walk may not have met,
deletions of other files, and what is named after deleting but deletes nothing of the file.
"""

from __future__ import annotations

from tmpleak_lint.analysis.domain.trail import trail_of
from tmpleak_lint.analysis.queries.by_name import says_delete
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.sites import Obligation
from tmpleak_lint.analysis.semantics.functions import is_deleter
from tmpleak_lint.analysis.verdict.judge import Verdict
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge.model import Deletes, Moves


def misguided(verdict: Verdict) -> int | None:
    """The call that is named after deleting and given the file, or something made of it, but deletes nothing of it: it
    gets a path inside, a handle, or is a method of a text. None without one."""
    if verdict.obligation is not Obligation.NAME or verdict.site.dropped:
        return None
    return _misguided(verdict.explorer.project, verdict.explorer.code, verdict.site.nodes)


@question()
def _misguided(project: Project, code: Code, made_at: frozenset[int]) -> int | None:
    trail = trail_of(code, made_at)
    for index, node in enumerate(code.nodes):
        if not isinstance(node.op, g.Call) or index in made_at:
            continue
        name = trail.called.get(node.op.func, "")
        receiver = name.rpartition(".")[0] if "." in name else None
        if project.knowledge.deleted_position(name) is not None:
            continue  # that it deletes nothing here has other reasons
        given = node.op.args[0].value in trail.holding if node.op.args else node.op.func in trail.holding
        if given and (says_delete(name, receiver) or (node.op.func in trail.holding and says_delete(name))):
            return index
    return None


def unmet(verdict: Verdict, *, deletes: bool, plain: bool = False, methods: bool = False) -> list[int]:
    """Calls that look like they delete or move (or close) what was made, by the name it has: a walk that was cut may
    not have met them. With `plain` only functions that delete, given just that, and
    `methods` of what may be a path."""
    nodes, knowledge = verdict.explorer.nodes, verdict.explorer.knowledge
    words = knowledge.tails(Deletes) if deletes else knowledge.closing
    same = knowledge.naming_the_same
    made = {op.dest for index in verdict.site.nodes if isinstance(op := nodes[index].op, g.Call)}
    names: set[str] = set()
    called: dict[int, tuple[str, frozenset[int]]] = {}  # what a temporary means as a function
    found = []
    for index, node in enumerate(nodes):  # operations stand in the order of their rows
        op = node.op
        if isinstance(op, g.Store) and op.src in made:
            names.add(op.name)
        elif isinstance(op, g.Store) and plain:
            names.discard(op.name)  # from here on it is another file's
        elif isinstance(op, g.Load):
            called[op.dest] = (op.name, frozenset())
            if op.name in names:
                made.add(op.dest)
        elif isinstance(op, g.GetAttr):
            called[op.dest] = (op.attr, frozenset({op.obj}))
            if op.obj in made:
                made.add(op.dest)
        elif isinstance(op, g.Call):
            name, given = called.get(op.func, ("", frozenset()))
            if plain:
                owners = {f"{called[temp][0]}.{name}" for temp in given if temp in called} or {name}
                known = any(knowledge.deleted_position(owner) is not None for owner in owners)
                is_given = bool(op.args) and op.args[0].value in made
                of_path = (
                    methods and bool(made & given) and knowledge.effect(f"<path>.{name}", Deletes) is not None
                )
                if of_path or (is_given and (known or (not given and name in words))):
                    found.append(index)
                elif is_given and name in same:
                    made.add(op.dest)
            elif (name in words or is_deleter(name)) and made & (given | {a.value for a in op.args}):
                found.append(index)
            elif deletes and op.args and op.args[0].value in made:
                owners = {f"{called[temp][0]}.{name}" for temp in given if temp in called}
                if any(knowledge.effect(owner, Moves) is not None for owner in owners):
                    found.append(index)
        elif isinstance(op, g.Enter) and op.manager in made:
            made.add(op.dest)
        elif isinstance(op, g.Unpack) and op.src in made:
            made.update(op.dests)
        elif isinstance(op, g.GetItem) and op.obj in made:
            made.add(op.dest)
    return found


def deletion_rows(verdict: Verdict) -> frozenset[int]:
    """Rows of calls that look like deletions of other files: they don't make a deletion any less the
    last thing."""
    return _deletion_rows(verdict.explorer.project, verdict.explorer.code)


@question()
def _deletion_rows(project: Project, code: Code) -> frozenset[int]:
    rows = set()
    deleting = project.knowledge.tails(Deletes)
    attributes: dict[int, str] = {}
    for node in code.nodes:
        if isinstance(node.op, g.GetAttr):
            attributes[node.op.dest] = node.op.attr
        elif isinstance(node.op, g.Call) and attributes.get(node.op.func) in deleting:
            rows.add(node.span.start.row)
    return frozenset(rows)
