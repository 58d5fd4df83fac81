"""One finding for one creation, however many callers lose it.

In: the findings of one file, those left out already that a comment, the baseline or the settings silence. Out: the same
with those joined that are about one creation. What is silenced, fixed, cached and proven is each loss by itself: so a
caller that is mended, silenced or known doesn't hide the others, and a new one is never taken for an old one. This is
the last thing that is done before something is shown.

Where the creation stands in the same file, the joined finding stands there, else at the call whose path it shows: a
verdict never hangs on which other files are looked at, so each file that loses what a helper elsewhere makes has a
finding of its own. Code, confidence and path are those of the loss that is surest and, among those, most serious.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from tmpleak_lint.model import Event, FileReport, Finding, Location, Span, Step

_KINDS = {"TML1": "name", "TML2": "name", "TML3": "descriptor"}
_Key = tuple[str, int | None, Location, str]


def told_once(findings: Iterable[Finding], *, by_code: bool = False) -> tuple[Finding, ...]:
    """The findings of a file, given in source order, those of one creation joined; with `by_code` only those of the
    same code, for who selects codes afterwards."""
    given = tuple(findings)
    groups: dict[object, list[Finding]] = {}
    for finding in given:
        key = _creation(finding)
        if key is not None:
            groups.setdefault((key, finding.code if by_code else ""), []).append(finding)
    several = [group for group in groups.values() if len({_place(finding) for finding in group}) > 1]
    if not several:
        return given
    joined = frozenset(finding for group in several for finding in group)
    told = [*map(_joined, several), *(finding for finding in given if finding not in joined)]
    return tuple(sorted(told, key=lambda finding: finding.sort_key))


def shown(report: FileReport) -> FileReport:
    """The report with one finding for each creation."""
    return replace(report, findings=told_once(report.findings)) if len(report.findings) > 1 else report


def losses_of(finding: Finding) -> tuple[Finding, ...]:
    """What a finding was joined of; itself where it stands for itself alone."""
    return finding.losses or (finding,)


def _creation(finding: Finding) -> _Key | None:
    """The creation that a finding is about, and what of it; None where it is about none."""
    kind = _KINDS.get(finding.code[:4])
    made = next((step for step in finding.steps if step.event is Event.CREATED), None)
    if kind is None or made is None:
        return None
    return made.filename, made.cell, made.span.start, kind


def _joined(losses: Sequence[Finding]) -> Finding:
    """The one finding of several losses of one creation."""
    lead = min(losses, key=lambda loss: (loss.confidence.rank, loss.code, loss.span.start))
    made = lead.made_here
    others = [loss for loss in sorted(losses, key=lambda loss: loss.sort_key) if loss is not lead]
    fixed = next((loss for loss in (lead, *others) if loss.fix is not None), lead)
    if made is not None:
        rows = made.span.start.row, made.span.end.row
        function = lead.made_in or lead.function
        lead_there = replace(lead, span=made.span, cell=made.cell, function=function, noqa_rows=rows)
    else:
        lead_there = lead
    return replace(
        lead_there,
        message=_message(lead, others),
        steps=(*lead.steps, *map(_step, others)),
        fix=fixed.fix,
        fix_refused=fixed.fix_refused,
        losses=(lead, *others),
    )


def _message(lead: Finding, others: Sequence[Finding]) -> str:
    """What the lead says, where that is not where the finding stands, and how many lose it besides."""
    made = lead.made_here
    inside = [loss for loss in others if made is not None and _place(loss) == (made.cell, made.span)]
    callers = len(others) - len(inside)
    told = lead.message
    is_creation = made is not None and _place(lead) == (made.cell, made.span)
    if made is not None and not is_creation:
        cell = f"cell {lead.cell}, " if lead.cell != made.cell else ""
        told += f", in {lead.function} ({cell}line {lead.span.start.row})"
    also = []
    if callers:
        other = "" if is_creation else "other "
        also.append(f"1 {other}caller loses it" if callers == 1 else f"{callers} {other}callers lose it")
    if inside:
        also.append(f"{inside[0].function} itself may lose it")
    return f"{told}; {' and '.join(also)}, too"


def _place(finding: Finding) -> tuple[int | None, Span]:
    return finding.cell, finding.span


def _step(loss: Finding) -> Step:
    return Step(
        loss.filename, loss.span, Event.LOST_TOO, f"{loss.code} in {loss.function}: {loss.message}", loss.cell
    )
