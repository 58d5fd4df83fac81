"""The SARIF that is written conforms to the published schema, which is fetched and never copied here.

The schema comes with the npm package @microsoft/jest-sarif; `SARIF_SCHEMA` names a local file instead. Where neither
can be had these tests are skipped, and say why.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.hand_made import at, context, finding, step
from tmpleak_lint.model import Applicability, Edit, FileReport, Fix
from tmpleak_lint.reporting import FORMATS, RunReport

jsonschema = pytest.importorskip("jsonschema")

PROJECT = Path(__file__).parent.parent.parent
PACKAGE = "@microsoft/jest-sarif@1.0.0-beta.0"
MEMBER = "package/lib/schemas/sarif-2.1.0-rtm.5.json"
SOURCE = "def handle():\n    path = make_temp()\n    process(path)\n    os.remove(path)\n"


@pytest.fixture(scope="session")
def validator(tmp_path_factory):
    schema = json.loads(_schema_text(tmp_path_factory.mktemp("schema")))
    kind = jsonschema.validators.validator_for(schema)
    return kind(schema, format_checker=kind.FORMAT_CHECKER)


def _schema_text(folder: Path) -> str:
    if "SARIF_SCHEMA" in os.environ:
        return Path(os.environ["SARIF_SCHEMA"]).read_text("utf-8")
    if shutil.which("npm") is None:
        pytest.skip("the schema is fetched with npm, which isn't installed")
    done = subprocess.run(
        ["npm", "pack", "--silent", PACKAGE], cwd=folder, check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        pytest.skip(f"the schema can't be fetched ({PACKAGE}): {done.stderr.strip() or 'npm failed'}")
    (archive,) = folder.glob("*.tgz")
    with tarfile.open(archive) as packed:
        member = packed.extractfile(MEMBER)
        assert member is not None
        return member.read().decode("utf-8")


def _errors(validator, run: RunReport) -> list[str]:
    log = json.loads(FORMATS["sarif"](run, context({"/project/app.py": SOURCE})))
    return [f"{list(error.path)}: {error.message[:200]}" for error in validator.iter_errors(log)]


FOUND = finding(
    at(SOURCE, "make_temp()"),
    [
        step(SOURCE, "make_temp()", "created", "created here"),
        step(SOURCE, "process(path)", "risky", "can raise", "/elsewhere/ä b.py"),
        step(SOURCE, "process(path)", "left-behind", "left behind"),
    ],
    fix=Fix(Applicability.SAFE, "Use a `finally:`", (Edit("x", at(SOURCE, "process")),)),
)


def test_report_with_everything_conforms(validator):
    others = [replace(FOUND, code=code, function=code) for code in ("TML301", "TML501", "TML900")]
    report = FileReport(
        "/project/app.py",
        (FOUND, *others, replace(FOUND, cell=4, filename="/project/book.ipynb")),
        suppressed=(replace(FOUND, function="quiet"),),
        notes=("a note",),
        baselined=(replace(FOUND, function="known", fix=None, steps=(), tier=None),),
    )
    assert _errors(validator, RunReport((report,), 7, "1.2.3", interrupted=True)) == []


def test_report_of_the_program_conforms_whatever_files_are_called(validator, tmp_path):
    source = (PROJECT / "fixtures" / "leaky" / "request_handler.py").read_text(encoding="utf-8")
    for name in ("plain.py", "new\nline.py", "\u202ertl \x1b[31m%0A.py", "a?b#c.py", "sur\udcffrogate.py"):
        (tmp_path / name).write_text(source, encoding="utf-8")
    cells = [{"cell_type": "code", "source": source}]
    (tmp_path / "book.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    (tmp_path / "broken.py").write_text("import tempfile\ntempfile.mkstemp(", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tmpleak_lint", "--isolated", "--output-format", "sarif", "."],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    log = json.loads(done.stdout)
    results = log["runs"][0]["results"]
    assert (
        len({result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in results})
        == 7
    )
    assert any("fixes" in result for result in results)
    assert [f"{list(error.path)}: {error.message[:200]}" for error in validator.iter_errors(log)] == []


def test_empty_report_conforms(validator):
    assert _errors(validator, RunReport((), 0, "1.2.3")) == []


def test_schema_refuses_what_is_no_sarif(validator):
    log = json.loads(FORMATS["sarif"](RunReport((), 0, "1"), context()))
    log["runs"][0]["columnKind"] = "bytes"
    assert list(validator.iter_errors(log))
