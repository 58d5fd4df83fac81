# ruff: noqa: PTH100, PTH109, PTH110, PTH112, PTH114, PTH118, PTH120, PTH206, PTH208
"""From the paths that were named to the files that will be read, each with the settings that hold for it.

In: paths (files or folders) and a `SettingsFinder`. Out: `Discovery`, sorted by file name, each file once.
Folders give *.py, *.pyi, *.pyw and *.ipynb, less what settings exclude, what git ignores (in a work tree),
virtual environments (folders that hold a pyvenv.cfg), and the build/ and dist/ of a project that was built: they hold
the same files again. What is named is read, whatever excludes say,
unless `force-exclude` is set; a named script needs no suffix, but one whose first line
calls another interpreter is not ours. Links to folders are not followed, links to files are.

Not handled: standard input (the engine's `check_source` takes text), and whether a file matters.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass

from tmpleak_lint.configuration import SettingsFinder
from tmpleak_lint.files import read_file
from tmpleak_lint.reading.gitignore import Patterns, info_exclude, read_patterns, work_tree_root
from tmpleak_lint.settings import Settings

SUFFIXES = (".py", ".pyi", ".pyw", ".ipynb")
_PROJECT_FILES = frozenset({"setup.py", "setup.cfg", "pyproject.toml"})
_BUILT = {  # a folder beside one of those files -> the names of what build programs put into it
    "build": re.compile(r"lib(\..+)?|temp\..+|bdist\..+|scripts-[\d.]+|__editable__\..+"),
    "dist": re.compile(r".+\.(whl|egg|tar\.gz|zip)"),
}


class MissingPath(Exception):
    """A path was named that does not exist."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read: its name as the user would write it, its absolute path, its settings."""

    filename: str
    path: str
    settings: Settings


@dataclass(frozen=True, slots=True)
class Discovery:
    """`files` to read, and the folders that could not be listed with the reason."""

    files: tuple[SourceFile, ...]
    unlisted: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Layer:
    """Patterns of a folder further up (or of this one), and the way from there to here, as 'a/b/'."""

    patterns: Patterns
    way: str

    def below(self, name: str) -> _Layer:
        return _Layer(self.patterns, f"{self.way}{name}/")


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder still to be listed. `ignores` has the deepest layer last; None outside of a work tree."""

    shown: str
    path: str
    settings: Settings
    excludes: tuple[_Layer, ...]
    ignores: tuple[_Layer, ...] | None


def discover(paths: Iterable[str], finder: SettingsFinder) -> Discovery:
    """Every file that `paths` stand for. Raises `MissingPath` and `SettingsError`."""
    walk = _Walk(finder)
    for path in paths:
        shown = _shown(path)
        if os.path.isdir(path):
            walk.named_folder(shown)
        elif os.path.exists(path):
            walk.named_file(shown)
        else:
            what = "a link that leads nowhere" if os.path.islink(path) else "no such file or folder"
            raise MissingPath(f"{path}: {what}")
    return Discovery(tuple(walk.files[key] for key in sorted(walk.files)), tuple(walk.unlisted))


def is_left_out(filename: str, settings: Settings) -> bool:
    """Do the settings leave out even this named file? (What is asked of text from standard input.)"""
    walk = _Walk(SettingsFinder.fixed(settings))
    return settings.force_exclude and walk.is_excluded(os.path.abspath(filename), settings)


def _shown(path: str) -> str:
    """`path` without './' and doubled slashes; one with '..' stays as it is, for links' sake."""
    return path if ".." in path.split(os.sep) else os.path.normpath(path)


