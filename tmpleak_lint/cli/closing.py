"""What a run ends on: how many findings can be fixed, and commands to copy for what comes next.

In: the report of a run, and how fixes are looked for. Out: the report that the summary counts, and lines for standard
error. Every fix takes a proof, so that they are only looked for to be counted where there are few findings; what is
shown of each finding does not hang on that. Not handled: printing.
"""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from tmpleak_lint.logs import leading
from tmpleak_lint.model import FileReport, Finding
from tmpleak_lint.reporting import RunReport
from tmpleak_lint.reporting.text import visible
from tmpleak_lint.rules import RULES

MOST_COUNTED = 60  # findings whose fixes are looked for only to be counted

Propose = Callable[[Sequence[FileReport]], list[FileReport]]


def counted(report: RunReport, propose: Propose) -> RunReport:
    """The report with fixes in its findings where there are few enough of them, else as it is."""
    if len(list(islice(report.findings(), MOST_COUNTED + 1))) > MOST_COUNTED:
        return report
    return dataclasses.replace(report, reports=tuple(propose(report.reports)))


def next_steps(report: RunReport, *, isolated: bool) -> Iterator[str]:
    """A line for each thing that can be done next with the first finding that has a place on the disk."""
    findings = [finding for finding in report.findings() if finding.cell is None]
    if len(findings) > MOST_COUNTED:
        yield "What can be fixed: --diff shows it, --fix does it."
    told = next((finding for finding in findings if RULES[finding.code].played), None)
    if told is None:
        told = next((finding for finding in findings if finding.steps), None)
    if told is None:
        return
    place = _place(told) + (" --isolated" if isolated else "")
    yield f"Why it stays:     tmpleak-lint explain {place}"
    if RULES[told.code].played:
        yield f"See it fill up:   tmpleak-lint simulate {place}"


def _place(finding: Finding) -> str:
    return visible(shlex.quote(f"{leading(finding.filename)}:{finding.span.start.row}"))
