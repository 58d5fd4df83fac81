"""Fixes of whole files: each finding's proposal, and files with every allowed fix in them, proven by analysing anew.

In: the bytes of a file, its settings, what may be fixed. Out: findings that carry a fix or the reason why there is
none, or the new bytes. Nothing is written here (`cli.fix` does, through `fixing.writing`).
Not handled: notebooks, whose cells aren't rewritten; baseline and `--since` (the caller says which functions count).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tmpleak_lint import engine
from tmpleak_lint.model import Applicability, FileReport, Finding, Fix
from tmpleak_lint.settings import Settings

if TYPE_CHECKING:
    from tmpleak_lint.fixing.repair import Repaired, Workshop
    from tmpleak_lint.ownership.project import Project
    from tmpleak_lint.ownership.report import Reported

NO_NOTEBOOKS = "the cells of a notebook are not rewritten"


def with_fixes(report: FileReport, data: bytes, settings: Settings, *, on_disk: bool = True) -> FileReport:
    """The report with a proven fix, or the reason why there is none, in each of its findings."""
    from tmpleak_lint.fixing.repair import Unfit, propose
    from tmpleak_lint.fixing.source import Source
    from tmpleak_lint.reading.notebooks import is_notebook

    if not report.findings:
        return report
    if is_notebook(report.filename):
        return _refused(report, NO_NOTEBOOKS)
    try:
        source = Source(data)
        found, shop = _analysed(data, report.filename, settings, on_disk=on_disk)
    except Unfit as unfit:
        return _refused(report, str(unfit))
    by_place = {(one.finding.span, one.finding.code): one for one in found}
    findings = []
    for finding in report.findings:
        one = by_place.get((finding.span, finding.code))
        if one is None:
            findings.append(finding)
            continue
        try:
            proposal = propose(source, found, one, shop)
            findings.append(dataclasses.replace(finding, fix=proposal.fix, fix_refused=proposal.refused))
        except RecursionError:
            findings.append(dataclasses.replace(finding, fix_refused="the code is nested too deeply"))
    return dataclasses.replace(report, findings=tuple(findings))


def fix_bytes(
    data: bytes,
    filename: str,
    settings: Settings,
    *,
    unsafe: bool = False,
    on_disk: bool = True,
    only: Sequence[Finding] | None = None,
    agree: Callable[[Finding, Fix], bool] = lambda finding, fix: True,
) -> Repaired:
    """The file with every allowed fix in it. `only`: touch no function and code but theirs.

    Raises `fixing.source.Unfit` for a file that no rewrite may touch.
    """
    from tmpleak_lint.fixing.repair import repair

    found, shop = _analysed(data, filename, settings, on_disk=on_disk)
    places = None if only is None else {(finding.function, finding.code) for finding in only}

    def wanted(now: bytes, findings: Sequence[Finding]) -> frozenset[Finding]:
        kept = engine.counting(findings, now, filename, settings)
        return frozenset(f for f in kept if places is None or (f.function, f.code) in places)

    most = Applicability.UNSAFE if unsafe else Applicability.SAFE
    return repair(data, found, shop, most, wanted, agree)


def report_after(repaired: Repaired, filename: str, settings: Settings) -> tuple[Finding, ...]:
    """The findings that are left in a repaired file, each with the reason why it wasn't fixed."""
    findings = [one.finding for one in repaired.found]
    kept = engine.counting(findings, repaired.data, filename, settings)
    return tuple(dataclasses.replace(f, fix_refused=repaired.refused.get(f)) for f in kept)


def _refused(report: FileReport, reason: str) -> FileReport:
    findings = tuple(dataclasses.replace(finding, fix_refused=reason) for finding in report.findings)
    return dataclasses.replace(report, findings=findings)


def _analysed(
    data: bytes, filename: str, settings: Settings, *, on_disk: bool
) -> tuple[list[Reported], Workshop]:
    """What is found in the bytes, and how to ask the same of other bytes in the file's place."""
    from tmpleak_lint.configuration import target_for
    from tmpleak_lint.fixing.repair import Workshop

    project = engine.new_project(settings)
    found = _found(data, filename, project, on_disk=on_disk)

    def analyse(changed: bytes) -> list[Reported]:
        fresh = dataclasses.replace(project, memo={}, _modules=dict(project._modules))
        return _found(changed, filename, fresh, on_disk=on_disk)

    def trust(code: str, own: Applicability) -> Applicability:
        return trusted(code, own, settings)

    folder = str(Path(filename).absolute().parent)
    return found, Workshop(project, analyse, target_for(settings, folder), trust)


def _found(data: bytes, filename: str, project: Project, *, on_disk: bool) -> list[Reported]:
    from tmpleak_lint.fixing.source import Unfit
    from tmpleak_lint.ownership.report import reported_of
    from tmpleak_lint.reading.regions import Unreadable

    try:
        module = project.add(data, filename, Path(filename).absolute() if on_disk else None)
        return reported_of(project, module)
    except Unreadable as error:
        raise Unfit(f"it can't be analysed: {error}") from None


def trusted(code: str, own: Applicability, settings: Settings) -> Applicability:
    """What the settings make of a fix: the longer prefix wins, and unsafe over safe."""
    if own is Applicability.DISPLAY:
        return own
    raised = max((len(p) for p in settings.extend_safe_fixes if code.startswith(p)), default=-1)
    lowered = max((len(p) for p in settings.extend_unsafe_fixes if code.startswith(p)), default=-1)
    if raised == lowered == -1:
        return own
    return Applicability.SAFE if raised > lowered else Applicability.UNSAFE
