"""What decides which codes count: pyproject.toml of each folder, the editor's settings of each folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pygls", reason="needs the extra `lsp`")

from tests.hosts.server import vscode
from tests.hosts.server.editor import connected, played
from tests.hosts.server.sources import CLEAN, LAST_LINE


def two_folders(root: Path) -> tuple[Path, Path]:
    folders = root / "one", root / "other"
    for folder in folders:
        folder.mkdir()
        (folder / "app.py").write_text(LAST_LINE)
    return folders


def test_each_folder_has_its_own_configuration(tmp_path: Path) -> None:
    async def story() -> None:
        one, other = two_folders(tmp_path)
        (other / "pyproject.toml").write_text('[tool.tmpleak-lint]\nignore = ["TML103"]\n')
        async with connected(vscode.initialize([one, other])) as editor:
            await editor.shown(editor.open(one / "app.py"), ["TML103"])
            await editor.shown(editor.open(other / "app.py"), [])

    played(story())


def test_each_folder_has_its_own_settings_in_the_editor(tmp_path: Path) -> None:
    async def story() -> None:
        one, other = two_folders(tmp_path)
        settings: dict[str | None, Any] = {other.as_uri(): {"ignore": ["TML1"], "select": None}}
        async with connected(vscode.initialize([one, other]), settings.get) as editor:
            first, second = editor.open(one / "app.py"), editor.open(other / "app.py")
            await editor.shown(first, ["TML103"])
            await editor.shown(second, [])
            settings[other.as_uri()], settings[one.as_uri()] = None, {"enable": False}
            editor.notify("workspace/didChangeConfiguration", {"settings": None})
            await editor.shown(first, [])
            await editor.shown(second, ["TML103"])

    played(story())


def test_folder_that_is_added_brings_its_settings(tmp_path: Path) -> None:
    async def story() -> None:
        one, other = two_folders(tmp_path)
        settings: dict[str | None, Any] = {other.as_uri(): {"ignore": ["TML1"]}}
        async with connected(vscode.initialize([one]), settings.get) as editor:
            second = editor.open(other / "app.py")
            await editor.shown(second, ["TML103"])
            added = [{"uri": other.as_uri(), "name": "other"}]
            event = {"event": {"added": added, "removed": []}}
            editor.notify("workspace/didChangeWorkspaceFolders", event)
            await editor.shown(second, [])

    played(story())


def test_settings_of_a_client_that_is_not_asked_for_them_count(tmp_path: Path) -> None:
    async def story() -> None:
        file = tmp_path / "app.py"
        file.write_text(LAST_LINE)
        params = vscode.lean(tmp_path) | {"initializationOptions": {"settings": {"ignore": ["TML103"]}}}
        async with connected(params) as editor:
            uri = editor.open(file)
            await editor.shown(uri, [])
            settings = {"settings": {"tmpleak-lint": {"ignore": ["TML2"]}}}
            editor.notify("workspace/didChangeConfiguration", settings)
            await editor.shown(uri, ["TML103"])

    played(story())


def test_wrong_setting_is_told_and_the_others_count(tmp_path: Path) -> None:
    async def story() -> None:
        file = tmp_path / "app.py"
        file.write_text(LAST_LINE)
        settings = {"extendIgnor": 1, "ignore": ["TML1"], "run": "sometimes", "targetVersion": "2.7"}
        async with connected(
            vscode.initialize([tmp_path]), lambda scope: None if scope else settings
        ) as editor:
            await editor.until(lambda: len(editor.messages) == 3)
            assert "tmpleak-lint: there is no setting 'extendIgnor'" in editor.messages[0]
            assert "tmpleak-lint.run: 'sometimes' is not one of onType, onSave" in editor.messages[1]
            assert "the editor's settings: [tool.tmpleak-lint] target-version: '2.7'" in editor.messages[2]

    played(story())


def test_mistake_in_pyproject_is_told_once_and_mending_it_helps(tmp_path: Path) -> None:
    async def story() -> None:
        file, configuration = tmp_path / "app.py", tmp_path / "pyproject.toml"
        file.write_text(LAST_LINE)
        configuration.write_text('[tool.tmpleak-lint]\nignor = ["TML1"]\n')
        async with connected(vscode.initialize([tmp_path])) as editor:
            uri = editor.open(file)
            await editor.until(lambda: bool(editor.messages))
            editor.edit(uri, ((0, 0), (0, 0), "# new\n"))
            configuration.write_text('[tool.tmpleak-lint]\nignore = ["TML2"]\n')
            event = {"changes": [{"uri": configuration.as_uri(), "type": 2}]}
            editor.notify("workspace/didChangeWatchedFiles", event)
            await editor.shown(uri, ["TML103"])
            (message,) = editor.messages
            assert (
                f"{configuration}: [tool.tmpleak-lint] has no option 'ignor'; did you mean 'ignore'?"
                in message
            )

    played(story())


def test_named_configuration_is_looked_for_in_the_folder(tmp_path: Path) -> None:
    async def story() -> None:
        file = tmp_path / "app.py"
        file.write_text(LAST_LINE)
        (tmp_path / "lint.toml").write_text('[tool.tmpleak-lint]\nignore = ["TML103"]\n')
        settings = {"configuration": "lint.toml"}
        async with connected(
            vscode.initialize([tmp_path]), lambda scope: settings if scope else None
        ) as editor:
            await editor.shown(editor.open(file), [])

    played(story())


def test_on_save_means_not_before(tmp_path: Path) -> None:
    async def story() -> None:
        file = tmp_path / "app.py"
        file.write_text(LAST_LINE)
        async with connected(vscode.initialize([tmp_path]), lambda scope: {"run": "onSave"}) as editor:
            uri = editor.open(file)
            (shown,) = await editor.shown(uri, ["TML103"])
            times = editor.times_published(uri)
            editor.replace(uri, CLEAN)
            assert await editor.actions(uri, shown) == []  # what is asked is asked about the text as it is
            assert editor.times_published(uri) == times
            file.write_text(CLEAN)
            editor.save(uri)
            await editor.shown(uri, [])

    played(story())


def test_working_directory_of_the_server_has_no_say(tmp_path: Path) -> None:
    async def story() -> None:
        """Its modules are not taken for ours, its pyproject.toml holds for its own files alone."""
        (tmp_path / "ast.py").write_text("raise SystemExit('this is not to be imported')\n")
        (tmp_path / "pyproject.toml").write_text('[tool.tmpleak-lint]\nignore = ["TML103"]\n')
        inside, outside = tmp_path / "inside", tmp_path.parent / f"{tmp_path.name}-outside"
        outside.mkdir()
        file = outside / "app.py"
        file.write_text(LAST_LINE)
        inside.mkdir()
        async with connected(vscode.initialize([outside]), cwd=tmp_path) as editor:
            await editor.shown(editor.open(file), ["TML103"])

    played(story())
