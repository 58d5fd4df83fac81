# ruff: noqa: PTH113, PTH118, PTH120
"""Patterns as in .gitignore: for what git ignores, and for the `exclude` settings.

In: lines of patterns. Out: `Patterns`, which says of a path below their folder whether the last pattern that
matches takes it out (True), lets it back in (False), or none speaks of it (None).
The walk asks about a folder before it goes in, so "inside an excluded folder" needs no pattern of its own.

Not handled: excludes of the machine (`core.excludesFile`): two machines shall read the same files. A library
for this costs more time to import than reading a thousand files takes; the tests compare with git itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from tmpleak_lint.files import read_file

_CLASSES = {
    "alnum": "a-zA-Z0-9", "alpha": "a-zA-Z", "blank": r" \t", "cntrl": r"\x00-\x1f\x7f", "digit": "0-9",
    "graph": r"\x21-\x7e", "lower": "a-z", "print": r"\x20-\x7e", "punct": r"!-/:-@\[-`{-~", "space": r"\s",
    "upper": "A-Z", "xdigit": "0-9a-fA-F",
}  # fmt: skip
_PLAIN = re.compile(r"[\w.+ -]+\Z")


def _bracket(glob: str, start: int) -> tuple[str, int]:
    """The regex of a `[...]` that opens at `start`, and where it ends; ("", start) when it never closes."""
    at = start + 1
    negated = glob[at : at + 1] in ("!", "^") and bool(glob[at : at + 1])
    at += negated
    parts: list[str] = []
    first = True
    while at < len(glob) and (glob[at] != "]" or first):
        first = False
        named = re.compile(r"\[:(\w+):\]").match(glob, at)
        if named:
            parts.append(_CLASSES.get(named[1], ""))
            at = named.end()
            continue
        low, at = _literal(glob, at)
        if glob[at : at + 1] == "-" and glob[at + 1 : at + 2] not in ("]", ""):
            high, at = _literal(glob, at + 1)
            parts.append(f"{re.escape(low)}-{re.escape(high)}" if low <= high else "")
        else:
            parts.append(re.escape(low))
    if at >= len(glob):
        return "", start
    inside = "".join(parts)
    if negated:
        return f"(?!/)[^{inside}]" if inside else "[^/]", at + 1
    return f"(?!/)[{inside}]" if inside else r"(?!)", at + 1


def _literal(glob: str, at: int) -> tuple[str, int]:
    return (glob[at + 1], at + 2) if glob[at] == "\\" and at + 1 < len(glob) else (glob[at], at + 1)


def _regex(glob: str) -> str | None:
    """The regex of one pattern without `!` and trailing slash, for a path relative to the pattern's folder.

    None for a pattern that git rejects (a bracket that never closes, a lone backslash at the end). Where another star
    follows, what comes first will do for the one before it: the other can skip what lies further on. So only the last
    star and the last `**/` are tried again, and a pattern of many takes no longer than one of few.
    """
    anchored = "/" in glob
    glob = glob.removeprefix("/")
    out = [] if anchored else ["(?:.*/)?"]
    star = deep = -1  # where the last star and the last `**/` stand in `out`
    at = 0

    def settle(place: int, piece: str) -> None:
        if place >= 0:
            out[place] = f"(?>{piece}"
            out.append(")")

    while at < len(glob):
        char = glob[at]
        starts_part = at == 0 or glob[at - 1] == "/"
        if starts_part and anchored and glob.startswith("**/", at):
            settle(star, "[^/]*?")
            settle(deep, "(?:[^/]*/)*?")
            star, deep = -1, len(out)
            out.append("(?:[^/]*/)*?")
            at += 3
        elif starts_part and anchored and glob[at:] == "**":
            settle(star, "[^/]*?")
            out.append(".+")
            at += 2
        elif char == "*":
            while glob[at : at + 1] == "*":
                at += 1
            settle(star, "[^/]*?")
            star = len(out)
            out.append("[^/]*")
        elif char == "?":
            out.append("[^/]")
            at += 1
        elif char == "[":
            piece, end = _bracket(glob, at)
            if end == at:
                return None
            out.append(piece)
            at = end
        elif char == "\\" and at + 1 == len(glob):
            return None
        else:
            literal, at = _literal(glob, at)
            out.append(re.escape(literal))
    return "".join(out)


def _clean(line: str) -> str:
    """A line without its trailing blanks, unless a backslash keeps one."""
    line = line.rstrip("\r\n")
    while line.endswith(" ") and not line.endswith("\\ "):
        line = line[:-1]
    return line


class Patterns:
    """Compiled patterns of one folder; the last one that matches decides."""

    __slots__ = ("_names", "_rules")

    def __init__(self, lines: Iterable[str]) -> None:
        names: set[str] = set()
        rules: list[tuple[bool, bool, str]] = []  # (takes out, folders only, regex)
        for raw in lines:
            line = _clean(raw)
            if not line or line.startswith("#"):
                continue
            takes_out = not line.startswith("!")
            glob = line if takes_out else line[1:]
            folders_only = glob.endswith("/")
            glob = glob.rstrip("/") if folders_only else glob
            if not glob:
                continue
            if takes_out and not rules and not folders_only and _PLAIN.match(glob):
                names.add(glob)  # plain names before any other rule: one look-up in place of a regex
                continue
            regex = _regex(glob)
            if regex is not None:
                rules.append((takes_out, folders_only, regex))
        self._names = frozenset(names)
        self._rules = _grouped(rules)

    def decide(self, path: str, name: str, is_folder: bool) -> bool | None:
        """What the patterns say of `path` (relative, parts joined by '/'), whose last part is `name`."""
        for takes_out, for_file, for_folder in self._rules:
            regex = for_folder if is_folder else for_file
            if regex is not None and regex.match(path):
                return takes_out
        return True if name in self._names else None


def _grouped(
    rules: list[tuple[bool, bool, str]],
) -> list[tuple[bool, re.Pattern[str] | None, re.Pattern[str] | None]]:
    """Neighbours of the same sense share one regex; the last group comes first, as the last match wins."""
    groups: list[tuple[bool, list[str], list[str]]] = []
    for takes_out, folders_only, regex in rules:
        if not groups or groups[-1][0] != takes_out:
            groups.append((takes_out, [], []))
        if not folders_only:
            groups[-1][1].append(regex)
        groups[-1][2].append(regex)
    return [
        (sense, _alternatives(files), _alternatives(folders)) for sense, files, folders in reversed(groups)
    ]


def _alternatives(regexes: list[str]) -> re.Pattern[str] | None:
    return re.compile(f"(?s:{'|'.join(regexes)})\\Z") if regexes else None


def read_patterns(path: str) -> Patterns | None:
    """The patterns of a .gitignore or info/exclude file, None when there is no such file to read."""
    try:
        return Patterns(_lines(path))
    except OSError:  # git does without it as well
        return None


def _lines(path: str) -> list[str]:
    """Lines as git takes them: they end at line feeds, and nowhere else."""
    return read_file(path).decode("utf-8", "surrogateescape").removeprefix("\ufeff").split("\n")


def work_tree_root(folder: str) -> str | None:
    """The top of the git work tree that `folder` (absolute) lies in, None outside of one."""
    while True:
        if os.path.lexists(os.path.join(folder, ".git")):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def info_exclude(root: str) -> Patterns | None:
    """The patterns of `info/exclude` of the repository whose work tree's top is `root`.

    In a linked work tree or a submodule `.git` is a file that points to the repository.
    """
    git = os.path.join(root, ".git")
    if os.path.isfile(git):
        pointer = _first_line(git)
        git = os.path.join(root, pointer.removeprefix("gitdir:").strip())
        common = os.path.join(git, "commondir")
        if os.path.isfile(common):
            git = os.path.join(git, _first_line(common))
    return read_patterns(os.path.join(git, "info", "exclude"))


def _first_line(path: str) -> str:
    """The first line of a file of git, "" where it can't be read."""
    try:
        return _lines(path)[0].strip()
    except OSError:
        return ""
