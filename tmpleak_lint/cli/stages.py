# ruff: noqa: PTH110
"""The stages of a check that changes nothing, for who does them once (`check`) and over and over (`watch`).

In: arguments. Out: a `Run` that knows its files and settings (`begin`); how its findings come to their fixes
(`propose_at_once`, `proposed`); what is shown and the exit status (`conclude`).
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
from collections.abc import Sequence

from tmpleak_lint.cli import COMMANDS, INTERRUPTED, UsageError, complain
from tmpleak_lint.cli.fix_flags import changes, wants_proposals
from tmpleak_lint.cli.gathering import Run, folder_of, gathered, on_disk, settings_of
from tmpleak_lint.cli.showing import show, write_reports
from tmpleak_lint.configuration import SettingsFinder
from tmpleak_lint.model import FileReport
from tmpleak_lint.reading.discovery import discover
from tmpleak_lint.selection import check_all_codes
from tmpleak_lint.settings import Settings, did_you_mean


def begin(given: argparse.Namespace, finder: SettingsFinder) -> Run:
    """A run that knows its files and settings. Raises `UsageError`, `MissingPath` and `SettingsError`."""
    if not given.paths:
        raise UsageError("no path is named (the current folder is .)")
    _refuse_commands(given.paths)
    found = discover(given.paths, finder)
    settings = finder.of_folder(folder_of(given.paths[0]))
    check_all_codes((settings, *(file.settings for file in found.files)))
    return Run(settings, found)


def _refuse_commands(paths: Sequence[str]) -> None:
    """Say of a path that isn't there, and reads like a command, that one may have been meant."""
    for place, path in enumerate(paths):
        if os.path.exists(path):
            continue
        if path in COMMANDS:
            raise UsageError(f"{path}: no such file or folder (a command stands before its options)")
        if place == 0 and (hint := did_you_mean(path, COMMANDS)):
            raise UsageError(f"{path}: no such file, folder or command{hint}")


def propose_at_once(run: Run, given: argparse.Namespace, files: list[tuple[str, str]]) -> int:
    """Of how many findings of each file the fix is looked for as soon as it is analysed; the run takes note."""
    if _proposes_at_once(given, run.settings, files):
        from tmpleak_lint.fixes import AT_ONCE

        # With one process nobody else would take the rest of a file.
        run.proposed = AT_ONCE if jobs_of(run.settings) > 1 else sys.maxsize
    return run.proposed


def _proposes_at_once(given: argparse.Namespace, settings: Settings, files: list[tuple[str, str]]) -> bool:
    """Whether fixes are looked for as soon as a file is analysed: where every finding is going to count."""
    return (
        wants_proposals(given, _formats(settings, files))
        and not changes(given)
        and given.add_noqa is None
        and given.since is None
        and settings.baseline is None
        and not given.update_baseline
    )


def _formats(settings: Settings, files: list[tuple[str, str]]) -> list[str]:
    return [settings.output_format, *(name for name, _ in files)]


def jobs_of(settings: Settings) -> int:
    return settings.jobs or _processors()


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def conclude(run: Run, given: argparse.Namespace, files: list[tuple[str, str]]) -> int:
    """Show what a run that changes nothing has found; the exit status."""
    report = gathered(run, given)
    if not run.interrupted and wants_proposals(given, _formats(run.settings, files)):
        report = dataclasses.replace(report, reports=tuple(proposed(report.reports, run, given)))
    failed = write_reports(report, run, files)
    show(report, run, given, lambda reports: proposed(reports, run, given))
    if failed:
        return complain(failed)
    if run.interrupted:
        return INTERRUPTED
    return int(any(report.findings()) and not given.exit_zero)


def proposed(reports: Sequence[FileReport], run: Run, given: argparse.Namespace) -> list[FileReport]:
    """The reports, with the fixes that weren't looked for at once."""
    from tmpleak_lint.cli.fix import with_proposals

    return with_proposals(
        reports,
        settings_of(run, reports),
        run.texts,
        on_disk=on_disk(given),
        jobs=jobs_of(run.settings),
        done=run.proposed,
    )
