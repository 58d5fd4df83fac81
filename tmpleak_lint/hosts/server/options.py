"""What the editor's settings say: how the server behaves, and options that win over pyproject.toml.

In: the section `tmpleak-lint` as an editor sends it, for each folder of the workspace. Out: `EditorOptions`, and the
complaints about what can't be used; the rest counts all the same. Every option of `[tool.tmpleak-lint]` may stand
there under its own name or in camel case (`extend-select`, `extendSelect`); null is as good as absent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tmpleak_lint.settings import BY_KEY, OUTPUT, SettingsError, check_table, did_you_mean

SECTION = "tmpleak-lint"
ON_TYPE, ON_SAVE = "onType", "onSave"
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class EditorOptions:
    """`enable` False: nothing is shown. `run`: while typing, or when a file is saved. `configuration`: the one
    pyproject.toml to read. `overrides`: checked settings that win over it."""

    enable: bool = True
    run: str = ON_TYPE
    configuration: str | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)


def _switch(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("expected true or false")
    return value


def _moment(value: object) -> str:
    if value not in (ON_TYPE, ON_SAVE):
        raise ValueError(f"{value!r} is not one of {ON_TYPE}, {ON_SAVE}")
    return str(value)


def _file(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("expected a file name")
    return value


_OWN: Mapping[str, Callable[[object], Any]] = {"enable": _switch, "run": _moment, "configuration": _file}
_EDITORS_OWN = ("path", "trace")  # how the server is started, and what of the conversation is logged
_USABLE = tuple(key for key, option in BY_KEY.items() if option.group != OUTPUT and key != "jobs")
"""The options that mean something in an editor: not how a report is printed, nor by how many processes."""


def read_options(values: object) -> tuple[EditorOptions, list[str]]:
    """Read the section of one folder; what is wrong in it is left out and complained about."""
    own: dict[str, Any] = {}
    overrides: dict[str, Any] = {}
    complaints: list[str] = []
    if values is not None and not isinstance(values, Mapping):
        return EditorOptions(), [f"{SECTION}: expected a table of settings"]
    for name, value in (values or {}).items():
        key = _CAPITAL.sub("-", str(name)).lower()
        if value is None or key in _EDITORS_OWN:
            continue
        try:
            if key in _OWN:
                own[key] = _OWN[key](value)
            elif key in _USABLE:
                overrides |= check_table({key: value}, "the editor's settings")
            else:
                complaints.append(
                    f"{SECTION}: there is no setting {name!r}{did_you_mean(key, [*_OWN, *_USABLE])}"
                )
        except ValueError as error:
            complaints.append(f"{SECTION}.{name}: {error}")
        except SettingsError as error:
            complaints.append(str(error))
    return EditorOptions(**own, overrides=overrides), complaints
