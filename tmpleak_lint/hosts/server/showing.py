"""What is shown of the open documents, and when it is renewed.

In: documents that have changed, or that hang on something that has. Out: diagnostics, sent a moment after the last
change to a client that doesn't ask for them; for a notebook's cells they are always sent: no client asks for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from tmpleak_lint.hosts.server.client import Client
from tmpleak_lint.hosts.server.diagnostics import diagnostics_of
from tmpleak_lint.hosts.server.documents import Documents, Snapshot
from tmpleak_lint.hosts.server.folders import Folders
from tmpleak_lint.hosts.server.jobs import Seen
from tmpleak_lint.hosts.server.looks import Looks, Superseded, View
from tmpleak_lint.settings import SettingsError

DELAY = 0.1  # seconds without a further change before a document is looked at

Items = list[types.Diagnostic]


class Showing:
    """The diagnostics of the open documents. Nothing is looked at before `ready` is set: settings come first."""

    def __init__(
        self, server: LanguageServer, client: Client, documents: Documents, folders: Folders, looks: Looks
    ) -> None:
        self.ready = asyncio.Event()
        self._server = server
        self._client = client
        self._documents = documents
        self._folders = folders
        self._looks = looks
        self._soon: dict[str, asyncio.Task[None]] = {}

    def stop(self) -> None:
        """Nothing more is sent."""
        for task in self._soon.values():
            task.cancel()

    # Renewing

    def renew(self, uris: Iterable[str], delay: float = DELAY) -> None:
        """Documents are to be looked at anew; what goes on there is pointless."""
        renewed = list(uris)
        self._looks.forget(renewed)
        for uri in renewed:
            self.send_soon(uri, delay)
        # Who asks for diagnostics asks for the document that was edited, and is told that others have changed, too.
        if (
            self._client.pulls
            and len(renewed) > 1
            and self._client.has("workspace.diagnostics.refresh_support")
        ):
            self._server.workspace_diagnostic_refresh(None)

    def send_soon(self, uri: str, delay: float) -> None:
        """Send the diagnostics of a document, unless something comes in between."""
        former = self._soon.pop(uri, None)
        if former is not None:
            former.cancel()
        if self._is_sent(uri):
            self._soon[uri] = asyncio.get_running_loop().create_task(self._send_newest(uri, delay))

    def closed(self, uri: str, shown: Iterable[str]) -> None:
        """A document is closed: what was shown of it goes, and what hangs on it reads the disk again."""
        self._looks.close(uri)
        former = self._soon.pop(uri, None)
        if former is not None:
            former.cancel()
        for each in shown:
            self.take_away(each)
        self.renew(self.depending_on(uri))

    def take_away(self, uri: str) -> None:
        """Show nothing any more in a document that is gone."""
        self._send(uri, None, [])

    def depending_on(self, uri: str) -> list[str]:
        """The other open documents whose verdict hangs on this one."""
        path = to_fs_path(uri)
        return [] if path is None else [each for each in self._looks.depending_on(path) if each != uri]

    # Looking

    async def view(self, uri: str, *, newest: bool = True) -> View | None:
        """The newest look at the document that a URI belongs to; None where there is none to be had."""
        await self.ready.wait()
        whole = self._documents.whole(uri)
        if whole is None:
            return None
        try:
            return await self._looks.view(whole, newest=newest)
        except Superseded:
            return None
        except (SettingsError, RuntimeError) as error:
            self._client.complain(str(error))
            return None

    async def items(self, uri: str) -> dict[str, Items]:
        """The diagnostics of a text or of the cells of a notebook; nothing where an edit came in between."""
        view = await self.view(uri, newest=self._folders.looks_while_typing(uri))
        if view is None:
            return {}
        if not self._folders.options(uri).enable:
            return {document: [] for document in view.snapshot.texts}
        return self.diagnose(view.snapshot, view.seen)

    def diagnose(self, snapshot: Snapshot, seen: Seen) -> dict[str, Items]:
        """The diagnostics of a look, as this client shows them."""
        return diagnostics_of(snapshot, seen, self._client.shows, self._documents.encoding)

    # Sending

    def _is_sent(self, uri: str) -> bool:
        return not self._client.pulls or self._documents.is_notebook(uri)

    async def _send_newest(self, uri: str, delay: float) -> None:
        await asyncio.sleep(delay)
        for document, items in (await self.items(uri)).items():
            self._send(document, self._documents.version(document), items)

    def _send(self, uri: str, version: int | None, items: Items) -> None:
        known = self._client.has("text_document.publish_diagnostics.version_support")
        self._server.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri, items, version if known else None)
        )
