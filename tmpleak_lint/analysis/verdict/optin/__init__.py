"""The opt-in codes, each in a module of its own; nothing here is imported unless one of them is asked for.

Comes in: a module of the project and its bodies. Goes out: findings that stand beside those of the default
codes, each with the walk that it was drawn from. Not handled: handles and paths that a helper hands over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.questions import OverBudget
from tmpleak_lint.analysis.queries.records import Body
from tmpleak_lint.analysis.verdict.optin.at_exit import left_to_atexit
from tmpleak_lint.analysis.verdict.optin.handles import left_to_collector
from tmpleak_lint.analysis.verdict.optin.handmade import bodies_with_paths, made_by_hand
from tmpleak_lint.analysis.verdict.optin.open_files import deleted_while_open
from tmpleak_lint.analysis.verdict.optin.telling import Told
from tmpleak_lint.reading.decoding import unanalysable

_Check = Callable[[Project, Body], Iterable[Told]]
CHECKS: Mapping[str, _Check] = {
    "TML401": left_to_collector,
    "TML402": left_to_atexit,
    "TML403": made_by_hand,
    "TML404": deleted_while_open,
}
"""What each opt-in code finds in a body."""


def opt_in_findings(project: Project, module: Module, bodies: Iterable[Body]) -> Iterator[Told]:
    """The findings of the codes that the project asks for; `bodies` are those that create temp files."""
    for code, check in CHECKS.items():
        if code in project.opt_in:
            asked = bodies_with_paths(project, module) if check is made_by_hand else bodies
            for body in asked:
                yield from _within_budget(check, project, body)


def _within_budget(check: _Check, project: Project, body: Body) -> list[Told]:
    """What a code finds in a body, until that takes too many steps."""
    found: list[Told] = []
    try:
        with project.answers.own_budget():
            found.extend(check(project, body))
    except OverBudget:
        where = body.code.span.start
        reason = (
            f"{body.code.qualname} takes more than {project.answers.limit:,} steps for codes that are opt-in"
        )
        found.append(Told(unanalysable(body.module.filename, reason, where.row, where.column), None))
    return found
