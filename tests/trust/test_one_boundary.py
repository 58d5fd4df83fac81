"""An error of our own costs the file that it happened in, through whatever door it came: it is told, and the rest goes
on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tmpleak_lint import check_source, fix_source
from tmpleak_lint.cli import main
from tmpleak_lint.hosts.server.bench import Bench
from tmpleak_lint.hosts.server.jobs import Choice, Look, Text
from tmpleak_lint.session import Session

LEAK = "import tempfile\n\n\ndef f(use):\n    path = tempfile.mkdtemp()\n    use(path)\n"
ODD = LEAK.replace("def f", "def odd")
TOLD = "internal error, please report it: "


@pytest.fixture(params=["reported_of", "judged_of"])
def broken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """An analysis that fails for functions called `odd`: where findings are looked for, or what else there is."""
    from tmpleak_lint.analysis.verdict import report

    name: str = request.param
    real = getattr(report, name)

    def fails(project, module, *more):
        if "odd" in module.source.skeleton.defs:
            raise KeyError("a case that nobody thought of")
        return real(project, module, *more)

    monkeypatch.setattr(report, name, fails)
    return name


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_text(LEAK)
    (tmp_path / "b.py").write_text(ODD)
    (tmp_path / "c.py").write_text(LEAK)
    return tmp_path


def test_check_and_fixes_go_on(tree: Path, broken: str, capsys: pytest.CaptureFixture[str]) -> None:
    if broken == "judged_of":
        pytest.skip("they don't ask for that")
    assert main(["--isolated", "--output-format", "json", "."]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [one["code"] for one in found] == ["TML101", "TML900", "TML101"]
    assert f"not analysed: {TOLD}" in found[1]["message"] and "KeyError" in found[1]["message"]
    assert main(["--isolated", "--fix", "--unsafe-fixes", "."]) == 1
    assert "with tempfile" in (tree / "c.py").read_text()
    assert (tree / "b.py").read_text() == ODD
    assert "Traceback" not in capsys.readouterr().err


def test_text_from_standard_input_and_through_the_interface(broken: str) -> None:
    if broken == "judged_of":
        pytest.skip("they don't ask for that")
    (finding,) = check_source(ODD).findings
    assert finding.code == "TML900" and TOLD in finding.message
    assert fix_source(ODD).text == ODD
    seen = Look(Text("b.py", ODD.encode(), False, Choice())).run(Bench())
    assert [one.code for one in seen.outcome.report.findings] == ["TML900"]
    session = Session()
    for text, code in ((LEAK, "TML101"), (ODD, "TML900"), (LEAK, "TML101")):
        assert [one.code for one in session.analyse(text.encode(), "x.py", on_disk=False).findings] == [code]


@pytest.mark.parametrize("command", ["explain", "simulate"])
def test_a_place_is_refused_with_the_reason(
    tree: Path, broken: str, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert main([command, "b.py:5"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "internal error, please report it: " in err and "KeyError" in err and "Traceback" not in err
    assert main([command, "a.py:5"]) == 0


def test_simulate_plays_the_others(tree: Path, broken: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "."]) == 0
    out, err = capsys.readouterr()
    assert "a.py:5" in out and "c.py:5" in out
    assert "b.py: " in err and "left out" in err


def test_flake8_tells_it(tree: Path) -> None:
    (tree / "sitecustomize.py").write_text(
        "from tmpleak_lint.analysis.verdict import report\n\n\ndef fails(*given):\n    raise KeyError('x')\n\n\n"
        "report.reported_of = fails\n"
    )
    command = [sys.executable, "-m", "flake8", "--isolated", "--select", "TML", "-j", "1", "a.py"]
    done = subprocess.run(command, capture_output=True, text=True, env={"PYTHONPATH": str(tree)}, check=False)
    assert done.returncode == 1, done.stderr
    assert "TML900" in done.stdout and TOLD in done.stdout
