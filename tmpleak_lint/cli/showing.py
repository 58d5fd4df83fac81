"""What a run of `check` shows: reports on the screen and in files, and the last lines on stderr.

In: a `RunReport` and the `Run` that it was gathered from. Out: text; which files could not be written.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tmpleak_lint.cli.fix_flags import changes
from tmpleak_lint.cli.gathering import Run, is_stdin, on_disk, root_of, sources
from tmpleak_lint.cli.terminal import can_draw, can_link, wants_color, width_of
from tmpleak_lint.engine import Outcome
from tmpleak_lint.reporting import FORMATS, RenderContext, RunReport

if TYPE_CHECKING:
    from tmpleak_lint.cli.closing import Propose

FOR_READERS = ("full", "concise")  # formats that a person reads on the screen


def write_reports(report: RunReport, run: Run, files: list[tuple[str, str]]) -> str:
    """Write the reports that go into files; which of them could not be written, for the others and the screen go on."""
    if not files:
        return ""
    from tmpleak_lint.fixing.writing import WriteError, write_file

    failed: list[str] = []
    context = RenderContext(False, False, 100, Path.cwd(), sources(run), root_of(run.settings))
    for name, file in files:
        try:
            write_file(Path(file), FORMATS[name](report, context).encode("utf-8", "backslashreplace"))
        except WriteError as error:
            failed.append(str(error))
    return "; ".join(failed)


def screen_of(run: Run, given: argparse.Namespace) -> RenderContext:
    """How reports are shown on standard output."""
    for_readers = run.settings.output_format in FOR_READERS
    return RenderContext(
        color=for_readers and wants_color(given.color, sys.stdout, os.environ),
        links=for_readers and given.color != "never" and can_link(sys.stdout, os.environ),
        width=width_of(sys.stdout),
        unicode=can_draw(sys.stdout),
        base=Path.cwd(),
        source=sources(run),
        root=root_of(run.settings),
    )


def draw_ahead(run: Run, outcome: Outcome) -> None:
    """Draw what will most likely be shown: the workers are busy, this process is not."""
    if run.settings.output_format == "full" and run.screen is not None and outcome.report.findings:
        from tmpleak_lint.creations import told_once
        from tmpleak_lint.reporting.full import block

        for finding in told_once(outcome.report.findings):
            block(finding, run.screen)


def show(report: RunReport, run: Run, given: argparse.Namespace, propose: Propose) -> None:
    """Show a report on the screen, and say what comes of the run."""
    screen = run.settings.output_format
    context = screen_of(run, given) if run.screen is None else run.screen
    is_empty = not (report.reports or report.unused_noqa or report.stale_baseline)
    if screen not in FOR_READERS or not (given.statistics or is_empty):
        sys.stdout.write(FORMATS[screen](report, context))
    if given.statistics:
        from tmpleak_lint.reporting.notes import statistics

        (sys.stdout if screen in FOR_READERS else sys.stderr).write(statistics(report))
    if not given.quiet:
        _close(report, run, given, propose)
        if not report.files_checked:
            print("warning: nothing was read: is it excluded, or ignored by git?", file=sys.stderr)


def _close(report: RunReport, run: Run, given: argparse.Namespace, propose: Propose) -> None:
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
        report = counted(report, propose)
    print(summary(report), file=sys.stderr)
    if on_disk(given) and not is_stdin(given):
        for line in next_steps(report, isolated=given.isolated):
            print(line, file=sys.stderr)


def show_diffs(diffs: Sequence[str], given: argparse.Namespace) -> None:
    """Coloured where colours are wanted; made safe on a terminal, and as `git apply` takes it elsewhere."""
    from tmpleak_lint.reporting.diff import painted
    from tmpleak_lint.reporting.text import visible_lines

    text = "".join(diffs)
    colored = wants_color(given.color, sys.stdout, os.environ)
    if colored or sys.stdout.isatty():
        text = visible_lines(text)
    sys.stdout.write(painted(text) if colored else text)
