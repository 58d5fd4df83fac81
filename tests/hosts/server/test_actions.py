"""What is offered at a finding: its fix, a comment, an explanation, a page; and what is told under the mouse."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlparse
from urllib.request import url2pathname

import pytest

pytest.importorskip("pygls", reason="needs the extra `lsp`")

from tests.hosts.server import vscode
from tests.hosts.server.editor import Editor, applied, connected, played
from tests.hosts.server.sources import CLEAN, LAST_LINE
from tmpleak_lint import check_source

NOT_TO_BE_FIXED = """\
import tempfile


def name():
    return tempfile.mktemp()
"""
UNSAFE = """\
import tempfile


def show():
    view(tempfile.mkdtemp())
"""
TWO_CALLERS = """\
import shutil
import tempfile


def make():
    path = tempfile.mkdtemp()
    return path


def one(job):
    first = make()
    job.run(first)
    shutil.rmtree(first)


def two(job):
    second = make()
    job.run(second)
    shutil.rmtree(second)
"""


def titled(actions: list[dict[str, Any]], part: str) -> dict[str, Any]:
    (action,) = [action for action in actions if part in action["title"]]
    return action


def edits_of(action: dict[str, Any], uri: str, version: int) -> list[dict[str, Any]]:
    """The edits of an action, which names the version that they are for."""
    (change,) = action["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": uri, "version": version}
    edits: list[dict[str, Any]] = change["edits"]
    return edits


def path_of(uri: str) -> Path:
    return Path(url2pathname(urlparse(uri).path))


async def opened(editor: Editor, file: Path, text: str) -> tuple[str, dict[str, Any], list[dict[str, Any]]]:
    """A file that is opened, its one diagnostic and what is offered there."""
    file.write_text(text)
    uri = editor.open(file)
    (shown,) = await editor.published(uri)
    return uri, shown, await editor.actions(uri, shown)


def test_safe_fix_is_preferred_and_leaves_nothing_to_find(tmp_path: Path) -> None:
    async def story() -> None:
        async with connected(vscode.initialize([tmp_path])) as editor:
            uri, shown, actions = await opened(editor, tmp_path / "app.py", LAST_LINE)
            (fix,) = [action for action in actions if action.get("isPreferred")]
            assert fix["kind"] == "quickfix"
            assert fix["title"].startswith("TML103: ")
            assert "unsafe" not in fix["title"]
            assert fix["diagnostics"] == [shown]
            fixed = applied(LAST_LINE, edits_of(fix, uri, 1))
            assert fixed != LAST_LINE
            assert check_source(fixed).findings == ()
            editor.replace(uri, fixed)
            await editor.shown(uri, [])

    played(story())


def test_unsafe_fix_says_so_and_is_not_preferred(tmp_path: Path) -> None:
    async def story() -> None:
        async with connected(vscode.initialize([tmp_path])) as editor:
            uri, _, actions = await opened(editor, tmp_path / "app.py", UNSAFE)
            fix = titled(actions, "(unsafe: ")
            assert fix["isPreferred"] is False
            assert check_source(applied(UNSAFE, edits_of(fix, uri, 1))).findings == ()
            assert not any(action.get("isPreferred") for action in actions)

    played(story())


def test_each_caller_that_loses_what_one_call_creates_has_its_own_fix(tmp_path: Path) -> None:
    async def story() -> None:
        async with connected(vscode.initialize([tmp_path])) as editor:
            uri, shown, actions = await opened(editor, tmp_path / "app.py", TWO_CALLERS)
            made = TWO_CALLERS.splitlines().index("    path = tempfile.mkdtemp()")
            assert shown["range"]["start"]["line"] == made
            assert "1 other caller loses it, too" in shown["message"]
            callers = [
                TWO_CALLERS.splitlines().index(line) for line in ("    first = make()", "    second = make()")
            ]
            related = [each["location"]["range"]["start"]["line"] for each in shown["relatedInformation"]]
            assert set(callers) <= set(related)
            fixes = [titled(actions, f"TML103 in {name}: ") for name in ("one", "two")]
            assert [fix.get("isPreferred") for fix in fixes] == [True, False]
            fixed = applied(TWO_CALLERS, edits_of(fixes[1], uri, 1))
            (left,) = check_source(fixed).findings
            assert (left.function, left.losses) == ("one", ())
            silence = titled(actions, "# noqa")
            assert check_source(applied(TWO_CALLERS, edits_of(silence, uri, 1))).findings == ()

    played(story())


def test_reason_is_shown_where_there_is_no_fix(tmp_path: Path) -> None:
    async def story() -> None:
        async with connected(vscode.initialize([tmp_path])) as editor:
            _, shown, actions = await opened(editor, tmp_path / "app.py", NOT_TO_BE_FIXED)
            assert shown["code"] == "TML501"
            assert titled(actions, "no fix")["disabled"]["reason"].startswith("no fix is offered: ")
            assert "command" not in str(actions) or "play" not in str(actions)

    played(story())


def test_comment_silences_the_finding(tmp_path: Path) -> None:
    async def story() -> None:
        async with connected(vscode.initialize([tmp_path])) as editor:
            uri, _, actions = await opened(editor, tmp_path / "app.py", LAST_LINE)
            silence = titled(actions, "# noqa")
            assert silence["isPreferred"] is False
            silenced = applied(LAST_LINE, edits_of(silence, uri, 1))
            assert silenced == LAST_LINE.replace("mkstemp()\n", "mkstemp()  # noqa: TML103\n")
            editor.replace(uri, silenced)
            await editor.shown(uri, [])
            editor.replace(uri, CLEAN.replace("mkstemp()\n", "mkstemp()  # noqa: TML103\n"))
            (useless,) = await editor.shown(uri, ["noqa"])
            assert useless["tags"] == [1]

    played(story())


def test_explanation_and_page_are_opened_and_are_gone_with_the_session(tmp_path: Path) -> None:
    async def story() -> None:
        async with connected(vscode.initialize([tmp_path])) as editor:
            _, _, actions = await opened(editor, tmp_path / "app.py", LAST_LINE)
            explain, play = titled(actions, ": explain")["command"], titled(actions, ": play")["command"]
            await editor.request("workspace/executeCommand", explain | {"title": None})
            page = await editor.request("workspace/executeCommand", play | {"title": None})
            text, html = (path_of(shown["uri"]) for shown in editor.opened)
            assert [shown["external"] for shown in editor.opened] == [False, True]
            assert "TML103" in text.read_text()
            assert str(tmp_path) not in text.read_text()
            assert path_of(page) == html
            assert "<title>app.py:7" in html.read_text()
        assert not text.exists()
        assert not html.exists()

    played(story())


def test_page_of_an_unsaved_text_is_refused_in_words(tmp_path: Path) -> None:
    async def story() -> None:
        async with connected(vscode.initialize([tmp_path])) as editor:
            uri, _, actions = await opened(editor, tmp_path / "app.py", LAST_LINE)
            play = titled(actions, ": play")["command"]
            editor.edit(uri, ((0, 0), (0, 0), "# new\n"))
            assert await editor.request("workspace/executeCommand", play | {"title": None}) is None
            assert editor.messages == ["Save the file first: this reads it as it is on the disk."]
            assert editor.opened == []

    played(story())


def test_only_the_kinds_that_are_asked_for_are_given(tmp_path: Path) -> None:
    async def story() -> None:
        async with connected(vscode.initialize([tmp_path])) as editor:
            uri, shown, _ = await opened(editor, tmp_path / "app.py", LAST_LINE)
            assert await editor.actions(uri, shown, only=["refactor"]) == []
            (everything,) = await editor.actions(uri, shown, only=["source.fixAll"])
            assert everything["kind"] == "source.fixAll.tmpleak-lint"
            fixed = applied(LAST_LINE, edits_of(everything, uri, 1))
            assert check_source(fixed).findings == ()
            elsewhere = shown | {
                "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 3}}
            }
            assert await editor.actions(uri, elsewhere) == []

    played(story())


def test_hover_tells_the_path_and_what_to_do(tmp_path: Path) -> None:
    async def story() -> None:
        async with connected(vscode.initialize([tmp_path])) as editor:
            uri, shown, _ = await opened(editor, tmp_path / "app.py", LAST_LINE)
            where = {"textDocument": {"uri": uri}, "position": {"line": 6, "character": 20}}
            hover = await editor.request("textDocument/hover", where)
            assert hover["range"] == shown["range"]
            assert hover["contents"]["kind"] == "markdown"
            text = hover["contents"]["value"]
            assert "**[TML103 deleted-on-last-line](https://" in text
            assert "\n2. line 9: " in text
            assert "Fix (safe): " in text
            where["position"]["line"] = 2
            assert await editor.request("textDocument/hover", where) is None

    played(story())


def test_hover_is_plain_text_for_a_client_without_markdown(tmp_path: Path) -> None:
    async def story() -> None:
        async with connected(vscode.lean(tmp_path)) as editor:
            file = tmp_path / "app.py"
            file.write_text(LAST_LINE)
            uri = editor.open(file)
            where = {"textDocument": {"uri": uri}, "position": {"line": 6, "character": 20}}
            hover = await editor.request("textDocument/hover", where)
            assert hover["contents"]["kind"] == "plaintext"
            assert hover["contents"]["value"].startswith("TML103 deleted-on-last-line\n")

    played(story())