class _Walk:
    """The files found so far; lives for one `discover`."""

    def __init__(self, finder: SettingsFinder) -> None:
        self.files: dict[str, SourceFile] = {}
        self.unlisted: list[tuple[str, str]] = []
        self._finder = finder
        self._seen: set[str] = set()
        self._excludes: dict[tuple[str, ...], Patterns] = {}

    def named_file(self, shown: str) -> None:
        path = os.path.abspath(shown)
        settings = self._finder.of_folder(os.path.dirname(path))
        if settings.force_exclude and self.is_excluded(path, settings):
            return
        if shown.endswith(SUFFIXES) or not _is_foreign_script(shown):
            self._add(shown, path, settings)

    def named_folder(self, shown: str) -> None:
        path = os.path.abspath(shown)
        settings = self._finder.of_folder(path)
        if settings.force_exclude and self.is_excluded(path, settings, is_folder=True):
            return
        ignores = _layers_above(path) if settings.respect_gitignore else None
        stack = [
            _Folder(
                "" if shown == os.curdir else shown, path, settings, self._excluding(settings, path), ignores
            )
        ]
        named = True
        while stack:
            stack += self._list(stack.pop(), named)
            named = False

    def _list(self, folder: _Folder, named: bool) -> list[_Folder]:
        """Add the files of one folder; give the folders inside that are to be listed."""
        try:
            with os.scandir(folder.path) as found:
                entries = list(found)
        except OSError as error:
            self.unlisted.append((folder.shown or os.curdir, error.strerror or str(error)))
            return []
        names = {entry.name for entry in entries}
        if not named and "pyvenv.cfg" in names:
            return []
        folder = self._entered(folder, names)
        here = os.path.join(folder.shown, "") if folder.shown else ""
        inside = []
        for entry in entries:
            name = entry.name
            if name.endswith(SUFFIXES) and _is_file(entry):
                if not _is_out(folder, name, is_folder=False):
                    self._add(here + name, entry.path, folder.settings)
            elif entry.is_dir(follow_symlinks=False) and not _is_out(folder, name, is_folder=True):
                if name in _BUILT and _PROJECT_FILES & names and _is_built(entry):
                    continue
                inside.append(
                    _Folder(
                        here + name,
                        entry.path,
                        folder.settings,
                        tuple(layer.below(name) for layer in folder.excludes),
                        folder.ignores and tuple(layer.below(name) for layer in folder.ignores),
                    )
                )
        return inside

    def _entered(self, folder: _Folder, names: set[str]) -> _Folder:
        """The folder with what its own pyproject.toml, .gitignore and .git say."""
        settings, excludes, ignores = folder.settings, folder.excludes, folder.ignores
        own = self._finder.inside(folder.path, settings, "pyproject.toml" in names)
        if own is not settings:
            settings, excludes = own, self._excluding(own, folder.path)
        if not settings.respect_gitignore:
            ignores = None
        elif ".git" in names:  # a repository inside: what the outer one ignores ends here
            outer = info_exclude(folder.path)
            ignores = (_Layer(outer, ""),) if outer else ()
        if ignores is not None and ".gitignore" in names:
            patterns = read_patterns(os.path.join(folder.path, ".gitignore"))
            if patterns is not None:
                ignores = (*ignores, _Layer(patterns, ""))
        return _Folder(folder.shown, folder.path, settings, excludes, ignores)

    def _excluding(self, settings: Settings, folder: str) -> tuple[_Layer, ...]:
        """The excludes of `settings`, seen from `folder`."""
        return tuple(
            _Layer(self._compiled(lines), _way(settings.base_of(name), folder))
            for name, lines in (("exclude", settings.exclude), ("extend_exclude", settings.extend_exclude))
            if lines
        )

    def _compiled(self, lines: tuple[str, ...]) -> Patterns:
        if lines not in self._excludes:
            self._excludes[lines] = Patterns(_without_stars(line) for line in lines)
        return self._excludes[lines]

    def is_excluded(self, path: str, settings: Settings, is_folder: bool = False) -> bool:
        """Is `path` (absolute), or a folder on the way to it from the patterns' base, excluded?"""
        for name, lines in (("exclude", settings.exclude), ("extend_exclude", settings.extend_exclude)):
            parts = _way(settings.base_of(name), path).rstrip("/").split("/")
            patterns = self._compiled(lines)
            for end in range(1, len(parts) + 1):
                if patterns.decide("/".join(parts[:end]), parts[end - 1], is_folder or end < len(parts)):
                    return True
        return False

    def _add(self, shown: str, path: str, settings: Settings) -> None:
        if path not in self._seen:
            self._seen.add(path)
            self.files[shown] = SourceFile(shown, path, settings)


def _way(base: str, folder: str) -> str:
    """The way from `base` down to `folder` as 'a/b/', '' when they are one."""
    way = os.path.relpath(folder, base or os.getcwd()).replace(os.sep, "/")
    return "" if way == "." else way + "/"


def _without_stars(pattern: str) -> str:
    """`docs/**` means the folder itself: then the walk need not enter it."""
    return pattern.removesuffix("/**") if pattern.endswith("/**") and len(pattern) > 3 else pattern


def _is_out(folder: _Folder, name: str, is_folder: bool) -> bool:
    """Do excludes or gitignore take this entry of `folder` out?"""
    for layer in folder.excludes:
        if layer.patterns.decide(layer.way + name, name, is_folder):
            return True
    for layer in reversed(folder.ignores or ()):
        decision = layer.patterns.decide(layer.way + name, name, is_folder)
        if decision is not None:
            return decision
    return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a file. A link that leads round in a circle counts as one: reading it says what is wrong."""
    try:
        return entry.is_file()
    except OSError:
        return True


def _is_built(folder: os.DirEntry[str]) -> bool:
    """Is this a copy of the project that a build program made: does the folder hold its things, and no package?"""
    try:
        names = os.listdir(folder.path)
    except OSError:  # the walk says so when it comes there
        return False
    return "__init__.py" not in names and any(_BUILT[folder.name].fullmatch(name) for name in names)


def _layers_above(folder: str) -> tuple[_Layer, ...] | None:
    """What git ignores as stated from the top of the work tree to above `folder`; None outside of one."""
    top = work_tree_root(folder)
    if top is None:
        return None
    layers: list[_Layer] = []
    if top != folder:
        parts = _way(top, folder).rstrip("/").split("/")
        found = [info_exclude(top)]
        found += [
            read_patterns(os.path.join(top, *parts[:depth], ".gitignore")) for depth in range(len(parts))
        ]
        ways = [0, *range(len(parts))]
        layers = [
            _Layer(patterns, "/".join(parts[depth:]) + "/")
            for patterns, depth in zip(found, ways, strict=True)
            if patterns is not None
        ]
    return tuple(layers)


def _is_foreign_script(path: str) -> bool:
    """Does the file's first line call an interpreter other than Python?"""
    try:
        first = read_file(path)[:256].partition(b"\n")[0]
    except OSError:  # the engine reads it again and reports why it cannot
        return False
    return first.startswith(b"#!") and b"python" not in first and b"pypy" not in first
