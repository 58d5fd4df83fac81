"""Who looks at what: the newest look at each open document, and which documents hang on which files.

In: documents, the options of their folders. Out: a `View` of a document: its snapshot, what was found in it and the
fixes that have been looked for. A look that is wanted twice is taken once; one at a text that has changed since is
withdrawn by `forget`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tmpleak_lint.hosts.server.documents import Documents, Snapshot, same
from tmpleak_lint.hosts.server.jobs import Choice, FixAll, Job, Look, Propose, Seen, Text, crashed
from tmpleak_lint.hosts.server.lanes import Crashed, Lane
from tmpleak_lint.model import Finding
from tmpleak_lint.reading.notebooks import is_notebook

URGENT, USUAL = 0, 1


@dataclass(slots=True)
class View:
    """A document and what is known of it. `proposed`: the findings whose fix has been looked for, by themselves
    without one."""

    snapshot: Snapshot
    text: Text
    seen: Seen
    proposed: dict[Finding, Finding] = field(default_factory=dict)


class Superseded(Exception):
    """The document has changed, or is closed: whoever waits for a look at it should ask anew."""


class Looks:
    """The newest look at each open document. `choice` gives the settings that hold for a URI."""

    def __init__(self, documents: Documents, lane: Lane, choice: Callable[[str], Choice]) -> None:
        self._documents = documents
        self._lane = lane
        self._choice = choice
        self._looks: dict[str, asyncio.Task[View]] = {}
        self._versions: dict[str, int] = {}
        self._work: dict[str, set[asyncio.Task[Any]]] = {}
        self._reads: dict[str, frozenset[str]] = {}

    def forget(self, uris: Iterable[str]) -> None:
        """What was found in these documents holds no longer, and what is under way there is pointless."""
        for uri in uris:
            for task in (self._looks.pop(uri, None), *self._work.pop(uri, ())):
                if task is not None:
                    task.cancel()

    def close(self, uri: str) -> None:
        """A document is gone."""
        self.forget([uri])
        self._reads.pop(uri, None)

    def depending_on(self, path: str) -> list[str]:
        """The open documents whose verdict hangs on a file, itself not among them."""
        name = same(path)
        return [uri for uri, reads in self._reads.items() if name in reads]

    async def view(self, uri: str, *, newest: bool = True) -> View:
        """A look at a document; unless it is to be the `newest`, one that has been taken already will do.

        Raises `Superseded`, `SettingsError`, and KeyError for what isn't open.
        """
        look = self._looks.get(uri)
        if look is not None and newest and self._versions[uri] != self._documents.version(uri):
            self.forget([uri])
            look = None
        if look is None:
            snapshot = self._documents.snapshot(uri)
            look = asyncio.get_running_loop().create_task(self._look(snapshot))
            self._looks[uri], self._versions[uri] = look, snapshot.version
        try:
            # Who is cancelled takes nothing from the others that wait for the same look.
            return await asyncio.shield(look)
        except asyncio.CancelledError:
            raise _told_apart() from None
        except Exception:
            if self._looks.get(uri) is look:
                del self._looks[uri]
            raise

    async def _look(self, snapshot: Snapshot) -> View:
        unsaved = self._documents.unsaved(snapshot.uri)
        text = Text(snapshot.name, snapshot.data, snapshot.on_disk, self._choice(snapshot.uri), unsaved)
        try:
            seen: Seen = await self._lane.do(Look(text), URGENT)
        except Crashed:
            seen = crashed(text)
        self._reads[snapshot.uri] = frozenset(map(same, seen.reads))
        return View(snapshot, text, seen)

    async def with_fixes(self, view: View, findings: list[Finding]) -> list[Finding]:
        """The findings with their fixes, or with the reasons why they have none. Raises `Superseded`."""
        missing = tuple(finding for finding in findings if finding not in view.proposed)
        if missing and not is_notebook(view.text.name):
            try:
                proposed = await self._under(view.snapshot.uri, Propose(view.text, missing))
            except Crashed:
                proposed = missing
            view.proposed.update(zip(missing, proposed, strict=True))
        return [view.proposed.get(finding, finding) for finding in findings]

    async def repaired(self, view: View) -> bytes:
        """The text with every safe fix in it. Raises `Superseded`."""
        try:
            data: bytes = await self._under(view.snapshot.uri, FixAll(view.text))
            return data
        except Crashed:
            return view.snapshot.data

    async def _under(self, uri: str, job: Job) -> Any:
        """The result of a job that is pointless once the document changes."""
        task = asyncio.get_running_loop().create_task(self._lane.do(job, USUAL))
        under_way = self._work.setdefault(uri, set())
        under_way.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            raise _told_apart() from None
        finally:
            under_way.discard(task)


def _told_apart() -> BaseException:
    """What a cancelled wait means: that who waits is cancelled, or that what is waited for is."""
    current = asyncio.current_task()
    return asyncio.CancelledError() if current is not None and current.cancelling() else Superseded()
