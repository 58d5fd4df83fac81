"""The GitHub Action: its own shell steps run here as a runner runs them (setting up Python aside)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

PROJECT = Path(__file__).parent.parent.parent
LEAK = "import tempfile\n\n\ndef f():\n    path = tempfile.mkdtemp()\n    work(path)\n"


@pytest.fixture(scope="module")
def action() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((PROJECT / "action.yml").read_text())
    return loaded


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory, action: dict[str, Any]) -> Path:
    """The runner's temp folder after the installing step."""
    folder = tmp_path_factory.mktemp("runner")
    done = run_step(action, "Install tmpleak-lint", folder, folder, {})
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def run_step(
    action: dict[str, Any], name: str, runner: Path, workspace: Path, inputs: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    (step,) = [step for step in action["runs"]["steps"] if step["name"] == name]
    values = {f"inputs.{key}": spec["default"] for key, spec in action["inputs"].items()}
    values |= {f"inputs.{key}": value for key, value in inputs.items()}
    values |= {"steps.python.outputs.python-path": sys.executable, "github.action_path": str(PROJECT)}
    environment = {
        key: values[text.removeprefix("${{").removesuffix("}}").strip()] for key, text in step["env"].items()
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]], cwd=workspace,
        capture_output=True, text=True, check=False,
        env={**os.environ, **environment, "RUNNER_TEMP": str(runner)},
    )  # fmt: skip


def test_finding_becomes_an_annotation_and_fails_the_job(
    action: dict[str, Any], runner: Path, tmp_path: Path
) -> None:
    (tmp_path / "leak.py").write_text(LEAK)
    done = run_step(action, "Run tmpleak-lint", runner, tmp_path, {"sarif-file": "report.sarif"})
    assert done.returncode == 1
    assert done.stdout.startswith("::error ")
    assert "file=leak.py,line=5" in done.stdout
    assert json.loads((tmp_path / "report.sarif").read_text())["version"] == "2.1.0"


def test_arguments_and_paths_are_taken_and_nothing_in_them_is_run(
    action: dict[str, Any], runner: Path, tmp_path: Path
) -> None:
    (tmp_path / "leak.py").write_text(LEAK)
    (tmp_path / "clean.py").write_text("x = 1\n")
    inputs = {"paths": "leak.py clean.py", "args": "--ignore TML1"}
    done = run_step(action, "Run tmpleak-lint", runner, tmp_path, inputs)
    assert (done.returncode, done.stdout) == (0, "")
    lines = {"paths": "clean.py\nleak.py\n", "args": "--select TML1\n--exit-zero\n"}
    done = run_step(action, "Run tmpleak-lint", runner, tmp_path, lines)
    assert (done.returncode, done.stdout.count("file=leak.py")) == (0, 1)
    hostile = {"paths": "clean.py $(touch made) `touch made`;touch made"}
    assert run_step(action, "Run tmpleak-lint", runner, tmp_path, hostile).returncode == 2
    assert not (tmp_path / "made").exists()


def test_no_input_stands_in_a_script(action: dict[str, Any]) -> None:
    scripts = [step["run"] for step in action["runs"]["steps"] if "run" in step]
    assert len(scripts) == 2
    assert [script for script in scripts if "${{" in script] == []
