"""How sure a finding is: each fact allows at most some confidence, and is among the reasons."""

from __future__ import annotations

from pathlib import Path

import pytest

from tmpleak_lint.engine import check_source
from tmpleak_lint.model import Confidence, Finding
from tmpleak_lint.settings import Settings

HEAD = "import os, shutil, subprocess, tempfile, unittest\nfrom packaging.version import Version\n\n"
ALL = Settings(min_confidence="low")


def job(statement: str) -> str:
    return f"def job(item):\n    work = tempfile.mkdtemp()\n    {statement}\n    shutil.rmtree(work)\n"


def found(body: str, name: str | None = None, settings: Settings = ALL) -> Finding:
    report = check_source(HEAD + body, None if name is None else Path(name), settings)
    (finding,) = report.findings
    return finding


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("subprocess.run(['make'], check=True)", "high"),
        ("raise ValueError(item)", "high"),
        ("item.decode()", "high"),
        ("item.frobnicate(work)", "medium"),
        ("fd, path = tempfile.mkstemp(dir=work)", "medium"),
        ("Version('2.27')", "low"),
        ("Version(item)", "medium"),
        ("os.makedirs(os.path.join(work, 'a'), exist_ok=True)", "low"),
        ("item.encode()", "low"),
        ("item.encode('utf-8')", "low"),
        ("item.encode('latin-1')", "high"),
    ],
)
def test_confidence_is_that_of_the_raiser(statement: str, expected: str) -> None:
    finding = next(
        f for f in check_source(HEAD + job(statement), settings=ALL).findings if f.span.start.row == 5
    )
    assert finding.confidence == expected
    assert "it takes an exception on line 6" in finding.reasons[0]


def test_likeliest_raiser_is_shown_and_not_the_first() -> None:
    finding = found(job("os.mkdir(work + '/a')\n    item.frobnicate()\n    subprocess.run(['make'])"))
    assert [step.span.start.row for step in finding.steps if step.event == "risky"] == [8]
    assert finding.confidence == "high"


def test_way_without_an_exception_is_sure() -> None:
    finding = found("def job(item):\n    work = tempfile.mkdtemp()\n    item.use(work)\n")
    assert (finding.code, finding.confidence) == ("TML101", "high")


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("def test_job(item):\n", "app.py"),
        ("def job(item):\n", "tests/test_app.py"),
        ("def job(item):\n", "conftest.py"),
        ("class Tests(unittest.TestCase):\n  def job(self, item):\n", "app.py"),
    ],
)
def test_way_that_takes_a_failing_test_is_unsure_and_a_file_of_every_green_run_is_not(
    head: str, name: str, tmp_path: Path
) -> None:
    body = "    work = tempfile.mkdtemp()\n    subprocess.run([work])\n"
    place = str(tmp_path / name)
    assert found(head + body, place).confidence == "high"
    assert found(f"{head}{body}    shutil.rmtree(work)\n", place).confidence == "low"
    assert (
        found("def job(item):\n" + body + "    shutil.rmtree(work)\n", str(tmp_path / "app.py")).confidence
        == "high"
    )


@pytest.mark.parametrize(
    ("folder", "expected"),
    [("settings.TMP_ROOT", "low"), ("work_folder", "low"), ("target.parent", "high"), ("SCRATCH", "high")],
)
def test_scratch_space_of_somebody_out_of_reach_may_be_emptied(folder: str, expected: str) -> None:
    body = "from elsewhere import settings\nSCRATCH = '/var/tmp/x'\n"
    body += f"def job(item, work_folder, target):\n    fd, path = tempfile.mkstemp(dir={folder})\n    os.close(fd)\n"
    finding = found(f"{body}    print(os.stat(path))\n")
    assert finding.confidence == expected


def test_what_is_less_sure_than_asked_for_is_left_out_and_counted() -> None:
    source = HEAD + job("Version('2.27')")
    assert check_source(source).findings == ()
    assert check_source(source).unsure == 1
    assert len(check_source(source, settings=ALL).findings) == 1
    high = Settings(min_confidence="high")
    assert check_source(HEAD + job("item.frobnicate(work)"), settings=high).unsure == 1


def test_comment_on_a_finding_that_is_not_shown_counts_as_used() -> None:
    source = HEAD + job("Version('2.27')").replace("mkdtemp()", "mkdtemp()  # noqa: TML103")
    report = check_source(source)
    assert (report.findings, report.unsure, len(report.suppressed)) == ((), 0, 1)


def test_levels_are_ordered() -> None:
    assert [level for level in Confidence if level.is_at_least(Confidence.MEDIUM)] == ["high", "medium"]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("print('see', path)", "low"),
        ("print('see', path)\n    item.use(path)", "high"),
        ("item.use(path)\n    ui.status('kept at %s' % path)", "low"),
        ("item.warn(f'kept at {path}')\n    item.use(path)", "low"),
        ("os.environ['REPORT'] = path", "low"),
        ("logger.debug('at %s', path)", "high"),
        ("logger.info('at %s', path)", "high"),
        ("logger.error('details in %s', path)", "low"),
        ("item.print(len(item))", "high"),
    ],
)
def test_name_that_the_user_is_told_may_be_meant_to_stay(after: str, expected: str) -> None:
    body = f"def job(item, ui, logger):\n    fd, path = tempfile.mkstemp()\n    os.close(fd)\n    {after}\n"
    finding = found(body)
    assert finding.confidence == expected
    assert any("told to the user" in reason for reason in finding.reasons) is (expected == "low")


@pytest.mark.parametrize(("made", "expected"), [("tempfile.mkdtemp()", "high"), ("item", "low")])
def test_directory_that_the_body_made_itself_is_nobody_elses(made: str, expected: str) -> None:
    body = f"""
from pathlib import Path

def job(item):
    temp = Path({made}) / "a"
    fd, path = tempfile.mkstemp(dir=temp.parent)
    os.close(fd)
    return item
"""
    findings = check_source(HEAD + body, settings=ALL).findings
    assert [f.confidence for f in findings if f.code == "TML101" and "mkstemp" in f.message] == [expected]
