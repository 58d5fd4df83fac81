"""The fix of each finding, and a whole file repaired: candidates proven one after the other.

In: a file's bytes, what was found in it, what analyses bytes anew. Out: for each finding its fix or why there is none
(`propose`); or the bytes with every allowed fix in them (`repair`), each proven on the text that the one before left,
until nothing more can be done: so a second run changes nothing.
Not handled: reading, writing and asking.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.verdict.report import Reported
from tmpleak_lint.bounds import MOST_PROOFS, MOST_ROUNDS, PROOFS_LEFT
from tmpleak_lint.fixing.candidate import Candidate
from tmpleak_lint.fixing.choose import candidates
from tmpleak_lint.fixing.closing import closed_first
from tmpleak_lint.fixing.comparing import NOT_FOUND
from tmpleak_lint.fixing.comparing.grounds import REFUSED, STAYS_OPEN
from tmpleak_lint.fixing.edits import Overlap
from tmpleak_lint.fixing.prove import Analyse, Proof, Unproven, prove
from tmpleak_lint.fixing.refusals import OVERLAPPING, Reason, Telling, most_telling
from tmpleak_lint.fixing.source import Source, Unfit
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.model import Applicability, Finding, Fix
from tmpleak_lint.reading.decoding import source_lines

_OPEN = "TML404"  # it is deleted while something has it open
_RANK = {Applicability.SAFE: 0, Applicability.UNSAFE: 1, Applicability.DISPLAY: 2}
AS_BEFORE = "whatever others see of the function (calls, results, exceptions) is as before, in the same order"
FAILING_ALONE = "; the file is newly deleted only where something fails or leaves early"
ENDS_WELL = "so far nothing deletes it where all goes well; with the fix it is gone then, too: see that nobody wants it"
MAY_STAY = "the code also comes to an end without failing and without deleting it, maybe on purpose"
Trust = Callable[[str, Applicability], Applicability]
Wanted = Callable[[bytes, Sequence[Finding]], frozenset[Finding]]
Agree = Callable[[Finding, Fix], bool]
Mark = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Workshop:
    """What every proof of a file needs."""

    project: Project
    analyse: Analyse
    target: tuple[int, int]
    trust: Trust  # what the settings make of a rewrite's own applicability


@dataclass(frozen=True, slots=True)
class Proposal:
    """The best proven rewrite of a finding; `fix` None: `refused` says why."""

    fix: Fix | None
    refused: str | None
    proof: Proof | None = None
    rewrite: str = ""


@dataclass(slots=True)
class Repaired:
    """A file after its fixes. `fixed` holds the findings, as they stood when each was fixed, with the fix."""

    data: bytes
    fixed: list[tuple[Finding, Fix]] = field(default_factory=list)
    rewrites: list[str] = field(default_factory=list)
    found: list[Reported] = field(default_factory=list)
    refused: dict[Finding, str] = field(default_factory=dict)


def propose(
    source: Source,
    found: Sequence[Reported],
    one: Reported,
    shop: Workshop,
    most: Applicability = Applicability.DISPLAY,
) -> Proposal:
    """The first candidate that holds, a safer one before one that is less so; none less safe than `most`."""
    subject = Subject(source, one.finding, one.verdict, shop.project, shop.target)
    trials = _Trials(source, [each.finding for each in found], subject, shop.analyse)
    reasons = trials.reasons
    tried: set[object] = set()
    later: list[tuple[Applicability, Candidate, Proof | None]] = []
    for given in candidates(subject, reasons):
        trust = shop.trust(one.finding.code, given.applicability)
        if given.edits in tried or _RANK[trust] > _RANK[most]:
            if given.edits not in tried:
                reasons.append(_not_safe(given, trust, given.because))
            continue
        tried.add(given.edits)
        if trust is not Applicability.SAFE:
            later.append((trust, given, None))
            continue
        if trials.count < MOST_PROOFS - PROOFS_LEFT:
            given, proof = trials.closed(given)
            if proof is not None and _graded(trust, proof) is trust:
                return Proposal(_told(trust, given, proof), None, proof, given.rewrite)
            if proof is not None:
                later.append((_graded(trust, proof), given, proof))
    shown: list[Proposal] = []
    for trust, given, known in sorted(later, key=lambda item: (_RANK[item[0]], bool(_refused(item[2])))):
        if known is None and trials.count >= MOST_PROOFS:
            continue
        if shown and trust is Applicability.DISPLAY:
            break  # the first of those is what is shown
        if known is not None:
            proof = known
        else:
            given, proof = trials.closed(given)
        if proof is None:
            continue
        grade = _graded(trust, proof)
        if _RANK[grade] > _RANK[most]:
            why = (*proof.unwanted, *proof.doubts)
            reasons.append(_not_safe(given, grade, why[0] if why else ""))
            continue
        made = Proposal(_told(grade, given, proof), None, proof, given.rewrite)
        if grade is not Applicability.DISPLAY:
            return made
        shown.append(made)
    if shown:
        return shown[0]
    return Proposal(None, most_telling(reasons))


def _not_safe(given: Candidate, grade: Applicability, why: str) -> Reason:
    """That a rewrite may not be made, since it is only of this grade."""
    because = f": {why}" * bool(why)
    return Reason(
        f"the rewrite that there is, {given.message!r}, is {grade.value}{because}", Telling.NOT_SAFE
    )


def _graded(trust: Applicability, proof: Proof) -> Applicability:
    """What a rewrite is by its proof: never more than it is by itself."""
    grade = (
        Applicability.DISPLAY
        if proof.unwanted
        else Applicability.UNSAFE
        if proof.doubts
        else Applicability.SAFE
    )
    return max(trust, grade, key=lambda each: _RANK[each])


def _refused(proof: Proof | None) -> list[str]:
    """What a proof says of deletions that Windows refuses."""
    said = (*proof.unwanted, *proof.doubts) if proof is not None else ()
    return [each for each in said if each.endswith((REFUSED, STAYS_OPEN))]


def _told(grade: Applicability, given: Candidate, proof: Proof) -> Fix:
    """A proven rewrite with what its proof says, and why it isn't safe."""
    because = ""
    if grade is not Applicability.SAFE:
        own = (given.because,) if given.because and grade is given.applicability else ()
        reasons = (*proof.unwanted, *own, *proof.doubts, given.because)
        because = next(filter(None, reasons), ENDS_WELL if proof.ends_well else MAY_STAY)
        because += "".join(f"; {each}" for each in _refused(proof) if each != because)
    guarantees = "" if NOT_FOUND in proof.doubts or not proof.compared else AS_BEFORE
    if guarantees and not (proof.ends_well or given.elsewhere):
        guarantees += FAILING_ALONE
    return Fix(grade, given.message, given.edits, guarantees, because)


