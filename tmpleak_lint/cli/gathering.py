# ruff: noqa: PTH100, PTH109, PTH110, PTH112, PTH118, PTH120
"""What a run of `check` has found, as one report.

In: a `Run` with the outcomes of its files. Out: a `RunReport` without what the baseline knows and what `--since` leaves
out. Both look at a whole run, so they are applied here and nowhere else.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from tmpleak_lint import __version__, engine
from tmpleak_lint.cli import UsageError
from tmpleak_lint.engine import Outcome
from tmpleak_lint.model import FileReport, Finding, Location, Span
from tmpleak_lint.reading.discovery import Discovery
from tmpleak_lint.reading.gitignore import work_tree_root
from tmpleak_lint.reporting import RenderContext, RunReport
from tmpleak_lint.selection import selected_codes
from tmpleak_lint.settings import Settings

if TYPE_CHECKING:
    from tmpleak_lint.suppression.baseline import Baseline, Entry

STDIN = "-"


@dataclass(slots=True)
class Run:
    """What is known of a run while it goes on. `texts` holds what came from standard input; `proposed`: of how
    many findings of each file the fix has been looked for already."""

    settings: Settings
    found: Discovery
    outcomes: list[Outcome] = field(default_factory=list)
    texts: dict[str, bytes] = field(default_factory=dict)
    proposed: int = 0
    interrupted: bool = False
    screen: RenderContext | None = None


def is_stdin(given: argparse.Namespace) -> bool:
    if STDIN in given.paths and len(given.paths) > 1:
        raise UsageError("- (standard input) goes with no other path")
    return STDIN in given.paths or (given.stdin_filename is not None and not given.paths)


def on_disk(given: argparse.Namespace) -> bool:
    return not is_stdin(given) or given.stdin_filename is not None


def folder_of(path: str) -> str:
    return path if os.path.isdir(path) else os.path.dirname(path) or os.curdir


def settings_of(run: Run, reports: Iterable[FileReport]) -> dict[str, Settings]:
    """The settings of each file that has a report."""
    known = {file.filename: file.settings for file in run.found.files}
    return {each.filename: known.get(each.filename, run.settings) for each in reports}


def gathered(run: Run, given: argparse.Namespace) -> RunReport:
    reports = sorted((outcome.report for outcome in run.outcomes), key=lambda report: report.filename)
    worth = [report for report in reports if report.findings or report.suppressed or report.notes]
    stale: tuple[Entry, ...] = ()
    if run.settings.baseline is not None or given.update_baseline:
        worth, stale = _without_known(run, worth, reports, given)
    if given.since is not None:
        from tmpleak_lint.suppression.since import changes_since

        changes = changes_since(given.since, Path(folder_of(given.paths[0] if given.paths else os.curdir)))
        worth = [_only(report, lambda finding: changes.concerns(_all_rows(finding))) for report in worth]
    unused = [comment for outcome in run.outcomes for comment in outcome.unused_noqa]
    return RunReport(
        reports=tuple(worth),
        files_checked=len(reports),
        version=__version__,
        interrupted=run.interrupted,
        unused_noqa=tuple(
            sorted(unused, key=lambda comment: (comment.filename, comment.cell or 0, comment.location))
        ),
        stale_baseline=stale,
    )


def _all_rows(finding: Finding) -> Finding:
    """A notebook's finding as one of the whole file: git counts the file's rows, and we count a cell's."""
    if finding.cell is None:
        return finding
    everything = (1, sys.maxsize)
    span = Span(Location(1, 1), Location(sys.maxsize, 1))
    return dataclasses.replace(finding, span=span, noqa_rows=everything, steps=())


def _only(report: FileReport, counts: Callable[[Finding], bool]) -> FileReport:
    return dataclasses.replace(report, findings=tuple(filter(counts, report.findings)))


def _without_known(
    run: Run, worth: list[FileReport], reports: list[FileReport], given: argparse.Namespace
) -> tuple[list[FileReport], tuple[Entry, ...]]:
    """Move what the baseline knows out of the findings; give the entries that match nothing any more.

    With `--update-baseline` the file is made, or rid of those entries.
    """
    from tmpleak_lint.fixing.writing import write_file
    from tmpleak_lint.suppression import baseline as baselines
    from tmpleak_lint.suppression.fingerprint import fingerprints_of_report

    if run.settings.baseline is None:
        raise UsageError("--update-baseline needs the file: --baseline FILE, or baseline in the settings")
    path = Path(os.path.join(run.settings.base_of("baseline"), run.settings.baseline))
    root = root_of(run.settings)
    source = sources(run)
    prints = {report.filename: fingerprints_of_report(report, source, root) for report in worth}
    everything = {finding: mark for marks in prints.values() for finding, mark in marks.items()}
    counting = {finding: everything[finding] for report in worth for finding in report.findings}
    if given.update_baseline and not path.exists():
        if run.interrupted:
            raise UsageError(f"{path}: not made, as the run was interrupted")
        if "baseline" not in run.settings.from_flags and not _lies_in(path, run.settings.base_of("baseline")):
            raise UsageError(
                f"{path}: not made: outside of the project a flag has to name it, --baseline FILE"
            )
        known = baselines.recreated(counting, root)
        write_file(path, baselines.dump(known))
        stale: tuple[Entry, ...] = ()
    else:
        known = baselines.load(path)
        checked = {os.path.abspath(report.filename) for report in reports}
        stale = known.stale(
            frozenset(everything.values()),
            lambda name: not run.interrupted and _was_checked(os.path.join(root, name), checked),
            lambda code: code in selected_codes(run.settings),
        )
        if given.update_baseline and stale:
            known = known.shrunk(stale)
            write_file(path, baselines.dump(known))
            stale = ()
    return [_split(report, known, counting) for report in worth], stale


def _lies_in(path: Path, folder: str) -> bool:
    """Whether a file that a folder's settings name lies in that folder, wherever links lead."""
    return path.resolve().is_relative_to(Path(folder).resolve())


def _was_checked(path: str, checked: set[str]) -> bool:
    """Was this file looked at in this run, or is it gone?"""
    return path in checked or not os.path.exists(path)


def _split(report: FileReport, known: Baseline, marks: dict[Finding, str]) -> FileReport:
    new, old = known.split({finding: marks[finding] for finding in report.findings})
    return dataclasses.replace(report, findings=new, baselined=old)


def root_of(settings: Settings) -> Path:
    """The project's folder, which names in fingerprints are relative to."""
    return Path(settings.base if settings.source else work_tree_root(os.getcwd()) or os.getcwd())


def sources(run: Run) -> Callable[[str, int | None], str | None]:
    """What gives the text of a file, or of a notebook's cell, to whoever shows it."""

    @lru_cache(maxsize=32)
    def source(filename: str, cell: int | None) -> str | None:
        from tmpleak_lint.reading.decoding import Undecodable, decode
        from tmpleak_lint.reading.notebooks import cell_text

        try:
            data = run.texts[filename] if filename in run.texts else engine.read_bytes(filename)
            return decode(data) if cell is None else cell_text(data, cell)
        except (OSError, Undecodable):  # then a report goes without the line
            return None

    return source
