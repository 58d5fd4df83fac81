"""What the editor asks: the diagnostics of a text or of everything, a hover, code actions, pages.

In: requests. Out: their answers. An answer that an edit has overtaken is refused, as the protocol wants it: the client
asks again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from lsprotocol import types
from pygls.exceptions import JsonRpcContentModified, JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from tmpleak_lint.hosts.server import actions, hovering
from tmpleak_lint.hosts.server.client import Client
from tmpleak_lint.hosts.server.documents import Documents
from tmpleak_lint.hosts.server.folders import Folders
from tmpleak_lint.hosts.server.looks import Looks, Superseded, View
from tmpleak_lint.hosts.server.overview import Overview, mark_of
from tmpleak_lint.hosts.server.pages import NoPage, Pages
from tmpleak_lint.hosts.server.showing import Showing
from tmpleak_lint.hosts.server.text import location_of, position_of, range_of
from tmpleak_lint.model import Finding
from tmpleak_lint.settings import SettingsError

SERVER_CANCELLED = -32802


@dataclass(frozen=True, slots=True)
class Asking:
    """Answers requests about documents."""

    server: LanguageServer
    client: Client
    documents: Documents
    folders: Folders
    looks: Looks
    showing: Showing
    overview: Overview
    pages: Pages

    async def diagnostic(self, params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
        uri = params.text_document.uri
        if self.documents.whole(uri) != uri:  # what isn't open, and a notebook's cells, which are sent theirs
            return types.RelatedFullDocumentDiagnosticReport([])
        version = self.documents.version(uri)
        found = await self.showing.items(uri)
        if self.documents.version(uri) != version:
            data = types.DiagnosticServerCancellationData(retrigger_request=True)
            raise JsonRpcException("the text has changed", SERVER_CANCELLED, data)
        items = found.get(uri, [])
        mark = mark_of(items)
        if params.previous_result_id == mark:
            return types.RelatedUnchangedDocumentDiagnosticReport(mark)
        return types.RelatedFullDocumentDiagnosticReport(items, result_id=mark)

    async def workspace_diagnostic(
        self, params: types.WorkspaceDiagnosticParams
    ) -> types.WorkspaceDiagnosticReport:
        await self.showing.ready.wait()
        before = {each.uri: each.value for each in params.previous_result_ids}
        try:
            reports = await self.overview.report(before)
        except SettingsError as error:
            self.client.complain(str(error))
            reports = []
        return types.WorkspaceDiagnosticReport(reports)

    async def hover(self, params: types.HoverParams) -> types.Hover | None:
        uri = params.text_document.uri
        view = await self._view(uri)
        if view is None:
            return None
        lines = view.snapshot.lines[uri]
        place = location_of(lines, params.position, self.documents.encoding)
        here = [one for one in _findings_in(view, uri) if one.span.start <= place < one.span.end]
        if not here:
            return None
        formats = self.client.get("text_document.hover.content_format") or ()
        markdown = types.MarkupKind.Markdown in formats
        known = [view.proposed.get(finding, finding) for finding in here]
        text = "\n\n".join(hovering.short_explanation(finding, markdown=markdown) for finding in known)
        kind = types.MarkupKind.Markdown if markdown else types.MarkupKind.PlainText
        where = range_of(lines, here[0].span, self.documents.encoding)
        return types.Hover(types.MarkupContent(kind, text), where)

    async def code_action(self, params: types.CodeActionParams) -> list[types.CodeAction] | None:
        uri = params.text_document.uri
        view = await self._view(uri)
        if view is None:
            return None
        only = params.context.only
        wishes = actions.Wishes(
            self.documents.encoding,
            versioned=self.client.has("workspace.workspace_edit.document_changes"),
            disabled=self.client.has("text_document.code_action.disabled_support"),
        )
        found: list[types.CodeAction] = []
        try:
            if actions.wants(types.CodeActionKind.QuickFix, only):
                here = [one for one in _findings_in(view, uri) if self._touches(one, view, uri, params.range)]
                fixed = await self.looks.with_fixes(view, here)
                found += actions.quick_fixes(view.snapshot, uri, fixed, params.context.diagnostics, wishes)
            # This one works on the whole file: only for who asks for it by name (when a file is saved).
            if only and actions.wants(actions.FIX_ALL, only) and not view.snapshot.is_notebook:
                found += actions.fix_all(view.snapshot, await self.looks.repaired(view), wishes)
        except Superseded:
            raise JsonRpcContentModified("the text has changed") from None
        return found

    async def _view(self, uri: str) -> View | None:
        return await self.showing.view(uri) if self.folders.options(uri).enable else None

    def _touches(self, finding: Finding, view: View, uri: str, where: types.Range) -> bool:
        lines = view.snapshot.lines[uri]
        start = position_of(lines, finding.span.start, self.documents.encoding)
        end = position_of(lines, finding.span.end, self.documents.encoding)
        return _key(start) <= _key(where.end) and _key(where.start) <= _key(end)

    # Pages

    async def explain(self, uri: str, row: int, column: int) -> str | None:
        return await self._open(uri, lambda path: self.pages.explanation(path, row, column), external=False)

    async def play(self, uri: str, row: int, column: int) -> str | None:
        return await self._open(uri, lambda path: self.pages.simulation(path, row), external=True)

    async def _open(self, uri: str, make: Callable[[Path], Awaitable[Path]], *, external: bool) -> str | None:
        """Make a page of a saved file and have it opened; its URI, None when there is none."""
        path = to_fs_path(uri)
        is_open = self.documents.whole(uri) is not None
        if path is None or (is_open and not self.documents.snapshot(uri).is_saved):
            self.client.say(
                "Save the file first: this reads it as it is on the disk.", types.MessageType.Warning
            )
            return None
        try:
            page = await make(Path(path))
        except NoPage as refusal:
            self.client.say(str(refusal), types.MessageType.Warning)
            return None
        where = page.as_uri()
        if self.client.has("window.show_document.support"):
            await self.server.window_show_document_async(
                types.ShowDocumentParams(where, external=external, take_focus=True)
            )
        else:
            self.client.say(f"Written: {page}", types.MessageType.Info)
        return where


def _findings_in(view: View, uri: str) -> list[Finding]:
    """The findings of a text, or of one cell of a notebook."""
    return [one for one in view.seen.outcome.report.findings if view.snapshot.document_of(one.cell) == uri]


def _key(position: types.Position) -> tuple[int, int]:
    return position.line, position.character
