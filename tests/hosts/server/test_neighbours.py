"""A helper in another file: its part of the path is shown there, and a change of it renews its callers."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("pygls", reason="needs the extra `lsp`")

from tests.hosts.server import vscode
from tests.hosts.server.editor import connected, played
from tests.hosts.server.sources import CALLER, HARMLESS_HELPER, HELPER


def project(folder: Path, helper: str = HELPER) -> tuple[Path, Path]:
    helpers, caller = folder / "helpers.py", folder / "caller.py"
    helpers.write_text(helper)
    caller.write_text(CALLER)
    return helpers, caller


def test_step_in_another_file_is_shown_there(tmp_path: Path) -> None:
    async def story() -> None:
        helpers, caller = project(tmp_path, HELPER.replace("fd, path =", "# 🎈\n    fd, path ="))
        async with connected(vscode.initialize([tmp_path])) as editor:
            (shown,) = await editor.published(editor.open(caller))
            assert shown["range"]["start"]["line"] == 4
            created = shown["relatedInformation"][0]["location"]
            assert created["uri"] == helpers.as_uri()
            assert created["range"]["start"] == {"line": 6, "character": 15}

    played(story())


def test_unsaved_change_of_a_helper_renews_its_callers(tmp_path: Path) -> None:
    async def story() -> None:
        helpers, caller = project(tmp_path)
        async with connected(vscode.initialize([tmp_path])) as editor:
            calling, helping = editor.open(caller), editor.open(helpers)
            await editor.shown(calling, ["TML101"])
            editor.replace(helping, HARMLESS_HELPER)
            await editor.shown(calling, [])
            editor.replace(helping, HELPER)
            await editor.shown(calling, ["TML101"])

    played(story())


def test_closing_an_unsaved_helper_brings_back_what_was_saved(tmp_path: Path) -> None:
    async def story() -> None:
        helpers, caller = project(tmp_path)
        async with connected(vscode.initialize([tmp_path])) as editor:
            calling, helping = editor.open(caller), editor.open(helpers)
            editor.replace(helping, HARMLESS_HELPER)
            await editor.shown(calling, [])
            editor.close(helping)
            await editor.shown(calling, ["TML101"])

    played(story())


def test_change_on_the_disk_renews_callers(tmp_path: Path) -> None:
    async def story() -> None:
        helpers, caller = project(tmp_path)
        async with connected(vscode.initialize([tmp_path])) as editor:
            await editor.until(lambda: len(editor.registered) == 2)
            (watching,) = [
                one for one in editor.registered if one["method"] == "workspace/didChangeWatchedFiles"
            ]
            globs = [watcher["globPattern"] for watcher in watching["registerOptions"]["watchers"]]
            assert {"**/*.py", "**/pyproject.toml"} <= set(globs)
            calling = editor.open(caller)
            await editor.shown(calling, ["TML101"])
            helpers.write_text(HARMLESS_HELPER)
            event = {"changes": [{"uri": helpers.as_uri(), "type": 2}]}
            editor.notify("workspace/didChangeWatchedFiles", event)
            await editor.shown(calling, [])

    played(story())


def test_helper_that_comes_into_being_is_noticed(tmp_path: Path) -> None:
    async def story() -> None:
        helpers, caller = project(tmp_path)
        helpers.unlink()
        async with connected(vscode.initialize([tmp_path])) as editor:
            calling = editor.open(caller)
            await editor.shown(calling, [])
            helpers.write_text(HELPER)
            event = {"changes": [{"uri": helpers.as_uri(), "type": 1}]}
            editor.notify("workspace/didChangeWatchedFiles", event)
            await editor.shown(calling, ["TML101"])

    played(story())


def test_file_that_hangs_on_no_helper_is_left_alone(tmp_path: Path) -> None:
    async def story() -> None:
        helpers, caller = project(tmp_path)
        other = tmp_path / "other.py"
        other.write_text("import tempfile\n\n\ndef f():\n    use(tempfile.mkdtemp())\n")
        async with connected(vscode.initialize([tmp_path])) as editor:
            calling, alone = editor.open(caller), editor.open(other)
            await editor.shown(calling, ["TML101"])
            await editor.shown(alone, ["TML101"])
            times = editor.times_published(alone)
            helpers.write_text(HARMLESS_HELPER)
            editor.notify(
                "workspace/didChangeWatchedFiles", {"changes": [{"uri": helpers.as_uri(), "type": 2}]}
            )
            await editor.shown(calling, [])
            assert editor.times_published(alone) == times

    played(story())
