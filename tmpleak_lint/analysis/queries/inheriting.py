"""The methods of a class that inherits: what is found out of one is worked out where it is defined, once for all heirs.

Comes in: a class. Goes out: its methods, those above that they call, and those in which a name stands. Where classes
inherit in one line, what holds of the methods that a class takes over is known of the base next to it: n of them in
such a line have n * n / 2 methods to ask otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tmpleak_lint.analysis.domain.values import Func, Klass
from tmpleak_lint.analysis.queries.called import defs_naming, region_text
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.questions import question


def next_in_line(project: Project, klass: Klass) -> Klass | None:
    """The base next to a class that inherits in one line, both of them classes of their module; None else."""
    near = project.above_in_line(klass)
    return near if near is not None and klass.shape is None and near.shape is None else None


def with_those_above(project: Project, klass: Klass, names: Iterable[str]) -> Iterator[tuple[str, Func]]:
    """The methods of a class that have these names, and those of its bases that they call by `super()`."""
    bases, table = project.bases(klass)[0], project.methods(klass)
    for name in names:
        func = table.get(name)
        if func is None:
            continue
        yield name, func
        above = f".{name}("
        for base in bases:
            if above not in region_text(project, func):
                break
            own = project.own_method(base, name)
            if own is not None and own != func:
                func = own
                yield name, own


def methods_naming(project: Project, klass: Klass, names: Iterable[str]) -> Iterator[tuple[str, Func]]:
    """The methods of a class in whose text one of these names stands."""
    names, table = tuple(names), project.methods(klass)
    modules = _modules(project, klass)
    if modules is None:
        yield from ((name, func) for name, func in table.items() if _names_one(project, func, names))
        return
    for key in modules:
        for known in defs_naming(project, project.module(key), names):
            if known.owner is None:
                continue
            for name in _called_in_class(project, key, known.owner).get(known.qualname, ()):
                func = table.get(name)
                if func is not None and (func.module, func.qualname) == (key, known.qualname):
                    yield name, func


@question(lambda klass: ())
def _modules(project: Project, klass: Klass) -> tuple[str, ...] | None:
    """The modules of a class and its bases; None where one of them is defined within a function."""
    near = project.above_in_line(klass)
    if near is not None:
        above = _modules(project, near)
    else:
        bases = project.bases(klass)[0]
        above = (
            None if any(each.shape is not None for each in bases) else tuple(each.module for each in bases)
        )
    return None if above is None or klass.shape is not None else tuple(dict.fromkeys((klass.module, *above)))


def _names_one(project: Project, func: Func, names: Iterable[str]) -> bool:
    text = region_text(project, func)
    return any(name in text for name in names)


@question()
def _called_in_class(project: Project, key: str, owner: str) -> dict[str, list[str]]:
    """The names that a class has for each of its methods: one more for `close = cleanup`."""
    found: dict[str, list[str]] = {}
    known = project.module(key).source.skeleton.classes.get(owner)
    for name, qualname in known.methods.items() if known is not None else ():
        found.setdefault(qualname, []).append(name)
    return found
