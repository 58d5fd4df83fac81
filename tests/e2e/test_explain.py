"""`tmpleak-lint explain` as a command: what it can find, its exit status, and what its output never holds."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.explaining.sources import SAMPLES, start_of
from tmpleak_lint import cli
from tmpleak_lint.explaining.silence import silencers
from tmpleak_lint.rules import RULES, page

KEYS = {
    "kind", "code", "name", "message", "filename", "location", "end_location", "function", "obligation",
    "fingerprint", "silenced", "path", "cause", "ways_out", "ways_out_complete", "stays", "symptoms", "fix",
    "silence", "rule", "confidence", "reasons", "cell",
}  # fmt: skip
ROOT = Path(__file__).parents[2]
LEAKING, LEAKING_ROW = SAMPLES["leaking"]


class Explain:
    """Runs the command in a project that holds the samples; gives its status, stdout and stderr."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.folder = folder
        self._patch = monkeypatch
        self._screen = capsys

    def __call__(self, *arguments: str, folder: str = "") -> tuple[int, str, str]:
        self._patch.chdir(self.folder / folder)
        status = cli.main(["explain", *arguments])
        out, err = self._screen.readouterr()
        return status, out, err

    def values(self, *arguments: str) -> Any:
        status, out, err = self(*arguments, "--json")
        assert (status, err) == (0, "")
        return json.loads(out)


@pytest.fixture
def explain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Explain:
    (tmp_path / "app").mkdir()
    (tmp_path / "elsewhere").mkdir()
    for name, (source, _) in SAMPLES.items():
        (tmp_path / "app" / f"{name}.py").write_text(source)
    return Explain(tmp_path, monkeypatch, capsys)


def test_command_as_a_process_says_the_same(explain: Explain) -> None:
    place = f"app/leaking.py:{LEAKING_ROW}"
    done = subprocess.run(
        [sys.executable, "-m", "tmpleak_lint", "explain", place],
        cwd=explain.folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == explain(place)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_explained_and_the_same_each_time(explain: Explain, name: str) -> None:
    place = f"app/{name}.py:{SAMPLES[name][1]}"
    status, out, err = explain(place)
    assert (status, err) == (0, "")
    assert "Every way out" in out
    assert explain(place) == (0, out, "")


def test_code_shows_the_page_and_json_its_fields(explain: Explain) -> None:
    assert explain("TML103") == (0, page("TML103"), "")
    rule = explain.values("deleted-on-last-line")["rule"]
    assert rule["code"] == "TML103"
    assert rule["page"] == page("TML103")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("app/leaking.py:1",), "no temp file is created there; the nearest is at app/leaking.py:7"),
        (("app/leaking.py:7:1",), "no temp file is created there"),
        (("app/gone.py:7",), "app/gone.py: no such file"),
        ((), "name a CODE, a PATH:LINE or a FINGERPRINT: tmpleak-lint explain TML103"),
        (("app/leaking.py",), "name a line of it"),
        (("app",), "app is a folder: name a file in it and a line"),
        (("app/leeking.py",), "app/leeking.py: no such file, and no rule is called so"),
        (("deleted-on-lastline",), "did you mean 'deleted-on-last-line'?"),
        (("TML10",), "no rule is called 'TML10'"),
        (("0123456789abcdef",), "no finding under . has this fingerprint"),
        (("app/broken.py:2",), "app/broken.py: "),
        (("app/book.ipynb:cell 1:1",), "; nor anywhere in this file"),
        (("app/cells.ipynb:3",), "'PATH:cell N:LINE' names a line of a notebook"),
        (("app/leaking.py:cell 1:3",), "'PATH:LINE' one of another file"),
        (("app/cells.ipynb:cell 4:2",), "; the nearest is at app/cells.ipynb:cell 3:2"),
    ],
)
def test_what_can_not_be_shown_is_one_line_and_exit_2(
    explain: Explain, arguments: tuple[str, ...], message: str
) -> None:
    (explain.folder / "app" / "broken.py").write_text("import tempfile\nfd, path = tempfile.mkstemp(\n")
    (explain.folder / "app" / "book.ipynb").write_text("{}")
    write_notebook(explain.folder / "app" / "cells.ipynb", CELLS)
    status, out, err = explain(*arguments)
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_three_nearest_places_are_named_in_order(explain: Explain) -> None:
    makers = "".join(f"def f{n}():\n    use(tempfile.mkdtemp())\n\n\n" for n in range(5))
    (explain.folder / "many.py").write_text(f"import tempfile\n\n\n{makers}")
    status, _, err = explain("many.py:12")
    assert status == 2
    assert err.endswith("the nearest are at many.py:9, many.py:13, many.py:17 (and 2 more)\n")


