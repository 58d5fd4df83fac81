# ruff: noqa: PTH211
"""Which files are read, and with which settings."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tmpleak_lint.configuration import SettingsFinder
from tmpleak_lint.reading.discovery import MissingPath, discover, is_left_out
from tmpleak_lint.settings import Settings


def make(root: Path, *names: str, text: str = "") -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def found(*paths: str, **overrides: object) -> list[str]:
    return [file.filename for file in discover(paths, SettingsFinder(overrides)).files]


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_python_files_stubs_and_notebooks_are_read(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "b.pyi", "c.pyw", "d.ipynb", "e.txt", "f", "g.pyc", "deep/er/h.py")
    assert found(".") == ["a.py", "b.pyi", "c.pyw", "d.ipynb", "deep/er/h.py"]


def test_tool_folders_and_virtual_environments_are_left_out(tmp_path: Path) -> None:
    make(
        tmp_path, "__pycache__/a.py", "node_modules/a.py", ".tox/a.py", ".nox/a.py", ".git/a.py", ".hg/a.py",
        "env/pyvenv.cfg", "env/lib/a.py", "kept.py",
    )  # fmt: skip
    assert found(".") == ["kept.py"]


def test_vendored_code_tests_and_folders_named_build_or_venv_are_read(tmp_path: Path) -> None:
    names = ["_vendor/a.py", "build/a.py", "dist/a.py", "tests/a.py", "venv/a.py"]
    make(tmp_path, *names)
    assert found(".") == names


@pytest.mark.parametrize("project", ["setup.py", "setup.cfg", "pyproject.toml"])
@pytest.mark.parametrize(
    "made",
    ["build/lib/pkg/a.py", "build/lib.linux-x86_64-cpython-311/pkg/a.py", "build/bdist.linux-x86_64/a.py"],
)
def test_what_a_build_copied_beside_a_project_is_not_read_twice(
    tmp_path: Path, project: str, made: str
) -> None:
    make(
        tmp_path,
        f"work/{project}",
        "work/pkg/a.py",
        f"work/{made}",
        "work/dist/p-1.0.tar.gz",
        "work/dist/p-1.0/a.py",
    )
    assert [name for name in found("work") if not name.endswith(project)] == ["work/pkg/a.py"]
    assert f"work/{made}" in found("work/build")
    assert found(f"work/{made}") == [f"work/{made}"]


def test_folders_that_only_look_built_are_read(tmp_path: Path) -> None:
    names = [
        "a/build/lib/a.py",  # no project beside it
        "b/build/__init__.py", "b/build/lib/a.py",  # a package
        "c/build/steps/a.py", "c/dist/a.py",  # nothing in it that a build program makes
        "d/pkg/build/lib/a.py",  # not beside the project's file
    ]  # fmt: skip
    make(tmp_path, *names, "b/pyproject.toml", "c/pyproject.toml", "d/pyproject.toml")
    assert found(".") == sorted(names)


def test_named_virtual_environment_is_read(tmp_path: Path) -> None:
    make(tmp_path, "env/pyvenv.cfg", "env/lib/a.py")
    assert found("env") == ["env/lib/a.py"]


def test_each_file_once_however_often_it_is_named(tmp_path: Path) -> None:
    make(tmp_path, "a/b.py")
    assert found("a", "a/b.py", "./a/b.py", ".") == ["a/b.py"]


def test_order_does_not_depend_on_the_order_of_names(tmp_path: Path) -> None:
    make(tmp_path, "b.py", "a/z.py", "a.py")
    assert found("b.py", "a", "a.py") == found("a.py", "a", "b.py") == ["a.py", "a/z.py", "b.py"]


def test_missing_path_is_an_error() -> None:
    with pytest.raises(MissingPath, match="nowhere"):
        found("nowhere")


@pytest.mark.parametrize(
    "shebang", ["#!/usr/bin/env python3\n", "#!/usr/bin/python\n", "#!/opt/pypy/bin/pypy3\n"]
)
def test_named_script_with_python_in_its_first_line_is_read(tmp_path: Path, shebang: str) -> None:
    make(tmp_path, "script", text=shebang)
    assert found("script") == ["script"]
    assert found(".") == []


def test_named_script_of_another_interpreter_is_not_ours(tmp_path: Path) -> None:
    make(tmp_path, "script", text="#!/bin/sh\n")
    assert found("script") == []


def test_named_file_with_another_suffix_is_read(tmp_path: Path) -> None:
    make(tmp_path, "template.py.in", text="x = 1\n")
    assert found("template.py.in") == ["template.py.in"]


def test_exclude_matches_names_anywhere_and_paths_from_the_top(tmp_path: Path) -> None:
    make(tmp_path, "gen/a.py", "x/gen/b.py", "x/y/c.py", "y/d.py", "e_pb2.py")
    assert found(".", extend_exclude=("gen", "x/y", "*_pb2.py")) == ["y/d.py"]
    assert found(".", extend_exclude=("/gen", "x/y/**")) == ["e_pb2.py", "x/gen/b.py", "y/d.py"]


def test_exclude_replaces_the_default(tmp_path: Path) -> None:
    make(tmp_path, "node_modules/a.py", "b.py")
    assert found(".", exclude=("b.py",)) == ["node_modules/a.py"]


def test_named_paths_are_read_though_excluded_unless_forced(tmp_path: Path) -> None:
    make(tmp_path, "gen/a.py", "gen/sub/b.py")
    excluded = {"extend_exclude": ("gen",)}
    assert found("gen/a.py", "gen/sub", **excluded) == ["gen/a.py", "gen/sub/b.py"]
    assert found("gen/a.py", "gen/sub", **excluded, force_exclude=True) == []


def test_patterns_of_the_configuration_count_from_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "sub/gen/a.py", "sub/b.py", "gen/c.py")
    make(tmp_path, "pyproject.toml", text='[tool.tmpleak-lint]\nextend-exclude = ["sub/gen"]\n')
    assert found(".") == ["gen/c.py", "sub/b.py"]
    monkeypatch.chdir(tmp_path / "sub")
    assert found(".") == ["b.py"]


def test_patterns_of_flags_count_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "sub/gen/a.py", "sub/b.py")
    make(tmp_path, "pyproject.toml", text="[tool.tmpleak-lint]\n")
    monkeypatch.chdir(tmp_path / "sub")
    assert found(".", extend_exclude=("/gen",)) == ["b.py"]


def test_nearest_configuration_wins_for_each_file(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "inner/b.py", "inner/deep/c.py", "inner/plain/pyproject.toml", "inner/plain/d.py")
    make(tmp_path, "pyproject.toml", text='[tool.tmpleak-lint]\nignore = ["TML1"]\n')
    make(tmp_path, "inner/pyproject.toml", text='[tool.tmpleak-lint]\nignore = ["TML2"]\n')
    named_from_above = {f.filename: f.settings.ignore for f in discover(["."], SettingsFinder()).files}
    named_directly = {
        f.filename: f.settings.ignore for f in discover(list(named_from_above), SettingsFinder()).files
    }
    assert named_from_above == named_directly
    assert named_from_above == {
        "a.py": ("TML1",),
        "inner/b.py": ("TML2",),
        "inner/deep/c.py": ("TML2",),
        "inner/plain/d.py": ("TML2",),  # a pyproject.toml that does not speak of this tool is passed over
    }


def test_links_to_folders_are_not_followed_links_to_files_are(tmp_path: Path) -> None:
    make(tmp_path, "real/a.py")
    os.symlink(tmp_path, tmp_path / "real" / "loop", target_is_directory=True)
    os.symlink(tmp_path / "real" / "a.py", tmp_path / "linked.py")
    os.symlink(tmp_path / "gone.py", tmp_path / "dangling.py")
    assert found(".") == ["linked.py", "real/a.py"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipe_named_like_a_module_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    assert found(".") == []


def test_folder_that_cannot_be_listed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "shut/a.py", "b.py")
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    outcome = discover(["."], SettingsFinder())
    assert [file.filename for file in outcome.files] == ["b.py"]
    assert outcome.unlisted == (("shut", "Permission denied"),)


def test_text_from_standard_input_is_left_out_only_when_forced(tmp_path: Path) -> None:
    settings = Settings(extend_exclude=("gen",), base=str(tmp_path))
    forced = Settings(extend_exclude=("gen",), base=str(tmp_path), force_exclude=True)
    assert not is_left_out("gen/a.py", settings)
    assert is_left_out("gen/a.py", forced)
    assert not is_left_out("src/a.py", forced)
