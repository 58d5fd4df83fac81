"""What `explain` says of places at which more than one thing happens, and of files made elsewhere."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tmpleak_lint.cli import UsageError
from tmpleak_lint.cli.explain import main

Explain = Callable[[str, int], list[dict[str, Any]]]


@pytest.fixture
def explain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Explain:
    monkeypatch.chdir(tmp_path)

    def explained(source: str, row: int) -> list[dict[str, Any]]:
        (tmp_path / "app.py").write_text(textwrap.dedent(source))
        assert main([f"app.py:{row}", "--json", "--isolated"]) == 0
        found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["explanations"]
        return found

    return explained


def test_helper_that_makes_one_of_two_gives_its_caller_the_ways_of_what_leaks(explain: Explain) -> None:
    source = """\
        import atexit
        import os
        import shutil
        import tempfile


        def staging(cleanup=False):
            folder = tempfile.mkdtemp()
            if cleanup:
                atexit.register(shutil.rmtree, folder)
            return folder


        def train(data):
            model = os.path.join(staging(), "model")
            return fit(model, data)


        def classify(data):
            folder = staging(cleanup=True)
            return fit(folder, data)
        """
    for told in explain(source, 15):
        outcomes = {way["outcome"] for way in told["ways_out"]}
        assert (told["kind"] == "finding") == ("left-behind" in outcomes)
    (clean,) = explain(source, 20)
    assert clean["kind"] == "clean"
    assert clean["ways_out"] or "sees to its deletion" in clean["message"]


def test_folder_given_by_the_code_is_where_to_look(explain: Explain) -> None:
    source = """\
        import os
        import tempfile


        def save(head, data):
            fd, path = tempfile.mkstemp(dir=head)
            os.close(fd)
            convert(path, data)
            os.remove(path)


        def usual(data):
            fd, path = tempfile.mkstemp(dir=None)
            os.close(fd)
            convert(path, data)
            os.remove(path)
        """
    there = [row["look"] for row in explain(source, 6)[0]["symptoms"]]
    assert "df -h DIR; du -sh DIR  (DIR is what head names)" in there
    assert not any("/tmp" in look for look in there)
    assert "df -h /tmp; du -sh /tmp" in [row["look"] for row in explain(source, 13)[0]["symptoms"]]


def test_cause_on_the_path_is_no_condition_where_the_end_leaks_too(explain: Explain) -> None:
    never, *_ = explain("""\
        import tempfile


        def f(data):
            folder = tempfile.mkdtemp()
            work(data, folder)
        """, 5)  # fmt: skip
    assert never["code"] == "TML101"
    assert never["cause"] is None or never["cause"]["needed"] is False
    sometimes, *_ = explain("""\
        import shutil
        import tempfile


        def f(data):
            folder = tempfile.mkdtemp()
            work(data, folder)
            shutil.rmtree(folder)
        """, 6)  # fmt: skip
    assert sometimes["cause"]["needed"] is True


def test_ways_after_the_fix_are_those_of_the_same_file_though_its_row_has_moved(explain: Explain) -> None:
    source = """\
        import tempfile


        def f(data):
            _, one = tempfile.mkstemp()
            _, two = tempfile.mkstemp()
            _, three = tempfile.mkstemp()
            work(one, two, three, data)
        """
    for row, name in ((5, "one"), (6, "two"), (7, "three")):
        told, *_ = explain(source, row)
        assert "+import os" in told["fix"]["diff"]
        assert {way["by_source"] for way in told["fix"]["ways_out"]} == {f"os.remove({name})"}


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (b"import tempfile\n\ndef f(:\n    tempfile.mkdtemp()\n", "invalid syntax on line 3"),
        (b"import tempfile\nx = tempfile.mkdtemp(\n", "invalid syntax ('(' was never closed) on line 2"),
        (b"import tempfile\nx = tempfile.mkdtemp('\xff')\n", "line 2 is not valid utf-8"),
    ],
)
def test_file_that_cannot_be_read_says_why_and_where(
    source: bytes, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.py").write_bytes(source)
    with pytest.raises(UsageError) as caught:
        main(["app.py:1", "--isolated"])
    assert str(caught.value) == f"app.py: {reason}, so that nothing of it was analysed (TML900)"
