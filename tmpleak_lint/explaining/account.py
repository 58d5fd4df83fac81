"""The account of one obligation: everything that `explain` shows, as values without a graph.

File names are as they may be shown. Rows and columns count from 1; in a notebook within the cell that stands beside
them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tmpleak_lint.explaining.silence import Silencer
from tmpleak_lint.explaining.symptoms import Symptom
from tmpleak_lint.knowledge.failures import Failure
from tmpleak_lint.model import Confidence, Fix, Span, Step


class Outcome(StrEnum):
    """What becomes of the file (or its descriptor, or its handle) on one way out."""

    DELETED = "deleted"
    MANAGED = "managed"
    HANDED_OVER = "handed-over"
    HELD = "held"
    LEFT_BEHIND = "left-behind"


class Leaving(StrEnum):
    """How a way out begins."""

    RAISES = "raises"
    RETURNS = "returns"
    ENDS = "ends"


@dataclass(frozen=True, slots=True)
class WayOut:
    """Ways with the same outcome: `rows` and `texts` are the lines at which they leave (none: the end is reached).

    `row` and `text` are the line that decides the outcome (0 and "" when no line does), `words` says it. `cells` and
    `cell` are those of a notebook.
    """

    leaving: Leaving
    rows: tuple[int, ...]
    texts: tuple[str, ...]
    outcome: Outcome
    row: int
    text: str
    words: str
    cells: tuple[int, ...] = ()
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """The statement that raises or leaves on the path, and how that comes about in production.

    `failures` are the likeliest ones, `more` of them are left out. `needed` False: the file stays without it, too.
    """

    row: int
    text: str
    raises: bool
    failures: tuple[Failure, ...]
    needed: bool = True
    more: int = 0
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Remedy:
    """The proposed fix: its difference, whether it was proven, and the ways out of the fixed function.

    `fix` None: `refused` says why there is none, `hint` what to do by hand.
    """

    fix: Fix | None
    diff: str = ""
    holds: tuple[WayOut, ...] = ()
    refused: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """One obligation of one site. `code` "" and `remedy` None: it is met on every way, `ways` says how.

    `thing` is what is owed ("the file from mkstemp()", "the descriptor of ..."), `obligation` name, descriptor or
    handle. `reasons` say what the `confidence` was drawn from, `silenced` what keeps the finding out of reports ("":
    nothing does).
    """

    filename: str
    span: Span
    function: str
    obligation: str
    thing: str
    message: str
    code: str = ""
    name: str = ""
    summary: str = ""
    fingerprint: str = ""
    silenced: str = ""
    path: tuple[Step, ...] = ()
    ways: tuple[WayOut, ...] = ()
    incomplete: bool = False
    cause: Cause | None = None
    stays: str = ""
    symptoms: tuple[Symptom, ...] = ()
    remedy: Remedy | None = None
    silencers: tuple[Silencer, ...] = ()
    confidence: Confidence | None = None
    reasons: tuple[str, ...] = ()
    cell: int | None = None
