"""Notebooks: each cell is shown what is found in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pygls", reason="needs the extra `lsp`")

from tests.hosts.server import vscode
from tests.hosts.server.editor import Editor, applied, connected, played

FIRST = "import os, tempfile\n%matplotlib inline\n"
SECOND = "def f(data):\n    fd, path = tempfile.mkstemp()\n    os.close(fd)\n    data.use(path)\n    os.remove(path)\n"
MENDED = "    try:\n        data.use(path)\n    finally:\n        os.remove(path)\n"


def opened(editor: Editor, file: Path, *texts: str) -> tuple[str, list[str]]:
    """Open a notebook with a cell of words and code cells; its URI and those of the code cells."""
    uri = file.as_uri()
    cells = [cell(file, number) for number in range(len(texts) + 1)]
    kinds = [1, *(2 for _ in texts)]
    document: dict[str, Any] = {
        "uri": uri,
        "notebookType": "jupyter-notebook",
        "version": 1,
        "metadata": {"custom": {"cells": []}},
        "cells": [
            {"kind": kind, "document": each, "metadata": {}} for kind, each in zip(kinds, cells, strict=True)
        ],
    }
    documents = [
        {"uri": each, "languageId": "python", "version": 1, "text": text}
        for each, text in zip(cells[1:], texts, strict=True)
    ]
    editor.notify("notebookDocument/didOpen", {"notebookDocument": document, "cellTextDocuments": documents})
    return uri, cells[1:]


def cell(file: Path, number: int) -> str:
    return f"vscode-notebook-cell:{file}#W{number}sZmlsZQ%3D%3D"


def test_finding_is_shown_in_its_cell_with_its_own_lines(tmp_path: Path) -> None:
    async def story() -> None:
        async with connected(vscode.initialize([tmp_path])) as editor:
            assert editor.capabilities["notebookDocumentSync"]["notebookSelector"]
            _, (first, second) = opened(editor, tmp_path / "work.ipynb", FIRST, SECOND)
            (shown,) = await editor.published(second)
            assert shown["code"] == "TML103"
            assert shown["range"]["start"] == {"line": 1, "character": 15}
            assert {step["location"]["uri"] for step in shown["relatedInformation"]} == {second}
            assert await editor.published(first) == []
            actions = await editor.actions(second, shown)
            (silence,) = [action for action in actions if "# noqa" in action["title"]]
            silenced = applied(SECOND, silence["edit"]["changes"][second])
            assert "mkstemp()  # noqa: TML103\n" in silenced
            hover = {"textDocument": {"uri": second}, "position": {"line": 1, "character": 20}}
            assert "TML103" in (await editor.request("textDocument/hover", hover))["contents"]["value"]

    played(story())


def test_cells_that_change_come_and_go_renew_what_is_shown(tmp_path: Path) -> None:
    async def story() -> None:
        file = tmp_path / "work.ipynb"
        async with connected(vscode.initialize([tmp_path], pull=True)) as editor:
            uri, (_, second) = opened(editor, file, FIRST, SECOND)
            await editor.shown(second, ["TML103"])
            document = {"uri": uri, "version": 2}
            change = {"range": {"start": {"line": 3, "character": 0}, "end": {"line": 5, "character": 0}}}
            text = {"document": {"uri": second, "version": 2}, "changes": [change | {"text": MENDED}]}
            editor.notify(
                "notebookDocument/didChange",
                {"notebookDocument": document, "change": {"cells": {"textContent": [text]}}},
            )
            await editor.shown(second, [])
            third = cell(file, 9)
            item = {"uri": third, "languageId": "python", "version": 1, "text": SECOND.replace("f(", "g(")}
            added = {"start": 2, "deleteCount": 0, "cells": [{"kind": 2, "document": third}]}
            structure: dict[str, Any] = {"array": added, "didOpen": [item], "didClose": []}
            change = {"cells": {"structure": structure}}
            editor.notify(
                "notebookDocument/didChange",
                {"notebookDocument": document | {"version": 3}, "change": change},
            )
            await editor.shown(third, ["TML103"])
            structure = {"array": {"start": 2, "deleteCount": 1}, "didOpen": [], "didClose": [{"uri": third}]}
            change = {"cells": {"structure": structure}}
            editor.notify(
                "notebookDocument/didChange",
                {"notebookDocument": document | {"version": 4}, "change": change},
            )
            await editor.shown(third, [])

    played(story())


def test_closing_takes_away_what_was_shown(tmp_path: Path) -> None:
    async def story() -> None:
        async with connected(vscode.initialize([tmp_path])) as editor:
            uri, cells = opened(editor, tmp_path / "work.ipynb", FIRST, SECOND)
            await editor.shown(cells[1], ["TML103"])
            closed = {
                "notebookDocument": {"uri": uri},
                "cellTextDocuments": [{"uri": each} for each in cells],
            }
            editor.notify("notebookDocument/didClose", closed)
            await editor.shown(cells[1], [])

    played(story())
