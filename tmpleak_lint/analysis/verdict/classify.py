"""From a leaking end to its code: the most serious and most specific thing to say about an obligation.

Comes in: a `Verdict`. Goes out: the chosen leak, its code, and the operation that made the way leave.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import islice

from tmpleak_lint.analysis.explore.explorer import Discharge
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.sites import Obligation
from tmpleak_lint.analysis.semantics.ending import ProcessEnded
from tmpleak_lint.analysis.semantics.managers import EXIT_STACK
from tmpleak_lint.analysis.verdict.cause import cause_of, elsewhere_at, length_of, way
from tmpleak_lint.analysis.verdict.judge import Leak, Verdict
from tmpleak_lint.analysis.verdict.lookalikes import deletion_rows, misguided, unmet
from tmpleak_lint.analysis.verdict.naming import concerns_file
from tmpleak_lint.analysis.verdict.raisers import Likelihood, raiser_on
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code, Place
from tmpleak_lint.flow.liveness import uses
from tmpleak_lint.knowledge.model import Shape
from tmpleak_lint.knowledge.table import deletes_empty_only

ORDER = ("TML205", "TML109", "TML108", "TML101", "TML105", "TML104", "TML107", "TML106", "TML103", "TML102",
         "TML202", "TML204", "TML201", "TML203")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`cause` is the node that raises or leaves (None: the end is simply reached); `skipped` a deletion
    passed by."""

    code: str
    leak: Leak
    cause: int | None
    raised: bool
    skipped: Discharge | None

    @property
    def deletion_fails(self) -> bool:
        """Is the deletion itself what fails?"""
        return self.raised and self.skipped is not None and self.skipped.where == self.cause

    @property
    def ends_process(self) -> bool:
        """Does the process end on the spot, without an exception?"""
        return self.leak.end.state.noted(ProcessEnded) is not None

    @property
    def fails_later(self) -> bool:
        """Is it what deletes it later, in another method, that fails before it comes to that?"""
        return self.leak.failing and not self.raised

    @property
    def finds_it_filled(self) -> bool:
        """Does it fail since it deletes an empty directory only?"""
        return self.deletion_fails and self.skipped is not None and deletes_empty_only(self.skipped.detail)


def diagnose(verdict: Verdict) -> Diagnosis | None:
    """The finding for an obligation, None when it is met."""
    if not verdict.leaks:
        return None
    if verdict.obligation is Obligation.DESCRIPTOR:
        return _descriptor(verdict)
    if verdict.obligation is Obligation.HANDLE:
        return _one(verdict, "TML401", verdict.leaks[0])
    if not verdict.discharged("released", "managed", "escaped") and (
        verdict.explorer.is_cut or not verdict.discharged("missed")
    ):
        # What the walk did not meet is there all the same: it was cut, or it took some condition for decided.
        plain = not verdict.explorer.is_cut
        missed = unmet(verdict, deletes=True, plain=plain)
        verdict.result.discharges += [Discharge("released", index, 0) for index in missed]
    else:
        # No way comes with the file to a deletion whose guard is the name that only a finished file has.
        nodes, met = verdict.explorer.nodes, {h.where for h in verdict.result.discharges}
        verdict.result.discharges += [
            Discharge("released", index, 0)
            for index in unmet(verdict, deletes=True, plain=True, methods=True)
            if index not in met and _inside(nodes[index].place, "finally") is not None
        ]
    candidates = [_classified(verdict, leak) for leak in verdict.leaks]
    return min(
        candidates,
        key=lambda d: (
            elsewhere_at(verdict, d.leak) is not None,
            ORDER.index(_ranked_as(verdict, d)),
            *_likelihood(verdict, d),
            length_of(verdict, d.leak),
        ),
    )


def _ranked_as(verdict: Verdict, diagnosis: Diagnosis) -> str:
    """The code whose place in the order a diagnosis has: of what an object keeps, where a deletion that fails and one
    that is passed by are told alike."""
    if diagnosis.fails_later:
        return "TML105"
    return "TML202" if _passes_by_in_handler(verdict, diagnosis) else diagnosis.code