@dataclass(slots=True)
class _Trials:
    """The proofs for one finding: what they are about, how many there were, and why none came of those that failed."""

    source: Source
    before: list[Finding]
    subject: Subject
    analyse: Analyse
    reasons: list[Reason] = field(default_factory=list)
    count: int = 0

    def closed(self, given: Candidate) -> tuple[Candidate, Proof | None]:
        """A candidate with its proof; where something is open still that is to be deleted, one that closes that
        first."""
        proof, why = self._tried(given)
        is_open = bool(_refused(proof)) or (why is not None and why.found == _OPEN)
        if not is_open or (closed := closed_first(self.subject, given)) is None:
            return given, proof
        better, _ = self._tried(closed)
        return (given, proof) if better is None or _refused(better) else (closed, better)

    def _tried(self, given: Candidate) -> tuple[Proof | None, Reason | None]:
        self.count += 1
        try:
            return prove(self.source, self.before, self.subject, given, self.analyse), None
        except Unproven as unproven:
            why = unproven.reason
        except Overlap:
            why = OVERLAPPING
        self.reasons.append(why)
        return None, why


def repair(
    data: bytes,
    found: list[Reported],
    shop: Workshop,
    most: Applicability,
    wanted: Wanted,
    agree: Agree | None = None,
) -> Repaired:
    """Fix what is wanted and agreed to, one finding after the other. Raises `Unfit` for a file no rewrite may touch.

    With `agree` it goes from the top down, as a reader does, and nothing is asked again that was declined.
    """
    made = Repaired(data, found=list(found))
    declined: set[Mark] = set()
    while len(made.fixed) < MOST_ROUNDS and _one(made, shop, most, wanted, agree, declined):
        pass
    return made


def _in_order(source: Source, found: Sequence[Reported]) -> list[Reported]:
    """From the bottom up, so that the tries of several files nest; a file made within a directory after the directory,
    whose deletion may be all that it needs."""
    if len(found) < 2:
        return list(found)
    inside = {
        (node.lineno, source.span(node).start.column)
        for node in source.nodes
        if isinstance(node, ast.Call)
        and any(isinstance(k.value, ast.Name) for k in node.keywords if k.arg == "dir")
    }

    def made_inside(one: Reported) -> bool:
        start = one.finding.span.start
        return (start.row, start.column) in inside

    upwards = sorted(found, key=lambda one: one.finding.code)  # the file before its descriptor
    upwards.sort(key=lambda one: one.finding.span.start, reverse=True)
    upwards.sort(
        key=lambda one: not one.finding.code.startswith("TML5")
    )  # what makes the file before what deletes it
    return [one for one in upwards if not made_inside(one)] + [one for one in upwards if made_inside(one)]


def _downwards(found: Sequence[Reported]) -> list[Reported]:
    return sorted(found, key=lambda one: (one.finding.span.start, one.finding.code))


def _mark(source: Source, finding: Finding) -> Mark:
    """What a finding is known by after other fixes have moved and indented its lines."""
    row = finding.span.start.row
    return finding.code, finding.function, source_lines(source.text)[row - 1].strip()


def _one(
    made: Repaired,
    shop: Workshop,
    most: Applicability,
    wanted: Wanted,
    agree: Agree | None,
    declined: set[Mark],
) -> bool:
    """Fix the first finding that can be; False when there is none left."""
    source = Source(made.data)
    made.refused = {}
    open_to_us = wanted(made.data, [one.finding for one in made.found])
    for one in _in_order(source, made.found) if agree is None else _downwards(made.found):
        finding = one.finding
        if finding not in open_to_us or (declined and _mark(source, finding) in declined):
            continue
        proposal = propose(source, made.found, one, shop, most)
        if proposal.fix is None or proposal.proof is None:
            made.refused[finding] = proposal.refused or "it is only shown"
            continue
        if agree is not None and not agree(finding, proposal.fix):
            declined.add(_mark(source, finding))
            continue
        made.fixed.append((finding, proposal.fix))
        made.rewrites.append(proposal.rewrite)
        made.data, made.found = proposal.proof.data, proposal.proof.found()
        return True
    return False


__all__ = ["Proposal", "Repaired", "Unfit", "Workshop", "propose", "repair"]
