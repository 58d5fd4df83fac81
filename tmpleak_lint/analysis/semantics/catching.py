"""Which exceptions a value names, and whether a handler for them catches what is in flight.

Comes in: the value of an except clause's expression, of suppress()'s arguments, of what is raised. Goes out:
class names ("?" for one that can't be told; a class of the project as `module::qualname`).
"""

from __future__ import annotations

from functools import partial

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.exceptions import Match, catches
from tmpleak_lint.analysis.domain.values import Flight
from tmpleak_lint.analysis.explore.explorer import Explorer
from tmpleak_lint.knowledge.exceptions import CANCELLED
from tmpleak_lint.knowledge.words import EXCEPTION_SUFFIXES


def exception_names(explorer: Explorer, value: object, *, listed: bool = False) -> list[str]:
    """The classes that an except clause, suppress() or raise names; `listed`: in a constant, which holds no other."""
    match value:
        case v.Dotted(name=name):
            found = explorer.project.find(explorer.module, name)
            if isinstance(found, v.Klass | v.Global):
                return exception_names(explorer, found, listed=listed)
            return [found.name if isinstance(found, v.Dotted) else name]
        case v.Klass(module=module, qualname=qualname):
            return [f"{module}::{qualname}"]
        case v.Inst(klass=klass):
            return exception_names(explorer, klass)
        case v.Seq(items=items):
            return [name for item in items for name in exception_names(explorer, item, listed=listed)]
        case v.Flight(name=name):
            return [name]
        case v.Global() | v.Member() if not listed and (written := explorer.project.all_in_table(value)):
            return exception_names(explorer, v.Seq(tuple(written)), listed=True)  # `except KINDS:`
    return ["?"]


def exception_bases(explorer: Explorer, name: str) -> tuple[str, ...] | None:
    """The direct bases of an exception class of the project, None where they can't be told."""
    key, _, qualname = name.partition("::")
    if not qualname:
        return None
    module, klass = explorer.project.module(key), v.Klass(key, qualname)
    found: list[str] = []
    for text in explorer.project.base_names(klass):
        base = explorer.project.resolve_text(module, text)
        # `class TimeoutError(TimeoutError)`: where it is defined, the name still means the other one.
        found += [text] if base == klass else exception_names(explorer, base)
    return tuple(found) or None


def matching(explorer: Explorer, names: list[str], flight: Flight) -> tuple[Match, Flight]:
    """Whether a handler for any of names catches it, and what is in flight inside the handler."""
    best, narrowed = Match.NO, flight
    for name in names:
        if name == "?":
            match = Match.MAYBE if flight.name != CANCELLED else Match.NO
        else:
            match = catches(name, flight, partial(exception_bases, explorer))
        if match is Match.YES:
            return match, flight
        if match is Match.MAYBE and best is Match.NO:
            best = match
            narrowed = Flight(name, exact=False) if name != "?" and len(names) == 1 else flight
    return best, narrowed


def is_exception_name(name: str) -> bool:
    """Whether a class is an exception, by the end of its name."""
    tail = name.rpartition(".")[2]
    return tail[:1].isupper() and tail.endswith(EXCEPTION_SUFFIXES)


def is_exception_class(explorer: Explorer, klass: v.Klass) -> bool:
    """Whether a class of the project is an exception, by the names of its bases outside."""
    outside = explorer.project.bases(klass)[1]
    return any(is_exception_name(b) for b in outside) or (not outside and is_exception_name(klass.qualname))
