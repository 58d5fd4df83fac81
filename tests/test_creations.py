"""One creation is one finding at every door, and each caller that loses it counts by itself where it matters."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tmpleak_lint import Settings, check_paths, check_source, fix_source
from tmpleak_lint.cli import main
from tmpleak_lint.creations import losses_of, told_once
from tmpleak_lint.model import Confidence, Event, Finding
from tmpleak_lint.session import Session

MAKER = """\
import os
import subprocess
import tempfile


def scratch():
    fd, path = tempfile.mkstemp()
    os.close(fd)
    return path
"""
LAST_LINE = """

def convert():
    path = scratch()
    subprocess.run(["convert", path], check=True)
    os.remove(path)
"""
NEVER = """

def render():
    path = scratch()
    subprocess.run(["render", path], check=True)
"""
SOMETIMES = """\


def store():
    path = scratch()
    subprocess.run(["store", path], check=True)
    os.remove(path)
    log("stored")
"""
RIGHT = """

def pack():
    path = scratch()
    try:
        subprocess.run(["pack", path], check=True)
    finally:
        os.remove(path)
"""
WITH_ALL = MAKER + LAST_LINE + RIGHT + NEVER + SOMETIMES
MADE = WITH_ALL.splitlines().index("    fd, path = tempfile.mkstemp()") + 1
NEVER_AT = WITH_ALL.splitlines().index("def render():") + 2


def only(source: str, settings: Settings | None = None) -> Finding:
    (finding,) = check_source(source, settings=settings).findings
    return finding


def places(finding: Finding) -> list[tuple[str, str]]:
    return [(loss.code, loss.function) for loss in losses_of(finding)]


def commented(source: str, row: int, comment: str) -> str:
    lines = source.splitlines()
    lines[row - 1] += f"  # noqa: {comment}"
    return "\n".join(lines) + "\n"


# What is found


def test_several_callers_are_one_finding_at_the_creation_and_who_cleans_up_is_none_of_them() -> None:
    finding = only(WITH_ALL)
    assert (finding.code, finding.span.start.row, finding.function) == ("TML101", MADE, "scratch")
    assert places(finding) == [("TML101", "render"), ("TML103", "convert"), ("TML102", "store")]
    assert finding.message == (
        f"the file from mkstemp() is never deleted, in render (line {NEVER_AT}); 2 other callers lose it, too"
    )
    too = [step for step in finding.steps if step.event is Event.LOST_TOO]
    assert [step.message.split(":")[0] for step in too] == ["TML103 in convert", "TML102 in store"]
    assert [step.span for step in too] == [loss.span for loss in finding.losses[1:]]
    assert finding.steps[: -len(too)] == finding.losses[0].steps


def test_one_caller_alone_is_told_where_it_loses_the_file() -> None:
    finding = only(MAKER + RIGHT + NEVER)
    assert finding.function == "render"
    assert finding.losses == ()


def test_the_helper_itself_is_one_that_may_lose_it() -> None:
    made = MAKER.replace(
        "    return path\n", '    subprocess.run(["fill", path], check=True)\n    return path\n'
    )
    finding = only(made + LAST_LINE)
    assert finding.span.start.row == MADE
    assert sorted(places(finding)) == [("TML103", "convert"), ("TML203", "scratch")]
    graded = [
        replace(loss, confidence=Confidence.LOW if loss.function == "scratch" else Confidence.HIGH)
        for loss in losses_of(only(made + LAST_LINE + NEVER))
    ]
    (one,) = told_once(loss for loss in graded if loss.function != "render")
    assert one.message.endswith("; scratch itself may lose it, too")
    (both,) = told_once(graded)
    assert both.message.endswith("; 1 other caller loses it and scratch itself may lose it, too")
    (turned,) = told_once(replace(loss, confidence=Confidence.LOW, reasons=()) if loss.function != "scratch"
                          else replace(loss, confidence=Confidence.HIGH) for loss in graded)  # fmt: skip
    assert turned.message.endswith("; 2 callers lose it, too")


def test_where_the_helpers_own_loss_is_the_worst_its_callers_are_counted() -> None:
    made = MAKER.replace(
        "    return path\n", "    if os.path.getsize(path):\n        return path\n    return None\n"
    )
    finding = only(made + LAST_LINE.replace("os.remove(path)", "path and os.remove(path)") + NEVER)
    assert finding.span.start.row == MADE
    assert finding.losses
    for loss in finding.losses[1:]:
        assert any(step.span == loss.span for step in finding.steps if step.event is Event.LOST_TOO)


def test_two_calls_in_one_function_count_twice() -> None:
    twice = "\n\ndef both():\n    subprocess.run([scratch(), scratch()], check=True)\n"
    assert places(only(MAKER + twice)) == [("TML101", "both"), ("TML101", "both")]


def test_two_creations_are_two_findings() -> None:
    other = MAKER.partition("\n\n\n")[2].replace("scratch", "spare")
    source = (
        MAKER
        + "\n\n"
        + other
        + NEVER
        + LAST_LINE
        + NEVER.replace("scratch", "spare").replace("render", "draw")
    )
    found = check_source(source).findings
    assert next((one.span.start.row, len(losses_of(one))) for one in found) == (MADE, 2)
    assert [one.function for one in found] == ["scratch", "draw"]


def test_helper_of_a_helper_is_still_one_creation() -> None:
    middle = "\n\ndef named():\n    return scratch()\n"
    finding = only(MAKER + middle + NEVER.replace("scratch", "named") + LAST_LINE)
    assert (finding.span.start.row, finding.function) == (MADE, "scratch")
    assert places(finding) == [("TML101", "render"), ("TML103", "convert")]


def test_order_of_the_callers_changes_where_they_stand_and_nothing_else() -> None:
    chance = random.Random(1)
    callers = [LAST_LINE, NEVER, SOMETIMES, RIGHT]
    told = set()
    for _ in range(6):
        chance.shuffle(callers)
        finding = only(MAKER + "".join(callers))
        told.add(
            (finding.code, finding.span, finding.function, finding.confidence, frozenset(places(finding)))
        )
    assert len(told) == 1


# What silences it goes by each call


@pytest.mark.parametrize(
    ("ignored", "left"),
    [
        (("TML101",), [("TML102", "store"), ("TML103", "convert")]),
        (("TML101", "TML103"), [("TML102", "store")]),
        (("TML10",), []),
    ],
)
def test_codes_that_are_off_leave_their_callers_out(
    ignored: tuple[str, ...], left: list[tuple[str, str]]
) -> None:
    found = check_source(WITH_ALL, settings=Settings(ignore=ignored)).findings
    assert [place for one in found for place in places(one)] == left


def test_comment_at_a_caller_is_for_that_caller() -> None:
    finding = only(commented(WITH_ALL, NEVER_AT, "TML101 kept for the viewer"))
    assert places(finding) == [("TML102", "store"), ("TML103", "convert")]


def test_comment_at_the_creation_is_for_all_callers_of_its_codes() -> None:
    assert places(only(commented(WITH_ALL, MADE, "TML101, TML103"))) == [("TML102", "store")]
    assert check_source(commented(WITH_ALL, MADE, "TML1")).findings == ()


def test_comments_are_put_where_they_silence_everything_and_none_is_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("app.py").write_text(WITH_ALL)
    assert main(["--isolated", "--add-noqa=known", "app.py"]) == 0
    capsys.readouterr()
    assert main(["--isolated", "app.py"]) == 0
    said = capsys.readouterr()
    assert "unused noqa" not in said.out
    assert "3 silenced by noqa" in said.err


def test_baseline_knows_callers_so_that_a_new_one_is_told_and_a_mended_one_hides_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    file = Path("app.py")
    file.write_text(MAKER + LAST_LINE + SOMETIMES)
    baseline = ["--isolated", "--baseline", "known.json", "app.py"]
    assert main([*baseline, "--update-baseline"]) == 0
    file.write_text(WITH_ALL)
    capsys.readouterr()
    assert main([*baseline, "--output-format", "json"]) == 1
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["function"], told["location"]["row"], told["losses"]) == ("render", NEVER_AT, [])
    file.write_text(MAKER + RIGHT + SOMETIMES)
    assert main(baseline) == 0
    assert "stale baseline entry" in capsys.readouterr().out


# Every door


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A helper with callers, and two modules that lose what it makes."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.py").write_text(WITH_ALL)
    for name in ("first", "second"):
        (tmp_path / f"{name}.py").write_text(
            f"import os\nimport subprocess\nfrom app import scratch\n{NEVER}{LAST_LINE}"
        )
    return tmp_path


def test_each_file_has_its_own_finding_whichever_files_are_named(project: Path) -> None:
    together = {Path(report.filename).name: report.findings for report in check_paths(project)}
    assert {name: [one.function for one in found] for name, found in together.items()} == {
        "app.py": ["scratch"],
        "first.py": ["render"],
        "second.py": ["render"],
    }
    for name, found in together.items():
        (alone,) = check_paths(project / name)
        assert alone.findings == found
        assert check_source((project / name).read_bytes(), project / name).findings == found
    assert [len(losses_of(one)) for found in together.values() for one in found] == [3, 2, 2]


def test_every_format_tells_one_finding_with_its_callers(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(form: str) -> str:
        assert main(["--isolated", "--output-format", form, "app.py"]) == 1
        return capsys.readouterr().out

    (told,) = json.loads(said("json"))
    assert [(loss["code"], loss["function"]) for loss in told["losses"]] == places(only(WITH_ALL))
    assert [step["event"] for step in told["steps"]][-2:] == ["lost-too", "lost-too"]
    (result,) = json.loads(said("sarif"))["runs"][0]["results"]
    assert [len(flow["threadFlows"]) for flow in result["codeFlows"]] == [1, 1, 1]
    related = [where["physicalLocation"]["region"]["startLine"] for where in result["relatedLocations"]]
    assert related == [loss["location"]["row"] for loss in told["losses"]]
    assert len(json.loads(said("gitlab"))) == 1
    assert said("concise").count("TML") == 1
    assert said("github").count("::error") == 1
    assert said("junit").count("<failure") == 1
    full = said("full")
    assert full.count("app.py:") == 1
    assert "TML103 in convert" in full
    assert "TML102 in store" in full


def test_numbers_are_of_findings_and_fixes_of_callers(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--isolated", "--statistics", "app.py"])
    assert "1  TML101" in capsys.readouterr().out
    main(["--isolated", "app.py"])
    assert (
        "Found 1 finding in 1 file (1 file checked). 2 fixable with --fix (1 more" in capsys.readouterr().err
    )


def test_full_format_counts_what_it_does_not_list(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_text(MAKER + "".join(NEVER.replace("render", f"render{number}") for number in range(9)))
    assert main(["--isolated", str(file)]) == 1
    assert "also: 4 more\n" in capsys.readouterr().out


def test_flake8_has_one_for_each_code_since_it_leaves_codes_out_afterwards(project: Path) -> None:
    def told(*options: str) -> list[str]:
        command = [sys.executable, "-m", "flake8", "--select", "TML", *options, "app.py"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return [" ".join(line.split()[:2]) for line in done.stdout.splitlines()]

    calls = {loss.function: loss.span.start for loss in losses_of(only(WITH_ALL))}
    each = [f"app.py:{calls[name].row}:{calls[name].column}: {code}" for code, name in
            (("TML103", "convert"), ("TML101", "render"), ("TML102", "store"))]  # fmt: skip
    assert told() == each
    (project / "app.py").write_text(MAKER + NEVER + NEVER.replace("render", "draw") + LAST_LINE)
    assert told() == [f"app.py:{MADE}:16: TML101", each[0].replace(":13:", ":23:")]
    assert told("--extend-ignore", "TML101") == told()[1:]


def test_place_of_the_creation_explains_and_plays_its_callers(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "--isolated", f"app.py:{MADE}"]) == 0
    said = capsys.readouterr().out
    assert all(f"{code} the file" in said for code in ("TML101", "TML103", "TML102"))
    assert said.index("TML102") < said.index(" ok the file")
    assert main(["explain", "--isolated", f"app.py:{NEVER_AT}"]) == 0
    said = capsys.readouterr().out
    assert "TML101 the file" in said
    assert "TML103 the file" not in said
    assert main(["simulate", "--isolated", "--no-animation", f"app.py:{MADE}"]) == 0
    assert "TML101" in capsys.readouterr().out


def test_fingerprints_of_reports_and_of_baselines_are_explained(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--isolated", "--output-format", "sarif", "app.py"])
    (result,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    main(["--isolated", "--baseline", "known.json", "--update-baseline", "app.py"])
    known = [entry["fingerprint"] for entry in json.loads(Path("known.json").read_text())["entries"]]
    assert len(known) == 3
    for mark in (result["partialFingerprints"]["tmpleakLint/v1"], *known):
        capsys.readouterr()
        assert main(["explain", "--isolated", mark, "app.py"]) == 0
        assert "the file from mkstemp()" in capsys.readouterr().out


def test_notebook_has_one_finding_in_the_cell_of_the_creation(tmp_path: Path) -> None:
    cells = [MAKER, NEVER, LAST_LINE]
    file = tmp_path / "app.ipynb"
    file.write_text(
        json.dumps(
            {
                "cells": [
                    {
                        "cell_type": "code",
                        "metadata": {},
                        "outputs": [],
                        "execution_count": None,
                        "source": cell,
                    }
                    for cell in cells
                ],
                "metadata": {},
                "nbformat": 4,
                "nbformat_minor": 5,
            }
        )
    )
    ((finding,),) = [report.findings for report in check_paths(file)]
    assert (finding.cell, finding.span.start.row) == (1, MADE)
    assert [loss.cell for loss in finding.losses] == [2, 3]


# Fixes


def test_each_caller_is_mended_by_itself_and_nothing_is_left() -> None:
    fixed = fix_source(WITH_ALL, unsafe=True)
    assert sorted(finding.function for finding, _ in fixed.fixed) == ["convert", "render", "store"]
    assert fixed.left == ()
    assert check_source(fixed.text).findings == ()


def test_what_is_left_after_a_fix_stands_for_the_callers_that_are_left() -> None:
    fixed = fix_source(WITH_ALL + NEVER.replace("render", "draw"))
    assert sorted(finding.function for finding, _ in fixed.fixed) == ["convert", "store"]
    (left,) = fixed.left
    assert places(left) == [("TML101", "render"), ("TML101", "draw")]
    assert all(loss.fix_refused for loss in left.losses)


def test_proposals_are_with_each_caller() -> None:
    (finding,) = check_source(WITH_ALL, fixes=True).findings
    assert all(loss.fix is not None for loss in finding.losses)
    assert finding.fix == finding.losses[0].fix


# Joining itself


def test_joining_what_is_joined_of_changes_nothing() -> None:
    found = Session().analyse(WITH_ALL.encode(), "app.py", on_disk=False).findings
    joined = told_once(found)
    assert len(joined) == 1
    assert told_once(loss for one in joined for loss in losses_of(one)) == joined
    assert told_once(reversed(found)) == joined
    assert told_once(()) == ()
