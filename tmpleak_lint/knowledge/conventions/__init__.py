"""Conventions of known projects: a TOML file each, taken in by its name in `conventions` of the settings.

In: settings. Out: for each kind of own names (`creators` and the like) what the user wrote, then what the files
of the listed conventions add. A file holds the keys that a user could write, and no others. Not handled: which
names there are to choose from (`settings.CONVENTIONS` lists them, so that checking a name reads no file).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from tmpleak_lint.settings import DOTTED, KNOWLEDGE, OPTIONS, Settings, check_table

FOLDER = Path(__file__).parent
FIELDS = tuple(option.field for option in OPTIONS if option.group == KNOWLEDGE and option.kind is DOTTED)


@lru_cache(maxsize=64)
def own_names(settings: Settings) -> Mapping[str, tuple[str, ...]]:
    """Field of the settings -> the user's patterns, then those of the conventions."""
    shipped = [read(name) for name in settings.conventions]
    return {
        field: tuple(dict.fromkeys((*getattr(settings, field), *(n for one in shipped for n in one[field]))))
        for field in FIELDS
    }


def read(name: str) -> Mapping[str, tuple[str, ...]]:
    """The patterns of one shipped convention, by field."""
    import tomllib

    path = FOLDER / f"{name}.toml"
    document: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    values = check_table(document["tool"]["tmpleak-lint"], str(path))
    return {field: values.pop(field, ()) for field in FIELDS}
