"""What changes nothing about a program changes nothing about its verdict.

Programs are drawn, changed and judged again: other names, dead code, `if True:` around bodies, another layout, helpers
in a module of their own. Rows and columns move with the text; codes, functions and how many there are don't. And
whatever a body does: with a `try` around it whose `finally` deletes, nothing is left to be found.

`python -m benchmarks.metamorphic` does the same to as many programs as are wanted.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analysis.metamorphic import CHANGES, differing, drawn, moved_differs, protected, said
from tmpleak_lint.session import Session

PROGRAMS = 25


@pytest.mark.parametrize("change", CHANGES)
def test_change_of_the_text_alone_changes_no_verdict(change: str) -> None:
    found = 0
    for number in range(PROGRAMS):
        text = drawn(number)
        found += len(said(text))
        assert differing(number, text, change) == ""
    assert found > PROGRAMS // 2


def test_helper_in_a_module_of_its_own_changes_no_verdict(tmp_path: Path) -> None:
    assert [problem for number in range(PROGRAMS) if (problem := moved_differs(number, tmp_path))] == []


def test_finally_around_a_body_clears_it() -> None:
    for number in range(3 * PROGRAMS):
        text = protected(number)
        assert said(text) == [], text


TAIL = "import shutil\nimport tempfile\n\n\ndef f():\n    d = tempfile.mkdtemp()\n    use(d)\n"
LAST = {
    "as it is": "    shutil.rmtree(d)\n",
    "if True": "    if True:\n        shutil.rmtree(d)\n",
    "if True twice, return": "    if 1:\n        if True:\n            shutil.rmtree(d)\n        return\n",
    "if False, else": "    if False:\n        pass\n    else:\n        shutil.rmtree(d)\n",
    "elif True": "    if 0:\n        pass\n    elif True:\n        shutil.rmtree(d)\n",
    "dead code behind": "    shutil.rmtree(d)\n    if False:\n        use(d)\n",
    "pass behind": "    shutil.rmtree(d)\n    pass\n    return\n",
    "pass behind in if True": "    shutil.rmtree(d)\n    if True:\n        pass\n",
}
NOT_LAST = {
    "as it is": "    shutil.rmtree(d)\n    done()\n",
    "if True": "    if True:\n        shutil.rmtree(d)\n        done()\n",
    "behind if True": "    if True:\n        shutil.rmtree(d)\n    done()\n",
    "call in if True": "    shutil.rmtree(d)\n    if True:\n        done()\n",
}


@pytest.mark.parametrize("last", LAST)
def test_deletion_is_the_last_thing_done_also_within_a_constant_condition(last: str) -> None:
    assert said(TAIL + LAST[last]) == [("TML103", "f")]


@pytest.mark.parametrize("last", NOT_LAST)
def test_deletion_is_not_the_last_thing_done_also_within_a_constant_condition(last: str) -> None:
    assert said(TAIL + NOT_LAST[last]) == [("TML102", "f")]


@pytest.mark.parametrize(
    "dead",
    [
        "", "if 0:\n        return", "if False:\n        return", "if 1:\n        pass\n    else:\n        return",
        "while 0:\n        return",
    ],
)  # fmt: skip
def test_return_that_is_never_run_lets_nothing_return(dead: str) -> None:
    text = (
        "import tempfile\n\n\nclass Base:\n    path = None\n\n    def again(self):\n        self.check()\n"
        "        self.path = tempfile.mkdtemp()\n\n    def check(self):\n        take(self.path)\n\n\n"
        f"def take(path):\n    {dead or 'pass'}\n    raise ValueError(path)\n"
    )
    assert said(text) == []


def test_function_that_never_returns_may_be_of_another_module(tmp_path: Path) -> None:
    helper = "def take(path):\n    raise ValueError(path)\n"
    text = (
        "import tempfile\n{0}\n\nclass Base:\n    path = None\n\n    def again(self):\n        self.check()\n"
        "        self.path = tempfile.mkdtemp()\n\n    def check(self):\n        take(self.path)\n"
    )
    (tmp_path / "helper.py").write_text(helper)
    user = tmp_path / "user.py"
    user.write_text(text.format("from helper import take"))
    assert said(text.format(helper)) == []
    assert Session().analyse(user.read_bytes(), str(user)).findings == ()
