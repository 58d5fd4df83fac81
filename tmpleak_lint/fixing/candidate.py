"""A proposed rewrite, and the words in which a rewrite says that it does not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tmpleak_lint.bounds import MOST_PUSHED_IN, MOST_ROWS_PUSHED_IN
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.fixing.unused import drop_unused
from tmpleak_lint.model import Applicability, Edit

SAFE, UNSAFE, DISPLAY = Applicability.SAFE, Applicability.UNSAFE, Applicability.DISPLAY


@dataclass(frozen=True, slots=True)
class Candidate:
    """One rewrite of one finding, not proven yet. `rewrite` names it in tests and counts; `because` says why it isn't
    safe, where that lies in the rewrite; `elsewhere`: what it adds stands in another function than the creation;
    `closes`: it closes, at once or before the deletion, what nothing that the file shows closes or asks for; `draft`:
    what the edits were made of, to be gone on with."""

    rewrite: str
    message: str
    applicability: Applicability
    edits: tuple[Edit, ...]
    because: str = ""
    elsewhere: bool = False
    closes: bool = False
    draft: Draft | None = field(default=None, compare=False, repr=False)


Rewrite = Callable[[Subject], Iterator[Candidate]]


def candidate(
    rewrite: str,
    message: str,
    applicability: Applicability,
    draft: Draft,
    because: str = "",
    *,
    elsewhere: bool = False,
    closes: bool = False,
) -> Candidate:
    """Raises `Overlap` when the draft contradicts itself."""
    statements, rows = draft.pushed_in
    if statements > MOST_PUSHED_IN or rows > MOST_ROWS_PUSHED_IN:
        applicability = DISPLAY
        because = f"it would indent {rows} lines, which hides what it changes: do it by hand, in pieces"
    drop_unused(draft)
    return Candidate(rewrite, message, applicability, draft.edits(), because, elsewhere, closes, draft)


def worse(trusted: Applicability, each: Candidate) -> Applicability:
    """How far a candidate may be trusted that is part of a rewrite trusted so far."""
    order = (SAFE, UNSAFE, DISPLAY)
    return max(trusted, each.applicability, key=order.index)
