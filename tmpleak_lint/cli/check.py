# ruff: noqa: PTH100, PTH109, PTH110, PTH112, PTH118, PTH120
"""`tmpleak-lint [check] PATH...`: run the engine, leave out what is known, print, set the exit status.

In: arguments. Out: reports on stdout and in files, summary and progress on stderr, an exit status.
What looks at a whole run happens here: the baseline, `--since`, comments that silence nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from tmpleak_lint import __version__, engine
from tmpleak_lint.cli import COMMANDS, INTERRUPTED, USAGE_ERROR, UsageError, complain
from tmpleak_lint.cli.fix_flags import changes, wants_proposals
from tmpleak_lint.cli.fix_flags import check_flags as check_fix_flags
from tmpleak_lint.cli.parser import check_parser as parser
from tmpleak_lint.cli.parser import output_files, overrides, parse
from tmpleak_lint.cli.terminal import Progress, can_draw, can_link, wants_color, width_of
from tmpleak_lint.configuration import SettingsFinder
from tmpleak_lint.engine import Outcome
from tmpleak_lint.model import FileReport, Finding, Location, Span
from tmpleak_lint.reading.discovery import Discovery, discover, is_left_out
from tmpleak_lint.reading.gitignore import work_tree_root
from tmpleak_lint.reporting import FORMATS, RenderContext, RunReport
from tmpleak_lint.run import check_files
from tmpleak_lint.selection import check_all_codes, check_codes, selected_codes
from tmpleak_lint.session import Session
from tmpleak_lint.settings import Settings, did_you_mean, show

CACHE_NAME = ".tmpleak_cache"
WORTH_A_CACHE = 20  # files of a run for which a cache is made; a smaller one uses what is there

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from tmpleak_lint.reading.discovery import SourceFile
    from tmpleak_lint.run.cache import Cache
    from tmpleak_lint.run.results import Results
    from tmpleak_lint.suppression.baseline import Baseline, Entry

__all__ = ["main", "parser"]

STDIN = "-"
FOR_READERS = ("full", "concise")  # formats that a person reads on the screen


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
        sys.stdout.write(show(finder.of_folder(_folder_of(given.paths[0] if given.paths else os.curdir))))
        return 0
    if given.watch:
        from tmpleak_lint.cli.watch import watch

        return watch(given, files)
    run = _from_stdin(given, finder) if _is_stdin(given) else _from_paths(given, finder, files)
    if given.add_noqa is not None:
        return add_comments(_report(run, given), given.add_noqa, quiet=given.quiet)
    if changes(given):
        return _fix(_report(run, given), run, given, files)
    return conclude(run, given, files)


def conclude(run: Run, given: argparse.Namespace, files: list[tuple[str, str]]) -> int:
    """Show what a run that changes nothing has found; the exit status."""
    report = _report(run, given)
    if not run.interrupted and wants_proposals(given, _formats(run.settings, files)):
        report = dataclasses.replace(report, reports=tuple(_proposed(report, run, given)))
    failed = _write_reports(report, run, files)
    _print(report, run, given)
    if failed:
        return complain(failed)
    if run.interrupted:
        return INTERRUPTED
    return int(any(report.findings()) and not given.exit_zero)


def _proposed(report: RunReport, run: Run, given: argparse.Namespace) -> list[FileReport]:
    from tmpleak_lint.cli.fix import with_proposals

    return with_proposals(
        report.reports,
        _settings_of(run, report),
        run.texts,
        on_disk=_on_disk(given),
        jobs=jobs_of(run.settings),
        done=run.proposed,
    )


# Running


def _is_stdin(given: argparse.Namespace) -> bool:
    if STDIN in given.paths and len(given.paths) > 1:
        raise UsageError("- (standard input) goes with no other path")
    return STDIN in given.paths or (given.stdin_filename is not None and not given.paths)


def _from_stdin(given: argparse.Namespace, finder: SettingsFinder) -> Run:
    if given.add_noqa is not None or given.update_baseline:
        raise UsageError("text from standard input cannot be changed or recorded in a baseline")
    name: str = given.stdin_filename or STDIN
    settings = finder.of_folder(_folder_of(given.stdin_filename or os.curdir))
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
        run.screen = _screen(run, given)
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
                _draw_ahead(run, outcome)
        except KeyboardInterrupt:
            run.interrupted = True
        finally:
            outcomes.close()
            progress.clear()
    return run


def begin(given: argparse.Namespace, finder: SettingsFinder) -> Run:
    """A run that knows its files and settings. Raises `UsageError`, `MissingPath` and `SettingsError`."""
    if not given.paths:
        raise UsageError("no path is named (the current folder is .)")
    _refuse_commands(given.paths)
    found = discover(given.paths, finder)
    settings = finder.of_folder(_folder_of(given.paths[0]))
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


def _cache(given: argparse.Namespace, run: Run) -> Cache | None:
    """Where the run keeps what it finds out, None where it is too small to make a folder for. Raises `UsageError`."""
    if given.no_cache or given.executor is not None or given.results is not None:
        return None
    settings = run.settings
    folder = os.path.join(settings.base_of("cache_dir"), settings.cache_dir or CACHE_NAME)
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


def _folder_of(path: str) -> str:
    return path if os.path.isdir(path) else os.path.dirname(path) or os.curdir


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


# Fixing


def _fix(report: RunReport, run: Run, given: argparse.Namespace, files: list[tuple[str, str]]) -> int:
    """Fix, show what was done and what is left."""
    from tmpleak_lint.cli.fix import fix_reports, said

    made = fix_reports(
        report.reports,
        _settings_of(run, report),
        run.texts,
        given,
        on_disk=_on_disk(given),
        jobs=jobs_of(run.settings),
    )
    after = dataclasses.replace(report, reports=tuple(made.reports))
    if not given.diff:
        run.texts.update(made.texts)
    failed = _write_reports(report if given.diff else after, run, files)
    if given.diff:
        _show_diffs(made.diffs, given)
    elif _is_stdin(given):
        sys.stdout.flush()
        sys.stdout.buffer.write(next(iter(run.texts.values())))
    elif not given.fix_only:
        _print(after, run, given)
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


def _show_diffs(diffs: Sequence[str], given: argparse.Namespace) -> None:
    """Coloured where colours are wanted; made safe on a terminal, and as `git apply` takes it elsewhere."""
    from tmpleak_lint.reporting.diff import painted
    from tmpleak_lint.reporting.text import visible_lines

    text = "".join(diffs)
    colored = wants_color(given.color, sys.stdout, os.environ)
    if colored or sys.stdout.isatty():
        text = visible_lines(text)
    sys.stdout.write(painted(text) if colored else text)


def _settings_of(run: Run, report: RunReport) -> dict[str, Settings]:
    """The settings of each file that has a report."""
    known = {file.filename: file.settings for file in run.found.files}
    return {each.filename: known.get(each.filename, run.settings) for each in report.reports}


def _on_disk(given: argparse.Namespace) -> bool:
    return not _is_stdin(given) or given.stdin_filename is not None


# From outcomes to a report


def _report(run: Run, given: argparse.Namespace) -> RunReport:
    reports = sorted((outcome.report for outcome in run.outcomes), key=lambda report: report.filename)
    worth = [report for report in reports if report.findings or report.suppressed or report.notes]
    stale: tuple[Entry, ...] = ()
    if run.settings.baseline is not None or given.update_baseline:
        worth, stale = _without_known(run, worth, reports, given)
    if given.since is not None:
        from tmpleak_lint.suppression.since import changes_since

        changes = changes_since(given.since, Path(_folder_of(given.paths[0] if given.paths else os.curdir)))
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
    root = _root(run.settings)
    source = _sources(run)
    prints = {report.filename: fingerprints_of_report(report, source, root) for report in worth}
    everything = {finding: mark for marks in prints.values() for finding, mark in marks.items()}
    counting = {finding: everything[finding] for report in worth for finding in report.findings}
    if given.update_baseline and not path.exists():
        if run.interrupted:
            raise UsageError(f"{path}: not made, as the run was interrupted")
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


def _was_checked(path: str, checked: set[str]) -> bool:
    """Was this file looked at in this run, or is it gone?"""
    return path in checked or not os.path.exists(path)


def _split(report: FileReport, known: Baseline, marks: dict[Finding, str]) -> FileReport:
    new, old = known.split({finding: marks[finding] for finding in report.findings})
    return dataclasses.replace(report, findings=new, baselined=old)


def _root(settings: Settings) -> Path:
    """The project's folder, which names in fingerprints are relative to."""
    return Path(settings.base if settings.source else work_tree_root(os.getcwd()) or os.getcwd())


