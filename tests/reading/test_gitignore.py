"""What .gitignore patterns take out: git itself is asked for the right answer."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tmpleak_lint.configuration import SettingsFinder
from tmpleak_lint.reading.discovery import discover
from tmpleak_lint.reading.gitignore import Patterns


def git(folder: Path, *arguments: str, stdin: str = "") -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "core.excludesFile=")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, input=stdin, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def not_ignored_by_git(root: Path) -> set[str]:
    return set(git(root, "ls-files", "--others", "--exclude-standard", "-z").split("\0")) - {""}


def read_by_us(root: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    monkeypatch.chdir(root)
    return {file.filename for file in discover(["."], SettingsFinder(isolated=True)).files}


NAMES = ("a", "b", "ab", "foo", "bar", "a b", "[x]", "é")
LAYOUT = tuple(
    f"{folder}{name}.py" for folder in ("", "a/", "a/b/", "foo/", "foo/a/bar/", "a b/") for name in NAMES
)
PIECES = (
    "*",
    "**",
    "?",
    "a",
    "b",
    "foo",
    "bar",
    "*.py",
    "a*",
    "[ab]",
    "[!a]",
    "[a-c]*",
    "\\[x\\].py",
    "a.py",
    "é*",
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    git(root, "init", "-q")
    for name in LAYOUT:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    return root


patterns = st.builds(
    lambda negated, lead, parts, trail: f"{negated}{lead}{'/'.join(parts)}{trail}",
    st.sampled_from(("", "", "!")),
    st.sampled_from(("", "/")),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=3),
    st.sampled_from(("", "", "/", "/**", " ")),
)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    files=st.dictionaries(
        st.sampled_from((".gitignore", "a/.gitignore", "foo/.gitignore", ".git/info/exclude")),
        st.lists(patterns, min_size=1, max_size=4),
        min_size=1,
        max_size=3,
    )
)
def test_same_files_as_git(tree: Path, files: dict[str, list[str]]) -> None:
    for name, lines in files.items():
        (tree / name).write_text("\n".join(lines) + "\n")
    try:
        with pytest.MonkeyPatch.context() as monkeypatch:
            ours = read_by_us(tree, monkeypatch)
        expected = {name for name in not_ignored_by_git(tree) if name.endswith(".py")}
        assert ours == expected
    finally:
        for name in files:
            (tree / name).unlink()


@pytest.mark.parametrize(
    ("lines", "path", "is_folder", "decision"),
    [
        (["build"], "x/build", True, True),
        (["build"], "x/builds", True, None),
        (["build/"], "build", False, None),
        (["/build"], "x/build", True, None),
        (["*.py", "!keep.py"], "a/keep.py", False, False),
        (["!keep.py", "*.py"], "a/keep.py", False, True),
        (["a/**/c"], "a/c", False, True),
        (["a/**/c"], "a/b/b/c", False, True),
        (["a/*/c"], "a/b/b/c", False, None),
        (["trailing   "], "trailing", False, True),
        (["kept\\ "], "kept ", False, True),
        (["\\#not-a-comment"], "#not-a-comment", False, True),
        (["# comment"], "# comment", False, None),
        (["[unclosed"], "[unclosed", False, None),
        (["[[:digit:]]x"], "5x", False, True),
        (["name\r\n"], "name", False, True),
    ],
)
def test_one_pattern(lines: list[str], path: str, is_folder: bool, decision: bool | None) -> None:
    assert Patterns(lines).decide(path, path.rpartition("/")[2], is_folder) is decision


def test_folder_that_git_ignores_is_read_when_named(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tree / ".gitignore").write_text("foo/\n")
    try:
        monkeypatch.chdir(tree)
        finder = SettingsFinder(isolated=True)
        assert not [file for file in discover(["."], finder).files if file.filename.startswith("foo/")]
        assert discover(["foo"], finder).files
    finally:
        (tree / ".gitignore").unlink()


def test_gitignore_outside_of_a_work_tree_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".gitignore").write_text("*.py\n")
    (tmp_path / "a.py").write_text("")
    assert read_by_us(tmp_path, monkeypatch) == {"a.py"}


def test_linked_work_tree_has_the_excludes_of_its_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main = tmp_path / "main"
    main.mkdir()
    git(main, "init", "-q")
    git(main, "commit", "-q", "--allow-empty", "-m", "first")
    git(main, "worktree", "add", "-q", str(tmp_path / "linked"))
    (main / ".git/info/exclude").write_text("secret.py\n")
    for name in ("secret.py", "open.py"):
        (tmp_path / "linked" / name).write_text("")
    assert read_by_us(tmp_path / "linked", monkeypatch) == {"open.py"}


def test_repository_inside_a_repository_has_its_own_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    git(tmp_path, "init", "-q")
    git(inner, "init", "-q")
    (tmp_path / ".gitignore").write_text("*.py\n")
    (inner / "a.py").write_text("")
    (tmp_path / "b.py").write_text("")
    assert read_by_us(tmp_path, monkeypatch) == {"inner/a.py"}
