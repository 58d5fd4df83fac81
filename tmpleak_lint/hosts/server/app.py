"""The conversation: which message of the protocol is answered by what.

In: what the editor sends. Out: what it is told, over pygls. The text of open documents is kept in `documents` and not
by pygls, which takes a form feed for the end of a line. A client that asks for diagnostics ("pull") is not sent any;
the others are, a moment after the last change. For a notebook's cells they are always sent: no client asks for them.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcContentModified, JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from tmpleak_lint import __version__
from tmpleak_lint.hosts.server import actions, hovering
from tmpleak_lint.hosts.server.diagnostics import SOURCE, Client, diagnostics_of
from tmpleak_lint.hosts.server.documents import Documents
from tmpleak_lint.hosts.server.jobs import Choice
from tmpleak_lint.hosts.server.lanes import Lane
from tmpleak_lint.hosts.server.looks import Looks, Superseded, View
from tmpleak_lint.hosts.server.options import ON_TYPE, SECTION, EditorOptions, read_options
from tmpleak_lint.hosts.server.overview import Overview, mark_of
from tmpleak_lint.hosts.server.pages import NoPage, Pages
from tmpleak_lint.hosts.server.text import location_of, position_of, range_of
from tmpleak_lint.model import Finding, Location
from tmpleak_lint.settings import SettingsError

DELAY = 0.1  # seconds without a further change before a document is looked at
PATIENCE = 5.0  # seconds that a client has to say what its settings are
SERVER_CANCELLED = -32802
_WATCHED = ("**/*.py", "**/*.pyi", "**/*.ipynb", "**/pyproject.toml")
_NOTEBOOKS = types.NotebookDocumentSyncOptions(
    [types.NotebookDocumentFilterWithCells([types.NotebookCellLanguage("python")], "*")], save=True
)


def serve() -> int:
    """Talk over the standard streams until the editor has had enough; the exit status that the protocol asks for."""
    logging.basicConfig(level=logging.ERROR, format="%(name)s: %(message)s")
    logging.getLogger("pygls.protocol.json_rpc").addFilter(_is_no_refusal)
    # What anything prints must not get in between the messages, and pygls closes its stream at the end.
    stdout = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    conversation = Conversation()
    try:
        conversation.server.start_io(stdout=stdout)
    finally:
        conversation.close()
    return 0 if conversation.was_shut_down else 1


def _is_no_refusal(record: logging.LogRecord) -> bool:
    """An answer that is an error of the protocol is an ordinary answer, and no news for the log."""
    return not (record.exc_info and isinstance(record.exc_info[1], JsonRpcException))


class Conversation:
    """One session with one editor."""

    def __init__(self) -> None:
        self.server = LanguageServer("tmpleak-lint", __version__, notebook_document_sync=_NOTEBOOKS)
        self.was_shut_down = False
        self._documents = Documents()
        self._front, self._back = Lane(), Lane()
        self._looks = Looks(self._documents, self._front, self._choice)
        self._overview = Overview(self._back)
        self._pages = Pages()
        self._can = _Client(types.ClientCapabilities())
        self._options: dict[str | None, EditorOptions] = {None: EditorOptions()}
        self._is_configured = asyncio.Event()
        self._complaints: set[str] = set()
        self._publishing: dict[str, asyncio.Task[None]] = {}
        self._others: set[asyncio.Task[None]] = set()
        self._register()

    def _register(self) -> None:
        keep = self.server.protocol.fm.add_builtin_feature
        for name, kept in (
            (types.TEXT_DOCUMENT_DID_OPEN, self._opened),
            (types.TEXT_DOCUMENT_DID_CHANGE, self._changed),
            (types.TEXT_DOCUMENT_DID_CLOSE, self._closed),
            (types.NOTEBOOK_DOCUMENT_DID_OPEN, self._notebook_opened),
            (types.NOTEBOOK_DOCUMENT_DID_CHANGE, self._notebook_changed),
            (types.NOTEBOOK_DOCUMENT_DID_CLOSE, self._notebook_closed),
        ):
            keep(name, kept)
        answers: tuple[tuple[str, Callable[..., Any], Any], ...] = (
            (types.INITIALIZE, self._initialize, None),
            (types.INITIALIZED, self._initialized, None),
            (types.SHUTDOWN, self._shut_down, None),
            (types.TEXT_DOCUMENT_DID_SAVE, self._saved, None),
            (types.NOTEBOOK_DOCUMENT_DID_SAVE, self._notebook_saved, None),
            (types.WORKSPACE_DID_CHANGE_CONFIGURATION, self._settings_changed, None),
            (types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, self._folders_changed, None),
            (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, self._files_changed, None),
            (types.TEXT_DOCUMENT_HOVER, self._hover, None),
            (
                types.TEXT_DOCUMENT_CODE_ACTION,
                self._code_action,
                types.CodeActionOptions(code_action_kinds=list(actions.KINDS)),
            ),
            (
                types.TEXT_DOCUMENT_DIAGNOSTIC,
                self._diagnostic,
                types.DiagnosticOptions(
                    inter_file_dependencies=True, workspace_diagnostics=True, identifier=SOURCE
                ),
            ),
            (types.WORKSPACE_DIAGNOSTIC, self._workspace_diagnostic, None),
        )
        for name, answer, options in answers:
            self.server.feature(name, options)(
                partial(answer)
            )  # pygls marks what it is given: no bound method
        self.server.command(actions.EXPLAIN)(partial(self._explain))
        self.server.command(actions.PLAY)(partial(self._play))

    def close(self) -> None:
        """End the processes and delete the pages."""
        self._front.close()
        self._back.close()
        self._pages.close()

    # The session

    def _initialize(self, params: types.InitializeParams) -> None:
        self._can = _Client(params.capabilities)
        encoding = self.server.workspace.position_encoding
        self._documents.encoding = str(getattr(encoding, "value", encoding))
        given = _plain(params.initialization_options)
        if isinstance(given, dict):
            self._take_settings({None: given.get("settings", given)})
        self._front.warm_up()

    async def _initialized(self, params: types.InitializedParams) -> None:
        wanted = []
        if self._can.has("workspace.did_change_configuration.dynamic_registration"):
            options = types.DidChangeConfigurationRegistrationOptions(section=SECTION)
            wanted.append(_registration(types.WORKSPACE_DID_CHANGE_CONFIGURATION, options))
        if self._can.has("workspace.did_change_watched_files.dynamic_registration"):
            watchers = types.DidChangeWatchedFilesRegistrationOptions(
                [types.FileSystemWatcher(glob) for glob in _WATCHED]
            )
            wanted.append(_registration(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, watchers))
        try:
            if wanted:
                await self.server.client_register_capability_async(types.RegistrationParams(wanted))
            await self._ask_for_settings()
        finally:
            self._is_configured.set()

    def _shut_down(self, params: None) -> None:
        self.was_shut_down = True
        for task in (*self._publishing.values(), *self._others):
            task.cancel()
        self.close()

    # Settings and folders

    async def _ask_for_settings(self) -> None:
        if not self._can.has("workspace.configuration"):
            return
        scopes: list[str | None] = [None, *self._folders()]
        items = [types.ConfigurationItem(scope_uri=scope, section=SECTION) for scope in scopes]
        try:
            answer = await asyncio.wait_for(
                self.server.workspace_configuration_async(types.ConfigurationParams(items)), PATIENCE
            )
        except TimeoutError:
            self._complain(f"the editor does not say what the settings of {SECTION} are: defaults are used")
            return
        self._take_settings(dict(zip(scopes, map(_plain, answer), strict=False)))

    def _take_settings(self, sections: Mapping[str | None, object]) -> None:
        self._complaints.clear()
        self._options = {None: EditorOptions()}
        for scope, section in sections.items():
            self._options[scope], complaints = read_options(section)
            for complaint in complaints:
                self._complain(complaint)

    async def _settings_changed(self, params: types.DidChangeConfigurationParams) -> None:
        if self._can.has("workspace.configuration"):
            await self._ask_for_settings()
        else:
            given = _plain(params.settings)
            self._take_settings({None: given.get(SECTION, given) if isinstance(given, dict) else None})
        self._renew(self._documents.uris())

    async def _folders_changed(self, params: types.DidChangeWorkspaceFoldersParams) -> None:
        await self._ask_for_settings()
        self._renew(self._documents.uris())

    def _folders(self) -> list[str]:
        """The URIs of the workspace's folders, the outer ones first."""
        workspace = self.server.workspace
        found = [folder.uri for folder in workspace.folders.values()]
        if not found and workspace.root_uri:
            found = [workspace.root_uri]
        return sorted(found, key=len)

    def _folder_of(self, uri: str) -> str | None:
        """The innermost folder of the workspace that a document is in."""
        path = to_fs_path(uri)
        inside = [
            folder for folder in self._folders() if path is not None and _is_inside(path, to_fs_path(folder))
        ]
        return inside[-1] if inside else None

    def _options_of(self, uri: str) -> EditorOptions:
        return self._options.get(self._folder_of(uri), self._options[None])

    def _choice(self, uri: str) -> Choice:
        """Where the settings of a document come from."""
        return self._choice_in(self._folder_of(uri))

    def _choice_in(self, folder: str | None) -> Choice:
        options = self._options.get(folder, self._options[None])
        configuration = options.configuration
        if configuration is not None and folder is not None:
            configuration = os.path.join(to_fs_path(folder) or "", configuration)  # noqa: PTH118
        return Choice(configuration, options.overrides)

    # Documents

    def _opened(self, params: types.DidOpenTextDocumentParams) -> None:
        self._documents.open(params.text_document)
        self._renew([params.text_document.uri, *self._depending_on(params.text_document.uri)], 0)

    def _changed(self, params: types.DidChangeTextDocumentParams) -> None:
        uri = params.text_document.uri
        self._documents.change(params.text_document, params.content_changes)
        if self._options_of(uri).run == ON_TYPE:
            self._renew([uri, *self._depending_on(uri)])

    def _saved(self, params: types.DidSaveTextDocumentParams) -> None:
        uri = params.text_document.uri
        if self._documents.whole(uri) is None:
            return
        self._overview.changed()
        if self._options_of(uri).run == ON_TYPE:
            self._publish_soon(uri, 0)
        else:
            self._renew([uri, *self._depending_on(uri)], 0)

    def _closed(self, params: types.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        self._documents.close(uri)
        self._gone(uri, [uri])

    def _notebook_opened(self, params: types.DidOpenNotebookDocumentParams) -> None:
        self._documents.open_notebook(params)
        self._renew([params.notebook_document.uri], 0)

    def _notebook_changed(self, params: types.DidChangeNotebookDocumentParams) -> None:
        uri = params.notebook_document.uri
        self._documents.change_notebook(params)
        structure = params.change.cells.structure if params.change.cells is not None else None
        for cell in (structure.did_close or ()) if structure is not None else ():
            self._publish(cell.uri, None, [])
        if self._options_of(uri).run == ON_TYPE:
            self._renew([uri])

    def _notebook_saved(self, params: types.DidSaveNotebookDocumentParams) -> None:
        self._overview.changed()
        self._renew([params.notebook_document.uri], 0)

    def _notebook_closed(self, params: types.DidCloseNotebookDocumentParams) -> None:
        uri = params.notebook_document.uri
        self._documents.close_notebook(uri)
        self._gone(uri, [cell.uri for cell in params.cell_text_documents])

    def _gone(self, uri: str, shown: Iterable[str]) -> None:
        """A document is closed: what was shown of it goes, and what hangs on it reads the disk again."""
        self._looks.close(uri)
        publishing = self._publishing.pop(uri, None)
        if publishing is not None:
            publishing.cancel()
        for each in shown:
            self._publish(each, None, [])
        self._renew(self._depending_on(uri))

    def _files_changed(self, params: types.DidChangeWatchedFilesParams) -> None:
        """Files are otherwise on the disk; what is open stands as it is in the editor, whatever the disk says."""
        touched: set[str] = set()
        for change in params.changes:
            is_settings = change.uri.endswith("/pyproject.toml")
            if is_settings or change.type is not types.FileChangeType.Changed:
                touched.update(self._documents.uris())  # an import may lead to another file now
            elif self._documents.whole(change.uri) is None:
                touched.update(self._depending_on(change.uri))
            if is_settings:
                self._complaints.clear()
        self._overview.changed()
        self._renew(touched)

    def _depending_on(self, uri: str) -> list[str]:
        path = to_fs_path(uri)
        return [] if path is None else [each for each in self._looks.depending_on(path) if each != uri]

    # Diagnostics

    def _renew(self, uris: Iterable[str], delay: float = DELAY) -> None:
        """Documents are to be looked at anew; what goes on there is pointless."""
        renewed = list(uris)
        self._looks.forget(renewed)
        for uri in renewed:
            self._publish_soon(uri, delay)
        # Who asks for diagnostics asks for the document that was edited, and is told that others have changed, too.
        if self._can.pulls and len(renewed) > 1 and self._can.has("workspace.diagnostics.refresh_support"):
            self.server.workspace_diagnostic_refresh(None)

    def _publish_soon(self, uri: str, delay: float) -> None:
        if self._can.pulls and not self._is_notebook(uri):
            return
        former = self._publishing.pop(uri, None)
        if former is not None:
            former.cancel()
        self._publishing[uri] = asyncio.get_running_loop().create_task(self._publish_newest(uri, delay))

    async def _publish_newest(self, uri: str, delay: float) -> None:
        await asyncio.sleep(delay)
        for document, items in (await self._items(uri)).items():
            self._publish(document, self._documents.version(document), items)

    def _publish(self, uri: str, version: int | None, items: list[types.Diagnostic]) -> None:
        if self._can.pulls and self._documents.whole(uri) == uri:
            return
        known = version if self._can.has("text_document.publish_diagnostics.version_support") else None
        self.server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, items, known))

    async def _items(self, uri: str) -> dict[str, list[types.Diagnostic]]:
        """The diagnostics of a text or of the cells of a notebook; nothing where an edit came in between."""
        view = await self._view(uri, newest=self._options_of(uri).run == ON_TYPE)
        if view is None:
            return {}
        if not self._options_of(uri).enable:
            return {document: [] for document in view.snapshot.texts}
        return diagnostics_of(view.snapshot, view.seen, self._client)

    async def _view(self, uri: str, *, newest: bool = True) -> View | None:
        await self._is_configured.wait()
        whole = self._documents.whole(uri)
        if whole is None:
            return None
        try:
            return await self._looks.view(whole, newest=newest)
        except Superseded:
            return None
        except (SettingsError, RuntimeError) as error:
            self._complain(str(error))
            return None

    async def _diagnostic(self, params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
        uri = params.text_document.uri
        whole = self._documents.whole(uri)
        if whole is None or whole != uri:  # a notebook's cells are sent theirs
            return types.RelatedFullDocumentDiagnosticReport([])
        version = self._documents.version(uri)
        found = await self._items(uri)
        if self._documents.version(uri) != version:
            data = types.DiagnosticServerCancellationData(retrigger_request=True)
            raise JsonRpcException("the text has changed", SERVER_CANCELLED, data)
        items = found.get(uri, [])
        mark = mark_of(items)
        if params.previous_result_id == mark:
            return types.RelatedUnchangedDocumentDiagnosticReport(mark)
        return types.RelatedFullDocumentDiagnosticReport(items, result_id=mark)

    async def _workspace_diagnostic(
        self, params: types.WorkspaceDiagnosticParams
    ) -> types.WorkspaceDiagnosticReport:
        await self._is_configured.wait()
        before = {each.uri: each.value for each in params.previous_result_ids}

        def folders() -> dict[str, Choice]:
            enabled = [uri for uri in self._folders() if self._options.get(uri, self._options[None]).enable]
            return {path: self._choice_in(uri) for uri in enabled if (path := to_fs_path(uri)) is not None}

        def is_open(uri: str) -> bool:
            return self._documents.whole(uri) is not None

        try:
            reports = await self._overview.report(folders, is_open, before, self._client)
        except SettingsError as error:
            self._complain(str(error))
            reports = []
        return types.WorkspaceDiagnosticReport(list(reports))

    # What is asked about a place

    async def _hover(self, params: types.HoverParams) -> types.Hover | None:
        uri = params.text_document.uri
        view = await self._view(uri)
        if view is None or not self._options_of(uri).enable:
            return None
        encoding = self._documents.encoding
        place = location_of(view.snapshot.lines[uri], params.position, encoding)
        here = [one for one in _findings_in(view, uri) if one.span.start <= place < one.span.end]
        if not here:
            return None
        markdown = types.MarkupKind.Markdown in (self._can.get("text_document.hover.content_format") or ())
        known = [view.proposed.get(finding, finding) for finding in here]
        text = "\n\n".join(hovering.short_explanation(finding, markdown=markdown) for finding in known)
        kind = types.MarkupKind.Markdown if markdown else types.MarkupKind.PlainText
        where = range_of(view.snapshot.lines[uri], here[0].span, encoding)
        return types.Hover(types.MarkupContent(kind, text), where)

    async def _code_action(self, params: types.CodeActionParams) -> list[types.CodeAction] | None:
        uri = params.text_document.uri
        view = await self._view(uri)
        if view is None or not self._options_of(uri).enable:
            return None
        only = params.context.only
        wishes = actions.Wishes(
            self._documents.encoding,
            versioned=self._can.has("workspace.workspace_edit.document_changes"),
            disabled=self._can.has("text_document.code_action.disabled_support"),
        )
        found: list[types.CodeAction] = []
        try:
            if actions.wants(types.CodeActionKind.QuickFix, only):
                here = [one for one in _findings_in(view, uri) if self._touches(one, view, uri, params.range)]
                fixed = await self._looks.with_fixes(view, here)
                found += actions.quick_fixes(view.snapshot, uri, fixed, params.context.diagnostics, wishes)
            # This one works on the whole file: only for who asks for it by name (when a file is saved).
            if only and actions.wants(actions.FIX_ALL, only) and not view.snapshot.is_notebook:
                found += actions.fix_all(view.snapshot, await self._looks.repaired(view), wishes)
        except Superseded:
            raise JsonRpcContentModified("the text has changed") from None
        return found

    def _touches(self, finding: Finding, view: View, uri: str, where: types.Range) -> bool:
        lines = view.snapshot.lines[uri]
        start, end = (
            position_of(lines, at, self._documents.encoding) for at in (finding.span.start, finding.span.end)
        )
        return _key(start) <= _key(where.end) and _key(where.start) <= _key(end)

    async def _explain(self, uri: str, row: int, column: int) -> str | None:
        async def make(path: Path) -> Path:
            return await self._pages.explanation(path, row, column)

        return await self._open_page(uri, make, external=False)

    async def _play(self, uri: str, row: int, column: int) -> str | None:
        async def make(path: Path) -> Path:
            return await self._pages.simulation(path, row)

        return await self._open_page(uri, make, external=True)

    async def _open_page(self, uri: str, make: Callable[[Path], Any], *, external: bool) -> str | None:
        """Make a page of a saved file and have it opened; its URI, None when there is none."""
        path = to_fs_path(uri)
        is_open = self._documents.whole(uri) is not None
        if path is None or (is_open and not self._documents.snapshot(uri).is_saved):
            self._say("Save the file first: this reads it as it is on the disk.", types.MessageType.Warning)
            return None
        try:
            page: Path = await make(Path(path))
        except NoPage as refusal:
            self._say(str(refusal), types.MessageType.Warning)
            return None
        where = page.as_uri()
        if self._can.has("window.show_document.support"):
            await self.server.window_show_document_async(
                types.ShowDocumentParams(where, external=external, take_focus=True)
            )
        else:
            self._say(f"Written: {page}", types.MessageType.Info)
        return where

    # Saying something

    def _complain(self, text: str) -> None:
        """Say what can't be used, once until the settings change."""
        if text not in self._complaints:
            self._complaints.add(text)
            self._say(f"tmpleak-lint: {text}", types.MessageType.Warning)

    def _say(self, text: str, kind: types.MessageType) -> None:
        self.server.window_show_message(types.ShowMessageParams(kind, text))

    def _is_notebook(self, uri: str) -> bool:
        version = self._documents.version(uri)
        return version is not None and self._documents.snapshot(uri).is_notebook

    @property
    def _client(self) -> Client:
        return Client(
            self._documents.encoding,
            related=self._can.pulls or self._can.has("text_document.publish_diagnostics.related_information"),
            unnecessary=self._can.pulls or self._can.has("text_document.publish_diagnostics.tag_support"),
            links=self._can.pulls
            or self._can.has("text_document.publish_diagnostics.code_description_support"),
        )


class _Client:
    """What the client said that it can do."""

    def __init__(self, capabilities: types.ClientCapabilities) -> None:
        self._capabilities = capabilities
        self.pulls = self.has("text_document.diagnostic")

    def get(self, path: str) -> Any:
        """The capability at a dotted path, None where it is not spoken of."""
        found: Any = self._capabilities
        for name in path.split("."):
            found = getattr(found, name, None)
        return found

    def has(self, path: str) -> bool:
        return bool(self.get(path))


def _findings_in(view: View, uri: str) -> list[Finding]:
    """The findings of a text, or of one cell of a notebook."""
    return [one for one in view.seen.outcome.report.findings if view.snapshot.document_of(one.cell) == uri]


def _registration(method: str, options: Any) -> types.Registration:
    return types.Registration(id=f"tmpleak-lint/{method}", method=method, register_options=options)


def _key(position: types.Position) -> Location:
    return Location(position.line, position.character)


def _is_inside(path: str, folder: str | None) -> bool:
    return folder is not None and Path(path).is_relative_to(folder)


def _plain(value: Any) -> Any:
    """A value of any shape as dicts and lists; pygls gives objects in their place."""
    if hasattr(value, "_asdict"):
        return {key: _plain(each) for key, each in value._asdict().items()}
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value
