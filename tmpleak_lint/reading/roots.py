"""Where a project's modules are imported from: the folders in which an absolute import of a file is looked up.

In: the folder that a file's own package hangs in, and a way to ask which files there are. Out: that folder, then those
around it in which its project keeps packages (`tests/` beside `pkg/`, `scripts/`, `src/`), nearest first. It is read
from the disk alone, never from the working directory or from which files a run was given.

Not handled: folders that a project puts on the path by its configuration (`pythonpath`, `package-dir`, a `.pth` file).
"""
# ruff: noqa: PTH118, PTH119, PTH120  (texts: asked for each file of a run)

from __future__ import annotations

import os
from collections.abc import Callable

from tmpleak_lint.bounds import FOLDERS_UP

PACKAGE = "__init__.py"

# What only the top folder of a project holds.
_TOP = ("pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "manage.py", ".git/HEAD")
# Folders of a project that hold no package of their own, by custom: the project's folder is the one around them.
_BESIDE = frozenset(
    [
        "src",
        "lib",
        "python",
        "test",
        "tests",
        "testing",
        "script",
        "scripts",
        "bin",
        "tool",
        "tools",
        "example",
        "examples",
        "benchmark",
        "benchmarks",
        "bench",
        "doc",
        "docs",
        "devtools",
        "ci",
    ]
)
_BELOW = ("src", "lib")  # where packages lie in the project's folder, besides right in it


def package_root(folder: str, has: Callable[[str, str], bool]) -> str:
    """The folder that the package of the modules in `folder` hangs in; `has`: whether a folder has a file."""
    while has(folder, PACKAGE) and (parent := os.path.dirname(folder)) != folder:
        folder = parent
    return folder


def import_places(root: str, has: Callable[[str, str], bool]) -> tuple[str, ...]:
    """The folders that absolute imports are looked up in for modules whose package hangs in `root`."""
    places = [root]
    sure = 1  # so many of them lie in the project
    top, folder = root, root
    for _ in range(FOLDERS_UP):
        if any(has(folder, name) for name in _TOP):
            top, sure = folder, len(places)
            break
        parent = os.path.dirname(folder)
        if parent == folder:
            break
        is_inside = has(folder, PACKAGE) or os.path.basename(folder) in _BESIDE
        folder = parent
        if not has(folder, PACKAGE):  # a package's own folder is no place to import from
            places.append(folder)
        if is_inside or has(folder, PACKAGE):
            top, sure = folder, len(places)
    below = [os.path.join(top, name) for name in _BELOW]
    return (*places[:sure], *(place for place in below if place not in places))
