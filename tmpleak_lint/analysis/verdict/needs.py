"""What the way of a finding needs: an exception, of what, how likely that is, or a condition.

Comes in: a verdict and its diagnosis. Goes out: facts for the confidence of the finding (`confidence.py`), each with
the most that it allows. How likely an operation is to raise is said by `raisers.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, partial

from tmpleak_lint.analysis.domain.trail import trail_of
from tmpleak_lint.analysis.queries.called import region_text
from tmpleak_lint.analysis.queries.receivers import Receiver, receiver_of
from tmpleak_lint.analysis.semantics.ending import ProcessEnded
from tmpleak_lint.analysis.verdict.cause import cause_of, way
from tmpleak_lint.analysis.verdict.classify import Diagnosis
from tmpleak_lint.analysis.verdict.judge import Verdict
from tmpleak_lint.analysis.verdict.naming import concerns_file
from tmpleak_lint.analysis.verdict.raisers import Likelihood, Raiser, hangs_on_way, raiser_of, raiser_on
from tmpleak_lint.analysis.verdict.standing import Fact
from tmpleak_lint.analysis.verdict.writing import bears_any_text, dumps_text, writes_little, writes_text
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.dataflow import WELL, reached
from tmpleak_lint.knowledge.failures import NOT_WRITABLE
from tmpleak_lint.knowledge.model import Deletes
from tmpleak_lint.model import Confidence

STRICT = "only cleanup code or a set-up that fails itself leaves it"
FILLED_AGAIN = "another call on the same object puts another file in its place"
FORGOTTEN = "`{}` takes it out of there without deleting it, and what deletes the rest finds it no more"
UNKNOWN_OBJECT = "containers have such a method, and never fail: what has it here isn't known"
GIVES_AND_KEEPS = "the object gives it to who asks, keeps it, and never deletes it: who gets it may"


def _way(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether something must raise, and how likely that is."""
    if diagnosis.fails_later:
        return  # it takes an exception in the method that deletes: see `_strict`
    if not diagnosis.raised or diagnosis.cause is None:
        yield Confidence.HIGH, "no exception is needed: a run that goes well leaves it"
        return
    ended = diagnosis.leak.end.state.noted(ProcessEnded)
    if ended is not None:
        row = verdict.explorer.nodes[ended.node].span.start.row
        yield (
            Confidence.HIGH,
            f"no exception is needed: the process ends on line {row}, and nothing behind that runs",
        )
        if ended.given:
            yield Confidence.MEDIUM, "the program that goes on in its place is given it, and may delete it"
        return
    raiser = raiser_on(verdict, diagnosis.leak, diagnosis.cause, partial(way, verdict, diagnosis.leak))
    row = verdict.explorer.nodes[diagnosis.cause].span.start.row
    yield _BY_LIKELIHOOD[raiser.likelihood], f"it takes an exception on line {row}: {raiser.why}"


