"""`per-file-ignores`: codes that are not reported in files whose name matches a pattern.

In: a table of patterns and code prefixes, and the folder that the patterns count from. Out: for a file,
the prefixes ignored in it. As in ruff: the codes of every pattern that matches add up; a pattern is
held against the file's base name and, from that folder, against its whole path; `*` and `?` match
slashes too, `**/` also nothing, `{a,b}` either, `[ab]` one character; a pattern with a leading `!`
stands for the files that don't match it. Unlike there, a pattern that matches a folder means everything below,
with a slash at its end or without: a name of a folder that silently ignored nothing would help nobody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from tmpleak_lint.suppression.names import absolute


class PatternError(ValueError):
    """A pattern that can't be understood."""


@dataclass(frozen=True, slots=True)
class _Row:
    by_name: re.Pattern[str]
    by_path: re.Pattern[str]
    inverted: bool
    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PerFileIgnores:
    """The compiled table; pickles, so that workers can have it."""

    rows: tuple[_Row, ...] = ()

    def ignored_in(self, filename: str) -> tuple[str, ...]:
        """Return the code prefixes ignored in a file."""
        path = PurePath(absolute(filename))
        whole = path.as_posix()
        return tuple(
            prefix
            for row in self.rows
            if bool(row.by_name.fullmatch(path.name) or row.by_path.fullmatch(whole)) != row.inverted
            for prefix in row.prefixes
        )

    def ignores(self, code: str, filename: str) -> bool:
        """Tell whether findings of `code` are ignored in a file."""
        return bool(self.rows) and code.startswith(self.ignored_in(filename))


def compile_table(table: Mapping[str, Sequence[str]], base: Path) -> PerFileIgnores:
    """Compile patterns -> codes, with patterns counting from `base`; raises `PatternError`."""
    return PerFileIgnores(tuple(_row(pattern, codes, base) for pattern, codes in table.items()))


def _row(pattern: str, codes: Sequence[str], base: Path) -> _Row:
    inverted = pattern.startswith("!")
    bare = pattern[1:] if inverted else pattern
    if not bare:
        raise PatternError(f"per-file-ignores: the pattern {pattern!r} is empty")
    bare = bare.replace("\\", "/") if "\\" in bare and "/" not in bare else bare
    bare += "**" if bare.endswith("/") else ""
    folder = re.escape(PurePath(absolute(str(base))).as_posix().rstrip("/")) + "/"
    below = "" if PurePath(bare).is_absolute() else folder
    inner = _translate(bare.removeprefix("./"))
    try:
        by_name, by_path = re.compile(inner), re.compile(f"{below}{inner}(?s:/.*)?")
    except re.error as error:
        raise PatternError(f"per-file-ignores: {pattern!r} is no pattern: {error.msg}") from error
    return _Row(by_name, by_path, inverted, tuple(map(str.upper, codes)))


_TOKEN = re.compile(r"\*\*/|\*+|\?|\[!?\]?[^\]]*\]|\{|\}|,|[^*?\[{},]+|\[")
_SIMPLE = {"?": ".", "{": "(?:", "}": ")"}
_LAST = {"**/": "(?:.*/)?", "*": ".*"}  # a star that is tried again and again
_BEFORE = {"**/": "(?>(?:.*?/)??", "*": "(?>.*?"}  # one that another follows, which can skip the rest
MOST_TRIED = 3  # stars that are tried within each other: each of them again for each place of the others


def _translate(glob: str) -> str:
    """The regex of a pattern. Where a star is followed by another, what comes first will do for it, as in .gitignore;
    with braces between them it won't, and so many stars are an error."""
    parts: list[str] = []
    star: tuple[int, str] | None = (
        None  # where the star stands that may still be settled, and what it is then
    )
    depth = tried = 0
    before = ""
    for token in _TOKEN.findall(glob):
        depth += {"{": 1, "}": -1}.get(token, 0)
        if depth not in (0, 1):
            raise PatternError(f"per-file-ignores: the braces in {glob!r} don't match or are nested")
        if token.startswith("*"):
            kind = "**/" if token == "**/" else "*"
            if star is not None and (kind == "*" or before.endswith("/")):
                parts[star[0]] = star[1]
                parts.append(")")
                tried -= 1
            star = None if depth else (len(parts), _BEFORE[kind])
            tried += 1
            parts.append(_LAST[kind])
        elif token in _SIMPLE:
            star = None if token in "{}" else star
            parts.append(_SIMPLE[token])
        elif token == "," and depth:
            parts.append("|")
        elif token.startswith("[") and len(token) > 2:
            parts.append(_character_class(token))
        else:
            parts.append(re.escape(token))
        before = token
    if depth:
        raise PatternError(f"per-file-ignores: the braces in {glob!r} don't match or are nested")
    if tried > MOST_TRIED:
        raise PatternError(f"per-file-ignores: too many stars beside braces in {glob!r}")
    return f"(?s:{''.join(parts)})"


def _character_class(token: str) -> str:
    inverted = token.startswith("[!")
    inner = token[2:-1] if inverted else token[1:-1]
    escaped = inner.replace("\\", r"\\").replace("[", r"\[").replace("]", r"\]").replace("^", r"\^")
    if not inner:
        return re.escape(token)
    for operator in ("--", "&&", "||", "~~"):  # reserved by `re` for set operations
        escaped = escaped.replace(operator, "".join(f"\\{sign}" for sign in operator))
    return f"[{'^' if inverted else ''}{escaped}]"
