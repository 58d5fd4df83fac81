"""What can be done about a finding, as code actions: repair it, silence it, have it explained, see it played.

In: a snapshot and its findings (with their fixes, where those have been looked for). Out: code actions. A safe fix is
the preferred one; an unsafe fix says that it is one and never is. Where there is no fix the reason is shown in its
place, for clients that can show it.

Not handled: fixes in notebooks, whose cells aren't rewritten; there a comment is what can be offered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lsprotocol import types

from tmpleak_lint.creations import losses_of
from tmpleak_lint.hosts.server.documents import Snapshot
from tmpleak_lint.hosts.server.text import rows_with_ends, text_edits
from tmpleak_lint.model import Applicability, Edit, Finding, Location, Span
from tmpleak_lint.reading.decoding import decode
from tmpleak_lint.suppression.noqa import add_noqa

EXPLAIN, PLAY = "tmpleak-lint.explain", "tmpleak-lint.play"
FIX_ALL = "source.fixAll.tmpleak-lint"
KINDS = (types.CodeActionKind.QuickFix, FIX_ALL)
MAY_CHANGE = "may change what the code does"
_PLAYED = ("TML1", "TML2", "TML3")  # the others leave nothing in the directory that the page shows


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the client can take: edits that name the version they are for, and actions with a reason why not."""

    encoding: str
    versioned: bool = False
    disabled: bool = False


def wants(kind: str, only: Sequence[str] | None) -> bool:
    """Whether actions of a kind are asked for: `only` names kinds, and what is within them counts."""
    return only is None or any(kind == one or kind.startswith(f"{one}.") for one in only)


def quick_fixes(
    snapshot: Snapshot,
    uri: str,
    findings: Iterable[Finding],
    marked: Sequence[types.Diagnostic],
    wishes: Wishes,
) -> list[types.CodeAction]:
    """The actions for the findings of a document; `marked` are the diagnostics that the client has there."""
    actions: list[types.CodeAction] = []
    for finding in findings:
        mine = [diagnostic for diagnostic in marked if diagnostic.code == finding.code]
        for action in _of_finding(finding, snapshot, uri, wishes):
            action.kind = types.CodeActionKind.QuickFix
            action.diagnostics = mine or None
            actions.append(action)
    return actions


def _of_finding(finding: Finding, snapshot: Snapshot, uri: str, wishes: Wishes) -> Iterator[types.CodeAction]:
    code = finding.code
    for number, loss in enumerate(losses_of(finding)):
        about = f"{loss.code} in {loss.function}" if finding.losses else code
        fix = loss.fix
        if fix is not None and fix.applicability is not Applicability.DISPLAY:
            edits = text_edits(snapshot.lines[uri], fix.edits, wishes.encoding)
            is_safe = fix.applicability is Applicability.SAFE
            title = f"{about}: {fix.message}" + ("" if is_safe else f" (unsafe: {fix.because or MAY_CHANGE})")
            edit = _edit(snapshot, uri, edits, wishes)
            yield types.CodeAction(title, edit=edit, is_preferred=is_safe and not number)
        elif wishes.disabled and (reason := _why_not(loss)):
            yield types.CodeAction(f"{about}: no fix", disabled=types.CodeActionDisabled(reason))
    comment = add_noqa([finding], snapshot.texts[uri]).edits
    if comment:
        edits = text_edits(snapshot.lines[uri], comment, wishes.encoding)
        title = f"{code}: silence it here with a # noqa comment"
        yield types.CodeAction(title, edit=_edit(snapshot, uri, edits, wishes), is_preferred=False)
    if snapshot.is_notebook or not snapshot.on_disk:
        return
    start = finding.span.start
    given = [uri, start.row, start.column]
    yield _command(f"{code}: explain", EXPLAIN, given)
    if code.startswith(_PLAYED):
        yield _command(f"{code}: play what happens", PLAY, given)


def _why_not(finding: Finding) -> str:
    """Why no fix of a finding is offered; "" where none has been looked for."""
    if finding.fix is not None:
        why = f" ({finding.fix.because})" if finding.fix.because else ""
        return f"it is a proposal that has to be made by hand: {finding.fix.message}{why}"
    return f"no fix is offered: {finding.fix_refused}" if finding.fix_refused else ""


def fix_all(snapshot: Snapshot, data: bytes, wishes: Wishes) -> list[types.CodeAction]:
    """The action that makes every safe fix of a text, given the text with them in it."""
    before, after = snapshot.texts[snapshot.uri], decode(data)
    if before == after:
        return []
    edits = text_edits(snapshot.lines[snapshot.uri], [_difference(before, after)], wishes.encoding)
    edit = _edit(snapshot, snapshot.uri, edits, wishes)
    return [types.CodeAction("tmpleak-lint: make every safe fix", kind=FIX_ALL, edit=edit)]


def _difference(before: str, after: str) -> Edit:
    """What lies between the lines that two texts begin with and those that they end with."""
    old, new = rows_with_ends(before), rows_with_ends(after)
    least = min(len(old), len(new))
    head = next((row for row in range(least) if old[row] != new[row]), least)
    tail = next((row for row in range(least - head) if old[-1 - row] != new[-1 - row]), least - head)
    span = Span(Location(head + 1, 1), Location(len(old) - tail + 1, 1))
    return Edit("".join(new[head : len(new) - tail]), span)


def _edit(
    snapshot: Snapshot, uri: str, edits: Sequence[types.TextEdit], wishes: Wishes
) -> types.WorkspaceEdit:
    if not wishes.versioned or snapshot.is_notebook:
        return types.WorkspaceEdit(changes={uri: list(edits)})
    document = types.OptionalVersionedTextDocumentIdentifier(uri, snapshot.version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, list(edits))])


def _command(title: str, name: str, given: list[object]) -> types.CodeAction:
    return types.CodeAction(title, command=types.Command(title, name, arguments=given))
