"""The model table is the one list of names: a module that needs one asks the table."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tmpleak_lint.knowledge.table import TABLE

ROOT = Path(__file__).parents[2] / "tmpleak_lint"
MOST = 2  # names of the table in one literal: so many may well be there for themselves
KNOWN = {name for row in TABLE.values() for name in (row.name, row.tail)}
# What is no list of what calls mean, though the words are the same.
OTHERS = {
    "reading/gitignore.py": "classes of characters",
    "explaining/plain_values.py": "what a value is called in JSON",
    "reporting/paint.py": "parts of a report",
    "flow/printing.py": "kinds of displays",
    "fixing/rewrites/containers.py": "containers that have a literal",
    "simulation/drafts.py": "methods that are written",
}


def lists() -> Iterator[tuple[str, list[str]]]:
    """Modules outside of the table with a literal that lists names of it."""
    for path in sorted(ROOT.rglob("*.py")):
        where = path.relative_to(ROOT).as_posix()
        if where.startswith("knowledge/"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [name for name in _listed(node) if name in KNOWN]
            if len(names) > MOST:
                yield where, names


def _listed(node: ast.AST) -> list[str]:
    """The texts that a literal lists, or a pattern has as alternatives."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        groups = re.findall(r"\((?:\?:)?(\w+(?:\|\w+)+)\)", node.value)
        return [word for group in groups for word in group.split("|")]
    parts: list[ast.expr | None] = []
    if isinstance(node, ast.Set | ast.Tuple | ast.List):
        parts = list(node.elts)
    elif isinstance(node, ast.Dict):
        parts = list(node.keys)
    return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def test_no_module_has_a_list_of_its_own() -> None:
    assert [(where, names) for where, names in lists() if where not in OTHERS] == []


def test_what_is_excepted_is_there() -> None:
    assert OTHERS.keys() <= {where for where, _ in lists()}
