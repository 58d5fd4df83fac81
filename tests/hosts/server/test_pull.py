"""Clients that ask for diagnostics: of a document, and of the whole workspace."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pygls", reason="needs the extra `lsp`")

from tests.hosts.server import vscode
from tests.hosts.server.editor import LINUX, Editor, Refused, connected, played
from tests.hosts.server.sources import CALLER, CLEAN, HARMLESS_HELPER, HELPER, LAST_LINE


def test_who_asks_is_answered_and_sent_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        file = tmp_path / "app.py"
        file.write_text(LAST_LINE)
        async with connected(vscode.initialize([tmp_path], pull=True)) as editor:
            provider = editor.capabilities["diagnosticProvider"]
            assert provider["interFileDependencies"] is True
            assert provider["workspaceDiagnostics"] is True
            uri = editor.open(file)
            report = await editor.pull(uri)
            assert report["kind"] == "full"
            assert [each["code"] for each in report["items"]] == ["TML103"]
            again = await editor.pull(uri, report["resultId"])
            assert again == {"kind": "unchanged", "resultId": report["resultId"]}
            editor.replace(uri, CLEAN)
            assert (await editor.pull(uri, report["resultId"]))["items"] == []
            assert editor.times_published(uri) == 0

    played(story())


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="stops a process as POSIX does")
@LINUX
def test_edit_takes_back_the_answer_that_it_overtakes(tmp_path: Path) -> None:
    async def story() -> None:
        file = tmp_path / "app.py"
        file.write_text(LAST_LINE)
        async with connected(vscode.initialize([tmp_path], pull=True)) as editor:
            uri = editor.open(file)
            await editor.pull(uri)
            editor.edit(uri, ((0, 0), (0, 0), "# one\n"))
            os.kill(editor.worker(), signal.SIGSTOP)  # this look takes for ever
            _, overtaken = editor.ask("textDocument/diagnostic", {"textDocument": {"uri": uri}})
            editor.replace(uri, CLEAN)
            with pytest.raises(Refused) as refused:
                await overtaken
            assert refused.value.code == -32802
            assert refused.value.data == {"retriggerRequest": True}
            assert (await editor.pull(uri))["items"] == []

    played(story())


def test_cancelled_request_is_answered_as_cancelled_and_the_next_as_usual(tmp_path: Path) -> None:
    async def story() -> None:
        file = tmp_path / "app.py"
        file.write_text(LAST_LINE)
        async with connected(vscode.initialize([tmp_path], pull=True)) as editor:
            uri = editor.open(file)
            number, answer = editor.ask("textDocument/diagnostic", {"textDocument": {"uri": uri}})
            editor.cancel(number)
            with pytest.raises(Refused) as refused:
                await answer
            assert refused.value.code == -32800
            assert [each["code"] for each in (await editor.pull(uri))["items"]] == ["TML103"]
            editor.cancel(number)  # it is answered already: nothing happens
            assert [each["code"] for each in (await editor.pull(uri))["items"]] == ["TML103"]

    played(story())


def test_change_of_a_helper_asks_the_client_to_ask_again(tmp_path: Path) -> None:
    async def story() -> None:
        (tmp_path / "helpers.py").write_text(HELPER)
        (tmp_path / "caller.py").write_text(CALLER)
        async with connected(vscode.initialize([tmp_path], pull=True)) as editor:
            calling, helping = editor.open(tmp_path / "caller.py"), editor.open(tmp_path / "helpers.py")
            assert len((await editor.pull(calling))["items"]) == 1
            await editor.pull(helping)
            editor.replace(helping, HARMLESS_HELPER)
            await editor.until(lambda: editor.refreshes > 0)
            assert (await editor.pull(calling))["items"] == []

    played(story())


def workspace(before: dict[str, str]) -> dict[str, Any]:
    known = [{"uri": uri, "value": value} for uri, value in before.items()]
    return {"identifier": "tmpleak-lint", "previousResultIds": known}


async def asked(editor: Editor, before: dict[str, str] | None = None) -> dict[str, dict[str, Any]]:
    answer = await editor.request("workspace/diagnostic", workspace(before or {}))
    return {report["uri"]: report for report in answer["items"]}


def test_whole_workspace_is_reported_also_what_is_not_open(tmp_path: Path) -> None:
    async def story() -> None:
        (tmp_path / "package").mkdir()
        leaking, clean = tmp_path / "package" / "leaking.py", tmp_path / "clean.py"
        leaking.write_text(LAST_LINE)
        clean.write_text(CLEAN)
        async with connected(vscode.initialize([tmp_path], pull=True)) as editor:
            reports = await asked(editor)
            assert [each["code"] for each in reports[leaking.as_uri()]["items"]] == ["TML103"]
            assert clean.as_uri() not in reports

    played(story())


def test_workspace_is_reported_again_only_when_something_has_changed(tmp_path: Path) -> None:
    async def story() -> None:
        one, other = tmp_path / "one.py", tmp_path / "other.py"
        one.write_text(LAST_LINE)
        other.write_text(LAST_LINE)
        async with connected(vscode.initialize([tmp_path], pull=True)) as editor:
            reports = await asked(editor)
            before = {uri: report["resultId"] for uri, report in reports.items()}
            assert sorted(before) == [one.as_uri(), other.as_uri()]
            _, answer = editor.ask("workspace/diagnostic", workspace(before))
            await asyncio.sleep(0.5)
            assert not answer.done()
            one.write_text(CLEAN)
            editor.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": one.as_uri(), "type": 2}]})
            async with asyncio.timeout(60):
                reports = {report["uri"]: report for report in (await answer)["items"]}
            assert reports[one.as_uri()]["items"] == []
            assert reports[other.as_uri()]["kind"] == "unchanged"

    played(story())


def test_waiting_for_the_workspace_can_be_cancelled(tmp_path: Path) -> None:
    async def story() -> None:
        (tmp_path / "one.py").write_text(LAST_LINE)
        async with connected(vscode.initialize([tmp_path], pull=True)) as editor:
            reports = await asked(editor)
            before = {uri: report["resultId"] for uri, report in reports.items()}
            number, answer = editor.ask("workspace/diagnostic", workspace(before))
            editor.cancel(number)
            with pytest.raises(Refused) as refused:
                await answer
            assert refused.value.code == -32800

    played(story())
