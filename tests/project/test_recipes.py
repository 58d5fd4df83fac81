"""The recipes of CONTRIBUTING, followed to the letter in a copy of the package: what they name is all that is needed.

Rows of the model table (creators, deleters, frameworks and the like) are followed in `tests/knowledge/`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import libcst as cst
import pytest

from tmpleak_lint import check_source
from tmpleak_lint.flow.build import STATEMENTS

PACKAGE = Path(__file__).parents[2] / "tmpleak_lint"
PROGRAM = (
    "import os\nimport tempfile\n\n\n"
    "def f(use):\n    fd, path = tempfile.mkstemp()\n    os.close(fd)\n    use(path)\n"
)
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package to change."""
    return Path(
        shutil.copytree(PACKAGE, tmp_path / "copy" / "tmpleak_lint", ignore=shutil.ignore_patterns("*.pyc"))
    )


@pytest.fixture
def run(copy: Path, tmp_path: Path) -> Run:
    """Runs the copy on a program."""
    (tmp_path / "program.py").write_text(PROGRAM)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-P", "-m", "tmpleak_lint", *arguments]
        there = {**os.environ, "PYTHONPATH": str(copy.parent)}
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=there)

    return run


def insert(file: Path, before: str, text: str) -> None:
    known = file.read_text(encoding="utf-8")
    assert known.count(before) == 1, before
    file.write_text(known.replace(before, text + before), encoding="utf-8")


RECORD = """\
    Rule(
        "TML405", "no-prefix", "A temp file whose name doesn't say whose it is.",
        False, None, "high", "", (), (), hint="pass a prefix", not_played="it leaves nothing",
    ),
"""
PREDICATE = '''\
"""TML405: a creation without a prefix."""

from tmpleak_lint.analysis.verdict.optin.telling import Told
from tmpleak_lint.analysis.verdict.project_context import ProjectContext
from tmpleak_lint.model import Finding


def without_prefix(project, body):
    for site in ProjectContext(project).sites_of(body):
        message = f"{site.creator}() is given no prefix"
        yield Told(
            Finding(
                code="TML405", name="no-prefix", message=message, filename=body.module.filename, span=site.span,
                function=body.code.qualname, tier=None, steps=(), noqa_rows=(site.span.start.row, site.span.end.row),
            ),
            None,
        )
'''
PAGE = "# TML405 no-prefix\n\nOpt-in.\n\n## What it finds\n\nNames that say nothing.\n"


def test_rule_is_a_record_a_predicate_and_a_page(copy: Path, run: Run) -> None:
    insert(copy / "rules" / "__init__.py", '    Rule(\n        "TML501"', RECORD)
    (copy / "rules" / "TML405.md").write_text(PAGE)
    checks = copy / "analysis" / "verdict" / "optin"
    (checks / "prefixes.py").write_text(PREDICATE)
    insert(checks / "__init__.py", "from tmpleak_lint.analysis.verdict.optin.telling", IMPORT)
    insert(checks / "__init__.py", '    "TML404": deleted_while_open,\n', '    "TML405": without_prefix,\n')
    assert "TML405" not in run("check", "--isolated", "program.py").stdout
    for options in (("--select", "TML405"), ("--select", "TML4")):
        found = json.loads(
            run("check", "--isolated", *options, "--output-format", "json", "program.py").stdout
        )
        assert [(one["code"], one["location"]["row"]) for one in found] == [("TML405", 6)]
    shown = run("check", "--isolated", "--select", "TML405", "program.py")
    assert shown.returncode == 1
    assert "help: pass a prefix" in shown.stdout
    assert "TML405 is not played: it leaves nothing" in run("simulate", "TML405").stderr
    assert "Names that say nothing." in run("explain", "TML405").stdout
    assert "no-prefix" in run("rules").stdout
    sarif = run("check", "--isolated", "--select", "TML405", "--output-format", "sarif", "program.py").stdout
    assert "Names that say nothing." in sarif
    silenced = PROGRAM.replace("mkstemp()", "mkstemp()  # noqa: TML405")
    (copy.parents[1] / "program.py").write_text(silenced)
    assert run("check", "--isolated", "--select", "TML405", "program.py").returncode == 0


IMPORT = "from tmpleak_lint.analysis.verdict.optin.prefixes import without_prefix\n"
FORMAT = '''\
"""The `rows` format: the rows of the findings."""


def render(run, context):
    return "".join(f"{finding.span.start.row}\\n" for finding in run.findings())
'''


def test_format_is_a_module_and_its_name(copy: Path, run: Run) -> None:
    (copy / "reporting" / "rows.py").write_text(FORMAT)
    insert(copy / "settings.py", '"gitlab", "junit")', '"rows", ')
    assert run("check", "--isolated", "--output-format", "rows", "program.py").stdout.split()[:1] == ["6"]
    assert "rows" in run("check", "--help").stdout


