# ruff: noqa: PTH109
"""Settings: one frozen dataclass whose fields are the table of options.

In: a `[tool.tmpleak-lint]` table of a pyproject.toml, flags of the command line.
Out: a checked `Settings`, or a `SettingsError` that names file and key and offers the nearest right name.
The flags, the check of the configuration file, `--show-settings` and the options reference are all made
from the fields below, so an option is added in one place.

Not handled: which file's settings hold for which source file (`configuration`), and what a code means
(`selection` asks the rules).
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

TABLE = "tool.tmpleak-lint"
OUTPUT_FORMATS = ("full", "concise", "json", "sarif", "github", "gitlab", "junit")
CONFIDENCES = ("high", "medium", "low")
CACHE_NAME = ".tmpleak_cache"
CONVENTIONS = ("ansible",)
"""Projects whose own names are shipped, a file each (`knowledge.conventions` reads them)."""
DEFAULT_EXCLUDES = (
    ".git", ".hg", ".svn", ".bzr", ".jj", "CVS", "_darcs", "__pycache__", "node_modules", ".tox", ".nox",
)  # fmt: skip
OLDEST_TARGET = (3, 7)

_COMMA = re.compile(r",(?![^{}]*\})")  # not those of {a,b} in a pattern
_CODE = re.compile(r"TML\d{0,3}\Z")
_DOTTED = re.compile(r"[A-Za-z_*][\w*]*(\.[A-Za-z_*][\w*]*)*\Z")
_TARGET = re.compile(r"(?:py3|3\.)(\d{1,2})\Z")


class SettingsError(Exception):
    """A configuration that cannot be used; the text says where and what to write instead."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How the value of an option is written, checked and shown; `schema` says in JSON Schema what `check` takes."""

    expects: str
    metavar: str
    check: Callable[[object], Any]
    schema: Mapping[str, Any] = field(hash=False)
    many: bool = False

    def from_flag(self, text: str) -> object:
        """The raw value that a flag's text stands for; `check` still has to see it."""
        return [part.strip() for part in _COMMA.split(text) if part.strip()] if self.many else text


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError("expected a list of strings")
    return tuple(value)


def _codes(value: object) -> tuple[str, ...]:
    codes = tuple(item.upper() for item in _texts(value))
    for code in codes:
        if not _CODE.match(code):
            raise ValueError(f"{code!r} is not a code or prefix such as 'TML103' or 'TML1'")
    return codes


def _patterns(value: object) -> tuple[str, ...]:
    patterns = _texts(value)
    if any(not pattern.strip() for pattern in patterns):
        raise ValueError("a pattern is empty")
    return patterns


def _dotted(value: object) -> tuple[str, ...]:
    names = _texts(value)
    for name in names:
        if not _DOTTED.match(name):
            raise ValueError(f"{name!r} is not a dotted name such as 'package.module.make_*'")
    return names


def _conventions(value: object) -> tuple[str, ...]:
    names = _texts(value)
    for name in names:
        if name not in CONVENTIONS:
            raise ValueError(
                f"{name!r} is not one of {', '.join(CONVENTIONS)}{did_you_mean(name, CONVENTIONS)}"
            )
    return names


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("expected true or false")
    return value


def _path(value: object) -> str:
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError("expected a file name")
    return value


def _format(value: object) -> str:
    if not isinstance(value, str) or value not in OUTPUT_FORMATS:
        raise ValueError(
            f"{value!r} is not one of {', '.join(OUTPUT_FORMATS)}{did_you_mean(value, OUTPUT_FORMATS)}"
        )
    return value


def _confidence(value: object) -> str:
    if not isinstance(value, str) or value not in CONFIDENCES:
        raise ValueError(
            f"{value!r} is not one of {', '.join(CONFIDENCES)}{did_you_mean(value, CONFIDENCES)}"
        )
    return value


def _count(value: object) -> int:
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError("expected a whole number from 1")
    return value


