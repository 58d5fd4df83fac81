"""The path of a leak step by step: every line on it that decides something, not only the witness' three.

In: a judged obligation, the finding, the operations of its way, and the rows that can raise. Out: `Step`s
for a drawing: which side of each branch was taken, what could have raised and did not, which handler did
not match, what ran on the way out.
Not handled: what happens inside helpers (the first steps say where they made the file).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tmpleak_lint.analysis.queries.sites import Obligation
from tmpleak_lint.analysis.verdict.classify import Diagnosis
from tmpleak_lint.analysis.verdict.judge import Verdict
from tmpleak_lint.analysis.verdict.witness import end_of
from tmpleak_lint.explaining.account import Leaving
from tmpleak_lint.explaining.ways import Ways
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Place
from tmpleak_lint.model import Event, Finding, Location, Span, Step

MOST_STEPS = 24
_ENDING = {Obligation.NAME: "deleting", Obligation.DESCRIPTOR: "closing", Obligation.HANDLE: "closing"}
_CAUSING = (Event.RISKY, Event.LEAVES)


def path_of(verdict: Verdict, diagnosis: Diagnosis, finding: Finding, ways: Ways) -> tuple[Step, ...]:
    """The steps from creation to the end: the witness' own, with what lies between them."""
    walked = ways.to_leak(diagnosis.cause, diagnosis.raised)
    risky = {row for way in ways.out() if way.leaving is Leaving.RAISES for row in way.rows}
    known = {(step.filename, step.span.start.row) for step in finding.steps}
    turn = walked.index(diagnosis.cause) if diagnosis.cause in walked else len(walked)
    before: list[Step] = []
    after: list[Step] = []
    tried: set[Place] = set()  # the finallys in which it is deleted, in vain
    if diagnosis.deletion_fails and diagnosis.cause is not None:
        places = verdict.explorer.nodes[diagnosis.cause].places()
        tried = {place for place in places if place.kind == "finally"}
    for position, step in _passed(verdict, walked, turn if diagnosis.raised else len(walked), risky, tried):
        if (step.filename, step.span.start.row) not in known:
            (before if position < turn else after).append(step)
    head = [step for step in finding.steps if step.event in (Event.CREATED, Event.ALIASED)]
    causes = [_skipping(step, verdict, diagnosis) for step in finding.steps if step.event in _CAUSING]
    rest = [step for step in finding.steps if step not in head and step.event not in _CAUSING]
    turns = [*causes, *after]
    if rest and causes and _is_above(rest[-1], turns):
        # What is skipped stands above what the way comes to afterwards; the end is below that.
        last, end = rest.pop(), end_of(verdict, diagnosis)
        if last.message != end.message:
            passed = replace(last, event=Event.ALIASED, message=last.message.partition(": ")[0])
            causes.insert(0 if _is_above(last, causes) else len(causes), passed)
        left = not after and not diagnosis.raised  # by the statement itself
        rest.append(replace(end, span=turns[-1].span) if left or _is_above(end, turns) else end)
    return (*head, *_cut(before), *causes, *_cut(after), *rest)


def _is_above(step: Step, others: Sequence[Step]) -> bool:
    return any(
        other.filename == step.filename and other.span.start.row > step.span.start.row for other in others
    )


def _cut(steps: list[Step]) -> list[Step]:
    """As many steps as a reader can follow; the last one says how many more there are."""
    if len(steps) <= MOST_STEPS:
        return steps
    *kept, last = steps[:MOST_STEPS]
    more = len(steps) - MOST_STEPS
    return [*kept, replace(last, message=f"{last.message} (and {more} more lines that decide something)")]


def _passed(
    verdict: Verdict, walked: Sequence[int], raised_at: int, risky: set[int], told_finals: set[Place]
) -> Iterator[tuple[int, Step]]:
    """One step for each line on the way that decides something, with the position of its operation; none that says of
    `told_finals` that they don't delete it."""
    explorer = verdict.explorer
    told: set[int] = set()
    finals = set(told_finals)
    for position, index in enumerate(walked):
        node = explorer.nodes[index]
        following = walked[position + 1] if position + 1 < len(walked) else -1
        row = node.span.start.row
        words = _words(node, following, finals, _ENDING[verdict.obligation])
        if not words and position < raised_at and row in risky and isinstance(node.op, g.Call | g.Await):
            words = "goes well this time; it could raise too"
        if words and row not in told and position != raised_at:
            told.add(row)
            yield position, Step(explorer.module.filename, _one_row(node.span), Event.ALIASED, words)


def _words(node: g.Node, following: int, finals: set[Place], ending: str) -> str:
    final = _finally_of(node.place)
    if final is not None and final not in finals and not isinstance(node.op, g.Caught | g.Jump | g.Reraise):
        finals.add(final)
        return f"the finally runs, without {ending} it"
    match node.op:
        case g.Catches(types=types):
            if following == node.alt:
                return "does not match"
            return "caught here" if types is not None else "caught here, as everything is"
        case g.Branch() | g.Choice():
            if node.alt == node.next:
                return ""
            return "this holds" if following == node.next else "this does not hold"
        case g.Next():
            return "the loop goes round" if following == node.next else "the loop is over"
        case g.Leave(error=error) if error is not None and following == node.alt:
            return "the with statement swallows the exception"
    return ""


def _finally_of(place: Place | None) -> Place | None:
    return next((each for each in place.outward() if each.kind == "finally"), None) if place else None


def _skipping(step: Step, verdict: Verdict, diagnosis: Diagnosis) -> Step:
    """The step at which the way leaves also names the deletion that it misses."""
    skipped = diagnosis.skipped
    if skipped is None:
        return step
    row = verdict.explorer.nodes[skipped.where].span.start.row
    if row <= step.span.start.row:
        return step
    return Step(step.filename, step.span, step.event, f"{step.message}; line {row} is not reached", step.cell)


def _one_row(span: Span) -> Span:
    """A span that is underlined on its first row."""
    if span.end.row == span.start.row:
        return span
    return Span(span.start, Location(span.start.row, span.start.column + 1))
