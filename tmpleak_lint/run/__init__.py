"""Many files: from paths to reports. `plan` says which files matter, `local` and `crew` have them analysed.

In: paths or discovered files, and settings. Out: `Outcome`s in any order while a run goes on, or reports sorted by
name from `check_paths`. A run reads every file once in this process and puts the cheap question, could it matter?;
only the files that could are analysed.

Not handled: baseline and `--since` (they look at a whole run: `cli.check` applies them), and printing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING

from tmpleak_lint import engine
from tmpleak_lint.configuration import SettingsFinder
from tmpleak_lint.engine import Outcome
from tmpleak_lint.model import FileReport
from tmpleak_lint.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from tmpleak_lint.ownership import Project
    from tmpleak_lint.reading.discovery import Discovery, SourceFile

OnProgress = Callable[[int, int], None]


def check_paths(
    paths: Iterable[str | Path],
    settings: Settings | None = None,
    *,
    jobs: int = 1,
    on_progress: OnProgress | None = None,
) -> list[FileReport]:
    """Report on every file that `paths` (files or folders) stand for, sorted by file name.

    `settings` hold for all files; without them each file has those of its nearest pyproject.toml.
    `on_progress(done, total)` is called after each file. Raises `MissingPath` and `SettingsError`.
    """
    from tmpleak_lint.reading.discovery import discover
    from tmpleak_lint.selection import check_all_codes

    finder = SettingsFinder() if settings is None else SettingsFinder.fixed(settings)
    found = discover((os.fspath(path) for path in paths), finder)
    check_all_codes(file.settings for file in found.files)
    outcomes = check_files(found, jobs=jobs, on_progress=on_progress)
    return sorted((outcome.report for outcome in outcomes), key=lambda report: report.filename)


def check_files(
    found: Discovery,
    *,
    jobs: int = 1,
    on_progress: OnProgress | None = None,
    examine: Callable[[SourceFile, Project], Outcome] | None = None,
) -> Generator[Outcome]:
    """Yield the outcome of every discovered file as it is known, in no fixed order.

    `examine` gives the outcome of a file that could matter; without it `examine_file` does. Closing the generator
    early (Ctrl-C does) ends the workers; what was yielded stays valid.
    """
    from tmpleak_lint.run.local import share_out

    for folder, reason in found.unlisted:
        yield engine.unanalysable_file(folder, reason, Settings())
    total = len(found.files)
    done = 0
    for done, outcome in enumerate(share_out(found.files, jobs, examine or engine.examine_file), 1):
        yield outcome
        if on_progress is not None:
            on_progress(done, total)
