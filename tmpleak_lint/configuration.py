# ruff: noqa: PTH100, PTH109, PTH113, PTH118, PTH120
"""Where settings come from: the nearest pyproject.toml that speaks of this tool, then the flags.

In: folders, the flags' values, `--config` and `--isolated`. Out: the `Settings` that hold in a folder, and
the oldest Python that code there must run on. Raises `SettingsError` for a file of ours that cannot be used.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Mapping
from typing import Any

from tmpleak_lint.files import read_file
from tmpleak_lint.settings import OLDEST_TARGET, TABLE, Settings, SettingsError, check_table

DEFAULT_TARGET = (3, 11)
MOST_PARTS = 5_000  # dots in a line

_LOWER_BOUND = re.compile(r"(>=|~=|==|>|\^|~)\s*3\.(\d{1,3})(?!\d)")
_PYTHON_2 = re.compile(r"(?:>=|~=|==|>|\^|~)\s*2\b")
# What older projects say it by, in files that are only searched: nothing of them is run.
_STATED = {
    "setup.cfg": re.compile(r"^python_requires\s*=\s*([^\n]+)", re.MULTILINE),
    "setup.py": re.compile(r"\bpython_requires\s*=\s*[\"']([^\"'\n]+)[\"']"),
}


def lowest_python(requires_python: str) -> str | None:
    """The lower bound of a `requires-python` text as '3.N', None when it states none that counts."""
    minors = [
        int(minor) + (operator == ">" and requires_python[end : end + 1] != ".")
        for operator, minor, end in (
            (match[1], match[2], match.end()) for match in _LOWER_BOUND.finditer(requires_python)
        )
    ]
    if not minors and not _PYTHON_2.search(requires_python):
        return None
    return f"3.{max([*minors, OLDEST_TARGET[1]])}"


def _parsed(data: bytes) -> dict[str, Any]:
    """A document of TOML. Raises ValueError for what is none, RecursionError for one that is nested too deeply: a key
    of very many parts is, too, and takes the parser the square of their number."""
    import tomllib

    if sum(line.count(b".") ** 2 for line in data.splitlines()) > MOST_PARTS**2:
        raise RecursionError
    return tomllib.loads(data.decode("utf-8"))


def read_pyproject(path: str, required: bool = False) -> Settings | None:
    """Settings of one pyproject.toml, None when it has no `[tool.tmpleak-lint]`.

    A file that does not speak of this tool is somebody else's business: it may be broken (test data often
    is) without stopping the run. With `required` (`--config`) every flaw is an error.
    """
    try:
        data = read_file(path)
    except OSError as error:
        is_hidden = isinstance(error, PermissionError) and os.path.isfile(path)
        if (
            required or is_hidden
        ):  # a folder that may not be entered hides whether there is one: then there is none
            raise SettingsError(f"{path}: {error.strerror or error}") from None
        return None
    if not required and b"tmpleak-lint" not in data:
        return None
    try:
        document = _parsed(data)
    except RecursionError:
        raise SettingsError(f"{path}: nested too deeply for settings") from None
    except ValueError as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from None
    tool = document.get("tool")
    table = tool.get("tmpleak-lint") if isinstance(tool, dict) else None
    if table is None and not required:
        return None
    if table is not None and not isinstance(table, dict):
        raise SettingsError(f"{path}: [{TABLE}] is not a table")
    values = check_table(table or {}, path)
    if values.get("target_version") is None:
        values["target_version"] = _target_of(document)
    return Settings(**values, base=os.path.dirname(os.path.abspath(path)), source=path)


def _target_of(document: Mapping[str, Any]) -> str | None:
    project = document.get("project")
    requires = project.get("requires-python") if isinstance(project, dict) else None
    if requires is None:
        at: object = document
        for key in ("tool", "poetry", "dependencies", "python"):
            at = at.get(key) if isinstance(at, dict) else None
        requires = at
    return lowest_python(requires) if isinstance(requires, str) else None


def target_for(settings: Settings, folder: str) -> tuple[int, int]:
    """Oldest Python that code in `folder` must run on: as configured, else what the nearest pyproject.toml,
    setup.cfg or setup.py requires."""
    folder = os.path.abspath(folder)
    while settings.target_version is None:
        try:
            data = read_file(os.path.join(folder, "pyproject.toml"))
            stated = _target_of(_parsed(data))
        except (
            OSError,
            ValueError,
            RecursionError,
        ):  # none here, or a broken one that isn't ours: it states nothing
            stated = None
        stated = stated or _searched(folder)
        if stated is not None:
            return _numbers(stated)
        parent = os.path.dirname(folder)
        if parent == folder:
            return DEFAULT_TARGET
        folder = parent
    return _numbers(settings.target_version)


def _searched(folder: str) -> str | None:
    """What the files of setuptools in a folder require."""
    for name, pattern in _STATED.items():
        try:
            found = pattern.search(read_file(os.path.join(folder, name)).decode("utf-8", "replace"))
        except OSError:  # none here, or none that may be read
            continue
        if found is not None and (stated := lowest_python(found[1])) is not None:
            return stated
    return None


def _numbers(version: str) -> tuple[int, int]:
    major, _, minor = version.partition(".")
    return int(major), int(minor)


class SettingsFinder:
    """Answers which settings hold in a folder: the nearest pyproject.toml with our table, then the flags.

    `overrides` (field -> value, from the flags) win over every file. `config` names the one file to use
    instead of searching; `isolated` reads none.
    """

    def __init__(
        self, overrides: Mapping[str, Any] | None = None, config: str | None = None, isolated: bool = False
    ) -> None:
        self._overrides = dict(overrides or {})
        self._searching = config is None and not isolated
        self._by_folder: dict[str, Settings] = {}
        fixed = read_pyproject(config, required=True) if config is not None and not isolated else None
        self.default = self._with_flags(fixed or Settings(base=os.getcwd()))

    @classmethod
    def fixed(cls, settings: Settings) -> SettingsFinder:
        """A finder that answers `settings` for every folder."""
        finder = cls(isolated=True)
        finder.default = settings
        return finder

    def _with_flags(self, settings: Settings) -> Settings:
        flags = self._overrides
        return dataclasses.replace(settings, **flags, from_flags=frozenset(flags)) if flags else settings

    def inside(self, folder: str, above: Settings, has_pyproject: bool) -> Settings:
        """Settings of `folder`, given those of the folder above it: the step of a walk downwards."""
        if not (self._searching and has_pyproject):
            return above
        found = self._by_folder.get(folder)
        if found is None:
            own = read_pyproject(os.path.join(folder, "pyproject.toml"))
            found = self._by_folder[folder] = above if own is None else self._with_flags(own)
        return found

    def of_folder(self, folder: str) -> Settings:
        """Settings of a folder that was named: looks into it and upwards."""
        if not self._searching:
            return self.default
        folder = os.path.abspath(folder)
        chain: list[str] = []
        settings: Settings | None = None
        while True:
            settings = self._by_folder.get(folder)
            if settings is not None:
                break
            own = read_pyproject(os.path.join(folder, "pyproject.toml"))
            if own is not None:
                settings = self._by_folder[folder] = self._with_flags(own)
                break
            chain.append(folder)
            parent = os.path.dirname(folder)
            if parent == folder:
                settings = self.default
                break
            folder = parent
        for below in chain:
            self._by_folder[below] = settings
        return settings
