"""Does a candidate hold? The result parses, the finding is gone, nothing new is found, nothing is deleted twice, and
the body does what it did, but for the deletion.

In: a source, the findings in it, a candidate for one of them, and what analyses bytes. Out: the new bytes with their
findings, and what could not be shown (then the fix is not safe); raises `Unproven` with the reason. Positions are
followed through the edits, so that a finding that merely moved is not taken for a new one.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tmpleak_lint.analysis.queries.project import Module
from tmpleak_lint.analysis.queries.sites import Obligation
from tmpleak_lint.analysis.verdict.judge import Strictly
from tmpleak_lint.analysis.verdict.needs import STRICT
from tmpleak_lint.analysis.verdict.report import Reported
from tmpleak_lint.analysis.verdict.study import Asked
from tmpleak_lint.fixing.candidate import Candidate
from tmpleak_lint.fixing.comparing import NOT_FOUND, Body, Comparison, compared
from tmpleak_lint.fixing.edits import Moved, apply
from tmpleak_lint.fixing.refusals import Refusal, Telling
from tmpleak_lint.fixing.source import Source, Unfit
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.model import Finding, Location
from tmpleak_lint.reading.decoding import Undecodable, decode

_LINE_END = re.compile(r"\r\n|\r|\n")
_DESCRIPTOR = ("TML301", "TML302")


class Unproven(Refusal):
    """The candidate is not applied; the text says why."""


@dataclass(frozen=True, slots=True)
class Analysed:
    """What is found in a text: in the body of a function; wherever its difference from another text could show, each of
    the obligations that are asked for; in all of it. And on which ways a function deletes what is gone already."""

    module: Module
    near: Callable[[str, Asked], list[Reported]]
    around: Callable[[Module, Asked], list[Reported]]
    all: Callable[[], list[Reported]]
    double_releases: Callable[[str, Callable[[Location], bool] | None], frozenset[str]]
    body: Callable[[str], Body | None]


Analyse = Callable[[bytes], Analysed]


@dataclass(frozen=True, slots=True)
class Proof:
    """What the file is after the candidate, what is found in it, and what the proof leaves open."""

    data: bytes
    found: Callable[[], list[Reported]]
    unwanted: tuple[str, ...] = ()  # why it is only shown
    doubts: tuple[str, ...] = ()  # why it isn't safe
    ends_well: bool = False  # the file is newly deleted where all goes well
    compared: bool = True  # with the code as it was


def subject_of(code: str) -> str:
    """What is owed: two codes of one kind at one place speak of the same obligation."""
    if code in _DESCRIPTOR:
        return "descriptor"
    return code if code.startswith(("TML4", "TML5", "TML9")) else "name"


def prove(
    source: Source, before: Sequence[Finding], subject: Subject, proposed: Candidate, analyse: Analyse
) -> Proof:
    """The proof that a candidate holds. Raises `Unproven`."""
    target = subject.finding
    text = apply(source, proposed.edits)
    if text == source.text:
        raise Unproven("the rewrite changes nothing")
    try:
        data = source.encoded(text)
        if decode(data) != text:
            raise Unproven("the new text can't be given back byte for byte")
    except (Unfit, Undecodable) as error:
        raise Unproven(str(error)) from None
    starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
    try:
        after = analyse(data)
    except Unfit:
        _parse(text)
        raise
    if not after.module.source.is_python:
        _parse(text)
    moved = Moved(source, proposed.edits)
    known = {
        (offset, subject_of(each.code))
        for each in before
        if each is not target and (offset := moved(each.span.start)) is not None
    }

    goal = (moved(target.span.start), subject_of(target.code))

    def at(place: Location, owed: str) -> tuple[int, str]:
        return min(starts[place.row - 1] + place.column - 1, len(text)), owed

    def is_goal(place: Location, owed: Obligation) -> bool:
        return at(place, owed.value) == goal

    def is_open(place: Location, owed: Obligation) -> bool:
        return at(place, owed.value) not in known  # what was found before may be found again: why judge it

    def look(found: Sequence[Reported]) -> None:
        for each in found:
            here = at(each.finding.span.start, subject_of(each.finding.code))
            if here in known or (STRICT in each.finding.reasons and STRICT not in target.reasons):
                continue  # what only a strict reader finds is no reason to leave a plain leak
            if here == goal:
                raise Unproven(f"{each.finding.code} would remain: {each.finding.message}", Telling.FOUND)
            raise Unproven(f"{each.finding.code} would be new: {each.finding.message}", Telling.FOUND)

    # What shows most often first: the rest of the body, and of the file, costs more.
    strictly = Strictly.OF_ALL if STRICT in target.reasons else Strictly.OF_OBJECTS
    look(after.near(target.function, Asked(is_goal, strictly)))
    look(after.near(target.function, Asked(is_open, strictly)))

    def is_made_there(place: Location) -> bool:
        return goal[0] is None or at(place, "")[0] == goal[0]

    def is_made_elsewhere(place: Location) -> bool:
        return not is_made_there(place)

    def delete_once(is_asked: Callable[[Location], bool]) -> None:
        too_late = after.double_releases(target.function, is_asked)
        if too_late and too_late - analyse(source.encoded(source.text)).double_releases(
            target.function, None
        ):
            raise Unproven("it would be deleted a second time on some way, and not be there")

    delete_once(is_made_there)
    side_by_side = _compared(source, subject, moved, analyse, after, starts)
    if side_by_side.contradicted:
        raise Unproven(side_by_side.contradicted[0], Telling.COMPARED)
    if side_by_side.ends_well and subject.asks_to_keep:
        raise Unproven(f"`{subject.asks_to_keep}` decides whether it stays", Telling.COMPARED)
    if not side_by_side.is_in_step:
        delete_once(is_made_elsewhere)
    look(after.around(analyse(source.encoded(source.text)).module, Asked(is_open, strictly)))
    return Proof(
        data,
        after.all,
        tuple(side_by_side.unwanted),
        tuple(side_by_side.doubts),
        side_by_side.ends_well,
        subject.verdict is not None,
    )


def _parse(text: str) -> None:
    """Raise `Unproven` where the Python that runs this refuses a text."""
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Unproven(f"the result would not parse: {error}") from None


def _compared(
    source: Source,
    subject: Subject,
    moved: Moved,
    analyse: Analyse,
    after: Analysed,
    starts: list[int],
) -> Comparison:
    """What old and new code side by side say."""
    verdict = subject.verdict
    if verdict is None:
        return Comparison(is_in_step=False)
    name = subject.finding.function
    old, new = analyse(source.encoded(source.text)).body(name), after.body(name)
    if old is None or new is None:
        return Comparison(doubts=[NOT_FOUND], is_in_step=False)
    places: dict[Location, Location] = {}
    for node in old.code.nodes:
        offset = moved(node.span.start)
        if offset is not None:
            row = bisect_right(starts, offset)
            places[node.span.start] = Location(row, offset - starts[row - 1] + 1)
    sites = dict.fromkeys([verdict.site, *verdict.explorer.site_at.values()])
    return compared(
        old,
        new,
        list(sites),
        places,
        subject.aliases,
        descriptor=subject.is_descriptor,
    )
