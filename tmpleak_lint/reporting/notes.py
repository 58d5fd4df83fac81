"""What a run says beside its findings: comments and baseline entries without effect, per-file notes, a sum.

In: a `RunReport`. Out: plain lines, without colour, made safe for a terminal by whoever prints them.
"""

from __future__ import annotations

from collections import Counter

from tmpleak_lint.logs import leading
from tmpleak_lint.model import Applicability, Confidence
from tmpleak_lint.reporting import RenderContext, RunReport
from tmpleak_lint.reporting.text import visible
from tmpleak_lint.suppression.names import relative


def notes(run: RunReport, context: RenderContext) -> list[str]:
    """Return one line for each thing that deserves a word but is no finding."""
    lines = [
        f"{leading(relative(report.filename, context.base))}: note: {note}"
        for report in run.reports
        for note in report.notes
    ]
    for unused in run.unused_noqa:
        cell = "" if unused.cell is None else f":cell {unused.cell}"
        place = f"{cell}:{unused.location.row}:{unused.location.column}"
        where = f"{leading(relative(unused.filename, context.base))}{place}"
        lines.append(f"{where}: note: unused noqa: {', '.join(unused.codes)} silences nothing here")
    for entry in run.stale_baseline:
        lines.append(
            f"{leading(entry.path)}: note: stale baseline entry {entry.fingerprint}: "
            f"{entry.code} in {entry.function} is gone"
        )
    return lines


def summary(run: RunReport) -> str:
    """Return the one line that ends a run: how much was found and how much was looked at."""
    count = sum(1 for _ in run.findings())
    files = sum(1 for report in run.reports if report.findings)
    checked = _count(run.files_checked, "file") + " checked"
    if count:
        line = f"Found {_count(count, 'finding')} in {_count(files, 'file')} ({checked}"
    else:
        line = f"No findings ({checked}"
    suppressed = sum(len(report.suppressed) for report in run.reports)
    baselined = sum(len(report.baselined) for report in run.reports)
    line += f", {suppressed} silenced by noqa" if suppressed else ""
    line += f", {baselined} in the baseline" if baselined else ""
    unsure = sum(report.unsure for report in run.reports)
    line += f", {unsure} of lower confidence not shown" if unsure else ""
    line += ", interrupted" if run.interrupted else ""
    return f"{line}).{_fixable(run)}"


def _fixable(run: RunReport) -> str:
    kinds = Counter(
        loss.fix.applicability for report in run.reports for loss in report.findings if loss.fix is not None
    )
    safe, unsafe = kinds[Applicability.SAFE], kinds[Applicability.UNSAFE]
    if safe and unsafe:
        return f" {safe} fixable with --fix ({unsafe} more with --unsafe-fixes)."
    if unsafe:
        return f" {unsafe} fixable with --fix --unsafe-fixes."
    return f" {safe} fixable with --fix." if safe else ""


def statistics(run: RunReport) -> str:
    """Return a table of the codes that were found: how often, how sure, in how many files, what each means."""
    findings = Counter((finding.code, finding.name) for finding in run.findings())
    sure = Counter((finding.code, finding.confidence) for finding in run.findings())
    files = Counter(
        pair for report in run.shown() for pair in {(found.code, found.name) for found in report.findings}
    )
    ordered = sorted(findings.items(), key=lambda item: (-item[1], item[0]))
    digits = len(str(max(findings.values(), default=0)))
    return "".join(
        f"{count:>{digits}}  {visible(code)}  {visible(name)} "
        f"({_levels(code, sure)}; in {_count(files[code, name], 'file')})\n"
        for (code, name), count in ordered
    )


def _levels(code: str, sure: Counter[tuple[str, Confidence]]) -> str:
    return ", ".join(f"{sure[code, level]} {level}" for level in Confidence if sure[code, level])


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
