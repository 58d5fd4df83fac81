"""The same findings whoever asks: any number of workers, any hash seed, any order and company of files, any door.

One project holds many cases of the pages (without settings), each in a folder of its own: helpers, classes and
managers over several files among them. The real programs read it; what they say is compared to the letter.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.analysis.test_cases import cases
from tmpleak_lint.run import check_paths
from tmpleak_lint.run.local import ENOUGH
from tmpleak_lint.settings import Settings

ALL = ("--min-confidence", "low")
# Every fourth case, and all that are of several files: so many that each run of the whole takes seconds.
FOLDERS = [
    (f"case{number:03}", case)
    for number, case in enumerate(cases())
    if not case.settings and (number % 4 == 0 or len(case.files) > 1)
]
# Files whose findings hang on another file of the project.
LINKED = sorted(
    f"{folder}/{name}"
    for folder, case in FOLDERS
    if len(case.files) > 1
    for name in case.files
    if any(line.startswith(f"{name}:") and "TML900" not in line for line in case.found.splitlines())
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("project").resolve()
    for folder, case in FOLDERS:
        case.write(top / folder)
    return top


@pytest.fixture(scope="module")
def whole(project: Path) -> str:
    """What one process says of the whole folder, steps and fixes included."""
    return run(project, "--jobs", "1", ".")


def run(project: Path, *arguments: str, form: str = "json", seed: str = "0", cwd: Path | None = None) -> str:
    command = [sys.executable, "-m", "tmpleak_lint", "--isolated", *ALL, "--quiet", "--output-format", form]
    return ask([*command, *arguments], project if cwd is None else cwd, seed)


def concise(project: Path, name: str) -> list[str]:
    """Our lines code by code, since flake8 joins what callers lose by code; but for files that cannot be parsed: flake8
    has E999 for them."""
    lines: list[str] = []
    found = json.loads(run(project, "--select", "TML", name))
    for code in sorted({loss["code"] for loss in losses(found)} - {"TML900"}):
        lines += run(project, "--select", code, name, form="concise").splitlines()
    return sorted(line for line in lines if " TML900 " not in line)


def losses(found: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Findings, and each loss that one was joined of."""
    for each in found:
        yield each
        yield from each.get("losses", ())


def flake8(project: Path, *arguments: str) -> list[str]:
    command = [
        sys.executable,
        "-m",
        "flake8",
        "--isolated",
        "--select",
        "TML",
        "--tmpleak-min-confidence",
        "low",
        *arguments,
    ]
    return sorted(line.removeprefix("./") for line in ask(command, project, "0").splitlines())


def ask(command: Sequence[str], folder: Path, seed: str) -> str:
    """The output of a program that finds something and has nothing to complain of."""
    environment = {key: value for key, value in os.environ.items() if key != "FORCE_COLOR"}
    environment |= {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert (done.stderr, done.returncode) == ("", 1)
    return done.stdout


def of_file(whole: str, path: Path) -> list[Any]:
    return [found for found in json.loads(whole) if found["filename"] == str(path)]


def test_the_project_is_worth_asking_about(project: Path, whole: str) -> None:
    found = json.loads(whole)
    assert len({each["filename"] for each in found}) > 60 > ENOUGH  # workers do start
    assert len({each["code"] for each in found}) >= 14
    assert any(each["fix"] for each in found)
    assert any(step["filename"] != each["filename"] for each in found for step in each["steps"])
    assert len(LINKED) > 5


@pytest.mark.parametrize(("jobs", "seed"), [("1", "1"), ("2", "0"), ("2", "1"), ("4", "2")])
def test_workers_and_hash_seed_change_nothing(project: Path, whole: str, jobs: str, seed: str) -> None:
    assert run(project, "--jobs", jobs, ".", seed=seed) == whole


@pytest.mark.parametrize("shuffle", [1, 2])
def test_order_in_which_files_are_named_changes_nothing(project: Path, whole: str, shuffle: int) -> None:
    names = sorted(str(path.relative_to(project)) for path in project.rglob("*.py"))
    random.Random(shuffle).shuffle(names)
    assert run(project, "--jobs", str(shuffle), *names) == whole


def test_half_of_the_files_give_half_of_the_findings(project: Path, whole: str) -> None:
    half = sorted(project.rglob("*.py"))[::2]
    wanted = [found for found in json.loads(whole) if Path(found["filename"]) in half]
    assert json.loads(run(project, "--jobs", "2", *(str(path) for path in half))) == wanted != []


def test_each_file_alone_gives_its_part(project: Path) -> None:
    settings = Settings(base=str(project))
    together = {report.filename: report for report in check_paths([project], settings)}
    alone = [check_paths([path], settings) for path in sorted(project.rglob("*.py"))]
    assert {report.filename: report for reports in alone for report in reports} == together


@pytest.mark.parametrize("name", LINKED[::4])
def test_program_asked_about_one_file_follows_its_imports(project: Path, whole: str, name: str) -> None:
    path = project / name
    part = of_file(whole, path)
    assert json.loads(run(project, name)) == part != []
    assert json.loads(run(project, path.name, cwd=path.parent)) == part


def test_folder_is_read_alike_from_elsewhere(project: Path, whole: str, tmp_path: Path) -> None:
    assert run(project, str(project), cwd=tmp_path) == whole


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_flake8_finds_the_same(project: Path, jobs: str) -> None:
    assert flake8(project, "-j", jobs, ".") == concise(project, ".") != []


@pytest.mark.parametrize("name", LINKED[1::6])
def test_flake8_asked_about_one_file_finds_the_same(project: Path, name: str) -> None:
    assert flake8(project, name) == concise(project, name) != []
