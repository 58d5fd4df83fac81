"""The witness: the steps from creation over the statement that raises or leaves, to the exit; and the
message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from tmpleak_lint.analysis.queries.project import Module
from tmpleak_lint.analysis.queries.sites import Obligation, Site
from tmpleak_lint.analysis.semantics.deleting import WRONG_KIND
from tmpleak_lint.analysis.verdict.classify import Diagnosis
from tmpleak_lint.analysis.verdict.confidence import confidence_of
from tmpleak_lint.analysis.verdict.judge import Verdict
from tmpleak_lint.analysis.verdict.lookalikes import misguided
from tmpleak_lint.flow import graph as g
from tmpleak_lint.knowledge.model import Shape
from tmpleak_lint.model import Event, Finding, Location, Span, Step

SNIPPET = 48
_TAKES_ALL = "where what lies in it may go, `shutil.rmtree` deletes the directory with it"


def snippet(module: Module, span: Span) -> str:
    """The source of a span on one line, cut to a readable length."""
    lines = module.source.lines
    if span.start.row > len(lines):
        return ""
    line = lines[span.start.row - 1]
    if span.end.row == span.start.row:
        text = line[span.start.column - 1 : span.end.column - 1]
    else:
        text = line[span.start.column - 1 :].rstrip() + " ..."
    text = " ".join(text.split())
    return text if len(text) <= SNIPPET else text[: SNIPPET - 3] + "..."


def what(site: Site) -> str:
    """What is left: "the file from mkstemp()"."""
    noun = "directory" if site.shape in (Shape.DIRECTORY, Shape.DIRECTORY_HANDLE) else "file"
    return f"the {noun} from {site.creator}()"


def finding(verdict: Verdict, diagnosis: Diagnosis, name: str) -> Finding:
    """The finding of an obligation, with its witness."""
    module, site, code = verdict.explorer.module, verdict.site, verdict.explorer.code
    steps = _steps(verdict, diagnosis)
    span = Span(site.span.start, site.span.end)
    confidence, reasons = confidence_of(verdict, diagnosis)
    return Finding(
        code=diagnosis.code,
        name=name,
        message=_message(verdict, diagnosis),
        filename=module.filename,
        span=span,
        function=code.qualname,
        tier={"1": 1, "2": 2}.get(diagnosis.code[3]),
        steps=steps,
        noqa_rows=(site.span.start.row, site.span.end.row),
        confidence=confidence,
        reasons=reasons,
        advice=_TAKES_ALL if diagnosis.finds_it_filled else "",
        made_in=site.handed.made_in if site.handed is not None else "",
    )


def _steps(verdict: Verdict, diagnosis: Diagnosis) -> tuple[Step, ...]:
    module, site = verdict.explorer.module, verdict.site
    nodes = verdict.explorer.nodes
    steps: list[Step] = []
    if site.handed is not None:
        steps += site.handed.created
        steps.append(
            Step(
                module.filename, site.span, Event.ALIASED, f"{snippet(module, site.span)} hands it over here"
            )
        )
    else:
        steps.append(Step(module.filename, site.span, Event.CREATED, f"{site.creator}() creates it here"))
    lost = diagnosis.leak.end.state.frame.lost
    if diagnosis.code == "TML106" and isinstance(lost, int):
        steps.append(
            Step(module.filename, nodes[lost].span, Event.LEAVES, "the name is bound to something else here")
        )
    elif diagnosis.cause is not None:
        node = nodes[diagnosis.cause]
        if diagnosis.raised:
            text = snippet(module, node.span)
            why = (
                f"`{text}` fails where it isn't empty"
                if diagnosis.finds_it_filled
                else f"`{text}` ends the process here: nothing behind it runs"
                if diagnosis.ends_process
                else _why(node.op, text)
            )
            steps.append(Step(module.filename, node.span, Event.RISKY, why))
        elif not diagnosis.fails_later and diagnosis.code not in (
            "TML101", "TML108", "TML109", "TML205", "TML301"
        ):  # fmt: skip
            text = snippet(module, node.span)
            steps.append(Step(module.filename, node.span, Event.LEAVES, f"`{text}` leaves here"))
    steps.append(_left_behind(verdict, diagnosis))
    return tuple(steps)


def _why(op: g.Op, text: str) -> str:
    match op:
        case g.Raise(cause="assert"):
            return f"`{text}` can fail here"
        case g.Raise():
            return f"`{text}` leaves here"
        case g.Yield():
            return f"`{text}` can be left by an exception here"
        case g.Await():
            return f"`{text}` can raise or be cancelled here"
        case g.Enter():
            return f"`with {text}` can raise here"
        case g.Leave():
            return f"leaving `with {text}` can raise"
        case g.Load(name=name):
            return f"`{name}` may be unbound here"
    return f"`{text}` can raise here"


def _left_behind(verdict: Verdict, diagnosis: Diagnosis) -> Step:
    module, nodes, stays = verdict.explorer.module, verdict.explorer.nodes, _stays(diagnosis)
    # Where the name is bound again the deletion isn't skipped: it deletes another file.
    if diagnosis.skipped is not None and not diagnosis.deletion_fails and diagnosis.code != "TML106":
        span = nodes[diagnosis.skipped.where].span
        if not diagnosis.raised or span.start.row >= nodes[diagnosis.cause or 0].span.start.row:
            return Step(
                module.filename, span, Event.LEFT_BEHIND, f"`{snippet(module, span)}` is skipped: {stays}"
            )
    return end_of(verdict, diagnosis)


def _stays(diagnosis: Diagnosis) -> str:
    descriptor = diagnosis.code in ("TML301", "TML302")
    return "the descriptor stays open" if descriptor else "it stays on disk"


def end_of(verdict: Verdict, diagnosis: Diagnosis) -> Step:
    """Where the way leaves the body."""
    module, code = verdict.explorer.module, verdict.explorer.code
    nodes, stays = verdict.explorer.nodes, _stays(diagnosis)
    if diagnosis.raised and diagnosis.cause is not None and diagnosis.leak.end.raised:
        span = nodes[diagnosis.cause].span
        leaves = "the process ends here" if diagnosis.ends_process else f"the exception leaves {code.name}"
        return Step(module.filename, span, Event.LEFT_BEHIND, f"{leaves}: {stays}")
    end = nodes[code.exit_ok].span.end
    row = min(end.row, len(module.source.lines))
    place = Location(row, max(len(module.source.lines[row - 1]), 1)) if end.row > row else end
    return Step(module.filename, Span(place, place), Event.LEFT_BEHIND, f"{code.name} ends here: {stays}")


class _Way(NamedTuple):
    """The words for a way on which something stays: `cause` is what leaves ("" where the end is simply reached), `skip`
    its verb, `deletion` the row that it passes by ("" for none)."""

    verdict: Verdict
    diagnosis: Diagnosis
    cause: str
    skip: str
    deletion: str

    def passes(self) -> int:
        """Where what it passes by stands: 1 below what leaves, -1 above (in a handler, say), 0 for neither."""
        skipped, cause = self.diagnosis.skipped, self.diagnosis.cause
        if skipped is None or cause is None:
            return 0
        nodes = self.verdict.explorer.nodes
        at, below = nodes[cause].span.start.row, nodes[skipped.where].span.start.row
        return (below > at) - (below < at)


def _way_in_words(verdict: Verdict, diagnosis: Diagnosis) -> _Way:
    nodes, skipped = verdict.explorer.nodes, diagnosis.skipped
    deletion = f"line {nodes[skipped.where].span.start.row}" if skipped is not None else ""
    if diagnosis.cause is None:
        return _Way(verdict, diagnosis, "", "skip", deletion)
    node = nodes[diagnosis.cause]
    text = snippet(verdict.explorer.module, node.span)
    verb = "can raise" if diagnosis.raised and not isinstance(node.op, g.Raise) else "leaves"
    if isinstance(node.op, g.Raise) and node.op.cause == "assert":
        verb = "can fail"
    if diagnosis.ends_process:
        verb = "ends the process"
    elif diagnosis.code == "TML202":
        verb = "raises" if isinstance(node.op, g.Raise) and node.op.cause == "raise" else "can raise"
    told = f"leaving `{text}`" if isinstance(node.op, g.Leave) else f"`{text}`"
    cause = f"{told} (line {node.span.start.row}) {verb}"
    skip = "skips" if verb in ("leaves", "ends the process") else "skip"
    return _Way(verdict, diagnosis, cause, skip, deletion)


def _left_early(way: _Way) -> str:
    until = f"before {way.deletion or 'anybody else knows its path'}"
    if way.passes() < 0:
        until = f"and {way.deletion} is skipped"
    return f"stays when the code leaves early: {way.cause or 'an exit'} {until}"


def _given_up(way: _Way) -> str:
    by_with = way.verdict.explorer.mode == "manager"
    when = "the with block raises" if by_with else "the generator is not run to its end"
    return f"stays when {when}: the deletion after `yield` has no try/finally"


def _not_handed_over(way: _Way) -> str:
    if not way.cause:
        return "is handed over on some branches only: on the others nobody knows its path"
    return f"is lost when {way.cause} before anybody else knows its path"


def _another_deleted(way: _Way) -> str:
    verdict = way.verdict
    wrong = [h.where for h in verdict.discharged("missed") if h.detail == WRONG_KIND]
    beside = verdict.discharged("missed") or way.diagnosis.leak.beside
    astray = wrong[0] if wrong else None if beside else misguided(verdict)
    if astray is None:
        return "is not what is deleted: a path beside or inside it is"
    span = verdict.explorer.nodes[astray].span
    return f"is not deleted by `{snippet(verdict.explorer.module, span)}` (line {span.start.row})"


def _at_times(way: _Way) -> str:
    leak = way.diagnosis.leak
    if leak.forgotten_by:
        return f"is taken out of `{leak.held_by}` by `{leak.forgotten_by}`, and not deleted there"
    return "is deleted on some branches only" + (f" ({way.deletion})" if way.deletion else "")


def _fails_before(way: _Way) -> str:
    leak = way.diagnosis.leak
    if way.diagnosis.fails_later:
        return f"stays when what deletes `{leak.held_by}` raises before it comes to that"
    return f"stays when {way.cause} in the finally, before {way.deletion}"


def _closed_late(way: _Way) -> str:
    passed = f"{way.cause} and {way.skip} {way.deletion}"
    told = passed if way.passes() > 0 else f"{way.cause or 'an exit'} before"
    return f"is closed on the happy path only: {told}"


# What is told of each code: what the thing's way comes to.
_SAID: Mapping[str, Callable[[_Way], str]] = {
    "TML101": lambda way: (
        "is never deleted" + (f": {way.cause} before that" if way.diagnosis.ends_process else "")
    ),
    "TML102": lambda way: f"is deleted on the happy path only: {way.cause} and {way.skip} {way.deletion}",
    "TML103": lambda way: f"is deleted on the last line only: {way.cause} and {way.skip} {way.deletion}",
    "TML104": _left_early,
    "TML105": _at_times,
    "TML106": lambda way: "is lost when its name is bound again before it is deleted",
    "TML107": _given_up,
    "TML108": lambda way: f"is kept in `{way.diagnosis.leak.held_by}`, and nothing in reach deletes it",
    "TML109": lambda way: "is forgotten: only a path inside it is kept",
    "TML201": lambda way: f"stays when {way.cause} before the try that would delete it ({way.deletion})",
    "TML202": lambda way: (
        f"stays when {way.cause} something that the handler at {way.deletion} does not catch"
    ),
    "TML203": _not_handed_over,
    "TML204": _fails_before,
    "TML205": _another_deleted,
    "TML301": lambda way: "is never closed",
    "TML302": _closed_late,
}


def _message(verdict: Verdict, diagnosis: Diagnosis) -> str:
    thing, way = what(verdict.site), _way_in_words(verdict, diagnosis)
    if diagnosis.finds_it_filled and diagnosis.cause is not None:
        span = verdict.explorer.nodes[diagnosis.cause].span
        text = snippet(verdict.explorer.module, span)
        return f"{thing} stays when `{text}` (line {span.start.row}) finds it not empty"
    if diagnosis.code in ("TML102", "TML103") and diagnosis.deletion_fails:
        return f"{thing} stays when {way.cause}: nothing else deletes it"
    if diagnosis.code not in _SAID:
        return f"{thing} may stay behind"
    of = "the descriptor of " if verdict.obligation is Obligation.DESCRIPTOR else ""
    return f"{of}{thing} {_SAID[diagnosis.code](way)}"
