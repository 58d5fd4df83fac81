"""Why a statement can raise: the table, and what is looked up in it."""

from __future__ import annotations

import textwrap

import pytest

from tests.explaining.test_ways import judged
from tmpleak_lint.explaining.account import Cause
from tmpleak_lint.explaining.compose import account_of
from tmpleak_lint.explaining.failures import BY_OPERATION, of_call, of_operation
from tmpleak_lint.knowledge.table import SHIPPED


def cause(statement: str, setup: str = "") -> Cause:
    """The cause of a leak whose only risky statement is this one."""
    body = f"{setup}\ndef f(data, out, path):\n    folder = tempfile.mkdtemp()\n"
    body += textwrap.indent(statement, "    ") + "\n    shutil.rmtree(folder)\n"
    found = account_of(judged(body), str).cause
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("statement", "setup", "kind"),
    [
        ("subprocess.run(['ls'])", "import subprocess", "subprocess fails"),
        ("sp.check_call(['ls'])", "import subprocess as sp", "subprocess fails"),
        ("run(['ls'])", "from subprocess import run", "subprocess fails"),
        ("json.loads(data)", "import json", "corrupt input"),
        ("json.dump(data, out)", "import json", "disk full"),
        ("csv.writer(out).writerows(data)", "import csv", "disk full"),
        ("out.write(data.get('a)'))", "", "disk full"),
        ("data.read()", "", "not readable"),
        ("data.encode('ascii')", "", "encoding"),
        ("requests.get(path)", "import requests", "network"),
        ("open(path, 'w')", "", "no room for a file"),
        ("open(path)", "", "no room for a file"),
        ("gzip.open(path)", "import gzip", "corrupt input"),
        ("gzip.open(path, 'wb')", "import gzip", "disk full"),
        ("tempfile.mkdtemp(dir=folder)", "", "no room for a file"),
        ("zipfile.ZipFile(path).extractall(folder)", "import zipfile", "corrupt input"),
        ("assert data", "", "assertion"),
        ("raise ValueError(data)", "", "explicit raise"),
        ("convert(data)", "", "unknown code"),
        ("data.settle()", "", "unknown code"),
    ],
)
def test_kind_of_failure_of_a_statement(statement: str, setup: str, kind: str) -> None:
    assert cause(statement, setup).failures[0].kind == kind


def test_function_of_the_project_is_looked_into() -> None:
    setup = "import json\ndef load(text):\n    check(text)\n    return json.loads(text)\n"
    (failure,) = cause("load(data)", setup).failures
    assert failure.kind == "corrupt input"
    assert "`json.loads(text)`, line 5 of load()" in failure.what


def test_method_of_the_same_class_is_looked_into() -> None:
    one = judged("""\
        import json
        class Job:
            def run(self, data):
                folder = tempfile.mkdtemp()
                self.load(data)
                shutil.rmtree(folder)

            def load(self, data):
                return json.loads(data)
        """)
    found = account_of(one, str).cause
    assert found is not None
    assert [failure.kind for failure in found.failures] == ["corrupt input"]


def test_function_that_shows_nothing_is_called_code_of_yours() -> None:
    assert cause("load(data)", "def load(text):\n    check(text)\n").failures[0].kind == "code of yours"


def test_parameter_that_shadows_a_module_is_not_taken_for_it() -> None:
    assert cause("data.run(['ls'])", "import subprocess as data").failures[0].kind == "unknown code"


def test_part_of_a_name_is_no_match() -> None:
    assert of_call(SHIPPED, "opened")[0].kind == "unknown code"
    assert of_call(SHIPPED, "jsonish.load_all")[0].kind == "unknown code"


def test_cancellation_comes_before_what_is_awaited() -> None:
    assert [failure.kind for failure in of_operation("Await")] == ["cancellation", "awaited code"]


def test_every_row_says_what_is_raised() -> None:
    for failures in BY_OPERATION.values():
        assert failures
        assert all(failure.what and failure.raises for failure in failures)
