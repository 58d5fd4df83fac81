"""What the knowledge says, name by name: a golden file for each module with tables, so that a change of one shows as
what it changes and nothing else. A row of the model table comes with its effects and the kinds of its failures, any
other table as it is.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from pathlib import Path

import pytest

from tmpleak_lint import knowledge
from tmpleak_lint.knowledge.model import Model, Record

GOLDEN = Path(__file__).parent / "golden"
WIDTH = 110
MODULES = sorted(
    found.name.removeprefix("tmpleak_lint.knowledge.")
    for found in pkgutil.walk_packages(knowledge.__path__, "tmpleak_lint.knowledge.")
    if not found.ispkg
    and found.name.rpartition(".")[2] not in ("table", "pieces")  # those derive, and list nothing
)


@pytest.mark.parametrize("name", MODULES)
def test_tables_say_what_the_golden_file_says(name: str, request: pytest.FixtureRequest) -> None:
    path = GOLDEN / f"{name}.txt"
    printed = "".join(f"{line}\n" for line in told(name))
    if request.config.getoption("--update"):
        path.write_text(printed, encoding="utf-8")
    else:
        assert printed == (path.read_text(encoding="utf-8") if path.exists() else "")


def told(name: str) -> Iterator[str]:
    """The tables of a module in lines; names that it has from others are told there."""
    module = importlib.import_module(f"tmpleak_lint.knowledge.{name}")
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    for each, value in vars(module).items():
        if isinstance(value, type) and value.__module__ == module.__name__:
            yield from _folded(f"{each}: {_fields(value)}")
        if each.startswith("__") or not re.search(
            rf"^(?:\w+, )*{re.escape(each)}\b[^\n]*=", source, re.MULTILINE
        ):
            continue
        if isinstance(value, Iterable) and value and all(isinstance(one, Model) for one in value):
            yield f"{each}:"
            for row in sorted(value, key=_name):
                yield f"    {row.name}: {_text((*row.effects, *(failure.kind for failure in row.fails)))}"
        else:
            yield from _folded(f"{each}: {_text(value)}")


def _fields(kind: type) -> str:
    """What a class has for its objects: members of an enumeration, fields with what they are where nothing is given."""
    if issubclass(kind, Enum):
        return _text({one.name: one.value for one in kind})
    fields = getattr(kind, "__annotations__", {})
    return ", ".join(
        f"{each}={_text(getattr(kind, each))}" if hasattr(kind, each) else each for each in fields
    )


def _name(row: Model) -> str:
    return row.name


def _folded(line: str) -> Iterator[str]:
    indent = ""
    while len(line) > WIDTH and (at := line.rfind(", ", 20, WIDTH)) > 0:
        yield line[: at + 1]
        indent = "    "
        line = indent + line[at + 2 :]
    yield line


def _text(value: object) -> str:
    match value:
        case Enum():
            return f"{type(value).__name__}.{value.name}"
        case Record():
            given = vars(value)
            return (
                f"{type(value).__name__}({', '.join(f'{key}={_text(each)}' for key, each in given.items())})"
            )
        case re.Pattern():
            return f"/{value.pattern}/{value.flags}"
        case set() | frozenset():
            return "{" + ", ".join(sorted(map(_text, value))) + "}"
        case Mapping():
            return "{" + ", ".join(f"{_text(key)}: {_text(each)}" for key, each in value.items()) + "}"
        case tuple() | list():
            return "(" + ", ".join(map(_text, value)) + ")"
        case type():
            return value.__name__
    if callable(value):
        return getattr(value, "__name__", type(value).__name__)
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))
