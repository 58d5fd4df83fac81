"""The witness: the steps from creation over the statement that raises or leaves, to the exit; and the
message."""

from __future__ import annotations

from tmpleak_lint.analysis.queries.project import Module
from tmpleak_lint.analysis.queries.sites import Site
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
            why = f"`{text}` fails where it isn't empty" if diagnosis.finds_it_filled else _why(node.op, text)
            steps.append(Step(module.filename, node.span, Event.RISKY, why))
        elif diagnosis.code not in ("TML101", "TML108", "TML109", "TML205", "TML301"):
            text = snippet(module, node.span)
            steps.append(Step(module.filename, node.span, Event.LEAVES, f"`{text}` leaves here"))
    steps.append(_left_behind(verdict, diagnosis))
    return tuple(steps)


def _is_above(verdict: Verdict, one: int, other: int) -> bool:
    """Whether an operation stands above another: a deletion above what leaves, in a handler, say."""
    nodes = verdict.explorer.nodes
    return nodes[one].span.start.row < nodes[other].span.start.row


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
    if diagnosis.skipped is not None and not diagnosis.deletion_fails:
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
        return Step(module.filename, span, Event.LEFT_BEHIND, f"the exception leaves {code.name}: {stays}")
    end = nodes[code.exit_ok].span.end
    row = min(end.row, len(module.source.lines))
    place = Location(row, max(len(module.source.lines[row - 1]), 1)) if end.row > row else end
    return Step(module.filename, Span(place, place), Event.LEFT_BEHIND, f"{code.name} ends here: {stays}")


def _message(verdict: Verdict, diagnosis: Diagnosis) -> str:
    module, site = verdict.explorer.module, verdict.site
    nodes = verdict.explorer.nodes
    thing = what(site)
    cause, skip = "", "skip"
    if diagnosis.cause is not None:
        node = nodes[diagnosis.cause]
        text = snippet(module, node.span)
        verb = "can raise" if diagnosis.raised and not isinstance(node.op, g.Raise) else "leaves"
        if isinstance(node.op, g.Raise) and node.op.cause == "assert":
            verb = "can fail"
        if diagnosis.code == "TML202":
            verb = "raises" if isinstance(node.op, g.Raise) and node.op.cause == "raise" else "can raise"
        skip = "skips" if verb == "leaves" else "skip"
        told = f"leaving `{text}`" if isinstance(node.op, g.Leave) else f"`{text}`"
        cause = f"{told} (line {node.span.start.row}) {verb}"
    skipped = diagnosis.skipped
    deletion = f"line {nodes[skipped.where].span.start.row}" if skipped is not None else ""
    if diagnosis.finds_it_filled and diagnosis.cause is not None:
        node = nodes[diagnosis.cause]
        return f"{thing} stays when `{snippet(module, node.span)}` (line {node.span.start.row}) finds it not empty"
    match diagnosis.code:
        case "TML101":
            return f"{thing} is never deleted"
        case "TML102" | "TML103" if diagnosis.deletion_fails:
            return f"{thing} stays when {cause}: nothing else deletes it"
        case "TML102":
            return f"{thing} is deleted on the happy path only: {cause} and {skip} {deletion}"
        case "TML103":
            return f"{thing} is deleted on the last line only: {cause} and {skip} {deletion}"
        case "TML104":
            until = f"before {deletion or 'anybody else knows its path'}"
            if (
                skipped is not None
                and diagnosis.cause is not None
                and _is_above(verdict, skipped.where, diagnosis.cause)
            ):
                until = f"and {deletion} is skipped"
            return f"{thing} stays when the code leaves early: {cause or 'an exit'} {until}"
        case "TML105":
            return f"{thing} is deleted on some branches only" + (f" ({deletion})" if deletion else "")
        case "TML106":
            return f"{thing} is lost when its name is bound again before it is deleted"
        case "TML107":
            when = (
                "the with block raises"
                if verdict.explorer.mode == "manager"
                else "the generator is not run to its end"
            )
            return f"{thing} stays when {when}: the deletion after `yield` has no try/finally"
        case "TML108":
            return f"{thing} is kept in `{diagnosis.leak.held_by}`, and nothing in reach deletes it"
        case "TML109":
            return f"{thing} is forgotten: only a path inside it is kept"
        case "TML201":
            return f"{thing} stays when {cause} before the try that would delete it ({deletion})"
        case "TML202":
            return f"{thing} stays when {cause} something that the handler at {deletion} does not catch"
        case "TML203":
            if not cause:
                return f"{thing} is handed over on some branches only: on the others nobody knows its path"
            return f"{thing} is lost when {cause} before anybody else knows its path"
        case "TML204":
            return f"{thing} stays when {cause} in the finally, before {deletion}"
        case "TML205":
            wrong = [h.where for h in verdict.discharged("missed") if h.detail == WRONG_KIND]
            beside = verdict.discharged("missed") or diagnosis.leak.beside
            astray = wrong[0] if wrong else None if beside else misguided(verdict)
            if astray is not None:
                span = nodes[astray].span
                return f"{thing} is not deleted by `{snippet(module, span)}` (line {span.start.row})"
            return f"{thing} is not what is deleted: a path beside or inside it is"
        case "TML301":
            return f"the descriptor of {thing} is never closed"
        case "TML302":
            told = f"{cause or 'an exit'} before"
            if (
                skipped is not None
                and diagnosis.cause is not None
                and _is_above(verdict, diagnosis.cause, skipped.where)
            ):
                told = f"{cause} and {skip} {deletion}"
            return f"the descriptor of {thing} is closed on the happy path only: {told}"
    return f"{thing} may stay behind"
