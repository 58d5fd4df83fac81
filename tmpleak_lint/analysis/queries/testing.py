"""What is a test, and what pytest gives it.

Comes in: a module, a body, a parameter. Goes out: whether tests stand there, by the names of module and folders;
whether a body is a fixture; whether pytest fills the parameter with a directory that it removes itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath

from tmpleak_lint.analysis.queries.modules import Module
from tmpleak_lint.flow.graph import Code, Param
from tmpleak_lint.knowledge import folders, frameworks

_TEST_MODULE = re.compile(folders.TEST_MODULE)
_TEST_FOLDER = re.compile(folders.TEST_FOLDER)
NEAR = 2  # folders above a module that say what it is for
_HOOK = "pytest_"


def is_fixture(decorators: Iterable[str]) -> bool:
    """Whether one of these decorators makes a fixture."""
    return any(name.rpartition(".")[2] in frameworks.FIXTURE_TAILS for name in decorators)


def is_of_tests(module: Module) -> bool:
    """Whether a module is called after tests, or lies in a folder that is."""
    return any(_TEST_FOLDER.fullmatch(name) for name in folders_of(module)) or bool(
        _TEST_MODULE.search(PurePath(module.filename).name)
    )


def folders_of(module: Module) -> tuple[str, ...]:
    """The folders that a module lies in, the outermost first: those of its package, else the nearest."""
    return module.package or (module.path.parent.parts[-NEAR:] if module.path is not None else ())


def is_filled(module: Module, code: Code, param: Param) -> bool:
    """Whether pytest fills a parameter with a directory that it removes: that of a test, a fixture or a hook, or of a
    helper among tests, which passes on its own. Others may be called `tmpdir` too; and what has a default isn't
    filled."""
    if param.name not in frameworks.MANAGED_PARAMETERS or param.has_default:
        return False
    return code.name.startswith(("test", _HOOK)) or is_fixture(code.decorators) or is_of_tests(module)
