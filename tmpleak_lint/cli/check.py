# ruff: noqa: PTH112
"""`tmpleak-lint [check] PATH...`: run the engine, leave out what is known, print, set the exit status.

In: arguments. Out: reports on stdout and in files, summary and progress on stderr, an exit status.
What looks at a whole run (the baseline, `--since`, comments that silence nothing) is done in `gathering`, what is shown
in `showing`.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tmpleak_lint import engine
from tmpleak_lint.cli import INTERRUPTED, USAGE_ERROR, UsageError, complain
from tmpleak_lint.cli.fix_flags import changes
from tmpleak_lint.cli.fix_flags import check_flags as check_fix_flags
from tmpleak_lint.cli.gathering import STDIN, Run, folder_of, gathered, is_stdin, on_disk, settings_of
from tmpleak_lint.cli.parser import check_parser as parser
from tmpleak_lint.cli.parser import output_files, overrides, parse
from tmpleak_lint.cli.showing import draw_ahead, screen_of, show, show_diffs, write_reports
from tmpleak_lint.cli.stages import begin, conclude, jobs_of, propose_at_once, proposed
from tmpleak_lint.cli.terminal import Progress
from tmpleak_lint.configuration import SettingsFinder
from tmpleak_lint.engine import Outcome
from tmpleak_lint.reading.discovery import Discovery, is_left_out
from tmpleak_lint.reporting import RunReport
from tmpleak_lint.run import check_files
from tmpleak_lint.selection import check_codes
from tmpleak_lint.session import Session
from tmpleak_lint.settings import show as shown

WORTH_A_CACHE = 20  # files of a run for which a cache is made; a smaller one uses what is there

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from tmpleak_lint.reading.discovery import SourceFile
    from tmpleak_lint.run.cache import Cache
    from tmpleak_lint.run.results import Results

__all__ = ["main", "parser"]


def main(arguments: Sequence[str]) -> int:
    """Check what the arguments name."""
    given = parse(arguments)
    files = output_files(given)
    if given.add_noqa is not None:
        from tmpleak_lint.cli.add_noqa import add_comments, check_reason

        check_reason(given.add_noqa)
        if files:
            raise UsageError("--add-noqa writes comments and no report: --output goes with another run")
    if given.isolated and given.config is not None:
        raise UsageError("--isolated reads no configuration file, --config names one")
    check_fix_flags(given)
    finder = SettingsFinder(overrides(given), given.config, given.isolated)
    if given.show_settings:
        sys.stdout.write(shown(finder.of_folder(folder_of(given.paths[0] if given.paths else os.curdir))))
        return 0
    if given.watch:
        from tmpleak_lint.cli.watch import watch

        return watch(given, files)
    run = _from_stdin(given, finder) if is_stdin(given) else _from_paths(given, finder, files)
    if given.add_noqa is not None:
        return add_comments(gathered(run, given), given.add_noqa, quiet=given.quiet)
    if changes(given):
        return _fix(gathered(run, given), run, given, files)
    return conclude(run, given, files)


# Running


def _from_stdin(given: argparse.Namespace, finder: SettingsFinder) -> Run:
    if given.add_noqa is not None or given.update_baseline:
        raise UsageError("text from standard input cannot be changed or recorded in a baseline")
    name: str = given.stdin_filename or STDIN
    settings = finder.of_folder(folder_of(given.stdin_filename or os.curdir))
    check_codes(settings)
    run = Run(settings, Discovery(()))
    if sys.stdin is None:
        raise UsageError("standard input is closed")
    data = run.texts[name] = sys.stdin.buffer.read()
    if given.stdin_filename is None or not is_left_out(name, settings):
        on_disk = given.stdin_filename is not None
        run.outcomes.append(engine.examine_text(data, name, settings, on_disk=on_disk))
    return run


def _from_paths(given: argparse.Namespace, finder: SettingsFinder, files: list[tuple[str, str]]) -> Run:
    run = begin(given, finder)
    found, settings = run.found, run.settings
    progress = Progress(sys.stderr, wanted=not given.quiet)
    examine: Callable[[SourceFile, Session], Outcome] = engine.examine_file
    if most := propose_at_once(run, given, files):
        from tmpleak_lint.fixes import examine_with_fixes

        examine = partial(examine_with_fixes, most=most)
    if not changes(given) and given.add_noqa is None:
        run.screen = screen_of(run, given)
    with _scaled(given, found, run.proposed) as (executor, results):
        outcomes = check_files(
            found,
            jobs=jobs_of(settings),
            on_progress=progress,
            examine=examine,
            executor=executor,
            results=results,
            cache=_cache(given, run),
        )
        try:
            for outcome in outcomes:
                run.outcomes.append(outcome)
                draw_ahead(run, outcome)
        except KeyboardInterrupt:
            run.interrupted = True
        finally:
            outcomes.close()
            progress.clear()
    return run


def _cache(given: argparse.Namespace, run: Run) -> Cache | None:
    """Where the run keeps what it finds out, None where it is too small to make a folder for. Raises `UsageError`."""
    if given.no_cache or given.executor is not None or given.results is not None:
        return None
    settings = run.settings
    folder = settings.cache_folder()
    is_asked = settings.cache_dir is not None
    if not is_asked and len(run.found.files) < WORTH_A_CACHE and not os.path.isdir(folder):
        return None
    from tmpleak_lint.run.cache import Cache, CacheError

    try:
        return Cache(folder, f"fixes: {run.proposed}" if run.proposed else "", must=is_asked)
    except CacheError as error:
        raise UsageError(str(error)) from error


@contextlib.contextmanager
def _scaled(
    given: argparse.Namespace, found: Discovery, proposed: int
) -> Iterator[tuple[Executor | None, Results | None]]:
    """The cluster that does the work, and the file of results, where they are asked for.

    What is wrong with them, also later on, is told as wrong usage.
    """
    if given.executor is None and given.results is None:
        yield None, None
        return
    from tmpleak_lint.run.elsewhere import ExecutorError, opened
    from tmpleak_lint.run.results import Results, ResultsError, about

    with contextlib.ExitStack() as stack:
        try:
            results = None
            if given.results is not None:
                subject = about({file.settings for file in found.files}, with_fixes=proposed > 0)
                results = stack.enter_context(Results(Path(given.results), subject))
            executor = stack.enter_context(opened(given.executor)) if given.executor is not None else None
            yield executor, results
        except (ExecutorError, ResultsError) as error:
            raise UsageError(str(error)) from error


# Fixing


def _fix(report: RunReport, run: Run, given: argparse.Namespace, files: list[tuple[str, str]]) -> int:
    """Fix, show what was done and what is left."""
    from tmpleak_lint.cli.fix import fix_reports, said

    made = fix_reports(
        report.reports,
        settings_of(run, report.reports),
        run.texts,
        given,
        on_disk=on_disk(given),
        jobs=jobs_of(run.settings),
    )
    after = dataclasses.replace(report, reports=tuple(made.reports))
    if not given.diff:
        run.texts.update(made.texts)
    failed = write_reports(report if given.diff else after, run, files)
    if given.diff:
        show_diffs(made.diffs, given)
    elif is_stdin(given):
        sys.stdout.flush()
        sys.stdout.buffer.write(next(iter(run.texts.values())))
    elif not given.fix_only:
        show(after, run, given, lambda reports: proposed(reports, run, given))
    if not given.quiet:
        print(said(made, would=given.diff, listed=bool(given.show_fixes)), file=sys.stderr)
    if failed:
        return complain(failed)
    if made.failed:
        return USAGE_ERROR
    if run.interrupted:
        return INTERRUPTED
    if given.diff:
        return int(bool(made.diffs) and not given.exit_zero)
    return int(any(after.findings()) and not given.exit_zero and not given.fix_only)
