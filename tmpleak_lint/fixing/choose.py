"""Which rewrites are tried for which code, and in what order: the one that a maintainer would rather merge first.

In: a subject. Out: candidates as they are asked for, and, when none holds, the reasons in words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from tmpleak_lint.fixing.candidate import Candidate, Rewrite
from tmpleak_lint.fixing.edits import Overlap
from tmpleak_lint.fixing.rewrites import protect
from tmpleak_lint.fixing.source import Unfit
from tmpleak_lint.fixing.subject import Subject

_HAPPY: tuple[Rewrite, ...] = (
    protect.move_into_finally,
    protect.delete_and_raise,
    protect.forgiving_finally,
    protect.delete_before_leaving,
)

BY_CODE: Mapping[str, tuple[Rewrite, ...]] = MappingProxyType({code: _HAPPY for code in (
    "TML101", "TML102", "TML103", "TML104", "TML105", "TML106", "TML107", "TML109", "TML201", "TML202", "TML203",
    "TML204", "TML205", "TML301", "TML302")})  # fmt: skip


def candidates(subject: Subject, reasons: list[str]) -> Iterator[Candidate]:
    """Candidates in order of preference; why a rewrite has none goes to `reasons`."""
    for rewrite in BY_CODE.get(subject.finding.code, ()):
        try:
            yield from rewrite(subject)
        except Unfit as unfit:
            reasons.append(str(unfit))
        except Overlap:
            reasons.append("its edits would overlap")
