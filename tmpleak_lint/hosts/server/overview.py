"""Diagnostics of the whole workspace, also of files that nobody has opened.

In: the folders of the workspace, what the client has got before (an id for each file). Out: a report for each file
that has diagnostics or had some. A client asks again and again; while nothing has changed it is kept waiting. A file
is analysed again when it, or a file that its verdict hangs on, has another time or size than before.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from lsprotocol import types
from pygls.uris import to_fs_path

from tmpleak_lint.files import read_file
from tmpleak_lint.hosts.server.bench import state_of
from tmpleak_lint.hosts.server.documents import Documents, Snapshot, uri_of
from tmpleak_lint.hosts.server.folders import Folders
from tmpleak_lint.hosts.server.jobs import Choice, LookAtFile, Seen, Sweep
from tmpleak_lint.hosts.server.lanes import Crashed, Lane
from tmpleak_lint.reading.decoding import Undecodable, decode
from tmpleak_lint.reading.notebooks import is_notebook

SETTLED = 0.5  # seconds after some news until they are looked at: more may come with them

Report: TypeAlias = (
    types.WorkspaceFullDocumentDiagnosticReport | types.WorkspaceUnchangedDocumentDiagnosticReport
)
Stamp = tuple[object, ...]
Diagnose = Callable[[Snapshot, Seen], dict[str, list[types.Diagnostic]]]


@dataclass(frozen=True, slots=True)
class _Known:
    """What a file gave, and under which circumstances."""

    stamp: Stamp
    reads: tuple[str, ...]
    items: list[types.Diagnostic]


class Overview:
    """The diagnostics of the workspace's files as they stand on the disk, but of those that are open: what is shown of
    them is told otherwise. `diagnose` gives the diagnostics of a look."""

    def __init__(self, lane: Lane, folders: Folders, documents: Documents, diagnose: Diagnose) -> None:
        self._lane = lane
        self._folders = folders
        self._documents = documents
        self._diagnose = diagnose
        self._known: dict[str, _Known] = {}
        self._changes = 0
        self._answered = -1
        self._news = asyncio.Event()

    def changed(self) -> None:
        """Something may be otherwise than it was: whoever is kept waiting gets an answer."""
        self._changes += 1
        self._news.set()

    async def report(self, before: Mapping[str, str]) -> list[Report]:
        """Reports for the files of the workspace; waits for a difference to `before`. Raises `SettingsError`."""
        while True:
            now = self._changes
            reports = await self._reports(before)
            is_news = any(isinstance(each, types.WorkspaceFullDocumentDiagnosticReport) for each in reports)
            if is_news or self._answered < now:
                self._answered = now
                return reports
            self._news.clear()
            await self._news.wait()
            await asyncio.sleep(SETTLED)

    async def _reports(self, before: Mapping[str, str]) -> list[Report]:
        found: dict[str, list[types.Diagnostic]] = {}
        for folder, choice in self._folders.enabled().items():
            for path in await self._lane.do(Sweep(folder, choice)):
                uri = uri_of(path)
                if uri not in found and not self._documents.has_open(path):
                    found[uri] = await self._items(path, uri, choice)
        gone = [
            uri for uri in before if uri not in found and not self._documents.has_open(to_fs_path(uri) or uri)
        ]
        worth = {uri: items for uri, items in found.items() if items or uri in before}
        return [_told(uri, items, before) for uri, items in worth.items()] + [
            _told(uri, [], before) for uri in gone
        ]

    async def _items(self, path: str, uri: str, choice: Choice) -> list[types.Diagnostic]:
        known = self._known.get(path)
        if known is not None and known.stamp == _stamp(path, known.reads, choice):
            return known.items
        try:
            seen: Seen | None = await self._lane.do(LookAtFile(path, choice))
        except Crashed:
            seen = None
        if seen is None:
            return []
        reads = tuple(sorted(seen.reads))
        items = self._diagnosed(path, uri, seen)
        self._known[path] = _Known(_stamp(path, reads, choice), reads, items)
        return items

    def _diagnosed(self, path: str, uri: str, seen: Seen) -> list[types.Diagnostic]:
        """The diagnostics of a file that is not open. Those of a notebook have no place until its cells have URIs."""
        if is_notebook(path) or not (seen.outcome.report.findings or seen.outcome.unused_noqa):
            return []
        try:
            data = read_file(path)
            text = decode(data)
        except (OSError, Undecodable):  # what is marked is its first line
            data, text = b"", ""
        return self._diagnose(Snapshot(uri, path, True, 0, data, {uri: text}), seen)[uri]


def _told(uri: str, items: list[types.Diagnostic], before: Mapping[str, str]) -> Report:
    mark = mark_of(items)
    if before.get(uri) == mark:
        return types.WorkspaceUnchangedDocumentDiagnosticReport(uri, result_id=mark)
    return types.WorkspaceFullDocumentDiagnosticReport(uri, items, result_id=mark)


def mark_of(items: Sequence[types.Diagnostic]) -> str:
    """What tells diagnostics apart from others."""
    return hashlib.sha256(repr(items).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _stamp(path: str, reads: tuple[str, ...], choice: Choice) -> Stamp:
    overrides = tuple(sorted((key, repr(value)) for key, value in choice.overrides.items()))
    states = (state_of(each) for each in (path, *reads, *_settings_above(path)))
    return (choice.configuration, overrides, *states)


def _settings_above(path: str) -> tuple[str, ...]:
    """Every pyproject.toml that may hold for a file."""
    folders = []
    folder = os.path.dirname(path)  # noqa: PTH120
    while folder not in folders:
        folders.append(folder)
        folder = os.path.dirname(folder)  # noqa: PTH120
    return tuple(os.path.join(each, "pyproject.toml") for each in folders)  # noqa: PTH118