def _passes_by_in_handler(verdict: Verdict, diagnosis: Diagnosis) -> bool:
    """Whether it takes an exception, and a handler that looks whether there is something to delete: ways that go well
    say more."""
    if not diagnosis.raised or diagnosis.code != "TML105" or diagnosis.skipped is None:
        return False
    return _inside(verdict.explorer.nodes[diagnosis.skipped.where].place, "handler") is not None


def _likelihood(verdict: Verdict, diagnosis: Diagnosis) -> tuple[int, bool]:
    """How likely it is that something leaves where this way does, the likeliest first; of equals, what has to do with
    the file."""
    if not diagnosis.raised or diagnosis.cause is None:
        return -(Likelihood.LIKELY + 1), False
    leak = diagnosis.leak
    likelihood = raiser_on(verdict, leak, diagnosis.cause, partial(way, verdict, leak)).likelihood
    asked = likelihood is Likelihood.POSSIBLE and len(verdict.leaks) > 1
    return -likelihood, asked and not concerns_file(verdict, diagnosis.cause)


def _descriptor(verdict: Verdict) -> Diagnosis:
    normal = [leak for leak in verdict.leaks if not leak.end.raised]
    ended = verdict.discharged("released", "managed") or verdict.escapes
    if verdict.explorer.is_cut and not ended:
        verdict.result.discharges += [
            Discharge("released", index, 0) for index in unmet(verdict, deletes=False)
        ]
        ended = verdict.discharged("released")
    code = "TML302" if ended else "TML301"
    chosen = normal[0] if normal and code == "TML301" else verdict.leaks[0]
    return _one(verdict, code, chosen)


def _one(verdict: Verdict, code: str, leak: Leak) -> Diagnosis:
    cause, raised = cause_of(verdict, leak)
    skipped = _skipped(verdict, cause)
    return Diagnosis(code, leak, cause, raised, skipped)


def _classified(verdict: Verdict, leak: Leak) -> Diagnosis:
    cause, raised = cause_of(verdict, leak)
    code = _code(verdict, leak, cause, raised)
    return Diagnosis(code, leak, cause, raised, _skipped(verdict, cause, guarded=raised and code == "TML105"))


def _skipped(verdict: Verdict, cause: int | None, *, guarded: bool = False) -> Discharge | None:
    """The deletion nearest after the cause, else the last one there is; of one that a guard passes by, that in cleanup
    code."""
    found = [h for h in verdict.discharged("released", "managed") if h.where != verdict.explorer.code.exit_ok]
    if guarded:
        found = [h for h in found if _protected(verdict.explorer.nodes[h.where].place)] or found
    if not found:
        return None
    nodes = verdict.explorer.nodes
    row = nodes[cause].span.start.row if cause is not None else 0
    later = [h for h in found if nodes[h.where].span.start.row >= row]
    return min(later, key=lambda h: nodes[h.where].span.start) if later else found[-1]


def _code(verdict: Verdict, leak: Leak, cause: int | None, raised: bool) -> str:
    if leak.refilled:
        return "TML106"
    if leak.forgotten_by:
        return "TML105"
    if leak.failing and not raised:
        return "TML204"
    ended = verdict.discharged("released", "managed")
    nodes = verdict.explorer.nodes
    if not ended:
        if verdict.doubtful and verdict.escapes and leak.held_by and not raised and not leak.sometimes:
            return "TML108"
        if verdict.escapes or verdict.discharged("escaped"):
            return "TML203" if raised or cause is None else "TML104"
        if leak.child_kept or (
            verdict.site.shape is Shape.DIRECTORY
            and not verdict.site.dropped
            and verdict.site.moment is None
            and _only_child_is_named(verdict)
        ):
            return "TML109"
        if verdict.discharged("missed") or leak.beside:
            return "TML205"
        if leak.sometimes or leak.failing:
            return "TML105"
        if leak.held_by:
            return "TML108"
        return "TML101" if misguided(verdict) is None else "TML205"
    if leak.end.state.frame.lost is not None:
        return "TML106"
    if not raised:
        return _branch_or_exit(verdict, cause, ended)
    assert cause is not None
    if verdict.escapes and all(h.detail == EXIT_STACK for h in ended) and _was_taken_out(verdict, leak):
        return "TML203"
    op = nodes[cause].op
    if (isinstance(op, g.Raise) and op.cause == "raise") or _exits(verdict, leak, cause):
        return (
            "TML104"
            if not _only_protecting(verdict, ended) or _inside(nodes[cause].place, "finally") is None
            else "TML204"
        )
    if isinstance(op, g.Yield) and verdict.explorer.mode != "coroutine":
        return "TML107"
    if _inside(nodes[cause].place, "finally") is not None and _same_finally(verdict, cause, ended):
        return "TML204"
    return _raised_code(verdict, leak, cause, ended)


