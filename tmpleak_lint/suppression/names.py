"""How a file is called: its absolute path, and its path below a folder.

Links are not resolved: a file inside a project keeps the name by which the project knows it.
"""

from __future__ import annotations

import os
from pathlib import Path


def is_real_file(filename: str) -> bool:
    """Tell a path from the names that stand for standard input (`-`, `<stdin>`)."""
    return filename != "-" and not (filename.startswith("<") and filename.endswith(">"))


def absolute(filename: str) -> str:
    """Return the absolute path of a file, without `..`; the name itself for standard input."""
    return os.path.normpath(Path(filename).absolute()) if is_real_file(filename) else filename


def relative(filename: str, folder: Path) -> str:
    """Return the path below `folder`, with forward slashes; the absolute path for a file outside."""
    if not is_real_file(filename):
        return filename
    path, base = Path(absolute(filename)), Path(absolute(str(folder)))
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else path.as_posix()
