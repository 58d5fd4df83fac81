# ruff: noqa: PTH120
"""The pre-commit door: the real pre-commit, a real repository, the hooks as this project publishes them.

pre-commit clones the project's files as they are now and installs them with pip in an environment of its own,
so a package index must be in reach.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent.parent
LEAK = """\
import shutil
import tempfile


def handle(req):
    path = tempfile.mkdtemp()
    process(req, path)
    shutil.rmtree(path)
"""
HOLDS = """\
import tempfile


def handle(req):
    with tempfile.TemporaryDirectory() as path:
        process(req, path)
"""


def git(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "protocol.file.allow=always")
    return subprocess.run(
        ["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, **environment},
    )  # fmt: skip


def must(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that holds this project's files as they are now, in one commit."""
    if shutil.which("pre-commit", path=os.path.dirname(sys.executable)) is None:
        pytest.skip("pre-commit is not installed")
    folder = tmp_path_factory.mktemp("published")
    names = must(git(PROJECT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"))
    for name in filter(None, names.split("\0")):
        if (PROJECT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(PROJECT / name, folder / name)
    must(git(folder, "init", "-q"))
    must(git(folder, "add", "-A"))
    must(git(folder, "commit", "-q", "-m", "snapshot"))
    return folder


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps its environments: built once for all tests of this file."""
    return tmp_path_factory.mktemp("store")


class Repository:
    """A user's repository with the hook installed."""

    def __init__(self, folder: Path, published: Path, store: Path, hook: str) -> None:
        self.folder = folder
        self._environment = {
            "PRE_COMMIT_HOME": str(store),
            "PATH": f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}",
        }
        revision = must(git(published, "rev-parse", "HEAD")).strip()
        must(git(folder, "init", "-q"))
        (folder / ".pre-commit-config.yaml").write_text(
            f"repos:\n- repo: {published}\n  rev: {revision}\n  hooks:\n  - id: {hook}\n"
        )
        must(git(folder, "add", "-A"))
        must(git(folder, "commit", "-q", "-m", "configuration"))
        done = subprocess.run(
            [sys.executable, "-m", "pre_commit", "install", "--install-hooks"], cwd=folder,
            capture_output=True, text=True, check=False, env={**os.environ, **self._environment},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    def write(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text)
        must(git(self.folder, "add", name))

    def commit(self) -> subprocess.CompletedProcess[str]:
        return git(self.folder, "commit", "-m", "change", **self._environment)


@pytest.fixture
def repository(tmp_path: Path, published: Path, store: Path) -> Repository:
    return Repository(tmp_path, published, store, "tmpleak-lint")


def test_commit_with_a_leak_is_stopped_and_shown(repository: Repository) -> None:
    repository.write("leak.py", LEAK)
    done = repository.commit()
    assert done.returncode == 1
    assert "leak.py:6:12: TML103" in done.stdout + done.stderr


def test_commit_without_a_leak_goes_through(repository: Repository) -> None:
    repository.write("holds.py", HOLDS)
    repository.write("notes.txt", "tempfile.mkdtemp()\n")
    must(repository.commit())


def test_staged_files_only_and_excluded_ones_never(repository: Repository) -> None:
    (repository.folder / "unstaged.py").write_text(LEAK)
    repository.write("gen/leak.py", LEAK)
    repository.write("pyproject.toml", '[tool.tmpleak-lint]\nextend-exclude = ["gen"]\n')
    must(repository.commit())


def test_fixing_hook_mends_the_file_and_the_next_commit_goes_through(
    tmp_path: Path, published: Path, store: Path
) -> None:
    repository = Repository(tmp_path, published, store, "tmpleak-lint-fix")
    repository.write("leak.py", LEAK)
    done = repository.commit()
    assert done.returncode == 1
    assert "files were modified by this hook" in done.stdout + done.stderr
    mended = (tmp_path / "leak.py").read_text()
    assert "    with tempfile.TemporaryDirectory() as path:\n        process(req, path)\n" in mended
    must(git(tmp_path, "add", "leak.py"))
    must(repository.commit())
    assert (tmp_path / "leak.py").read_text() == mended


def test_script_without_suffix_is_checked(repository: Repository) -> None:
    repository.write("script", "#!/usr/bin/env python3\n" + LEAK)
    (repository.folder / "script").chmod(0o755)
    must(git(repository.folder, "add", "script"))
    done = repository.commit()
    assert done.returncode == 1
    assert "script:7:12: TML103" in done.stdout + done.stderr