def _was_taken_out(verdict: Verdict, leak: Leak) -> bool:
    """Whether an exit stack that would have deleted the file was emptied on the way."""
    nodes = verdict.explorer.nodes
    return any(
        isinstance(op := nodes[index].op, g.GetAttr) and op.attr == "pop_all" for index in way(verdict, leak)
    )


def _exits(verdict: Verdict, leak: Leak, cause: int) -> bool:
    """Whether the cause is a call that never comes back (sys.exit and the like)."""
    back = verdict.result.trace.back(leak.end.item)
    return next((step.how == "exit" for _, step in back if step.via == cause), False)


def _only_child_is_named(verdict: Verdict) -> bool:
    """`os.path.join(mkdtemp(), name)`: the directory's own path is never bound to anything."""
    return _is_read_by_joins_only(verdict.explorer.project, verdict.explorer.code, verdict.site.nodes)


@question()
def _is_read_by_joins_only(project: Project, code: Code, made_at: frozenset[int]) -> bool:
    nodes = code.nodes
    made = set()
    for index in made_at:
        op = nodes[index].op
        assert isinstance(op, g.Call)
        made.add(op.dest)
    readers = [node.op for node in nodes if made & set(uses(node.op))]
    joined = [op for op in readers if isinstance(op, g.Binary | g.GetAttr | g.Text) or _is_join(code, op)]
    return bool(joined) and len(joined) == len(readers)


def _is_join(code: Code, op: g.Op) -> bool:
    if not isinstance(op, g.Call):
        return False
    names = {n.op.dest: n.op.attr for n in code.nodes if isinstance(n.op, g.GetAttr)}
    return names.get(op.func) in ("join", "joinpath")


def _branch_or_exit(verdict: Verdict, cause: int | None, ended: list[Discharge]) -> str:
    """A way without an exception: left before the deletion, or passed it by on a branch?"""
    nodes = verdict.explorer.nodes
    if cause is not None:
        row = nodes[cause].span.start.row
        if any(nodes[h.where].span.start.row > row for h in ended):
            return "TML104"
    return "TML105"


def _raised_code(verdict: Verdict, leak: Leak, cause: int, ended: list[Discharge]) -> str:
    nodes = verdict.explorer.nodes
    released = [h for h in ended if h.kind == "released"]
    plain = [h for h in released if not _protected(nodes[h.where].place)]
    finals = [h for h in released if _inside(nodes[h.where].place, "finally") is not None]
    handlers = [h for h in released if _inside(nodes[h.where].place, "handler") is not None]
    managed = [h for h in ended if h.kind == "managed"]
    within = [h for h in finals if _in_body_of_finally(verdict, h, cause)]
    if within:
        # The finally runs, and yet the file stays: a guard was false, or its container didn't have it yet.
        in_loop = any(_inside(nodes[h.where].place, "loop") is not None for h in within)
        return "TML203" if in_loop else "TML105"
    if finals and not plain:
        return "TML201"
    covering = [h for h in handlers if _covers(verdict, h, cause)]
    if covering:
        return "TML105" if _runs_handler(verdict, leak, covering) else "TML202"
    if plain:
        if verdict.in_tail is None:
            verdict.in_tail = any(_in_tail(verdict, h, ended) for h in plain)
        if verdict.in_tail:
            return "TML103"
        return "TML102"
    if finals:
        return "TML201"
    if managed:
        return "TML203" if not _by_with(verdict, managed) else "TML201"
    return "TML105" if handlers else "TML102"