# Printing


def _write_reports(report: RunReport, run: Run, files: list[tuple[str, str]]) -> str:
    """Write the reports that go into files; which of them could not be written, for the others and the screen go on."""
    if not files:
        return ""
    from tmpleak_lint.fixing.writing import WriteError, write_file

    failed: list[str] = []
    context = RenderContext(False, False, 100, Path.cwd(), _sources(run), _root(run.settings))
    for name, file in files:
        try:
            write_file(Path(file), FORMATS[name](report, context).encode("utf-8", "backslashreplace"))
        except WriteError as error:
            failed.append(str(error))
    return "; ".join(failed)


def _screen(run: Run, given: argparse.Namespace) -> RenderContext:
    """How reports are shown on standard output."""
    for_readers = run.settings.output_format in FOR_READERS
    return RenderContext(
        color=for_readers and wants_color(given.color, sys.stdout, os.environ),
        links=for_readers and given.color != "never" and can_link(sys.stdout, os.environ),
        width=width_of(sys.stdout),
        unicode=can_draw(sys.stdout),
        base=Path.cwd(),
        source=_sources(run),
        root=_root(run.settings),
    )


def _draw_ahead(run: Run, outcome: Outcome) -> None:
    """Draw what will most likely be shown: the workers are busy, this process is not."""
    if run.settings.output_format == "full" and run.screen is not None and outcome.report.findings:
        from tmpleak_lint.creations import told_once
        from tmpleak_lint.reporting.full import block

        for finding in told_once(outcome.report.findings):
            block(finding, run.screen)


