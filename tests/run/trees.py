"""Small trees of packages with findings in some of their files."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tmpleak_lint import engine
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.engine import Outcome
from tmpleak_lint.reading.discovery import SourceFile

LEAKS = """\
import tempfile


def job(data):
    fd, path = tempfile.mkstemp()
    send(path, data)
"""
HELPER = """\
import tempfile


def scratch():
    return tempfile.mkdtemp()
"""
LOSES = """\
from .helper import scratch


def job(data):
    folder = scratch()
    send(folder, data)
"""
QUIET = "x = 1\n"


def make_tree(root: Path, packages: int = 6, quiet: int = 5) -> Path:
    """`packages` packages, each with a leak of its own, one over a helper's file, and `quiet` files without."""
    for number in range(packages):
        package = root / f"package_{number}"
        package.mkdir(parents=True)
        texts = {"__init__.py": "", "leaks.py": LEAKS, "helper.py": HELPER, "loses.py": LOSES}
        texts |= {f"quiet_{each}.py": QUIET for each in range(quiet)}
        for name, text in texts.items():
            (package / name).write_text(text)
    return root


def examine_killing_once(file: SourceFile, project: Project) -> Outcome:
    """As `examine_file`, in a worker that is killed at the first sight of one file."""
    mark = Path(file.path).with_suffix(".seen")
    if file.path.endswith("package_3/leaks.py") and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))  # the latter kills on Windows
    return engine.examine_file(file, project)
