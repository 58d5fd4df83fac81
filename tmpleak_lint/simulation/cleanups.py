"""Other cleanups of one creation site, each real code: written into the file, parsed, analysed again.

In: a finding with its verdict, the file as a `Source`, what analyses bytes anew. Out: for each way to clean up a
`Cleanup`: the program of the site in the changed file, the rows that differ, the change as a patch. A cleanup that
holds is proven as a fix is: it parses, the finding is gone, nothing new is found, nothing is deleted twice. The one on
the last line is there to be seen leaking, and says whether it does. What can't be written for a place, or doesn't
hold there, is not offered: where a strict reading has an `os.rmdir` fail, a `finally` doesn't help; and a file that an
object keeps or a caller is given is never deleted by the function itself.
Not handled: writing anything to disk; a deletion when the process ends, which no run of requests shows.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tmpleak_lint.fixing import choose
from tmpleak_lint.fixing.candidate import Candidate, Rewrite
from tmpleak_lint.fixing.edits import Overlap, apply
from tmpleak_lint.fixing.prove import Unproven, prove
from tmpleak_lint.fixing.repair import Workshop, propose
from tmpleak_lint.fixing.rewrites import lifetimes, managers, protect
from tmpleak_lint.fixing.source import Source, Unfit
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.model import Applicability
from tmpleak_lint.simulation import drafts
from tmpleak_lint.simulation.adapter import program_of, verdict_after
from tmpleak_lint.simulation.program import BadProgram, Kind, Program, SourceLine
from tmpleak_lint.simulation.strategies import FIX, GUARANTEED, HOLDING, LAST_LINE

if TYPE_CHECKING:
    from tmpleak_lint.analysis.verdict.report import Reported

ALL = (LAST_LINE, *HOLDING, FIX)
MOST_PROOFS = 5  # candidates analysed for one kind of cleanup
AT_EXIT = "atexit"

_FORMS: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "finally",
            "one-finally",
            "pull-up",
            "nest",
            "finally-all",
            "outer-finally",
            "rebound",
            "container",
            "each-turn",
        ),
        "try-finally",
    ),
    **dict.fromkeys(("directory", "self-deleting", "exit-stack", "stack"), "with"),
    **dict.fromkeys(("except", "widen", "clause", "guarded", "leaving"), "guard"),
    "finalize": "finalize",
    "owner-close": "close",
    "add-cleanup": "add-cleanup",
}
_WORD = {"try-finally": "finally:", "guard": "raise"}  # without which it is no such cleanup
_MORE: tuple[Rewrite, ...] = (
    protect.forgiving_finally,
    managers.temporary_directory,
    managers.exit_stack,
    drafts.stack,
    drafts.each_turn,
    drafts.stack_for_finally,
    lifetimes.finalize,
    drafts.close,
)


@dataclass(frozen=True, slots=True)
class Cleanup:
    """The site under another cleanup. `leaks`: the analysis still finds it there. `fresh`: rows of the changed file
    that are new; `gone`: rows of the file as written that it does without; `text`: the changed file."""

    name: str
    program: Program
    leaks: bool
    fresh: tuple[int, ...]
    gone: tuple[int, ...]
    patch: str
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """One finding in its file, and what is needed to look at the file anew."""

    source: Source
    found: Sequence[Reported]
    one: Reported
    shop: Workshop
    title: str
    shown_name: str


def cleanups_of(place: Place, wanted: Collection[str] | None = None) -> dict[str, Cleanup]:
    """The cleanups that fit the place, by name. `wanted` None: all. `GUARANTEED` stands for the first that holds."""
    found: dict[str, Cleanup] = {}
    verdict = place.one.verdict
    if verdict is None:
        return found
    names = set(ALL if wanted is None else wanted)
    subject = Subject(place.source, place.one.finding, verdict, place.shop.project, place.shop.target)
    if LAST_LINE in names:
        _add(found, place, LAST_LINE, _last_lines(place, subject))
    if names & {FIX, GUARANTEED}:
        _add(found, place, FIX, _fixes(place))
    forms = names.intersection(HOLDING)
    one_will_do = GUARANTEED in names and FIX not in found and not forms
    for form, text in _holding(place, subject, set(HOLDING) if one_will_do else forms, found):
        _add(found, place, form, iter([text]))
        if one_will_do and form in found:
            break
    return {name: found[name] for name in ALL if name in found}


def guarantee(cleanups: Mapping[str, Cleanup]) -> Cleanup | None:
    """The cleanup to set beside the code as written: the tool's fix, else the first that holds."""
    for name in (FIX, *HOLDING):
        if name in cleanups and not cleanups[name].leaks:
            return cleanups[name]
    return None


