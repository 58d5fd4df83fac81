"""Frozen values as plain JSON and back: what travels is dataclasses, enums of texts, tuples and simple values.

In: a value, or a type and what `json` made of one. Out: the other. A field that has its default value is left out.
`from_plain` raises ValueError for what does not fit the type: the text may come from anywhere.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from enum import Enum
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


def to_plain(value: object) -> Any:
    """What `json.dumps` takes for a value."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: to_plain(inner)
            for field in dataclasses.fields(value)
            if field.metadata.get("travels", True)
            if (inner := getattr(value, field.name)) != field.default
        }
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    return value


def from_plain(kind: type[T], raw: Any) -> T:
    """The value of a type that `to_plain` made `raw` of."""
    value: T = _read(kind, raw)
    return value


def _read(kind: Any, raw: Any) -> Any:
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        if raw is None and type(None) in parts:
            return None
        return _read(next(part for part in parts if part is not type(None)), raw)
    if origin in (tuple, list):
        if not isinstance(raw, list):
            raise ValueError(f"expected a list, not {raw!r}")
        if origin is list or parts[1:] == (...,):
            return origin(_read(parts[0], item) for item in raw)
        return tuple(_read(part, item) for part, item in zip(parts, raw, strict=True))
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        if not isinstance(raw, dict):
            raise ValueError(f"expected an object, not {raw!r}")
        known = _fields(kind)
        try:
            return kind(**{name: _read(known[name], inner) for name, inner in raw.items()})
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a {kind.__name__}: {error}") from error
    if issubclass(kind, Enum):
        return kind(raw)
    if type(raw) is not kind:
        raise ValueError(f"expected {kind.__name__}, not {raw!r}")
    return raw


@cache
def _fields(kind: Any) -> dict[str, Any]:
    """The fields of a dataclass with their types, names of other modules resolved."""
    return typing.get_type_hints(kind, localns=_namespace(kind))


def _namespace(kind: Any) -> dict[str, Any]:
    """What stands behind TYPE_CHECKING in the module of the class, by the modules that it names."""
    from tmpleak_lint.reading.content import Found, Reads
    from tmpleak_lint.suppression.noqa import UnusedNoqa

    return {"UnusedNoqa": UnusedNoqa, "Found": Found, "Reads": Reads}
