"""Ownership: which temp files can stay behind, and the path on which they do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tmpleak_lint.ownership.project import Project

if TYPE_CHECKING:
    from tmpleak_lint.model import Finding

__all__ = ["Project", "find_leaks", "hands_over"]


def find_leaks(data: bytes, filename: str, path: Path | None, project: Project) -> list[Finding]:
    """Return every finding of one file, unfiltered and unsuppressed, in source order."""
    from tmpleak_lint.ownership.report import report_module
    from tmpleak_lint.reading.decoding import unanalysable
    from tmpleak_lint.reading.regions import Unreadable

    try:
        module = project.add(data, filename, path)
        return report_module(project, module)
    except Unreadable as error:
        return [unanalysable(filename, error.reason, error.row, error.column)]
    except RecursionError:
        return [unanalysable(filename, "nested too deeply to be analysed")]


def hands_over(project: Project, path: str, function: str) -> bool:
    """Whether a function of a file may give its caller a temp file to delete, or can't be asked for it."""
    from tmpleak_lint.ownership.neighbourhood import Neighbourhood
    from tmpleak_lint.ownership.values import Func

    module = project.read(Path(path))
    if module is None or function not in module.source.skeleton.defs:
        return True
    return Neighbourhood(project).may_hand_over(Func(module.key, function))
