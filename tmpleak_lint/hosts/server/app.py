"""The conversation: which message of the protocol is answered by what.

In: what the editor sends. Out: what it is told, over pygls. The text of open documents is kept in `documents` and not
by pygls, which takes a form feed for the end of a line.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from tmpleak_lint import __version__
from tmpleak_lint.hosts.server import actions
from tmpleak_lint.hosts.server.asking import Asking
from tmpleak_lint.hosts.server.client import Client, plain
from tmpleak_lint.hosts.server.diagnostics import SOURCE
from tmpleak_lint.hosts.server.documents import Documents
from tmpleak_lint.hosts.server.folders import Folders
from tmpleak_lint.hosts.server.lanes import Lane
from tmpleak_lint.hosts.server.looks import Looks
from tmpleak_lint.hosts.server.options import SECTION
from tmpleak_lint.hosts.server.overview import Overview
from tmpleak_lint.hosts.server.pages import Pages
from tmpleak_lint.hosts.server.showing import Showing

PATIENCE = 5.0  # seconds that a client has to say what its settings are
_WATCHED = ("**/*.py", "**/*.pyi", "**/*.ipynb", "**/pyproject.toml")
_NOTEBOOKS = types.NotebookDocumentSyncOptions(
    [types.NotebookDocumentFilterWithCells([types.NotebookCellLanguage("python")], "*")], save=True
)
_ACTIONS = types.CodeActionOptions(code_action_kinds=list(actions.KINDS))
_DIAGNOSTICS = types.DiagnosticOptions(
    inter_file_dependencies=True, workspace_diagnostics=True, identifier=SOURCE
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
        self._client = Client(self.server)
        self._documents = Documents()
        self._folders = Folders(self._open_folders)
        self._front, self._back = Lane(), Lane()
        self._pages = Pages()
        looks = Looks(self._documents, self._front, self._folders.choice)
        self._showing = Showing(self.server, self._client, self._documents, self._folders, looks)
        self._overview = Overview(self._back, self._folders, self._documents, self._showing.diagnose)
        self._asking = Asking(
            self.server,
            self._client,
            self._documents,
            self._folders,
            looks,
            self._showing,
            self._overview,
            self._pages,
        )
        self._register()

    def _register(self) -> None:
        kept: tuple[tuple[str, Callable[[Any], None]], ...] = (
            (types.TEXT_DOCUMENT_DID_OPEN, self._opened),
            (types.TEXT_DOCUMENT_DID_CHANGE, self._changed),
            (types.TEXT_DOCUMENT_DID_CLOSE, self._closed),
            (types.NOTEBOOK_DOCUMENT_DID_OPEN, self._notebook_opened),
            (types.NOTEBOOK_DOCUMENT_DID_CHANGE, self._notebook_changed),
            (types.NOTEBOOK_DOCUMENT_DID_CLOSE, self._notebook_closed),
        )
        for name, keep in kept:
            self.server.protocol.fm.add_builtin_feature(name, keep)
        answers: tuple[tuple[str, Callable[..., Any], Any], ...] = (
            (types.INITIALIZE, self._initialize, None),
            (types.INITIALIZED, self._initialized, None),
            (types.SHUTDOWN, self._shut_down, None),
            (types.TEXT_DOCUMENT_DID_SAVE, self._saved, None),
            (types.NOTEBOOK_DOCUMENT_DID_SAVE, self._notebook_saved, None),
            (types.WORKSPACE_DID_CHANGE_CONFIGURATION, self._settings_changed, None),
            (types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, self._folders_changed, None),
            (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, self._files_changed, None),
            (types.TEXT_DOCUMENT_HOVER, self._asking.hover, None),
            (types.TEXT_DOCUMENT_CODE_ACTION, self._asking.code_action, _ACTIONS),
            (types.TEXT_DOCUMENT_DIAGNOSTIC, self._asking.diagnostic, _DIAGNOSTICS),
            (types.WORKSPACE_DIAGNOSTIC, self._asking.workspace_diagnostic, None),
        )
        for name, answer, options in answers:
            self.server.feature(name, options)(
                partial(answer)
            )  # pygls marks what it is given: no bound method
        self.server.command(actions.EXPLAIN)(partial(self._asking.explain))
        self.server.command(actions.PLAY)(partial(self._asking.play))

    def close(self) -> None:
        """End the processes and delete the pages."""
        self._front.close()
        self._back.close()
        self._pages.close()

    # The session

    def _initialize(self, params: types.InitializeParams) -> None:
        self._client.introduce(params.capabilities)
        encoding = self.server.workspace.position_encoding
        self._documents.encoding = str(getattr(encoding, "value", encoding))
        given = plain(params.initialization_options)
        if isinstance(given, dict):
            self._take_settings({None: given.get("settings", given)})
        self._front.warm_up()

    async def _initialized(self, params: types.InitializedParams) -> None:
        wanted = []
        if self._client.has("workspace.did_change_configuration.dynamic_registration"):
            options = types.DidChangeConfigurationRegistrationOptions(section=SECTION)
            wanted.append(_registration(types.WORKSPACE_DID_CHANGE_CONFIGURATION, options))
        if self._client.has("workspace.did_change_watched_files.dynamic_registration"):
            watchers = types.DidChangeWatchedFilesRegistrationOptions(
                [types.FileSystemWatcher(glob) for glob in _WATCHED]
            )
            wanted.append(_registration(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, watchers))
        try:
            if wanted:
                await self.server.client_register_capability_async(types.RegistrationParams(wanted))
            await self._ask_for_settings()
        finally:
            self._showing.ready.set()

    def _shut_down(self, params: None) -> None:
        self.was_shut_down = True
        self._showing.stop()
        self.close()

    # Settings and folders

    def _open_folders(self) -> list[str]:
        workspace = self.server.workspace
        found = [folder.uri for folder in workspace.folders.values()]
        return found or ([workspace.root_uri] if workspace.root_uri else [])

    async def _ask_for_settings(self) -> None:
        if not self._client.has("workspace.configuration"):
            return
        scopes: list[str | None] = [None, *self._folders.uris()]
        items = [types.ConfigurationItem(scope_uri=scope, section=SECTION) for scope in scopes]
        try:
            answer = await asyncio.wait_for(
                self.server.workspace_configuration_async(types.ConfigurationParams(items)), PATIENCE
            )
        except TimeoutError:
            self._client.complain(f"the editor does not say what the settings of {SECTION} are")
            return
        self._take_settings(dict(zip(scopes, map(plain, answer), strict=False)))

    def _take_settings(self, sections: dict[str | None, object]) -> None:
        self._client.forget_complaints()
        for complaint in self._folders.take_settings(sections):
            self._client.complain(complaint)

    async def _settings_changed(self, params: types.DidChangeConfigurationParams) -> None:
        if self._client.has("workspace.configuration"):
            await self._ask_for_settings()
        else:
            given = plain(params.settings)
            self._take_settings({None: given.get(SECTION, given) if isinstance(given, dict) else None})
        self._renew_all()

    async def _folders_changed(self, params: types.DidChangeWorkspaceFoldersParams) -> None:
        await self._ask_for_settings()
        self._renew_all()

    def _renew_all(self) -> None:
        self._overview.changed()
        self._showing.renew(self._documents.uris())

    # Documents

    def _opened(self, params: types.DidOpenTextDocumentParams) -> None:
        uri = params.text_document.uri
        self._documents.open(params.text_document)
        self._showing.renew([uri, *self._showing.depending_on(uri)], 0)

    def _changed(self, params: types.DidChangeTextDocumentParams) -> None:
        uri = params.text_document.uri
        self._documents.change(params.text_document, params.content_changes)
        if self._folders.looks_while_typing(uri):
            self._showing.renew([uri, *self._showing.depending_on(uri)])

    def _saved(self, params: types.DidSaveTextDocumentParams) -> None:
        uri = params.text_document.uri
        if self._documents.whole(uri) is None:
            return
        self._overview.changed()
        if self._folders.looks_while_typing(uri):
            self._showing.send_soon(uri, 0)
        else:
            self._showing.renew([uri, *self._showing.depending_on(uri)], 0)

    def _closed(self, params: types.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        self._documents.close(uri)
        self._showing.closed(uri, [uri])
        self._overview.changed()  # from now on it is told of there

    def _notebook_opened(self, params: types.DidOpenNotebookDocumentParams) -> None:
        self._documents.open_notebook(params)
        self._showing.renew([params.notebook_document.uri], 0)

    def _notebook_changed(self, params: types.DidChangeNotebookDocumentParams) -> None:
        uri = params.notebook_document.uri
        self._documents.change_notebook(params)
        structure = params.change.cells.structure if params.change.cells is not None else None
        for cell in (structure.did_close or ()) if structure is not None else ():
            self._showing.take_away(cell.uri)
        if self._folders.looks_while_typing(uri):
            self._showing.renew([uri])

    def _notebook_saved(self, params: types.DidSaveNotebookDocumentParams) -> None:
        self._showing.renew([params.notebook_document.uri], 0)

    def _notebook_closed(self, params: types.DidCloseNotebookDocumentParams) -> None:
        uri = params.notebook_document.uri
        self._documents.close_notebook(uri)
        self._showing.closed(uri, [cell.uri for cell in params.cell_text_documents])

    def _files_changed(self, params: types.DidChangeWatchedFilesParams) -> None:
        """Files are otherwise on the disk; what is open stands as it is in the editor, whatever the disk says."""
        touched: set[str] = set()
        for change in params.changes:
            is_settings = change.uri.endswith("/pyproject.toml")
            if is_settings:
                self._client.forget_complaints()
            if is_settings or change.type is not types.FileChangeType.Changed:
                touched.update(self._documents.uris())  # an import may lead to another file now
            elif self._documents.whole(change.uri) is None:
                touched.update(self._showing.depending_on(change.uri))
        self._overview.changed()
        self._showing.renew(touched)


def _registration(method: str, options: Any) -> types.Registration:
    return types.Registration(id=f"tmpleak-lint/{method}", method=method, register_options=options)