def _scarce(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether it takes a full disk in the very moment between the creation and who takes it over."""
    code = diagnosis.code
    if code not in _GAPS | _STRAIGHT | _GUARDED or not diagnosis.raised or diagnosis.cause is None:
        return
    if code in _GAPS and writes_little(verdict, diagnosis.cause):
        yield Confidence.LOW, "a few bytes are all that is written before somebody takes the file over"
        return
    if code == "TML203" and not diagnosis.leak.end.raised:
        return
    causes = _likely_causes(verdict)
    if not causes:
        return
    # Where a handler deletes, what it doesn't catch of a value that is no text matters.
    dumps = code != "TML202"
    texts = {
        cause for cause, _ in causes if writes_text(verdict, cause) or (dumps and dumps_text(verdict, cause))
    }
    sure = code in _DELETED_AFTER or (code in _GUARDED and all(leak.end.raised for leak in verdict.leaks))
    if sure and all(cause in texts for cause, _ in causes):
        yield (
            Confidence.LOW,
            "a text is all that is written before the deletion is sure: only a full disk loses it",
        )
    elif code != "TML203" and any(cause in verdict.site.nodes for cause, _ in causes):
        return  # one of several that are made together is lost by the next: as likely as there are many
    elif code not in _GUARDED | {"TML203"} and all(raiser.is_name for _, raiser in causes):
        yield (
            Confidence.LOW,
            "all that can fail before the deletion is sure is to make another temp file, which hardly ever does",
        )
    elif (sure or code == "TML203") and all(
        cause in texts or raiser.is_name or (raiser.is_scarce and bears_any_text(verdict, cause))
        for cause, raiser in causes
    ):
        then = "its deletion is sure" if sure else "somebody has it"
        yield Confidence.LOW, f"{then} when all goes well, and only a full disk loses it before that"


def _likely_causes(verdict: Verdict) -> list[tuple[int, Raiser]]:
    """What raises on the ways that lose the file, without what hardly ever does. Ways that meet in the same state are
    one: whatever else raises to where a cause does counts, too."""
    nodes = verdict.explorer.nodes
    after = reached(nodes, [nodes[index].next for index in verdict.site.nodes], WELL)
    raising: dict[int, set[int]] = {}  # what raises to a node
    for segment in verdict.result.trace.segments:
        if segment.how == "raise" and segment.via in after:
            raising.setdefault(segment.node, set()).add(segment.via)
    found: list[tuple[int, Raiser]] = []
    settled: set[int] = set()  # those of which every leak says the same
    for leak in verdict.leaks:
        cause, raised = cause_of(verdict, leak)
        if not raised or cause is None:
            continue
        whole = cache(partial(way, verdict, leak))
        for each in sorted((raising.get(nodes[cause].exc, set()) | {cause}) - settled):
            raiser = raiser_on(verdict, leak, each, whole)
            if raiser.likelihood is not Likelihood.SELDOM:
                found.append((each, raiser))
            if not hangs_on_way(verdict, each):
                settled.add(each)
    return found


def _misfit(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether the handler deletes it whatever the disk does, and only data that the format can't hold passes it."""
    if diagnosis.code != "TML202" or not diagnosis.raised or diagnosis.cause is None:
        return
    causes = _likely_causes(verdict)
    if causes and all(NOT_WRITABLE.what in raiser.why for _, raiser in causes):
        yield (
            Confidence.LOW,
            "the handler deletes it when writing fails: only data that the format can't hold gets past it",
        )


def _unknown(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether it takes an exception of something that nothing is known of, and that has nothing to do with the file."""
    if diagnosis.code not in _GAPS or not diagnosis.raised or diagnosis.cause is None:
        return
    unknown = raiser_of(verdict, diagnosis.cause).is_unknown
    if unknown and not concerns_file(verdict, diagnosis.cause):
        yield (
            Confidence.LOW,
            "nothing that is known to fail, or has to do with the file, comes before somebody takes it over",
        )


def _handed_late(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether all is well but for an object that is made, of a class that nothing is known of, before somebody takes it
    over."""
    if diagnosis.code != "TML203" or not diagnosis.raised or diagnosis.cause is None:
        return
    op = verdict.explorer.nodes[diagnosis.cause].op
    if not isinstance(op, g.Call) or not raiser_of(verdict, diagnosis.cause).is_unknown:
        return
    name = trail_of(verdict.explorer.code, verdict.site.nodes).called.get(op.func, "").rpartition(".")[2]
    if name[:1].isupper() or name == "cls":
        yield Confidence.LOW, f"only a `{name}` is made before somebody takes it over: that hardly ever fails"


def _strict(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether only who lets nothing pass calls it a leak."""
    if verdict.doubtful:
        kept = diagnosis.leak.held_by and not diagnosis.raised and verdict.escapes
        why = (
            FILLED_AGAIN
            if diagnosis.leak.refilled
            else FORGOTTEN.format(diagnosis.leak.forgotten_by)
            if diagnosis.leak.forgotten_by
            else UNKNOWN_OBJECT
            if _is_of_unknown(verdict, diagnosis)
            else STRICT
        )
        yield Confidence.LOW, GIVES_AND_KEEPS if kept else why


def _is_of_unknown(verdict: Verdict, diagnosis: Diagnosis) -> bool:
    """Whether what raises is a method that containers have, of an object that isn't known."""
    explorer, cause = verdict.explorer, diagnosis.cause
    return cause is not None and (
        receiver_of(explorer.project, explorer.module, explorer.code, cause) is Receiver.UNKNOWN
    )


def _conditional(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether a deletion that is there is passed by on a condition, or a name that has one is filled again: what the
    program knows of that, beyond the body, isn't followed."""
    if hangs_on_condition(verdict, diagnosis):
        yield Confidence.MEDIUM, "there is a deletion, and whether it is reached hangs on a condition"


def hangs_on_condition(verdict: Verdict, diagnosis: Diagnosis) -> bool:
    """Whether a deletion that is there is passed by on a condition: on some branch, or in a `finally` that the way goes
    through without an exception."""
    if diagnosis.code != "TML104" or diagnosis.leak.end.raised:
        return diagnosis.code in _CONDITIONAL
    nodes = verdict.explorer.nodes
    deleting = {
        place.span
        for discharge in verdict.discharged("released")
        for place in nodes[discharge.where].places()
        if place.kind == "finally"
    }
    return any(
        place.kind == "finally" and place.span in deleting
        for index in way(verdict, diagnosis.leak)
        for place in nodes[index].places()
    )


def _entered(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether the object deletes it when its `with` ends, so that only one whose beginning fails leaves it."""
    owner, held = verdict.explorer.task.body.owner, diagnosis.leak.held_by.rpartition(".")[2]
    if diagnosis.code != "TML105" or not held or owner is None or verdict.explorer.code.name != "__init__":
        return
    project = verdict.explorer.project
    for name in _EXITS:
        func = project.method(owner, name)
        text = region_text(project, func) if func is not None else ""
        if func is None or held not in text or _asks_what_happened(text):
            continue
        if any(f"{deleter}(" in text for deleter in project.knowledge.tails(Deletes)):
            yield Confidence.LOW, f"`{name}` deletes it: only a `with` whose beginning fails leaves it"
            return


def _asks_what_happened(text: str) -> bool:
    """Whether an `__exit__` has a condition on what it is told."""
    head, _, body = text.partition(")")
    told = re.findall(r"\w+", head.partition("(")[2])[1:]
    return any(re.search(rf"\bif\b[^\n]*\b{name}\b", body) for name in told)


FACTS: tuple[Callable[[Verdict, Diagnosis], Iterator[Fact]], ...] = (
    _way, _scarce, _misfit, _unknown, _strict, _handed_late, _conditional, _entered,
)  # fmt: skip


_BY_LIKELIHOOD = {
    Likelihood.LIKELY: Confidence.HIGH,
    Likelihood.POSSIBLE: Confidence.MEDIUM,
    Likelihood.SELDOM: Confidence.LOW,
}
_EXITS = ("__exit__", "__aexit__")
_GAPS = frozenset({"TML201", "TML202", "TML203"})
_DELETED_AFTER = frozenset({"TML201", "TML202"})
# A deletion asks whether the name is bound, which it is only after the writing.
_GUARDED = frozenset({"TML105"})
_STRAIGHT = frozenset({"TML102", "TML103"})
_CONDITIONAL = frozenset({"TML105", "TML106"})
