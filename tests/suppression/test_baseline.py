"""Fingerprints that survive edits elsewhere, and the baseline that only shrinks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.hand_made import PROJECT, at, finding
from tmpleak_lint.model import FileReport
from tmpleak_lint.suppression.baseline import Baseline, BaselineError, Entry, dump, load, recreated
from tmpleak_lint.suppression.fingerprint import fingerprints, fingerprints_of_report

SOURCE = 'def handle():\n    path = mkstemp(suffix=".x")\n    use(path)\n'


def prints(source, *texts, root=PROJECT, **changes):
    found = [finding(at(source, text), **changes) for text in texts]
    return fingerprints(found, lambda filename, cell: source, root)


def the_print(source, text='mkstemp(suffix=".x")', **changes):
    (fingerprint,) = prints(source, text, **changes)
    return fingerprint


def test_edits_above_and_layout_do_not_rename():
    moved = 'import os\n\n\nif True:\n    def handle():\n        path = mkstemp(suffix=".x")\n'
    spaced = 'def handle():\n    path=mkstemp( suffix = ".x" )\n'
    broken = 'def handle():\n    path = mkstemp(\n        suffix=".x",\n    )\n'
    remark = 'def handle():\n    path = mkstemp(  # noqa: E501\n        suffix=".x",  # why\n    )\n'
    assert the_print(moved) == the_print(SOURCE)
    assert the_print(spaced, 'mkstemp( suffix = ".x" )') == the_print(SOURCE)
    assert the_print(broken, 'mkstemp(\n        suffix=".x",\n    )') == the_print(SOURCE)
    assert the_print(remark, remark[remark.index("mkstemp") : -1]) == the_print(SOURCE)


def test_comment_behind_the_call_does_not_rename():
    assert the_print(SOURCE.replace('".x")', '".x")  # noqa: TML101')) == the_print(SOURCE)


@pytest.mark.parametrize(
    "changes",
    [{"code": "TML101"}, {"function": "other"}, {"filename": "/project/b.py"}, {"root": Path("/")}],
)
def test_code_function_and_file_are_part_of_the_name(changes):
    assert the_print(SOURCE, **changes) != the_print(SOURCE)


def test_editing_the_call_renames():
    assert the_print(SOURCE.replace(".x", ".y"), 'mkstemp(suffix=".y")') != the_print(SOURCE)


def test_equals_are_told_apart_by_their_order():
    source = "def handle():\n    a = mk()\n    a = mk()\n"
    spans = [at(source, "mk()", 1), at(source, "mk()", 2)]
    first, second = fingerprints([finding(span) for span in spans], lambda filename, cell: source, PROJECT)
    assert first != second
    (alone,) = fingerprints([finding(spans[1])], lambda filename, cell: source, PROJECT)
    assert alone == first


def test_silenced_equals_keep_their_place():
    source = "def handle():\n    a = mk()\n    a = mk()\n"
    one, two = (finding(at(source, "mk()", number)) for number in (1, 2))
    both = fingerprints_of_report(FileReport("a", (one, two)), lambda filename, cell: source, PROJECT)
    half = fingerprints_of_report(FileReport("a", (two,), (one,)), lambda filename, cell: source, PROJECT)
    assert both == half


def test_fingerprint_is_the_same_everywhere():
    # a published value: a change of the recipe reopens every baseline, and has to be a new version
    assert the_print(SOURCE) == "3534cb75774f5aa2"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("mk(f'{a}  b')", "mk( f'{a}  b' )", True),
        ("mk('a  b')", "mk('a b')", False),
        ("mk('#')", "mk('')", False),
        ('mk("""a\n#b""")', 'mk("""a\n""")', False),
        ("mk(a if b else c)", "mk(a\\\nif b else c)", True),
        ("mk(a, b)", "mk(ab)", False),
        ("mk(not a)", "mk(nota)", False),
        ("mk([1, 2])", "mk([\n1,\n2,  # two\n],)", True),
    ],
)
def test_layout_and_comments_are_no_words_but_strings_are(one, other, same):
    assert (the_print(one, one) == the_print(other, other)) is same


def test_unreadable_file_still_has_a_fingerprint():
    (fingerprint,) = fingerprints([finding(at(SOURCE, "mkstemp"))], lambda filename, cell: None, PROJECT)
    assert len(fingerprint) == 16


def known(*functions):
    return Baseline({f"{name:0>16}": Entry("app.py", "TML101", name, f"{name:0>16}") for name in functions})


def test_round_trip(tmp_path):
    path = tmp_path / "baseline.json"
    path.write_bytes(dump(known("a", "b")))
    assert load(path) == known("a", "b")


def test_file_is_one_line_an_entry_in_fixed_order():
    lines = dump(known("b", "a")).decode().splitlines()
    assert dump(known("a", "b")) == dump(known("b", "a"))
    assert json.loads(lines[3].rstrip(",")) == {
        "path": "app.py",
        "code": "TML101",
        "function": "a",
        "fingerprint": "000000000000000a",
    }
    assert len(lines) == 7
    assert json.loads(dump(Baseline({}))) == {"version": 1, "entries": []}


def test_known_findings_are_split_off():
    one, two = (finding(at(SOURCE, "mkstemp"), function=name) for name in ("a", "b"))
    new, old = known("a").split({one: "000000000000000a", two: "000000000000000b"})
    assert (new, old) == ((two,), (one,))


def test_entry_without_its_finding_is_stale_only_where_this_run_looked():
    baseline = known("a", "b")
    everything = {"is_checked": lambda path: True, "is_selected": lambda code: True}
    assert [entry.function for entry in baseline.stale({"000000000000000a"}, **everything)] == ["b"]
    assert baseline.stale((), **(everything | {"is_checked": lambda path: False})) == ()
    assert baseline.stale((), **(everything | {"is_selected": lambda code: code != "TML101"})) == ()


def test_update_removes_and_never_adds():
    baseline = known("a", "b")
    stale = baseline.stale({"000000000000000a", "new"}, lambda path: True, lambda code: True)
    assert baseline.shrunk(stale) == known("a")


def test_recreated_knows_everything_relative_to_the_project():
    found = replace(finding(at(SOURCE, "mkstemp")), function="a", code="TML101")
    assert recreated({found: "000000000000000a"}, PROJECT) == known("a")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", ":1: is not JSON: Expecting value"),
        (b'{\n"version": 1,\n"entries": [\n}', ":4: is not JSON: Expecting value"),
        (b"[]", ":1: is not a baseline"),
        (b'{"entries": {}}', ":1: is not a baseline"),
        (b'{"entries": [],\n"version": 2}', ":2: version 2 is not known, only 1 is"),
        (b"\xff", ": is not UTF-8 text: invalid start byte at byte 0"),
        (b"[" * 100_000, ":1: is nested too deeply"),
        (
            b'{"version": 1, "entries": [\n{"path": "a", "code": "b"}\n]}',
            ":2: entry 1 needs the texts path, code, function, fingerprint",
        ),
    ],
)
def test_bad_file_is_named_with_its_line(tmp_path, content, message):
    path = tmp_path / "baseline.json"
    path.write_bytes(content)
    with pytest.raises(BaselineError) as error:
        load(path)
    assert str(error.value).startswith(f"{path}{message}")


def test_missing_file_is_named(tmp_path):
    with pytest.raises(BaselineError, match=r"none\.json: cannot be read: No such file"):
        load(tmp_path / "none.json")