def _in_body_of_finally(verdict: Verdict, discharge: Discharge, cause: int) -> bool:
    nodes = verdict.explorer.nodes
    final = _inside(nodes[discharge.where].place, "finally")
    assert final is not None
    return any(
        place.kind in ("try", "else") and _is_clause_of(final, place) for place in nodes[cause].places()
    )


def _is_clause_of(clause: Place, place: Place) -> bool:
    """Whether a handler or finally belongs to this try itself, not to another one that stands inside it."""
    if not place.span.start <= clause.span.start <= place.span.end:
        return False
    context = islice(clause.outward(), 1, None)
    return not any(outer.kind == place.kind and outer.span == place.span for outer in context)


def _by_with(verdict: Verdict, managed: list[Discharge]) -> bool:
    nodes = verdict.explorer.nodes
    return all(isinstance(nodes[h.where].op, g.Enter | g.Leave) for h in managed)


def _protected(place: Place | None) -> bool:
    return _inside(place, "finally") is not None or _inside(place, "handler") is not None


def _inside(place: Place | None, kind: str) -> Place | None:
    return next((each for each in place.outward() if each.kind == kind), None) if place else None


def _only_protecting(verdict: Verdict, ended: list[Discharge]) -> bool:
    nodes = verdict.explorer.nodes
    return all(_inside(nodes[h.where].place, "finally") is not None for h in ended)


def _same_finally(verdict: Verdict, cause: int, ended: list[Discharge]) -> bool:
    nodes = verdict.explorer.nodes
    mine = _inside(nodes[cause].place, "finally")
    assert mine is not None
    for discharge in ended:
        other = _inside(nodes[discharge.where].place, "finally")
        if other is not None and other.span == mine.span:
            return True
    return False


def _covers(verdict: Verdict, discharge: Discharge, cause: int) -> bool:
    """Whether the handler that deletes belongs to a try whose body holds the cause."""
    nodes = verdict.explorer.nodes
    handler = _inside(nodes[discharge.where].place, "handler")
    assert handler is not None
    return any(place.kind == "try" and _is_clause_of(handler, place) for place in nodes[cause].places())


def _runs_handler(verdict: Verdict, leak: Leak, discharges: list[Discharge]) -> bool:
    """Whether the way goes through a handler that deletes: what it asks before it does so isn't the case."""
    nodes = verdict.explorer.nodes
    handlers = {_inside(nodes[h.where].place, "handler") for h in discharges}
    return any(not handlers.isdisjoint(nodes[index].places()) for index in way(verdict, leak))


def _in_tail(verdict: Verdict, discharge: Discharge, ended: list[Discharge]) -> bool:
    """Whether the deletion is the last statement, or only other deletions and a return follow it."""
    nodes = verdict.explorer.nodes
    row = nodes[discharge.where].span.start.row
    deleting = {nodes[h.where].span.start.row for h in ended} | deletion_rows(verdict)
    for first, last, kind in verdict.explorer.code.tail:
        if first <= row <= last:
            return not _goes_on(verdict, row, last, deleting)
        if kind in ("Return", "Pass") or any(first <= r <= last for r in deleting):
            continue
        return False
    return False


def _goes_on(verdict: Verdict, row: int, last: int, deleting: set[int]) -> bool:
    """Whether something else is called behind the deletion, inside the last statement (a with, a loop)."""
    return any(
        isinstance(node.op, g.Call)
        and row < node.span.start.row <= last
        and node.span.start.row not in deleting
        for node in verdict.explorer.nodes
    )
