"""Patterns of `per-file-ignores`: which files they mean."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tmpleak_lint.suppression.per_file import PatternError, compile_table

BASE = Path("/project")


@pytest.mark.parametrize(
    ("pattern", "filename", "matches"),
    [
        ("conftest.py", "/project/a/b/conftest.py", True),
        ("conftest.py", "/project/a/my_conftest.py", False),
        ("test_*.py", "/project/a/test_x.py", True),
        ("tests/*", "/project/tests/a.py", True),
        ("tests/*", "/project/tests/deep/a.py", True),
        ("tests/", "/project/tests/deep/a.py", True),
        ("tests", "/project/tests/deep/a.py", True),
        ("tests", "/project/other/tests/a.py", False),
        ("tests", "/project/tests2/a.py", False),
        ("!tests", "/project/tests/a.py", False),
        ("{tests,scripts}", "/project/scripts/a.py", True),
        ("a.py", "/project/a.pyi", False),
        ("tests/*", "/project/other/tests/a.py", False),
        ("**/tests/*", "/project/other/tests/a.py", True),
        ("**/tests/*", "/project/tests/a.py", True),
        ("src/**/gen/*.py", "/project/src/gen/a.py", True),
        ("src/**/gen/*.py", "/project/src/a/b/gen/a.py", True),
        ("./a.py", "/project/a.py", True),
        ("a?.py", "/project/ab.py", True),
        ("a[bc].py", "/project/ac.py", True),
        ("a[!bc].py", "/project/ac.py", False),
        ("a[!bc].py", "/project/ad.py", True),
        ("{a,b}.py", "/project/b.py", True),
        ("{a,b}.py", "/project/c.py", False),
        ("a.py", "/project/axpy", False),
        ("/abs/*.py", "/abs/x.py", True),
        ("tests/*", "/elsewhere/tests/a.py", False),
        ("!src/**", "/project/src/a.py", False),
        ("!src/**", "/project/tests/a.py", True),
        ("a[!].py", "/project/a[!].py", True),
        ("odd,name.py", "/project/odd,name.py", True),
        ("*a**/b", "/project/aab", True),
        ("*a/**/*b*c", "/project/xa/q/b/bc", True),
        ("**/a*/**/b*c", "/project/x/ay/z/bdc", True),
        ("**/{a,ab}*c/*.{py,pyi}", "/project/x/abc/d.pyi", True),
        ("*a" * 60 + "b", "/project/" + "a" * 200, False),
        ("**/" * 60 + "b", "/project/" + "a/" * 100 + "c", False),
        ("a/**/" * 60 + "b", "/project/" + "a/" * 100 + "c", False),
    ],
)
def test_pattern_means_these_files(pattern, filename, matches):
    assert compile_table({pattern: ["TML1"]}, BASE).ignores("TML101", filename) is matches


def test_codes_of_all_matching_patterns_add_up():
    table = compile_table({"tests/*": ["tml1"], "a.py": ["TML301", "TML302"]}, BASE)
    assert table.ignored_in("/project/tests/a.py") == ("TML1", "TML301", "TML302")
    assert table.ignores("TML103", "/project/tests/a.py")
    assert not table.ignores("TML201", "/project/tests/a.py")
    assert not table.ignores("TML103", "/project/a.py")


def test_relative_names_count_from_the_working_directory(monkeypatch, tmp_path):
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    table = compile_table({"sub/*.py": ["TML"]}, tmp_path)
    assert table.ignores("TML101", "a.py")
    assert not table.ignores("TML101", "../a.py")


@pytest.mark.parametrize("pattern", ["", "!", "{a", "a}", "{a,{b,c}}", "[b-a].py", "*{a,aa}" * 20 + "b"])
def test_bad_pattern_is_refused(pattern):
    with pytest.raises(PatternError):
        compile_table({pattern: ["TML"]}, BASE)


def test_table_travels_to_workers():
    table = compile_table({"tests/*": ["TML1"]}, BASE)
    assert pickle.loads(pickle.dumps(table)) == table


@given(st.text(alphabet="ab*?[]!{},/\\^-&|~.", max_size=12))
def test_no_pattern_fails_in_another_way(pattern):
    try:
        table = compile_table({pattern: ["TML"]}, BASE)
    except PatternError:
        return
    assert table.ignored_in("/project/a") in ((), ("TML",))