REWRITE = '''\
"""The finally under another name, where nothing deletes the file."""

from dataclasses import replace

from tmpleak_lint.fixing.rewrites.protect import forgiving_finally
from tmpleak_lint.fixing.source import Unfit


def at_last(subject):
    if subject.deletions:
        raise Unfit("somebody has thought of it")
    for each in forgiving_finally(subject):
        yield replace(each, message="delete it at last")
'''


def test_rewrite_is_a_function_and_its_place_in_the_order(copy: Path, run: Run) -> None:
    (copy / "fixing" / "rewrites" / "lasting.py").write_text(REWRITE)
    choose = copy / "fixing" / "choose.py"
    insert(
        choose,
        "from tmpleak_lint.fixing.source import",
        "from tmpleak_lint.fixing.rewrites.lasting import at_last\n",
    )
    known = choose.read_text()
    assert known.count('"TML101": (') == 1
    choose.write_text(known.replace('"TML101": (', '"TML101": (at_last, '))
    (found,) = json.loads(run("check", "--isolated", "--output-format", "json", "program.py").stdout)
    assert found["fix"]["message"] == "delete it at last"
    program = copy.parents[1] / "program.py"
    program.write_text(f"{PROGRAM}    os.remove(path)\n")  # refused with a reason: another one takes its turn
    (found,) = json.loads(run("check", "--isolated", "--output-format", "json", "program.py").stdout)
    assert found["fix"]["message"] != "delete it at last"


FRAMEWORK = """\
    Framework(
        bases=("acme.testing.Case",), each=("before_each",), teardowns=("after_each",), fixtures=("acme.given",)
    ),
"""
OF_FRAMEWORK = """\
import shutil, tempfile
import acme
from acme.testing import Case


class Tidy(Case):
    def before_each(self):
        self.folder = tempfile.mkdtemp()

    def after_each(self):
        shutil.rmtree(self.folder)


class Untidy(Case):
    def before_each(self):
        self.folder = tempfile.mkdtemp()

    def tearDown(self):
        shutil.rmtree(self.folder)


@acme.given
def folder():
    made = tempfile.mkdtemp()
    yield made
    shutil.rmtree(made)
"""


def test_framework_is_a_row(copy: Path, run: Run) -> None:
    program = copy.parents[1] / "program.py"
    program.write_text(OF_FRAMEWORK)

    def found() -> list[tuple[str, int]]:
        said = run("check", "--isolated", "--min-confidence", "low", "--output-format", "json", "program.py")
        return [(one["code"], one["location"]["row"]) for one in json.loads(said.stdout)]

    assert found() == [("TML107", 24)]  # of a class that isn't known, nobody knows what it deletes
    insert(copy / "knowledge" / "frameworks.py", "    Framework(  # Django", FRAMEWORK)
    assert found() == [("TML108", 16)]  # its tearDown is called by nobody


def test_option_is_a_row(copy: Path, run: Run) -> None:
    row = '    slowly: bool = _option(SWITCH, READING, "take your time", False)\n'
    insert(copy / "settings.py", "    jobs: int | None = _option(", row)
    assert "slowly = true" in run("check", "--isolated", "--slowly", "--show-settings", "program.py").stdout
    assert "take your time" in run("check", "--help").stdout
    (copy.parents[1] / "pyproject.toml").write_text("[tool.tmpleak-lint]\nslowly = 1\n")
    assert "slowly" in run("check", "program.py").stderr


CLUSTER = """\
    if address.startswith("threads://"):
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(int(address.removeprefix("threads://"))) as pool:
            yield pool
        return
"""


def test_cluster_is_an_address(copy: Path, run: Run) -> None:
    insert(copy / "run" / "elsewhere.py", "    if not address.startswith(DASK)", CLUSTER)
    done = run("check", "--isolated", "--executor", "threads://2", "--output-format", "json", "program.py")
    assert [one["code"] for one in json.loads(done.stdout)] == ["TML101"]
    assert "threads:/2" in run("check", "--isolated", "--executor", "threads:/2", "program.py").stderr


def kinds_of(base: type[cst.CSTNode]) -> set[str]:
    return {name for kind in base.__subclasses__() for name in (kind.__name__, *kinds_of(kind))}


def test_each_kind_of_statement_is_lowered() -> None:
    """A kind that a newer libcst brings is no silence."""
    kinds = kinds_of(cst.BaseSmallStatement) | kinds_of(cst.BaseCompoundStatement)
    assert kinds - {"Pass"} == {kind.__name__ for kind in STATEMENTS}


@pytest.mark.skipif(not hasattr(cst, "LazyImport"), reason="this libcst doesn't know lazy imports")
@pytest.mark.parametrize(
    "head", ["lazy import tempfile", "lazy from tempfile import mkdtemp\nimport tempfile"]
)
def test_lazy_imports_are_imports(head: str) -> None:
    call = "mkdtemp" if "from" in head else "tempfile.mkdtemp"
    text = f"{head}\n\n\ndef f(use):\n    use({call}())\n"
    assert [one.code for one in check_source(text).findings] == ["TML101"]
