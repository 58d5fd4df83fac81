"""Who runs a body, as far as its own module tells: a test framework before or after tests, a constructor, anybody.

Comes in: a body of a module. Goes out: yes or no. Read off names, decorators and the text of the module's functions.
"""

from __future__ import annotations

import re
from pathlib import PurePath

from tmpleak_lint.analysis.domain.values import Klass
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge import frameworks
from tmpleak_lint.knowledge.model import Deletes
from tmpleak_lint.reading.skeleton import DefOutline

_ENDING = re.compile(r"^[ \t]+(?:with\b|try[ \t]*:)", re.MULTILINE)
_CALLED = re.compile(r"(?:\bdef \w+|\b(\w++))\(")  # "" for what is defined there


@question(lambda module, name: False)
def users_delete(project: Project, module: Module, name: str) -> bool:
    """Whether something of the module that asks for a fixture is in the business of deleting."""
    asked = re.compile(rf"\bdef\s+\w+\s*\([^)]*\b{re.escape(name)}\b")
    lines, deleting = module.source.lines, (*project.knowledge.tails(Deletes), "clean")
    for known in module.source.skeleton.defs.values():
        text = "\n".join(lines[known.first_row - 1 : known.last_row])
        if asked.search(text) and any(word in text for word in deleting):
            return True
    return False


# Names of set-ups that are anybody's outside of tests.
_ANYBODYS = frozenset({"setup", "set_up"})


def only_setups_run(project: Project, module: Module, code: Code, owner: Klass | None) -> bool:
    """Whether a body is a test's set-up, or a helper that only set-ups of its module call."""
    if code.name in frameworks.SETUPS and (
        code.name not in _ANYBODYS or _is_of_tests(project, module, owner)
    ):
        return True
    return _only_setups_call(project, module, code.name)


def _is_of_tests(project: Project, module: Module, owner: Klass | None) -> bool:
    """Whether a class, or else a module, is one of tests, by its bases or its name."""
    if owner is not None and (is_unittest(project, owner) or "Test" in owner.qualname):
        return True
    return "test" in PurePath(module.filename).stem


@question(lambda module, name: False)
def _only_setups_call(project: Project, module: Module, name: str) -> bool:
    calling = _callers(project, module).get(name, ())
    return bool(calling) and all(each.name in frameworks.SETUPS for each in calling)


@question()
def _callers(project: Project, module: Module) -> dict[str, list[DefOutline]]:
    """For each name that something of is called by in the module: its functions and methods in whose text that is."""
    found: dict[str, list[DefOutline]] = {}
    for key, known in module.source.skeleton.defs.items():
        for name in filter(None, dict.fromkeys(_CALLED.findall(module.def_text(key)))):
            found.setdefault(name, []).append(known)
    return found


def is_unittest(project: Project, klass: Klass) -> bool:
    """Whether a class is a unittest case: a set-up that fails there is followed by no tearDown."""
    tails = {base.rpartition(".")[2] for base in project.bases(klass)[1]}
    return bool(tails & frameworks.TEST_TAILS)


@question(lambda module, owner, name: False)
def only_constructors_call(project: Project, module: Module, owner: Klass, name: str) -> bool:
    """Whether a method runs only while its object is being made, or one that is to have it: then nobody has the object
    yet when it fails."""
    if name.startswith("__") or name in frameworks.SETUPS:
        return False
    calling = _callers(project, module).get(name, ())
    return bool(calling) and all(
        each.name in frameworks.UNOWNED_WHEN_RAISING and not _ends_it(project, module, owner, each)
        for each in calling
    )


def _ends_it(project: Project, module: Module, owner: Klass, maker: DefOutline) -> bool:
    """Whether the constructor of some other class sees to it itself that what it uses of this one comes to an end."""
    if maker.owner is not None:
        its = Klass(module.key, maker.owner)
        if owner == its or owner in project.bases(its)[0]:
            return False
    return _ENDING.search(module.def_text(maker.qualname)) is not None


@question(lambda klass, method: [])
def heirs_alone(project: Project, klass: Klass, method: str) -> list[Klass]:
    """The classes of the module that inherit a private method from one of which the module makes no object; none where
    it does, and where one of them has its own."""
    module = project.module(klass.module)
    name = klass.qualname.rpartition(".")[2]
    if not method.startswith("_") or method in frameworks.UNOWNED_WHEN_RAISING:
        return []  # what anybody may call, on an object of the class itself
    if re.search(rf"(?<!class )\b{re.escape(name)}\(", module.source.text):
        return []
    others = (Klass(klass.module, each) for each in module.source.skeleton.classes if each != klass.qualname)
    heirs = [each for each in others if klass in project.bases(each)[0]]
    return heirs if all(project.own_method(each, method) is None for each in heirs) else []
