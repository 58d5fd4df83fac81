"""A client that talks to a real server process over its standard streams, in the protocol's own JSON.

Nothing of pygls is used for talking, so that what goes over the wire is what is looked at; every message of the server
is held against the protocol's types. It answers what a server asks as an editor does, and keeps what it is told.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import converters, types

PATIENCE = 60.0
LINUX = pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="needs /proc: stops the server's worker"
)
_CONVERTER = converters.get_converter()


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error)
        self.code: int = error["code"]
        self.data: Any = error.get("data")


class Editor:
    """One end of a session. `settings` are what it answers for a scope; `opened` what it was asked to show."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.settings: Callable[[str | None], Any] = lambda scope: None
        self.capabilities: dict[str, Any] = {}
        self.registered: list[dict[str, Any]] = []
        self.opened: list[dict[str, Any]] = []
        self.messages: list[str] = []
        self.refreshes = 0
        self._ids = itertools.count(1)
        self._waiting: dict[int, tuple[str, asyncio.Future[Any]]] = {}
        self._texts: dict[str, str] = {}
        self._versions: dict[str, int] = {}
        self._published: dict[str, list[list[dict[str, Any]]]] = {}
        self._news = asyncio.Event()
        self._reader = asyncio.get_running_loop().create_task(self._read())

    # Talking

    def notify(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def ask(self, method: str, params: Any) -> tuple[int, asyncio.Future[Any]]:
        """Send a request; its id, and its answer when it comes."""
        number = next(self._ids)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = method, future
        self._send({"id": number, "method": method, "params": params})
        return number, future

    async def request(self, method: str, params: Any) -> Any:
        """The answer to a request. Raises `Refused`."""
        return await asyncio.wait_for(self.ask(method, params)[1], PATIENCE)

    def cancel(self, number: int) -> None:
        self.notify("$/cancelRequest", {"id": number})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    async def _read(self) -> None:
        assert self.process.stdout is not None
        while head := await self.process.stdout.readline():
            size = int(head.partition(b":")[2])
            while (await self.process.stdout.readline()).strip():
                pass
            self._take(json.loads(await self.process.stdout.readexactly(size)))
        for method, future in self._waiting.values():
            if not future.done():
                future.set_exception(ConnectionError(f"the server ended before it answered {method}"))

    def _take(self, message: dict[str, Any]) -> None:
        if "method" not in message:
            method, future = self._waiting.pop(message["id"])
            if future.done():
                return
            if "error" in message:
                future.set_exception(Refused(message["error"]))
            else:
                _CONVERTER.structure(message, types.METHOD_TO_TYPES[method][1])
                future.set_result(message["result"])
            return
        _CONVERTER.structure(message, types.METHOD_TO_TYPES[message["method"]][0])
        answer = getattr(self, "_on_" + message["method"].replace("/", "_"))(message.get("params"))
        if "id" in message:
            self._send({"id": message["id"], "result": answer})
        self._news.set()

    # What a server asks and tells

    def _on_workspace_configuration(self, params: dict[str, Any]) -> list[Any]:
        assert all(item["section"] == "tmpleak-lint" for item in params["items"])
        return [self.settings(item.get("scopeUri")) for item in params["items"]]

    def _on_client_registerCapability(self, params: dict[str, Any]) -> None:
        self.registered += params["registrations"]

    def _on_window_showDocument(self, params: dict[str, Any]) -> dict[str, bool]:
        self.opened.append(params)
        return {"success": True}

    def _on_window_showMessage(self, params: dict[str, Any]) -> None:
        self.messages.append(params["message"])

    def _on_workspace_diagnostic_refresh(self, params: None) -> None:
        self.refreshes += 1

    def _on_textDocument_publishDiagnostics(self, params: dict[str, Any]) -> None:
        self._published.setdefault(params["uri"], []).append(params["diagnostics"])

    def worker(self) -> int:
        """The process that analyses for the server."""
        pid = self.process.pid
        (worker,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return int(worker)

    # Editing

    def open(self, path: Path, text: str | None = None) -> str:
        """Open a file, with what stands in it or with another text; its URI."""
        text = path.read_bytes().decode() if text is None else text
        return self.open_text(path.as_uri(), text)

    def open_text(self, uri: str, text: str) -> str:
        self._texts[uri], self._versions[uri] = text, 1
        item = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})
        return uri

    def edit(self, uri: str, *changes: tuple[tuple[int, int], tuple[int, int], str]) -> None:
        """Tell of changes (from line and character, to, new text), as they were typed one after the other."""
        self._versions[uri] += 1
        told = [
            {"range": {"start": _place(start), "end": _place(end)}, "rangeLength": 0, "text": text}
            for start, end, text in changes
        ]
        document = {"uri": uri, "version": self._versions[uri]}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": told})

    def replace(self, uri: str, text: str) -> None:
        """Tell of a whole new text."""
        self._versions[uri] += 1
        document = {"uri": uri, "version": self._versions[uri]}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def save(self, uri: str) -> None:
        self.notify("textDocument/didSave", {"textDocument": {"uri": uri}})

    def close(self, uri: str) -> None:
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    # Looking

    def times_published(self, uri: str) -> int:
        return len(self._published.get(uri, ()))

    async def published(self, uri: str, *, after: int = 0) -> list[dict[str, Any]]:
        """The newest diagnostics of a document once it has been sent more than `after` times."""
        await self.until(lambda: self.times_published(uri) > after)
        return self._published[uri][-1]

    async def shown(self, uri: str, codes: Sequence[str]) -> list[dict[str, Any]]:
        """The diagnostics of a document as soon as they have these codes."""
        await self.until(
            lambda: self._published.get(uri, [[{"code": None}]])[-1:] != [] and self.codes(uri) == list(codes)
        )
        return self._published[uri][-1]

    def codes(self, uri: str) -> list[str] | None:
        """The codes that are shown in a document, None when nothing has been said about it yet."""
        sent = self._published.get(uri)
        return None if sent is None else [diagnostic["code"] for diagnostic in sent[-1]]

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something that the server tells makes it so."""
        async with asyncio.timeout(PATIENCE):
            while not holds():
                self._news.clear()
                await self._news.wait()

    async def pull(self, uri: str, before: str | None = None) -> dict[str, Any]:
        params = {"textDocument": {"uri": uri}, "identifier": "tmpleak-lint", "previousResultId": before}
        report: dict[str, Any] = await self.request("textDocument/diagnostic", params)
        return report

    async def actions(
        self, uri: str, diagnostic: dict[str, Any], only: Sequence[str] | None = None
    ) -> list[dict[str, Any]]:
        """The code actions at a diagnostic."""
        context: dict[str, Any] = {"diagnostics": [diagnostic], "triggerKind": 1}
        if only is not None:
            context["only"] = list(only)
        params = {"textDocument": {"uri": uri}, "range": diagnostic["range"], "context": context}
        found: list[dict[str, Any]] = await self.request("textDocument/codeAction", params)
        return found


def _place(place: tuple[int, int]) -> dict[str, int]:
    return {"line": place[0], "character": place[1]}


@contextlib.asynccontextmanager
async def connected(
    params: dict[str, Any],
    settings: Callable[[str | None], Any] = lambda scope: None,
    cwd: Path | None = None,
) -> AsyncIterator[Editor]:
    """A session with a server of its own. It must end as the protocol says, without a word on standard error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "tmpleak_lint", "server", "--stdio", stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=cwd
    )  # fmt: skip
    editor = Editor(process)
    editor.settings = settings
    try:
        answer = await editor.request("initialize", params)
        editor.capabilities = answer["capabilities"]
        editor.notify("initialized", {})
        editor.notify("$/setTrace", {"value": "off"})
        yield editor
        assert await editor.request("shutdown", None) is None
        editor.notify("exit", None)
        async with asyncio.timeout(PATIENCE):
            assert await process.wait() == 0
        assert process.stderr is not None
        assert (await process.stderr.read()).decode() == ""
    finally:
        editor._reader.cancel()
        if process.returncode is None:
            process.kill()
            await process.wait()
        process._transport.close()  # type: ignore[attr-defined]


def played(story: Coroutine[Any, Any, None]) -> None:
    """Run a session."""
    asyncio.run(story)


def applied(text: str, edits: Sequence[dict[str, Any]]) -> str:
    """A text (of plain characters) with the edits of a code action made, as an editor does."""
    starts = [0, *(at + 1 for at, character in enumerate(text) if character == "\n")]

    def offset(place: dict[str, int]) -> int:
        return starts[place["line"]] + place["character"] if place["line"] < len(starts) else len(text)

    for edit in sorted(edits, key=lambda each: offset(each["range"]["start"]), reverse=True):
        begin, end = offset(edit["range"]["start"]), offset(edit["range"]["end"])
        text = text[:begin] + edit["newText"] + text[end:]
    return text