def _target(value: object) -> str:
    match = _TARGET.match(value) if isinstance(value, str) else None
    if match is None or (3, int(match[1])) < OLDEST_TARGET:
        raise ValueError(f"{value!r} is not a Python version such as '3.12' or 'py312'")
    return f"3.{int(match[1])}"


def _ignores(value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """A TOML table of pattern -> codes, or the flag's list of 'pattern:code' parts."""
    if isinstance(value, list):
        table: dict[str, list[str]] = {}
        for part in _texts(value):
            pattern, colon, code = part.rpartition(":")
            if not colon or not pattern:
                raise ValueError(f"{part!r} is not of the form PATTERN:CODE")
            table.setdefault(pattern, []).append(code)
        value = table
    if not isinstance(value, dict):
        raise ValueError("expected a table of pattern = [codes]")
    return tuple((pattern, _codes(codes)) for pattern, codes in value.items())


_A_CODE = {"type": "string", "pattern": r"^[Tt][Mm][Ll]\d{0,3}$"}
_A_NAME = {"type": "string", "pattern": r"^[A-Za-z_*][\w*]*(\.[A-Za-z_*][\w*]*)*$"}
_A_TARGET = {"type": "string", "pattern": r"^(py3|3\.)([7-9]|\d{2})$"}


def _list_of(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


CODES = Kind("a list of codes or prefixes", "CODES", _codes, _list_of(_A_CODE), many=True)
PATTERNS = Kind(
    "a list of patterns as in .gitignore",
    "PATTERNS",
    _patterns,
    _list_of({"type": "string", "pattern": r"\S"}),
    many=True,
)
DOTTED = Kind(
    "a list of dotted names, * for any part of a name", "NAMES", _dotted, _list_of(_A_NAME), many=True
)
SHIPPED = Kind(
    "a list of " + ", ".join(CONVENTIONS),
    "NAMES",
    _conventions,
    _list_of({"enum": [*CONVENTIONS]}),
    many=True,
)
SWITCH = Kind("true or false", "", _boolean, {"type": "boolean"})
FILE = Kind("a file name", "FILE", _path, {"type": "string", "minLength": 1})
FORMAT = Kind("one of " + ", ".join(OUTPUT_FORMATS), "FORMAT", _format, {"enum": [*OUTPUT_FORMATS]})
CONFIDENCE = Kind("one of " + ", ".join(CONFIDENCES), "LEVEL", _confidence, {"enum": [*CONFIDENCES]})
COUNT = Kind("a whole number from 1", "N", _count, {"type": "integer", "minimum": 1})
TARGET = Kind("a Python version", "VERSION", _target, _A_TARGET)
IGNORES = Kind(
    "a table of pattern = [codes]",
    "PATTERN:CODE",
    _ignores,
    {"type": "object", "additionalProperties": _list_of(_A_CODE)},
    many=True,
)


@dataclass(frozen=True, slots=True)
class Option:
    """One row of the table: a field of `Settings` with what flags, checks and docs need to know."""

    key: str
    kind: Kind
    group: str
    help: str
    default: Any
    default_text: str

    @property
    def field(self) -> str:
        return self.key.replace("-", "_")


def _option(kind: Kind, group: str, text: str, default: object = (), default_text: str = "") -> Any:
    about = {"kind": kind, "group": group, "help": text, "shown": default_text}
    return field(default=default, metadata=about)


SELECTION, READING, OUTPUT, FIXING, KNOWLEDGE = "codes", "files", "output", "fixes", "your own names"


@dataclass(frozen=True, slots=True)
class Settings:
    """Checked settings.

    `base` is the folder that relative paths and patterns of the configuration file refer to, `source` the
    file; those of the fields `from_flags` refer to the working directory.
    """

    select: tuple[str, ...] = _option(
        CODES,
        SELECTION,
        "report these codes in place of the default set; a prefix selects opt-in codes too",
        default_text="every code that is on by default",
    )
    extend_select: tuple[str, ...] = _option(CODES, SELECTION, "report these codes too")
    ignore: tuple[str, ...] = _option(
        CODES, SELECTION, "do not report these codes; the longer prefix wins over select"
    )
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = _option(
        IGNORES, SELECTION, "codes not to report in the files that a pattern matches"
    )
    min_confidence: str = _option(
        CONFIDENCE,
        SELECTION,
        f"report only findings that are at least as sure: {', '.join(CONFIDENCES)}",
        "medium",
    )
    exclude: tuple[str, ...] = _option(
        PATTERNS,
        READING,
        "what not to read, patterns as in .gitignore, in place of the default",
        DEFAULT_EXCLUDES,
    )
    extend_exclude: tuple[str, ...] = _option(PATTERNS, READING, "what not to read besides exclude")
    force_exclude: bool = _option(
        SWITCH, READING, "leave out excluded files even when they are named (for pre-commit)", False
    )
    respect_gitignore: bool = _option(SWITCH, READING, "leave out what git ignores", True)
    target_version: str | None = _option(
        TARGET,
        READING,
        "oldest Python the code must run on; decides what a fix may use",
        None,
        "lower bound of requires-python (python_requires in setup.cfg or setup.py), else 3.11",
    )
    jobs: int | None = _option(COUNT, READING, "number of worker processes", None, "one per processor")
    cache_dir: str | None = _option(
        FILE, READING, "folder in which a run keeps what it has found out", None, CACHE_NAME
    )
    output_format: str = _option(
        FORMAT, OUTPUT, f"how findings are printed: {', '.join(OUTPUT_FORMATS)}", "full"
    )
    baseline: str | None = _option(FILE, OUTPUT, "findings recorded in FILE are known and not reported", None)
    extend_safe_fixes: tuple[str, ...] = _option(CODES, FIXING, "treat unsafe fixes of these codes as safe")
    extend_unsafe_fixes: tuple[str, ...] = _option(CODES, FIXING, "treat safe fixes of these codes as unsafe")
    creators: tuple[str, ...] = _option(
        DOTTED, KNOWLEDGE, "callables that make a temp file and return its path or handle"
    )
    deleters: tuple[str, ...] = _option(DOTTED, KNOWLEDGE, "callables that delete the path they are given")
    takes_ownership: tuple[str, ...] = _option(
        DOTTED, KNOWLEDGE, "callables that take over the duty to delete what they are given"
    )
    benign_calls: tuple[str, ...] = _option(DOTTED, KNOWLEDGE, "callables that never raise in practice")
    never_returns: tuple[str, ...] = _option(DOTTED, KNOWLEDGE, "callables that always raise or exit")
    suppressing_context_managers: tuple[str, ...] = _option(
        DOTTED, KNOWLEDGE, "context managers that swallow the exception raised in their block"
    )
    managed_directories: tuple[str, ...] = _option(
        DOTTED, KNOWLEDGE, "what `dir=` is given, as it reads in the source, that is cleaned up elsewhere"
    )
    conventions: tuple[str, ...] = _option(
        SHIPPED,
        KNOWLEDGE,
        f"projects whose own names are shipped, to be added to these lists: {', '.join(CONVENTIONS)}",
    )
    base: str = field(default="", metadata={})
    source: str | None = field(default=None, metadata={})
    from_flags: frozenset[str] = field(default=frozenset(), metadata={})

    def __post_init__(self) -> None:
        """Values are checked and brought into the form of the table. Raises `SettingsError`."""
        for option in OPTIONS:
            value = getattr(self, option.field)
            if value is not option.default:
                object.__setattr__(self, option.field, _checked(option, value))

    def base_of(self, name: str) -> str:
        """The folder that the relative paths and patterns in the field `name` refer to."""
        return os.getcwd() if name in self.from_flags or not self.base else self.base

    def cache_folder(self) -> str:
        """The folder in which a run keeps what it has found out."""
        return os.path.join(self.base_of("cache_dir"), self.cache_dir or CACHE_NAME)  # noqa: PTH118  (a text)

    def judging(self) -> tuple[tuple[str, Any], ...]:
        """What the findings of a file hang on: the values of those options that change them, by name.

        What is read, how many processes read it and how it is printed is left out.
        """
        groups = (SELECTION, FIXING, KNOWLEDGE)
        values = [
            (option.field, getattr(self, option.field))
            for option in OPTIONS
            if option.group in groups or option.key == "target-version"
        ]
        return (*values, ("patterns of", self.base_of("per_file_ignores") if self.per_file_ignores else ""))


OPTIONS: tuple[Option, ...] = tuple(
    Option(
        f.name.replace("_", "-"), f.metadata["kind"], f.metadata["group"], f.metadata["help"], f.default,
        f.metadata["shown"],
    )
    for f in dataclasses.fields(Settings)
    if f.metadata
)  # fmt: skip
BY_KEY: Mapping[str, Option] = {option.key: option for option in OPTIONS}


def _checked(option: Option, value: Any) -> Any:
    """A value given in Python: lists and tuples are one, and a table may be a mapping or its items."""
    a_text_for_a_list = isinstance(value, str) and option.kind.many and option.kind is not IGNORES
    hint = f"; write ({value!r},)" if a_text_for_a_list else ""
    try:
        raw = _table(value) if option.kind is IGNORES else _listed(value)
        return option.kind.check(raw)
    except ValueError as error:
        raise SettingsError(f"{option.field}: {error}{hint}") from None


def _table(value: Any) -> Any:
    if isinstance(value, list | tuple):
        pairs = all(isinstance(item, tuple) and len(item) == 2 for item in value)
        value = dict(value) if pairs else None
    if not isinstance(value, Mapping):
        raise ValueError("expected {pattern: codes}")
    return {pattern: _listed(codes) for pattern, codes in value.items()}


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """`"; did you mean 'x'?"` when something close to `word` is known, else an empty text."""
    import difflib

    close = difflib.get_close_matches(str(word), list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def check_table(table: Mapping[str, object], where: str) -> dict[str, Any]:
    """Check a `[tool.tmpleak-lint]` table; `where` names the file in errors. Returns field -> value."""
    values: dict[str, Any] = {}
    for key, raw in table.items():
        option = BY_KEY.get(key)
        if option is None:
            hint = did_you_mean(key.replace("_", "-"), BY_KEY)
            raise SettingsError(f"{where}: [{TABLE}] has no option {key!r}{hint}")
        try:
            values[option.field] = option.kind.check(raw)
        except ValueError as error:
            raise SettingsError(f"{where}: [{TABLE}] {key}: {error}") from None
    return values


def check_flag(option: Option, text: str | bool) -> Any:
    """Check the text given to a flag (True or False for a switch)."""
    try:
        return option.kind.check(option.kind.from_flag(text) if isinstance(text, str) else text)
    except ValueError as error:
        raise SettingsError(f"--{option.key}: {error}") from None


def show(settings: Settings) -> str:
    """The settings as the TOML that would give them, for `--show-settings`."""
    lines = [f"# {_escaped(settings.source or 'no configuration file')}", f"[{TABLE}]"]
    lines += [_toml_line(option, getattr(settings, option.field)) for option in OPTIONS]
    return "\n".join(lines) + "\n"


def _toml_line(option: Option, value: Any) -> str:
    if value is None or (value == () and option.default_text):
        return f"# {option.key}: {option.default_text or 'not set'}"
    return f"{option.key} = {toml_value(option, value)}"


def toml_value(option: Option, value: Any = ...) -> str:
    """A value of an option (its default when none is given) as TOML."""
    value = option.default if value is ... else value
    if option.kind is IGNORES:
        rows = ", ".join(f"{_toml(pattern)} = {_toml(codes)}" for pattern, codes in value)
        return f"{{ {rows} }}" if rows else "{}"
    return _toml(value)


def _toml(value: object) -> str:
    import json

    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return _escaped(json.dumps(value, ensure_ascii=False))


def _escaped(text: str) -> str:
    """`text` with what cannot be printed as TOML writes it in a string."""
    return "".join(sign if sign.isprintable() else f"\\U{ord(sign):08x}" for sign in text)
