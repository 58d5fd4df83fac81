"""A fixed part of `python -m benchmarks.fuzz`: each kind of input, each door."""

from __future__ import annotations

import ast
import json
import random
import warnings
from pathlib import Path

import pytest

from benchmarks import fuzz
from tests.fuzz.doors import DOORS
from tests.fuzz.inputs import KINDS, draw_input, real_files
from tests.fuzz.layout import laid_out
from tests.fuzz.programs import program
from tmpleak_lint import check_source
from tmpleak_lint.cli import main
from tmpleak_lint.settings import Settings

FIXTURES = Path(__file__).parents[2] / "fixtures"
INPUTS = 24
EVERYTHING = Settings(select=("TML",))
PLAIN = """import tempfile, os
class A:
    def m(self):
        p = tempfile.mkdtemp()
        if p:
            os.rmdir(p)
        else:
            pass
    x = 1
def f(use):
    for i in range(3):
        fd, q = tempfile.mkstemp()
        with open(q) as h:
            use(h)
    use(q)
"""


@pytest.fixture(scope="module")
def files() -> list[Path]:
    found = real_files([FIXTURES])
    assert len(found) > 10
    return found


@pytest.mark.parametrize("number", range(INPUTS))
def test_input_goes_through_its_doors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: list[Path], number: int
) -> None:
    monkeypatch.chdir(tmp_path)
    chance, case = draw_input(11, number, files)
    path = tmp_path / case.name
    path.write_bytes(case.data)
    names = ["check", chance.choice([name for name in DOORS if name not in ("check", "flake8")])]
    assert [problem for name in names for problem in DOORS[name](chance, path)] == []


def test_ledger_knows_the_pieces_that_this_state_of_the_code_has_come_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = fuzz.Tally()
    seen.took(5, "graph", [("check", 0.5, []), ("fix", 1.5, ["crash: fix: KeyError: 1"])])
    ledger = tmp_path / "ledger"
    fuzz.Ledger(ledger).write(7, [5], seen)
    assert fuzz.Ledger(ledger).of(7, [5]) == seen
    assert fuzz.Ledger(ledger).of(7, [6]) is fuzz.Ledger(ledger).of(8, [5]) is None
    assert fuzz.Ledger(ledger).of(7, [5, 6]) is None
    monkeypatch.setattr(fuzz, "version", lambda: "another")
    assert fuzz.Ledger(ledger).of(7, [5]) is None


def test_each_kind_of_input_is_among_them(files: list[Path]) -> None:
    assert {draw_input(11, number, files)[1].kind for number in range(INPUTS)} == set(KINDS)


def test_flake8_takes_what_is_no_python(tmp_path: Path) -> None:
    (tmp_path / "case.py").write_bytes(b"import tempfile\n\x0c\\\nx = tempfile.mkdtemp(\n")
    assert list(DOORS["flake8"](random.Random(0), tmp_path / "case.py")) == []


def is_python(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(text)
        except SyntaxError:
            return False
        return True


def test_grammar_makes_programs() -> None:
    """Each with no newer syntax is one for this Python; each with newer syntax is one for the tool."""
    newer = 0
    for seed in range(40):
        text, oldest = program(random.Random(seed))
        newer += oldest > (3, 11)
        if oldest == (3, 11):
            assert is_python(text), seed
        assert not [
            one.message for one in check_source(text, None, EVERYTHING).findings if one.code == "TML900"
        ], seed
    assert newer > 10


def test_layout_changes_no_finding() -> None:
    """Form feeds and backslashes in indentation count as they do for Python, not as libcst counts them."""

    def told(text: str) -> list[tuple[str, str, str]]:
        return [
            (one.code, one.function, one.message) for one in check_source(text, None, EVERYTHING).findings
        ]

    expected = told(PLAIN)
    assert len(expected) == 2
    drawn = 0
    for seed in range(150):
        text = laid_out(random.Random(seed), PLAIN.rstrip("\n"))
        if is_python(text):
            drawn += 1
            assert told(text) == expected, text
    assert drawn > 30


@pytest.mark.parametrize(
    "text",
    [
        "import tempfile\ndef f(u):\n    \\\n  p = tempfile.mkdtemp()\n    u(p)\n",
        "import tempfile\n\\\ndef f(u):\n\\\n    p = tempfile.mkdtemp()\n    u(p)\n",
        "import tempfile\nclass A:\n    \\\ndef f(self, u):\n        p = tempfile.mkdtemp()\n        u(p)\n",
        "import tempfile\ndef f(u):\n    if u:\n        p = tempfile.mkdtemp()\n\\\n        u(p)\n    \\\n  else:\n"
        "        pass\n",
        "import tempfile\ndef f(u):\n    p = tempfile.mkdtemp()\n    \\\n\\\n        u(p)\n",
        "import tempfile\ndef f(u):\n    p = tempfile.mkdtemp()\n    u('''\n  \\\n x''', p)\n    \\\n  u(p)\n",
    ],
)
def test_first_backslash_of_an_indentation_decides(text: str) -> None:
    assert is_python(text)
    assert [one.code for one in check_source(text).findings] == ["TML101"]


def test_backslash_puts_nothing_into_another_block() -> None:
    """libcst takes what stands behind it for a part of the `if` above."""
    text = "import tempfile\ndef f(n):\n    p = tempfile.mkdtemp()\n    if n:\n        return f(n)\n\\\n    return p\n"
    assert [one.code for one in check_source(text).findings] == ["TML104"]


def test_creation_behind_a_form_feed_has_no_fix_and_a_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The two parsers count its columns otherwise."""
    text = "class C:\n        def f(self):\n            {*a}\n        \f        d = tempfile.mktemp()\n"
    (tmp_path / "a.py").write_text(f"import tempfile\n\n\n{text}")
    arguments = ("--isolated", "--no-cache", "--select", "TML", "--output-format", "json")
    assert main([*arguments, str(tmp_path / "a.py")]) == 1
    refused = [one["fix_refused"] for one in json.loads(capsys.readouterr().out)]
    assert "the creating call is not found in the tree" in refused
