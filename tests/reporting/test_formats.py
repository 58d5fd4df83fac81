"""The formats that other programs read: their fields, their escapes, and what stands in for nothing found."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

from tests.hand_made import PROJECT, at, context, finding, run_of, step
from tmpleak_lint.model import Applicability, Confidence, Edit, FileReport, Fix, Location, Span
from tmpleak_lint.reporting import FORMATS, RunReport
from tmpleak_lint.reporting.notes import notes, statistics, summary
from tmpleak_lint.suppression.baseline import Entry
from tmpleak_lint.suppression.noqa import UnusedNoqa

APP = "/project/app.py"
SOURCE = "def handle():\n    path = make_temp('''\n''')\n    process(path)\n    os.remove(path)\n"
EDIT = Edit("try:\n", Span(Location(4, 5), Location(4, 5)))
FOUND = finding(
    at(SOURCE, "make_temp('''\n''')"),
    [
        step(SOURCE, "make_temp('''\n''')", "created", "created here"),
        step(SOURCE, "process(path)", "left-behind", "left behind"),
    ],
    fix=Fix(Applicability.SAFE, "Use a `finally:`", (EDIT,)),
)
CONTEXT = context({APP: SOURCE})


def parsed(name, run=None, shown=CONTEXT):
    return json.loads(FORMATS[name](run or run_of(FOUND), shown))


def test_json_has_ruffs_shape_and_our_fields():
    creation = {"location": {"row": 2, "column": 12}, "end_location": {"row": 3, "column": 5}}
    call = {"location": {"row": 4, "column": 5}, "end_location": {"row": 4, "column": 18}}
    place = {"row": 4, "column": 5}
    assert parsed("json") == [
        {
            "cell": None,
            "code": "TML103",
            "name": "deleted-on-last-line",
            "message": "`path` stays on disk",
            "filename": APP,
            **creation,
            "url": "https://tmpleak-lint.readthedocs.io/en/stable/rules/TML103.html",
            "noqa_row": 3,
            "fix": {
                "applicability": "safe",
                "message": "Use a `finally:`",
                "because": None,
                "guarantees": None,
                "edits": [{"content": "try:\n", "location": place, "end_location": place}],
            },
            "fix_refused": None,
            "function": "handle",
            "tier": 1,
            "confidence": "high",
            "reasons": [],
            "steps": [
                {"filename": APP, "cell": None, **creation, "event": "created", "message": "created here"},
                {"filename": APP, "cell": None, **call, "event": "left-behind", "message": "left behind"},
            ],
            "losses": [],
        }
    ]


def test_json_names_files_absolutely_and_keeps_stdin():
    relative, stdin = replace(FOUND, filename="app.py"), replace(FOUND, filename="-", fix=None)
    first, second = parsed("json", run_of(relative, stdin))
    assert first["filename"] == str(Path.cwd() / "app.py")
    assert (second["filename"], second["fix"]) == ("-", None)


def test_json_of_nothing_is_an_empty_array():
    assert FORMATS["json"](run_of(), CONTEXT) == "[]\n"


def test_concise_is_one_line_a_finding_with_the_notes_below():
    run = RunReport(
        (FileReport(APP, (FOUND, FOUND), notes=("2 states forgotten",)),),
        1,
        "1",
        unused_noqa=(UnusedNoqa(APP, Location(7, 9), ("TML101", "TML2")),),
        stale_baseline=(Entry("old.py", "TML102", "f", "0123456789abcdef"),),
    )
    line = "app.py:2:12: TML103 `path` stays on disk"
    assert FORMATS["concise"](run, CONTEXT).splitlines() == [
        line,
        line,
        "app.py: note: 2 states forgotten",
        "app.py:7:9: note: unused noqa: TML101, TML2 silences nothing here",
        "old.py: note: stale baseline entry 0123456789abcdef: TML102 in f is gone",
    ]


def test_github_escapes_properties_and_messages():
    found = replace(
        finding(Span(Location(2, 1), Location(2, 4)), message="100% sure, right: yes"),
        filename="/project/a,b:c%.py",
    )
    assert FORMATS["github"](run_of(found), CONTEXT) == (
        "::error title=tmpleak-lint (TML103 deleted-on-last-line),file=a%2Cb%3Ac%25.py,"
        "line=2,endLine=2,col=1,endColumn=4::TML103 100%25 sure, right: yes\n"
    )


def test_github_gives_columns_within_one_line_only_and_the_path_in_words():
    line = FORMATS["github"](run_of(FOUND), CONTEXT)
    assert "line=2,endLine=3::" in line
    assert line.endswith("%0Aapp.py:2:12: created here%0Aapp.py:4:5: left behind\n")
    assert line.count("\n") == 1


def test_gitlab_issue_has_the_fields_that_code_quality_needs():
    (issue,) = parsed("gitlab")
    assert (issue["check_name"], issue["severity"]) == ("TML103", "major")
    assert issue["description"] == "TML103 `path` stays on disk"
    assert issue["location"]["path"] == "app.py"
    assert issue["location"]["positions"]["begin"] == {"line": 2, "column": 12}
    assert [place["positions"]["begin"]["line"] for place in issue["other_locations"]] == [2, 4]
    assert parsed("gitlab", run_of()) == []


def test_gitlab_fingerprint_stays_when_lines_above_change():
    below = "import os\n\n" + SOURCE
    moved = replace(FOUND, span=at(below, "make_temp('''\n''')"))
    (before,) = parsed("gitlab")
    (after,) = parsed("gitlab", run_of(moved), context({APP: below}))
    assert before["location"] != after["location"]
    assert before["fingerprint"] == after["fingerprint"]


def test_junit_counts_findings_by_file():
    other = replace(FOUND, filename="/project/b.py")
    run = RunReport((FileReport(APP, (FOUND, FOUND)), FileReport("/project/b.py", (other,))), 2, "1")
    root = ElementTree.fromstring(FORMATS["junit"](run, CONTEXT).encode())
    assert (root.get("tests"), root.get("failures")) == ("3", "3")
    assert [(suite.get("name"), suite.get("failures")) for suite in root] == [("app.py", "2"), ("b.py", "1")]
    failure = root.find("testsuite/testcase/failure")
    assert failure.get("type") == "TML103"
    assert "app.py:4:5: left-behind: left behind" in failure.text


def test_steps_in_a_notebook_name_their_cell():
    steps = (replace(FOUND.steps[0], cell=2), replace(FOUND.steps[1], cell=3))
    run = run_of(replace(FOUND, cell=2, steps=steps, filename="/project/book.ipynb"))
    for name in ("github", "gitlab", "junit", "full"):
        assert "app.py:cell 3:4:5" in FORMATS[name](run, CONTEXT)


def test_gitlab_points_at_a_notebook_and_names_the_cell_in_words():
    steps = tuple(replace(step, cell=3) for step in FOUND.steps)
    (issue,) = parsed("gitlab", run_of(replace(FOUND, cell=2, steps=steps)))
    places = [issue["location"], *issue["other_locations"]]
    assert [place["positions"]["begin"] for place in places] == [{"line": 1, "column": 1}] * 3
    assert issue["description"] == "TML103 cell 2, line 2: `path` stays on disk"


def test_junit_names_a_file_that_could_not_be_analysed_without_a_function():
    found = replace(FOUND, code="TML900", name="unanalysable", function="", steps=())
    root = ElementTree.fromstring(FORMATS["junit"](run_of(found), CONTEXT).encode())
    assert [case.get("name") for case in root.iter("testcase")] == ["TML900 unanalysable"]


def test_junit_of_nothing_is_one_passed_test():
    root = ElementTree.fromstring(FORMATS["junit"](run_of(), CONTEXT).encode())
    assert (root.get("tests"), root.get("failures")) == ("1", "0")
    assert root.find("testsuite/testcase/failure") is None


def sarif(*findings, **changes):
    report = FileReport(APP, findings, **changes)
    return parsed("sarif", RunReport((report,), 1, "1.2.3"))["runs"][0]


def test_sarif_code_flow_is_the_witness():
    (result,) = sarif(FOUND)["results"]
    flow = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [stop["location"]["message"]["text"] for stop in flow] == ["created here", "left behind"]
    assert [stop["kinds"] for stop in flow] == [["created"], ["left-behind"]]
    assert flow[1]["location"]["physicalLocation"] == {
        "artifactLocation": {"uri": "app.py", "uriBaseId": "SRCROOT"},
        "region": {"startLine": 4, "startColumn": 5, "endLine": 4, "endColumn": 18},
    }


def test_sarif_fix_replaces_regions():
    (result,) = sarif(FOUND)["results"]
    (change,) = result["fixes"][0]["artifactChanges"]
    region = {"startLine": 4, "startColumn": 5, "endLine": 4, "endColumn": 5}
    assert change["replacements"] == [{"deletedRegion": region, "insertedContent": {"text": "try:\n"}}]


def test_sarif_silenced_findings_carry_their_suppression():
    found = [replace(FOUND, function=name) for name in ("a", "b", "c")]
    results = sarif(found[0], suppressed=(found[1],), baselined=(found[2],))["results"]
    kinds = [[suppression["kind"] for suppression in result["suppressions"]] for result in results]
    assert kinds == [[], ["inSource"], ["external"]]
    prints = {result["partialFingerprints"]["tmpleakLint/v1"] for result in results}
    assert len(prints) == 3


def test_sarif_rules_point_at_weaknesses_that_are_listed():
    run = sarif(FOUND)
    listed = {taxon["id"] for taxon in run["taxonomies"][0]["taxa"]}
    rules = run["tool"]["driver"]["rules"]
    related = {target["target"]["id"] for rule in rules for target in rule["relationships"]}
    assert related == listed
    assert {"459", "377"} <= listed
    (result,) = run["results"]
    assert rules[result["ruleIndex"]]["id"] == "TML103"
    assert all(rule["help"]["markdown"].strip() for rule in rules)


def test_sarif_place_outside_the_project_is_a_file_uri():
    (result,) = sarif(replace(FOUND, filename="/else where/a#b.py"))["results"]
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "file:///else%20where/a%23b.py"}


def test_sarif_of_an_interrupted_run_says_so():
    run = parsed("sarif", RunReport((), 3, "1", interrupted=True))["runs"][0]
    assert run["invocations"][0]["executionSuccessful"] is False


def test_sarif_notebook_finding_has_no_region():
    (result,) = sarif(replace(FOUND, cell=2))["results"]
    assert "region" not in result["locations"][0]["physicalLocation"]
    assert result["message"]["text"].startswith("cell 2, line 2: ")
    assert "fixes" not in result


def test_summary_counts_and_says_that_nothing_was_checked():
    assert summary(RunReport((), 0, "1")) == "No findings (0 files checked)."
    run = RunReport((FileReport(APP, (FOUND,), (FOUND,), baselined=(FOUND,)),), 5, "1", interrupted=True)
    assert summary(run) == (
        "Found 1 finding in 1 file (5 files checked, 1 silenced by noqa, 1 in the baseline, interrupted). "
        "1 fixable with --fix."
    )


def test_formats_say_why_a_fix_is_unsafe_and_why_there_is_none():
    assert FOUND.fix is not None
    why = {"because": "somebody may want it", "guarantees": "calls are as before"}
    unsafe = replace(FOUND, fix=replace(FOUND.fix, applicability=Applicability.UNSAFE, **why))
    refused = replace(FOUND, fix=None, fix_refused="`put(path)` (line 4) keeps it")
    first, second = parsed("json", run_of(unsafe, refused))
    assert {key: first["fix"][key] for key in why} == why
    assert (second["fix"], second["fix_refused"]) == (None, refused.fix_refused)
    (run,) = parsed("sarif", run_of(unsafe, refused))["runs"]
    one, other = run["results"]
    assert one["fixes"][0]["properties"] == {"applicability": "unsafe", **why}
    assert "(unsafe: somebody may want it)" in one["fixes"][0]["description"]["text"]
    assert other["properties"]["fixRefused"] == refused.fix_refused


def test_summary_counts_only_fixes_that_can_be_applied():
    def last_words(*kinds):
        found = [replace(FOUND, fix=Fix(kind, "", (EDIT,))) for kind in kinds]
        return summary(run_of(*found)).partition(").")[2]

    safe, unsafe, shown = Applicability.SAFE, Applicability.UNSAFE, Applicability.DISPLAY
    assert last_words(shown) == ""
    assert last_words(safe, shown) == " 1 fixable with --fix."
    assert last_words(unsafe, unsafe) == " 2 fixable with --fix --unsafe-fixes."
    assert last_words(safe, unsafe) == " 1 fixable with --fix (1 more with --unsafe-fixes)."


def test_statistics_order_by_frequency():
    other = replace(FOUND, code="TML101", name="never-deleted")
    unsure = replace(FOUND, confidence=Confidence.LOW)
    run = RunReport((FileReport(APP, (FOUND, other, unsure)), FileReport("b.py", (FOUND,))), 2, "1")
    assert statistics(run) == (
        "3  TML103  deleted-on-last-line (2 high, 1 low; in 2 files)\n"
        "1  TML101  never-deleted (1 high; in 1 file)\n"
    )
    assert statistics(RunReport((), 1, "1")) == ""


def test_notes_name_files_below_the_base():
    run = RunReport((FileReport(str(PROJECT / "x.py"), notes=("odd",)),), 1, "1")
    assert notes(run, CONTEXT) == ["x.py: note: odd"]
