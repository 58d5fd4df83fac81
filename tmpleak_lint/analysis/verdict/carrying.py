"""What a body hands over, known from the text in whose place another one stands.

In: a module as it was, with what was found out about it, as it is, and the names of bodies that the change can't show
in. Out: what those hand over, kept in the project of the new text (`carried`), where `verdict.project_context` finds
it. Nothing else of an answer goes from one text to another: a verdict is full of the graph that it was found on.
Not handled: what is handed over with a place of the text in it (a closure), or was left out for what it costs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Container
from typing import NamedTuple

from tmpleak_lint.analysis.domain.values import Func, Klass, Value
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.sites import Handed
from tmpleak_lint.analysis.verdict.study import study
from tmpleak_lint.flow.graph import ClassShape, Code
from tmpleak_lint.model import Location, Span, Step

_PLACED = (Code, ClassShape, Module, Span, Location)
_Moved = Callable[[int], int | None]


class Carried(NamedTuple):
    """What a body hands to its callers and lends to a with block, and the files that this was read from."""

    handed: tuple[Handed, ...]
    lent: tuple[Value, ...]
    reads: frozenset[str]


def carried(project: Project, func: Func) -> Carried | None:
    """What is known of a function from before the text was changed."""
    if func.code is not None or not project.carried:
        return None
    found: Carried | None = project.carried.get((func.module, func.qualname, project.owner_of(func)))
    if found is not None:
        project.answers.reads |= found.reads
    return found


def carry_over(
    old: Project,
    before: Module,
    new: Project,
    after: Module,
    untouched: Container[str],
    words: frozenset[str],
) -> None:
    """Let the project of a new text know what was found out about untouched bodies of the old one; `words` are those
    by which the others may be spoken of in other files."""
    if old.answers.is_sharing or new.answers.is_sharing:
        return
    moved = _rows(before, after)
    for (body,), known in old.answers.known_to(study).items():
        found, code = known.answer, body.code
        if body.module is not before or code.qualname not in untouched or found.left_out or found.unsettled:
            continue
        if not all(_is_silent(old, path, words) for path in known.reads if path != before.key):
            continue
        handed = [_handed(each, before.filename, moved) for each in found.handed]
        if not all(map(_is_placeless, found.lent)) or None in handed:
            continue
        given = () if code.is_generator else tuple(each for each in handed if each is not None)
        owner: Klass | None = body.owner
        new.carried[after.key, code.qualname, owner] = Carried(given, found.lent, known.reads)


def _is_silent(project: Project, path: str, words: frozenset[str]) -> bool:
    """Whether a file that was read can't have been asked about what was changed."""
    module = project.known(path)
    return module is None or words.isdisjoint(module.source.words)


def _rows(before: Module, after: Module) -> _Moved:
    """Where rows of bodies stand that are in both texts."""
    there = {known.qualname: known for known in after.source.skeleton.ordered_defs()}
    both = [
        (known, there[known.qualname])
        for known in before.source.skeleton.ordered_defs()
        if known.qualname in there
    ]

    def moved(row: int) -> int | None:
        for was, now in both:
            if was.first_row <= row <= was.last_row:
                is_same = was.last_row - was.first_row == now.last_row - now.first_row and (
                    before.source.lines[was.first_row - 1 : was.last_row]
                    == after.source.lines[now.first_row - 1 : now.last_row]
                )
                return row - was.first_row + now.first_row if is_same else None
        return None

    return moved


def _handed(handed: Handed, filename: str, moved: _Moved) -> Handed | None:
    """What is handed over, with the steps of its creation where they are now."""
    if not _is_placeless(handed.unwitnessed):
        return None
    created = [_step(step, filename, moved) for step in handed.created]
    there = tuple(step for step in created if step is not None)
    return dataclasses.replace(handed, created=there) if len(there) == len(created) else None


def _step(step: Step, filename: str, moved: _Moved) -> Step | None:
    if step.filename != filename:
        return step
    rows = moved(step.span.start.row), moved(step.span.end.row)
    if rows[0] is None or rows[1] is None:
        return None
    span = Span(Location(rows[0], step.span.start.column), Location(rows[1], step.span.end.column))
    return dataclasses.replace(step, span=span)


def _is_placeless(value: object) -> bool:
    """Whether nothing in a value belongs to one text alone."""
    if isinstance(value, _PLACED):
        return False
    if isinstance(value, tuple | frozenset):
        return all(map(_is_placeless, value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return all(_is_placeless(getattr(value, each.name)) for each in dataclasses.fields(value))
    return True
