"""Which fixtures run before a test, or before another fixture.

Comes in: a module, a class, a body in it. Goes out: the fixtures of the module, the class and each `conftest.py` above
that the body has by a parameter, a mark or `autouse`, by itself or by one that it has; and every name that is asked
for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tmpleak_lint.analysis.domain.values import Func, Klass
from tmpleak_lint.analysis.queries.called import region_text
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.testing import is_fixture
from tmpleak_lint.flow.graph import Code

_MARK = re.compile(r"\busefixtures\(([^)]*)\)")
_QUOTED = re.compile(r"""["'](\w+)["']""")
_AUTOUSE = re.compile(r"\bautouse\s*=\s*True\b")


@dataclass(frozen=True, slots=True)
class _Fixture:
    """A fixture in reach of a module; `owner`: the class of that module that it belongs to."""

    name: str
    owner: str | None
    func: Func
    for_all: bool


def asked_by(
    project: Project, module: Module, owner: Klass | None, code: Code
) -> tuple[list[Func], frozenset[str]]:
    """The fixtures that run before a body, and the names that it and they ask for."""
    own = owner.qualname if owner is not None else None
    itself = Func(module.key, code.qualname)
    asked = {param.name for param in code.params} | _marked(project, module, owner, code.qualname)
    left = [
        each for each in _in_reach(project, module.key) if each.owner in (None, own) and each.func != itself
    ]
    found: list[Func] = []
    while more := [each for each in left if each.for_all or each.name in asked]:
        left = [each for each in left if each not in more]
        for each in more:
            found.append(each.func)
            body = project.code(each.func)
            asked |= {param.name for param in body.params} if body is not None else set()
    return found, frozenset(asked)


@question(lambda key: ())
def _in_reach(project: Project, key: str) -> tuple[_Fixture, ...]:
    """The fixtures of a module, and those of each `conftest.py` that is for it."""
    module = project.module(key)
    return tuple(
        _Fixture(known.name, known.owner, func, _AUTOUSE.search(region_text(project, func)) is not None)
        for place in (module, *_conftests(project, module))
        for known in place.source.skeleton.ordered_defs()
        if is_fixture(known.decorators) and (known.owner is None or place is module)
        for func in (Func(place.key, known.qualname),)
    )


def _marked(project: Project, module: Module, owner: Klass | None, qualname: str) -> set[str]:
    """The fixtures that marks of a test, its class or its module ask for: `@pytest.mark.usefixtures("scratch")`."""
    texts = [region_text(project, Func(module.key, qualname))]
    texts += [line for line in module.source.lines if line.startswith("pytestmark")]
    shape = module.source.skeleton.classes.get(owner.qualname) if owner is not None else None
    if shape is not None:
        rows = [module.source.skeleton.defs[name].first_row for name in shape.methods.values()]
        texts.append("\n".join(module.source.lines[shape.first_row - 1 : min(rows, default=shape.last_row)]))
    return {name for text in texts for marked in _MARK.findall(text) for name in _QUOTED.findall(marked)}


def _conftests(project: Project, module: Module) -> Iterator[Module]:
    """The `conftest.py` of a module's folder, and of those around it as far as its project goes."""
    if module.path is None or module.root is None:
        return
    places = {str(module.root), *module.places}
    folders = [str(folder) for folder in module.path.parents]
    last = max((number for number, folder in enumerate(folders) if folder in places), default=0)
    for folder in folders[: last + 1]:
        path = Path(folder, "conftest.py")
        if path != module.path and (found := project.read(path)) is not None:
            yield found