def _print(report: RunReport, run: Run, given: argparse.Namespace) -> None:
    screen = run.settings.output_format
    context = _screen(run, given) if run.screen is None else run.screen
    is_empty = not (report.reports or report.unused_noqa or report.stale_baseline)
    if screen not in FOR_READERS or not (given.statistics or is_empty):
        sys.stdout.write(FORMATS[screen](report, context))
    if given.statistics:
        from tmpleak_lint.reporting.notes import statistics

        (sys.stdout if screen in FOR_READERS else sys.stderr).write(statistics(report))
    if not given.quiet:
        _close(report, run, given)
        if not report.files_checked:
            print("warning: nothing was read: is it excluded, or ignored by git?", file=sys.stderr)


def _close(report: RunReport, run: Run, given: argparse.Namespace) -> None:
    """The last lines of a run: what was found, and for who reads findings one by one what to do next."""
    from tmpleak_lint.reporting.notes import summary

    sys.stdout.flush()
    guides = run.settings.output_format == "full" and not (
        run.interrupted or given.statistics or changes(given)
    )
    if not (guides and any(report.findings())):
        print(summary(report), file=sys.stderr)
        return
    from tmpleak_lint.cli.closing import counted, next_steps

    if given.show_fixes is None and not run.proposed:
        report = counted(report, lambda reports: _proposed(report, run, given))
    print(summary(report), file=sys.stderr)
    if _on_disk(given) and not _is_stdin(given):
        for line in next_steps(report, isolated=given.isolated):
            print(line, file=sys.stderr)


def _sources(run: Run) -> Callable[[str, int | None], str | None]:
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
