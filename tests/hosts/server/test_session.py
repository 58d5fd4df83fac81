"""Sessions of VS Code's shape: what is shown on opening, while typing and on saving, and how a session ends."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

pytest.importorskip("pygls", reason="needs the extra `lsp`")

from tests.hosts.server import vscode
from tests.hosts.server.editor import LINUX, Editor, connected, played
from tests.hosts.server.sources import CLEAN, LAST_LINE

STOPS = pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="stops a process as POSIX does")


@asynccontextmanager
async def leaking(folder: Path) -> AsyncIterator[tuple[Editor, str]]:
    """An editor in which a file with a finding is open, and shown."""
    file = folder / "app.py"
    file.write_text(LAST_LINE)
    async with connected(vscode.initialize([folder])) as editor:
        uri = editor.open(file)
        await editor.shown(uri, ["TML103"])
        yield editor, uri


async def stopped(editor: Editor, uri: str) -> int:
    """The worker, which stands still in the middle of an analysis."""
    worker = editor.worker()
    os.kill(worker, signal.SIGSTOP)
    editor.edit(uri, ((0, 0), (0, 0), "# one\n"))
    await asyncio.sleep(0.3)  # it is under way now
    return worker


def test_findings_are_shown_on_opening_with_the_path_as_related_information(tmp_path: Path) -> None:
    async def story() -> None:
        file = tmp_path / "app.py"
        file.write_text(LAST_LINE)
        async with connected(vscode.initialize([tmp_path])) as editor:
            uri = editor.open(file)
            (shown,) = await editor.published(uri)
            assert (shown["code"], shown["source"], shown["severity"]) == ("TML103", "tmpleak-lint", 1)
            assert shown["codeDescription"]["href"].endswith("/rules/TML103.html")
            assert shown["range"]["start"] == {"line": 6, "character": 15}
            assert shown["range"]["end"] == {"line": 6, "character": 33}
            path = shown["relatedInformation"]
            assert [step["location"]["range"]["start"]["line"] for step in path] == [6, 8, 9]
            assert {step["location"]["uri"] for step in path} == {uri}

    played(story())


def test_typing_renews_what_is_shown(tmp_path: Path) -> None:
    async def story() -> None:
        async with leaking(tmp_path) as (editor, uri):
            # As a person would type it: the lines are indented, then try and finally are put around.
            editor.edit(uri, ((8, 0), (8, 0), "    "), ((9, 0), (9, 0), "    "))
            editor.edit(uri, ((8, 0), (8, 0), "    try:\n"), ((10, 0), (10, 0), "    finally:\n"))
            await editor.shown(uri, [])
            editor.edit(uri, ((8, 0), (9, 0), ""))
            await editor.shown(uri, ["TML900"])
            editor.edit(uri, ((8, 0), (8, 0), "    try:\n"))
            await editor.shown(uri, [])

    played(story())


def test_many_edits_in_a_row_are_answered_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with leaking(tmp_path) as (editor, uri):
            before = editor.times_published(uri)
            for letter in "# a comment that is typed":
                editor.edit(uri, ((9, 19), (9, 19), letter))
            editor.replace(uri, CLEAN)
            assert await editor.published(uri, after=before) == []
            assert editor.times_published(uri) == before + 1

    played(story())


def test_closing_takes_away_what_was_shown(tmp_path: Path) -> None:
    async def story() -> None:
        async with leaking(tmp_path) as (editor, uri):
            editor.close(uri)
            await editor.shown(uri, [])

    played(story())


def test_text_that_is_no_file_is_looked_at_too(tmp_path: Path) -> None:
    async def story() -> None:
        async with connected(vscode.initialize([tmp_path])) as editor:
            uri = editor.open_text("untitled:Untitled-1", LAST_LINE)
            await editor.shown(uri, ["TML103"])

    played(story())


def test_client_that_can_do_little_gets_the_path_in_words(tmp_path: Path) -> None:
    async def story() -> None:
        file = tmp_path / "app.py"
        file.write_text(LAST_LINE)
        async with connected(vscode.lean(tmp_path)) as editor:
            (shown,) = await editor.published(editor.open(file))
            assert not {"relatedInformation", "codeDescription", "tags"} & shown.keys()
            assert "\nline 9: " in shown["message"]
            assert "notebookDocumentSync" not in editor.capabilities

    played(story())


def test_server_that_loses_its_client_ends(tmp_path: Path) -> None:
    async def story() -> None:
        with pytest.raises(asyncio.CancelledError):
            async with leaking(tmp_path) as (editor, _):
                process = editor.process
                assert process.stdin is not None
                process.stdin.close()
                async with asyncio.timeout(30):
                    assert await process.wait() == 1
                raise asyncio.CancelledError

    played(story())


@STOPS
@LINUX
def test_analysis_that_does_not_end_keeps_no_later_one_waiting(tmp_path: Path) -> None:
    async def story() -> None:
        async with leaking(tmp_path) as (editor, uri):
            stuck = await stopped(editor, uri)
            editor.replace(uri, CLEAN)
            await editor.shown(uri, [])
            assert editor.worker() != stuck

    played(story())


@STOPS
@LINUX
def test_analysis_that_crashes_is_shown_and_the_next_one_is_as_usual(tmp_path: Path) -> None:
    async def story() -> None:
        async with leaking(tmp_path) as (editor, uri):
            os.kill(await stopped(editor, uri), signal.SIGKILL)
            (shown,) = await editor.shown(uri, ["TML900"])
            assert "crashed" in shown["message"]
            editor.edit(uri, ((0, 0), (0, 0), "# two\n"))
            await editor.shown(uri, ["TML103"])

    played(story())
