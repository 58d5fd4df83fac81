"""What travels between the stations: findings, their witness steps, edits and fixes.

Everything here is a small frozen value that pickles cheaply and knows nothing of libcst.
Rows and columns count from 1, columns in code points (as libcst and ruff count them, not bytes).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file: row and column, both from 1, the column in code points."""

    row: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of text; `end` is exclusive."""

    start: Location
    end: Location


class Event(StrEnum):
    """What happens to the file at one step of a witness."""

    CREATED = "created"
    ALIASED = "aliased"
    RISKY = "risky"
    LEAVES = "leaves"
    RELEASED = "released"
    HANDED_OVER = "handed-over"
    LEFT_BEHIND = "left-behind"
    LOST_TOO = "lost-too"  # another call that loses what the same creation makes


@dataclass(frozen=True, slots=True)
class Step:
    """One stop on the way from creation to the exit on which the file stays.

    In a notebook `cell` is the cell, counted from 1, whose rows `span` counts.
    """

    filename: str
    span: Span
    event: Event
    message: str
    cell: int | None = None


class Confidence(StrEnum):
    """How sure it is that the way of a finding is real and matters, the surest first."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """Its place among the three: 0 for the surest."""
        return _SUREST_FIRST.index(self)

    def is_at_least(self, other: Confidence) -> bool:
        """Whether a finding of this confidence is shown where `other` is the least that is."""
        return self.rank <= other.rank


_SUREST_FIRST = tuple(Confidence)


class Applicability(StrEnum):
    """How far a fix may be trusted, with ruff's meanings."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    DISPLAY = "display"


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text of `span` (empty for an insertion) by `content`."""

    content: str
    span: Span


@dataclass(frozen=True, slots=True)
class Fix:
    """A rewrite of one function: the edits belong together. `guarantees`: what was shown of it; `because`: why it is
    not safe, or only shown."""

    applicability: Applicability
    message: str
    edits: tuple[Edit, ...]
    guarantees: str = ""
    because: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One obligation that isn't met, with the path on which the file stays.

    `span` is the creating call. `tier` is 1 for TML1xx, 2 for TML2xx, else None. `noqa_rows` are the
    first and last row on which a `# noqa` comment silences the finding (the call may span rows).
    `reasons` are the facts that its `confidence` was drawn from, a sentence each.
    `fix_refused` says why no proven fix exists; `cell` is the notebook cell, counted from 1. `advice` is what to do
    about it where the rule's hint doesn't meet it. `made_in` is the function that creates it, where that is
    another one; `losses` are the findings that this one was joined of, if it was (`creations`).
    """

    code: str
    name: str
    message: str
    filename: str
    span: Span
    function: str
    tier: int | None
    steps: tuple[Step, ...]
    noqa_rows: tuple[int, int]
    fix: Fix | None = None
    fix_refused: str | None = None
    cell: int | None = None
    confidence: Confidence = Confidence.HIGH
    reasons: tuple[str, ...] = ()
    advice: str = ""
    made_in: str = ""
    losses: tuple[Finding, ...] = ()

    @property
    def sort_key(self) -> tuple[str, int, Location, str]:
        return (self.filename, self.cell or 0, self.span.start, self.code)

    @property
    def made_here(self) -> Step | None:
        """The step that is the creation, if that stands in the same file."""
        made = next((step for step in self.steps if step.event is Event.CREATED), None)
        return made if made is not None and made.filename == self.filename else None

    @property
    def silenced_from(self) -> tuple[tuple[int, int], ...]:
        """The rows on which a comment silences it: those of its call, and of the creation."""
        made = self.made_here
        if made is None or made.cell != self.cell:
            return (self.noqa_rows,)
        return self.noqa_rows, (made.span.start.row, made.span.end.row)

    @property
    def codes(self) -> tuple[str, ...]:
        """Its code, and those of what it was joined of."""
        return tuple(sorted({self.code, *(loss.code for loss in self.losses)}))


@dataclass(frozen=True, slots=True)
class FileReport:
    """What one file gave: `findings` that count, `suppressed` ones that a comment silenced, `baselined` ones
    that the baseline knows; `unsure` counts those that would be reported at a lower confidence."""

    filename: str
    findings: tuple[Finding, ...] = ()
    suppressed: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = field(default=())
    baselined: tuple[Finding, ...] = ()
    unsure: int = 0


def renamed(finding: Finding, old: str, new: str) -> Finding:
    """The finding of a file by another of its names."""
    if old == new:
        return finding
    steps = tuple(replace(step, filename=new) if step.filename == old else step for step in finding.steps)
    losses = tuple(renamed(loss, old, new) for loss in finding.losses)
    return replace(finding, filename=new, steps=steps, losses=losses)
