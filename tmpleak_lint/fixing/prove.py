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
from tmpleak_lint.fixing.forgotten import is_forgotten
from tmpleak_lint.fixing.refusals import Refusal, Telling
from tmpleak_lint.fixing.source import Source, Unfit
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.model import Finding, Location
from tmpleak_lint.reading.decoding import Undecodable, decode

_LINE_END = re.compile(r"\r\n|\r|\n")
FORGOTTEN = (
    "nothing asks for the name of what is written: something may be missing that was to be done with it"
)
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


class _Places:
    """Places of the new text, by where they stood in the old one: the offset, and what is owed there."""

    def __init__(self, text: str, moved: Moved, before: Sequence[Finding], target: Finding) -> None:
        self.starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
        self._end = len(text)
        self.goal = (moved(target.span.start), subject_of(target.code))
        self.known = {
            (offset, subject_of(each.code))
            for each in before
            if each is not target and (offset := moved(each.span.start)) is not None
        }

    def at(self, place: Location, owed: str) -> tuple[int, str]:
        return min(self.starts[place.row - 1] + place.column - 1, self._end), owed

    def is_goal(self, place: Location, owed: Obligation) -> bool:
        return self.at(place, owed.value) == self.goal

    def is_open(self, place: Location, owed: Obligation) -> bool:
        """Whether nothing was found there before: what was may be found again, so why judge it."""
        return self.at(place, owed.value) not in self.known

    def is_made_there(self, place: Location) -> bool:
        return self.goal[0] is None or self.at(place, "")[0] == self.goal[0]

    def is_made_elsewhere(self, place: Location) -> bool:
        return not self.is_made_there(place)

    def check(self, found: Sequence[Reported], *, strict: bool) -> None:
        """Raises `Unproven` where the finding is there still, or another one is new. What only a strict reader finds is
        no reason to leave a plain leak."""
        for each in found:
            here = self.at(each.finding.span.start, subject_of(each.finding.code))
            if here in self.known or (STRICT in each.finding.reasons and not strict):
                continue
            what = "would remain" if here == self.goal else "would be new"
            code = each.finding.code
            raise Unproven(f"{code} {what}: {each.finding.message}", Telling.FOUND, code)


def _written(source: Source, text: str) -> bytes:
    """The new text as it would stand in the file. Raises `Unproven`."""
    if text == source.text:
        raise Unproven("the rewrite changes nothing")
    try:
        data = source.encoded(text)
        if decode(data) != text:
            raise Unproven("the new text can't be given back byte for byte")
    except (Unfit, Undecodable) as error:
        raise Unproven(str(error)) from None
    return data


def prove(
    source: Source, before: Sequence[Finding], subject: Subject, proposed: Candidate, analyse: Analyse
) -> Proof:
    """The proof that a candidate holds. Raises `Unproven`."""
    target = subject.finding
    text = apply(source, proposed.edits)
    data = _written(source, text)
    try:
        after = analyse(data)
    except Unfit:
        _parse(text)
        raise
    if not after.module.source.is_python:
        _parse(text)
    moved = Moved(source, proposed.edits)
    places = _Places(text, moved, before, target)

    def delete_once(is_asked: Callable[[Location], bool]) -> None:
        too_late = after.double_releases(target.function, is_asked)
        if too_late and too_late - analyse(source.encoded(source.text)).double_releases(
            target.function, None
        ):
            raise Unproven("it would be deleted a second time on some way, and not be there")

    # What shows most often first: the rest of the body, and of the file, costs more.
    strict = STRICT in target.reasons
    strictly = Strictly.OF_ALL if strict else Strictly.OF_OBJECTS
    places.check(after.near(target.function, Asked(places.is_goal, strictly)), strict=strict)
    places.check(after.near(target.function, Asked(places.is_open, strictly)), strict=strict)
    delete_once(places.is_made_there)
    side_by_side = _compared(source, subject, moved, analyse, after, places.starts, closes=proposed.closes)
    if side_by_side.contradicted:
        raise Unproven(side_by_side.contradicted[0], Telling.COMPARED)
    if target.code == "TML201" and side_by_side.is_in_step and not side_by_side.improves:
        raise Unproven("it would delete nothing that isn't deleted already", Telling.COMPARED)
    if side_by_side.ends_well and subject.asks_to_keep:
        raise Unproven(f"`{subject.asks_to_keep}` decides whether it stays", Telling.COMPARED)
    if side_by_side.ends_well and subject.is_product:
        name = subject.binding.name if subject.binding is not None else ""
        raise Unproven(
            f"it stands in for what the caller may give as `{name}`: nothing would be left of the work"
        )
    if not side_by_side.is_in_step:
        delete_once(places.is_made_elsewhere)
    unchanged = analyse(source.encoded(source.text)).module
    places.check(after.around(unchanged, Asked(places.is_open, strictly)), strict=strict)
    return Proof(
        data,
        after.all,
        (*side_by_side.unwanted, *([FORGOTTEN] if side_by_side.ends_well and is_forgotten(subject) else [])),
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
    *,
    closes: bool,
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
        closes=closes,
    )