def _add(found: dict[str, Cleanup], place: Place, name: str, texts: Iterator[str]) -> None:
    for text in texts:
        made = _played(place, name, text)
        if made is not None and (name == LAST_LINE or not made.leaks):
            found[name] = made
            return


def _last_lines(place: Place, subject: Subject) -> Iterator[str]:
    """The file with the deletion on the last line; as it is, where it stands there already."""
    try:
        for each in drafts.last_line(subject):
            text = apply(place.source, each.edits)
            ast.parse(text)
            yield text
    except (Unfit, Overlap, SyntaxError):
        return


def _fixes(place: Place) -> Iterator[str]:
    proposal = propose(place.source, place.found, place.one, place.shop)
    shown_only = proposal.fix is None or proposal.fix.applicability is Applicability.DISPLAY
    if proposal.fix is not None and not shown_only and proposal.rewrite != AT_EXIT:
        yield apply(place.source, proposal.fix.edits)


def _holding(
    place: Place, subject: Subject, forms: Collection[str], found: Mapping[str, Cleanup]
) -> Iterator[tuple[str, str]]:
    """Forms of cleanup that are not found yet, each with a proven text."""
    tried: dict[str, int] = {}
    before = [each.finding for each in place.found]
    for each in _candidates(subject):
        form = _FORMS.get(each.rewrite, "")
        if form not in forms or form in found or tried.get(form, 0) >= MOST_PROOFS:
            continue
        if form == "guard" and not subject.escapes:
            continue  # where the function itself deletes, a finally says it once
        tried[form] = tried.get(form, 0) + 1
        try:
            prove(place.source, before, subject, each, place.shop.analyse)
        except (Unproven, Overlap):
            continue
        text = apply(place.source, each.edits)
        if _WORD.get(form, "") in text:
            yield form, text


def _candidates(subject: Subject) -> Iterator[Candidate]:
    yield from choose.candidates(subject, [])
    for rewrite in _MORE:
        try:
            yield from rewrite(subject)
        except (Unfit, Overlap):
            continue


def _played(place: Place, name: str, text: str) -> Cleanup | None:
    """The site's program in the changed file; None where it can't be walked there."""
    verdict = place.one.verdict
    assert verdict is not None
    module = verdict.explorer.module
    fresh = place.shop.project.fork()
    changed = fresh.add(place.source.encoded(text), module.filename, module.path)
    after = verdict_after(fresh, changed, verdict)
    if after is None:
        return None
    try:
        program = program_of(after[0], after[1].owner, f"{place.title}, {name}", "")
    except BadProgram:
        return None
    if all(node.kind is not Kind.CREATE for node in program.nodes):
        return None
    old, new = place.source.text.splitlines(), text.splitlines()
    gone, added = _difference(old, new)
    program = replace(program, source=_with_rows(program.source, new, added))
    patch = difflib.unified_diff(
        place.source.text.splitlines(keepends=True),
        text.splitlines(keepends=True),
        f"a/{place.shown_name}",
        f"b/{place.shown_name}",
    )
    return Cleanup(name, program, bool(after[0].leaks), added, gone, "".join(patch), text)


def _difference(old: list[str], new: list[str]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Rows that are gone from the one, and rows that are new in the other; how deep they stand doesn't matter."""
    bare: Callable[[str], str] = str.strip
    matcher = difflib.SequenceMatcher(None, [*map(bare, old)], [*map(bare, new)], autojunk=False)
    gone: list[int] = []
    added: list[int] = []
    for tag, first, last, into, end in matcher.get_opcodes():
        if tag != "equal":
            gone += [row + 1 for row in range(first, last) if old[row].strip()]
            added += [row + 1 for row in range(into, end) if new[row].strip()]
    return tuple(gone), tuple(added)


def _with_rows(
    source: tuple[SourceLine, ...], text: list[str], added: Collection[int]
) -> tuple[SourceLine, ...]:
    """The body's lines with the changed ones around it: imports, methods further down."""
    known = {line.number for line in source}
    more = (SourceLine(row, text[row - 1].rstrip()) for row in added if row not in known)
    return tuple(sorted((*source, *more), key=lambda line: line.number))