CELLS = (
    "import os, tempfile",
    "def convert(data):\n    fd, path = tempfile.mkstemp()\n    os.close(fd)\n    use(path, data)\n    os.remove(path)",
)


def write_notebook(path: Path, cells: Sequence[str]) -> None:
    """A notebook: a text, and these cells of code behind it."""
    code = [{"cell_type": "code", "source": cell, "metadata": {}, "outputs": []} for cell in cells]
    text = {"cell_type": "markdown", "source": "A text", "metadata": {}}
    path.write_text(json.dumps({"cells": [text, *code], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


def test_place_in_a_notebook_is_told_by_cell_and_line(explain: Explain) -> None:
    write_notebook(explain.folder / "book.ipynb", CELLS)
    status, out, err = explain("book.ipynb:cell 3:2")
    assert (status, err) == (0, "")
    assert "book.ipynb:cell 3:2:16: TML103 " in out
    assert "2 │ ╭──     fd, path = tempfile.mkstemp()" in out
    assert "LEFT BEHIND  cell 3 line 4 raises: it stays" in out
    assert "on cell 3 line 2: somebody else" in out
    assert not re.search(r"(?<!cell 3 )\bline \d", out)
    (told,) = (
        one for one in explain.values("book.ipynb:cell 3:2")["explanations"] if one["code"] == "TML103"
    )
    assert (told["cell"], told["location"]["row"], told["cause"]["row"]) == (3, 2, 4)
    assert told["path"][0]["source"] == "    fd, path = tempfile.mkstemp()"


def test_fingerprint_of_a_notebook_is_that_of_its_report(explain: Explain) -> None:
    write_notebook(explain.folder / "book.ipynb", CELLS)
    (told,) = (
        one for one in explain.values("book.ipynb:cell 3:2")["explanations"] if one["code"] == "TML103"
    )
    (again,) = explain.values(told["fingerprint"])["explanations"]
    assert again == told


def test_json_has_the_documented_keys(explain: Explain) -> None:
    documented = set(re.findall(r"^\| `(\w+)` \|", _docs(), re.MULTILINE))
    found = explain.values(f"app/leaking.py:{LEAKING_ROW}")
    assert set(found) == {"asked", "explanations"}
    leak, clean = found["explanations"]
    assert set(leak) == set(clean) == KEYS == documented
    assert (leak["kind"], clean["kind"]) == ("finding", "clean")
    assert leak["path"][0]["event"] == "created"
    assert leak["path"][-1]["event"] == "left-behind"
    assert leak["path"][0]["source"] == LEAKING.splitlines()[LEAKING_ROW - 1]
    assert leak["location"]["row"] == leak["path"][0]["location"]["row"] == LEAKING_ROW
    assert {way["outcome"] for way in leak["ways_out"]} == {"deleted", "left-behind"}
    assert {way["outcome"] for way in leak["fix"]["ways_out"]} == {"deleted"}
    assert clean["code"] is clean["cause"] is clean["fix"] is clean["rule"] is None


def _docs() -> str:
    return (ROOT / "docs" / "explain.md").read_text(encoding="utf-8")


def test_diff_can_be_applied_and_then_the_place_is_clean(explain: Explain) -> None:
    diff = explain.values(f"app/leaking.py:{LEAKING_ROW}")["explanations"][0]["fix"]["diff"]
    applied = subprocess.run(
        ["git", "apply", "-p0"], cwd=explain.folder, input=diff, capture_output=True, text=True, check=False
    )
    assert applied.stderr == ""
    found = explain.values(f"app/leaking.py:{LEAKING_ROW}")["explanations"]
    assert {one["kind"] for one in found} == {"clean"}


def test_column_picks_one_of_two_sites_on_a_line(explain: Explain) -> None:
    source = "import tempfile\n\n\ndef f():\n    use(tempfile.mkdtemp(), tempfile.mkdtemp())\n"
    (explain.folder / "two.py").write_text(source)
    first = start_of("tempfile.mkdtemp()", source)
    assert len(explain.values("two.py:5")["explanations"]) == 2
    (one,) = explain.values(f"two.py:5:{first.column}")["explanations"]
    assert one["location"] == {"row": 5, "column": first.column}


# Fingerprints


def test_fingerprint_of_a_report_leads_back_to_the_place(
    explain: Explain, capsys: pytest.CaptureFixture[str]
) -> None:
    by_place = explain.values(f"app/leaking.py:{LEAKING_ROW}")["explanations"][0]
    assert cli.main(["app", "--output-format", "gitlab", "-q"]) == 1
    report = capsys.readouterr().out
    marks = {one["location"]["path"]: one["fingerprint"] for one in json.loads(report)}
    mark = marks["app/leaking.py"]
    assert mark == by_place["fingerprint"]
    for asked in (mark, mark[:8]):
        for where in ((), ("app",), ("app/leaking.py",)):
            assert explain.values(asked, *where)["explanations"] == [by_place]


def test_fingerprint_is_not_found_where_it_is_not(explain: Explain) -> None:
    mark = explain.values(f"app/leaking.py:{LEAKING_ROW}")["explanations"][0]["fingerprint"]
    status, _, err = explain(mark, "app/clean.py")
    assert status == 2
    assert "no finding under app/clean.py has this fingerprint" in err


# What is silenced is explained all the same


def test_silenced_finding_is_explained_and_what_silences_it_is_said(explain: Explain) -> None:
    place = f"app/leaking.py:{LEAKING_ROW}"
    assert explain.values(place)["explanations"][0]["silenced"] is None
    pyproject = explain.folder / "pyproject.toml"
    pyproject.write_text('[tool.tmpleak-lint]\nper-file-ignores = { "app/*.py" = ["TML103"] }\n')
    assert "per-file-ignores" in explain.values(place)["explanations"][0]["silenced"]
    assert explain.values(place, "--isolated")["explanations"][0]["silenced"] is None
    pyproject.write_text('[tool.tmpleak-lint]\nignore = ["TML103"]\n')
    assert "do not select TML103" in explain.values(place)["explanations"][0]["silenced"]
    pyproject.unlink()
    file = explain.folder / "app" / "leaking.py"
    file.write_text(LEAKING.replace('".svg")', '".svg")  # noqa: TML103 the janitor deletes it'))
    assert "# noqa" in explain.values(place)["explanations"][0]["silenced"]


def test_opt_in_finding_is_explained_though_it_is_off(explain: Explain) -> None:
    body = "    file = tempfile.NamedTemporaryFile()\n    write(rows, file)\n    file.close()\n"
    source = f"import tempfile\n\n\ndef f(rows):\n{body}"
    (explain.folder / "late.py").write_text(source)
    (one,) = explain.values("late.py:5")["explanations"]
    assert one["code"] == "TML401"
    assert "opt-in" in one["silenced"]


# What the output never holds


@pytest.mark.parametrize("name", SAMPLES)
def test_no_path_of_the_machine_in_the_output(explain: Explain, name: str) -> None:
    place = explain.folder / "app" / f"{name}.py"
    row = SAMPLES[name][1]
    for folder, asked in (("", f"app/{name}.py"), ("", str(place)), ("elsewhere", str(place))):
        for flags in ((), ("--json",), ("--color", "always")):
            status, out, _ = explain(f"{asked}:{row}", *flags, folder=folder)
            assert status == 0
            if flags != ("--json",):
                assert str(explain.folder) not in out
            else:
                values = json.loads(out)
                assert str(explain.folder) not in json.dumps(values["explanations"])


def test_no_escape_sequence_in_a_pipe_and_colour_on_request(explain: Explain) -> None:
    place = f"app/leaking.py:{LEAKING_ROW}"
    plain = explain(place)[1]
    painted = explain(place, "--color", "always")[1]
    assert "\x1b" not in plain
    assert "\x1b[" in painted
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == plain


def test_hostile_source_text_moves_no_cursor(explain: Explain) -> None:
    source = (
        "import tempfile\n\n\ndef f(x):\n    folder = tempfile.mkdtemp()\n"
        "    use(folder, '\u202e\x1b[2J\x07')\n    shutil.rmtree(folder)\n"
    )
    (explain.folder / "odd.py").write_text(source, encoding="utf-8")
    status, out, _ = explain("odd.py:5")
    assert status == 0
    assert not set(out) & {"\u202e", "\x1b", "\x07"}


def test_every_rule_has_its_way_of_being_silenced() -> None:
    for code in RULES:
        comment, setting, baseline = silencers(code, "app.py", 3)
        assert f"# noqa: {code} " in comment.text
        assert code in setting.text
        assert "--baseline" in baseline.text
        assert all(one.honest for one in (comment, setting, baseline))
