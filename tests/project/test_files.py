"""What the project is built, tested and published with says the same everywhere."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tmpleak_lint import __version__

PROJECT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
WORKFLOWS = {
    file.stem: yaml.safe_load(file.read_text(encoding="utf-8"))
    for file in (PROJECT / ".github" / "workflows").glob("*.yml")
}


def commands(workflow: str) -> list[str]:
    return [
        line
        for job in WORKFLOWS[workflow]["jobs"].values()
        for step in job["steps"]
        for line in step.get("run", "").splitlines()
    ]


def tasks() -> tuple[list[str], set[str]]:
    """The Pythons and the names of the sessions that noxfile.py states."""
    body = ast.parse((PROJECT / "noxfile.py").read_text(encoding="utf-8")).body
    (pythons,) = (
        node.value for node in body if isinstance(node, ast.Assign) and "PYTHONS" in ast.dump(node.targets[0])
    )
    names = {node.name for node in body if isinstance(node, ast.FunctionDef) and node.decorator_list}
    return ast.literal_eval(pythons), names


def test_pythons_are_the_same_in_metadata_tasks_and_matrix() -> None:
    stated = [
        line.rpartition(" ")[2]
        for line in PYPROJECT["project"]["classifiers"]
        if re.search(r":: 3\.\d+$", line)
    ]
    matrix = WORKFLOWS["ci"]["jobs"]["tests"]["strategy"]["matrix"]
    assert tasks()[0] == stated == matrix["python"]
    assert PYPROJECT["project"]["requires-python"] == f">={stated[0]}"
    assert {name.partition("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}


def test_every_session_that_is_called_is_a_task() -> None:
    called = {
        word
        for line in [*commands("ci"), (PROJECT / ".ci" / "run").read_text(encoding="utf-8")]
        for match in re.findall(r"\bnox (?:--no-venv )?-s ([^|&\n]+)", line)
        for word in shlex.split(re.sub(r"\$\{\{[^}]*\}\}", "", match).rstrip("-"))
    } - {"tests-"}
    named = {item["session"] for item in WORKFLOWS["ci"]["jobs"]["bounds"]["strategy"]["matrix"]["include"]}
    known = tasks()[1]
    assert {word.rstrip("-") for word in called} | named <= known
    assert {"lint", "types", "docs", "package", "lowest", "highest", "coverage"} <= known


def test_workflows_ask_for_no_more_than_they_need() -> None:
    for name, workflow in WORKFLOWS.items():
        assert workflow["permissions"] == {"contents": "read"}, name
        for job in workflow["jobs"].values():
            for step in job["steps"]:
                if step.get("uses", "").startswith("actions/checkout"):
                    assert step["with"]["persist-credentials"] is False
    assert WORKFLOWS["release"]["jobs"]["publish"]["permissions"] == {"id-token": "write"}
    assert "secrets." not in (PROJECT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="the step is for a POSIX shell")
def test_release_stops_at_a_tag_that_is_not_the_version(tmp_path: Path) -> None:
    (step,) = (
        step
        for step in WORKFLOWS["release"]["jobs"]["build"]["steps"]
        if step.get("name", "").startswith("The tag")
    )
    (tmp_path / "tmpleak_lint").mkdir()
    (tmp_path / "tmpleak_lint" / "__init__.py").write_text('__version__ = "1.2.0"\n')

    def released(tag: str, changelog: str) -> bool:
        (tmp_path / "CHANGELOG.md").write_text(changelog)
        script = step["run"].replace("python -c", f"{shlex.quote(sys.executable)} -c")
        environment = {"GITHUB_REF_NAME": tag, "PATH": "/usr/bin:/bin"}
        done = subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, env=environment, check=False)
        return done.returncode == 0

    assert released("v1.2.0", "# Changelog\n\n## 1.2.0 (2027-01-31)\n")
    assert not released("v1.2.1", "# Changelog\n\n## 1.2.0 (2027-01-31)\n")
    assert not released("v1.2.0", "# Changelog\n\n## 1.2.0 (unreleased)\n")


def test_changelog_begins_with_this_version() -> None:
    text = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    first = re.search(r"^## (\S+)", text, re.MULTILINE)
    assert first is not None
    assert first[1] == __version__.partition(".dev")[0]


def test_own_hooks_call_programs_that_the_extra_installs() -> None:
    config: dict[str, Any] = yaml.safe_load((PROJECT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    programs = {hook["entry"].split()[0] for repo in config["repos"] for hook in repo["hooks"]}
    assert {program.rpartition("/")[2] for program in programs} == {"ruff", "mypy", "pylint", "tmpleak-lint"}
    assert all(program.startswith(".venv-test/bin/") for program in programs)
    extra = "\n".join(PYPROJECT["project"]["optional-dependencies"]["test"])
    assert all(f"\n{name}>=" in extra for name in ("ruff", "mypy", "pylint"))


def test_container_installs_what_the_wheel_is_made_of() -> None:
    text = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    copied = [words for line in re.findall(r"^COPY (.+) \S+$", text, re.MULTILINE) for words in line.split()]
    wheel = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    needed = {
        "pyproject.toml",
        PYPROJECT["project"]["readme"],
        *PYPROJECT["project"]["license-files"],
        *wheel,
    }
    assert set(copied) == needed


# Folders of tests that are about more than one room, and what is run by whole programs.
OVER_ROOMS = {"e2e", "fuzz", "oracle", "project", "trust"}
# About the pages of the site, the steps of an analysis from end to end, and damaged files.
FILES_OVER_ROOMS = {"docs", "growth", "robustness"}


def test_tests_stand_where_the_rooms_do() -> None:
    package, tests = PROJECT / "tmpleak_lint", PROJECT / "tests"
    rooms = {path.name for path in package.iterdir() if (path / "__init__.py").exists()}
    files = {path.stem for path in package.glob("*.py")}
    folders = {path.name for path in tests.iterdir() if any(path.glob("*.py")) and path.is_dir()}
    assert folders - OVER_ROOMS <= rooms | {"session"}
    loose = {path.stem.removeprefix("test_") for path in tests.glob("test_*.py")}
    assert loose - FILES_OVER_ROOMS <= files
