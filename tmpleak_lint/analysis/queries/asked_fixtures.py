"""Which fixtures run before a test, or before another fixture.

Comes in: a module, a class, a body in it. Goes out: the fixtures of the module, the class and each `conftest.py` above
that the body has by a parameter, a mark or `autouse`, by itself or by one that it has; and every name that is asked
for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tmpleak_lint.analysis.domain.values import Func, Klass
from tmpleak_lint.analysis.queries.called import region_text
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.testing import is_fixture
from tmpleak_lint.flow.graph import Code

_MARK = re.compile(r"\busefixtures\(([^)]*)\)")
_QUOTED = re.compile(r"""["'](\w+)["']""")
_AUTOUSE = re.compile(r"\bautouse\s*=\s*True\b")


def asked_by(
    project: Project, module: Module, owner: Klass | None, code: Code
) -> tuple[list[Func], frozenset[str]]:
    """The fixtures that run before a body, and the names that it and they ask for."""
    own = owner.qualname if owner is not None else None
    itself = Func(module.key, code.qualname)
    asked = {param.name for param in code.params} | _marked(project, module, owner, code.qualname)
    left = [
        (known.name, func)
        for place in (module, *_conftests(project, module))
        for known in place.source.skeleton.ordered_defs()
        if is_fixture(known.decorators) and (known.owner is None or (known.owner == own and place is module))
        if (func := Func(place.key, known.qualname)) != itself
    ]
    found: list[Func] = []
    more = True
    while more:
        more = False
        for name, func in list(left):
            if name in asked or _AUTOUSE.search(region_text(project, func)):
                left.remove((name, func))
                found.append(func)
                body = project.code(func)
                asked |= {param.name for param in body.params} if body is not None else set()
                more = True
    return found, frozenset(asked)


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
        path = module.path.__class__(folder, "conftest.py")
        if path != module.path and (found := project.read(path)) is not None:
            yield found
